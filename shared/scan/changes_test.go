package scan_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/render"
	"permprobe/shared/scan/scantest"
)

// did is an event of the history: ann did it with the AWS CLI, some hours ago.
func did(hours int, source, event string, request, response map[string]any) localaws.TrailEvent {
	return localaws.TrailEvent{Time: time.Now().Add(-time.Duration(hours) * time.Hour), Record: map[string]any{
		"eventSource": source + ".amazonaws.com", "eventName": event, "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2.30 canary-agent",
		"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/ann"}, "requestParameters": request, "responseElements": response,
	}}
}

const ordersRole = "arn:aws:iam::123456789012:role/orders-role"

// configured is a request that made a function or changed its configuration. Such a request holds what nobody may see.
func configured(hours int, event, function string, request map[string]any) localaws.TrailEvent {
	request["functionName"], request["environment"] = function, map[string]any{"variables": map[string]any{"TOKEN": "canary-variable"}}
	return did(hours, "lambda", event, request, nil)
}

func TestOnlyTheSettingThatACallDependsOnIsWhatChanged(t *testing.T) {
	in := strings.Replace(diagnosedTemplate, "Role: !GetAtt Role.Arn", "Role: !GetAtt Role.Arn, VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}", 1)
	vpc := func(subnets ...any) map[string]any {
		return map[string]any{"vpcConfig": map[string]any{"subnetIds": subnets, "securityGroupIds": []any{"sg-1"}}}
	}
	const update = "UpdateFunctionConfiguration20150331v2"
	for name, c := range map[string]struct {
		trail   []localaws.TrailEvent
		event   string
		certain bool
	}{
		"it was put into its VPC":             {[]localaws.TrailEvent{configured(2, update, "orders", vpc("subnet-1")), configured(20, "CreateFunction20150331", "orders", map[string]any{"role": ordersRole})}, "UpdateFunctionConfiguration", true},
		"before is not known":                 {[]localaws.TrailEvent{configured(2, update, "orders", vpc("subnet-1"))}, "UpdateFunctionConfiguration", false},
		"it was in one before":                {[]localaws.TrailEvent{configured(2, update, "orders", vpc("subnet-1")), configured(20, "CreateFunction20150331", "orders", vpc("subnet-9"))}, "", false},
		"it was taken out of one":             {[]localaws.TrailEvent{configured(2, update, "orders", vpc())}, "", false},
		"its key and its tracing are another": {[]localaws.TrailEvent{configured(2, update, "orders", map[string]any{"kMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1", "tracingConfig": map[string]any{"mode": "Active"}})}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnose(t, localaws.Options{Trail: c.trail}, in, denied("ec2:CreateNetworkInterface", "*", ""))
			if len(d.Denials) != 1 || d.Denials[0].Outcome != finding.Confirmed {
				t.Fatalf("%+v", d.Denials)
			}
			changes := d.Denials[0].Changes
			text, _ := json.Marshal(d)
			if strings.Contains(string(text)+render.Diagnosis(d), "canary") {
				t.Errorf("a value of the request is in the answer: %s", text)
			}
			if c.event == "" {
				if len(changes) > 0 {
					t.Errorf("%+v", changes)
				}
				return
			}
			if len(changes) != 1 || changes[0].Event != c.event || changes[0].Certain != c.certain || !strings.Contains(changes[0].Effect, "VPC") || changes[0].After != "subnet-1" {
				t.Errorf("%+v", changes)
			}
		})
	}
}

