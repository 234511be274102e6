package scan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"

	"github.com/google/go-cmp/cmp"
)

const diagnosedTemplate = `
Resources:
  Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: orders, Role: !GetAtt Role.Arn}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: orders-role
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
      Policies:
        - PolicyName: table
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Sid: Read, Effect: Allow, Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:us-east-1:123456789012:table/orders"}
              - {Sid: Never, Effect: Deny, Action: "dynamodb:DeleteTable", Resource: "*"}
              - {Sid: Files, Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::files/*"}
`

func diagnose(t *testing.T, o localaws.Options, template, message string) *finding.Diagnosis {
	t.Helper()
	w := scantest.New(t, o, nil, scantest.Parse(t, "diagnosed.yaml", []byte(template), nil))
	return w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Message: message}})
}

// denied is IAM's sentence about a call of the function.
func denied(action, resource, reason string) string {
	return fmt.Sprintf("An error occurred (AccessDeniedException) when calling the X operation: User: arn:aws:sts::123456789012:assumed-role/orders-role/orders is not authorized to perform: %s on resource: %s %s",
		action, resource, reason)
}

const table = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"

func TestADenialIsDecidedLikeAnyOtherNeedOfTheFunction(t *testing.T) {
	trusting := strings.Replace(diagnosedTemplate, "lambda.amazonaws.com", "edgelambda.amazonaws.com", 1)
	triggered := diagnosedTemplate + `
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Subscription: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt Function.Arn}}
`
	polling := diagnosedTemplate + `
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn}}
`
	for name, c := range map[string]struct {
		template, message string
		outcome           finding.Outcome
		decision          string
		place             finding.Place
		says              string // in the answer
		check             string // of the finding; empty for none
	}{
		"nothing grants it": {
			diagnosedTemplate, denied("dynamodb:PutItem", table, "because no identity-based policy allows the dynamodb:PutItem action"),
			finding.Confirmed, "implicitDeny", finding.PlaceExecutionRole, "refused now as well", "R17"},
		"a statement denies it": {
			diagnosedTemplate, denied("dynamodb:DeleteTable", table, "with an explicit deny in an identity-based policy"),
			finding.Confirmed, "explicitDeny", finding.PlaceExecutionRole, "refused now as well", "R17"},
		"it is granted by now": {
			diagnosedTemplate, denied("dynamodb:GetItem", table, "because no identity-based policy allows the dynamodb:GetItem action"),
			finding.Contradicted, "allowed", finding.PlaceExecutionRole, "run it again", ""},
		"the text does not name the place": {
			diagnosedTemplate, denied("dynamodb:PutItem", table, ""),
			finding.Confirmed, "implicitDeny", finding.PlaceExecutionRole, "refused now as well", "R17"},
		"the text names another place than the evaluation": {
			diagnosedTemplate, denied("dynamodb:PutItem", table, "with an explicit deny in a service control policy"),
			finding.Confirmed, "implicitDeny", finding.PlaceExecutionRole, "names another place, guardrail", "R17"},
		"a guardrail that nothing here sees": {
			diagnosedTemplate, denied("dynamodb:GetItem", table, "because no session policy allows the dynamodb:GetItem action"),
			finding.Undecided, "allowed", finding.PlaceGuardrail, "session policy refuses it", ""},
		"another spelling": {
			diagnosedTemplate, denied("DYNAMODB:putitem", table, ""),
			finding.Confirmed, "implicitDeny", finding.PlaceExecutionRole, "dynamodb:PutItem", "R17"},
		"no resource, and nothing of the configuration calls it": {
			diagnosedTemplate, "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
			finding.Undecided, "undetermined", finding.PlaceAmbiguous, "does not say on which resource", ""},
		"no resource, and the configuration calls it": {
			polling, "PROBLEM: The function's execution role does not have permissions to call ReceiveMessage on SQS",
			finding.Confirmed, "implicitDeny", finding.PlaceExecutionRole, "refused now as well", "R8"},
		"another role's call": {
			diagnosedTemplate, strings.Replace(denied("dynamodb:PutItem", table, ""), "orders-role", "other-role", 1),
			finding.Undecided, "undetermined", finding.PlaceAmbiguous, "made as the role other-role", ""},
		"Lambda may not assume the role": {
			trusting, "The role defined for the function cannot be assumed by Lambda.",
			finding.Confirmed, "implicitDeny", finding.PlaceExecutionRole, "refused now as well", "R1"},
		"Lambda may assume the role by now": {
			diagnosedTemplate, "The role defined for the function cannot be assumed by Lambda.",
			finding.Contradicted, "allowed", finding.PlaceExecutionRole, "run it again", ""},
		"a service may not call the function": {
			triggered, "Execution failed due to configuration error: Invalid permissions on Lambda function",
			finding.Confirmed, "implicitDeny", finding.PlaceInvoke, "may not invoke orders", "I4"},
		"a resource that no call of the action is on": {
			diagnosedTemplate, denied("dynamodb:PutItem", "arn:aws:s3:::files", ""),
			finding.Undecided, "undetermined", finding.PlaceAmbiguous, "no call that IAM knows", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnose(t, localaws.Options{}, c.template, c.message)
			if len(d.Denials) != 1 {
				t.Fatalf("%d denials: %+v", len(d.Denials), d)
			}
			one := d.Denials[0]
			if one.Outcome != c.outcome || one.Decision != c.decision || one.Place != c.place || d.Place != c.place || !strings.Contains(one.Answer, c.says) {
				t.Errorf("got %s, %s, %s: %s", one.Outcome, one.Decision, one.Place, one.Answer)
			}
			checks := ""
			for _, f := range d.Findings {
				checks += f.Check
				if f.ID != one.Finding || f.Fix.Summary == "" {
					t.Errorf("the finding %+v is not the denial's", f)
				}
			}
			if checks != c.check {
				t.Errorf("findings %q, want %q", checks, c.check)
			}
			want := map[finding.Outcome]finding.ReportStatus{
				finding.Confirmed: finding.ReportFindings, finding.Contradicted: finding.ReportOK, finding.Undecided: finding.ReportIncomplete,
			}[c.outcome]
			if d.Status != want {
				t.Errorf("status %s, want %s", d.Status, want)
			}
		})
	}
}

