package fact

import (
	"testing"

	"permprobe/shared/iampolicy"
)

func TestTheZeroReadIsNeitherKnownNorAbsent(t *testing.T) {
	var r Read[string]
	if _, known := r.Value(); known || r.IsAbsent() {
		t.Error("nothing was read and it passes for something")
	}
	if why, unread := r.Unread(); !unread || why.Reason == "" {
		t.Errorf("unread %t, %+v", unread, why)
	}
}

func TestAReadIsExactlyOneOfKnownAbsentAndUnread(t *testing.T) {
	for name, c := range map[string]struct {
		read                  Read[int]
		known, absent, unread bool
	}{
		"known":  {Known(0), true, false, false},
		"absent": {Absent[int](), false, true, false},
		"unread": {NotRead[int](Unread{Reason: "refused"}), false, false, true},
	} {
		_, known := c.read.Value()
		_, unread := c.read.Unread()
		if known != c.known || c.read.IsAbsent() != c.absent || unread != c.unread {
			t.Errorf("%s: known %t, absent %t, unread %t", name, known, c.read.IsAbsent(), unread)
		}
	}
}

func TestFunctionARNsAreSplitFromTheirQualifier(t *testing.T) {
	const f = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:notes"
	for text, want := range map[string]FunctionRef{
		f:              {ARN: f},
		f + ":live":    {ARN: f, Qualifier: "live"},
		f + ":$LATEST": {ARN: f, Qualifier: "$LATEST"},
	} {
		have, err := ParseFunctionARN(text)
		if err != nil || have != want || have.String() != text || have.Name() != "notes" {
			t.Errorf("%s: %+v, %v", text, have, err)
		}
	}
	for _, text := range []string{"", "notes", f + ":", f + ":a:b", "arn:aws:lambda:us-east-1:123456789012:function:", "arn:aws:s3:::bucket"} {
		if have, err := ParseFunctionARN(text); err == nil {
			t.Errorf("%q is taken for %+v", text, have)
		}
	}
}

func TestALogGroupIsATargetByItsNameWhateverOfItIsCalled(t *testing.T) {
	const group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/notes"
	for _, arn := range []string{group, group + ":*", group + ":log-stream:", group + ":log-stream:2026/01/01/[$LATEST]0a1b"} {
		have, is := TargetOf(arn)
		if !is || have.ARN != group || have.Kind != TargetLogGroup || have.Account != "123456789012" || have.Name() != "log group /aws/lambda/notes" {
			t.Errorf("%s: %v %+v", arn, is, have)
		}
	}
	for _, arn := range []string{
		"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/*:*", "arn:aws:logs:us-east-1:123456789012:log-group:*", "arn:aws:logs:us-east-1:123456789012:*",
		"arn:aws:logs:us-east-1:123456789012:destination:notes", "arn:aws:logs:us-east-1:123456789012:log-group:" + iampolicy.Unknown("Parameter Group") + ":*",
	} {
		if have, is := TargetOf(arn); is {
			t.Errorf("%s is %+v", arn, have)
		}
	}
}
