package iampolicy

import (
	"maps"
	"slices"
	"strings"
)

// contextKey is a condition key as policies write it and as it is looked up: key names, tag keys in them included, do
// not distinguish case (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html).
type contextKey struct {
	raw     string
	name    string // in lower case; only ASCII letters have two
	derived derivedKey
}

func newContextKey(raw string) contextKey {
	name := lowerASCII(raw)
	return contextKey{raw: raw, name: name, derived: derivedKeyOf(name)}
}

// Context holds the values of a request's condition keys. A key that it does not hold is absent from the request,
// unless it is listed as unknown. The zero value holds nothing.
type Context struct {
	values  map[string][]string
	unknown []string // lower case; a star at the end makes a prefix
	// spelled are the keys of an encryption context as they were given: a grant's constraints distinguish case.
	spelled map[string][]string
}

// NewContext takes a copy of values. Keys do not distinguish case: the values of keys that differ only in case are
// joined, in the keys' order. A key with an empty list is absent for certain, also where WithUnknown covers its name.
func NewContext(values map[string][]string) Context {
	c := Context{values: make(map[string][]string, len(values))}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		name := lowerASCII(key)
		if strings.HasPrefix(name, encryptionContextPrefix) && len(values[key]) > 0 {
			if c.spelled == nil {
				c.spelled = make(map[string][]string)
			}
			c.spelled[name] = append(c.spelled[name], key[len(encryptionContextPrefix):])
		}
		c.values[name] = append(c.values[name][:len(c.values[name]):len(c.values[name])], values[key]...)
	}
	return c
}

// WithUnknown returns a context in which it is not known whether the keys are present and with which value, so that a
// condition on them is undetermined. A star at the end stands for the rest of the name: "*", "aws:ResourceTag/*".
// A key that the context holds stays known.
func (c Context) WithUnknown(keys ...string) Context {
	c.unknown = slices.Clip(c.unknown)
	for _, key := range keys {
		c.unknown = append(c.unknown, lowerASCII(key))
	}
	return c
}

// With returns a context in which the key has these values; without any it is absent for certain.
func (c Context) With(key string, values ...string) Context {
	all := maps.Clone(c.values)
	if all == nil {
		all = make(map[string][]string, 1)
	}
	all[lowerASCII(key)] = slices.Clone(values)
	c.values = all
	return c
}

// Values returns a copy of the values of key, nil where the request does not have it.
func (c Context) Values(key string) []string {
	return slices.Clone(c.values[lowerASCII(key)])
}

// Keys returns the lower-cased names of the keys that the context holds, sorted.
func (c Context) Keys() []string { return slices.Sorted(maps.Keys(c.values)) }

// isUnknown tells whether name is among the unknown keys. A pattern covers no name without a colon: every key has a
// prefix, so ${Name} in a policy is not a key that a request might have, but what a template left in the text.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
func (c *Context) isUnknown(name string) bool {
	isKey := strings.Contains(name, ":")
	for _, u := range c.unknown {
		if prefix, ok := strings.CutSuffix(u, "*"); ok && isKey && strings.HasPrefix(name, prefix) || u == name {
			return true
		}
	}
	return false
}

// lookup returns the values of a key: those of the case, else those that follow from the principal, and whether they
// are not known. No values and known means absent.
func (c *Case) lookup(key *contextKey) (values []string, unknown bool) {
	if v, ok := c.Context.values[key.name]; ok {
		return v, false
	}
	if key.derived != derivedNone {
		if v, known := c.Principal.derive(key.derived); known {
			return v, false
		}
	}
	return nil, len(c.Context.unknown) > 0 && c.Context.isUnknown(key.name)
}
