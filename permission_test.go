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
func granted() map[string][]string {
	out := map[string][]string{}
	for _, e := range permission.Table() {
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
	if diff := cmp.Diff(granted(), templateStatements(t)); diff != "" {
		t.Errorf("the role's permissions (-table +template.yaml):\n%s", diff)
	}
}

func TestTheCodeCallsWhatTheTableOfPermissionsListsAndNothingElse(t *testing.T) {
	interfaces := map[string][]reflect.Type{
		"lambda":                   {reflect.TypeFor[collect.LambdaAPI]()},
		"iam":                      {reflect.TypeFor[collect.IAMAPI](), reflect.TypeFor[simulate.API]()},
		"apigateway":               {reflect.TypeFor[collect.RESTAPI]()},
		"apigatewayv2":             {reflect.TypeFor[collect.HTTPAPI]()},
		"cloudwatchlogs":           {reflect.TypeFor[collect.LogsAPI]()},
		"sns":                      {reflect.TypeFor[publish.TopicAPI](), reflect.TypeFor[collect.TopicsAPI]()},
		"eventbridge":              {reflect.TypeFor[publish.EventsAPI](), reflect.TypeFor[collect.RulesAPI]()},
		"resourcegroupstaggingapi": {reflect.TypeFor[collect.TagsAPI]()},
		"s3":                       {reflect.TypeFor[collect.BucketsAPI](), reflect.TypeFor[ledger.API]()},
	}
	var called, listed []string
	for service, types := range interfaces {
		for _, one := range types {
			for i := range one.NumMethod() {
				called = append(called, service+":"+one.Method(i).Name)
			}
		}
	}
	for _, e := range permission.Table() {
		if (e.Caller == permission.SDK) != (e.Operation != "") {
			t.Errorf("%s: the probe's own calls, and only they, name an operation", e.Action)
		}
		if e.Operation != "" {
			listed = append(listed, e.Service+":"+e.Operation)
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
	for _, e := range permission.Table() {
		if e.Why == "" || e.Without == "" || len(e.Resources) == 0 {
			t.Errorf("%s %s: why, without or resources are missing", e.Action, e.Operation)
		}
		if slices.Contains([]string{"lambda:GetFunction", "lambda:InvokeFunction"}, e.Action) {
			t.Errorf("%s hands out code or runs it", e.Action)
		}
	}
}