func TestTheFixOfADeniedCallIsDecidedAgain(t *testing.T) {
	d := diagnose(t, localaws.Options{}, diagnosedTemplate, denied("dynamodb:PutItem", table, ""))
	if len(d.Findings) != 1 || d.Findings[0].Fix.Proof != finding.Proven || !strings.Contains(d.Findings[0].Fix.CLI, "dynamodb:PutItem") {
		t.Errorf("%+v", d.Findings)
	}
}

func TestWhatIsDeniedOnAnObjectIsAskedOfExactlyThatObject(t *testing.T) {
	for _, key := range []string{"arn:aws:s3:::backup/dir/", "arn:aws:s3:::backup/a b.txt"} {
		d := diagnose(t, localaws.Options{}, diagnosedTemplate, denied("s3:GetObject", `"`+key+`"`, "because no identity-based policy allows the s3:GetObject action"))
		if len(d.Findings) != 1 || d.Findings[0].Resource != key {
			t.Errorf("%s: %+v", key, d)
		}
	}
}

func TestEveryRefusalOfAMessageIsAnswered(t *testing.T) {
	d := diagnose(t, localaws.Options{}, diagnosedTemplate, denied("dynamodb:PutItem", table, "")+"\n"+denied("dynamodb:GetItem", table, "")+"\n"+denied("dynamodb:UpdateItem", table, ""))
	var got []string
	for _, one := range d.Denials {
		got = append(got, one.Said.Action+" "+string(one.Outcome))
	}
	if strings.Join(got, ", ") != "dynamodb:PutItem confirmed, dynamodb:GetItem contradicted, dynamodb:UpdateItem confirmed" {
		t.Errorf("%q", got)
	}
	if d.Summary.Confirmed != 2 || d.Summary.Contradicted != 1 || len(d.Findings) != 1 {
		t.Errorf("%+v with %d findings: one finding holds both", d.Summary, len(d.Findings))
	}
}

