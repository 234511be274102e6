package decide

import (
	"fmt"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// decideIdentity takes the simulator's answer and explains a deny with the role's own policies. The
// simulator sees what we cannot (service control policies); the evaluator says why (the statement that
// almost grants). Where they disagree, the need is undecided.
func decideIdentity(ask *asker, d *Decision, answers map[Question]Answer) {
	facts := ask.facts
	role, why := roleOf(facts, d.Need.Role)
	if !why.IsZero() {
		d.Unread = why
		return
	}
	d.own = questionOf(facts, d.Need)
	d.Question = d.own
	answer, asked := answers[d.Question]
	if !asked {
		d.Question = ask.together(d.Need, d.own)
		answer, asked = answers[d.Question]
		d.shared, d.organization = d.Question != d.own, answer.InOrganization
	}
	if !asked {
		d.Unread = fact.Unread{Reason: fmt.Sprintf("the simulator was not asked whether %s may %s on %s",
			d.Need.Role, d.Need.Action, d.Need.Resource)}
		return
	}
	if d.Unread = sampled(facts, role, d); !d.Unread.IsZero() {
		return
	}
	switch answer.Decision {
	case iampolicy.Allowed:
		d.Verdict, d.Remembered = Allowed, answer.Remembered
	case iampolicy.ImplicitDeny, iampolicy.ExplicitDeny:
		if d.shared && matters(facts, d) {
			d.Unread = fact.Unread{Reason: fmt.Sprintf("the simulator was asked whether %s may %s for another function only",
				d.Need.Role, d.Need.Action)}
			return
		}
		if answer.Decision == iampolicy.ImplicitDeny && d.asNamed(facts, role) {
			return
		}
		d.Explicit = answer.Decision == iampolicy.ExplicitDeny
		attribute(role, d, &answer, answers[d.Question.outside()].Decision, Recent(facts, d.Need.Role))
	default:
		d.shared = false // the function's own question would meet the same
		d.Unread = answer.Unread
		if d.Unread.IsZero() {
			d.Unread = fact.Unread{Reason: "the simulator gave no decision"}
		}
		if answer.LeftOut {
			d.Unread = unclear(role, d)
		}
	}
}

// unclear says what of the role's side is not known where the simulator gave no decision; what the simulator said where
// all of it is.
func unclear(role fact.Role, d *Decision) fact.Unread {
	name := fact.RoleName(role.ARN)
	policies, known := role.Policies.Value()
	if !known {
		why, _ := role.Policies.Unread()
		why.Reason = fmt.Sprintf("what %s may is not known: %s", name, why.Reason)
		return why
	}
	if why, unread := role.Boundary.Unread(); unread {
		why.Reason = fmt.Sprintf("what the permissions boundary lets %s do is not known: %s", name, why.Reason)
		return why
	}
	if result := identityCase(d, policies).Decide(); result.Decision == iampolicy.Undetermined && !result.Denied {
		return fact.Unread{Reason: fmt.Sprintf("whether %s may %s depends on what is not known: %s", d.Need.Role, d.Need.Action, result.Reason)}
	}
	return d.Unread
}

// sampled says whether the answer on a sample of a resource holds for what the sample stands for: not where the role's
// policies tell resources of its kind apart.
func sampled(facts *fact.Facts, role fact.Role, d *Decision) fact.Unread {
	if d.Need.Open == "" {
		return fact.Unread{}
	}
	policies, known := role.Policies.Value()
	if !known {
		why, _ := role.Policies.Unread()
		return why
	}
	of := identityCase(d, policies)
	of.Resource = d.Need.Open
	if result := of.Decide(); result.Decision == iampolicy.Undetermined && !result.Denied {
		return fact.Unread{Reason: fmt.Sprintf("whether %s may %s depends on what is not known: %s", d.Need.Role, d.Need.Action, result.Reason)}
	}
	return fact.Unread{}
}

// attribute says who denies. The order matters: a guardrail is named only when the role's own policies
// would allow, because a missing permission is mended there first.
func attribute(role fact.Role, d *Decision, answer *Answer, outside iampolicy.Decision, recent string) {
	policies, known := role.Policies.Value()
	if !known {
		attributeBlind(role, d, answer)
		return
	}
	own := identityCase(d, policies)
	result := own.Decide()
	switch {
	case result.Decision == iampolicy.ExplicitDeny:
		d.Verdict, d.Explicit = Denied, true
		if len(result.Matched) > 0 {
			d.cite(result.Matched[0])
		}
	case result.Decision == iampolicy.ImplicitDeny, result.Denied:
		// The simulator lists keys of unrelated statements as missing too. The evaluator, for which every
		// key that was not sent is unknown, denies only where no missing key could change that.
		d.Verdict = Denied
		switch {
		case d.Explicit && isFalse(answer.Organizations):
			d.Guardrail, d.Lacking = GuardrailSCP, true
		case d.Explicit && isFalse(answer.Boundary):
			d.Guardrail, d.Lacking = GuardrailBoundary, true
			d.citeBoundary(role)
		default:
			d.Explicit = false
			d.nearMiss(own)
		}
	case result.Decision == iampolicy.Allowed:
		attributeGuardrail(role, d, answer, outside, recent)
	default:
		d.Unread = fact.Unread{Reason: fmt.Sprintf("whether %s may %s depends on what is not known: %s%s",
			d.Need.Role, d.Need.Action, result.Reason, missingKeys(answer.Missing))}
	}
}

// attributeBlind decides from the simulator's answer alone, where a policy of the role is not known.
func attributeBlind(role fact.Role, d *Decision, answer *Answer) {
	if len(answer.Missing) > 0 {
		d.Unread = fact.Unread{Reason: fmt.Sprintf("whether %s may %s depends on request keys that are not known%s",
			d.Need.Role, d.Need.Action, missingKeys(answer.Missing))}
		return
	}
	d.Verdict = Denied
	switch {
	case isFalse(answer.Organizations):
		d.Guardrail = GuardrailSCP
	case isFalse(answer.Boundary) && !role.Boundary.IsAbsent() && d.Explicit:
		d.Guardrail = GuardrailBoundary
	}
	if len(answer.Statements) > 0 {
		d.Policy = answer.Statements[0].Policy
	}
}

// attributeGuardrail names what denies around policies that allow. What the simulator decides without the service
// control policies proves whether it is them; it is Undetermined where that was not asked or not answered.
func attributeGuardrail(role fact.Role, d *Decision, answer *Answer, outside iampolicy.Decision, recent string) {
	organization := isFalse(answer.Organizations)
	d.unproven = answer.InOrganization && outside == iampolicy.Undetermined && (organization || answer.Alone && !isFalse(answer.Boundary))
	if outside != iampolicy.Undetermined {
		organization = outside == iampolicy.Allowed
	}
	switch {
	case organization:
		d.Verdict, d.Guardrail = Denied, GuardrailSCP
	case isFalse(answer.Boundary):
		d.Verdict, d.Guardrail = Denied, GuardrailBoundary
		d.citeBoundary(role)
	case answer.Organizations == nil && !answer.Alone:
		d.unattributed = true
		d.Unread = fact.Unread{Reason: "the simulator was not asked alone"}
	default:
		d.Unread = fact.Unread{Reason: fmt.Sprintf(
			"the simulator answers %s for %s of %s although the role's policies allow it%s",
			answer.Decision, d.Need.Action, d.Need.Role, missingKeys(answer.Missing))}
		if recent != "" {
			d.Unread.Reason += ": " + recent + ", and IAM takes a while to tell that everywhere: run it again"
		}
	}
}

// citeBoundary names the statement of the boundary that denies or that almost allows.
func (d *Decision) citeBoundary(role fact.Role) {
	boundary, known := role.Boundary.Value()
	if !known {
		return
	}
	d.Policy = boundary.Name()
	within := identityCase(d, []*iampolicy.Policy{boundary})
	if result := within.Decide(); len(result.Matched) > 0 {
		d.cite(result.Matched[0])
	} else {
		d.nearMiss(within)
	}
}

// identityCase is the question put to the role's own policies alone.
func identityCase(d *Decision, policies []*iampolicy.Policy) *iampolicy.Case {
	principal, err := iampolicy.ParsePrincipal(d.Need.Role)
	if err != nil {
		// The ARN came from IAM's own list of roles; an anonymous principal decides the same, because
		// identity policies do not look at it.
		principal = iampolicy.Principal{}
	}
	keys := d.Question.Context.Keys()
	if d.Need.Trigger == nil { // how services call as the roles that they are given is theirs to say
		for _, name := range foreignKeys {
			keys[name] = nil
		}
	}
	return alone(d.Need.Role, &iampolicy.Case{
		Principal: principal,
		Action:    d.Question.Action,
		Resource:  d.Question.Resource,
		Context:   iampolicy.NewContext(keys).WithUnknown("*"),
		Identity:  policies,
	})
}

// alone leaves the role's own policies to decide a case: what is called is taken for a resource of the role's account, and
// where its policy must allow besides (keys, trust), for one whose policy leaves that to the account.
func alone(role string, c *iampolicy.Case) *iampolicy.Case {
	c.ResourceAccount = need.OwnerOf(role)
	service, _, _ := strings.Cut(strings.ToLower(c.Action), ":")
	if service != "kms" && service != "sts" || c.ResourceAccount == "" {
		return c
	}
	document := `{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + c.ResourceAccount + `"},"Action":"*"`
	kind := iampolicy.Trust
	if service == "kms" {
		document, kind = document+`,"Resource":"*"`, iampolicy.Resource
	}
	// The documents are our own: they parse, and where they did not the case would allow nothing.
	if policy, err := iampolicy.Parse([]byte(document+"}}"), kind); err == nil {
		c.ResourcePolicy = policy
	}
	return c
}

func isFalse(b *bool) bool { return b != nil && !*b }

func missingKeys(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return " (missing: " + strings.Join(keys, ", ") + ")"
}
