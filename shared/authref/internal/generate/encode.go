package main

import (
	"bytes"
	"cmp"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/authref/internal/format"
	"permprobe/shared/authref/internal/pin"
)

const (
	// A block is closed when another service would make it larger. Larger blocks
	// make a smaller file and a slower first look-up.
	blockSize = 16 << 10
	// The dictionary holds the words that most services share.
	dictionaryWords = 500
)

// accessLevels maps the source's words to the numbers in the file.
var accessLevels = map[string]authref.AccessLevel{
	"List": authref.List, "Read": authref.Read, "Write": authref.Write,
	"Tagging, Write": authref.Tagging, "Permissions management, Write": authref.PermissionsManagement,
}

func encode(src *source, fingerprint string) ([]byte, error) {
	stops := map[string]string{}
	for _, s := range src.services {
		s.findStops(stops)
	}
	verbs := findVerbs(src)
	var groups [][]service
	size := 0
	for _, s := range src.services {
		text, err := encodeBlock([]service{s}, verbs, stops)
		if err != nil {
			return nil, err
		}
		if len(groups) == 0 || size+len(text) > blockSize {
			groups, size = append(groups, nil), 0
		}
		size += len(text)
		groups[len(groups)-1] = append(groups[len(groups)-1], s)
	}
	texts := make([][]byte, len(groups))
	for i, g := range groups {
		text, err := encodeBlock(g, verbs, stops)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	dictionary := commonWords(texts)

	var index, body writer
	index.number(len(src.globals))
	for _, k := range src.globals {
		if err := index.key(k); err != nil {
			return nil, err
		}
	}
	index.number(len(verbs.list))
	for _, v := range verbs.list {
		index.line(v)
		index.number(int(verbs.access[v]))
	}
	index.number(len(groups))
	for i, g := range groups {
		packed, err := deflate(texts[i], dictionary)
		if err != nil {
			return nil, err
		}
		body.Write(packed)
		index.number(len(packed))
		index.number(len(texts[i]))
		index.number(len(g))
		for _, s := range g {
			index.line(s.prefix)
		}
	}
	var payload writer
	packed, err := deflate(dictionary, nil)
	if err != nil {
		return nil, err
	}
	payload.sized(packed, len(dictionary))
	if packed, err = deflate(index.Bytes(), dictionary); err != nil {
		return nil, err
	}
	payload.sized(packed, index.Len())
	payload.Write(body.Bytes())

	header := fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n%x\n", format.Magic, pin.Version, src.day, pin.Integrity, fingerprint, sha256.Sum256(payload.Bytes()))
	return append([]byte(header), payload.Bytes()...), nil
}

func deflate(text, dictionary []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriterDict(&out, flate.BestCompression, dictionary)
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return out.Bytes(), nil
}

var word = regexp.MustCompile(`[A-Z][a-z]+[A-Z][A-Za-z]{3,}|[A-Z][a-z]{3,}|[a-z]*:[A-Za-z]+/?\$\{[A-Za-z]+\}`)

// commonWords joins the words that occur in most blocks; the most frequent come
// last, where references to them are shortest.
func commonWords(texts [][]byte) []byte {
	in := map[string]int{}
	for _, text := range texts {
		seen := map[string]bool{}
		for _, w := range word.FindAll(text, -1) {
			seen[string(w)] = true
		}
		for w := range seen {
			in[w]++
		}
	}
	words := make([]string, 0, len(in))
	for w := range in {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(in[b]-in[a], cmp.Compare(a, b)) })
	words = words[:min(len(words), dictionaryWords)]
	slices.Reverse(words)
	return []byte(strings.Join(words, ""))
}

// writer appends the parts of a text.
type writer struct{ bytes.Buffer }

func (w *writer) number(n int) { w.Write(binary.AppendUvarint(nil, uint64(n))) }

func (w *writer) line(s string) {
	w.WriteString(s)
	w.WriteByte('\n')
}

func (w *writer) list(lines []string) {
	w.number(len(lines))
	for _, l := range lines {
		w.line(l)
	}
}

func (w *writer) sized(packed []byte, size int) {
	w.number(len(packed))
	w.Write(packed)
	w.number(size)
}

