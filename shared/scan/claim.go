package scan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/declare"
	"permprobe/shared/denial"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// invokeFunction is what services are refused that may not call a function.
const invokeFunction = "lambda:InvokeFunction"

// A claim is one refusal that a message tells of.
type claim struct {
	said finding.Said
	// seen says where and how often it was seen; empty where the event alone tells of it.
	seen []finding.Seen
	// calls are the one call that it is about; empty where the message does not say which, and why says so.
	calls []declare.Call
	why   string
	// blanked tells that the call's account is blanked out, so that the function's own was taken.
	blanked bool
}

func newClaim(d *denial.Denial) claim {
	c := claim{said: finding.Said{
		Service: d.Service, Action: d.Action, Resource: d.Resource, Principal: d.Principal, Reason: string(d.Reason),
		Place: finding.Place(d.Place), Guardrail: string(d.Guardrail), PolicyARN: d.PolicyARN, AuthorizationID: d.AuthorizationID,
	}}
	if d.Action == "" {
		c.why = "the message names no action"
		return c
	}
	var resources []string
	if resource := resourceOf(d); resource != "" && resource != "*" {
		resources = append(resources, resource)
	}
	calls, err := declare.Explicit([]string{d.Action}, resources)
	switch {
	case err != nil && len(resources) == 0:
		c.why = fmt.Sprintf("the message does not say on which resource %s was called", d.Action)
	case err != nil:
		c.why = fmt.Sprintf("the message names %s on %s, which is no call that IAM knows", d.Action, d.Resource)
	default:
		if len(resources) > 0 && strings.HasPrefix(resources[0], "arn:") {
			// The very resource that was refused, also where its name ends in a slash.
			calls[0].Resource, calls[0].Grant = resources[0], ""
		}
		c.calls = calls
	}
	return c
}

// blank is what people and tools put in the place of an account.
var blank = regexp.MustCompile(`^(?:[*xX#.•█-]{2,}|<[^<>:]+>|\[[^\[\]:]+\]|\{[^{}:]+\}|(?i:redacted|account[-_]?id|account|masked))$`)

// unblank takes the account of the function for one that is blanked out in what somebody hands over.
func (c *claim) unblank(d *denial.Denial) {
	parts := strings.SplitN(d.Resource, ":", 6)
	if len(c.calls) > 0 || len(parts) < 6 || parts[0] != "arn" || !blank.MatchString(parts[4]) {
		return
	}
	whole := *d
	parts[4] = declare.Account
	whole.Resource = strings.Join(parts, ":")
	if own := newClaim(&whole); len(own.calls) > 0 {
		c.calls, c.why, c.blanked = own.calls, "", true
	}
}

// resourceOf is the resource as an ARN where IAM prints a role or user by its name.
func resourceOf(d *denial.Denial) string {
	for _, kind := range []string{"role", "user"} {
		if name, printed := strings.CutPrefix(d.Resource, kind+" "); printed && d.Service == "iam" {
			return "arn:" + declare.Partition + ":iam::" + declare.Account + ":" + kind + "/" + name
		}
	}
	return d.Resource
}

// otherRole is the name of the role that made the call, where that is not the function's; empty where it is, or where
// the message does not say.
func (c *claim) otherRole(function *fact.Function) string {
	arn, err := fact.ParseARN(c.said.Principal)
	if err != nil {
		return ""
	}
	kind, rest, _ := strings.Cut(arn.Resource, "/")
	name := ""
	switch {
	case arn.Service == "sts" && kind == "assumed-role":
		name, _, _ = strings.Cut(rest, "/")
	case arn.Service == "iam" && kind == "role":
		name = fact.RoleName(c.said.Principal)
	}
	if name == "" || strings.Contains(name, "*") || name == fact.RoleName(function.Role) {
		return ""
	}
	return name
}