func TestARoleIsLookedUpOnceForWhatWasGrantedAndForWhatWasTaken(t *testing.T) {
	o := localaws.Options{
		Logs: []localaws.LogLine{
			{Group: "/aws/lambda/orders", Time: time.Now().Add(-2 * time.Hour), Message: denied("dynamodb:PutItem", table, "")},
			{Group: "/aws/lambda/orders", Time: time.Now().Add(-2 * time.Hour), Message: denied("dynamodb:GetItem", table, "")},
		},
		Trail: []localaws.TrailEvent{
			did(1, "iam", "PutRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "table", "policyDocument": statementOf("Allow", "dynamodb:GetItem", table)}, nil),
			did(3, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "write"}, nil),
		},
	}
	w := scantest.New(t, o, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: 6 * time.Hour}})
	text := render.Diagnosis(d)
	if !strings.Contains(text, "It was granted 1 hour ago by arn:aws:iam::123456789012:user/ann") || !strings.Contains(text, "DeleteRolePolicy write") {
		t.Errorf("%s", text)
	}
	looks := 0
	for _, call := range w.AWS.Calls() {
		if call.Operation == "LookupEvents" {
			looks++
		}
	}
	if looks != 3 { // the session of the function's code, the role, the function's name
		t.Errorf("%d looks at CloudTrail", looks)
	}
}

func statementOf(effect, action, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"}]}`
}

const shop = "arn:aws:iam::123456789012:policy/shop"

