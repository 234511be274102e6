package authref

import (
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"sync"

	"permprobe/shared/authref/internal/format"
)

// Reference is one edition of the Service Authorization Reference. It is safe
// for concurrent use.
type Reference struct {
	header     header
	dictionary []byte
	prefixes   []string
	homes      []int // homes[i] is the block that holds prefixes[i]
	blocks     []block
	globals    []ConditionKey
	verbs      []verb
}

// verb is the first word of action names, and the access level that actions
// with it have unless the file says otherwise.
type verb struct {
	word   string
	access AccessLevel
}

// header is the readable start of the file: one value a line.
type header struct {
	release, day, integrity, generator, payload string
}

// block is the unit of decompression: a run of services in order of prefix.
type block struct {
	once       sync.Once
	compressed string
	size       int // bytes when decompressed
	services   []*ServiceInfo
}

// Open reads a reference from the content of a file that the generator wrote,
// and checks that it is whole.
func Open(data string) (*Reference, error) {
	r, err := open(data)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitN(data, "\n", headerLines+1)
	if sum := sha256.Sum256([]byte(lines[headerLines])); hex.EncodeToString(sum[:]) != r.header.payload {
		return nil, errors.New("content does not have the hash that its header says")
	}
	return r, nil
}

const headerLines = 6

// open reads the head of the file and decompresses its dictionary; the blocks
// stay compressed. data is kept.
func open(data string) (*Reference, error) {
	lines := strings.SplitN(data, "\n", headerLines+1)
	if len(lines) != headerLines+1 || lines[0] != format.Magic {
		return nil, errors.New("not a reference of this format")
	}
	r := &Reference{header: header{lines[1], lines[2], lines[3], lines[4], lines[5]}}
	in := &cursor{text: lines[headerLines]}
	packed := in.take(in.number())
	dictionary, err := inflate(packed, in.number(), nil)
	if err != nil {
		return nil, fmt.Errorf("dictionary: %w", err)
	}
	r.dictionary = dictionary

	packed = in.take(in.number())
	head, err := inflate(packed, in.number(), dictionary)
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	index := &cursor{text: string(head)}
	for range index.number() {
		r.globals = append(r.globals, index.key())
	}
	for range index.number() {
		r.verbs = append(r.verbs, verb{index.line(), AccessLevel(index.number())})
	}
	blocks := index.number()
	r.blocks = make([]block, blocks)
	for i := range r.blocks {
		r.blocks[i].compressed = in.take(index.number())
		r.blocks[i].size = index.number()
		for range index.number() {
			r.prefixes = append(r.prefixes, index.line())
			r.homes = append(r.homes, i)
		}
	}
	if in.short || index.short || in.at != len(in.text) {
		return nil, errors.New("index does not fit the data")
	}
	return r, nil
}

func inflate(packed string, size int, dictionary []byte) ([]byte, error) {
	out := make([]byte, size)
	if _, err := io.ReadFull(flate.NewReaderDict(strings.NewReader(packed), dictionary), out); err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return out, nil
}

// Version is described at the function of the same name.
func (r *Reference) Version() string { return r.header.release + " " + r.header.day }

// Services lists all IAM prefixes, sorted.
func (r *Reference) Services() []string { return append([]string(nil), r.prefixes...) }

// Service finds a service by its IAM prefix, in any case.
func (r *Reference) Service(prefix string) (*ServiceInfo, bool) {
	i := sort.Search(len(r.prefixes), func(i int) bool { return foldCompare(r.prefixes[i], prefix) >= 0 })
	if i == len(r.prefixes) || foldCompare(r.prefixes[i], prefix) != 0 {
		return nil, false
	}
	home := r.homes[i]
	first := sort.SearchInts(r.homes, home)
	return r.load(home)[i-first], true
}

// Lookup finds an action by its full name, in any case.
func (r *Reference) Lookup(action string) (Action, bool) {
	prefix, name, ok := strings.Cut(action, ":")
	if !ok {
		return Action{}, false
	}
	s, ok := r.Service(prefix)
	if !ok {
		return Action{}, false
	}
	return s.Action(name)
}

