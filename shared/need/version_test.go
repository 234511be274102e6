package need

import (
	"testing"

	"permprobe/shared/fact"

	"github.com/google/go-cmp/cmp"
)

const (
	worker    = "arn:aws:lambda:us-east-1:123456789012:function:worker"
	ownRole   = "arn:aws:iam::123456789012:role/now"
	olderRole = "arn:aws:iam::123456789012:role/then"
	jobs      = "arn:aws:sqs:us-east-1:123456789012:jobs"
)

func TestTheNeedsOfAVersionAreThoseOfTheRoleThatItWasPublishedWith(t *testing.T) {
	live := fact.FunctionRef{ARN: worker, Qualifier: "live"}
	for name, c := range map[string]struct {
		read    fact.Read[[]string]
		role    string
		unknown bool
	}{
		"another role":     {fact.Known([]string{olderRole}), olderRole, false},
		"the same role":    {fact.Known([]string{ownRole}), ownRole, false},
		"no such version":  {fact.Absent[[]string](), ownRole, true},
		"it was not asked": {fact.Read[[]string]{}, ownRole, true},
	} {
		facts := &fact.Facts{
			Account:      fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"},
			Functions:    []fact.Function{{ARN: worker, Name: "worker", Role: ownRole}},
			Mappings:     []fact.Mapping{{ID: "1", Function: live, Source: jobs}, {ID: "2", Function: fact.FunctionRef{ARN: worker}, Source: jobs}},
			VersionRoles: map[fact.FunctionRef]fact.Read[[]string]{live: c.read},
		}
		polled := 0
		for _, n := range All(facts) {
			if n.Purpose != Poll {
				continue
			}
			polled++
			role, unknown := c.role, c.unknown
			if n.Function.Qualifier == "" {
				role, unknown = ownRole, false
			}
			if n.Role != role || unknown == n.Unread.IsZero() {
				t.Errorf("%s: the need of %s is that of %s: %+v", name, n.Function, n.Role, n.Unread)
			}
		}
		if polled != 6 {
			t.Errorf("%s: %d needs for two mappings of a queue", name, polled)
		}
	}
}

func TestAnAliasThatShiftsTrafficNeedsThePermissionsOfBothItsRoles(t *testing.T) {
	live := fact.FunctionRef{ARN: worker, Qualifier: "live"}
	facts := &fact.Facts{
		Account:      fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"},
		Functions:    []fact.Function{{ARN: worker, Name: "worker", Role: ownRole}},
		Mappings:     []fact.Mapping{{ID: "1", Function: live, Source: jobs}},
		VersionRoles: map[fact.FunctionRef]fact.Read[[]string]{live: fact.Known([]string{ownRole, olderRole})},
	}
	have := map[Purpose]map[string]int{}
	for _, n := range All(facts) {
		if !n.Unread.IsZero() {
			continue // its destinations were not read
		}
		if have[n.Purpose] == nil {
			have[n.Purpose] = map[string]int{}
		}
		have[n.Purpose][n.Role+" "+n.Function.Qualifier]++
	}
	want := map[Purpose]map[string]int{
		Start: {ownRole + " ": 1, olderRole + " live": 1},
		Logs:  {ownRole + " ": 3, olderRole + " live": 3},
		Poll:  {ownRole + " live": 3, olderRole + " live": 3},
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}
