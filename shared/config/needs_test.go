package config_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"permprobe/shared/config"

	"github.com/google/go-cmp/cmp"
)

// folder is what lies beside probe.yaml.
func folder(files map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		text, ok := files[name]
		if !ok {
			return nil, os.ErrNotExist
		}
		return []byte(text), nil
	}
}

func TestTheFileDeclaresWhatTheFunctionsCall(t *testing.T) {
	const text = `
needs:
  - functions: notes-*
    tags: {team: shop}
    read: s3://docs/a/
    key: 1a2b
    required: false
    reason: the import
  - functions: [a, b]
    send: [jobs, mails]
  - policy: calls.json
`
	file, err := config.ParseFile("probe.yaml", []byte(text), folder(map[string]string{
		"calls.json": `{"Statement": [{"Effect": "Allow", "Action": ["ec2:DescribeInstances", "ec2:DescribeInstances"], "Resource": "*"}]}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Call, Where, Reason string
		Functions           []string
		Tags                map[string][]string
		Optional            bool
	}
	var have []line
	for _, n := range file.Needs {
		c := n.Call.In("aws", "123456789012", "us-east-1")
		have = append(have, line{c.Action + " " + c.Granted(), n.Where, n.Reason, n.Functions, n.Tags, n.Optional})
	}
	shop := map[string][]string{"team": {"shop"}}
	want := []line{
		{"s3:GetObject arn:aws:s3:::docs/a/*", "probe.yaml:3", "the import", []string{"notes-*"}, shop, true},
		{"kms:Decrypt arn:aws:kms:us-east-1:123456789012:key/1a2b", "probe.yaml:3", "the import", []string{"notes-*"}, shop, true},
		{"sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:jobs", "probe.yaml:9", "", []string{"a", "b"}, nil, false},
		{"sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:mails", "probe.yaml:9", "", []string{"a", "b"}, nil, false},
		{"ec2:DescribeInstances *", "probe.yaml:11", "", nil, nil, false},
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"calls.json"}, file.Policies); diff != "" {
		t.Errorf("policies (-want +have):\n%s", diff)
	}
}

func TestAnEventDeclaresNeedsInTheSameWords(t *testing.T) {
	request, err := config.ParseEvent([]byte(`{"check": {"functions": ["a"], "needs": [{"send": "jobs", "reason": "x"}, {"functions": "b", "tags": {"t": ["1"]}, "table": "orders", "required": false}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(request.Needs) != 6 {
		t.Fatalf("%d needs", len(request.Needs))
	}
	first, second := request.Needs[0], request.Needs[1]
	if first.Call.Action != "sqs:SendMessage" || first.Where != "check.needs[0]" || first.Reason != "x" || first.Optional {
		t.Errorf("%+v", first)
	}
	if second.Call.Action != "dynamodb:GetItem" || second.Where != "check.needs[1]" || !second.Optional || second.Functions[0] != "b" || second.Tags["t"][0] != "1" {
		t.Errorf("%+v", second)
	}
}

func TestAWrongDeclarationIsOneLineWithFileLineAndColumn(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no list":                       {"needs: {}", "probe.yaml:1:8: needs: a list of what the code calls is needed, not a map"},
		"nothing":                       {"needs:", "probe.yaml:1:7: needs: a list"},
		"an empty list":                 {"needs: []", "probe.yaml:1:8: needs: the list is empty"},
		"a text":                        {"needs:\n  - s3:GetObject", `probe.yaml:2:5: needs: a declaration is a map`},
		"no call":                       {"needs:\n  - functions: a", "probe.yaml:2:5: needs: the declaration names no call"},
		"a key alone":                   {"needs:\n  - key: 1a2b", "probe.yaml:2:5: needs: the declaration names no call"},
		"a key behind nothing":          {"needs:\n  - {actions: ec2:DescribeInstances, key: 1a2b}", `probe.yaml:2:43: needs: key: "1a2b": nothing that is declared beside it uses a key`},
		"an external id of nothing":     {"needs:\n  - {send: \"sqs:a\", externalId: abc}", `probe.yaml:2:33: needs: externalId stands beside assume`},
		"an external id with a space":   {"needs:\n  - {assume: ledger, externalId: a b}", `probe.yaml:2:34: needs: externalId is a text of 2`},
		"resources alone":               {"needs:\n  - resources: [sqs:a]\n    send: b", "probe.yaml:2:16: needs: resources stand beside actions"},
		"an unknown field":              {"needs:\n  - touches: s3://docs/", `probe.yaml:2:5: needs: unknown field "touches": a declaration may hold functions, tags, actions, resources, policy, key, externalId, required, reason, or a shorthand: read, write`},
		"a misspelt field":              {"needs:\n  - raed: s3://docs/", `probe.yaml:2:5: needs: unknown field "raed": is "read" meant?`},
		"an action in the singular":     {"needs:\n  - action: s3:GetObject", `probe.yaml:2:5: needs: unknown field "action": is "actions" meant?`},
		"a field given twice":           {"needs:\n  - send: a\n    send: b", `probe.yaml:3:5: needs: "send" is given twice`},
		"a wildcard":                    {"needs:\n  - send: a\n  - read: [s3://docs/a, \"s3://docs/*\"]", `probe.yaml:3:25: needs: read: "s3://docs/*" holds a wildcard: name one resource that the code calls, or all under a prefix by "s3://docs/"`},
		"a misspelt action":             {"needs:\n  - actions: [s3:GetObjet]\n", `probe.yaml:2:15: needs: actions: "s3:GetObjet" is no known action: is s3:GetObject meant?`},
		"a misfit":                      {"needs:\n  - actions: s3:GetObject\n    resources: [\"arn:aws:s3:::docs\"]", `probe.yaml:2:14: needs: actions: s3:GetObject fits none of the resources`},
		"an ARN of five parts":          {"needs:\n  - actions: s3:GetObject\n    resources: \"arn:aws:s3:docs\"", `probe.yaml:3:16: needs: resources: "arn:aws:s3:docs" is no ARN`},
		"a list of a list":              {"needs:\n  - send: [[a]]", "probe.yaml:2:12: needs: send takes a text or a list of texts, not a list"},
		"an empty list of texts":        {"needs:\n  - send: []", "probe.yaml:2:11: needs: send: the list is empty"},
		"a qualifier":                   {"needs:\n  - functions: a:live\n    send: b", `probe.yaml:2:16: needs: "a:live" has a qualifier`},
		"a map of functions":            {"needs:\n  - functions: {}\n    send: b", `probe.yaml:2:16: needs: a list of names, ARNs and patterns is needed, not a map`},
		"tags that are a list":          {"needs:\n  - tags: [a]\n    send: b", `probe.yaml:2:11: needs: a map from the key of a tag`},
		"required that is a text":       {"needs:\n  - send: b\n    required: \"no\"", `probe.yaml:3:15: needs: required is true or false, not the text "no"`},
		"a reason of two lines":         {"needs:\n  - send: b\n    reason: \"a\\nb\"", `probe.yaml:3:13: needs: reason holds what cannot be printed on one line`},
		"a reason without end":          {"needs:\n  - send: b\n    reason: " + strings.Repeat("a", 201), `probe.yaml:3:13: needs: reason is longer than 200 characters`},
		"the same call twice":           {"needs:\n  - send: b\n  - actions: sqs:SendMessage\n    resources: sqs:b", `probe.yaml:3:5: needs: sqs:SendMessage on arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:b is declared already at probe.yaml:2`},
		"a policy in another folder":    {"needs:\n  - policy: ../x.json", `probe.yaml:2:13: needs: policy: "../x.json" is not the name of a .json file in the folder of probe.yaml`},
		"a policy that there is not":    {"needs:\n  - policy: x.json", `probe.yaml:2:13: needs: policy: read "x.json": file does not exist`},
		"a policy that is not accepted": {"needs:\n  - policy: deny.json", `probe.yaml:2:13: needs: policy: deny.json:1:15: a Deny says nothing about what the code calls`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.ParseFile("probe.yaml", []byte(c.text), folder(map[string]string{
				"deny.json": `{"Statement":[{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}]}`,
			}))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("want %s\nhave %v", c.want, err)
			}
		})
	}
}

func TestAPolicyDocumentIsNamedOnlyWhereFilesCanBeRead(t *testing.T) {
	_, err := config.ParseFile("probe.yaml", []byte("needs:\n  - policy: x.json"), nil)
	if err == nil || !strings.Contains(err.Error(), "named in probe.yaml only") {
		t.Error(err)
	}
	_, err = config.ParseFile("probe.yaml", []byte("needs:\n  - policy: x.json"), func(string) ([]byte, error) { return nil, errors.New("disk on fire") })
	if err == nil || !strings.HasSuffix(err.Error(), "disk on fire") {
		t.Error(err)
	}
}
