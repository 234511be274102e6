package decide

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// Excess is what a role may do beyond what the functions that run as it are known to need.
type Excess struct {
	// Decision is about the first of the functions, by ARN. It is Allowed and cites the first of the statements; its
	// Unread says why the role may need more than is known, and is zero where all of it is. It is Unknown where the
	// role's policies are not known.
	Decision Decision
	// Functions is how many functions run as the role, as far as they are looked at.
	Functions int
	// Wide are grants of every action of a service, or of what gives every permission, on every resource; Unused those
	// that no known need uses. Unused is only told where what the code calls is declared.
	Wide, Unused []Grant
	// Needed are the decisions on what the role is known to need.
	Needed []*Decision
}

// Excesses finds, for every role that functions run as, what it may do beyond what is known to be needed; roles of which
// nothing can be said are left out, those whose policies are not known are not. Sorted by role.
func Excesses(facts *fact.Facts, decisions []Decision) []Excess {
	functions := map[string][]fact.FunctionRef{}
	for i := range facts.Functions {
		f := &facts.Functions[i]
		functions[f.Role] = append(functions[f.Role], f.Ref())
	}
	needed := map[string][]*Decision{}
	declared := map[string]bool{}
	for i := range decisions {
		d := &decisions[i]
		if d.Need.Kind == need.Identity {
			needed[d.Need.Role] = append(needed[d.Need.Role], d)
		}
		if d.Need.Purpose == need.Declared || d.Need.Purpose == need.Optional {
			declared[d.Need.Function.ARN] = true
		}
	}
	var found []Excess
	for arn, users := range functions {
		slices.SortFunc(users, func(a, b fact.FunctionRef) int { return cmp.Compare(a.ARN, b.ARN) })
		e := Excess{Functions: len(users), Needed: needed[arn], Decision: Decision{
			Verdict: Allowed,
			Need:    &need.Need{Kind: need.Identity, Purpose: need.Excess, Level: need.Required, Function: users[0], Role: arn, Principal: arn},
		}}
		role, why := roleOf(facts, arn)
		policies, known := role.Policies.Value()
		if why.IsZero() && !known {
			why, _ = role.Policies.Unread()
		}
		if boundary, unread := role.Boundary.Unread(); why.IsZero() && unread {
			why = boundary
		}
		if !why.IsZero() {
			e.Decision.Verdict, e.Decision.Unread = Unknown, why
			e.Decision.NoRole = facts.Roles[arn].IsAbsent()
			found = append(found, e)
			continue
		}
		whole := e.open(facts, users, declared)
		e.look(role, policies, whole)
		if len(e.Wide)+len(e.Unused) > 0 {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b Excess) int { return cmp.Compare(a.Decision.Need.Role, b.Decision.Need.Role) })
	return found
}

// open says why the role may need more than is known. It tells whether what the code calls is known.
func (e *Excess) open(facts *fact.Facts, users []fact.FunctionRef, declared map[string]bool) bool {
	role := fact.RoleName(e.Decision.Need.Role)
	var reason string
	at := slices.IndexFunc(users, func(f fact.FunctionRef) bool { return !declared[f.ARN] })
	switch all, counted := facts.Runners[e.Decision.Need.Role], facts.Runners != nil; {
	case at >= 0:
		reason = fmt.Sprintf("what the code of %s calls is not declared, so which grants of %s it uses is not known", users[at].Name(), role)
	case !counted:
		reason = fmt.Sprintf("which other functions run as %s is not known", role)
	case all > len(users):
		reason = fmt.Sprintf("%d functions run as %s, and not all of them are looked at", all, role)
	}
	if reason != "" {
		e.Decision.Unread = fact.Unread{Reason: reason}
		return false
	}
	for _, d := range e.Needed {
		if d.Verdict == Unknown {
			e.Decision.Unread = d.Unread
			return d.Need.Unread.IsZero() // what a call is about must be known, whether it is allowed need not
		}
	}
	return true
}

// powers are actions that on every resource give whoever has them any permission, or every secret.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html,
// https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html
var powers = []string{
	"iam:PassRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AttachGroupPolicy",
	"iam:PutGroupPolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:CreateAccessKey",
	"iam:AddUserToGroup", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "sts:AssumeRole", "kms:Decrypt", "kms:ReEncryptFrom",
}