func TestAMessageThatRefusesNothingIsToldApart(t *testing.T) {
	for message, place := range map[string]finding.Place{
		"Task timed out after 3.00 seconds":                                        finding.PlaceNone,
		"DisabledException: arn:aws:kms:us-east-1:123456789012:key/k is disabled.": finding.PlaceConfiguration,
	} {
		d := diagnose(t, localaws.Options{}, diagnosedTemplate, message)
		if d.Status != finding.ReportOK || len(d.Denials)+len(d.Findings) > 0 || d.Place != place {
			t.Errorf("%s: %+v", message, d)
		}
	}
}

func TestADiagnosisThatCouldNotReadOrAskIsIncomplete(t *testing.T) {
	message := denied("dynamodb:PutItem", table, "")
	for name, fault := range map[string]localaws.Fault{
		"functions": {Service: "lambda", Operation: "ListFunctions", Code: "AccessDeniedException"},
		"roles":     {Service: "iam", Operation: "GetAccountAuthorizationDetails", Code: "AccessDenied"},
		"simulator": {Service: "iam", Operation: "SimulatePrincipalPolicy", Code: "AccessDenied"},
	} {
		d := diagnose(t, localaws.Options{Faults: []localaws.Fault{fault}}, diagnosedTemplate, message)
		if d.Status != finding.ReportIncomplete || len(d.Gaps) == 0 || len(d.Findings) > 0 {
			t.Errorf("%s: %+v", name, d)
		}
	}
	d := diagnose(t, localaws.Options{}, strings.Replace(diagnosedTemplate, "FunctionName: orders", "FunctionName: others", 1), message)
	if d.Status != finding.ReportIncomplete || len(d.Gaps) == 0 {
		t.Errorf("no such function: %+v", d)
	}
}

func TestOnlyTheDenialOfAMessageReachesTheAnswerAndTheLog(t *testing.T) {
	var log bytes.Buffer
	w := scantest.New(t, localaws.Options{}, &log, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	message := "2026-01-01 user=canary-name token canary-before\n" + denied("dynamodb:PutItem", table, "because no identity-based policy allows the dynamodb:PutItem action") +
		"\n{\"payload\":\"canary-after\"}"
	d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Message: message}})
	text, err := json.Marshal(d)
	if err != nil || len(d.Findings) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	for name, out := range map[string]string{"answer": string(text), "text": render.Diagnosis(d), "log": log.String()} {
		if strings.Contains(out, "canary") {
			t.Errorf("the %s holds more of the message than the denial: %s", name, out)
		}
	}
	if len(w.AWS.Published())+len(w.AWS.Events()) > 0 {
		t.Error("a diagnosis publishes")
	}
}

// logged are lines of the function's log group, an hour before now and each a minute after the one before.
func logged(messages ...string) []localaws.LogLine {
	var lines []localaws.LogLine
	for i, m := range messages {
		at := time.Now().Add(-time.Hour + time.Duration(i)*time.Minute)
		lines = append(lines, localaws.LogLine{Group: "/aws/lambda/orders", Time: at, Message: m})
	}
	return lines
}

func diagnoseLogs(t *testing.T, o localaws.Options, since time.Duration, message string) (*finding.Diagnosis, *scantest.World) {
	t.Helper()
	w := scantest.New(t, o, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: since, Message: message}})
	return d, w
}

func TestEqualDenialsOfTheLogsAreOneWithCountAndTimes(t *testing.T) {
	put, get := denied("dynamodb:PutItem", table, "because no identity-based policy allows the dynamodb:PutItem action"), denied("dynamodb:GetItem", table, "")
	lines := logged(put+". (authorization id: 11111111-1111-1111-1111-111111111111)", "START RequestId: 1", get, put, "{\"level\":\"ERROR\",\"errorMessage\":\""+put+"\"}")
	for _, size := range []int{0, 1} {
		d, _ := diagnoseLogs(t, localaws.Options{Logs: lines, PageSize: size}, 6*time.Hour, "")
		if len(d.Denials) != 2 || d.Status != finding.ReportFindings || len(d.Gaps) > 0 {
			t.Fatalf("pages of %d: %+v", size, d)
		}
		first, second := d.Denials[0], d.Denials[1]
		at := func(i int) string { return lines[i].Time.UTC().Format(time.RFC3339) }
		want := finding.Seen{Source: "log group /aws/lambda/orders", Count: 3, First: at(0), Last: at(4)}
		if first.Said.Action != "dynamodb:PutItem" || len(first.Seen) != 1 || first.Seen[0] != want || first.Outcome != finding.Confirmed {
			t.Errorf("%+v seen %+v, want %+v", first, first.Seen, want)
		}
		if second.Outcome != finding.Contradicted || len(second.Seen) != 1 || second.Seen[0].Count != 1 || !strings.Contains(second.Answer, "last at "+at(2)) {
			t.Errorf("%+v", second)
		}
		if len(d.Findings) != 1 || !strings.Contains(d.Findings[0].Symptom, "as the log group /aws/lambda/orders says") {
			t.Errorf("%+v", d.Findings)
		}
	}
}

