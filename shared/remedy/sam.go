package remedy

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// samTemplate is one of SAM's policy templates. Left out are those that create or delete what they are about, or change who
// may use it, besides using it.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
type samTemplate struct {
	name, parameter string
	grants          []samGrant
}

// samGrant is one statement of a template. In resources, {} stands for the parameter's value and {place} for the Region and
// the account with a colon between.
type samGrant struct {
	actions, resources []string
}

// samTemplates lists the templates, of those on the same resources the narrower one first.
func samTemplates() []samTemplate {
	one := func(name, parameter, resource string, actions ...string) samTemplate {
		return samTemplate{name, parameter, []samGrant{{actions, []string{resource}}}}
	}
	table := func(name string, actions ...string) samTemplate {
		const resource = "dynamodb:{place}:table/{}"
		return samTemplate{name, "TableName", []samGrant{{actions, []string{resource, resource + "/index/*"}}}}
	}
	parameter := func(name, resource string) samTemplate {
		return samTemplate{name, "ParameterName", []samGrant{
			{[]string{"ssm:DescribeParameters"}, []string{"*"}},
			{[]string{"ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"}, []string{resource}},
		}}
	}
	return []samTemplate{
		one("SQSSendMessagePolicy", "QueueName", "sqs:{place}:{}", "sqs:SendMessage*"),
		one("SQSPollerPolicy", "QueueName", "sqs:{place}:{}", "sqs:ChangeMessageVisibility", "sqs:ChangeMessageVisibilityBatch",
			"sqs:DeleteMessage", "sqs:DeleteMessageBatch", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
		one("SNSPublishMessagePolicy", "TopicName", "sns:{place}:{}", "sns:Publish"),
		one("LambdaInvokePolicy", "FunctionName", "lambda:{place}:function:{}*", "lambda:InvokeFunction"),
		table("DynamoDBWritePolicy", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"),
		table("DynamoDBReadPolicy", "dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DescribeTable"),
		table("DynamoDBCrudPolicy", "dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:Query",
			"dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:ConditionCheckItem"),
		{"S3ReadPolicy", "BucketName", []samGrant{{
			[]string{"s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectVersion", "s3:GetLifecycleConfiguration"},
			[]string{"s3:::{}", "s3:::{}/*"},
		}}},
		one("AWSSecretsManagerGetSecretValuePolicy", "SecretArn", "secretsmanager:{place}:secret:{}", "secretsmanager:GetSecretValue"),
		parameter("SSMParameterReadPolicy", "ssm:{place}:parameter/{}"),
		one("KMSDecryptPolicy", "KeyId", "kms:{place}:key/{}", "kms:Decrypt"),
		one("KMSEncryptPolicy", "KeyId", "kms:{place}:key/{}", "kms:Encrypt"),
		one("StepFunctionsExecutionPolicy", "StateMachineName", "states:{place}:stateMachine:{}", "states:StartExecution"),
		one("EventBridgePutEventsPolicy", "EventBusName", "events:{place}:event-bus/{}", "events:PutEvents"),
		one("FirehoseWritePolicy", "DeliveryStreamName", "firehose:{place}:deliverystream/{}", "firehose:PutRecord", "firehose:PutRecordBatch"),
		{"KinesisStreamReadPolicy", "StreamName", []samGrant{
			{[]string{"kinesis:ListStreams", "kinesis:DescribeLimits"}, []string{"kinesis:{place}:stream/*"}},
			{[]string{"kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator"}, []string{"kinesis:{place}:stream/{}"}},
		}},
	}
}

// about is a resource as a pattern of a template names it, for a value of the template's parameter.
func (t *samTemplate) about(account fact.Account, resource, value string) string {
	if resource == "*" {
		return resource
	}
	text := strings.Replace(resource, "{place}", account.Region+":"+account.ID, 1)
	return "arn:" + account.Partition + ":" + strings.Replace(text, "{}", value, 1)
}

// value is the template's parameter for a grant on the resource; empty where the template is not about that.
func (t *samTemplate) value(account fact.Account, resource string) string {
	for _, grant := range t.grants {
		for _, pattern := range grant.resources {
			if !strings.Contains(pattern, "{}") {
				continue
			}
			before, after, _ := strings.Cut(t.about(account, pattern, "{}"), "{}")
			text, ok := strings.CutPrefix(resource, before)
			if !ok {
				continue
			}
			if t.parameter == "FunctionName" { // the pattern covers the qualifiers
				text, _, _ = strings.Cut(text, ":")
				after = ""
			}
			text, ok = strings.CutSuffix(text, after)
			if ok && text != "" && !strings.ContainsAny(text, "*:") && (t.parameter == "ParameterName" || t.parameter == "SecretArn" || !strings.ContainsAny(text, "/?")) {
				return text
			}
		}
	}
	return ""
}

// document is what the template grants.
func (t *samTemplate) document(account fact.Account, value string) document {
	var all []any
	for _, grant := range t.grants {
		var resources []string
		for _, resource := range grant.resources {
			resources = append(resources, t.about(account, resource, value))
		}
		all = append(all, statement{Effect: "Allow", Action: grant.actions, Resource: resources})
	}
	return newDocument(all...)
}

// exceeds tells whether the template grants another kind of access than what is needed: writing where that is reading.
func (t *samTemplate) exceeds(needed []*decide.Decision) bool {
	have := map[authref.AccessLevel]bool{}
	for _, d := range needed {
		have[accessOf(d.Need.Action)] = true
	}
	if have[authref.Write] {
		have[authref.Read] = true // who may write may be told what is there
	}
	for _, grant := range t.grants {
		if slices.ContainsFunc(grant.actions, func(action string) bool {
			level := accessOf(action)
			return level != authref.AccessUnknown && !have[level] // what is no action grants nothing
		}) {
			return true
		}
	}
	return false
}

// accessOf is the kind of access that an action of a template is; listing counts as reading.
func accessOf(action string) authref.AccessLevel {
	known, _ := authref.Lookup(strings.TrimSuffix(action, "*"))
	if known.Access == authref.List {
		return authref.Read
	}
	return known.Access
}

// samPolicies is the text of the Policies of a function in a SAM template that grant what was refused: AWS's managed
// policies, SAM's policy templates where one is made for just that, and statements for the rest. A template counts only
// where what it grants, decided again, allows everything that it is taken for.
func samPolicies(account fact.Account, managed []string, rest []*decide.Decision) (string, error) {
	return samTogether(account, managed, rest, nil)
}

// samTogether is the same with statements that stand as they are.
func samTogether(account fact.Account, managed []string, rest []*decide.Decision, corrected []json.RawMessage) (string, error) {
	var policies []any
	for _, arn := range managed {
		policies = append(policies, arn)
	}
	var plain []*decide.Decision
	for _, group := range samGroups(account, rest) {
		if entry, ok := templateFor(account, group); ok {
			policies = append(policies, entry)
			continue
		}
		plain = append(plain, group.needed...)
	}
	own := statements(plain)
	for _, one := range corrected {
		own = append(own, one)
	}
	if len(own) > 0 {
		policies = append(policies, newDocument(own...))
	}
	return yamlText(map[string]any{"Policies": policies})
}

// rolePolicy is AWS::IAM::RolePolicy in a template.
type rolePolicy struct {
	Type       string
	Properties rolePolicyProperties
}

type rolePolicyProperties struct {
	RoleName, PolicyName string
	PolicyDocument       document
}

// samForm is a grant in a SAM template. Functions and state machines have Policies; the roles of other callers are
// resources of their own, to which a policy is added.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
func samForm(account fact.Account, f *finding.Finding, managed []string, rest []*decide.Decision, own document) (string, error) {
	caller := len(managed) == 0 && len(rest) > 0 && rest[0].Need.Trigger != nil
	if !caller || !slices.ContainsFunc(rest, func(d *decide.Decision) bool { return d.Need.Trigger.Kind != fact.TriggerMachine }) {
		return samPolicies(account, managed, rest)
	}
	return yamlText(map[string]any{"Resources": map[string]any{"CallerPolicy": rolePolicy{Type: "AWS::IAM::RolePolicy", Properties: rolePolicyProperties{
		RoleName: fact.RoleName(f.Role), PolicyName: "permprobe-" + f.ID, PolicyDocument: own,
	}}}})
}

// samGroup is what is refused on one resource, as templates know resources.
type samGroup struct {
	value  string
	needed []*decide.Decision
}

func samGroups(account fact.Account, decisions []*decide.Decision) []samGroup {
	var groups []samGroup
	for _, d := range decisions {
		var value string
		for _, t := range samTemplates() {
			if value = t.value(account, d.Need.Granted()); value != "" {
				break
			}
		}
		service, _, _ := strings.Cut(d.Need.Action, ":")
		at := slices.IndexFunc(groups, func(g samGroup) bool {
			have, _, _ := strings.Cut(g.needed[0].Need.Action, ":")
			return g.value == value && have == service
		})
		if at < 0 {
			groups = append(groups, samGroup{value: value})
			at = len(groups) - 1
		}
		groups[at].needed = append(groups[at].needed, d)
	}
	slices.SortStableFunc(groups, func(a, b samGroup) int {
		return cmp.Or(cmp.Compare(a.needed[0].Need.Action, b.needed[0].Need.Action), cmp.Compare(a.value, b.value))
	})
	return groups
}

// templateFor is the entry of Policies for a group; false where no template is made for it.
func templateFor(account fact.Account, group samGroup) (any, bool) {
	if group.value == "" {
		return nil, false
	}
	for _, t := range samTemplates() {
		value := t.value(account, group.needed[0].Need.Granted())
		if value != group.value || t.exceeds(group.needed) || !t.grantsAll(account, value, group.needed) {
			continue
		}
		if t.parameter == "SecretArn" {
			value = t.about(account, t.grants[0].resources[0], value)
		}
		return map[string]any{t.name: map[string]string{t.parameter: value}}, true
	}
	return nil, false
}

// grantsAll decides the refused needs with what the template grants.
func (t *samTemplate) grantsAll(account fact.Account, value string, needed []*decide.Decision) bool {
	text, err := compactJSON(t.document(account, value))
	if err != nil {
		return false
	}
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Identity)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(needed, func(d *decide.Decision) bool {
		return proved(finding.Fix{}, grantedBy(d, policy)).Proof != finding.Proven
	})
}
