package authref

import "strings"

// KeyType is the type of a condition key's value, in the reference's words.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
type KeyType string

// The types that the reference uses; the ArrayOf types are multivalued keys,
// which need ForAnyValue or ForAllValues. KeyTypeUnknown is that of a key which
// an action lists and the service's own list of keys leaves out.
const (
	KeyTypeUnknown KeyType = ""
	String         KeyType = "String"
	ARN            KeyType = "ARN"
	Bool           KeyType = "Bool"
	Date           KeyType = "Date"
	Numeric        KeyType = "Numeric"
	IPAddress      KeyType = "IPAddress"
	ArrayOfString  KeyType = "ArrayOfString"
	ArrayOfARN     KeyType = "ArrayOfARN"
	ArrayOfBool    KeyType = "ArrayOfBool"
)

// Multivalued reports whether a request can carry several values of the key.
func (t KeyType) Multivalued() bool { return strings.HasPrefix(string(t), "ArrayOf") }

// ConditionKey is a key of the request context.
type ConditionKey struct {
	// Name as documented; a part to fill in is written ${TagKey}.
	Name string
	Type KeyType
}

// findKey returns the listed key that name is, or whose pattern it fits.
func findKey(listed []string, name string) (string, bool) {
	for _, k := range listed {
		if keyFits(k, name) {
			return k, true
		}
	}
	return "", false
}

// keyFits reports whether name is the documented key, whose parts in ${…} stand
// for any text. Key names compare without case.
func keyFits(documented, name string) bool {
	for {
		i := strings.Index(documented, "${")
		if i < 0 {
			return strings.EqualFold(documented, name)
		}
		if len(name) < i || !strings.EqualFold(documented[:i], name[:i]) {
			return false
		}
		end := strings.IndexByte(documented[i:], '}')
		if end < 0 {
			return strings.EqualFold(documented[i:], name[i:])
		}
		documented, name = documented[i+end+1:], name[i:]
		if documented == "" {
			return name != ""
		}
		// A documented key has at most a short literal after its variable part
		// (codebuild:…/${id}.location), so the first occurrence decides.
		next := strings.Index(documented, "${")
		if next < 0 {
			return len(name) > len(documented) && strings.EqualFold(name[len(name)-len(documented):], documented)
		}
		j := strings.Index(strings.ToLower(name), strings.ToLower(documented[:next]))
		if j < 1 {
			return false
		}
		name = name[j:]
	}
}

// requestBound are the global keys that a request carries only for the actions
// that the reference lists them for.
var requestBound = []string{"aws:RequestTag/${TagKey}", "aws:ResourceTag/${TagKey}", "aws:TagKeys"}

func (r *Reference) actionKey(a Action, name string) (ConditionKey, bool) {
	if listed, ok := a.listsKey(name); ok {
		if s, ok := r.Service(a.Service); ok {
			if k, ok := s.Key(listed); ok {
				return k, true
			}
		}
		if k, ok := r.GlobalKey(listed); ok {
			return k, true
		}
		return ConditionKey{Name: listed}, true
	}
	if _, bound := findKey(requestBound, name); bound {
		return ConditionKey{}, false
	}
	return r.GlobalKey(name)
}