func TestAMessageThatTheLogsHoldTooIsOneDenial(t *testing.T) {
	put := denied("dynamodb:PutItem", table, "because no identity-based policy allows the dynamodb:PutItem action")
	d, _ := diagnoseLogs(t, localaws.Options{Logs: logged(put, put)}, 6*time.Hour, put)
	if len(d.Denials) != 1 || len(d.Denials[0].Seen) != 1 || d.Denials[0].Seen[0].Count != 2 {
		t.Errorf("%+v", d.Denials)
	}
}

func TestOnlyTheWindowOfTheLogsIsRead(t *testing.T) {
	put := denied("dynamodb:PutItem", table, "")
	d, _ := diagnoseLogs(t, localaws.Options{Logs: logged(put)}, 10*time.Minute, "")
	if len(d.Denials) > 0 || d.Status != finding.ReportOK {
		t.Errorf("%+v", d)
	}
	if d, _ := diagnoseLogs(t, localaws.Options{}, time.Hour, ""); d.Status != finding.ReportOK || len(d.Gaps) > 0 {
		t.Errorf("a function without a log group was refused nothing that is logged: %+v", d)
	}
}

func TestLogsThatCouldNotBeReadAreAGap(t *testing.T) {
	put := denied("dynamodb:PutItem", table, "")
	refused := []localaws.Fault{{Service: "logs", Operation: "FilterLogEvents", Code: "AccessDeniedException"}}
	d, _ := diagnoseLogs(t, localaws.Options{Logs: logged(put), Faults: refused}, time.Hour*6, put)
	if d.Status != finding.ReportIncomplete || len(d.Denials) != 1 || len(d.Findings) != 1 || len(d.Gaps) != 1 || d.Gaps[0].Permission != "logs:FilterLogEvents" {
		t.Errorf("refused: %+v", d)
	}
	throttled := []localaws.Fault{{Service: "logs", Operation: "FilterLogEvents", Code: "throttle", Times: 1}}
	if d, _ := diagnoseLogs(t, localaws.Options{Logs: logged(put), Faults: throttled}, time.Hour*6, ""); len(d.Denials) != 1 || len(d.Gaps) > 0 {
		t.Errorf("throttled once: %+v", d)
	}
	var many []string
	for i := range 60 {
		many = append(many, denied("dynamodb:PutItem", fmt.Sprintf("%s%02d", table, i), ""))
	}
	d, _ = diagnoseLogs(t, localaws.Options{Logs: logged(many...), PageSize: 1}, time.Hour*6, "")
	if d.Status != finding.ReportIncomplete || len(d.Denials) != 25 || len(d.Gaps) != 1 || !strings.Contains(d.Gaps[0].Reason, "was not looked at") ||
		d.Denials[0].Said.Resource != table+"59" {
		t.Errorf("more than is read at once: status %s, %d denials, gaps %+v", d.Status, len(d.Denials), d.Gaps)
	}
	w := scantest.New(t, localaws.Options{Logs: logged(put)}, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	w.Scanner.Collector.On = nil
	off := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: time.Hour * 6}})
	if off.Status != finding.ReportIncomplete || len(off.Gaps) != 2 || !strings.Contains(off.Gaps[0].Reason+off.Gaps[1].Reason, "ReadFunctionLogs") || !strings.Contains(off.Gaps[0].Reason+off.Gaps[1].Reason, "ReadCloudTrail") {
		t.Errorf("switched off: %+v", off.Gaps)
	}
	for _, call := range w.AWS.Calls() {
		if call.Operation == "FilterLogEvents" || call.Operation == "LookupEvents" {
			t.Error("the logs are read although that is switched off")
		}
	}
}

