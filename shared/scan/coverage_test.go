package scan_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/scan/scantest"

	"github.com/google/go-cmp/cmp"
)

// known are the kinds of triggers but for those that are not supported.
func known(c finding.Coverage) []finding.TriggerCoverage {
	return slices.DeleteFunc(slices.Clone(c.Triggers), func(t finding.TriggerCoverage) bool { return t.State == finding.TriggersUnsupported })
}

func TestTheReportSaysHowMuchOfTheAccountItIsAbout(t *testing.T) {
	read := func(kind string) finding.TriggerCoverage {
		return finding.TriggerCoverage{Kind: kind, State: finding.TriggersRead}
	}
	all := []finding.TriggerCoverage{
		read("REST APIs"), read("HTTP and WebSocket APIs"), read("EventBridge rules"), read("S3 bucket notifications"),
		read("SNS subscriptions"), read("Step Functions state machines"), read("EventBridge Scheduler schedules"), read("EventBridge pipes"),
		read("Firehose transformations"), read("AppSync data sources and authorizers"), read("subscription filters of log groups"),
		read("target groups of load balancers"), read("Cognito user pools"), read("Secrets Manager rotations"), read("AWS Config rules"),
		read("IoT rules"), read("CloudWatch alarms"), read("SES receipt rules"), read("CodeDeploy hooks"), read("CloudWatch data sources"), read("Auto Scaling termination policies"), read("function URLs"),
		read("Amazon Lex bots"), read("Amazon Connect instances"), read("VPC Lattice target groups"), read("CodeCommit repositories"),
		read("authorizers of AppSync events APIs"), read("CodePipeline pipelines"), read("hooks of ECS deployments"), read("CloudFormation hooks"), read("AgentCore gateways"), read("CloudFront distributions"), read("Bedrock agents"), read("IVS chat rooms"), read("IoT authorizers"), read("IoT provisioning templates"), read("Transfer Family servers and workflows"),
		read("event source mappings"),
	}
	but := func(state finding.TriggerState, kind, reason, permission string) []finding.TriggerCoverage {
		others := slices.DeleteFunc(slices.Clone(all), func(t finding.TriggerCoverage) bool { return t.Kind == kind })
		return append(others, finding.TriggerCoverage{Kind: kind, State: state, Reason: reason, Permission: permission})
	}
	refused := func(service, operation, code string) localaws.Options {
		return localaws.Options{Faults: []localaws.Fault{{Service: service, Operation: operation, Code: code}}}
	}
	for _, c := range []struct {
		name      string
		options   localaws.Options
		functions []string
		filters   bool
		want      finding.Coverage
	}{
		{"everything", localaws.Options{}, []string{"*"}, true, finding.Coverage{
			Listed: 16, ListedAll: true, Selected: 16, Checked: 16, WithoutDeclaredNeeds: 16, Triggers: all}},
		{"some functions", localaws.Options{}, []string{"*-api"}, true, finding.Coverage{
			Listed: 16, ListedAll: true, Selected: 2, Checked: 2, WithoutDeclaredNeeds: 2, Triggers: all}},
		{"no function", localaws.Options{}, []string{"nothing"}, true, finding.Coverage{
			Listed: 16, ListedAll: true, Triggers: []finding.TriggerCoverage{}}},
		{"filters switched off", localaws.Options{}, []string{"*"}, false, finding.Coverage{
			Listed: 16, ListedAll: true, Selected: 16, Checked: 16, WithoutDeclaredNeeds: 16,
			Triggers: but(finding.TriggersOff, "subscription filters of log groups", "set the parameter ReadSubscriptionFilters of the stack to on", "")}},
		{"mappings refused", refused("lambda", "ListEventSourceMappings", "AccessDeniedException"), []string{"*"}, true, finding.Coverage{
			Listed: 16, ListedAll: true, Selected: 16, Checked: 16, WithoutDeclaredNeeds: 16,
			Triggers: but(finding.TriggersIncomplete, "event source mappings", "", "lambda:ListEventSourceMappings")}},
		{"one bus refused", refused("events", "ListRules", "AccessDeniedException"), []string{"*"}, true, finding.Coverage{
			Listed: 16, ListedAll: true, Selected: 16, Checked: 16, WithoutDeclaredNeeds: 16,
			Triggers: but(finding.TriggersIncomplete, "EventBridge rules", "", "events:ListRules")}},
		{"no listing", refused("lambda", "ListFunctions", "AccessDeniedException"), []string{"*"}, true, finding.Coverage{
			Triggers: []finding.TriggerCoverage{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := scantest.New(t, c.options, nil, scantest.Load(t, example, nil))
			w.Scanner.File.Functions = c.functions
			w.Scanner.Collector.On = permission.Switches{permission.SubscriptionFilters: c.filters, permission.FunctionUrls: true, permission.OtherTriggers: true}
			report := w.Scan(t)
			have := report.Coverage
			if len(known(have)) > 0 && len(known(have)) == len(have.Triggers) {
				t.Error("what is not supported is not said")
			}
			have.Triggers = known(have)
			for i := range have.Triggers {
				// The words of what AWS refused are those of the gap.
				if trigger := &have.Triggers[i]; trigger.State == finding.TriggersIncomplete {
					if !slices.ContainsFunc(report.Gaps, func(g finding.Gap) bool { return g.Reason == trigger.Reason }) {
						t.Errorf("no gap says %q", trigger.Reason)
					}
					trigger.Reason = ""
				}
			}
			if diff := cmp.Diff(c.want, have); diff != "" {
				t.Errorf("(-want +have)\n%s", diff)
			}
		})
	}
}

func TestFunctionsThatTheTimeDidNotSufficeForDoNotCountAsChecked(t *testing.T) {
	// Only the listing answers at once: everything else takes longer than the run has.
	w := scantest.New(t, localaws.Options{Latency: 60 * time.Millisecond}, nil, scantest.Load(t, example, nil))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second+150*time.Millisecond)
	defer cancel()
	report := w.Scanner.Run(ctx, config.Request{Mode: config.Scheduled}, "test")
	c := report.Coverage
	if report.Cursor == "" || c.Selected != 16 || c.Checked >= c.Selected {
		t.Errorf("cursor %q, coverage %+v", report.Cursor, c)
	}
}
