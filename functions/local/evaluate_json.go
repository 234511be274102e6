package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// evaluateNesting bounds a case's nesting: a policy within a level of control policies needs about twelve.
const evaluateNesting = 64

// checkNesting looks at brackets only, so that a line of nothing else is refused before anything recurses into it.
func checkNesting(line []byte) error {
	depth := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			i = stringEnd(line, i)
		case '{', '[':
			if depth++; depth > evaluateNesting {
				return fmt.Errorf("nested deeper than %d levels", evaluateNesting)
			}
		case '}', ']':
			depth--
		}
	}
	if !utf8.Valid(line) {
		return errors.New("the line is not UTF-8")
	}
	return nil
}

// stringEnd returns the place of the quote that ends the string which begins at i, or the line's length.
func stringEnd(line []byte, i int) int {
	for i++; i < len(line) && line[i] != '"'; i++ {
		if line[i] == '\\' {
			i++
		}
	}
	return i
}

// objectFields splits an object into its fields. A field that occurs twice is an error.
func objectFields(raw []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	t, err := d.Token()
	if err != nil {
		return nil, jsonError(err)
	}
	if t != json.Delim('{') {
		return nil, errors.New("must be a JSON object")
	}
	fields := make(map[string]json.RawMessage)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, jsonError(err)
		}
		name, ok := key.(string)
		if !ok {
			return nil, errors.New("malformed JSON: a key must be a string")
		}
		if _, ok := fields[name]; ok {
			return nil, fmt.Errorf("duplicate key %q", clip(name))
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, jsonError(err)
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, jsonError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("malformed JSON: text behind the object")
	}
	return fields, nil
}

func jsonError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("malformed JSON: the line ends within a value")
	}
	return fmt.Errorf("malformed JSON: %w", err)
}

func listElements(name string, raw json.RawMessage) ([]json.RawMessage, error) {
	var elems []json.RawMessage
	if !bytes.HasPrefix(raw, []byte("[")) {
		return nil, fmt.Errorf("%s: must be a list", name)
	}
	if err := json.Unmarshal(raw, &elems); err != nil {
		return nil, fmt.Errorf("%s: %w", name, jsonError(err))
	}
	return elems, nil
}

// checkDuplicates looks for a duplicate key at any depth of a value.
func checkDuplicates(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case '{':
		fields, err := objectFields(raw)
		if err != nil {
			return err
		}
		for _, name := range sortedKeys(fields) {
			if err := checkDuplicates(fields[name]); err != nil {
				return err
			}
		}
	case '[':
		elems, err := listElements("list", raw)
		if err != nil {
			return err
		}
		for _, e := range elems {
			if err := checkDuplicates(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// clip shortens a text for an error: a line may be of any length.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func sortedKeys(m map[string]json.RawMessage) []string { return slices.Sorted(maps.Keys(m)) }

// evaluateID returns the value of the line's field id as it stands there, nil where it cannot be read: it is looked for
// even in a line that is no case, which needs its answer to be told from others.
func evaluateID(line []byte) []byte {
	var id []byte
	i := skipSpace(line, 0)
	if i >= len(line) || line[i] != '{' {
		return nil
	}
	for i++; ; i++ {
		i = skipSpace(line, i)
		if i >= len(line) || line[i] != '"' {
			return id
		}
		end := stringEnd(line, i)
		if end >= len(line) {
			return id
		}
		var key string
		if json.Unmarshal(line[i:end+1], &key) != nil {
			return id
		}
		i = skipSpace(line, end+1)
		if i >= len(line) || line[i] != ':' {
			return id
		}
		start := skipSpace(line, i+1)
		i = valueEnd(line, start)
		if key == "id" {
			value := bytes.TrimRight(line[start:i], " \t\r")
			if id != nil || checkNesting(value) != nil || !json.Valid(value) {
				return nil
			}
			id = value
		}
		if i >= len(line) || line[i] != ',' {
			return id
		}
	}
}

func skipSpace(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r' || line[i] == '\n') {
		i++
	}
	return i
}

// valueEnd returns the place behind the value that begins at i: of the comma or bracket that ends it.
func valueEnd(line []byte, i int) int {
	depth := 0
	for ; i < len(line); i++ {
		switch line[i] {
		case '"':
			i = stringEnd(line, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return min(i, len(line))
}