func TestNothingOfTheLogsButTheDenialsLeaves(t *testing.T) {
	var log bytes.Buffer
	lines := logged("canary-line AccessDenied", "{\"canary\":\"canary-payload\",\"errorMessage\":\""+denied("dynamodb:PutItem", table, "")+"\"}", "canary-text "+denied("dynamodb:UpdateItem", table, "")+"\ncanary-after")
	w := scantest.New(t, localaws.Options{Logs: lines}, &log, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: 6 * time.Hour}})
	text, err := json.Marshal(d)
	if err != nil || d.Summary.Confirmed != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	for name, out := range map[string]string{"answer": string(text), "text": render.Diagnosis(d), "log": log.String()} {
		if strings.Contains(out, "canary") {
			t.Errorf("the %s holds more of the logs than the denials: %s", name, out)
		}
	}
}

func TestAScanReadsNoLogsOfFunctions(t *testing.T) {
	w := scantest.New(t, localaws.Options{Logs: logged("AccessDenied")}, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	w.Scan(t)
	for _, call := range w.AWS.Calls() {
		if call.Operation == "FilterLogEvents" || call.Operation == "LookupEvents" {
			t.Error("a scan reads the logs of functions")
		}
	}
}

// refusedCall is a record of CloudTrail: the function's code, in a session of the role, was refused.
func refusedCall(ago time.Duration, role, source, name, code, message string) localaws.TrailEvent {
	return localaws.TrailEvent{Time: time.Now().Add(-ago), Record: map[string]any{
		"eventSource": source, "eventName": name, "errorCode": code, "errorMessage": message, "requestParameters": map[string]any{"note": "canary-request"},
		"userIdentity": map[string]any{
			"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/" + role + "/orders",
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::123456789012:role/" + role}},
		},
	}}
}

func TestRefusedCallsOfTheFunctionsCodeInCloudTrailAreDiagnosed(t *testing.T) {
	put := denied("dynamodb:PutItem", table, "because no identity-based policy allows the dynamodb:PutItem action")
	issued := refusedCall(4*time.Minute, "other-role", "dynamodb.amazonaws.com", "CreateTable", "AccessDenied", "")
	issued.Record["userIdentity"].(map[string]any)["inScopeOf"] = map[string]any{"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": "arn:aws:lambda:us-east-1:123456789012:function:orders:3"}
	trail := []localaws.TrailEvent{
		refusedCall(time.Minute, "orders-role", "dynamodb.amazonaws.com", "PutItem", "AccessDenied", put),
		refusedCall(2*time.Minute, "orders-role", "dynamodb.amazonaws.com", "PutItem", "AccessDenied", put),
		refusedCall(3*time.Minute, "orders-role", "dynamodb.amazonaws.com", "DescribeTable", "ResourceNotFoundException", "canary-found"),
		refusedCall(3*time.Minute, "someone-else", "dynamodb.amazonaws.com", "DeleteTable", "AccessDenied", denied("dynamodb:DeleteTable", table, "")),
		issued,
	}
	var log bytes.Buffer
	for _, size := range []int{0, 1} {
		log.Reset()
		w := scantest.New(t, localaws.Options{Trail: trail, Logs: logged(put), PageSize: size}, &log, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
		d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: 6 * time.Hour}})
		if len(d.Denials) != 2 || len(d.Gaps) > 0 {
			t.Fatalf("pages of %d: %+v", size, d)
		}
		first, other := d.Denials[0], d.Denials[1]
		if first.Outcome != finding.Confirmed || len(first.Seen) != 2 || first.Seen[1].Source != "CloudTrail" || first.Seen[1].Count != 2 || first.Seen[1].First >= first.Seen[1].Last {
			t.Errorf("%+v", first)
		}
		if other.Said.Action != "dynamodb:CreateTable" || other.Outcome != finding.Undecided || !strings.Contains(other.Answer, "the role other-role") {
			t.Errorf("%+v", other)
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		for name, out := range map[string]string{"answer": string(text), "text": render.Diagnosis(d), "log": log.String()} {
			if strings.Contains(out, "canary") {
				t.Errorf("the %s holds more of the events than the denials: %s", name, out)
			}
		}
	}
	refused := []localaws.Fault{{Service: "cloudtrail", Code: "AccessDeniedException"}}
	d, _ := diagnoseLogs(t, localaws.Options{Trail: trail, Logs: logged(put), Faults: refused}, 6*time.Hour, "")
	if d.Status != finding.ReportIncomplete || len(d.Denials) != 1 || len(d.Gaps) != 1 || d.Gaps[0].Permission != "cloudtrail:LookupEvents" {
		t.Errorf("refused: %+v", d)
	}
}

