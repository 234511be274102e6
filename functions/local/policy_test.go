package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/iampolicy"
	"permprobe/shared/permission"

	"github.com/google/go-cmp/cmp"
)

func printPolicy(t *testing.T, args ...string) (code int, out, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = dispatch(context.Background(), append([]string{"policy"}, args...), streams{strings.NewReader(""), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

func TestThePolicyOfEachModeIsAWholeDocumentWithTheActionsOfTheTable(t *testing.T) {
	for mode, args := range map[permission.Mode][]string{
		permission.All:   nil,
		permission.Named: {"-mode", "named", "-functions", "a,b", "-roles", "app/r"},
	} {
		code, out, notes := printPolicy(t, append(args, "-param", "ReadRoleArns=arn:aws:iam::210987654321:role/reader")...)
		if code != exitOK {
			t.Fatalf("%s: exit status %d: %s", mode, code, notes)
		}
		if _, err := iampolicy.Parse([]byte(out), iampolicy.Identity); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		var document policyDocument
		if err := json.Unmarshal([]byte(out), &document); err != nil {
			t.Fatal(err)
		}
		have, want := map[string]bool{}, map[string]bool{}
		for _, s := range document.Statement {
			for _, action := range anyList(s["Action"]) {
				have[action.(string)] = true
			}
		}
		for _, e := range permission.Table(mode, nil) {
			want[e.Action] = true
			if !strings.Contains(notes, e.Action+": "+e.Why) {
				t.Errorf("%s: nobody says why %s is there", mode, e.Action)
			}
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s: actions (-table +printed):\n%s", mode, diff)
		}
		if strings.Contains(out, "${") || strings.Contains(out, "⟦") {
			t.Errorf("%s: something is left open:\n%s", mode, out)
		}
	}
}

func TestThePolicyOfNamedFunctionsHoldsTheirARNsAndNoPatternForThem(t *testing.T) {
	_, out, _ := printPolicy(t, "-mode", "named", "-functions", "a,b", "-roles", "app/r", "-account", "111122223333", "-region", "eu-west-1", "-param", "ReadFunctionUrls=on")
	var document policyDocument
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	const a, b = "arn:aws:lambda:eu-west-1:111122223333:function:a", "arn:aws:lambda:eu-west-1:111122223333:function:b"
	want := map[string][]any{
		"lambda:GetPolicy": {a, b, a + ":*", b + ":*"}, "lambda:ListFunctionUrlConfigs": {a, b},
		"iam:GetRole": {"arn:aws:iam::111122223333:role/app/r"},
	}
	have := map[string][]any{}
	for _, s := range document.Statement {
		for _, action := range anyList(s["Action"]) {
			if _, asked := want[action.(string)]; asked {
				have[action.(string)] = anyList(s["Resource"])
			}
		}
	}
	if diff := cmp.Diff(want["lambda:GetPolicy"], have["lambda:GetPolicy"], cmp.Transformer("sorted", func(in []any) []string {
		var out []string
		for _, one := range in {
			out = append(out, one.(string))
		}
		slices.Sort(out)
		return out
	})); diff != "" {
		t.Errorf("lambda:GetPolicy (-want +have):\n%s", diff)
	}
	for _, action := range []string{"lambda:ListFunctionUrlConfigs", "iam:GetRole"} {
		if diff := cmp.Diff(want[action], have[action]); diff != "" {
			t.Errorf("%s (-want +have):\n%s", action, diff)
		}
	}
}

func TestThePolicyCommandRefusesWhatContradictsTheMode(t *testing.T) {
	for want, args := range map[string][]string{
		"need -mode named": {"-functions", "a"}, "needs -functions": {"-mode", "named"}, "none of all, named": {"-mode", "some"},
		"without patterns": {"-mode", "named", "-functions", "a*"}, "none of json, text": {"-format", "xml"}, "takes no templates": {"x.yaml"},
	} {
		if code, out, notes := printPolicy(t, args...); code != exitError || out != "" || !strings.Contains(notes, want) {
			t.Errorf("%v: exit status %d, %q, %q; want %q", args, code, out, notes, want)
		}
	}
}

func TestARoleThatIsNotGivenIsANameToReplaceAndNoPattern(t *testing.T) {
	code, out, notes := printPolicy(t, "-mode", "named", "-functions", "a")
	if code != exitOK || !strings.Contains(out, ":role/ROLE_OF_a\"") || strings.Contains(out, ":role/*") || !strings.Contains(notes, "replace ROLE_OF_a") {
		t.Errorf("exit status %d\n%s\n%s", code, out, notes)
	}
	if code, text, _ := printPolicy(t, "-mode", "named", "-functions", "a", "-format", "text"); code != exitOK || !strings.Contains(text, "without it: ") || !strings.Contains(text, "  on arn:aws:iam::123456789012:role/ROLE_OF_a") {
		t.Errorf("as text: exit status %d\n%s", code, text)
	}
}
