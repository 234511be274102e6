package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxDepth is how deep an event may nest; what the probe reads of it is three levels deep.
const maxDepth = 32

// isSchedule tells an event of a schedule, which only AWS makes, from one that a person wrote.
func isSchedule(raw []byte) (bool, error) {
	found := false
	err := walk(raw, func(parent *place, name string, null bool) error {
		found = found || parent == nil && (name == "source" || name == "detail-type")
		return nil
	})
	return found, err
}

// checkFields refuses what encoding/json lets pass: a field that is not allowed in its object, also when only
// the case of a letter differs, and null. allowed lists the names by the path of their object; objects at other
// paths may hold anything.
func checkFields(raw []byte, allowed map[string][]string) error {
	return walk(raw, func(parent *place, name string, null bool) error {
		if parent != nil && parent.parent != nil {
			return nil // deeper than any object whose fields are known
		}
		names, known := allowed[parent.String()]
		what := "event"
		if parent != nil {
			what = "event field " + parent.quoted()
		}
		switch {
		case !known:
			return nil
		case !slices.Contains(names, name):
			for _, one := range names {
				if strings.EqualFold(one, name) {
					return fmt.Errorf("%s has an unknown field %s: it is written %q", what, short(name), one)
				}
			}
			return fmt.Errorf("%s has an unknown field %s: it may hold %s", what, short(name), strings.Join(names, ", "))
		case null:
			return fmt.Errorf("event field %s is null: leave it out or give it a value", (&place{parent: parent, name: name}).quoted())
		}
		return nil
	})
}

// walk calls visit for every field of every object in raw, with the path of the object, and refuses what is no
// single JSON object, nests too deep, or gives a field twice at any depth: encoding/json would keep the last.
func walk(raw []byte, visit func(parent *place, name string, null bool) error) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // a number too large for a float is a wrong type where it is read, not here
	if len(raw) == 0 || raw[0] != '{' {
		what := "JSON"
		if json.Valid(raw) {
			what = "a JSON object"
		}
		return fmt.Errorf("event is not %s: it begins with %s", what, short(string(raw[:min(len(raw), 20)])))
	}
	w := walker{decoder: decoder, visit: visit}
	if err := w.value(nil, 0); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("event holds more than one JSON value")
	}
	return nil
}

type walker struct {
	decoder *json.Decoder
	visit   func(parent *place, name string, null bool) error
	last    json.Token // the first token of the value that was read last
}

// place is where in an event a value stands; nil is the event itself. It becomes text only in an error: an
// event may hold millions of values below a name of megabytes.
type place struct {
	parent *place
	name   string
	index  int // in a list, where name is empty
	inList bool
}

func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.inList:
		return fmt.Sprintf("%s[%d]", p.parent, p.index)
	case p.parent == nil:
		return p.name
	}
	return p.parent.String() + "." + p.name
}

func (p *place) quoted() string { return short(p.String()) }

func (w *walker) token(at *place) (json.Token, error) {
	token, err := w.decoder.Token()
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ends too early")
	}
	if at == nil {
		return nil, fmt.Errorf("event is not JSON: %w", err)
	}
	return nil, fmt.Errorf("event is not JSON: in the field %s: %w", at.quoted(), err)
}

// value reads one value whole.
func (w *walker) value(at *place, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("event nests deeper than %d levels in the field %s", maxDepth, at.quoted())
	}
	token, err := w.token(at)
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		if err := w.object(at, depth); err != nil {
			return err
		}
	case json.Delim('['):
		for i := 0; w.decoder.More(); i++ {
			if err := w.value(&place{parent: at, index: i, inList: true}, depth+1); err != nil {
				return err
			}
		}
		if _, err := w.token(at); err != nil {
			return err
		}
	}
	w.last = token
	return nil
}

func (w *walker) object(at *place, depth int) error {
	seen := map[string]bool{}
	for w.decoder.More() {
		token, err := w.token(at)
		if err != nil {
			return err
		}
		name, _ := token.(string) // a key is always a string
		field := &place{parent: at, name: name}
		if seen[name] {
			return fmt.Errorf("event field %s is given twice", field.quoted())
		}
		seen[name] = true
		if err := w.value(field, depth+1); err != nil {
			return err
		}
		if err := w.visit(at, name, w.last == nil); err != nil {
			return err
		}
	}
	_, err := w.token(at)
	return err
}

// decode reads an event whose fields were checked; what is left to be wrong is a type.
func decode(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return fmt.Errorf("event field %s: a JSON %s does not fit", short(wrongType.Field), wrongType.Value)
	}
	return fmt.Errorf("event is not JSON: %w", err)
}

// short quotes text from an event on one line, cut where it is long: an error is read by a person.
func short(text string) string {
	const shown = 80
	if runes := []rune(text); len(runes) > shown {
		return fmt.Sprintf("%q…", string(runes[:shown]))
	}
	return fmt.Sprintf("%q", text)
}