func TestWhatLambdaSaysOfTheFunctionAndItsMappingsIsDiagnosed(t *testing.T) {
	template := diagnosedTemplate + `
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}
  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn}}
  Second: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Function, EventSourceArn: !GetAtt Queue.Arn, Enabled: false}}
`
	template = strings.Replace(template, "FunctionName: orders,", "FunctionName: orders, VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]},", 1)
	const function = "arn:aws:lambda:us-east-1:123456789012:function:orders"
	arns, ids := map[string]string{}, map[string]string{}
	for _, r := range scantest.Parse(t, "diagnosed.yaml", []byte(template), nil).Resources {
		arns[r.LogicalID], ids[r.PhysicalID] = r.ARN, r.LogicalID
	}
	mapping, second := arns["Mapping"], arns["Second"]
	polls := "PROBLEM: The function execution role does not have permissions to call ReceiveMessage on SQS (canary-result)"
	for _, c := range []struct {
		name    string
		overlay map[string]map[string]any
		want    []string // source, place and outcome of each
	}{
		{"the mapping may not poll", map[string]map[string]any{mapping: {"LastProcessingResult": polls}},
			[]string{"event source mapping Mapping of arn:aws:sqs:us-east-1:123456789012:q execution-role confirmed"}},
		{"a mapping that its owner disabled", map[string]map[string]any{second: {"LastProcessingResult": polls}}, nil},
		{"a mapping that Lambda disabled", map[string]map[string]any{second: {"StateTransitionReason": "PROBLEM: Lambda failed to assume your function execution role."}},
			[]string{"event source mapping Second of arn:aws:sqs:us-east-1:123456789012:q execution-role contradicted"}},
		{"the reason of the state", map[string]map[string]any{function: {"State": "Failed", "StateReasonCode": "InsufficientRolePermissions", "StateReason": "The function's execution role does not have permissions to call CreateNetworkInterface on EC2 canary-reason"}},
			[]string{"state of the function execution-role confirmed"}},
		{"the reason of an update that succeeded", map[string]map[string]any{function: {"LastUpdateStatus": "Successful", "LastUpdateStatusReasonCode": "ImageAccessDenied"}}, nil},
		{"the reason of an update that failed", map[string]map[string]any{function: {"LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "KMSKeyAccessDenied", "LastUpdateStatusReason": "no"}},
			[]string{"state of the function ambiguous undecided"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := scantest.New(t, localaws.Options{Overlay: c.overlay}, nil, scantest.Parse(t, "diagnosed.yaml", []byte(template), nil))
			d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: time.Hour}})
			var have []string
			for _, one := range d.Denials {
				source := one.Seen[0].Source
				for physical, logical := range ids {
					source = strings.ReplaceAll(source, "mapping "+physical+" ", "mapping "+logical+" ")
				}
				have = append(have, fmt.Sprintf("%s %s %s", source, one.Place, one.Outcome))
			}
			if diff := cmp.Diff(c.want, have); diff != "" {
				t.Errorf("(-want +have)\n%s%s", diff, render.Diagnosis(d))
			}
			if strings.Contains(render.Diagnosis(d), "canary") {
				t.Error("more than the denial reaches the answer")
			}
		})
	}
}

func TestMoreDenialsThanAreToldApartAreAGap(t *testing.T) {
	var many []string
	for i := range 60 {
		many = append(many, denied("dynamodb:PutItem", fmt.Sprintf("%s%02d", table, i), ""))
	}
	d, _ := diagnoseLogs(t, localaws.Options{Logs: logged(many...)}, time.Hour*6, "")
	if d.Status != finding.ReportIncomplete || len(d.Denials) != 50 || len(d.Gaps) != 1 || !strings.Contains(d.Gaps[0].Reason, "more than 50 different denials") || d.Denials[0].Said.Resource != table+"59" {
		t.Errorf("status %s, %d denials, gaps %+v", d.Status, len(d.Denials), d.Gaps)
	}
}

