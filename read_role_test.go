package permprobe_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/iampolicy"
	"permprobe/shared/permission"
	"permprobe/shared/stack"

	"github.com/google/go-cmp/cmp"
)

const readRoleFile = "read-role.yaml"

// readRole is the role of read-role.yaml in account 210987654321, for a probe in account 123456789012.
func readRole(t *testing.T) *stack.Resource {
	t.Helper()
	text, err := os.ReadFile(readRoleFile)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := stack.Load(readRoleFile, text, stack.Options{
		Account: "210987654321", Region: "eu-central-1", Parameters: map[string]string{"ProbeRoleArn": "arn:aws:iam::123456789012:role/path/permprobe-ProbeRole-1A"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Resources) != 1 || loaded.Find("ReadRole") == nil {
		t.Fatalf("%s holds more or less than the role", readRoleFile)
	}
	return loaded.Find("ReadRole")
}

func TestTheReadRoleGrantsWhatTheTableOfPermissionsListsAndNothingElse(t *testing.T) {
	want, have := map[string][]string{}, map[string][]string{}
	add := func(to map[string][]string, action, resource string) {
		if !slices.Contains(to[action], resource) {
			to[action] = append(to[action], resource)
			slices.Sort(to[action])
		}
	}
	for _, e := range permission.ReadRole() {
		for _, resource := range e.Resources {
			add(want, e.Action, strings.NewReplacer("${AWS::Partition}", "aws", "${AWS::AccountId}", "210987654321").Replace(resource))
		}
	}
	properties := readRole(t).Properties
	for _, policy := range properties["Policies"].([]any) {
		for _, one := range dig(t, policy, "PolicyDocument", "Statement").([]any) {
			s := section(t, one, "a statement")
			if s["Effect"] != "Allow" || s["Condition"] != nil {
				t.Errorf("statement %v does not simply allow", s["Sid"])
			}
			for _, action := range texts(t, s["Action"]) {
				for _, resource := range texts(t, s["Resource"]) {
					add(have, action, resource)
				}
			}
		}
	}
	if diff := cmp.Diff(want, have); diff != "" || len(want) == 0 {
		t.Errorf("the read role's permissions (-table +%s):\n%s", readRoleFile, diff)
	}
	if properties["ManagedPolicyArns"] != nil {
		t.Error("the read role carries a policy of another owner")
	}
}

func TestOnlyTheNamedProbeAssumesTheReadRole(t *testing.T) {
	trust, err := json.Marshal(readRole(t).Properties["AssumeRolePolicyDocument"])
	if err != nil {
		t.Fatal(err)
	}
	policy, err := iampolicy.Parse(trust, iampolicy.Trust)
	if err != nil {
		t.Fatal(err)
	}
	mayAssume, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`), iampolicy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[string]iampolicy.Decision{
		"arn:aws:iam::123456789012:role/path/permprobe-ProbeRole-1A": iampolicy.Allowed,
		"arn:aws:iam::123456789012:role/permprobe-ProbeRole-1A":      iampolicy.ImplicitDeny,
		"arn:aws:iam::123456789012:role/admin":                       iampolicy.ImplicitDeny,
		"arn:aws:iam::999999999999:role/path/permprobe-ProbeRole-1A": iampolicy.ImplicitDeny,
	} {
		caller, err := iampolicy.ParsePrincipal(role)
		if err != nil {
			t.Fatal(err)
		}
		one := iampolicy.Case{
			Principal: caller, Action: "sts:AssumeRole", Resource: "arn:aws:iam::210987654321:role/permprobe-reader", ResourceAccount: "210987654321",
			Identity: []*iampolicy.Policy{mayAssume}, ResourcePolicy: policy, Context: iampolicy.NewContext(map[string][]string{"aws:PrincipalArn": {role}}),
		}
		if have := one.Decide().Decision; have != want {
			t.Errorf("%s: %v, want %v", role, have, want)
		}
	}
}
