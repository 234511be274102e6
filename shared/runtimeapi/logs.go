package runtimeapi

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// maxLogs bounds what one invocation's logs keep in memory, in bytes.
const maxLogs = 32 << 20

// patience is how long a flush waits for what is on its way.
const patience = 2 * time.Second

// logs collects what the process writes. Process and parent write to the same
// pipe: a mark that the parent writes comes out after everything that the
// process wrote before, so no waiting time has to be guessed.
type logs struct {
	read, write *os.File
	copyTo      io.Writer
	token       []byte

	mu     sync.Mutex
	text   []byte
	lost   int
	marks  map[string]chan struct{}
	next   int
	closed bool
	ended  chan struct{}
}

func captureLogs(copyTo io.Writer) (*logs, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("capture the logs: %w", err)
	}
	l := &logs{read: r, write: w, copyTo: copyTo, token: []byte("\x00" + hex.EncodeToString(random(16)) + ":"),
		marks: map[string]chan struct{}{}, ended: make(chan struct{})}
	go l.pump()
	return l, nil
}

// file is what the process gets as stdout and stderr.
func (l *logs) file() *os.File { return l.write }

// pump reads until the pipe is closed.
func (l *logs) pump() {
	defer close(l.ended)
	var held []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := l.read.Read(buf)
		held = l.consume(append(held, buf[:n]...))
		if err != nil {
			l.keep(held)
			return
		}
	}
}

// consume keeps the text, answers the marks in it and returns what may be the
// beginning of a mark.
func (l *logs) consume(data []byte) []byte {
	for {
		i := bytes.Index(data, l.token)
		if i < 0 {
			break
		}
		rest := data[i+len(l.token):]
		end := bytes.IndexByte(rest, 0)
		if end < 0 {
			l.keep(data[:i])
			return append([]byte(nil), data[i:]...)
		}
		l.keep(data[:i])
		l.mu.Lock()
		if done := l.marks[string(rest[:end])]; done != nil {
			close(done)
			delete(l.marks, string(rest[:end]))
		}
		l.mu.Unlock()
		data = rest[end+1:]
	}
	if i := bytes.LastIndexByte(data, 0); i >= 0 && bytes.HasPrefix(l.token, data[i:]) {
		l.keep(data[:i])
		return append([]byte(nil), data[i:]...)
	}
	l.keep(data)
	return nil
}

func (l *logs) keep(data []byte) {
	if len(data) == 0 {
		return
	}
	if l.copyTo != nil {
		_, _ = l.copyTo.Write(data) // a reader that is gone must not stop the function
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := maxLogs - len(l.text); len(data) > room {
		l.lost += len(data) - room
		data = data[:room]
	}
	l.text = append(l.text, data...)
}

// add appends a line of Lambda's own, after what the process wrote.
func (l *logs) add(line string) {
	l.flush()
	l.keep([]byte(line))
}

// flush waits until everything written so far has been read.
func (l *logs) flush() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		<-l.ended
		return
	}
	l.next++
	id := fmt.Sprint(l.next)
	done := make(chan struct{})
	l.marks[id] = done
	_, err := l.write.Write([]byte(string(l.token) + id + "\x00"))
	l.mu.Unlock()
	if err != nil {
		return
	}
	select {
	case <-done:
	case <-l.ended:
	case <-time.After(patience):
	}
}

// take returns what was collected since the last time.
func (l *logs) take() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.text
	if l.lost > 0 {
		out = append(out, fmt.Sprintf("\n[%d more bytes of logs were dropped]\n", l.lost)...)
	}
	l.text, l.lost = nil, 0
	return out
}

// close ends the capture; the process must be dead. What it wrote stays.
func (l *logs) close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	_ = l.write.Close()
	l.mu.Unlock()
	select {
	case <-l.ended:
	case <-time.After(patience): // a grandchild that left the group holds the pipe
	}
	_ = l.read.Close()
}