// GlobalKey finds a global condition key by name in any case.
func (r *Reference) GlobalKey(name string) (ConditionKey, bool) {
	for _, k := range r.globals {
		if keyFits(k.Name, name) {
			return k, true
		}
	}
	return ConditionKey{}, false
}

// GlobalKeys lists the global condition keys, sorted by name.
func (r *Reference) GlobalKeys() []ConditionKey { return r.globals }

// ExpandAction is described at the function of the same name.
func (r *Reference) ExpandAction(pattern string) []string {
	prefix, name, ok := strings.Cut(pattern, ":")
	if !ok {
		if strings.Trim(pattern, "*") != "" || pattern == "" {
			return nil
		}
		prefix, name = "*", "*"
	}
	var found []string
	for _, p := range r.prefixes {
		if !covers(prefix, p) {
			continue
		}
		s, _ := r.Service(p)
		for _, a := range s.actions {
			if covers(name, a.Name) {
				found = append(found, a.String())
			}
		}
	}
	return found
}

// covers reports whether text fits pattern, with * and ? as wildcards and
// without regard to case. Going back to the last * only is enough for globs and
// keeps the work at the product of the lengths.
func covers(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t])):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// load decompresses and decodes a block, once.
func (r *Reference) load(i int) []*ServiceInfo {
	b := &r.blocks[i]
	b.once.Do(func() {
		raw, err := inflate(b.compressed, b.size, r.dictionary)
		if err == nil {
			b.services, err = decode(string(raw), r.verbs)
		}
		if err != nil {
			panic(fmt.Sprintf("authref: block %d of the reference is damaged: %v", i, err))
		}
	})
	return b.services
}

// decode reads a block. It is stored column by column over all its services
// (similar values side by side compress best); strings are parts of the text.
func decode(text string, verbs []verb) ([]*ServiceInfo, error) {
	in := &cursor{text: text}
	type counts struct{ actions, nouns, types, keys, sets, shapes int }
	services := make([]*ServiceInfo, in.count())
	sizes := make([]counts, len(services))
	for i := range services {
		services[i] = &ServiceInfo{prefix: in.line()}
		n := counts{in.count(), in.count(), in.count(), in.count(), in.count(), in.count()}
		sizes[i] = n
		services[i].actions = make([]Action, n.actions)
		services[i].types = make([]ResourceType, n.types)
		services[i].keys = make([]ConditionKey, n.keys)
	}
	// An action's name is a verb and a noun; each noun is stored once.
	nouns := make([][]string, len(services))
	for i := range services {
		nouns[i] = make([]string, sizes[i].nouns)
		for j := range nouns[i] {
			nouns[i][j] = in.line()
		}
	}
	stored := make([][]*Action, len(services))
	for i, s := range services {
		if stored[i] = nameActions(in, s, nouns[i], verbs); stored[i] == nil {
			return nil, errors.New("names do not fit the number of actions")
		}
	}
	for i := range services {
		for _, a := range stored[i] {
			if level := AccessLevel(in.number()); level != AccessUnknown {
				a.Access = level
			}
		}
	}
	for _, s := range services {
		for i := range s.keys {
			s.keys[i] = in.key()
		}
	}
	sets := make([][][]string, len(services))
	for i, s := range services {
		sets[i] = make([][]string, sizes[i].sets)
		for j := range sets[i] {
			set := make([]string, in.count())
			for k := range set {
				set[k] = pick(in, s.keys).Name
			}
			if len(set) > 0 {
				sets[i][j] = set
			}
		}
	}
	for i, s := range services {
		for j := range s.types {
			t := &s.types[j]
			t.Name = in.line()
			t.Pattern = expandPattern(in.line(), s.prefix)
			t.stops = in.line()
			t.ConditionKeys = pick(in, sets[i])
		}
	}
	shapes := make([][][]ActionResource, len(services))
	for i, s := range services {
		shapes[i] = make([][]ActionResource, sizes[i].shapes)
		for j := range shapes[i] {
			shape := make([]ActionResource, in.count())
			for k := range shape {
				shape[k] = ActionResource{Type: pick(in, s.types), Required: in.number() == 1, ConditionKeys: pick(in, sets[i]), DependentActions: in.list()}
			}
			if len(shape) > 0 {
				shapes[i][j] = shape
			}
		}
	}
	for i := range services {
		for _, a := range stored[i] {
			a.Resources = pick(in, shapes[i])
		}
	}
	for i := range services {
		for _, a := range stored[i] {
			a.ConditionKeys = pick(in, sets[i])
		}
	}
	for i := range services {
		for _, a := range stored[i] {
			a.DependentActions = in.list()
		}
	}
	if in.short || in.at != len(text) {
		return nil, errors.New("text ends in the wrong place")
	}
	return services, nil
}

