package collect_test

import (
	"context"
	"testing"

	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/localaws"
)

func TestTheOrganizationIsReadAndAnAccountWithoutOneHasNone(t *testing.T) {
	const root = "arn:aws:iam::123456789012:root"
	for name, test := range map[string]struct {
		options    localaws.Options
		id         string
		absent     bool
		permission string
	}{
		"a member":   {options: localaws.Options{Overlay: map[string]map[string]any{root: {"OrganizationId": "o-a1b2c3d4e5"}}}, id: "o-a1b2c3d4e5"},
		"of none":    {options: localaws.Options{Overlay: map[string]map[string]any{root: {"OrganizationId": ""}}}, absent: true},
		"not said":   {},
		"refused":    {options: localaws.Options{Faults: []localaws.Fault{{Service: "organizations", Operation: "DescribeOrganization", Code: "AccessDeniedException"}}}, permission: "organizations:DescribeOrganization"},
		"unexpected": {options: localaws.Options{Faults: []localaws.Fault{{Service: "organizations", Operation: "DescribeOrganization", Code: "ServiceException"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := collector(t, test.options, targetsTemplate)
			facts := &fact.Facts{Account: c.Account}
			c.Organization(context.Background(), facts)
			id, known := facts.Organization.Value()
			why, _ := facts.Organization.Unread()
			if id != test.id || known != (test.id != "") || facts.Organization.IsAbsent() != test.absent || why.Permission != test.permission || !known && !test.absent && why.Reason == "" {
				t.Errorf("%q, %t, absent: %t, %+v", id, known, facts.Organization.IsAbsent(), why)
			}
		})
	}
}

func TestTheOrganizationThatTheFileNamesIsNotAskedFor(t *testing.T) {
	for said, want := range map[string]string{"o-a1b2c3d4e5": "o-a1b2c3d4e5", collect.NoOrganization: ""} {
		c, _ := collector(t, localaws.Options{}, targetsTemplate)
		c.OrganizationID = said
		facts := c.Collect(context.Background(), collect.Selection{Matches: func(string, string) bool { return false }}, collect.Known{})
		id, _ := facts.Organization.Value()
		if _, unread := facts.Organization.Unread(); id != want || unread || facts.Organization.IsAbsent() != (want == "") {
			t.Errorf("%s: %q, not known: %t", said, id, unread)
		}
	}
}