func (w *writer) key(k key) error {
	t := slices.Index(format.KeyTypes(), k.Type)
	if t < 0 {
		return fmt.Errorf("key %s has the unknown type %q", k.Key, k.Type)
	}
	w.line(k.Key)
	w.number(t)
	return nil
}

// numbering gives each distinct value a number, in order of appearance.
type numbering[T any] struct {
	ids  map[string]int
	list []T
}

func (n *numbering[T]) of(v T) int {
	id := fmt.Sprint(v)
	if n.ids == nil {
		n.ids = map[string]int{}
	}
	i, ok := n.ids[id]
	if !ok {
		i = len(n.list)
		n.ids[id] = i
		n.list = append(n.list, v)
	}
	return i
}

// shapeEntry is one resource type of an action, by number.
type shapeEntry struct {
	typ, required, keys int
	dependent           []string
}

// encodeBlock writes services in the columns that authref's reader expects.
func encodeBlock(services []service, verbs verbTable, stops map[string]string) ([]byte, error) {
	var counts, nouns, verbsOf, access, keys, sets, types, shapes, shapeOf, keysOf, dependents writer
	counts.number(len(services))
	for _, s := range services {
		keyID := map[string]int{}
		for i, k := range s.keys {
			keyID[k.Key] = i
			if err := keys.key(k); err != nil {
				return nil, err
			}
		}
		typeID := map[string]int{}
		for i, t := range s.types {
			typeID[t.Key] = i
		}
		var keySets numbering[[]string]
		var shapeTable numbering[[]shapeEntry]
		for _, t := range s.types {
			types.line(t.Key)
			types.line(shortPattern(t.ARN, s.prefix))
			types.line(stops[s.prefix+" "+t.Key])
			types.number(keySets.of(t.ConditionKeys))
		}
		groups := byNoun(s.actions)
		var ordered []action
		for _, g := range groups {
			nouns.line(g.noun)
			verbsOf.number(len(g.actions))
			for _, a := range g.actions {
				verb, _ := splitName(a.Name)
				verbsOf.number(verbs.id[verb])
			}
			ordered = append(ordered, g.actions...)
		}
		for _, a := range ordered {
			level, ok := accessLevels[a.AccessLevel]
			if !ok {
				return nil, fmt.Errorf("%s:%s has the unknown access level %q", s.prefix, a.Name, a.AccessLevel)
			}
			verb, _ := splitName(a.Name)
			if level == verbs.access[verb] {
				level = authref.AccessUnknown // as usual for the verb
			}
			access.number(int(level))
			var shape []shapeEntry
			for _, r := range a.ResourceTypes {
				id, ok := typeID[r.Name]
				if !ok {
					return nil, fmt.Errorf("%s:%s has the unknown resource type %q", s.prefix, a.Name, r.Name)
				}
				e := shapeEntry{typ: id, keys: keySets.of(r.ConditionKeys), dependent: r.DependentActions}
				if r.Required {
					e.required = 1
				}
				shape = append(shape, e)
			}
			shapeOf.number(shapeTable.of(shape))
			keysOf.number(keySets.of(a.ConditionKeys))
			dependents.list(a.DependentActions)
		}
		for _, shape := range shapeTable.list {
			shapes.number(len(shape))
			for _, e := range shape {
				shapes.number(e.typ)
				shapes.number(e.required)
				shapes.number(e.keys)
				shapes.list(e.dependent)
			}
		}
		for _, set := range keySets.list {
			sets.number(len(set))
			for _, k := range set {
				sets.number(keyID[k])
			}
		}
		counts.line(s.prefix)
		for _, n := range []int{len(s.actions), len(groups), len(s.types), len(s.keys), len(keySets.list), len(shapeTable.list)} {
			counts.number(n)
		}
	}
	var out bytes.Buffer
	for _, column := range []*writer{&counts, &nouns, &verbsOf, &access, &keys, &sets, &types, &shapes, &shapeOf, &keysOf, &dependents} {
		out.Write(column.Bytes())
	}
	return out.Bytes(), nil
}

func shortPattern(arn, prefix string) string {
	if rest, ok := strings.CutPrefix(arn, "arn:${Partition}:"+prefix+":${Region}:${Account}:"); ok {
		return format.PatternRegional + rest
	}
	if rest, ok := strings.CutPrefix(arn, "arn:${Partition}:"+prefix+":"); ok {
		return format.PatternAnywhere + rest
	}
	return arn
}
