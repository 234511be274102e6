package catalog_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/permission"
	"permprobe/shared/stack"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// matrix is testdata/targets.yaml: what is said there of its parts is not said again here.
type matrix struct {
	Cells   []matrixCell
	Reasons map[string]any
	Kinds   []targetRow
}

type matrixCell struct {
	Name, Side, Account, Words string
	Quiet, Gap                 bool
}

type targetRow struct {
	Kind     string
	Actions  []string
	On       string
	Grant    string
	Also     []string // what else the role's policies name that allow the call
	Holds    map[string]any
	Policy   map[string]any
	Base     []any
	With     map[string]any
	Key      map[string]any
	Uses     []string
	Needs    []string // of Uses those whose lack is a finding; all where nothing is said
	Overlay  map[string]any
	Account  map[string]any // what the account says of the resource and no template can, where the resource has a policy
	Service  string
	Managed  string
	Sealed   bool // of another account nothing can be called without a key of the customer's
	Disabled map[string]any
	Reads    struct{ Policy, Key, Shares []string }
	Cannot   map[string]string
}

func loadMatrix(t *testing.T) matrix {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "targets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var m matrix
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	ownAccount, otherAccountID = "123456789012", "210987654321"
	caller, stranger           = "arn:aws:iam::123456789012:role/app", "arn:aws:iam::123456789012:role/other"
)

// targetWorld is one setting of a row's resource and of who may do what.
type targetWorld struct {
	row     *targetRow
	account string
	// calls and uses are whether the role's policies allow the call and the use of the key.
	calls, uses bool
	// letsIn and denies are whom the resource's policy names; without both it has none but the row's base.
	letsIn, denies string
	// locked is the policy of the key behind the resource; nil where there is no key.
	locked            []any
	disabled, managed bool
	// open is whether the template leaves the resource's policy to a parameter without a value.
	open bool
	// reads are the policies of the read role in the other account: those of read-role.yaml.
	reads any
}

