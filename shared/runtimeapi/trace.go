package runtimeapi

import (
	"bytes"
	"encoding/hex"
	"net"
	"sync"
	"time"
)

// collector stands in for the X-Ray daemon: it keeps the segment documents that
// it is sent.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
type collector struct {
	conn  net.PacketConn
	token []byte

	mu       sync.Mutex
	segments [][]byte
	taken    int
	marks    map[string]chan struct{}
}

// maxSegments bounds what is kept.
const maxSegments = 1 << 16

func collect() (*collector, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if u, ok := conn.(*net.UDPConn); ok {
		_ = u.SetReadBuffer(8 << 20) // a smaller buffer than asked for works too
	}
	c := &collector{conn: conn, token: []byte("mark:" + hex.EncodeToString(random(16)) + ":"), marks: map[string]chan struct{}{}}
	go c.pump()
	return c, nil
}

func (c *collector) address() string { return c.conn.LocalAddr().String() }

func (c *collector) pump() {
	buf := make([]byte, 64<<10)
	for {
		n, _, err := c.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		data := buf[:n]
		c.mu.Lock()
		if bytes.HasPrefix(data, c.token) {
			if done := c.marks[string(data)]; done != nil {
				close(done)
				delete(c.marks, string(data))
			}
		} else if len(c.segments) < maxSegments {
			// A datagram is a header line and the document.
			if _, doc, ok := bytes.Cut(data, []byte("\n")); ok {
				c.segments = append(c.segments, bytes.Clone(doc))
			}
		}
		c.mu.Unlock()
	}
}

// flush waits until everything sent so far has been read: datagrams between two
// sockets of one machine arrive in order.
func (c *collector) flush() {
	mark := append(bytes.Clone(c.token), hex.EncodeToString(random(8))...)
	done := make(chan struct{})
	c.mu.Lock()
	c.marks[string(mark)] = done
	c.mu.Unlock()
	sender, err := net.Dial("udp", c.address())
	if err != nil {
		return
	}
	defer sender.Close()
	if _, err := sender.Write(mark); err != nil {
		return
	}
	select {
	case <-done:
	case <-time.After(200 * time.Millisecond): // the mark was dropped, or the collector is closed
	}
}

// take returns the documents received since the last time.
func (c *collector) take() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := append([][]byte(nil), c.segments[c.taken:]...)
	c.taken = len(c.segments)
	return out
}

func (c *collector) all() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([][]byte(nil), c.segments...)
}

func (c *collector) close() { _ = c.conn.Close() }
