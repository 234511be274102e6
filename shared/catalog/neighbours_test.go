package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"permprobe/shared/authref"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// call is what a fix is asked for.
type call struct{ principal, action, resource, source, account string }

// holdNeighbours decides with what a fix adds what is like the call that was refused and is not that call. The policy in
// the fix is the narrow form, beside which AWS's own policies stand as the first choice.
func (n *tally) holdNeighbours(t *testing.T, f *finding.Finding) {
	t.Helper()
	var kind iampolicy.Kind
	switch {
	case strings.HasPrefix(f.Fix.CLI, "aws iam put-role-policy"), strings.HasPrefix(f.Fix.CLI, "aws iam attach-role-policy"):
		kind = iampolicy.Identity
	case strings.HasPrefix(f.Fix.CLI, "aws lambda add-permission"):
		kind = iampolicy.Resource
	default:
		return // the whole of a policy that held other things before
	}
	policy, err := iampolicy.Parse([]byte(f.Fix.Policy), kind)
	if err != nil {
		t.Errorf("the policy of the fix: %v", err)
		return
	}
	example := strings.NewReplacer("*", "x", "?", "x").Replace
	is := call{f.Principal, f.Action, example(f.Resource), example(f.SourceARN), "123456789012"}
	if kind == iampolicy.Identity {
		is.principal = f.Role
	}
	if f.Resource == "*" || strings.ContainsAny(f.Action, "*?") || decided(policy, kind, is) != iampolicy.Allowed {
		return // what is refused is not one call, or its context is more than is known here
	}
	for _, other := range neighbours(is, kind, f) {
		n.neighbours++
		got := decided(policy, kind, other)
		if got == iampolicy.Undetermined && len(iampolicy.UnknownNames(other.resource+other.source)) > 0 {
			continue // a name that its template leaves open may be its own neighbour
		}
		if got != iampolicy.ImplicitDeny {
			t.Errorf("%s for %+v, which is not %+v: %s", got, other, is, f.Fix.Policy)
		}
	}
}

// neighbours are calls beside the one that is granted.
func neighbours(is call, kind iampolicy.Kind, f *finding.Finding) []call {
	var out []call
	with := func(change func(*call)) {
		other := is
		if change(&other); other != is {
			out = append(out, other)
		}
	}
	// Another bucket, prefix, queue, function; the same name in another account or Region.
	with(func(c *call) { c.resource = renamed(f.Resource) })
	if bucket, key, within := strings.Cut(is.resource, "/"); within && strings.HasPrefix(bucket, "arn:aws:s3:::") {
		with(func(c *call) { c.resource = bucket + "-x/" + key })
	}
	for _, field := range []int{3, 4} {
		with(func(c *call) {
			if fields := strings.SplitN(c.resource, ":", 6); len(fields) == 6 && fields[field] != "" {
				fields[field] = map[int]string{3: "ap-northeast-3", 4: "999999999999"}[field]
				c.resource = strings.Join(fields, ":")
			}
		})
	}
	// Another action: one that changes who may use what is called.
	service, _, _ := strings.Cut(is.action, ":")
	if known, ok := authref.Service(service); ok {
		actions := slices.DeleteFunc(slices.Clone(known.Actions()), func(a authref.Action) bool { return a.Access != authref.PermissionsManagement })
		for _, a := range actions[:min(len(actions), 3)] {
			with(func(c *call) { c.action = service + ":" + a.Name })
		}
	}
	if kind == iampolicy.Resource {
		with(func(c *call) { c.action = "lambda:UpdateFunctionCode" })
		if is.source != "" {
			with(func(c *call) { c.source = renamed(f.SourceARN) })
			with(func(c *call) { c.source = strings.Replace(c.source, ":123456789012:", ":999999999999:", 1) })
			with(func(c *call) { c.source = "" })
		}
		if strings.HasSuffix(is.principal, ".amazonaws.com") {
			with(func(c *call) { c.principal = "neighbour.amazonaws.com" })
		}
	}
	return out
}

// renamed is an ARN with another name than the pattern's.
func renamed(pattern string) string {
	example := strings.NewReplacer("*", "x", "?", "x").Replace
	name, open := strings.CutSuffix(pattern, "*")
	if !open || name == "" {
		return example(pattern) + "x"
	}
	last := len(name) - 1
	return example(name[:last]) + "-x" + name[last:] + "x"
}

func decided(policy *iampolicy.Policy, kind iampolicy.Kind, is call) iampolicy.Decision {
	principal, err := iampolicy.ParsePrincipal(is.principal)
	if err != nil {
		return iampolicy.Undetermined
	}
	keys := map[string][]string{"aws:SourceAccount": {is.account}}
	if is.source != "" {
		keys["aws:SourceArn"] = []string{is.source}
	}
	c := iampolicy.Case{Principal: principal, Action: is.action, Resource: is.resource, ResourceAccount: "123456789012", Context: iampolicy.NewContext(keys)}
	if kind == iampolicy.Identity {
		c.Identity = []*iampolicy.Policy{policy}
	} else {
		c.ResourcePolicy = policy
	}
	return c.Decide().Decision
}
