package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/awsclient"
	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/finding"

	"go.yaml.in/yaml/v3"
)

// shop is an account's template; %POLICIES% are the policies of its one function's role.
const shop = `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: shop
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]
      Policies: [%POLICIES%]
  Order:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: order, Role: !GetAtt Role.Arn, Runtime: python3.13, Handler: i.h, Code: {ZipFile: x}}
`

const mayCall = `{PolicyName: calls, PolicyDocument: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Action: ["sqs:SendMessage"], Resource: "arn:aws:sqs:us-east-1:210987654321:jobs"},
        {Effect: Allow, Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: "arn:aws:dynamodb:us-east-1:210987654321:table/entries"}]}}`

// ledger is the other account's template; %JOBS% and %ENTRIES% are who may use its queue and its table, of account 123456789012.
const ledger = `Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:%JOBS%"}, Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn}]}
  Entries:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: entries
      KeySchema: [{AttributeName: a, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: a, AttributeType: S}]
      BillingMode: PAY_PER_REQUEST
      ResourcePolicy: {PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:%ENTRIES%"}, Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: "*"}]}}
  Stranger:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: stranger, Role: "arn:aws:iam::210987654321:role/gone", Runtime: python3.13, Handler: i.h, Code: {ZipFile: x}}
`

const callsOfShop = `functions: ["*"]
needs:
  - send: https://sqs.us-east-1.amazonaws.com/210987654321/jobs
  - read: arn:aws:dynamodb:us-east-1:210987654321:table/entries
`

func filled(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

func TestCallsIntoAnotherAccountAreDecidedWithItsTemplates(t *testing.T) {
	probe := write(t, "probe.yaml", callsOfShop)
	may, mayNot := write(t, "shop.yaml", filled(shop, "%POLICIES%", mayCall)), write(t, "shop.yaml", filled(shop, "%POLICIES%", ""))
	open := write(t, "ledger.yaml", filled(ledger, "%JOBS%", "role/shop", "%ENTRIES%", "role/shop"))
	half := write(t, "ledger.yaml", filled(ledger, "%JOBS%", "role/other", "%ENTRIES%", "root"))
	for name, c := range map[string]struct {
		own, other string
		want       []string
		words      string
		gaps       bool
	}{
		"both sides let it":                   {may, open, nil, "", false},
		"the queue lets another role in":      {may, half, []string{"R17 order"}, "the policy of the queue jobs does not let its role shop sqs:SendMessage", false},
		"the role may not":                    {mayNot, open, []string{"R17 order"}, "its role shop may not", false},
		"neither side lets it":                {mayNot, half, []string{"R17 order"}, "its role shop may not", false},
		"no template of the other account":    {may, "", nil, "", true},
		"a template without the two":          {may, write(t, "empty.yaml", "Resources:\n  T: {Type: AWS::SNS::Topic}\n"), nil, "", true},
		"the role may not, and nobody saw it": {mayNot, "", []string{"R17 order"}, "its role shop may not", false},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"-probe", probe, "-fail-on", "none", c.own}
			if c.other != "" {
				args = append(args, "210987654321="+c.other)
			}
			report, errs := checkJSON(t, exitOK, args...)
			if have := faults(report); !slices.Equal(have, c.want) || len(have) > 0 && !strings.Contains(report.Findings[0].Title, c.words) {
				t.Errorf("want %v with %q, have %v: %+v", c.want, c.words, have, report.Findings)
			}
			if gaps := len(report.Gaps) > 0; gaps != c.gaps {
				t.Errorf("gaps: %+v", report.Gaps)
			}
			if hinted := strings.Contains(errs, "as 210987654321=FILE"); hinted != (c.gaps && c.other == "") {
				t.Errorf("a hint at the other account's templates: %t: %q", hinted, errs)
			}
			if report.Summary.Functions != 1 {
				t.Errorf("%d functions are checked: those of the other account are not this one's", report.Summary.Functions)
			}
		})
	}
}

