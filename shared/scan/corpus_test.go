package scan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"
)

// template is a processed CloudFormation template of somebody else's application.
type template struct {
	name   string
	doc    map[string]any
	params map[string]string
}

// ordinaryTemplates reads a folder of templates that work, NAME.json with the parameters in
// NAME.params.json. The folder is not part of the project: PERMPROBE_TEMPLATES names one.
func ordinaryTemplates(t *testing.T) []template {
	t.Helper()
	dir := os.Getenv("PERMPROBE_TEMPLATES")
	if dir == "" {
		t.Skip("PERMPROBE_TEMPLATES names no folder of templates")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out []template
	for _, file := range files {
		if strings.HasSuffix(file, ".params.json") {
			continue
		}
		one := template{name: filepath.Base(file), params: map[string]string{}}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &one.doc); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".params.json"); err == nil {
			var params map[string]any
			if err := json.Unmarshal(data, &params); err != nil {
				t.Fatal(err)
			}
			for name, value := range params {
				one.params[name] = fmt.Sprint(value)
			}
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		t.Fatalf("%s holds no templates", dir)
	}
	return out
}

// load reads the template; change edits a copy of it first.
func (one template) load(t *testing.T, change func(resources map[string]any)) *stack.Stack {
	t.Helper()
	text, err := json.Marshal(one.doc)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		change(doc["Resources"].(map[string]any))
		if text, err = json.Marshal(doc); err != nil {
			t.Fatal(err)
		}
	}
	return scantest.Parse(t, one.name, text, one.params)
}

// scan runs a scan of the template; change edits a copy of it first.
func (one template) scan(t *testing.T, change func(resources map[string]any)) *finding.Report {
	t.Helper()
	w := scantest.New(t, localaws.Options{}, nil, one.load(t, change))
	defer w.Close()
	return w.Scan(t)
}

// resourcesOf lists the logical ids of a type, sorted.
func (one template) resourcesOf(kind string) []string {
	var out []string
	resources, _ := one.doc["Resources"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		if resource, _ := resources[id].(map[string]any); resource["Type"] == kind {
			out = append(out, id)
		}
	}
	return out
}

func TestOrdinaryTemplatesRaiseNoFinding(t *testing.T) {
	templates := ordinaryTemplates(t)
	functions, gaps := 0, 0
	for _, one := range templates {
		t.Run(one.name, func(t *testing.T) {
			report := one.scan(t, nil)
			functions, gaps = functions+report.Summary.Functions, gaps+len(report.Gaps)
			for _, f := range report.Findings {
				t.Errorf("%s %s: %s %s", f.Severity, f.Check, f.Title, f.Cause)
			}
		})
	}
	t.Logf("%d templates with %d functions, %d gaps", len(templates), functions, gaps)
}

// changed counts what became of templates with one thing taken out.
type changed struct{ made, found, undecided, extra int }

func (c *changed) count(t *testing.T, what string, after *finding.Report, check string, functions []string) {
	t.Helper()
	new := map[string]int{}
	for _, f := range after.Findings {
		if f.Check == check {
			new[f.Function]++
		} else {
			c.extra++
			t.Errorf("%s: also %s %s", what, f.Check, f.Title)
		}
	}
	for _, function := range functions {
		c.made++
		switch {
		case new[function] == 1:
			c.found++
		case new[function] > 1:
			t.Errorf("%s: %d findings of %s for %s", what, new[function], check, function)
		case slices.ContainsFunc(after.Gaps, func(g finding.Gap) bool { return g.Check == check && (g.Function == function || g.Function == "") }):
			c.undecided++
		default:
			t.Errorf("%s: no %s for %s", what, check, function)
		}
		delete(new, function)
	}
	for function := range new {
		c.extra++
		t.Errorf("%s: %s also for %s", what, check, function)
	}
}

// judge reports the counts and fails where the changes were mostly not found: a gap and a permission that
// others cover are both quiet, so a check that finds nothing would otherwise pass.
func (c *changed) judge(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: %+v", what, *c)
	if c.found*2 < c.made {
		t.Errorf("%s: only %d of %d changes were found", what, c.found, c.made)
	}
}

// functionsOf are the ARNs, by logical id, of the functions that run as the role with the logical id.
func (one template) functionsOf(role string) map[string]string {
	out := map[string]string{}
	for _, id := range one.resourcesOf("AWS::Lambda::Function") {
		function := one.doc["Resources"].(map[string]any)[id].(map[string]any)
		properties, _ := function["Properties"].(map[string]any)
		text, _ := json.Marshal(properties["Role"])
		if string(text) == `{"Fn::GetAtt":["`+role+`","Arn"]}` && function["Condition"] == nil {
			name := id
			if given, ok := properties["FunctionName"].(string); ok {
				name = given
			} else if properties["FunctionName"] != nil {
				continue // a computed name
			}
			out[id] = "arn:aws:lambda:us-east-1:123456789012:function:" + name
		}
	}
	return out
}

