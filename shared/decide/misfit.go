package decide

import (
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/lint"
	"permprobe/shared/need"
)

// BucketMisfits decides what the policies of the functions' roles say of S3 and cannot mean: an action on
// objects that is granted on the bucket (for the purpose need.Objects), and the listing of a bucket that is
// granted on its objects (need.Listing). There is a denied decision for each such action that nothing else
// the role has grants where it was meant, and an unknown one for a role whose policies are not known.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func BucketMisfits(facts *fact.Facts, purpose need.Purpose) []Decision {
	byRole := map[string][]misfit{}
	var decisions []Decision
	for i := range facts.Functions {
		function := &facts.Functions[i]
		base := need.Need{Kind: need.Identity, Purpose: purpose, Level: need.Required, Function: function.Ref(), Role: function.Role}
		role, why := roleOf(facts, function.Role)
		policies, known := role.Policies.Value()
		if why.IsZero() && !known {
			why, _ = role.Policies.Unread()
		}
		if !why.IsZero() {
			decisions = append(decisions, Decision{Need: &base, Unread: why, NoRole: facts.Roles[function.Role].IsAbsent()})
			continue
		}
		found, done := byRole[function.Role]
		if !done {
			found = misfits(facts, role, policies, purpose)
			byRole[function.Role] = found
		}
		for _, m := range found {
			n := base
			n.Action, n.Resource, n.Grant = m.action, m.meant, m.grant
			d := Decision{Need: &n, Verdict: Denied, Element: m.problem.Element, Detail: m.problem.Why}
			d.cite(m.problem.Ref)
			if corrected, ok := m.problem.Corrected(); ok {
				d.Corrected = string(corrected)
			}
			decisions = append(decisions, d)
		}
	}
	return decisions
}

// misfit is one action of a statement that its resources can never apply to.
type misfit struct {
	problem lint.Problem
	action  string
	// meant is what the request would be about, grant what the statement should name.
	meant, grant string
}

func misfits(facts *fact.Facts, role fact.Role, policies []*iampolicy.Policy, purpose need.Purpose) []misfit {
	var found []misfit
	for _, policy := range policies {
		if !mentionsS3(policy) {
			continue
		}
		for _, problem := range lint.Policy(policy, lint.Context{Partition: facts.Account.Partition, ExecutionRole: true}) {
			if problem.ID != "resource-type" || problem.Confidence != lint.Certain {
				continue
			}
			bucket, objects := strings.CutSuffix(problem.Value, "/*")
			if at := strings.IndexByte(problem.Value, '/'); at >= 0 {
				bucket, objects = problem.Value[:at], true
			}
			if objects != (purpose == need.Listing) || !strings.Contains(bucket, ":s3:::") {
				continue
			}
			for _, text := range problem.Actions {
				if service, _, _ := strings.Cut(text, ":"); !strings.EqualFold(service, "s3") {
					continue // another service's action on a bucket is R14's
				}
				m := misfit{problem: problem, action: representative(text), meant: open(bucket), grant: bucket}
				if purpose == need.Objects {
					m.meant, m.grant = m.meant+"/"+iampolicy.Unknown("any object"), bucket+"/*"
				}
				listing := strings.HasPrefix(m.action, "s3:ListBucket")
				if m.action != "" && listing == (purpose == need.Listing) && grantedNowhere(role, policies, m.action, m.meant) {
					found = append(found, m)
				}
			}
		}
	}
	return found
}

// mentionsS3 keeps the rules off the policies that have nothing to do with S3.
func mentionsS3(policy *iampolicy.Policy) bool {
	for _, statement := range policy.Statements() {
		if strings.Contains(strings.ToLower(string(statement.JSON())), "s3:") {
			return true
		}
	}
	return false
}

// representative is one action of S3 that a pattern stands for; empty where it stands for none.
func representative(pattern string) string {
	if known, ok := authref.Lookup(strings.TrimRight(pattern, "*")); ok {
		return known.Service + ":" + known.Name
	}
	for _, action := range authref.ExpandAction(pattern) {
		return action
	}
	return ""
}

// open is a bucket's ARN in which a pattern stands for a name that is not known.
func open(bucket string) string {
	return strings.NewReplacer("*", iampolicy.Unknown("bucket"), "?", iampolicy.Unknown("bucket")).Replace(bucket)
}

// grantedNowhere tells whether the role's policies certainly do not grant the action, and do not refuse it on
// purpose either.
func grantedNowhere(role fact.Role, policies []*iampolicy.Policy, action, resource string) bool {
	result := MisfitCase(role.ARN, action, resource, policies).Decide()
	return result.Decision == iampolicy.ImplicitDeny
}

// MisfitCase is a request of the role put to its own policies, with everything else about it unknown.
func MisfitCase(role, action, resource string, policies []*iampolicy.Policy) *iampolicy.Case {
	principal, err := iampolicy.ParsePrincipal(role)
	if err != nil {
		principal = iampolicy.Principal{} // decides nothing: the case answers that it has no principal
	}
	return alone(role, &iampolicy.Case{
		Principal: principal, Action: action, Resource: resource, Context: iampolicy.NewContext(nil).WithUnknown("*"), Identity: policies,
	})
}