// look fills the wide grants and, where everything that is needed is known, the unused ones.
func (e *Excess) look(role fact.Role, policies []*iampolicy.Policy, whole bool) {
	for _, policy := range policies {
		var unused []Grant
		used := false
		for _, statement := range policy.Statements() {
			if statement.Effect() != iampolicy.Allow {
				continue
			}
			resources := statement.Resources()
			for _, action := range granted(statement) {
				g := Grant{Action: action, Resource: strings.Join(resources, ","), Policy: policy.Name(), StatementID: statementID(statement)}
				if len(resources) == 0 {
					g.Resource = "*" // all but some
				}
				switch {
				case isWide(statement, action) && !e.asked(action) && !bounded(role, action):
					if len(e.Wide) == 0 {
						e.Decision.cite(iampolicy.StatementRef{Policy: policy, Statement: statement})
					}
					e.Wide = append(e.Wide, g)
					used = true
				case len(statement.Actions()) == 0, e.uses(action, resources), e.advised(action):
					used = true
				default:
					unused = append(unused, g)
				}
			}
		}
		// Of a policy that is AWS's one takes all or nothing.
		if whole && !(used && strings.Contains(policy.Name(), ":iam::aws:policy/")) {
			e.Unused = append(e.Unused, unused...)
		}
	}
	if len(e.Wide) > 0 || len(e.Unused) == 0 {
		return
	}
	first := e.Unused[0]
	for _, policy := range policies {
		for _, statement := range policy.Statements() {
			if policy.Name() == first.Policy && statementID(statement) == first.StatementID {
				e.Decision.cite(iampolicy.StatementRef{Policy: policy, Statement: statement})
				return
			}
		}
	}
}

// granted are the actions that a statement allows; "*" where it names those that it does not.
func granted(statement *iampolicy.Statement) []string {
	if len(statement.NotActions()) > 0 {
		return []string{"*"}
	}
	return statement.Actions()
}

// isWide tells whether the statement allows the action on everything, and the action is all of a service or gives any
// permission. A condition may bound it, so that it is not.
func isWide(statement *iampolicy.Statement, action string) bool {
	if len(statement.Conditions()) > 0 || len(statement.NotResources()) == 0 && !slices.ContainsFunc(statement.Resources(), everything) {
		return false
	}
	service, name, _ := strings.Cut(action, ":")
	if strings.Trim(service, "*") == "" || strings.Trim(name, "*") == "" {
		return true
	}
	return slices.ContainsFunc(powers, func(power string) bool { return iampolicy.Covers(action, power, true) })
}

// everything tells whether a resource is all there are, or all of a service in every place.
func everything(resource string) bool {
	arn, err := fact.ParseARN(resource)
	return strings.Trim(resource, "*") == "" || err == nil && strings.Trim(arn.Resource+arn.Account+arn.Region, "*") == ""
}

// asked tells whether the action is itself needed on everything.
func (e *Excess) asked(action string) bool {
	return slices.ContainsFunc(e.Needed, func(d *Decision) bool {
		return strings.EqualFold(d.Need.Action, action) && d.Need.Granted() == "*"
	})
}

// bounded tells whether the role's permissions boundary takes the action away for certain.
func bounded(role fact.Role, action string) bool {
	boundary, has := role.Boundary.Value()
	if !has {
		return false
	}
	if strings.Trim(action, "*") == "" {
		action = iampolicy.Unknown("any action")
	}
	c := MisfitCase(role.ARN, opened(action), iampolicy.Unknown("any resource"), []*iampolicy.Policy{boundary})
	result := c.Decide()
	return result.Decision == iampolicy.ImplicitDeny || result.Decision == iampolicy.ExplicitDeny
}

// uses tells whether a known need may use the grant.
func (e *Excess) uses(action string, resources []string) bool {
	return slices.ContainsFunc(e.Needed, func(d *Decision) bool {
		if !iampolicy.Covers(action, d.Need.Action, true) {
			return false
		}
		over := func(pattern, text string) bool { return iampolicy.Covers(pattern, text, false) }
		return slices.ContainsFunc(resources, func(resource string) bool {
			needed := d.Need.Granted()
			return strings.Contains(resource, "${") || over(resource, needed) || over(needed, resource) || over(resource, d.Need.Resource)
		})
	})
}

// advised tells whether AWS recommends an action that the pattern covers for a feature of the functions: the lack of it is
// no fault, and having it is no excess.
func (e *Excess) advised(action string) bool {
	for _, row := range need.Rows() {
		if !slices.ContainsFunc(e.Needed, func(d *Decision) bool { return d.Need.Row == row.ID }) {
			continue
		}
		for _, rule := range row.Rules {
			if rule.Level == need.Recommended && slices.ContainsFunc(rule.Actions, func(a string) bool { return iampolicy.Covers(action, a, true) }) {
				return true
			}
		}
	}
	return false
}
