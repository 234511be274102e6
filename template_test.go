package permprobe_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/authref"
	"permprobe/shared/permission"
)

func TestTheStackHoldsOneFunctionSoThatRemoteInvokeNeedsNoName(t *testing.T) {
	var functions []string
	for id, resource := range section(t, loadTemplate(t)["Resources"], "Resources") {
		switch dig(t, resource, "Type") {
		case "AWS::Serverless::Function", "AWS::Lambda::Function", "AWS::Serverless::Application", "AWS::CloudFormation::Stack":
			functions = append(functions, id)
		}
	}
	if diff := cmp.Diff([]string{"ProbeFunction"}, functions); diff != "" {
		t.Errorf("functions and nested stacks (-want +have):\n%s", diff)
	}
}

func TestTheFunctionIsBuiltAndRunAsDocumented(t *testing.T) {
	function := dig(t, loadTemplate(t), "Resources", "ProbeFunction")
	want := map[string]any{
		"Metadata":                                object{"BuildMethod": "makefile"},
		"Properties.Runtime":                      "provided.al2023",
		"Properties.Handler":                      "bootstrap",
		"Properties.Architectures":                []any{"arm64"},
		"Properties.CodeUri":                      ".",
		"Properties.MemorySize":                   512,
		"Properties.Timeout":                      900,
		"Properties.Tracing":                      "Active",
		"Properties.LoggingConfig.LogFormat":      "JSON",
		"Properties.LoggingConfig.LogGroup":       object{"Ref": "ProbeLogGroup"},
		"Properties.LoggingConfig.SystemLogLevel": "INFO",
		// Lambda's own filter has to let through what the function writes.
		"Properties.LoggingConfig.ApplicationLogLevel": object{"Ref": "LogLevel"},
		"Properties.Environment.Variables": object{
			"PERMPROBE_TOPIC_ARN": object{"Ref": "FindingsTopic"},
			"PERMPROBE_EVENT_BUS": object{"Ref": "EventBusName"}, "PERMPROBE_STATE_BUCKET": object{"Ref": "StateBucket"},
			"GOMEMLIMIT": "435MiB", "GOGC": "off",
		},
	}
	variables := want["Properties.Environment.Variables"].(object)
	for _, one := range permission.AllSwitches() {
		variables[one.Variable()] = object{"Ref": one.Parameter()}
	}
	variables["PERMPROBE_FUNCTIONS"] = object{"Ref": "FunctionArns"}
	variables["PERMPROBE_SEEN_DENIALS"] = object{"Ref": "SeenDenials"}
	variables["PERMPROBE_LANGUAGE"] = object{"Ref": "Language"}
	have := map[string]any{}
	for path := range want {
		have[path] = dig(t, function, strings.Split(path, ".")...)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("ProbeFunction (-want +have):\n%s", diff)
	}
	if _, ok := section(t, dig(t, function, "Properties"), "Properties")["ReservedConcurrentExecutions"]; ok {
		t.Error("reserved concurrency cannot be had in a new account, whose limit is 10")
	}
}

func TestTheMemoryLimitOfGoIsAbout85PercentOfTheFunctions(t *testing.T) {
	properties := dig(t, loadTemplate(t), "Resources", "ProbeFunction", "Properties")
	var limit int
	if _, err := fmt.Sscanf(text(t, dig(t, properties, "Environment", "Variables", "GOMEMLIMIT")), "%dMiB", &limit); err != nil {
		t.Fatal(err)
	}
	memory := dig(t, properties, "MemorySize").(int)
	if share := 100 * limit / memory; share < 83 || share > 87 {
		t.Errorf("GOMEMLIMIT %d MiB is %d %% of %d MiB", limit, share, memory)
	}
}

func TestTheLogGroupKeepsLinesForTheTimeThatIsAskedFor(t *testing.T) {
	have := dig(t, loadTemplate(t), "Resources", "ProbeLogGroup", "Properties")
	if diff := cmp.Diff(any(object{"RetentionInDays": object{"Ref": "LogRetentionDays"}}), have); diff != "" {
		t.Errorf("ProbeLogGroup (-want +have):\n%s", diff)
	}
}