func TestWhatTookAPermissionAwayIsNamedWithWhoWhenAndWhere(t *testing.T) {
	put := func(hours int, name, doc string) localaws.TrailEvent {
		return did(hours, "iam", "PutRolePolicy", map[string]any{"roleName": "orders-role", "policyName": name, "policyDocument": doc}, nil)
	}
	allows, allowsEncoded := statementOf("Allow", "dynamodb:*", table), url.QueryEscape(statementOf("Allow", "dynamodb:*", table))
	narrow := statementOf("Allow", "dynamodb:GetItem", table)
	version := func(hours int, id, doc string, isDefault bool) localaws.TrailEvent {
		return did(hours, "iam", "CreatePolicyVersion", map[string]any{"policyArn": shop, "policyDocument": doc, "setAsDefault": isDefault},
			map[string]any{"policyVersion": map[string]any{"versionId": id, "isDefaultVersion": isDefault}})
	}
	attached := strings.Replace(diagnosedTemplate, `ManagedPolicyArns: [`, `ManagedPolicyArns: [!Ref Shop, `, 1) + `
  Shop: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: shop, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "dynamodb:GetItem", Resource: "*"}]}}}
`
	for name, c := range map[string]struct {
		template string
		trail    []localaws.TrailEvent
		event    string // of the first change; empty for none
		certain  bool
		says     string
	}{
		"an inline policy was deleted": {diagnosedTemplate, []localaws.TrailEvent{
			did(2, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "write"}, nil), put(50, "write", allows)},
			"DeleteRolePolicy", true, "took away what allowed the call"},
		"an inline policy was deleted that never allowed it": {diagnosedTemplate, []localaws.TrailEvent{
			did(2, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "write"}, nil), put(50, "write", narrow)}, "", false, ""},
		"an inline policy was deleted whose text is not known": {diagnosedTemplate, []localaws.TrailEvent{
			did(2, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "write"}, nil)}, "DeleteRolePolicy", false, "not in the history"},
		"an inline policy was narrowed": {diagnosedTemplate, []localaws.TrailEvent{put(2, "table", narrow), put(50, "table", allowsEncoded)},
			"PutRolePolicy", true, "allowed the call before does not since"},
		"an inline policy was widened": {diagnosedTemplate, []localaws.TrailEvent{put(2, "table", allows), put(50, "table", narrow)}, "", false, ""},
		"a managed policy was detached": {diagnosedTemplate, []localaws.TrailEvent{
			did(2, "iam", "DetachRolePolicy", map[string]any{"roleName": "orders-role", "policyArn": shop}, nil), version(70, "v2", allows, true)},
			"DetachRolePolicy", true, "took away what allowed the call"},
		"a managed policy of AWS was detached": {diagnosedTemplate, []localaws.TrailEvent{
			did(2, "iam", "DetachRolePolicy", map[string]any{"roleName": "orders-role", "policyArn": "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"}, nil)},
			"DetachRolePolicy", false, "AmazonDynamoDBFullAccess"},
		"a new version of a managed policy": {attached, []localaws.TrailEvent{version(2, "v3", narrow, true), version(70, "v2", allows, true)}, "CreatePolicyVersion", true, "does not since"},
		"a version that is not the default": {attached, []localaws.TrailEvent{version(2, "v3", narrow, false), version(70, "v2", allows, true)}, "", false, ""},
		"an older version made the default": {attached, []localaws.TrailEvent{
			did(2, "iam", "SetDefaultPolicyVersion", map[string]any{"policyArn": shop, "versionId": "v1"}, nil), version(60, "v2", allows, true), version(70, "v1", narrow, true)},
			"SetDefaultPolicyVersion", true, "does not since"},
		"an older version made the default whose text is not in the history": {attached, []localaws.TrailEvent{
			did(2, "iam", "SetDefaultPolicyVersion", map[string]any{"policyArn": shop, "versionId": "v1"}, nil), version(60, "v2", allows, true)},
			"SetDefaultPolicyVersion", true, "does not since"},
		"the function was given another role": {diagnosedTemplate, []localaws.TrailEvent{
			did(2, "lambda", "UpdateFunctionConfiguration20150331v2", map[string]any{"functionName": "orders", "role": "arn:aws:iam::123456789012:role/orders-role", "environment": map[string]any{"variables": map[string]any{"TOKEN": "canary-variable"}}}, nil)},
			"UpdateFunctionConfiguration", false, "had before is not in the history"},
		"the function was given another role than it had": {diagnosedTemplate, []localaws.TrailEvent{
			configured(2, "UpdateFunctionConfiguration20150331v2", "orders", map[string]any{"role": ordersRole}), configured(20, "CreateFunction20150331", "orders", map[string]any{"role": "arn:aws:iam::123456789012:role/old"})},
			"UpdateFunctionConfiguration", false, "gave the function the role"},
		"the role was sent again": {diagnosedTemplate, []localaws.TrailEvent{
			configured(2, "UpdateFunctionConfiguration20150331v2", "arn:aws:lambda:us-east-1:123456789012:function:orders", map[string]any{"role": ordersRole, "timeout": 9}), configured(20, "CreateFunction20150331", "orders", map[string]any{"role": ordersRole})},
			"", false, ""},
		"another function's role": {diagnosedTemplate, []localaws.TrailEvent{configured(2, "UpdateFunctionConfiguration20150331v2", "orders-v2", map[string]any{"role": ordersRole})}, "", false, ""},
		"a change of the memory":  {diagnosedTemplate, []localaws.TrailEvent{configured(2, "UpdateFunctionConfiguration20150331v2", "orders", map[string]any{"memorySize": 512})}, "", false, ""},
		"a call that failed": {diagnosedTemplate, []localaws.TrailEvent{func() localaws.TrailEvent {
			e := did(2, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "write"}, nil)
			e.Record["errorCode"] = "AccessDenied"
			return e
		}()}, "", false, ""},
		"something else changed": {diagnosedTemplate, []localaws.TrailEvent{did(2, "iam", "TagRole", map[string]any{"roleName": "orders-role"}, nil)}, "", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := diagnose(t, localaws.Options{Trail: c.trail}, c.template, denied("dynamodb:PutItem", table, ""))
			changes := d.Denials[0].Changes
			text, _ := json.Marshal(d)
			if strings.Contains(string(text)+render.Diagnosis(d), "canary") {
				t.Errorf("free text of an event is in the answer: %s", text)
			}
			if c.event == "" {
				if len(changes) > 0 {
					t.Errorf("%+v", changes)
				}
				return
			}
			if len(changes) == 0 || changes[0].Event != c.event || changes[0].Certain != c.certain || !strings.Contains(changes[0].Effect+changes[0].Policy, c.says) {
				t.Fatalf("%+v", changes)
			}
			one := changes[0]
			if one.By != "arn:aws:iam::123456789012:user/ann" || one.From != "192.0.2.7" || one.With != "the AWS CLI" || one.EventID == "" {
				t.Errorf("by %s from %s with %s", one.By, one.From, one.With)
			}
			if c.certain && one.Before == "" {
				t.Errorf("what was before is known: %+v", one)
			}
			if said := render.Diagnosis(d); !strings.Contains(said, one.Event) || !strings.Contains(said, "by arn:aws:iam::123456789012:user/ann from 192.0.2.7 with the AWS CLI") {
				t.Errorf("the text does not say it:\n%s", said)
			}
		})
	}
}

