package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"permprobe/shared/denial"
)

func diagnoseCommand(_ context.Context, args []string, std streams) (int, error) {
	set := flags("diagnose")
	if err := set.Parse(args); err != nil {
		return exitError, err
	}
	if set.NArg() > 0 {
		return exitError, fmt.Errorf("takes no arguments: texts come on stdin")
	}
	if err := diagnose(std.in, std.out); err != nil {
		return exitError, err
	}
	return exitOK, nil
}

// maxDiagnoseLine bounds the memory that a line takes; what lies behind it is not looked at.
const maxDiagnoseLine = 8 << 20

// diagnose reads one text a line from in and writes one answer a line to out, in order. Every line has its answer, an
// empty one too: it denies nothing. So the n-th answer is always that of the n-th line of a log.
func diagnose(in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriterSize(out, 64<<10)
	var line []byte
	for {
		var err error
		line, err = readBoundedLine(r, line[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read a text: %w", err)
		}
		// The end of the input ends a line only where something stands on it.
		if err == nil || len(line) > 0 {
			answer, failed := diagnoseLine(bytes.TrimRight(line, "\r\n"))
			if failed != nil {
				return fmt.Errorf("write an answer: %w", failed)
			}
			if _, err := w.Write(answer); err != nil {
				return fmt.Errorf("write an answer: %w", err)
			}
		}
		// Somebody may follow a log and wait for the answer.
		if err != nil || r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write an answer: %w", err)
			}
		}
		if err != nil {
			return nil
		}
	}
}

// readBoundedLine reads a line into buffer and drops what is more than maxDiagnoseLine.
func readBoundedLine(r *bufio.Reader, buffer []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		buffer = append(buffer, part[:min(len(part), max(0, maxDiagnoseLine-len(buffer)))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buffer, err
		}
	}
}

func diagnoseLine(line []byte) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(denial.Read(diagnoseText(line)).Answer()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// diagnoseText is the text of a line: its JSON object's string "text", else the line itself.
func diagnoseText(line []byte) string {
	trimmed := bytes.TrimSpace(line)
	if len(trimmed) > 0 && trimmed[0] == '{' {
		var fields map[string]json.RawMessage
		var text *string
		if json.Unmarshal(trimmed, &fields) == nil && fields["text"] != nil && json.Unmarshal(fields["text"], &text) == nil && text != nil {
			return *text
		}
	}
	return string(line)
}
