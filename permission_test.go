package permprobe_test

import (
	"reflect"
	"slices"
	"testing"

	"permprobe/shared/collect"
	"permprobe/shared/ledger"
	"permprobe/shared/permission"
	"permprobe/shared/publish"
	"permprobe/shared/simulate"

	"github.com/google/go-cmp/cmp"
)

// granted is the table as template.yaml shows it: the sorted resources of every action.
func granted(mode permission.Mode, on permission.Switches) map[string][]string {
	out := map[string][]string{}
	for _, e := range permission.Table(mode, on) {
		for _, resource := range e.Resources {
			if !slices.Contains(out[e.Action], resource) {
				out[e.Action] = append(out[e.Action], resource)
			}
		}
	}
	for _, resources := range out {
		slices.Sort(resources)
	}
	return out
}

func TestTheRoleGrantsWhatTheTableOfPermissionsListsAndNothingElse(t *testing.T) {
	for _, on := range combinations() {
		for _, mode := range modes {
			if diff := cmp.Diff(granted(mode, on), statementsWith(t, parametersOf(mode, on))); diff != "" {
				t.Errorf("the role's permissions in mode %s with %v (-table +template.yaml):\n%s", mode, on, diff)
			}
		}
	}
}

var modes = []permission.Mode{permission.All, permission.Named}

// entries is the table of both modes together.
func entries() []permission.Entry {
	return slices.Concat(permission.Table(permission.All, permission.Everything()), permission.Table(permission.Named, permission.Everything()))
}

// combinations are no switch on, each alone, and all.
func combinations() []permission.Switches {
	out := []permission.Switches{nil, permission.Everything()}
	for _, one := range permission.AllSwitches() {
		out = append(out, permission.Switches{one: true})
	}
	return out
}

func TestEverySwitchIsOffUntilItsParameterIsSetAndGrantsSomething(t *testing.T) {
	doc := loadTemplate(t)
	for _, one := range permission.AllSwitches() {
		parameter := section(t, dig(t, doc, "Parameters", one.Parameter()), one.Parameter())
		if diff := cmp.Diff([]any{"on", "off"}, parameter["AllowedValues"]); diff != "" || parameter["Default"] != "off" {
			t.Errorf("%s is %v by default, values (-want +have):\n%s", one.Parameter(), parameter["Default"], diff)
		}
		want := object{"Fn::Equals": []any{object{"Ref": one.Parameter()}, "on"}}
		if diff := cmp.Diff(any(want), dig(t, doc, "Conditions", one.Condition())); diff != "" {
			t.Errorf("%s (-want +have):\n%s", one.Condition(), diff)
		}
		for _, s := range roleStatements(t) {
			optional := slices.ContainsFunc(s.actions, func(a string) bool { return slices.Contains(one.Actions(), a) })
			if optional != (s.when == one.Condition()) {
				t.Errorf("template.yaml:%d: statement %q stands under the condition %q", s.line, s.sid, s.when)
			}
		}
		for _, action := range one.Actions() {
			if _, ok := granted(permission.All, permission.Switches{one: true})[action]; !ok {
				t.Errorf("%s switches %s, which is not in the table", one, action)
			}
			if _, ok := granted(permission.All, nil)[action]; ok {
				t.Errorf("%s is granted although %s is off", action, one)
			}
		}
	}
}

func TestNoRoleOfAnotherAccountIsAssumedUnlessItIsNamed(t *testing.T) {
	if _, granted := statementsWith(t, nil)["sts:AssumeRole"]; granted {
		t.Error("the role may assume roles although none is named")
	}
}

