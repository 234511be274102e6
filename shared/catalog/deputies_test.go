package catalog_test

import (
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// sameAccount are the services that call functions of the source's own account only.
var sameAccount = map[string]bool{"elasticloadbalancing.amazonaws.com": true, "vpc-lattice.amazonaws.com": true}

func TestEveryServiceThatCallsFunctionsForOthersIsFoundWhereNothingBoundsIt(t *testing.T) {
	base, _ := loadKinds(t)
	for _, deputy := range need.Deputies() {
		deputy := deputy.In("us-east-1")
		action := deputy.Action
		if action == "" {
			action = "lambda:InvokeFunction"
		}
		for _, c := range []struct {
			name  string
			bound map[string]any
			fires bool
		}{
			{"nothing", nil, true},
			{"the account", map[string]any{"SourceAccount": "123456789012"}, false},
			{"a source of the account", map[string]any{"SourceArn": "arn:aws:" + deputy.Service + ":us-east-1:123456789012:*"}, false},
			{"a skill", map[string]any{"EventSourceToken": "amzn1.ask.skill.1"}, false},
		} {
			t.Run(deputy.Principal+"/"+c.name, func(t *testing.T) {
				k := kindOfTrigger{}
				properties := map[string]any{"Principal": deputy.Principal, "Action": action}
				for name, value := range c.bound {
					properties[name] = value
				}
				report := k.report(t, base, worker, worker, properties)
				var found []finding.Finding
				for _, f := range report.Findings {
					if f.Check == "I8" && f.Principal == deputy.Principal {
						found = append(found, f)
					}
				}
				if len(report.Findings) != len(found) || (len(found) == 1) != c.fires {
					t.Errorf("bound by %s: %s", c.name, show(t, report))
				}
				if c.fires && len(found) == 1 && (!strings.Contains(found[0].Title, deputy.Source) || !strings.Contains(found[0].Fix.CLI, "remove-permission")) {
					t.Errorf("the title does not name the %s, or the fix removes nothing: %s", deputy.Source, show(t, report))
				}
			})
		}
	}
}

func TestEveryServiceThatATriggerCallsAsIsKnownToCallForOthersOrNot(t *testing.T) {
	for _, manner := range fact.Manners() {
		manner := manner.In(fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"})
		for _, principal := range []string{manner.Principal, manner.Also, manner.Doubtful} {
			_, known := need.DeputyOf(principal, "us-east-1")
			if strings.HasSuffix(principal, ".amazonaws.com") && manner.SourceARN != fact.Never && !known && !sameAccount[principal] {
				t.Errorf("%s: nothing says whether %s calls for any account", manner.Kind, principal)
			}
		}
	}
}

func TestAPublicPermissionIsFoundOnceAndNotOncePerService(t *testing.T) {
	base, _ := loadKinds(t)
	k := kindOfTrigger{}
	report := k.report(t, base, worker, worker, map[string]any{"Principal": "*"})
	if len(report.Findings) != 1 || report.Findings[0].Principal != need.Anyone {
		t.Errorf("%s", show(t, report))
	}
}
