package catalog_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"permprobe/shared/finding"

	"go.yaml.in/yaml/v3"
)

// holdForms fails where a form of a fix is not what it is pasted as: a template that is no YAML or says something twice, a
// configuration that is no HCL, a command that a shell or the AWS CLI would read otherwise.
func (n *tally) holdForms(t *testing.T, what string, fix *finding.Fix) {
	t.Helper()
	for form, text := range map[string]string{"SAM": fix.SAM, "CloudFormation": fix.CloudFormation} {
		var template map[string]any
		if err := yaml.Unmarshal([]byte(text), &template); err != nil || text != "" && len(template) == 0 {
			t.Errorf("%s: the form for %s: %v\n%s", what, form, err, text)
		}
		for id, one := range template {
			resource, _ := one.(map[string]any)
			if kind, typed := resource["Type"]; typed && !strings.HasPrefix(fmt.Sprint(kind), "AWS::") {
				t.Errorf("%s: %s is of type %v\n%s", what, id, kind, text)
			}
		}
	}
	if fix.Policy != "" && !json.Valid([]byte(fix.Policy)) {
		t.Errorf("%s: the policy is no JSON: %s", what, fix.Policy)
	}
	if err := hcl(fix.Terraform); err != nil {
		t.Errorf("%s: the form for Terraform: %v\n%s", what, err, fix.Terraform)
	}
	if fix.CLI == "" {
		return
	}
	n.scripts = append(n.scripts, fix.CLI)
	for _, words := range commands(fix.CLI) {
		if len(words) < 4 || words[0] != "aws" || !operation.MatchString(words[1]+" "+words[2]) {
			t.Errorf("%s: no command of the AWS CLI: %q", what, words)
			continue
		}
		for i := 3; i < len(words); i++ {
			option := words[i]
			if !strings.HasPrefix(option, "--") {
				t.Errorf("%s: %q stands without an option: %q", what, option, words)
				break
			}
			if i+1 == len(words) || strings.HasPrefix(words[i+1], "--") {
				continue // a switch
			}
			i++
			// The AWS CLI reads a value that begins so as the name of a file.
			if value := words[i]; value == "" || strings.HasPrefix(value, "file:") || strings.HasPrefix(value, "fileb:") || strings.HasPrefix(value, "{") && !json.Valid([]byte(value)) {
				t.Errorf("%s: %s is %q", what, option, value)
			}
		}
		regional := words[1] != "iam" && words[1] != "s3api"
		if region := strings.Contains(strings.Join(words, " "), " --region "); region != regional {
			t.Errorf("%s: a Region is given: %t: %q", what, region, words)
		}
	}
}

var operation = regexp.MustCompile(`^[a-z0-9]+ [a-z]+(-[a-z0-9]+)+$`)

// holdScripts has the shell read all commands without running them.
func (n *tally) holdScripts(t *testing.T) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatalf("commands are made for a POSIX shell: %v", err)
	}
	read := exec.Command(sh, "-n")
	read.Stdin = strings.NewReader(strings.Join(n.scripts, "\n"))
	if out, err := read.CombinedOutput(); err != nil {
		t.Errorf("the shell does not read the commands: %v: %s", err, out)
	}
}

var (
	hclHead  = regexp.MustCompile(`^resource "(aws_[a-z0-9_]+)" "([A-Za-z_][A-Za-z0-9_-]*)" \{$`)
	hclEntry = regexp.MustCompile(`^(?:[A-Za-z_][A-Za-z0-9_-]*|"(?:[^"\\]|\\.)*") += (.+)$`)
	hclText  = regexp.MustCompile(`^"(?:[^"\\]|\\["\\n])*"$`)
	hclName  = regexp.MustCompile(`^aws_[a-z_]+\.[A-Za-z_][A-Za-z0-9_-]*\.arn$`)
)

// hcl reads the part of Terraform's language that fixes are written in, line by line; it is an error where a block, list or
// object does not end, a text holds what is a template there, or a resource comes twice.
func hcl(text string) error {
	var open []string
	resources := map[string]bool{}
	value := func(v string) error {
		v = strings.TrimSuffix(v, ",")
		switch {
		case v == "jsonencode({":
			open = append(open, "})")
		case v == "{":
			open = append(open, "}")
		case v == "[":
			open = append(open, "]")
		case v == "{}" || v == "[]" || v == "true" || v == "false" || hclName.MatchString(v):
		case strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]"):
			v = v[1 : len(v)-1]
			fallthrough
		case strings.HasPrefix(v, `"`):
			if !hclText.MatchString(v) || strings.Contains(strings.NewReplacer("$${", "", "%%{", "").Replace(v), "${") || strings.Contains(strings.NewReplacer("%%{", "").Replace(v), "%{") {
				return fmt.Errorf("%s is no text", v)
			}
		case strings.Trim(v, "0123456789.-") == "":
		default:
			return fmt.Errorf("%s is no value", v)
		}
		return nil
	}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		var err error
		switch head := hclHead.FindStringSubmatch(line); {
		case line == "" || strings.HasPrefix(line, "#"):
		case head != nil:
			if err = nil; len(open) > 0 || resources[head[1]+"."+head[2]] {
				err = fmt.Errorf("the resource %s stands in another one, or twice", line)
			}
			resources[head[1]+"."+head[2]] = true
			open = append(open, "}")
		case len(open) > 0 && strings.TrimSuffix(line, ",") == open[len(open)-1]:
			open = open[:len(open)-1]
		case len(open) > 0 && open[len(open)-1] == "]":
			err = value(line)
		case hclEntry.MatchString(line):
			err = value(hclEntry.FindStringSubmatch(line)[1])
		default:
			err = fmt.Errorf("%q", line)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%q is missing at the end", open)
	}
	return nil
}

func TestWhatIsNoTerraformIsNotTakenForIt(t *testing.T) {
	for text, good := range map[string]bool{
		"resource \"aws_sqs_queue_policy\" \"a\" {\n  queue_url = \"x\"\n\n  policy = jsonencode({\n    Statement = [\n      {\n        Action = [\"a:B\"]\n        \"aws:X\" = \"$${y}\"\n      },\n    ]\n  })\n}\n": true,
		"resource \"aws_iam_role_policy\" \"1a\" {\n}\n":                                                           false,
		"resource \"aws_iam_role_policy\" \"a\" {\n  name = \"${x}\"\n}\n":                                         false,
		"resource \"aws_iam_role_policy\" \"a\" {\n  name = \"x\"y\"\n}\n":                                         false,
		"resource \"aws_iam_role_policy\" \"a\" {\n  name = \"x\"\n":                                               false,
		"resource \"aws_iam_role_policy\" \"a\" {\n}\nresource \"aws_iam_role_policy\" \"a\" {\n}\n":               false,
		"resource \"aws_iam_role_policy\" \"a\" {\n  policy = jsonencode({\n    Statement = [\n    ]\n  }\n}\n":    false,
		"resource \"aws_iam_role_policy_attachment\" \"a\" {\n  policy_arn = aws_iam_policy.permprobe_1a.arn\n}\n": true,
	} {
		if err := hcl(text); (err == nil) != good {
			t.Errorf("%v for\n%s", err, text)
		}
	}
}