func TestTheCodeCallsWhatTheTableOfPermissionsListsAndNothingElse(t *testing.T) {
	interfaces := map[string][]reflect.Type{
		"lambda":                   {reflect.TypeFor[collect.LambdaAPI]()},
		"iam":                      {reflect.TypeFor[collect.IAMAPI](), reflect.TypeFor[simulate.API]()},
		"apigateway":               {reflect.TypeFor[collect.RESTAPI]()},
		"apigatewayv2":             {reflect.TypeFor[collect.HTTPAPI]()},
		"cloudtrail":               {reflect.TypeFor[collect.TrailAPI]()},
		"cloudwatchlogs":           {reflect.TypeFor[collect.LogsAPI]()},
		"sns":                      {reflect.TypeFor[publish.TopicAPI](), reflect.TypeFor[collect.TopicsAPI]()},
		"eventbridge":              {reflect.TypeFor[publish.EventsAPI](), reflect.TypeFor[collect.RulesAPI]()},
		"resourcegroupstaggingapi": {reflect.TypeFor[collect.TagsAPI]()},
		"elasticloadbalancingv2":   {reflect.TypeFor[collect.BalancersAPI]()},
		"autoscaling":              {reflect.TypeFor[collect.ScalingAPI]()},
		"cognitoidentityprovider":  {reflect.TypeFor[collect.PoolsAPI]()},
		"secretsmanager":           {reflect.TypeFor[collect.SecretsAPI]()},
		"configservice":            {reflect.TypeFor[collect.ConfigRulesAPI]()},
		"iot":                      {reflect.TypeFor[collect.TopicRulesAPI]()},
		"cloudwatch":               {reflect.TypeFor[collect.AlarmsAPI](), reflect.TypeFor[collect.MetricsAPI]()},
		"cloudcontrol":             {reflect.TypeFor[collect.ControlAPI]()},
		"ses":                      {reflect.TypeFor[collect.ReceiptRulesAPI](), reflect.TypeFor[collect.IdentitiesAPI]()},
		"sts":                      {reflect.TypeFor[collect.AccountsAPI]()},
		"sqs":                      {reflect.TypeFor[collect.QueuesAPI]()},
		"sfn":                      {reflect.TypeFor[collect.MachinesAPI]()},
		"scheduler":                {reflect.TypeFor[collect.SchedulesAPI]()},
		"pipes":                    {reflect.TypeFor[collect.PipesAPI]()},
		"firehose":                 {reflect.TypeFor[collect.StreamsAPI]()},
		"appsync":                  {reflect.TypeFor[collect.GraphsAPI]()},
		"dynamodb":                 {reflect.TypeFor[collect.TablesAPI]()},
		"kinesis":                  {reflect.TypeFor[collect.KinesisAPI]()},
		"ssm":                      {reflect.TypeFor[collect.ParametersAPI]()},
		"kms":                      {reflect.TypeFor[collect.KeysAPI]()},
		"s3files":                  {reflect.TypeFor[collect.MountsAPI]()},
		"kafka":                    {reflect.TypeFor[collect.ClustersAPI]()},
		"opensearch":               {reflect.TypeFor[collect.DomainsAPI]()},
		"ecr":                      {reflect.TypeFor[collect.ImagesAPI]()},
		"efs":                      {reflect.TypeFor[collect.FilesAPI]()},
		"securityhub":              {reflect.TypeFor[publish.HubAPI]()},
		"organizations":            {reflect.TypeFor[collect.OrganizationAPI]()},
		"s3control":                {reflect.TypeFor[collect.PointsAPI](), reflect.TypeFor[collect.AccountAccessAPI]()},
		"s3":                       {reflect.TypeFor[collect.BucketsAPI](), reflect.TypeFor[collect.PublicAccessAPI](), reflect.TypeFor[ledger.API]()},
	}
	var called, listed []string
	for service, types := range interfaces {
		for _, one := range types {
			for i := range one.NumMethod() {
				called = append(called, service+":"+one.Method(i).Name)
			}
		}
	}
	for _, e := range entries() {
		if (e.Caller == permission.SDK) != (e.Operation != "") {
			t.Errorf("%s: the probe's own calls, and only they, name an operation", e.Action)
		}
		if e.Operation != "" {
			listed = append(listed, e.Service+":"+e.Operation)
		}
	}
	for _, e := range permission.ElsewhereOnly() {
		listed = append(listed, e.Service+":"+e.Operation)
		if _, granted := granted(permission.All, permission.Everything())[e.Action]; granted {
			t.Errorf("%s is granted, and only read roles of other accounts are asked it", e.Action)
		}
	}
	slices.Sort(called)
	slices.Sort(listed)
	listed = slices.Compact(listed) // an operation may need more than one permission
	if diff := cmp.Diff(listed, called); diff != "" {
		t.Errorf("operations (-table +interfaces):\n%s", diff)
	}
}

func TestEveryPermissionSaysWhyAndWhatStopsWorkingWithoutIt(t *testing.T) {
	for _, e := range entries() {
		if e.Why == "" || e.Without == "" || len(e.Resources) == 0 {
			t.Errorf("%s %s: why, without or resources are missing", e.Action, e.Operation)
		}
		if slices.Contains([]string{"lambda:GetFunction", "lambda:InvokeFunction"}, e.Action) {
			t.Errorf("%s hands out code or runs it", e.Action)
		}
	}
}