func TestADenyThatWasAddedIsWhatChanged(t *testing.T) {
	trail := []localaws.TrailEvent{did(3, "iam", "PutRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "table", "policyDocument": statementOf("Deny", "dynamodb:DeleteTable", "*")}, nil)}
	d := diagnose(t, localaws.Options{Trail: trail}, diagnosedTemplate, denied("dynamodb:DeleteTable", table, ""))
	if changes := d.Denials[0].Changes; len(changes) != 1 || !changes[0].Certain || changes[0].Effect != "It denies the call since." {
		t.Errorf("%+v", changes)
	}
}

func TestWhatTookTheTrustAwayIsNamed(t *testing.T) {
	trust := func(hours int, service string) localaws.TrailEvent {
		return did(hours, "iam", "UpdateAssumeRolePolicy", map[string]any{"roleName": "orders-role", "policyDocument": `{"Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}]}`}, nil)
	}
	template := strings.Replace(diagnosedTemplate, "lambda.amazonaws.com", "edgelambda.amazonaws.com", 1)
	d := diagnose(t, localaws.Options{Trail: []localaws.TrailEvent{trust(1, "edgelambda.amazonaws.com"), trust(40, "lambda.amazonaws.com")}}, template, "The role defined for the function cannot be assumed by Lambda.")
	if changes := d.Denials[0].Changes; len(changes) != 1 || !changes[0].Certain || changes[0].Event != "UpdateAssumeRolePolicy" {
		t.Errorf("%+v", changes)
	}
}

func TestWhatTookThePermissionToInvokeAwayIsNamedForTheAPIToo(t *testing.T) {
	statement := `{"Sid":"api","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:us-east-1:123456789012:function:notes","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:123456789012:Api/*"}}}`
	trail := []localaws.TrailEvent{
		did(1, "lambda", "RemovePermission20150331v2", map[string]any{"functionName": "notes", "statementId": "api"}, nil),
		did(40, "lambda", "AddPermission20150331v2", map[string]any{"functionName": "arn:aws:lambda:us-east-1:123456789012:function:notes", "statementId": "api"}, map[string]any{"statement": statement}),
	}
	s := symptom(t, localaws.Options{Trail: trail}, httpNotes("", ""), config.Symptom{Route: "GET /notes/1", Status: 500})
	if len(s.Causes) == 0 || len(s.Causes[0].Changes) != 1 {
		t.Fatalf("%+v", s.Causes)
	}
	if c := s.Causes[0].Changes[0]; c.Event != "RemovePermission" || !c.Certain || !strings.Contains(c.Before, `"Sid":"api"`) || !strings.Contains(render.Symptom(s), "RemovePermission api by arn:aws:iam::123456789012:user/ann") {
		t.Errorf("%+v\n%s", c, render.Symptom(s))
	}
}

func TestAnAliasThatWasSwitchedTakesNoPermissionToInvokeAway(t *testing.T) {
	template := strings.Replace(httpNotes("", ""), "IntegrationUri: !GetAtt notes.Arn", "IntegrationUri: !Ref Alias", 1) + `
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref notes}}
  Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref notes, FunctionVersion: !GetAtt Version.Version, Name: live}}
`
	trail := []localaws.TrailEvent{did(1, "lambda", "UpdateAlias20150331", map[string]any{"functionName": "notes", "name": "live", "functionVersion": "2"}, nil)}
	s := symptom(t, localaws.Options{Trail: trail}, template, config.Symptom{Route: "GET /notes/1", Status: 500})
	if c := s.Causes[0]; c.ID != "invoke-permission" || len(c.Changes) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestAChangeAfterTheLastRefusalDidNotCauseIt(t *testing.T) {
	o := localaws.Options{
		Logs: []localaws.LogLine{{Group: "/aws/lambda/orders", Time: time.Now().Add(-5 * time.Hour), Message: denied("dynamodb:PutItem", table, "")}},
		Trail: []localaws.TrailEvent{
			did(1, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "late"}, nil),
			did(9, "iam", "DeleteRolePolicy", map[string]any{"roleName": "orders-role", "policyName": "early"}, nil),
		},
	}
	w := scantest.New(t, o, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	d := w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Since: 12 * time.Hour}})
	if len(d.Denials) != 1 || len(d.Denials[0].Changes) != 1 || d.Denials[0].Changes[0].Policy != "early" {
		t.Errorf("%+v", d.Denials)
	}
}