func TestATrustPolicyTakenFromAnOrdinaryTemplateIsFoundForItsFunctions(t *testing.T) {
	var total changed
	for _, one := range ordinaryTemplates(t) {
		for _, role := range one.resourcesOf("AWS::IAM::Role") {
			functions := one.functionsOf(role)
			if len(functions) == 0 {
				continue
			}
			after := one.scan(t, func(resources map[string]any) {
				properties := resources[role].(map[string]any)["Properties"].(map[string]any)
				properties["AssumeRolePolicyDocument"] = map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
					"Effect": "Allow", "Principal": map[string]any{"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
				}}}
			})
			total.count(t, one.name+" "+role, after, "R1", slices.Sorted(maps.Values(functions)))
		}
	}
	total.judge(t, "trust statements changed")
}

// roleNeeds are the checks on what a role must be allowed, and which functions of a template they concern.
func (one template) roleNeeds(id string) []string {
	checks := []string{"R3"}
	resources := one.doc["Resources"].(map[string]any)
	properties, _ := resources[id].(map[string]any)["Properties"].(map[string]any)
	if tracing, _ := properties["TracingConfig"].(map[string]any); tracing["Mode"] == "Active" {
		checks = append(checks, "R9")
	}
	for _, mapping := range one.resourcesOf("AWS::Lambda::EventSourceMapping") {
		of, _ := resources[mapping].(map[string]any)["Properties"].(map[string]any)
		name, _ := json.Marshal(of["FunctionName"])
		calls := string(name) == `{"Ref":"`+id+`"}` || string(name) == `{"Fn::GetAtt":["`+id+`","Arn"]}`
		if calls && of["Enabled"] != false && !slices.Contains(checks, "R8") {
			checks = append(checks, "R8")
		}
	}
	if dead, _ := properties["DeadLetterConfig"].(map[string]any); dead["TargetArn"] != nil {
		checks = append(checks, "R10")
	}
	if vpc, _ := properties["VpcConfig"].(map[string]any); vpc["SubnetIds"] != nil {
		checks = append(checks, "R7")
	}
	if properties["FileSystemConfigs"] != nil {
		checks = append(checks, "R11")
	}
	if properties["DurableConfig"] != nil {
		checks = append(checks, "R20")
	}
	return checks
}

func TestPermissionsTakenFromAnOrdinaryTemplateAreFoundForItsFunctions(t *testing.T) {
	total := map[string]*changed{}
	for _, one := range ordinaryTemplates(t) {
		for _, role := range one.resourcesOf("AWS::IAM::Role") {
			functions := one.functionsOf(role)
			if len(functions) == 0 {
				continue
			}
			after := one.scan(t, func(resources map[string]any) { takePolicies(resources, role) })
			wanted := map[string][]string{}
			for id, arn := range functions {
				for _, check := range one.roleNeeds(id) {
					wanted[check] = append(wanted[check], arn)
				}
			}
			for _, check := range slices.Sorted(maps.Keys(wanted)) {
				if total[check] == nil {
					total[check] = &changed{}
				}
				of := *after
				of.Findings = slices.DeleteFunc(slices.Clone(after.Findings), func(f finding.Finding) bool {
					return f.Check != check && wanted[f.Check] != nil
				})
				total[check].count(t, one.name+" "+role, &of, check, wanted[check])
			}
		}
	}
	for _, check := range slices.Sorted(maps.Keys(total)) {
		total[check].judge(t, "permissions of "+check+" taken")
	}
}

// takePolicies leaves the role without any permission.
func takePolicies(resources map[string]any, role string) {
	properties := resources[role].(map[string]any)["Properties"].(map[string]any)
	delete(properties, "ManagedPolicyArns")
	delete(properties, "Policies")
	for id, resource := range resources {
		kind := resource.(map[string]any)["Type"]
		text, _ := json.Marshal(resource)
		if (kind == "AWS::IAM::Policy" || kind == "AWS::IAM::ManagedPolicy" || kind == "AWS::IAM::RolePolicy") && strings.Contains(string(text), `"`+role+`"`) {
			resources[id] = map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"}
		}
	}
}

