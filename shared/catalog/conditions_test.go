package catalog_test

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"permprobe/shared/finding"

	"go.yaml.in/yaml/v3"
)

// conditionCase is one of testdata/conditions.yaml.
type conditionCase struct {
	Name, Expect, Check, Place, Action, Path string
	Proof                                    finding.Proof
	Network                                  bool
	Function, Holds                          map[string]any
	Role                                     []any
	Needs                                    []map[string]any
}

// testCase is the case with the function and the role that all of them have.
func (c *conditionCase) testCase() testCase {
	function := map[string]any{"FunctionName": "f", "Role": map[string]any{"Fn::GetAtt": []any{"Role", "Arn"}}}
	maps.Copy(function, c.Function)
	managed := []any{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}
	if c.Network {
		function["VpcConfig"] = map[string]any{"SubnetIds": []any{"subnet-1"}, "SecurityGroupIds": []any{"sg-1"}}
		managed = append(managed, "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")
	}
	role := map[string]any{
		"RoleName": "app", "Path": cmp.Or(c.Path, "/"), "ManagedPolicyArns": managed,
		"AssumeRolePolicyDocument": map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}},
	}
	if len(c.Role) > 0 {
		role["Policies"] = []any{map[string]any{"PolicyName": "own", "PolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": c.Role}}}
	}
	resources := map[string]any{
		"F":    map[string]any{"Type": "AWS::Lambda::Function", "Properties": function},
		"Role": map[string]any{"Type": "AWS::IAM::Role", "Properties": role},
	}
	maps.Copy(resources, c.Holds)
	out := testCase{Name: c.Name, Expect: c.Expect, Place: c.Place, Action: c.Action, Proof: c.Proof, Template: map[string]any{"Resources": resources}}
	if c.Expect == "firing" && c.Proof == "" {
		out.Proof = finding.Proven
	}
	for _, one := range c.Needs {
		one["functions"] = "f" // and not what it calls
	}
	if len(c.Needs) > 0 {
		out.Probe = map[string]any{"needs": c.Needs}
	}
	return out
}

func TestCallsAreDecidedAsAWSDocumentsPoliciesAndTheirConditions(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "conditions.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Cases []conditionCase }
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		t.Fatal(err)
	}
	fixes := tally{left: map[string][]string{}, english: map[string]bool{}}
	seen := map[string]bool{}
	for i := range all.Cases {
		one := &all.Cases[i]
		if seen[one.Name] {
			t.Errorf("two cases are named %q", one.Name)
		}
		seen[one.Name] = true
		t.Run(one.Name, func(t *testing.T) { runCase(t, cmp.Or(one.Check, "R17"), one.testCase(), &fixes) })
	}
	t.Logf("%d cases, %d fixes applied and checked again", fixes.cases, fixes.applied)
}