func TestAHistoryThatCannotBeReadIsAGapAndIsNotAskedWhereItIsOff(t *testing.T) {
	fault := localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Code: "AccessDeniedException"}
	d := diagnose(t, localaws.Options{Faults: []localaws.Fault{fault}}, diagnosedTemplate, denied("dynamodb:PutItem", table, ""))
	told := false
	for _, gap := range d.Gaps {
		told = told || gap.Permission == "cloudtrail:LookupEvents"
	}
	if !told || d.Denials[0].Outcome != finding.Confirmed {
		t.Errorf("%+v", d.Gaps)
	}
	w := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "diagnosed.yaml", []byte(diagnosedTemplate), nil))
	w.Scanner.Collector.On = permission.Switches{}
	w.Scanner.Diagnose(context.Background(), config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: "orders", Message: denied("dynamodb:PutItem", table, "")}})
	for _, call := range w.AWS.Calls() {
		if call.Operation == "LookupEvents" {
			t.Error("CloudTrail was asked although it is off")
		}
	}
}

func TestTheKeyThatTheEnvironmentWasGivenIsWhatChanged(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:123456789012:key/Key"
	template := strings.Replace(diagnosedTemplate, "Role: !GetAtt Role.Arn", "Role: !GetAtt Role.Arn, KmsKeyArn: !GetAtt Key.Arn, Environment: {Variables: {A: b}}", 1) + `
  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Statement: [{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "kms:*", Resource: "*"}]}}}
`
	update := func(hours int, arn string) localaws.TrailEvent {
		return configured(hours, "UpdateFunctionConfiguration20150331v2", "orders", map[string]any{"kMSKeyArn": arn})
	}
	made := configured(90, "CreateFunction20150331", "orders", map[string]any{"role": ordersRole})
	of := func(trail ...localaws.TrailEvent) []finding.Change {
		d := diagnose(t, localaws.Options{Trail: append(trail, made)}, template, denied("kms:Decrypt", key, ""))
		if len(d.Denials) != 1 {
			t.Fatalf("%+v", d.Denials)
		}
		if d.Denials[0].Outcome != finding.Confirmed {
			t.Fatalf("%+v", d.Denials[0])
		}
		return d.Denials[0].Changes
	}
	if changes := of(update(2, key)); len(changes) != 1 || !changes[0].Certain || changes[0].After != key || !strings.Contains(changes[0].Effect, "key of the environment") {
		t.Errorf("%+v", changes)
	}
	if changes := of(update(1, key), update(2, key), update(3, "")); len(changes) != 1 || changes[0].Before != "" || changes[0].Time > time.Now().Add(-90*time.Minute).UTC().Format(time.RFC3339) {
		t.Errorf("the first of the two set it: %+v", changes)
	}
	if changes := of(update(2, key[:len(key)-1]+"f")); len(changes) != 0 {
		t.Errorf("another key: %+v", changes)
	}
}
