package collect_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
)

const groupARN = "arn:aws:logs:us-east-1:123456789012:log-group:"

// manyGroups is a template of log groups, every third of which has a key, and their ARNs.
func manyGroups(n int) (template string, arns []string) {
	var b strings.Builder
	b.WriteString("Resources:\n  Key: {Type: AWS::KMS::Key}\n")
	for i := range n {
		key := ""
		if i%3 == 0 {
			key = ", KmsKeyId: !GetAtt Key.Arn"
		}
		fmt.Fprintf(&b, "  G%d: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/g%d%s}}\n", i, i, key)
		arns = append(arns, fmt.Sprintf("%s/shop/g%d", groupARN, i))
	}
	return b.String(), arns
}

// ended counts the calls, which are noted when they have ended: a moment after the caller has the answer.
func ended(server *localaws.Server, wanted int) int {
	for range 100 {
		if len(server.Calls()) >= wanted {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return len(server.Calls())
}

func TestLogGroupsAreReadFiftyAtATimeWhateverElseTheAccountHolds(t *testing.T) {
	template, arns := manyGroups(300)
	wanted := arns[:120]
	c, server := collector(t, localaws.Options{}, template)
	facts := read(t, c, wanted...)
	for i, arn := range wanted {
		want := ""
		if i%3 == 0 {
			want = "arn:aws:kms:us-east-1:123456789012:key/Key"
		}
		if target, known := facts.Targets[arn].Value(); !known || target.Key != want || !target.Policy.IsAbsent() {
			t.Errorf("%s: %v %+v", arn, known, target)
		}
	}
	if calls := ended(server, 3); calls != 3 {
		t.Errorf("want three calls for 120 groups, have %d", calls)
	}
}

func TestThePagesOfLogGroupsAreFollowed(t *testing.T) {
	template, arns := manyGroups(7)
	c, _ := collector(t, localaws.Options{PageSize: 2}, template)
	for arn, one := range read(t, c, arns...).Targets {
		if _, known := one.Value(); !known {
			t.Errorf("%s was not read", arn)
		}
	}
}

func TestWhetherAGroupExistsIsNotAskedAgainOfOneThatWasRead(t *testing.T) {
	template, arns := manyGroups(2)
	c, server := collector(t, localaws.Options{}, template+"  Worker: {Type: AWS::Lambda::Function, Properties: {FunctionName: worker, Role: \"arn:aws:iam::123456789012:role/r\"}}\n")
	facts := read(t, c, append(arns, groupARN+"/aws/lambda/worker")...)
	facts.LogGroups = map[string]fact.Read[fact.LogGroup]{}
	c.LogGroups(context.Background(), facts, []string{"/shop/g0", "/shop/g1", "/aws/lambda/worker"})
	have := map[string]bool{}
	for name, group := range facts.LogGroups {
		_, have[name] = group.Value()
	}
	if diff := cmp.Diff(map[string]bool{"/shop/g0": true, "/shop/g1": true, "/aws/lambda/worker": false}, have); diff != "" || !facts.LogGroups["/aws/lambda/worker"].IsAbsent() {
		t.Errorf("groups that exist (-want +have):\n%s", diff)
	}
	if calls := ended(server, 1); calls != 1 {
		t.Errorf("want one call, have %d", calls)
	}
	facts = &fact.Facts{Account: c.Account, LogGroups: map[string]fact.Read[fact.LogGroup]{}}
	c.LogGroups(context.Background(), facts, []string{"/shop/g0", "/aws/lambda/worker"})
	if _, exists := facts.LogGroups["/shop/g0"].Value(); !exists || !facts.LogGroups["/aws/lambda/worker"].IsAbsent() || ended(server, 2) != 2 {
		t.Errorf("%+v after %d calls", facts.LogGroups, len(server.Calls()))
	}
}

func TestALogGroupThatSpoilsTheAnswerLeavesTheOthersKnown(t *testing.T) {
	template, arns := manyGroups(2)
	c, _ := collector(t, localaws.Options{}, template)
	facts := read(t, c, arns[0], groupARN+"of/no/template", arns[1])
	for _, arn := range arns {
		if _, known := facts.Targets[arn].Value(); !known {
			t.Errorf("%s was not read", arn)
		}
	}
	if why, unread := facts.Targets[groupARN+"of/no/template"].Unread(); !unread || !why.Elsewhere {
		t.Errorf("%+v", why)
	}
}

func TestWhereLogGroupsCannotBeAskedForByNameTheyAreByHowTheirNamesBegin(t *testing.T) {
	template, arns := manyGroups(12)
	// The call with all names, then of each group the one with its name alone.
	c, server := collector(t, localaws.Options{Faults: []localaws.Fault{
		{Service: "logs", Operation: "DescribeLogGroups", Code: "InvalidParameterException", Status: 400, From: 1, Times: 2},
	}}, template)
	facts := read(t, c, arns[1], arns[10])
	for _, arn := range []string{arns[1], arns[10]} {
		if target, known := facts.Targets[arn].Value(); !known || target.ARN != arn {
			t.Errorf("%s was not read: %+v", arn, target)
		}
	}
	if calls := server.Calls(); len(calls) != 4 {
		t.Errorf("want four calls, have %v", calls)
	}
}

func TestALogGroupOfAnotherAccountIsAGapWhateverIsReadOfIt(t *testing.T) {
	const arn = "arn:aws:logs:us-east-1:210987654321:log-group:audit"
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	why, unread := read(t, c, arn).Targets[arn].Unread()
	if !unread || why.Permission != "logs:DescribeLogGroups" || !strings.Contains(why.Reason, "account 210987654321") {
		t.Errorf("%+v", why)
	}
}
