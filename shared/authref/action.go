package authref

import "strings"

// AccessLevel is how the reference classifies what an action does.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html.
type AccessLevel uint8

// The access levels; AccessUnknown is never in the embedded data.
const (
	AccessUnknown AccessLevel = iota
	List
	Read
	Write
	Tagging
	PermissionsManagement
)

// String gives the level as the AWS documentation spells it.
func (l AccessLevel) String() string {
	switch l {
	case List:
		return "List"
	case Read:
		return "Read"
	case Write:
		return "Write"
	case Tagging:
		return "Tagging"
	case PermissionsManagement:
		return "Permissions management"
	}
	return "unknown"
}

// Action is one IAM action.
type Action struct {
	// Service is the IAM prefix, "s3"; Name is the action without it, "GetObject".
	Service, Name string
	Access        AccessLevel
	// Resources are the resource types that a statement's Resource can limit the
	// action to; empty when the action works with Resource "*" only.
	Resources []ActionResource
	// ConditionKeys are the keys that every request for the action can carry,
	// whatever its resource.
	ConditionKeys []string
	// DependentActions are further actions that the caller needs.
	DependentActions []string
}

// ActionResource is one resource type of an action.
type ActionResource struct {
	Type ResourceType
	// Required says that each request names a resource of this type. The
	// reference also marks alternatives of each other as required
	// (states:DescribeExecution: execution and express), so do not demand all.
	Required bool
	// ConditionKeys are the keys that the action's request carries for a resource
	// of this type, beside Type.ConditionKeys.
	ConditionKeys    []string
	DependentActions []string
}

// String is the action as a policy names it, "s3:GetObject".
func (a Action) String() string { return a.Service + ":" + a.Name }

// WildcardOnly reports that the reference knows no resource type for the
// action: a statement must name it with Resource "*".
func (a Action) WildcardOnly() bool { return len(a.Resources) == 0 }

// TypesOf returns the resource types of the action that an ARN can be. The ARN
// may be a pattern of a policy's Resource element with * and ?: then those types
// are returned that have at least one ARN which the pattern covers. "*" covers
// all. An empty result means that a statement with this Resource never applies
// to the action, as far as the reference knows.
func (a Action) TypesOf(arn string) []ResourceType {
	var types []ResourceType
	for _, r := range a.Resources {
		if r.Type.Overlaps(arn) {
			types = append(types, r.Type)
		}
	}
	return types
}

// Key finds a condition key that a request for the action can carry, by a
// name in any case: those of the action, of its resource types, and the global
// keys that are in no way tied to an action. aws:RequestTag/…, aws:ResourceTag/…
// and aws:TagKeys are carried only where the reference lists them.
func (a Action) Key(name string) (ConditionKey, bool) { return reference().actionKey(a, name) }

// listsKey reports whether the action or one of its types lists the key.
func (a Action) listsKey(name string) (string, bool) {
	if k, ok := findKey(a.ConditionKeys, name); ok {
		return k, true
	}
	for _, r := range a.Resources {
		if k, ok := findKey(r.ConditionKeys, name); ok {
			return k, true
		}
		if k, ok := findKey(r.Type.ConditionKeys, name); ok {
			return k, true
		}
	}
	return "", false
}

// ServiceInfo is what the reference holds about one service.
type ServiceInfo struct {
	prefix  string
	actions []Action
	types   []ResourceType
	keys    []ConditionKey
}

// Prefix is the service's IAM prefix.
func (s *ServiceInfo) Prefix() string { return s.prefix }

// Actions lists the service's actions, sorted by name without regard to case.
func (s *ServiceInfo) Actions() []Action { return s.actions }

// ResourceTypes lists the service's resource types, sorted by name without
// regard to case.
func (s *ServiceInfo) ResourceTypes() []ResourceType { return s.types }

// ConditionKeys lists the keys that the service's requests can carry, global
// keys included where the reference ties them to an action, sorted by name.
func (s *ServiceInfo) ConditionKeys() []ConditionKey { return s.keys }

// Action finds an action by its name without prefix, in any case.
func (s *ServiceInfo) Action(name string) (Action, bool) {
	low, high := 0, len(s.actions)
	for low < high {
		mid := (low + high) / 2
		if foldCompare(s.actions[mid].Name, name) < 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(s.actions) && foldCompare(s.actions[low].Name, name) == 0 {
		return s.actions[low], true
	}
	return Action{}, false
}

// ResourceType finds a resource type by name, in any case.
func (s *ServiceInfo) ResourceType(name string) (ResourceType, bool) {
	for _, t := range s.types {
		if strings.EqualFold(t.Name, name) {
			return t, true
		}
	}
	return ResourceType{}, false
}

// Key finds a condition key of the service by name in any case, or by the
// pattern that it fits.
func (s *ServiceInfo) Key(name string) (ConditionKey, bool) {
	for _, k := range s.keys {
		if keyFits(k.Name, name) {
			return k, true
		}
	}
	return ConditionKey{}, false
}

// foldCompare orders ASCII strings without regard to case and without
// allocating.
func foldCompare(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := lower(a[i]), lower(b[i])
		if x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