// The two sides of a fix stand in two templates; what refers to resources of one of them refers to nothing in the other.
func TestAFixInTwoAccountsIsPastedIntoBothTemplates(t *testing.T) {
	probe := write(t, "probe.yaml", callsOfShop)
	mayNot := write(t, "shop.yaml", filled(shop, "%POLICIES%", ""))
	half := filled(ledger, "%JOBS%", "role/shop", "%ENTRIES%", "role/other")
	report, _ := checkJSON(t, exitOK, "-probe", probe, "-fail-on", "none", mayNot, "210987654321="+write(t, "ledger.yaml", half))
	if len(report.Findings) != 1 || report.Findings[0].Fix.Proof != finding.Proven {
		t.Fatalf("%+v", report.Findings)
	}
	fix := report.Findings[0].Fix
	var parts map[string]any
	if err := yaml.Unmarshal([]byte(fix.CloudFormation), &parts); err != nil {
		t.Fatal(err)
	}
	paste := func(template, resource, property string) string {
		var all map[string]any
		if err := yaml.Unmarshal([]byte(strings.NewReplacer("!GetAtt Role.Arn", "{Fn::GetAtt: [Role, Arn]}", "!GetAtt Jobs.Arn", "{Fn::GetAtt: [Jobs, Arn]}", "!Ref Jobs", "{Ref: Jobs}").Replace(template)), &all); err != nil {
			t.Fatal(err)
		}
		if parts[property] == nil {
			t.Fatalf("the form has no %s:\n%s", property, fix.CloudFormation)
		}
		all["Resources"].(map[string]any)[resource].(map[string]any)["Properties"].(map[string]any)[property] = parts[property]
		text, err := yaml.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, "mended.yaml", string(text))
	}
	own, err := os.ReadFile(filepath.Clean(mayNot))
	if err != nil {
		t.Fatal(err)
	}
	report, errs := checkJSON(t, exitOK, "-probe", probe, paste(string(own), "Role", "Policies"), "210987654321="+paste(half, "Entries", "ResourcePolicy"))
	if len(report.Findings)+len(report.Gaps) > 0 {
		t.Errorf("%+v %+v %s", report.Findings, report.Gaps, errs)
	}
	if _, table, _ := strings.Cut(fix.CloudFormation, "ResourcePolicy:"); strings.Contains(table, "GetAtt") || !strings.Contains(table, "iam::123456789012:role/shop") {
		t.Errorf("the table's policy refers to what its template does not hold:\n%s", fix.CloudFormation)
	}
}

func TestTemplatesOfOtherAccountsAloneAreRefused(t *testing.T) {
	code, out, errs := local(t, "check", "-account", "111122223333", "210987654321="+write(t, "ledger.yaml", ledger))
	if code != exitError || out != "" || errs != "check: no template of account 111122223333: name at least one file\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out, errs)
	}
}

func TestAMistypedAccountIsNamedAsSuch(t *testing.T) {
	for _, file := range []string{"21098765432=ledger.yaml", "2109876543211=ledger.yaml", "2109-8765-4321=ledger.yaml", "=ledger.yaml", "210987654321="} {
		code, out, errs := local(t, "check", "shop.yaml", file)
		if code != exitError || out != "" || !strings.Contains(errs, file) || !strings.Contains(errs, "12 digits") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", file, code, out, errs)
		}
	}
}

// What the policies of the other account's resources deny to everybody else does not keep `check` from reading its templates, and
// of buckets only the other account's templates say whose they are.
func TestTheOtherAccountsTemplatesAreReadWhateverTheirPoliciesSay(t *testing.T) {
	const queue = `Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {Statement: [
        {Effect: Allow, Principal: {AWS: "123456789012"}, Action: "sqs:SendMessage", Resource: "*"},
        {Effect: Deny, Principal: "*", Action: "sqs:*", Resource: "*", Condition: {ArnNotEquals: {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/%WHO%"}}}]}
`
	const bucket = `Resources:
  Books: {Type: AWS::S3::Bucket, Properties: {BucketName: led-books}}
  BooksPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Books
      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::led-books/*", Condition: {StringEquals: {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/shop"}}}]}
`
	reads := func(more string) string {
		return filled(shop, "%POLICIES%", `{PolicyName: calls, PolicyDocument: {Statement: [{Effect: Allow, Action: ["sqs:SendMessage", "s3:GetObject"], Resource: "*"}`+more+`]}}`)
	}
	const sends, gets = "needs: [{send: \"https://sqs.us-east-1.amazonaws.com/210987654321/jobs\"}]\n", "needs: [{read: s3://led-books/in/}]\n"
	for name, c := range map[string]struct {
		own, other, probe string
		want              []string
		gap               string
	}{
		"a Deny for all but the role":          {reads(""), filled(queue, "%WHO%", "shop"), sends, nil, ""},
		"a Deny for all but another role":      {reads(""), filled(queue, "%WHO%", "other"), sends, []string{"R17 order"}, ""},
		"a bucket for one role of everybody's": {reads(""), bucket, gets, nil, ""},
		"a role that asks whose the bucket is": {reads(`, {Effect: Deny, Action: "s3:*", Resource: "*", Condition: {StringNotEquals: {"aws:ResourceAccount": "123456789012"}}}`), bucket, gets, nil, "whose the bucket led-books is"},
	} {
		t.Run(name, func(t *testing.T) {
			report, errs := checkJSON(t, exitOK, "-fail-on", "none", "-probe", write(t, "probe.yaml", c.probe), write(t, "shop.yaml", c.own), "210987654321="+write(t, "ledger.yaml", c.other))
			if have := faults(report); !slices.Equal(have, c.want) || len(report.Gaps) > 0 != (c.gap != "") || c.gap != "" && !strings.Contains(report.Gaps[0].Reason, c.gap) {
				t.Errorf("want %v and a gap with %q, have %v and %+v; %s", c.want, c.gap, have, report.Gaps, errs)
			}
		})
	}
}

