package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"permprobe/shared/declare"

	"go.yaml.in/yaml/v3"
)

// Mute is a decision of the user's not to be told of some findings. Its patterns are anchored: each must cover the whole
// of what it is about, and all of them must match.
type Mute struct {
	// Check and Function are patterns; one of them is given, the other may be empty for any. Function is a pattern of names
	// or ARNs.
	Check, Function string
	// Qualifier, Resource, Source and ID are patterns, too; empty for any. Resource matches one of the resources of a
	// finding, Source its trigger's ARN.
	Qualifier, Resource, Source, ID string
	// Reason is the user's own.
	Reason string
	// Expires is the last day of the mute, as a day in UTC; the zero time where it has none.
	Expires time.Time
	// Where is the place of the mute: "probe.yaml:12".
	Where string
}

// Subject is what of a finding a mute looks at.
type Subject struct {
	ID, Check, Function, Qualifier, Resource, Source string
}

// Matches tells whether the mute is about the finding, whether it has expired or not.
func (m *Mute) Matches(s Subject) bool {
	any := func(pattern, text string) bool { return pattern == "" || Match(pattern, text) }
	_, name, _ := strings.Cut(s.Function, ":function:")
	resource := m.Resource == "" || Match(m.Resource, s.Resource)
	for _, one := range strings.Split(s.Resource, ",") {
		resource = resource || Match(m.Resource, strings.TrimSpace(one))
	}
	return any(m.Check, s.Check) && (m.Function == "" || Selects(m.Function, name, s.Function)) && any(m.Qualifier, s.Qualifier) &&
		resource && any(m.Source, s.Source) && any(m.ID, s.ID)
}

// Expired tells whether the mute's last day is over.
func (m *Mute) Expired(now time.Time) bool {
	return !m.Expires.IsZero() && !now.UTC().Before(m.Expires.AddDate(0, 0, 1))
}

var muteFields = []string{"check", "function", "qualifier", "resource", "source", "id", "reason", "expires"}

// maxMutes bounds the work of a run: every mute is tried on every finding.
const maxMutes = 1000

// mutesSetting is a list of mutes.
func mutesSetting(file string, value *yaml.Node) ([]Mute, *settingError) {
	switch {
	case value.Kind != yaml.SequenceNode:
		return nil, wrong(value, "a list of what not to tell is needed, not %s", kindOf(value))
	case len(value.Content) == 0:
		return nil, wrong(value, "the list is empty: leave it out")
	case len(value.Content) > maxMutes:
		return nil, wrong(value, "%d mutes are more than %d", len(value.Content), maxMutes)
	}
	var mutes []Mute
	for _, node := range value.Content {
		m, bad := muteSetting(node)
		if bad != nil {
			return nil, bad
		}
		m.Where = fmt.Sprintf("%s:%d", file, node.Line)
		mutes = append(mutes, m)
	}
	return mutes, nil
}

func muteSetting(node *yaml.Node) (Mute, *settingError) {
	var m Mute
	if node.Kind != yaml.MappingNode {
		return m, wrong(node, "a mute is a map such as {check: R3, function: \"old-*\", reason: \"…\"}, not %s", kindOf(node))
	}
	into := map[string]*string{
		"check": &m.Check, "function": &m.Function, "qualifier": &m.Qualifier, "resource": &m.Resource, "source": &m.Source, "id": &m.ID,
		"reason": &m.Reason,
	}
	seen := map[string]bool{}
	for i := 0; i < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch {
		case seen[key.Value]:
			return m, wrong(key, "%s is given twice", short(key.Value))
		case key.Kind != yaml.ScalarNode || !slices.Contains(muteFields, key.Value):
			if near := declare.Nearest(key.Value, muteFields); near != "" {
				return m, wrong(key, "unknown field %s: is %q meant?", short(key.Value), near)
			}
			return m, wrong(key, "unknown field %s: a mute may hold %s", short(key.Value), strings.Join(muteFields, ", "))
		case value.Kind != yaml.ScalarNode || isNull(value) || strings.TrimSpace(value.Value) == "":
			return m, wrong(value, "%s is a text, not %s", key.Value, kindOf(value))
		}
		seen[key.Value] = true
		if bad := m.set(key.Value, value, into[key.Value]); bad != nil {
			return m, bad
		}
	}
	switch {
	case m.Reason == "":
		return m, wrong(node, "the mute has no reason: say why nobody is to be told")
	case strings.Trim(m.Check, "*") == "" && strings.Trim(m.Function, "*") == "" && strings.Trim(m.ID, "*") == "":
		return m, wrong(node, "the mute names neither a check, nor a function, nor an id: it would hide too much")
	}
	return m, nil
}

// set takes over one field.
func (m *Mute) set(name string, value *yaml.Node, into *string) *settingError {
	unprintable := strings.IndexFunc(value.Value, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0
	switch {
	case unprintable:
		return wrong(value, "%s holds what cannot be printed on one line", name)
	case name == "expires":
		day, err := time.Parse(time.DateOnly, value.Value)
		if err != nil {
			return wrong(value, "expires: %s is not a day such as 2027-01-31", short(value.Value))
		}
		m.Expires = day
		return nil
	case name == "function":
		if err := ValidatePattern(value.Value); err != nil {
			return wrong(value, "function: %s %v", short(value.Value), err)
		}
	case name == "reason" && len([]rune(value.Value)) > maxReason:
		return wrong(value, "reason is longer than %d characters", maxReason)
	case len(value.Value) > 2048:
		return wrong(value, "%s is longer than 2048 characters", name)
	}
	*into = value.Value
	return nil
}

// maxOwnerTag is how long the key of a tag may be.
const maxOwnerTag = maxTagKey

// ownerSetting is the key of the tag that says who owns a function.
func ownerSetting(value *yaml.Node) (string, *settingError) {
	if value.Kind != yaml.MappingNode || len(value.Content) != 2 || value.Content[0].Value != "tag" {
		return "", wrong(value, "a map such as {tag: team} is needed")
	}
	tag := value.Content[1]
	if tag.Kind != yaml.ScalarNode || isNull(tag) || strings.TrimSpace(tag.Value) == "" || len(tag.Value) > maxOwnerTag {
		return "", wrong(tag, "tag is the key of a tag, not %s", kindOf(tag))
	}
	return tag.Value, nil
}