// nameActions reads the verbs of each noun and puts the service's actions in
// order of name. It returns them in the file's order, in which the other columns
// are, and nil if their number is wrong.
func nameActions(in *cursor, s *ServiceInfo, nouns []string, verbs []verb) []*Action {
	// All names are parts of one text: thousands of small ones would cost more
	// than the decompression.
	var text []byte
	var ends []int
	var levels []AccessLevel
	for _, noun := range nouns {
		for range in.count() {
			v := pick(in, verbs)
			text = append(append(text, v.word...), noun...)
			ends = append(ends, len(text))
			levels = append(levels, v.access)
		}
	}
	if len(ends) != len(s.actions) {
		return nil
	}
	all, start := string(text), 0
	names, order := make([]string, len(ends)), make([]int32, len(ends))
	for i, end := range ends {
		names[i], order[i] = all[start:end], int32(i)
		start = end
	}
	slices.SortFunc(order, func(a, b int32) int { return foldCompare(names[a], names[b]) })
	stored := make([]*Action, len(names))
	for rank, i := range order {
		s.actions[rank] = Action{Service: s.prefix, Name: names[i], Access: levels[i]}
		stored[i] = &s.actions[rank]
	}
	return stored
}

func expandPattern(stored, prefix string) string {
	switch {
	case strings.HasPrefix(stored, format.PatternAnywhere):
		return "arn:${Partition}:" + prefix + ":" + stored[1:]
	case strings.HasPrefix(stored, format.PatternRegional):
		return "arn:${Partition}:" + prefix + ":${Region}:${Account}:" + stored[1:]
	}
	return stored
}

// keyTypes is what the file's numbers for types of keys mean.
var keyTypes = format.KeyTypes()

// pick reads a number and returns the element it stands for.
func pick[T any](in *cursor, from []T) T {
	if i := in.number(); i < len(from) {
		return from[i]
	}
	in.short = true
	var none T
	return none
}

// cursor reads the parts of a text in order. After the end it returns nothing
// and remembers that.
type cursor struct {
	text  string
	at    int
	short bool
}

func (c *cursor) number() int {
	v, shift := uint64(0), uint(0)
	for i := 0; i < binary.MaxVarintLen32; i++ {
		if c.at == len(c.text) {
			break
		}
		b := c.text[c.at]
		c.at++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return int(v)
		}
		shift += 7
	}
	c.short = true
	return 0
}

// count is a number of things that follow, each of at least one byte: a
// damaged file cannot make it reserve more than its own size.
func (c *cursor) count() int {
	n := c.number()
	if n > len(c.text)-c.at {
		c.short = true
		return 0
	}
	return n
}

func (c *cursor) take(n int) string {
	if n > len(c.text)-c.at {
		c.short = true
		return ""
	}
	c.at += n
	return c.text[c.at-n : c.at]
}

func (c *cursor) line() string {
	i := strings.IndexByte(c.text[c.at:], '\n')
	if i < 0 {
		c.short = true
		return ""
	}
	s := c.text[c.at : c.at+i]
	c.at += i + 1
	return s
}

// list is a count and that many lines.
func (c *cursor) list() []string {
	n := c.count()
	if n == 0 {
		return nil
	}
	out := make([]string, n)
	for i := range out {
		out[i] = c.line()
	}
	return out
}

func (c *cursor) key() ConditionKey {
	return ConditionKey{Name: c.line(), Type: KeyType(pick(c, keyTypes))}
}