func TestTheProbeEntersTheOtherAccountOfARunByItsReadRole(t *testing.T) {
	probe := write(t, "probe.yaml", "readRoles: {\"210987654321\": \"arn:aws:iam::210987654321:role/permprobe-reader\"}\n"+callsOfShop)
	own, other := write(t, "shop.yaml", filled(shop, "%POLICIES%", mayCall)), write(t, "ledger.yaml", filled(ledger, "%JOBS%", "role/other", "%ENTRIES%", "role/shop"))
	const reader = "arn:aws:iam::210987654321:role/permprobe-reader"
	code, out, errs := local(t, "run", "-format", "json", "-probe", probe, "-param", "ReadRoleArns="+reader, "-param", "ProbeRoleArn=arn:aws:iam::123456789012:role/ProbeRole",
		own, "210987654321="+other, "210987654321=../../read-role.yaml")
	if code != exitOK || !strings.Contains(out, "the policy of the queue jobs does not let its role shop sqs:SendMessage") || strings.Contains(out, "entries has no policy") {
		t.Errorf("exit code %d, stderr %q, stdout %s", code, errs, out)
	}
}

func TestAFixOfAnotherTemplatesResourceRefersToWhatThatTemplateHolds(t *testing.T) {
	own := write(t, "shop.yaml", `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: shop
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]
      Policies: [{PolicyName: send, PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: "*"}]}}]
  Order: {Type: AWS::Lambda::Function, Properties: {FunctionName: order, Role: !GetAtt Role.Arn, Code: {ZipFile: x}}}
`)
	queues := write(t, "queues.yaml", `Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {Statement: [{Effect: Deny, Principal: "*", Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn, Condition: {ArnNotEquals: {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/cashier"}}}]}
`)
	report, _ := checkJSON(t, exitOK, "-fail-on", "none", "-probe", write(t, "probe.yaml", "needs: [{send: sqs:jobs}]\n"), own, queues)
	if len(report.Findings) != 1 || report.Findings[0].Place != finding.PlaceTarget {
		t.Fatalf("%+v", report.Findings)
	}
	form := report.Findings[0].Fix.CloudFormation
	if !strings.HasPrefix(form, "# in the place of the resource JobsPolicy:\nJobsPolicy:\n") || !strings.Contains(form, "- Jobs\n") || !strings.Contains(form, "Ref: Jobs") || !strings.Contains(form, ":iam::${AWS::AccountId}:role/shop") || strings.Contains(form, "- Role\n") {
		t.Errorf("not written for the template of the queue:\n%s", form)
	}
}

func TestServedAccountsAreEnteredByTheirRoles(t *testing.T) {
	own, other := write(t, "shop.yaml", filled(shop, "%POLICIES%", "")), write(t, "ledger.yaml", filled(ledger, "%JOBS%", "role/shop", "%ENTRIES%", "role/shop"))
	exported, _, interrupt := serving(t, own, "210987654321="+other, "210987654321="+write(t, "reader.yaml", `Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "123456789012"}, Action: "sts:AssumeRole"}]}
      Policies: [{PolicyName: read, PolicyDocument: {Statement: [{Effect: Allow, Action: "sqs:GetQueueAttributes", Resource: "*"}]}}]
`))
	defer interrupt()
	session := awsclient.Embedded(exported["AWS_ENDPOINT_URL"], "us-east-1", "administrator")
	collector := collect.New(session.Config, fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"})
	collector.ReadRoles = map[string]string{"210987654321": "arn:aws:iam::210987654321:role/reader"}
	facts := &fact.Facts{Account: collector.Account}
	queue, _ := fact.TargetOf("arn:aws:sqs:us-east-1:210987654321:jobs")
	table, _ := fact.TargetOf("arn:aws:dynamodb:us-east-1:210987654321:table/entries")
	collector.Targets(context.Background(), facts, []fact.Target{queue, table})
	if held, known := facts.Targets[queue.ARN].Value(); !known || held.Policy.IsAbsent() {
		t.Errorf("the queue's policy is not read: %+v", facts.Targets[queue.ARN])
	}
	if why, unread := facts.Targets[table.ARN].Unread(); !unread || why.Permission != "dynamodb:GetResourcePolicy" {
		t.Errorf("the table's policy is read by a role that may not: %+v", facts.Targets[table.ARN])
	}
}

func TestAnAccountThatAGapNamesForAnotherReasonIsNotAskedFor(t *testing.T) {
	template := filled(shop, "%POLICIES%", `{PolicyName: calls, PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*"}]}}`) + `  Books: {Type: AWS::S3::Bucket, Properties: {BucketName: led-books, OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}}}
  BooksPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Books
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "210987654321"}, Action: "s3:PutObject", Resource: "arn:aws:s3:::led-books/*"}]}
`
	report, errs := checkJSON(t, exitOK, "-probe", write(t, "probe.yaml", "needs: [{read: s3://led-books/in/}]\n"), write(t, "shop.yaml", template))
	if len(report.Gaps) != 1 || !strings.Contains(report.Gaps[0].Reason, "account 210987654321") || strings.Contains(errs, "210987654321=FILE") {
		t.Errorf("gaps %+v, stderr %q", report.Gaps, errs)
	}
}