func TestANamedFunctionIsDiagnosedWithoutAnyListing(t *testing.T) {
	put := denied("dynamodb:PutItem", table, "")
	w := scantest.New(t, localaws.Options{Logs: logged(put)}, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	w.Scanner.Collector.Functions = []string{"arn:aws:lambda:us-east-1:123456789012:function:orders"}
	d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: 6 * time.Hour}})
	if len(d.Findings) != 1 || len(d.Denials) != 1 {
		t.Errorf("%+v", d)
	}
	for _, call := range w.AWS.Calls() {
		if call.Operation == "ListFunctions" {
			t.Error("functions are listed")
		}
	}
}

// roleChange is a record of CloudTrail of a change of the function's role.
func roleChange(ago time.Duration, name, by, policy string) localaws.TrailEvent {
	parameters := map[string]any{"roleName": "orders-role", "policyDocument": "canary-document"}
	if policy != "" {
		parameters["policyName"] = policy
	}
	return localaws.TrailEvent{Time: time.Now().Add(-ago), Record: map[string]any{
		"eventSource": "iam.amazonaws.com", "eventName": name, "requestParameters": parameters,
		"userIdentity": map[string]any{"type": "IAMUser", "userName": by, "arn": "arn:aws:iam::123456789012:user/" + by},
	}}
}

func TestWhatWasGrantedSinceIsToldWithWhoAndWhen(t *testing.T) {
	get := denied("dynamodb:GetItem", table, "because no identity-based policy allows the dynamodb:GetItem action") // an hour ago
	failed := roleChange(2*time.Minute, "PutRolePolicy", "eve", "table")
	failed.Record["errorCode"] = "AccessDenied"
	bounded := denied("dynamodb:GetItem", table, "because no permissions boundary allows the dynamodb:GetItem action")
	for _, c := range []struct {
		name  string
		trail []localaws.TrailEvent
		want  string
	}{
		{"after the refusal", []localaws.TrailEvent{roleChange(3*time.Minute, "PutRolePolicy", "ann", "table"), roleChange(30*time.Minute, "PutRolePolicy", "bob", "table"), failed},
			"It was granted 3 minutes ago by arn:aws:iam::123456789012:user/ann (PutRolePolicy of table at "},
		{"a limit was taken away", []localaws.TrailEvent{roleChange(125*time.Minute/2, "DeleteRolePermissionsBoundary", "bob", "")},
			"It was granted 1 hour ago by arn:aws:iam::123456789012:user/bob (DeleteRolePermissionsBoundary at "},
		{"a policy was taken away that is none of a deny", []localaws.TrailEvent{roleChange(3*time.Minute, "DeleteRolePolicy", "ann", "queue")}, ""},
		{"another policy", []localaws.TrailEvent{roleChange(3*time.Minute, "PutRolePolicy", "ann", "queue")}, ""},
		{"long before the refusal", []localaws.TrailEvent{roleChange(3*time.Hour, "PutRolePolicy", "ann", "table")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := get
			if strings.Contains(c.name, "limit") {
				line = bounded
			}
			d, w := diagnoseLogs(t, localaws.Options{Logs: logged(line), Trail: c.trail}, 6*time.Hour, "")
			if len(d.Denials) != 1 || d.Denials[0].Outcome != finding.Contradicted {
				t.Fatalf("%+v", d)
			}
			answer := d.Denials[0].Answer
			if c.want == "" && strings.Contains(answer, "It was granted") || !strings.Contains(answer, c.want) || !strings.Contains(answer, "run it again") || strings.Contains(answer, "canary") {
				t.Errorf("%s", answer)
			}
			n := 0
			for _, call := range w.AWS.Calls() {
				if call.Operation == "LookupEvents" {
					n++
				}
			}
			if n != 2 {
				t.Errorf("%d looks at the history", n)
			}
		})
	}
	d, _ := diagnoseLogs(t, localaws.Options{Logs: logged(get), Faults: []localaws.Fault{{Service: "cloudtrail", From: 2, Code: "AccessDeniedException"}}}, 6*time.Hour, "")
	if d.Status != finding.ReportIncomplete || len(d.Denials) != 1 || len(d.Gaps) != 1 {
		t.Errorf("the changes cannot be read: %+v", d)
	}
}

