package render

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/finding"
)

// Deployment is the answer to what a user or role may deploy as plain text, in English: the answer for each function,
// then what is refused, with the fix, then what is not decided.
func Deployment(d *finding.Deployment) string {
	var b strings.Builder
	kind, who := "role", d.Principal
	if strings.Contains(who, ":user/") {
		kind = "user"
	}
	who = who[strings.LastIndexByte(who, '/')+1:]
	fmt.Fprintf(&b, "permprobe: may the %s %s deploy %s: %s\n", kind, oneLine(who), count(len(d.Functions), "function"), deploymentHeadline(d))
	fmt.Fprintf(&b, "account %s, region %s, principal %s", oneLine(d.Account), oneLine(d.Region), oneLine(d.Principal))
	if d.Boundary != "" {
		fmt.Fprintf(&b, ", boundary %s", oneLine(d.Boundary))
	}
	if d.ServiceRole != "" {
		fmt.Fprintf(&b, ", CloudFormation deploys as %s", oneLine(d.ServiceRole))
	}
	b.WriteString("\n")
	width := 0
	for i := range d.Functions {
		width = max(width, len(functionName(d.Functions[i].Function)))
	}
	if len(d.Functions) > 0 {
		b.WriteString("\n")
	}
	for i := range d.Functions {
		f := &d.Functions[i]
		fmt.Fprintf(&b, "  %-*s  create: %-9s  update: %-9s  delete: %-9s", width, oneLine(functionName(f.Function)), f.Create, f.Update, f.Delete)
		switch {
		case !f.Exists:
			b.WriteString("  does not exist yet")
		case f.Stack != "":
			b.WriteString("  of the stack " + oneLine(f.Stack))
		}
		b.WriteString("\n")
	}
	deploymentNeeds(&b, "Refused", d, func(n *finding.DeploymentNeed) bool { return n.When == "" && n.Place != "" })
	for i := range d.Fixes {
		fix := &d.Fixes[i]
		fmt.Fprintf(&b, "\nFix %s\n", oneLine(English.fixLine(fix)))
		if pasteable(fix.CLI) {
			fmt.Fprintf(&b, "            %s\n", fix.CLI)
		}
		English.writeBlock(&b, "or as CloudFormation", fix.CloudFormation)
		English.writeBlock(&b, "or as Terraform", fix.Terraform)
	}
	deploymentNeeds(&b, "Not decided", d, func(n *finding.DeploymentNeed) bool { return n.When == "" && n.Decision == "undetermined" })
	deploymentNeeds(&b, "Not allowed, and needed only under a condition: the fix leaves it out", d, func(n *finding.DeploymentNeed) bool {
		return n.When != "" && n.Decision != "allowed"
	})
	if allowed := allowedActions(d); len(allowed) > 0 {
		fmt.Fprintf(&b, "\nAllowed: %s\n", strings.Join(allowed, ", "))
	}
	if len(d.Gaps) > 0 {
		b.WriteString("\nNot known\n")
		for _, line := range English.gapLines(d.Gaps) {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	if len(d.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range d.Notes {
		fmt.Fprintf(&b, "Note: %s\n", oneLine(note))
	}
	s := d.Summary
	fmt.Fprintf(&b, "\n%s decided, %s, %d ms\n", count(s.Needs, "permission"), count(s.APICalls, "AWS call"), s.DurationMS)
	return b.String()
}

func deploymentHeadline(d *finding.Deployment) string {
	s := d.Summary
	var parts []string
	switch {
	case s.Refused > 0:
		parts = append(parts, fmt.Sprintf("no, %d of %s %s refused", s.Refused, count(s.Needs, "permission"), isOrAre(s.Refused)))
	case s.Needs > 0 && s.Undecided == 0 && len(d.Gaps) == 0 && d.Status == finding.ReportOK:
		parts = append(parts, fmt.Sprintf("yes, all %s are allowed", count(s.Needs, "permission")))
	default:
		parts = append(parts, "not known")
	}
	if s.Undecided > 0 {
		parts = append(parts, fmt.Sprintf("%d not decided", s.Undecided))
	}
	if d.Status == finding.ReportIncomplete {
		parts = append(parts, "incomplete")
	}
	return strings.Join(parts, ", ")
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// deploymentNeeds lists needs, those together that differ in the action alone.
func deploymentNeeds(b *strings.Builder, title string, d *finding.Deployment, want func(*finding.DeploymentNeed) bool) {
	type group struct {
		first   *finding.DeploymentNeed
		actions []string
	}
	var groups []group
	for i := range d.Needs {
		n := &d.Needs[i]
		if !want(n) {
			continue
		}
		at := slices.IndexFunc(groups, func(g group) bool {
			f := g.first
			return f.Function == n.Function && f.Principal == n.Principal && f.Resource == n.Resource && f.Why == n.Why && f.When == n.When && f.Decision == n.Decision && f.Place == n.Place &&
				f.Guardrail == n.Guardrail && f.StatementID == n.StatementID && f.Policy == n.Policy && f.Reason == n.Reason && slices.Equal(f.Operations, n.Operations)
		})
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{first: n})
		}
		groups[at].actions = append(groups[at].actions, n.Action)
	}
	if len(groups) > 0 {
		fmt.Fprintf(b, "\n%s\n", title)
	}
	for _, g := range groups {
		n := g.first
		if n.When != "" {
			fmt.Fprintf(b, "  %s on %s\n    only where %s (%s %s)\n", oneLine(strings.Join(g.actions, ", ")), oneLine(n.Resource),
				oneLine(n.When), strings.Join(n.Operations, " and "), oneLine(functionName(n.Function)))
			continue
		}
		fmt.Fprintf(b, "  %s on %s\n", oneLine(strings.Join(g.actions, ", ")), oneLine(n.Resource))
		fmt.Fprintf(b, "    to      %s %s: %s\n", strings.Join(n.Operations, " and "), oneLine(functionName(n.Function)), oneLine(n.Why))
		fmt.Fprintf(b, "    answer  %s\n", oneLine(deploymentAnswer(n)))
	}
}

func deploymentAnswer(n *finding.DeploymentNeed) string {
	if n.Reason != "" {
		return n.Reason
	}
	text := n.Decision + " by the principal's own policies"
	if n.Principal != "" {
		text = n.Decision + " by the policies of " + n.Principal[strings.LastIndexByte(n.Principal, '/')+1:]
	}
	switch n.Place {
	case finding.PlaceGuardrail:
		text = n.Decision + " by a " + n.Guardrail
	case finding.PlaceTarget:
		text = n.Decision + " by the policy of what is called"
	case finding.PlaceConfiguration:
		text = "cannot be used in its state"
	}
	switch {
	case n.Policy != "" && n.Decision == "explicitDeny":
		text += ": statement " + n.StatementID + " of " + n.Policy
	case n.Policy != "":
		text += ": the closest statement is " + n.StatementID + " of " + n.Policy
	case n.Place == finding.PlaceExecutionRole && n.Decision == "implicitDeny":
		text += ": no statement comes near"
	}
	switch {
	case strings.HasPrefix(n.Detail, "action "): // all its actions would stand there
		text += ", whose actions leave it out"
	case n.Detail != "":
		text += ": " + n.Detail
	}
	return text
}

// allowedActions are the actions that are allowed wherever they are needed, each once, sorted.
func allowedActions(d *finding.Deployment) []string {
	refused := map[string]bool{}
	for i := range d.Needs {
		if d.Needs[i].Decision != "allowed" {
			refused[d.Needs[i].Action] = true
		}
	}
	var out []string
	for i := range d.Needs {
		if n := &d.Needs[i]; !refused[n.Action] && !slices.Contains(out, n.Action) {
			out = append(out, n.Action)
		}
	}
	slices.Sort(out)
	return out
}