func TestTheRolesAreWrittenOutAndCarryNoPolicyOfAnotherOwner(t *testing.T) {
	doc := loadTemplate(t)
	function := section(t, dig(t, doc, "Resources", "ProbeFunction", "Properties"), "ProbeFunction")
	if got := text(t, function["Role"]); got != "${ProbeRole.Arn}" {
		t.Errorf("Role is %q: SAM would generate a role with managed policies", got)
	}
	for _, property := range []string{"Policies", "ManagedPolicyArns"} {
		if _, ok := function[property]; ok {
			t.Errorf("ProbeFunction has %s, the role is to be read in one place", property)
		}
	}
	for id, resource := range section(t, doc["Resources"], "Resources") {
		kind := dig(t, resource, "Type").(string)
		if kind == "AWS::IAM::ManagedPolicy" {
			policy := section(t, dig(t, resource, "Properties"), id)
			if len(policy) != 2 || policy["Description"] == nil {
				t.Errorf("%s has other properties than a description and a document: what carries it stands in ProbeRole", id)
			}
			isThis := func(one any) bool { return cmp.Equal(one, any(object{"Ref": id})) }
			if !slices.ContainsFunc(attachedPolicies(t, doc), isThis) {
				t.Errorf("ProbeRole does not carry %s", id)
			}
			continue
		}
		if strings.HasPrefix(kind, "AWS::IAM::") && kind != "AWS::IAM::Role" {
			t.Errorf("%s is a %s: permissions stand in the roles and the policies that ProbeRole carries", id, kind)
		}
		if kind != "AWS::IAM::Role" {
			continue
		}
		role := section(t, dig(t, resource, "Properties"), id)
		if _, ok := role["ManagedPolicyArns"]; ok && id != "ProbeRole" {
			t.Errorf("%s carries managed policies", id)
		}
		boundary := any(object{"Fn::If": []any{"HasPermissionsBoundary", object{"Ref": "PermissionsBoundaryArn"}, object{"Ref": "AWS::NoValue"}}})
		if diff := cmp.Diff(boundary, role["PermissionsBoundary"]); diff != "" {
			t.Errorf("%s: permissions boundary (-want +have):\n%s", id, diff)
		}
	}
	if _, ok := section(t, dig(t, doc, "Resources", "SlackRole", "Properties"), "SlackRole")["Policies"]; ok {
		t.Error("the role of the Slack channel grants something")
	}
}

// attachedPolicies are what ProbeRole carries where everything optional is on.
func attachedPolicies(t *testing.T, doc object) []any {
	t.Helper()
	var out []any
	for _, one := range dig(t, doc, "Resources", "ProbeRole", "Properties", "ManagedPolicyArns").([]any) {
		if form, ok := one.(object); ok && form["Fn::If"] != nil {
			one = form["Fn::If"].([]any)[1]
		}
		out = append(out, one)
	}
	return out
}

func TestOnlyLambdaForThisAccountAssumesTheRole(t *testing.T) {
	have := dig(t, loadTemplate(t), "Resources", "ProbeRole", "Properties", "AssumeRolePolicyDocument", "Statement")
	want := any([]any{object{
		"Effect": "Allow", "Principal": object{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
		"Condition": object{"StringEquals": object{"aws:SourceAccount": object{"Ref": "AWS::AccountId"}}},
	}})
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("trust policy (-want +have):\n%s", diff)
	}
}

func TestEveryStatementOfTheRoleSaysInACommentWhatItIsFor(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range roleStatements(t) {
		if len(s.comment) < len("# What it is for.") {
			t.Errorf("template.yaml:%d: statement %q has no comment above it", s.line, s.sid)
		}
		if s.sid == "" || seen[s.sid] {
			t.Errorf("template.yaml:%d: Sid %q is empty or stands twice", s.line, s.sid)
		}
		seen[s.sid] = true
		if s.effect != "Allow" {
			t.Errorf("template.yaml:%d: statement %q has the effect %s", s.line, s.sid, s.effect)
		}
	}
}

