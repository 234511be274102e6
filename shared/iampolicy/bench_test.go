package iampolicy

import (
	"fmt"
	"testing"
)

// typicalRole is a Lambda function's role as accounts have them: 6 policies, 25 statements, some with conditions.
func typicalRole(t testing.TB) Case {
	const arn = "arn:aws:%s:eu-central-1:111122223333:%s"
	statement := func(effect, actions, resource, condition string) string {
		if condition != "" {
			condition = `,"Condition":` + condition
		}
		return fmt.Sprintf(`{"Effect":%q,"Action":[%s],"Resource":%q%s}`, effect, actions, resource, condition)
	}
	policy := func(name string, statements ...string) *Policy {
		doc := `{"Version":"2012-10-17","Statement":[`
		for i, s := range statements {
			if i > 0 {
				doc += ","
			}
			doc += s
		}
		return mustParse(t, Identity, doc+`]}`).WithName(name)
	}
	return Case{
		Principal: principal(t, "arn:aws:sts::111122223333:assumed-role/berth-planner/berth-planner"),
		Action:    "dynamodb:UpdateItem",
		Resource:  fmt.Sprintf(arn, "dynamodb", "table/berths"),
		Context: NewContext(map[string][]string{
			"aws:SecureTransport": {"true"}, "aws:RequestedRegion": {"eu-central-1"}, "aws:PrincipalArn": {roleARN},
			"aws:SourceIp": {"192.0.2.17"}, "aws:CurrentTime": {"2026-11-21T10:00:00Z"}, "aws:PrincipalOrgID": {"o-a1b2c3d4e5"},
		}),
		Identity: []*Policy{
			policy("basic",
				statement("Allow", `"logs:CreateLogGroup"`, fmt.Sprintf(arn, "logs", "*"), ""),
				statement("Allow", `"logs:CreateLogStream","logs:PutLogEvents"`, fmt.Sprintf(arn, "logs", "log-group:/aws/lambda/berth-planner:*"), "")),
			policy("vpc",
				statement("Allow", `"ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DeleteNetworkInterface","ec2:AssignPrivateIpAddresses","ec2:UnassignPrivateIpAddresses"`, "*", "")),
			policy("data",
				statement("Allow", `"s3:GetObject","s3:PutObject"`, "arn:aws:s3:::tides/*", `{"Bool":{"aws:SecureTransport":"true"}}`),
				statement("Allow", `"s3:ListBucket"`, "arn:aws:s3:::tides", `{"StringLike":{"s3:prefix":["","2026/*"]}}`),
				statement("Allow", `"dynamodb:GetItem","dynamodb:BatchGetItem","dynamodb:Query"`, fmt.Sprintf(arn, "dynamodb", "table/berths"), ""),
				statement("Allow", `"dynamodb:GetItem","dynamodb:Query"`, fmt.Sprintf(arn, "dynamodb", "table/berths/index/*"), ""),
				statement("Allow", `"dynamodb:PutItem","dynamodb:UpdateItem","dynamodb:DeleteItem"`, fmt.Sprintf(arn, "dynamodb", "table/berths"), `{"StringEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]}}`),
				statement("Allow", `"dynamodb:GetRecords","dynamodb:GetShardIterator","dynamodb:DescribeStream"`, fmt.Sprintf(arn, "dynamodb", "table/berths/stream/*"), ""),
				statement("Allow", `"kms:Decrypt","kms:GenerateDataKey*"`, fmt.Sprintf(arn, "kms", "key/1d2e3f40-1111-4222-8333-944455556666"), `{"StringEquals":{"kms:ViaService":"s3.eu-central-1.amazonaws.com"}}`)),
			policy("messages",
				statement("Allow", `"sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes"`, fmt.Sprintf(arn, "sqs", "arrivals"), ""),
				statement("Allow", `"sqs:SendMessage"`, fmt.Sprintf(arn, "sqs", "departures"), ""),
				statement("Allow", `"sns:Publish"`, fmt.Sprintf(arn, "sns", "harbour-*"), ""),
				statement("Allow", `"events:PutEvents"`, fmt.Sprintf(arn, "events", "event-bus/harbour"), `{"ForAllValues:StringEquals":{"events:source":"harbour.berths"}}`),
				statement("Allow", `"states:StartExecution"`, fmt.Sprintf(arn, "states", "stateMachine:docking"), ""),
				statement("Allow", `"lambda:InvokeFunction"`, fmt.Sprintf(arn, "lambda", "function:tug-dispatch:*"), "")),
			policy("secrets",
				statement("Allow", `"secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"`, fmt.Sprintf(arn, "secretsmanager", "secret:harbour/*"), ""),
				statement("Allow", `"ssm:GetParameter","ssm:GetParameters","ssm:GetParametersByPath"`, fmt.Sprintf(arn, "ssm", "parameter/harbour/*"), ""),
				statement("Allow", `"sts:AssumeRole"`, "arn:aws:iam::444455556666:role/customs-*", ""),
				statement("Allow", `"xray:PutTraceSegments","xray:PutTelemetryRecords"`, "*", ""),
				statement("Allow", `"cloudwatch:PutMetricData"`, "*", `{"StringEquals":{"cloudwatch:namespace":"Harbour"}}`)),
			policy("guard",
				statement("Deny", `"s3:*"`, "*", `{"Bool":{"aws:SecureTransport":"false"}}`),
				statement("Deny", `"*"`, "*", `{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}}`),
				statement("Deny", `"dynamodb:*"`, "*", `{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`),
				statement("Deny", `"kms:ScheduleKeyDeletion","kms:DisableKey"`, "*", "")),
		},
	}
}

func TestTypicalRoleHasTwentyFiveStatements(t *testing.T) {
	c := typicalRole(t)
	n := 0
	for _, p := range c.Identity {
		n += len(p.Statements())
	}
	if len(c.Identity) != 6 || n != 25 {
		t.Errorf("%d policies, %d statements; the figures in the documentation are for 6 and 25", len(c.Identity), n)
	}
	if r := c.Decide(); r.Decision != Allowed {
		t.Errorf("the benchmark's case is not allowed: %+v", r)
	}
}

func TestDecidingATypicalRoleDoesNotAllocate(t *testing.T) {
	for _, action := range []string{"dynamodb:UpdateItem", "dynamodb:CreateTable", "kms:DisableKey"} {
		c := typicalRole(t)
		c.Action = action
		if n := testing.AllocsPerRun(100, func() { c.Decide() }); n != 0 {
			t.Errorf("%s: Decide allocates %v times", action, n)
		}
		if n := testing.AllocsPerRun(100, func() { c.Verdict() }); n != 0 {
			t.Errorf("%s: Verdict allocates %v times", action, n)
		}
	}
}

func benchmark(b *testing.B, c Case) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		c.Decide()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

func BenchmarkDecideTypicalRole(b *testing.B) { benchmark(b, typicalRole(b)) }

func BenchmarkDecideImplicitDeny(b *testing.B) {
	c := typicalRole(b)
	c.Action = "dynamodb:CreateTable"
	benchmark(b, c)
}

func BenchmarkDecideExplicitDeny(b *testing.B) {
	c := typicalRole(b)
	c.Action = "kms:DisableKey"
	benchmark(b, c)
}
