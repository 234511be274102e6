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
		{"another place", fact.Facts{Terraform: map[string]bool{function: true}}, finding.PlaceExecutionRole, "Let it in."},
	} {
		have := owned(&c.facts, &finding.Finding{Function: function, Place: c.place}, fix).Summary
		if !strings.HasPrefix(have, c.want) || !strings.HasSuffix(have, "Let it in.") {
			t.Errorf("%s: %q", c.name, have)
		}
	}
}