// decision is what was decided of the same call, the worst where several needs of the function are the same call: those
// of its configuration answer for messages that name no resource.
func (c *claim) decision(in *check.Input, function *fact.Function) *decide.Decision {
	action, kind := c.said.Action, need.Identity
	switch {
	case action != "":
	case c.said.Service == "" && c.said.Place == finding.PlaceExecutionRole:
		action, kind = need.AssumeRole, need.Trust
	case c.said.Place == finding.PlaceInvoke:
		action, kind = invokeFunction, need.Invoke
	default:
		return nil
	}
	var worst *decide.Decision
	rank := func(d *decide.Decision) int {
		return map[decide.Verdict]int{decide.Allowed: 0, decide.Unknown: 1, decide.Denied: 2}[d.Verdict]
	}
	for i := range in.Decisions {
		d := &in.Decisions[i]
		n := d.Need
		if n.Function.ARN != function.ARN || n.Doubtful || !strings.EqualFold(n.Action, action) || n.Kind != kind {
			continue
		}
		if len(c.calls) > 0 {
			call := c.calls[0].In(in.Facts.Account.Partition, in.Facts.Account.ID, in.Facts.Account.Region)
			if n.Resource != call.Resource {
				continue
			}
		} else if n.Purpose == need.Meant || n.Purpose == need.Objects || n.Purpose == need.Listing {
			continue // these follow from the text of policies, and no resource says that they are meant
		}
		if worst == nil || rank(d) > rank(worst) {
			worst = d
		}
	}
	return worst
}

// fault is the worst finding that a message may be about that names no call, and how many others it may be about:
// Lambda's own about the role or a service, and those of services that may not call the function.
func (c *claim) fault(found []finding.Finding) (worst *finding.Finding, others int) {
	fitting := 0
	for i := range found {
		f := &found[i]
		var fits bool
		switch {
		case c.said.Action != "":
		case c.said.Service != "":
			fits = slices.ContainsFunc(strings.Split(f.Action, ","), func(a string) bool { return strings.HasPrefix(a, c.said.Service+":") })
		case c.said.Place == finding.PlaceInvoke:
			fits = f.Place == finding.PlaceInvoke && f.SourceARN != ""
		case c.said.Place == finding.PlaceExecutionRole:
			fits = strings.EqualFold(f.Action, need.AssumeRole) && f.Check != "R17"
		}
		if fits {
			fitting++
		}
		if fits && (worst == nil || f.Severity.Rank() < worst.Severity.Rank()) {
			worst = f
		}
	}
	return worst, max(fitting-1, 0)
}

// faultOf is the finding on a decision.
func faultOf(found []finding.Finding, d *decide.Decision) *finding.Finding {
	for i := range found {
		f := &found[i]
		if f.Function != d.Need.Function.ARN || f.Qualifier != d.Need.Function.Qualifier || !slices.Contains(strings.Split(f.Action, ","), d.Need.Action) {
			continue
		}
		if d.Need.Trigger != nil && f.SourceARN == d.Need.Trigger.Source ||
			d.Need.Trigger == nil && slices.Contains(strings.Split(f.Resource, ","), d.Need.Granted()) {
			return f
		}
	}
	return nil
}

// unclear says why nothing that is known of the function answers the claim.
func (c *claim) unclear() string {
	if c.why == "" {
		return "nothing decides this call"
	}
	return c.why + ", and nothing that is known of the function explains it"
}

// unseen are the guardrails whose policies nothing here reads and the simulator does not evaluate.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
var unseen = map[string]string{
	string(denial.Session): "session policy", string(denial.RCP): "resource control policy",
	string(denial.VPCEndpoint): "VPC endpoint policy", string(denial.BlockPublicAccess): "Block Public Access setting",
}

// allowed words that what was refused is allowed by all that is read.
func (c *claim) allowed(out *finding.DiagnosedDenial) {
	by := "by what is read"
	if out.Policy != "" {
		by = fmt.Sprintf("by %s in %s", out.StatementID, out.Policy)
	}
	if name := unseen[c.said.Guardrail]; name != "" {
		out.Answer = fmt.Sprintf("The message says that a %s refuses it. The role is allowed it %s, and whether that guardrail still refuses it is not among what is read: ask who owns it.", name, by)
		return
	}
	out.Outcome = finding.Contradicted
	when := ""
	if len(c.seen) > 0 {
		when = ", last at " + lastSeen(c.seen)
	}
	out.Answer = fmt.Sprintf("The message says that it was refused%s; it is allowed now, %s. %s "+
		"If it is refused again, something decides that is not seen here: a session policy, a VPC endpoint policy, or another resource than the one the message names.", when, by, perhapsGranted)
}

// perhapsGranted stands where nothing tells whether something was granted since.
const perhapsGranted = "If that was granted since, run it again: a change may take minutes to be known everywhere."
