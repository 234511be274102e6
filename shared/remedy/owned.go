package remedy

import (
	"fmt"
	"regexp"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// owned says of a fix in a function's policy or in its role that a stack owns what is to be changed, or of a function's policy that Terraform does: the template
// is to be changed first, because the stack knows nothing of a change by command, and its next update or a new function takes
// it away. Roles carry no tag of their stack; one whose name CloudFormation made begins with the name of the stack.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
func owned(facts *fact.Facts, f *finding.Finding, fix finding.Fix) finding.Fix {
	stack := facts.Stacks[f.Function]
	if stack == "" && f.Place == finding.PlaceInvoke && fix.Terraform != "" && facts.Terraform[f.Function] {
		fix.Summary = finding.TerraformFirst + ", which its tags say manages the function, and apply it; " + finding.DriftsFrom + " " + fix.Summary
		return fix
	}
	what := ""
	switch {
	case stack == "" || fix.CloudFormation == "":
	case f.Place == finding.PlaceInvoke:
		what = "the function"
	case f.Place == finding.PlaceExecutionRole && f.Check != "R2" && namedByStack(fact.RoleName(f.Role), stack):
		what = "the function and, as its name says, the role"
	}
	if what == "" {
		return fix
	}
	made := ""
	switch {
	case facts.SAM[f.Function]:
		made = finding.MadeWithSAM
	case facts.CDK[f.Function]:
		made = finding.MadeWithCDK
	}
	fix.Summary = fmt.Sprintf("%s %s%s, which owns %s, and deploy it; %s %s", finding.TemplateFirst, stack, made, what, finding.DriftsFrom, fix.Summary)
	return fix
}

// madeName is the end of a name that CloudFormation makes: the logical id and a random text, which is no word.
var madeName = regexp.MustCompile(`^[A-Za-z0-9]+-[A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*$`)

// namedByStack tells whether CloudFormation made a role's name for a stack.
func namedByStack(role, stack string) bool {
	rest, of := strings.CutPrefix(role, stack+"-")
	return of && madeName.MatchString(rest)
}

// ownedTarget says the same of a fix in the policy of a called resource.
func ownedTarget(facts *fact.Facts, target fact.Target, fix finding.Fix) finding.Fix {
	stack := facts.TargetStacks[target.Tagged()]
	if stack == "" || fix.CloudFormation == "" {
		return fix
	}
	fix.Summary = fmt.Sprintf("%s %s, which owns the %s, and deploy it; %s %s", finding.TemplateFirst, stack, target.Name(), finding.DriftsFrom, fix.Summary)
	return fix
}
