package localaws

import (
	"encoding/json"
	"strings"
)

// Policy documents come from templates as maps, in parts unknown. What is written out is JSON that a policy parser takes: an
// element that is not known becomes one that holds the unknown's marker, never one that is absent.

// A document is a policy document in the order in which AWS prints one.
type document struct {
	Version   string `json:",omitempty"`
	ID        string `json:"Id,omitempty"`
	Statement []any
}

// A statement is one that this package writes itself.
type statement struct {
	SID       string `json:"Sid,omitempty"`
	Effect    string
	Principal any `json:",omitempty"`
	Action    any
	Resource  any                          `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

// holdsIn says what the statements of a kind of policy have besides effect and action.
type holdsIn struct{ principals, resources bool }

var (
	// identityPolicy is of those who call, trustPolicy of what names itself by holding it, resourcePolicy of other resources.
	identityPolicy = holdsIn{resources: true}
	trustPolicy    = holdsIn{principals: true}
	resourcePolicy = holdsIn{principals: true, resources: true}
)

// documentText writes a PolicyDocument property; a marker in maybe makes every statement one that may not be there.
func documentText(v any, kind holdsIn, maybe string) string {
	switch d := v.(type) {
	case string:
		if isUnknown(d) {
			return unknownDocument(d, kind)
		}
		var m map[string]any
		dec := json.NewDecoder(strings.NewReader(d))
		dec.UseNumber()
		if maybe == "" || dec.Decode(&m) != nil {
			return d
		}
		return documentText(m, kind, maybe)
	case map[string]any:
		out := map[string]any{}
		for k, e := range d {
			out[k] = e
		}
		if version, ok := d["Version"].(string); ok && isUnknown(version) {
			delete(out, "Version")
		}
		var statements []any
		for _, s := range items(d["Statement"]) {
			statements = append(statements, knownStatement(s, kind, maybe)...)
		}
		if statements == nil {
			return mustJSON(out)
		}
		out["Statement"] = statements
		return mustJSON(out)
	}
	return mustJSON(v)
}

// knownStatement repairs a statement of which an element that a parser needs is unknown.
func knownStatement(v any, kind holdsIn, maybe string) []any {
	if s, ok := v.(string); ok && isUnknown(s) {
		return unknownStatements(s, kind)
	}
	if s, ok := v.(statement); ok && maybe != "" {
		s.Action = maybe
		return []any{s}
	}
	in, ok := v.(map[string]any)
	if !ok {
		return []any{v}
	}
	out := map[string]any{}
	for k, e := range in {
		out[k] = e
	}
	effect, _ := out["Effect"].(string)
	if isUnknown(effect) {
		return unknownStatements(effect, kind)
	}
	for _, k := range []string{"Condition", "NotAction", "NotPrincipal", "NotResource"} {
		if s, ok := out[k].(string); ok && isUnknown(s) {
			delete(out, k)
			maybe = s
		}
	}
	for k, e := range object(out["Condition"]) {
		if s, ok := e.(string); ok && isUnknown(s) || isUnknown(k) {
			delete(out, "Condition")
			maybe = first(s, k)
		}
	}
	if s, ok := out["Principal"].(string); ok && isUnknown(s) {
		out["Principal"] = map[string]any{"AWS": s, "Service": s}
	}
	if maybe != "" {
		delete(out, "NotAction")
		out["Action"] = maybe
		if kind.resources && out["NotResource"] == nil && out["Resource"] == nil {
			out["Resource"] = maybe
		}
	}
	return []any{out}
}

func unknownStatements(marker string, kind holdsIn) []any {
	var out []any
	for _, effect := range []string{"Allow", "Deny"} {
		s := statement{Effect: effect, Action: marker}
		if kind.principals {
			s.Principal = map[string]string{"AWS": marker, "Service": marker}
		}
		if kind.resources {
			s.Resource = marker
		}
		out = append(out, s)
	}
	return out
}

// unknownDocument may allow and may deny everything.
func unknownDocument(marker string, kind holdsIn) string {
	return mustJSON(document{Version: "2012-10-17", Statement: unknownStatements(marker, kind)})
}
