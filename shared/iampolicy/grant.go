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
	// Key is the ARN or the id of the key that the grant is on; empty is the case's key.
	Key string
	// Grantee is the ARN or service that may use the key. The id of a deleted role (AROA…) is nobody.
	Grantee string
	// Operations are KMS operations without prefix, such as Decrypt.
	Operations []string
	// ContextSubset and ContextEquals constrain the request's encryption context.
	ContextSubset, ContextEquals map[string]string
	// SourceARN constrains aws:SourceArn as ArnEquals does, and asks that the request have it; empty is no constraint.
	SourceARN string
}

// grantable are the operations that a grant can be about
// (https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations).
var grantable = [...]string{
	"CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
	"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetPublicKey",
	"ReEncryptFrom", "ReEncryptTo", "RetireGrant", "Sign", "Verify", "VerifyMac",
}

const encryptionContextPrefix = "kms:encryptioncontext:"

// allows tells how the grant lets the caller do the case's action.
func (g *KMSGrant) allows(c *Case) named {
	_, action, _ := strings.Cut(c.Action, ":")
	is := func(op string) bool { return strings.EqualFold(op, action) }
	if !slices.ContainsFunc(g.Operations, is) || !slices.ContainsFunc(grantable[:], is) {
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
	return entry.names(c).and(g.on(c).and(g.from(c)).and(g.constraints(c, action)))
}

// on tells whether the grant is on the case's key.
func (g *KMSGrant) on(c *Case) tri {
	if g.Key == "" {
		return yes
	}
	parts, ok := splitARN(c.Resource)
	switch {
	case !ok && !hasUnknown(c.Resource):
		return no
	case ok && strings.HasPrefix(parts[arnResource], "alias/"):
		return maybe // which key it names is not known
	case strings.HasPrefix(g.Key, "arn:"):
		return matchUnknown(lex(g.Key, false, false), c.Resource)
	case !ok || hasUnknown(parts[arnResource]):
		return maybe
	}
	id, _ := strings.CutPrefix(parts[arnResource], "key/")
	return matchUnknown(lex(g.Key, false, false), id)
}

// from tells whether the request comes from the resource that the grant is for.
func (g *KMSGrant) from(c *Case) tri {
	if g.SourceARN == "" {
		return yes
	}
	key := newContextKey("aws:SourceArn")
	values, unknown := c.lookup(&key)
	switch {
	case unknown || len(values) > 1:
		return maybe
	case len(values) == 0:
		return no
	case hasUnknown(values[0]) || hasUnknown(g.SourceARN):
		return testUnknownARN(lex(g.SourceARN, true, false), values[0])
	}
	whole := newPattern(g.SourceARN, true, false)
	return testARN(splitPattern(g.SourceARN), &whole, values[0])
}

// constraints tells whether the request's encryption context meets the grant's. Their keys distinguish case, unlike
// the condition keys by which a case has them
// (https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html).
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
			t = t.and(c.encrypted(k, constraint[k]))
		}
	}
	if len(g.ContextEquals) > 0 {
		for _, spellings := range c.Context.spelled {
			for _, name := range spellings {
				if _, ok := g.ContextEquals[name]; !ok {
					return no
				}
			}
		}
		if len(c.Context.unknown) > 0 {
			t = t.and(maybe)
		}
	}
	return t
}

// encrypted tells whether the request's encryption context has this value for this key.
func (c *Case) encrypted(k, want string) tri {
	key := newContextKey(encryptionContextPrefix + k)
	values, unknown := c.lookup(&key)
	spelled := c.Context.spelled[key.name]
	switch {
	case unknown:
		return maybe
	case len(values) == 0 || !slices.Contains(spelled, k):
		return no
	case len(values) > 1 || len(spelled) > 1:
		return maybe // which value is whose is not known
	}
	return matchUnknown(lex(want, false, false), values[0]).or(matchUnknown([]token{{kind: tokenText, text: want}}, values[0]))
}

// grants tells how any of the case's grants allow the request. Without grants it costs nothing.
func (c *Case) grants() named {
	var n named
	for i := range c.Grants {
		n = n.or(c.Grants[i].allows(c))
	}
	return n
}