func TestTheRoleNamesWholeActionsThatExistAndNoneThatGivesAwayCodeOrInvokes(t *testing.T) {
	for action := range templateStatements(t) {
		if _, ok := authref.Lookup(action); !ok {
			t.Errorf("%s is no action of the Service Authorization Reference", action)
		}
		if strings.ContainsAny(action, "*?") {
			t.Errorf("%s is a pattern", action)
		}
	}
	for _, never := range []string{"lambda:GetFunction", "lambda:InvokeFunction", "secretsmanager:GetSecretValue", "ssm:GetParameter", "iam:PassRole"} {
		if resources, ok := templateStatements(t)[never]; ok {
			t.Errorf("%s is granted on %v", never, resources)
		}
	}
	// The content of objects: our own alone.
	for _, own := range []string{"s3:GetObject", "s3:PutObject"} {
		if resources := templateStatements(t)[own]; !slices.Equal(resources, []string{"${StateBucket.Arn}/state/*"}) {
			t.Errorf("%s is granted on %v", own, resources)
		}
	}
}

func TestAResourceIsAStarExactlyWhereAWSKnowsNoResourceTypeForTheAction(t *testing.T) {
	for action, resources := range templateStatements(t) {
		known, _ := authref.Lookup(action)
		// Composite alarms are listed only to those who may describe all:
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html.
		// The type of GetMetricData is optional and for datasets: metrics of services are read with * alone.
		if known.WildcardOnly() || action == "cloudwatch:DescribeAlarms" || action == "cloudwatch:GetMetricData" {
			if !slices.Equal(resources, []string{"*"}) {
				t.Errorf("%s works with the resource * only, the template names %v", action, resources)
			}
			continue
		}
		service, _ := authref.Service(known.Service)
		for _, resource := range resources {
			arn := concrete(resource)
			// The types of the whole service, not of the action: for apigateway:GET the reference has two lists.
			fits := func(kind authref.ResourceType) bool { return kind.Overlaps(arn) }
			if resource == "*" || !slices.ContainsFunc(service.ResourceTypes(), fits) {
				t.Errorf("%s: %q is no ARN of a resource of %s", action, resource, known.Service)
			}
		}
	}
}

func TestEventsArePutUnderOurOwnNameOnly(t *testing.T) {
	for _, s := range roleStatements(t) {
		want := any(nil)
		if slices.Contains(s.actions, "events:PutEvents") {
			want = object{"StringEquals": object{"events:source": "permprobe"}}
		}
		if diff := cmp.Diff(want, s.condition); diff != "" {
			t.Errorf("condition of %s (-want +have):\n%s", s.sid, diff)
		}
	}
}

func TestTheScheduleIsARuleOnTheDefaultBusAndCanBeOff(t *testing.T) {
	doc := loadTemplate(t)
	events := section(t, dig(t, doc, "Resources", "ProbeFunction", "Properties", "Events"), "Events")
	if len(events) != 1 {
		t.Fatalf("the function has %d triggers", len(events))
	}
	schedule := dig(t, events, "Schedule")
	// Type Schedule, not ScheduleV2, gives {"source":"aws.events","detail-type":"Scheduled Event"}; an Input would replace it.
	if kind := dig(t, schedule, "Type"); kind != "Schedule" {
		t.Errorf("the trigger is a %v", kind)
	}
	properties := section(t, dig(t, schedule, "Properties"), "Schedule")
	for property, parameter := range map[string]string{"Schedule": "ScheduleExpression", "State": "ScheduleState"} {
		if diff := cmp.Diff(any(object{"Ref": parameter}), properties[property]); diff != "" {
			t.Errorf("%s (-want +have):\n%s", property, diff)
		}
	}
	for _, property := range []string{"Input", "Name", "Enabled"} {
		if _, ok := properties[property]; ok {
			t.Errorf("the schedule sets %s", property)
		}
	}
	state := section(t, dig(t, doc, "Parameters", "ScheduleState"), "ScheduleState")
	if diff := cmp.Diff([]any{"ENABLED", "DISABLED"}, state["AllowedValues"]); diff != "" {
		t.Errorf("states (-want +have):\n%s", diff)
	}
	if got := dig(t, doc, "Parameters", "ScheduleExpression", "Default"); got != "rate(1 hour)" {
		t.Errorf("default schedule %v", got)
	}
}