func TestADiagnosisThatRunsOutOfTimeSaysWhatIsMissing(t *testing.T) {
	put := denied("dynamodb:PutItem", table, "")
	w := scantest.New(t, localaws.Options{Logs: logged(put), Latency: 150 * time.Millisecond}, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second+400*time.Millisecond)
	defer cancel()
	begun := time.Now()
	d := w.Scanner.Diagnose(ctx, config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: 6 * time.Hour, Message: put}})
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	if d.Status != finding.ReportIncomplete || len(d.Gaps) == 0 || !strings.Contains(fmt.Sprint(d.Gaps), "the time of the run was over") {
		t.Errorf("%+v", d)
	}
}

func TestAMessageOfADisabledKeyGivesTheFindingOnTheKey(t *testing.T) {
	template := strings.Replace(diagnosedTemplate, "Role: !GetAtt Role.Arn", "Role: !GetAtt Role.Arn, KmsKeyArn: !GetAtt Key.Arn, Environment: {Variables: {A: b}}", 1) + `
  Key: {Type: AWS::KMS::Key, Properties: {Enabled: false, KeyPolicy: {Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "kms:*", Resource: "*"}]}}}
`
	const message = "KMSDisabledException: Lambda was unable to decrypt the environment variables because the KMS key used is disabled."
	d := diagnose(t, localaws.Options{}, template, message)
	if len(d.Findings) != 1 || d.Findings[0].Check != "R12" || d.Findings[0].Place != finding.PlaceConfiguration || d.Findings[0].Fix.CLI == "" {
		t.Errorf("%+v", d.Findings)
	}
	if d := diagnose(t, localaws.Options{}, diagnosedTemplate, message); len(d.Findings) != 0 {
		t.Errorf("the key is not the function's: %+v", d.Findings)
	}
}

func TestAnAccountThatIsBlankedOutIsTakenForTheFunctionsOwn(t *testing.T) {
	for _, blank := range []string{"************", "XXXXXXXXXXXX", "<account-id>", "[REDACTED]", "<redacted>"} {
		message := strings.ReplaceAll(denied("dynamodb:PutItem", table, ""), "123456789012", blank)
		d := diagnose(t, localaws.Options{}, diagnosedTemplate, message)
		if len(d.Denials) != 1 || d.Denials[0].Outcome != finding.Confirmed || len(d.Findings) != 1 || !strings.HasSuffix(d.Denials[0].Answer, "The account in the message is blanked out: the function's own was taken for it.") {
			t.Errorf("%s: %+v", blank, d.Denials)
			continue
		}
		if said := d.Denials[0].Said.Resource; !strings.Contains(said, blank) || strings.Contains(d.Findings[0].Resource, blank) || !strings.Contains(d.Findings[0].Fix.CLI, table) {
			t.Errorf("%s: said %s, fix %s", blank, said, d.Findings[0].Fix.CLI)
		}
	}
	// Another account's is another account's.
	d := diagnose(t, localaws.Options{}, diagnosedTemplate, denied("dynamodb:PutItem", strings.Replace(table, "123456789012", "210987654321", 1), ""))
	if len(d.Denials) != 1 || strings.Contains(d.Denials[0].Answer, "blanked") {
		t.Errorf("%+v", d.Denials)
	}
}

func TestAWrongNameIsNotToldAsAnotherPlace(t *testing.T) {
	d := diagnose(t, localaws.Options{}, diagnosedTemplate, denied("dynamodb:PutItem", strings.Replace(table, "table/orders", "table/undefined", 1), "because no identity-based policy allows the dynamodb:PutItem action"))
	if len(d.Denials) != 1 || d.Denials[0].Place != finding.PlaceConfiguration || strings.Contains(d.Denials[0].Answer, "names another place") {
		t.Errorf("%+v", d.Denials)
	}
}
