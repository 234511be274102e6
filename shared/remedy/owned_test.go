package remedy

import (
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

func TestAFixBeginsWithWhatManagesTheFunction(t *testing.T) {
	const function = "arn:aws:lambda:us-east-1:123456789012:function:worker"
	fix := finding.Fix{Summary: "Let it in.", CloudFormation: "Permission: {}", Terraform: "resource"}
	for _, c := range []struct {
		name  string
		facts fact.Facts
		place finding.Place
		want  string
	}{
		{"a stack", fact.Facts{Stacks: map[string]string{function: "shop"}}, finding.PlaceInvoke, finding.TemplateFirst + " shop,"},
		{"Terraform", fact.Facts{Terraform: map[string]bool{function: true}}, finding.PlaceInvoke, finding.TerraformFirst + ","},
		{"a stack that Terraform manages", fact.Facts{Stacks: map[string]string{function: "shop"}, Terraform: map[string]bool{function: true}}, finding.PlaceInvoke, finding.TemplateFirst + " shop,"},
		{"neither", fact.Facts{}, finding.PlaceInvoke, "Let it in."},
		{"SAM", fact.Facts{Stacks: map[string]string{function: "shop"}, SAM: map[string]bool{function: true}}, finding.PlaceInvoke, finding.TemplateFirst + " shop (made with SAM), which owns the function,"},
		{"the CDK", fact.Facts{Stacks: map[string]string{function: "shop"}, CDK: map[string]bool{function: true}}, finding.PlaceInvoke, finding.TemplateFirst + " shop (by the form of its names made with the CDK: change the app), which"},
		{"a role that the stack named", fact.Facts{Stacks: map[string]string{function: "shop"}}, finding.PlaceExecutionRole, finding.TemplateFirst + " shop, which owns the function and, as its name says, the role,"},
		{"a role that somebody named after the stack", fact.Facts{Stacks: map[string]string{function: "shop-WorkerRole"}}, finding.PlaceExecutionRole, "Let it in."},
		{"a role of another name", fact.Facts{Stacks: map[string]string{function: "sho"}}, finding.PlaceExecutionRole, "Let it in."},
		{"a guardrail", fact.Facts{Stacks: map[string]string{function: "shop"}}, finding.PlaceGuardrail, "Let it in."},
		{"another place", fact.Facts{Terraform: map[string]bool{function: true}}, finding.PlaceExecutionRole, "Let it in."},
	} {
		mended := owned(&c.facts, &finding.Finding{Function: function, Place: c.place, Role: "arn:aws:iam::123456789012:role/path/shop-WorkerRole-1A2B3C"}, fix)
		have := mended.Summary
		if mended.InSAM() != (c.name == "SAM") || mended.InTemplate() != strings.HasPrefix(c.want, finding.TemplateFirst) {
			t.Errorf("%s: template first %t, of SAM %t", c.name, mended.InTemplate(), mended.InSAM())
		}
		if !strings.HasPrefix(have, c.want) || !strings.HasSuffix(have, "Let it in.") {
			t.Errorf("%s: %q", c.name, have)
		}
	}
}