func TestAScanThatFailsForGoodIsKept(t *testing.T) {
	doc := loadTemplate(t)
	config := dig(t, doc, "Resources", "ProbeFunction", "Properties", "EventInvokeConfig")
	if diff := cmp.Diff(any(object{"Type": "SQS", "Destination": object{"Fn::GetAtt": "FailureQueue.Arn"}}),
		dig(t, config, "DestinationConfig", "OnFailure")); diff != "" {
		t.Errorf("on-failure destination (-want +have):\n%s", diff)
	}
	if retries := dig(t, config, "MaximumRetryAttempts").(int); retries < 0 || retries > 2 {
		t.Errorf("MaximumRetryAttempts %d, Lambda takes 0 to 2", retries)
	}
	queue := dig(t, doc, "Resources", "FailureQueue", "Properties")
	if diff := cmp.Diff(any(object{"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": true}), queue); diff != "" {
		t.Errorf("FailureQueue (-want +have):\n%s", diff)
	}
}

func TestOptionalPartsExistOnlyWhenTheirParametersAskForThem(t *testing.T) {
	always := []string{
		"FailureQueue", "FailureQueuePolicy", "FindingsTopic", "FindingsTopicPolicy", "ProbeFunction", "ProbeLogGroup",
		"ProbeRole", "ReadRolesPolicy", "ReadTargetsPolicy", "ReadTriggersPolicy", "ScanAbandonedAlarm", "ScanFailedAlarm", "StateBucket", "StateBucketPolicy", "UndeliveredAlarm",
		"UndeliveredFilter",
	}
	for _, c := range []struct {
		name       string
		parameters map[string]string
		more       []string
	}{
		{"by default", nil, []string{"ScanMissedAlarm"}},
		{"the schedule is off", map[string]string{"ScheduleState": "DISABLED"}, nil},
		{"an e-mail address", map[string]string{"NotificationEmail": "a@example.com"}, []string{"FindingsEmail", "ScanMissedAlarm"}},
		{"a workspace without a channel", map[string]string{"SlackWorkspaceId": "T0123ABCD"}, []string{"ScanMissedAlarm"}},
		{"a channel without a workspace", map[string]string{"SlackChannelId": "C0123ABCD"}, []string{"ScanMissedAlarm"}},
		{"both Slack parameters", map[string]string{"SlackWorkspaceId": "T0123ABCD", "SlackChannelId": "C0123ABCD"},
			[]string{"ScanMissedAlarm", "SlackChannel", "SlackRole"}},
		{"the rarer triggers are read", map[string]string{"ReadOtherTriggers": "on"}, []string{"ReadOtherTriggersPolicy", "ScanMissedAlarm"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := slices.Sorted(slices.Values(append(slices.Clone(always), c.more...)))
			if diff := cmp.Diff(want, created(t, c.parameters)); diff != "" {
				t.Errorf("resources (-want +have):\n%s", diff)
			}
		})
	}
}

func TestOneParameterWithoutTheOtherIsRefused(t *testing.T) {
	rules := section(t, loadTemplate(t)["Rules"], "Rules")
	refused := func(parameters map[string]string) bool {
		parameters = withDefaults(t, parameters)
		for name, rule := range rules {
			if !holds(t, dig(t, rule, "RuleCondition"), parameters) {
				continue
			}
			for _, assertion := range dig(t, rule, "Assertions").([]any) {
				if !holds(t, dig(t, assertion, "Assert"), parameters) {
					if text(t, dig(t, assertion, "AssertDescription")) == "" {
						t.Errorf("%s refuses without a word", name)
					}
					return true
				}
			}
		}
		return false
	}
	for _, c := range []struct {
		workspace, channel string
		want               bool
	}{{"", "", false}, {"T1", "C1", false}, {"T1", "", true}, {"", "C1", true}} {
		if got := refused(map[string]string{"SlackWorkspaceId": c.workspace, "SlackChannelId": c.channel}); got != c.want {
			t.Errorf("workspace %q, channel %q: refused is %v", c.workspace, c.channel, got)
		}
		functions, roles := strings.Repeat("arn:aws:lambda:us-east-1:123456789012:function:f", len(c.workspace)/2), strings.Repeat("arn:aws:iam::123456789012:role/r", len(c.channel)/2)
		if got := refused(map[string]string{"FunctionArns": functions, "RoleArns": roles}); got != c.want {
			t.Errorf("functions %q, roles %q: refused is %v", functions, roles, got)
		}
	}
}

