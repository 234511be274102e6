package remedy

import (
	"strings"
	"testing"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"

	"go.yaml.in/yaml/v3"
)

// refusedBy is a call on a resource of another account that neither the role nor the resource's policy allows.
func refusedBy(action, arn string, kind fact.TargetKind) *decide.Decision {
	return &decide.Decision{
		Verdict: decide.Denied,
		Need:    &need.Need{Kind: need.Identity, Role: roleARN, Action: action, Grant: arn, Resource: arn, Function: fact.FunctionRef{ARN: functionARN}},
		Refusal: &decide.Refusal{Target: fact.Target{Kind: kind, ARN: arn, Account: "210987654321"}},
	}
}

func TestAFormOfAFixInSeveralPlacesHoldsAllOfThemOnce(t *testing.T) {
	const queue, topic = "arn:aws:sqs:us-east-1:210987654321:orders", "arn:aws:sns:us-east-1:210987654321:1st-news"
	f := &finding.Finding{ID: "1a", Role: roleARN, Place: finding.PlaceExecutionRole}
	fix := For(facts(t, otherTrust, ""), f, []*decide.Decision{
		refusedBy("sqs:SendMessage", queue, fact.TargetQueue), refusedBy("sns:Publish", topic, fact.TargetTopic),
	}).Fix
	for form, text := range map[string]string{"SAM": fix.SAM, "CloudFormation": fix.CloudFormation} {
		var all map[string]any
		if err := yaml.Unmarshal([]byte(text), &all); err != nil {
			t.Fatalf("%s: %v\n%s", form, err, text)
		}
		for _, part := range []string{"Policies", "TargetPolicy", "TargetPolicy2"} {
			if all[part] == nil {
				t.Errorf("%s has no %s:\n%s", form, part, text)
			}
		}
	}
	for _, part := range []string{
		`resource "aws_iam_role_policy" "permprobe_1a" {`, `resource "aws_sqs_queue_policy" "target_orders" {`, `resource "aws_sns_topic_policy" "target_1st_news" {`,
		`queue_url = "https://sqs.us-east-1.amazonaws.com/210987654321/orders"`, `arn = "` + topic + `"`,
	} {
		if strings.Count(fix.Terraform, part) != 1 {
			t.Errorf("%q is not there once:\n%s", part, fix.Terraform)
		}
	}
	for _, part := range []string{"put-role-policy", "set-queue-attributes", "set-topic-attributes"} {
		if strings.Count(fix.CLI, part) != 1 {
			t.Errorf("%q is not there once: %s", part, fix.CLI)
		}
	}
}

func TestAFormOfWhichOnePartIsMissingIsLeftOut(t *testing.T) {
	const function, key = "arn:aws:lambda:us-east-1:210987654321:function:other", "arn:aws:kms:us-east-1:210987654321:key/1"
	f := &finding.Finding{ID: "1a", Role: roleARN, Place: finding.PlaceExecutionRole}
	// The provider has no resource for a function's whole policy.
	fix := For(facts(t, otherTrust, ""), f, []*decide.Decision{refusedBy("lambda:InvokeFunction", function, fact.TargetFunction)}).Fix
	if fix.Terraform != "" || !strings.Contains(fix.CloudFormation, "AWS::Lambda::ResourcePolicy") || !strings.Contains(fix.SAM, "AWS::Lambda::ResourcePolicy") {
		t.Errorf("%+v", fix)
	}
	// What is for people to do has no form; the role's side stands then.
	disabled := refusedBy("kms:Decrypt", key, fact.TargetKey)
	disabled.Refusal.State = "PendingImport"
	fix = For(facts(t, otherTrust, ""), f, []*decide.Decision{disabled}).Fix
	if !strings.Contains(fix.Terraform, "aws_iam_role_policy") || !strings.Contains(fix.CloudFormation, "Policies") || !strings.Contains(fix.Summary, "Import the key material") {
		t.Errorf("%+v", fix)
	}
}

func TestEveryKindOfCalledResourceWithAResourceInTerraformHasItsPolicyThere(t *testing.T) {
	for kind := range attachments {
		text, err := terraformTarget(fact.Target{Kind: kind, ARN: "arn:aws:x:us-east-1:210987654321:thing/9-\u00fc", Account: "210987654321"}, newDocument(statement{Effect: "Allow", Action: "x:Y", Resource: "${z}"}))
		if err != nil || (text == "") != (kind == fact.TargetFunction) || strings.Contains(strings.ReplaceAll(text, "$${", ""), "${") {
			t.Errorf("%s: %v %s", kind, err, text)
		}
	}
}