// readRolePolicies are what read-role.yaml lets a read role do.
func readRolePolicies(t *testing.T) any {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash("../../read-role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := stack.Load("read-role.yaml", text, stack.Options{Account: otherAccountID, Parameters: map[string]string{"ProbeRoleArn": "arn:aws:iam::" + ownAccount + ":role/probe"}})
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Find("ReadRole").Properties["Policies"]
}

// fill puts account and Region into the row's texts, and the policy and the key where they stand for themselves.
func (w *targetWorld) fill(value any) any {
	switch v := value.(type) {
	case string:
		switch v {
		case "POLICY":
			if w.open {
				return map[string]any{"Ref": "Document"}
			}
			return map[string]any{"Version": "2012-10-17", "Statement": w.statements()}
		case "KEY":
			if w.managed {
				return w.row.Managed
			}
			return w.keyARN()
		}
		return strings.NewReplacer("ACCOUNT", w.account, "REGION", "us-east-1").Replace(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, one := range v {
			out[key] = w.fill(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = w.fill(one)
		}
		return out
	}
	return value
}

func (w *targetWorld) keyARN() string { return "arn:aws:kms:us-east-1:" + w.account + ":key/Key" }

func (w *targetWorld) on() string { return w.fill(w.row.On).(string) }

// statements are those of the resource's policy.
func (w *targetWorld) statements() []any {
	out := slices.Clone(w.row.Base)
	add := func(effect, who string) {
		if who == "" {
			return
		}
		s := map[string]any{"Resource": []any{"*"}}
		maps.Copy(s, w.row.With)
		if s["Resource"] == nil {
			delete(s, "Resource")
		}
		s["Effect"], s["Principal"], s["Action"] = effect, map[string]any{"AWS": who}, w.row.Actions
		out = append(out, s)
	}
	add("Allow", w.letsIn)
	add("Deny", w.denies)
	return w.fill(out).([]any)
}

// overlaid is a template's resources with others laid over them.
func overlaid(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	for key, value := range over {
		below, isMap := out[key].(map[string]any)
		above, alsoMap := value.(map[string]any)
		if isMap && alsoMap {
			value = overlaid(below, above)
		}
		out[key] = value
	}
	return out
}

// held are the resources of the owner.
func (w *targetWorld) held() map[string]any {
	out := w.row.Holds
	if w.row.Base != nil || w.letsIn != "" || w.denies != "" || w.open {
		out = overlaid(out, w.row.Policy)
	}
	if w.locked != nil {
		out = overlaid(out, w.row.Key)
		out = overlaid(out, map[string]any{"Key": map[string]any{"Type": "AWS::KMS::Key", "Properties": map[string]any{
			"Enabled": !w.disabled, "KeyPolicy": map[string]any{"Statement": w.locked},
		}}})
	} else if w.managed {
		out = overlaid(out, w.row.Key)
	} else if w.disabled {
		out = overlaid(out, w.row.Disabled)
	}
	return w.fill(out).(map[string]any)
}

// putTo makes the templates and declarations of a case.
func (w *targetWorld) putTo(c *testCase) {
	trust := map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}}
	allow := func(actions []string, on ...string) any {
		return map[string]any{"Effect": "Allow", "Action": actions, "Resource": on}
	}
	statements := []any{allow([]string{"ce:GetCostAndUsage"}, "*")}
	if w.calls {
		on := w.on()
		if w.row.Grant != "" {
			on = w.fill(w.row.Grant).(string)
		}
		statements = append(statements, allow(w.row.Actions, append(slices.Clone(w.row.Also), on)...))
	}
	if w.uses {
		statements = append(statements, allow(w.row.Uses, w.keyARN()))
	}
	function := map[string]any{
		"Function": map[string]any{"Type": "AWS::Lambda::Function", "Properties": map[string]any{"FunctionName": "caller", "Role": caller}},
		"Role": map[string]any{"Type": "AWS::IAM::Role", "Properties": map[string]any{
			"RoleName": "app", "AssumeRolePolicyDocument": trust, "ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
			"Policies": []any{map[string]any{"PolicyName": "own", "PolicyDocument": map[string]any{"Statement": statements}}},
		}},
	}
	if (w.locked != nil || w.managed) && w.row.Overlay != nil {
		c.Overlay = map[string]map[string]any{w.on(): w.fill(w.row.Overlay).(map[string]any)}
	}
	if w.row.Account != nil && (w.letsIn != "" || w.denies != "") {
		c.Overlay = map[string]map[string]any{w.on(): w.fill(w.row.Account).(map[string]any)}
	}
	c.Probe = map[string]any{"needs": []any{map[string]any{"functions": "caller", "actions": w.row.Actions, "resources": []any{w.on()}}}}
	open := map[string]any{"Document": map[string]any{"Type": "String"}}
	if w.account == ownAccount {
		c.Template = map[string]any{"Parameters": open, "Resources": overlaid(function, w.held())}
		return
	}
	reader := map[string]any{"Reader": map[string]any{"Type": "AWS::IAM::Role", "Properties": map[string]any{
		"RoleName":                 "reader",
		"AssumeRolePolicyDocument": map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Principal": map[string]any{"AWS": ownAccount}, "Action": "sts:AssumeRole"}}},
		"Policies":                 w.reads,
	}}}
	c.Template = map[string]any{"Resources": function}
	c.Other = map[string]any{"Parameters": open, "Resources": overlaid(reader, w.held())}
	c.Probe["readRoles"] = map[string]any{otherAccountID: "arn:aws:iam::210987654321:role/reader"}
}

func keyPolicy(principals ...string) []any {
	var out []any
	for _, who := range principals {
		out = append(out, map[string]any{"Effect": "Allow", "Principal": map[string]any{"AWS": who}, "Action": "kms:*", "Resource": "*"})
	}
	return out
}

// cellCases are the cases of one cell of a row: one that fires and its quiet twin, a quiet one alone, or a gap.
func cellCases(row *targetRow, cell string, reads any) []testCase {
	side, account, _ := strings.Cut(cell, "/")
	// healthy is the setting in which nothing refuses.
	healthy := func() targetWorld {
		w := targetWorld{row: row, account: ownAccount, calls: true, reads: reads}
		if account == "other" {
			w.account, w.letsIn = otherAccountID, caller
		}
		if strings.HasPrefix(side, "key") || side == "locked" || side == "managed" || side == "state" && (row.Key != nil || row.Overlay != nil) || row.Sealed && account == "other" {
			w.uses, w.locked = true, keyPolicy("arn:aws:iam::"+w.account+":root")
			if account == "other" {
				w.locked = append(w.locked, keyPolicy(caller)...)
			}
			if row.Service != "" {
				w.uses = false
				w.locked = append(w.locked, map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": row.Service}, "Action": row.Uses, "Resource": "*"})
			}
		}
		return w
	}
	sorted := func(actions []string) string { return strings.Join(slices.Sorted(slices.Values(actions)), ",") }
	needed := row.Needs
	if needed == nil {
		needed = row.Uses
	}
	ill, well := healthy(), healthy()
	fires := testCase{Expect: "firing", Action: sorted(row.Actions), Place: string(finding.PlaceExecutionRole)}
	gap := func(w targetWorld, permission string, faults ...fault) []testCase {
		c := testCase{Name: row.Kind + " " + cell, Expect: "gap", Permission: permission, Faults: faults}
		w.putTo(&c)
		return []testCase{c}
	}
	refused := func(read []string) fault {
		return fault{Service: read[0], Operation: read[1], Code: "AccessDeniedException"}
	}
	switch side {
	case "role":
		ill.calls = false
	case "resource":
		fires.Place = string(finding.PlaceTarget)
		if account == "same" {
			ill.denies, well.denies, fires.Proof = caller, stranger, finding.Proven
		} else {
			ill.letsIn = stranger
		}
	case "both":
		if ill.calls = false; account == "same" {
			ill.denies, well.denies = caller, stranger
		} else {
			ill.letsIn = stranger
		}
	case "key-both":
		ill.uses, fires.Action = false, sorted(needed)
		if ill.locked = keyPolicy("arn:aws:iam::" + ill.account + ":role/admin"); account == "other" {
			ill.locked = keyPolicy("arn:aws:iam::" + ill.account + ":root")
		}
	case "either":
		well.calls, well.letsIn = false, caller
		c := testCase{Name: row.Kind + " " + cell, Expect: "quiet"}
		well.putTo(&c)
		return []testCase{c}
	case "key-role":
		ill.uses, fires.Action = false, sorted(needed)
	case "key":
		fires.Place, fires.Action = string(finding.PlaceTarget), sorted(needed)
		if ill.locked = keyPolicy("arn:aws:iam::" + ill.account + ":role/admin"); account == "other" {
			ill.locked = keyPolicy("arn:aws:iam::" + ill.account + ":root") // its own account, of which the probe's read role is
		}
	case "state":
		fires.Place, fires.Proof, ill.disabled = string(finding.PlaceConfiguration), finding.Unproven, true
		if w := healthy(); w.locked != nil {
			fires.Action = sorted(needed)
		}
	case "managed":
		ill.managed, ill.uses, ill.locked = true, false, nil
		if account == "same" {
			c := testCase{Name: row.Kind + " " + cell, Expect: "quiet"}
			ill.putTo(&c)
			return []testCase{c}
		}
		fires.Place, fires.Action, fires.Proof = string(finding.PlaceTarget), needed[0], finding.Unproven
	case "unread":
		if account == "same" {
			return gap(well, row.Reads.Policy[2], refused(row.Reads.Policy))
		}
		c := gap(well, row.Reads.Policy[2])
		delete(c[0].Probe, "readRoles")
		return c
	case "open":
		well.open = true
		c := gap(well, "")
		c[0].Reason = "depends on what is not known"
		return c
	case "keyless":
		return gap(well, row.Reads.Key[2], refused(row.Reads.Key))
	case "locked":
		return gap(well, "kms:GetKeyPolicy", refused([]string{"kms", "GetKeyPolicy"}))
	default:
		return nil
	}
	fires.Name = row.Kind + " " + cell
	if strings.HasSuffix(side, "both") {
		fires.Fix = finding.Then("")
		if account == "other" {
			fires.Fix = finding.Then(otherAccountID)
		}
	}
	if account == "other" && fires.Proof == "" && (fires.Fix != "" || fires.Place == string(finding.PlaceTarget)) {
		fires.CLI = ` --profile "${PROFILE_` + otherAccountID + `:?`
	}
	ill.putTo(&fires)
	quiet := testCase{Name: row.Kind + " " + cell + ", healthy", Expect: "quiet"}
	well.putTo(&quiet)
	return []testCase{fires, quiet}
}

func TestEveryKindOfCalledResourceIsHeldAgainstEveryPlaceThatCanRefuse(t *testing.T) {
	m, reads := loadMatrix(t), readRolePolicies(t)
	fixes := tally{left: map[string][]string{}, english: map[string]bool{}}
	for i := range m.Kinds {
		row := &m.Kinds[i]
		for _, cell := range m.Cells {
			why, impossible := row.Cannot[cell.Name]
			if impossible {
				if !strings.Contains(strings.TrimSpace(why), " ") {
					t.Errorf("%s %s: no reason why it cannot exist", row.Kind, cell.Name)
				}
				continue
			}
			cases := cellCases(row, cell.Name, reads)
			want := []string{"firing", "quiet"}
			switch {
			case cell.Quiet:
				want = []string{"quiet"}
			case cell.Gap:
				want = []string{"gap"}
			}
			var have []string
			for _, c := range cases {
				have = append(have, c.Expect)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("%s %s (-want +have):\n%s", row.Kind, cell.Name, diff)
			}
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) { runCase(t, "R17", c, &fixes) })
			}
		}
		for name := range row.Cannot {
			if !slices.ContainsFunc(m.Cells, func(cell matrixCell) bool { return cell.Name == name }) {
				t.Errorf("%s: there is no cell %s", row.Kind, name)
			}
		}
	}
	// What no kind of called resource takes would be granted for nothing.
	for _, e := range permission.ReadRole() {
		if !fixes.elsewhere[e.Operation] && !slices.Contains(asOthersTake, e.Operation) {
			t.Errorf("no case of another account takes %s", e.Action)
		}
	}
	t.Logf("%d cases, %d fixes applied and checked again", fixes.cases, fixes.applied)
}

