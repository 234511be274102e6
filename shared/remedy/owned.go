package remedy

import (
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// owned says of a fix in a function's policy that a stack owns the function, or Terraform: the template is to be changed first, because
// the stack knows nothing of a change by command, and its next update or a new function takes it away.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
func owned(facts *fact.Facts, f *finding.Finding, fix finding.Fix) finding.Fix {
	stack := facts.Stacks[f.Function]
	if stack == "" && f.Place == finding.PlaceInvoke && fix.Terraform != "" && facts.Terraform[f.Function] {
		fix.Summary = finding.TerraformFirst + ", which its tags say manages the function, and apply it; the command alone would drift from it. " + fix.Summary
		return fix
	}
	if stack == "" || f.Place != finding.PlaceInvoke || fix.CloudFormation == "" {
		return fix
	}
	fix.Summary = fmt.Sprintf("%s %s, which owns the function, and deploy it; the command alone would drift from it. %s", finding.TemplateFirst, stack, fix.Summary)
	return fix
}

// ownedTarget says the same of a fix in the policy of a called resource.
func ownedTarget(facts *fact.Facts, target fact.Target, fix finding.Fix) finding.Fix {
	stack := facts.TargetStacks[target.Tagged()]
	if stack == "" || fix.CloudFormation == "" {
		return fix
	}
	fix.Summary = fmt.Sprintf("%s %s, which owns the %s, and deploy it; the command alone would drift from it. %s", finding.TemplateFirst, stack, target.Name(), fix.Summary)
	return fix
}
