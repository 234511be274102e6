package iampolicy

import (
	"maps"
	"slices"
	"strings"
)

// KMSGrant is a grant on the KMS key that a case is about
// (https://docs.aws.amazon.com/kms/latest/developerguide/grants.html).
type KMSGrant struct {
	ID string
	// Grantee is the ARN or service that may use the key. The id of a deleted role (AROA…) is nobody.
	Grantee string
	// Operations are KMS operations without prefix, such as Decrypt.
	Operations []string
	// ContextSubset and ContextEquals constrain the request's encryption context.
	ContextSubset, ContextEquals map[string]string
}

const encryptionContextPrefix = "kms:encryptioncontext:"

// allows tells how the grant lets the caller do the case's action.
func (g *KMSGrant) allows(c *Case) named {
	_, action, _ := strings.Cut(c.Action, ":")
	if !slices.ContainsFunc(g.Operations, func(op string) bool { return strings.EqualFold(op, action) }) {
		return named{}
	}
	element := "AWS"
	if isServiceName(g.Grantee) {
		element = "Service"
	}
	entry, err := newPrincipalEntry(element, g.Grantee)
	if err != nil || entry.kind == entryAny {
		return named{}
	}
	return entry.names(c).and(g.constraints(c, action))
}

// constraints tells whether the request's encryption context meets the grant's. The case of an encryption context's
// keys matters to KMS; a policy's condition keys, by which a case has them, do not tell it.
func (g *KMSGrant) constraints(c *Case, action string) tri {
	if len(g.ContextSubset) == 0 && len(g.ContextEquals) == 0 {
		return yes
	}
	switch strings.ToLower(action) {
	case "describekey", "retiregrant":
		return yes // they have no encryption context, and the constraint does not apply
	case "creategrant":
		return maybe // the new grant must be as strict, which the request's keys do not say
	}
	t := yes
	for _, constraint := range []map[string]string{g.ContextSubset, g.ContextEquals} {
		for _, k := range slices.Sorted(maps.Keys(constraint)) {
			key := newContextKey(encryptionContextPrefix + k)
			values, unknown := c.lookup(&key)
			switch {
			case unknown:
				t = t.and(maybe)
			case len(values) != 1:
				return no
			default:
				want := []token{{kind: tokenText, text: constraint[k]}}
				t = t.and(matchUnknown(lex(constraint[k], false, false), values[0]).or(matchUnknown(want, values[0])))
			}
		}
	}
	if len(g.ContextEquals) > 0 {
		for _, key := range c.Context.Keys() {
			name, ok := strings.CutPrefix(key, encryptionContextPrefix)
			if ok && !hasFold(g.ContextEquals, name) {
				return no
			}
		}
		if len(c.Context.unknown) > 0 {
			t = t.and(maybe)
		}
	}
	return t
}

func hasFold(m map[string]string, key string) bool {
	for k := range m {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}

// grants tells how any of the case's grants allow the request. Without grants it costs nothing.
func (c *Case) grants() named {
	var n named
	for i := range c.Grants {
		n = n.or(c.Grants[i].allows(c))
	}
	return n
}