// addFeatures puts the functions in a VPC, traces them, makes their executions durable, and gives them a file system, a
// queue, a Kafka cluster and a broker to read, and a dead-letter queue.
func addFeatures(resources map[string]any, functions map[string]string) {
	arn := func(id string) map[string]any { return map[string]any{"Fn::GetAtt": []any{id, "Arn"}} }
	resources["AddedQueue"] = map[string]any{"Type": "AWS::SQS::Queue", "Properties": map[string]any{"QueueName": "added"}}
	for id := range functions {
		properties := resources[id].(map[string]any)["Properties"].(map[string]any)
		properties["VpcConfig"] = map[string]any{"SubnetIds": []any{"subnet-1"}, "SecurityGroupIds": []any{"sg-1"}}
		properties["TracingConfig"] = map[string]any{"Mode": "Active"}
		properties["DeadLetterConfig"] = map[string]any{"TargetArn": arn("AddedQueue")}
		properties["FileSystemConfigs"] = []any{map[string]any{"LocalMountPath": "/mnt/added",
			"Arn": "arn:aws:s3files:us-east-1:123456789012:file-system/fs-added/access-point/fsap-added"}}
		properties["DurableConfig"] = map[string]any{"ExecutionTimeout": 60}
		properties["Layers"] = append(asList(properties["Layers"]), "arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:53")
		for name, source := range map[string]string{"Kafka": "kafka:us-east-1:123456789012:cluster/added/1", "Broker": "mq:us-east-1:123456789012:broker:added:b-1"} {
			kind := map[string]string{"Kafka": "SASL_SCRAM_512_AUTH", "Broker": "BASIC_AUTH"}[name]
			resources["Added"+name+id] = map[string]any{"Type": "AWS::Lambda::EventSourceMapping", "Properties": map[string]any{
				"FunctionName": map[string]any{"Ref": id}, "EventSourceArn": "arn:aws:" + source, "Topics": []any{"added"},
				"SourceAccessConfigurations": []any{map[string]any{"Type": kind, "URI": addedSecret}},
			}}
		}
		resources["Added"+id] = map[string]any{"Type": "AWS::Lambda::EventSourceMapping", "Properties": map[string]any{
			"FunctionName": map[string]any{"Ref": id}, "EventSourceArn": arn("AddedQueue"),
		}}
	}
}

func TestFeaturesAddedToAnOrdinaryTemplateAreFoundWithoutTheirPermissionsAndQuietWithThem(t *testing.T) {
	total := map[string]*changed{"R3": {}, "R7": {}, "R8": {}, "R9": {}, "R10": {}, "R11": {}, "R20": {}}
	granted := 0
	for _, one := range ordinaryTemplates(t) {
		for _, role := range one.resourcesOf("AWS::IAM::Role") {
			functions := one.functionsOf(role)
			if len(functions) == 0 {
				continue
			}
			after := one.scan(t, func(resources map[string]any) {
				addFeatures(resources, functions)
				takePolicies(resources, role)
			})
			for check, counted := range total {
				of := *after
				of.Findings = slices.DeleteFunc(slices.Clone(after.Findings), func(f finding.Finding) bool {
					return f.Check != check && total[f.Check] != nil
				})
				concerned := maps.Clone(functions)
				maps.DeleteFunc(concerned, func(id, _ string) bool { return check == "R7" && one.onCapacityProvider(id) })
				counted.count(t, one.name+" "+role, &of, check, slices.Sorted(maps.Values(concerned)))
			}
			whole := one.scan(t, func(resources map[string]any) {
				addFeatures(resources, functions)
				grantFeatures(resources[role].(map[string]any)["Properties"].(map[string]any))
			})
			granted += len(functions)
			for _, f := range whole.Findings {
				t.Errorf("%s %s with its permissions: %s %s", one.name, role, f.Check, f.Title)
			}
		}
	}
	for _, check := range slices.Sorted(maps.Keys(total)) {
		total[check].judge(t, "features without the permissions of "+check)
	}
	t.Logf("%d functions with their permissions", granted)
}

// onCapacityProvider tells whether the function has its network from elsewhere.
func (one template) onCapacityProvider(id string) bool {
	properties, _ := one.doc["Resources"].(map[string]any)[id].(map[string]any)["Properties"].(map[string]any)
	return properties["CapacityProviderConfig"] != nil
}

const addedSecret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:added-AbCdEf"

// grantFeatures gives a role what the added features need, and what it had.
func grantFeatures(properties map[string]any) {
	properties["ManagedPolicyArns"] = []any{
		"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole", "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
		"arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole",
		"arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole", "arn:aws:iam::aws:policy/service-role/AWSLambdaMSKExecutionRole",
		"arn:aws:iam::aws:policy/AmazonS3FilesClientReadWriteAccess", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy",
		"arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy",
	}
	properties["Policies"] = append(asList(properties["Policies"]), map[string]any{"PolicyName": "added", "PolicyDocument": map[string]any{
		"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": "sqs:SendMessage",
			"Resource": map[string]any{"Fn::GetAtt": []any{"AddedQueue", "Arn"}}}, map[string]any{"Effect": "Allow",
			"Action": []any{"secretsmanager:GetSecretValue", "kafka:ListScramSecrets", "mq:DescribeBroker"}, "Resource": "*"}},
	}})
}

func asList(v any) []any {
	if all, ok := v.([]any); ok {
		return slices.Clone(all)
	}
	return nil
}