// asOthersTake are the operations of read roles that the cases of checks take: file systems by their access points, HTTP APIs, object ownership and Block
// Public Access.
var asOthersTake = []string{"DescribeAccessPoints", "GetBucketOwnershipControls", "GetRoutes", "GetBucketPolicyStatus", "GetPublicAccessBlock"}

func TestEveryKindOfTargetHasARowInTheMatrix(t *testing.T) {
	want := []string{string(fact.TargetKey), string(fact.TargetRole)}
	for _, kind := range fact.TargetKinds() {
		want = append(want, string(kind))
	}
	var have []string
	for _, row := range loadMatrix(t).Kinds {
		have = append(have, row.Kind)
		for _, account := range []string{ownAccount, otherAccountID} {
			w := targetWorld{row: &row, account: account}
			target, is := fact.TargetOf(w.on())
			if row.Kind != string(fact.TargetRole) && slices.Contains(want, row.Kind) && (!is || string(target.Kind) != row.Kind) {
				t.Errorf("%s is %q", w.on(), target.Kind)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(have)
	if diff := cmp.Diff(want, slices.Compact(have)); diff != "" {
		t.Errorf("kinds (-of targets +rows of targets.yaml):\n%s", diff)
	}
	if len(have) != len(slices.Compact(slices.Clone(have))) {
		t.Errorf("a kind has two rows: %v", have)
	}
}