func TestNobodyCommandsAWSFromTheSlackChannel(t *testing.T) {
	channel := dig(t, loadTemplate(t), "Resources", "SlackChannel", "Properties")
	if diff := cmp.Diff([]string{"arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll"}, texts(t, dig(t, channel, "GuardrailPolicies"))); diff != "" {
		t.Errorf("guardrails (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"${FindingsTopic}"}, texts(t, dig(t, channel, "SnsTopicArns"))); diff != "" {
		t.Errorf("topics (-want +have):\n%s", diff)
	}
}

func TestTheStateBucketIsPrivateEncryptedVersionedAndOutlivesTheStack(t *testing.T) {
	bucket := section(t, dig(t, loadTemplate(t), "Resources", "StateBucket"), "StateBucket")
	properties := section(t, bucket["Properties"], "StateBucket")
	want := map[string]any{
		"PublicAccessBlockConfiguration": object{
			"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
		},
		"OwnershipControls": object{"Rules": []any{object{"ObjectOwnership": "BucketOwnerEnforced"}}},
		"BucketEncryption": object{"ServerSideEncryptionConfiguration": []any{
			object{"ServerSideEncryptionByDefault": object{"SSEAlgorithm": "AES256"}}}},
		"VersioningConfiguration": object{"Status": "Enabled"},
		"LifecycleConfiguration": object{"Rules": []any{object{
			"Id": "ForgetOldVersions", "Status": "Enabled",
			"NoncurrentVersionExpiration":    object{"NoncurrentDays": 30},
			"AbortIncompleteMultipartUpload": object{"DaysAfterInitiation": 1},
		}}},
	}
	if diff := cmp.Diff(want, properties); diff != "" {
		t.Errorf("StateBucket (-want +have):\n%s", diff)
	}
	if bucket["DeletionPolicy"] != "RetainExceptOnCreate" || bucket["UpdateReplacePolicy"] != "Retain" {
		t.Errorf("DeletionPolicy %v, UpdateReplacePolicy %v", bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"])
	}
}

func TestTopicQueueAndBucketRefuseCallsWithoutTLS(t *testing.T) {
	for _, c := range []struct {
		policy, target, action string
		resources              []string
	}{
		{"FindingsTopicPolicy", "Topics", "sns:Publish", []string{"${FindingsTopic}"}},
		{"FailureQueuePolicy", "Queues", "sqs:*", []string{"${FailureQueue.Arn}"}},
		{"StateBucketPolicy", "Bucket", "s3:*", []string{"${StateBucket.Arn}", "${StateBucket.Arn}/*"}},
	} {
		t.Run(c.policy, func(t *testing.T) {
			properties := dig(t, loadTemplate(t), "Resources", c.policy, "Properties")
			owner := strings.TrimSuffix(c.policy, "Policy")
			if diff := cmp.Diff([]string{"${" + owner + "}"}, texts(t, dig(t, properties, c.target))); diff != "" {
				t.Errorf("attached to (-want +have):\n%s", diff)
			}
			var denies int
			for _, s := range dig(t, properties, "PolicyDocument", "Statement").([]any) {
				s := section(t, s, c.policy)
				if s["Effect"] != "Deny" {
					continue
				}
				denies++
				if s["Principal"] != "*" || s["Action"] != c.action {
					t.Errorf("the deny is for %v, %v", s["Principal"], s["Action"])
				}
				if diff := cmp.Diff(any(object{"Bool": object{"aws:SecureTransport": "false"}}), s["Condition"]); diff != "" {
					t.Errorf("condition (-want +have):\n%s", diff)
				}
				if diff := cmp.Diff(c.resources, texts(t, s["Resource"])); diff != "" {
					t.Errorf("resources (-want +have):\n%s", diff)
				}
			}
			if denies != 1 {
				t.Errorf("%d denies", denies)
			}
		})
	}
}

func TestResourcePoliciesAllowNobodyButThisAccountsAlarms(t *testing.T) {
	allowed := map[string]any{}
	resources := section(t, loadTemplate(t)["Resources"], "Resources")
	for id := range resources {
		if !strings.HasSuffix(id, "Policy") || dig(t, resources[id], "Type") == "AWS::IAM::ManagedPolicy" {
			continue
		}
		for _, s := range dig(t, resources[id], "Properties", "PolicyDocument", "Statement").([]any) {
			if s := section(t, s, id); s["Effect"] == "Allow" {
				allowed[id+"."+text(t, s["Sid"])] = []any{s["Principal"], s["Action"], s["Resource"], s["Condition"]}
			}
		}
	}
	want := map[string]any{"FindingsTopicPolicy.AllowAlarmsOfThisAccount": []any{
		object{"Service": "cloudwatch.amazonaws.com"}, "sns:Publish", object{"Ref": "FindingsTopic"},
		object{"StringEquals": object{"aws:SourceAccount": object{"Ref": "AWS::AccountId"}}},
	}}
	if diff := cmp.Diff(want, allowed); diff != "" {
		t.Errorf("allowed by resource policies (-want +have):\n%s", diff)
	}
}

func TestAlarmsReachTheTopicThatCloudWatchMayPublishTo(t *testing.T) {
	doc := loadTemplate(t)
	var alarms int
	for id, resource := range section(t, doc["Resources"], "Resources") {
		if dig(t, resource, "Type") != "AWS::CloudWatch::Alarm" {
			continue
		}
		alarms++
		if diff := cmp.Diff([]string{"${FindingsTopic}"}, texts(t, dig(t, resource, "Properties", "AlarmActions"))); diff != "" {
			t.Errorf("%s: actions (-want +have):\n%s", id, diff)
		}
		if description := text(t, dig(t, resource, "Properties", "AlarmDescription")); !strings.Contains(description, "aws ") {
			t.Errorf("%s gives no command to look further: %q", id, description)
		}
		// CloudWatch refuses an alarm that looks back more than a week.
		period := dig(t, resource, "Properties", "Period").(int)
		count, fixed := dig(t, resource, "Properties", "EvaluationPeriods").(int)
		if !fixed {
			count = dig(t, doc, "Parameters", "MissedScanHours", "MaxValue").(int)
		}
		if period*count > 7*24*3600 {
			t.Errorf("%s looks back %d s", id, period*count)
		}
	}
	if alarms != 4 {
		t.Errorf("%d alarms", alarms)
	}
	// The key policy of the AWS managed key cannot be changed to let alarms in.
	if _, ok := section(t, dig(t, doc, "Resources", "FindingsTopic", "Properties"), "FindingsTopic")["KmsMasterKeyId"]; ok {
		t.Error("the topic has a KMS key: then CloudWatch and the role need permission on it")
	}
}

func TestAProbeThatDoesNotRunRaisesAnAlarm(t *testing.T) {
	doc := loadTemplate(t)
	alarm := func(id string, keys ...string) map[string]any {
		out := map[string]any{}
		for _, key := range keys {
			out[key] = dig(t, doc, "Resources", id, "Properties", key)
		}
		return out
	}
	keys := []string{"Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator", "Threshold", "TreatMissingData"}
	hours := object{"Ref": "MissedScanHours"}
	if diff := cmp.Diff(map[string]any{
		"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Statistic": "Sum", "Period": 3600, "EvaluationPeriods": hours,
		"DatapointsToAlarm": hours, "ComparisonOperator": "LessThanThreshold", "Threshold": 1, "TreatMissingData": "breaching",
	}, alarm("ScanMissedAlarm", keys...)); diff != "" {
		t.Errorf("missed (-want +have):\n%s", diff)
	}
	if got := dig(t, doc, "Resources", "ScanMissedAlarm", "Condition"); got != "ScheduleIsOn" {
		t.Errorf("the alarm on missed scans has the condition %v", got)
	}
	// The default schedule is hourly; a scan at the edge of an hour may leave the next one empty.
	if got := dig(t, doc, "Parameters", "MissedScanHours", "Default").(int); got < 3 {
		t.Errorf("%d hours without a scan are too few for an hourly schedule", got)
	}
	if diff := cmp.Diff(map[string]any{
		"Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 3600, "EvaluationPeriods": 2,
		"DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1, "TreatMissingData": "notBreaching",
	}, alarm("ScanFailedAlarm", keys...)); diff != "" {
		t.Errorf("failed (-want +have):\n%s", diff)
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == "DatapointsToAlarm" })
	if diff := cmp.Diff(map[string]any{
		"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum", "Period": 300,
		"EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1, "TreatMissingData": "notBreaching",
	}, alarm("ScanAbandonedAlarm", keys...)); diff != "" {
		t.Errorf("abandoned (-want +have):\n%s", diff)
	}
	for id, dimension := range map[string]object{
		"ScanMissedAlarm":    {"Name": "FunctionName", "Value": object{"Ref": "ProbeFunction"}},
		"ScanFailedAlarm":    {"Name": "FunctionName", "Value": object{"Ref": "ProbeFunction"}},
		"ScanAbandonedAlarm": {"Name": "QueueName", "Value": object{"Fn::GetAtt": "FailureQueue.QueueName"}},
	} {
		if diff := cmp.Diff(map[string]any{"Dimensions": []any{dimension}}, alarm(id, "Dimensions")); diff != "" {
			t.Errorf("%s (-want +have):\n%s", id, diff)
		}
	}
}

func TestTheAlarmOnUndeliveredNoticesCountsTheLinesThatTheFunctionWrites(t *testing.T) {
	doc := loadTemplate(t)
	filter := dig(t, doc, "Resources", "UndeliveredFilter", "Properties")
	if got, want := dig(t, filter, "FilterPattern"), `{ ($.msg = "notice.undelivered") || ($.message = "notice.undelivered") }`; got != want {
		t.Errorf("pattern %v, want %s", got, want)
	}
	if got := text(t, dig(t, filter, "LogGroupName")); got != "${ProbeLogGroup}" {
		t.Errorf("the filter reads %s", got)
	}
	metrics := dig(t, filter, "MetricTransformations").([]any)
	if len(metrics) != 1 {
		t.Fatalf("%d metrics", len(metrics))
	}
	alarm := dig(t, doc, "Resources", "UndeliveredAlarm", "Properties")
	for have, want := range map[string]string{"Namespace": "MetricNamespace", "MetricName": "MetricName"} {
		if h, w := text(t, dig(t, alarm, have)), text(t, dig(t, metrics[0], want)); h != w {
			t.Errorf("the alarm reads %s %q, the filter writes %q", have, h, w)
		}
	}
	if namespace := text(t, dig(t, alarm, "Namespace")); !strings.Contains(namespace, "${AWS::StackName}") {
		t.Errorf("two installations share the namespace %q", namespace)
	}
	if got := dig(t, alarm, "TreatMissingData"); got != "notBreaching" {
		t.Errorf("no line is %v", got)
	}
	if got := dig(t, alarm, "Threshold"); got != 1 {
		t.Errorf("threshold %v", got)
	}
}

func TestNothingHasAFixedNameSoThatTwoInstallationsFitOneAccount(t *testing.T) {
	// These name no resource: the sender of an e-mail, and a metric within its own namespace.
	labels := []string{"DisplayName", "MetricName"}
	for id, resource := range section(t, loadTemplate(t)["Resources"], "Resources") {
		for property, value := range section(t, dig(t, resource, "Properties"), id) {
			_, literal := value.(string)
			if literal && strings.HasSuffix(property, "Name") && !slices.Contains(labels, property) {
				t.Errorf("%s has the fixed %s %v", id, property, value)
			}
		}
	}
	channel := text(t, dig(t, loadTemplate(t), "Resources", "SlackChannel", "Properties", "ConfigurationName"))
	// Chat configurations belong to the account, not to a Region.
	if channel != "${AWS::StackName}-${AWS::Region}" {
		t.Errorf("ConfigurationName %q", channel)
	}
}

func TestEveryParameterHasADefaultADescriptionAndAPlaceInTheForm(t *testing.T) {
	doc := loadTemplate(t)
	interfaces := dig(t, doc, "Metadata", "AWS::CloudFormation::Interface")
	var grouped []string
	for _, group := range dig(t, interfaces, "ParameterGroups").([]any) {
		grouped = append(grouped, texts(t, dig(t, group, "Parameters"))...)
	}
	var names []string
	for name, parameter := range section(t, doc["Parameters"], "Parameters") {
		names = append(names, name)
		dig(t, parameter, "Default")
		if description := text(t, dig(t, parameter, "Description")); !strings.HasSuffix(description, ".") {
			t.Errorf("%s: the description is no sentence: %q", name, description)
		}
		dig(t, interfaces, "ParameterLabels", name, "default")
	}
	slices.Sort(names)
	slices.Sort(grouped)
	if diff := cmp.Diff(names, grouped); diff != "" {
		t.Errorf("parameters in groups (-want +have):\n%s", diff)
	}
}

func TestParametersRefuseWhatWouldWidenThePolicy(t *testing.T) {
	parameters := dig(t, loadTemplate(t), "Parameters")
	for name, values := range map[string]struct{ good, bad []string }{
		"EventBusName":           {[]string{"default", "orders", "aws.partner/example.com/1"}, []string{"", "*", "a*", "${x}", "arn:aws:events:us-east-1:123456789012:event-bus/x"}},
		"PermissionsBoundaryArn": {[]string{"", "arn:aws:iam::123456789012:policy/team/edge", "arn:aws-us-gov:iam::123456789012:policy/x"}, []string{"edge", "arn:aws:iam::123456789012:role/x"}},
		"FunctionArns": {[]string{"", "arn:aws:lambda:us-east-1:123456789012:function:a,arn:aws:lambda:us-east-1:123456789012:function:b_c"},
			[]string{"a", "*", "arn:aws:lambda:us-east-1:123456789012:function:*", "arn:aws:lambda:us-east-1:123456789012:function:a:1",
				"arn:aws:lambda:us-east-1:123456789012:function:a,", "arn:aws:lambda:us-east-1:123456789012:function:a,*"}},
		"RoleArns": {[]string{"", "arn:aws:iam::123456789012:role/app/a,arn:aws:iam::123456789012:role/b"},
			[]string{"a", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:user/a", "arn:aws:iam::123456789012:role/a,*"}},
		"NotificationEmail":  {[]string{"", "ops@example.com"}, []string{"ops", "a@b c@d"}},
		"ScheduleExpression": {[]string{"rate(1 hour)", "cron(0 6 * * ? *)"}, []string{"", "hourly", "at(2026-01-01T00:00:00)"}},
		"SlackWorkspaceId":   {[]string{"", "T0123ABCD"}, []string{"my workspace"}},
		"SlackChannelId":     {[]string{"", "C0123ABCD"}, []string{"#ops"}},
	} {
		pattern, err := regexp.Compile(text(t, dig(t, parameters, name, "AllowedPattern")))
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range values.good {
			if !pattern.MatchString(value) {
				t.Errorf("%s refuses %q", name, value)
			}
		}
		for _, value := range values.bad {
			if pattern.MatchString(value) {
				t.Errorf("%s takes %q", name, value)
			}
		}
	}
}

func TestTheOutputsNameWhatPeopleNeedNext(t *testing.T) {
	have := map[string]string{}
	for name, output := range section(t, loadTemplate(t)["Outputs"], "Outputs") {
		have[name] = text(t, dig(t, output, "Value"))
		if text(t, dig(t, output, "Description")) == "" {
			t.Errorf("%s has no description", name)
		}
		if _, ok := section(t, output, name)["Export"]; ok {
			t.Errorf("%s is exported: an export's name is unique in the account", name)
		}
	}
	want := map[string]string{
		"FunctionName":    "${ProbeFunction}",
		"ScanNow":         "sam remote invoke --stack-name ${AWS::StackName} --region ${AWS::Region}",
		"TailLogs":        "aws logs tail ${ProbeLogGroup} --follow --region ${AWS::Region}",
		"TopicArn":        "${FindingsTopic}",
		"EventBusName":    "${EventBusName}",
		"FailureQueueUrl": "${FailureQueue}",
		"LogGroupName":    "${ProbeLogGroup}",
		"RoleArn":         "${ProbeRole.Arn}",
		"StateBucket":     "${StateBucket}",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("outputs (-want +have):\n%s", diff)
	}
}
