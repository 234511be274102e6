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

// byIAM is the authorization of an API's method for which IAM decides on who calls.
const byIAM = "AWS_IAM"

// nobodys stands for the account of a resource whose policy must let everybody in, those of its own account, too: a private
// API's.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html
const nobodys = "000000000000"

// endpoints are where alone a private API takes requests from.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html
const endpoints = "interface endpoints of VPCs"

// consultGate looks at what an API asks of who calls a method: its authorization says whether the role is asked at all. It
// returns false where the policy decides as those of other resources do.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
func (d *Decision) consultGate(facts *fact.Facts, target *fact.Target, policy *iampolicy.Policy, own bool, undecided func(fact.Unread)) bool {
	authorization, why := authorizationOf(target.API, d.Need, target.ARN)
	if why.IsZero() && len(iampolicy.UnknownNames(authorization)) > 0 {
		why = fact.Unread{Reason: fmt.Sprintf("which authorization the method of the %s asks for depends on what is not known: %s", target.Name(), strings.Join(iampolicy.UnknownNames(authorization), ", "))}
	}
	if why.IsZero() && target.API.Open != "" {
		why = fact.Unread{Reason: fmt.Sprintf("whether the %s is private depends on what is not known: %s", target.Name(), target.API.Open)}
	}
	switch {
	case target.API.Private && d.Need.ByCode() && outside(facts, d.Need.Function):
		refusal := &Refusal{Target: *target, Explicit: true, Network: endpoints}
		if authorization != byIAM && why.IsZero() {
			d.byTarget()
		}
		if d.Verdict == Allowed {
			d.refusedBy(refusal)
		}
		d.Refusal = refusal
		return true
	case !why.IsZero():
		d.Verdict, d.Guardrail, d.Unread = Unknown, "", why
		return true
	case authorization != byIAM:
		d.openly(facts, target, policy, authorization)
		return true
	case !target.API.Private:
		return false
	}
	var refusal *Refusal
	if policy == nil {
		refusal = &Refusal{Target: *target}
	} else {
		refusal, why = refused(TargetAllows(facts, d.Need, target, policy), target, policy)
	}
	switch {
	case d.Verdict == Allowed && refusal != nil:
		d.refusedBy(refusal)
	case d.Verdict == Allowed && !why.IsZero():
		undecided(why)
	case d.Verdict == Allowed:
	case refusal != nil:
		d.Refusal = refusal
	default:
		return !own || policy == nil // what the policy grants to the role itself counts as elsewhere
	}
	return true
}

// openly decides on a call of a method without IAM authorization: nobody asks what the role may. Whether an authorizer or a
// user pool lets the caller in is no matter of permissions; the API's policy is one, on which everybody is alike. Only an
// authorizer of Lambda's can take the place of a statement that allows.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
func (d *Decision) openly(facts *fact.Facts, target *fact.Target, policy *iampolicy.Policy, authorization string) {
	d.byTarget()
	if policy == nil {
		if target.API.Private {
			d.refusedBy(&Refusal{Target: *target, Open: true})
		}
		return
	}
	if authorization == "CUSTOM" {
		policy = denying(policy)
	}
	refusal, why := refused(openCase(facts, d.Need, target, policy), target, policy)
	switch {
	case refusal != nil:
		refusal.Open = true
		d.refusedBy(refusal)
	case !why.IsZero():
		d.Verdict, d.ByTarget, d.Unread = Unknown, false, why
	}
}

// openCase is TargetCase for a caller whom nobody asks who it is.
func openCase(facts *fact.Facts, n *need.Need, target *fact.Target, policy *iampolicy.Policy) *iampolicy.Case {
	c := TargetCase(facts, n, target, policy)
	// "*" is a principal; where it were none, the case would allow nothing.
	c.Principal, _ = iampolicy.ParsePrincipal("*")
	c.Context = c.Context.With("aws:PrincipalType", "Anonymous")
	for _, name := range []string{"aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:userid", "aws:username", "lambda:SourceFunctionArn"} {
		c.Context = c.Context.With(name)
	}
	return c
}

// denying is a policy that denies what the policy denies, and allows all else: the answer of an authorizer may.
func denying(policy *iampolicy.Policy) *iampolicy.Policy {
	const all = `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	statements := []string{}
	for _, s := range policy.Statements() {
		if s.Effect() == iampolicy.Deny {
			statements = append(statements, string(s.JSON()))
		} else {
			statements = append(statements, all) // so that the others keep their places
		}
	}
	doc := `{"Version":"2012-10-17","Statement":[` + strings.Join(append(statements, all), ",") + `]}`
	out, err := iampolicy.Parse([]byte(doc), iampolicy.Resource)
	if err != nil {
		return policy // which parsed: so does what is made of its statements
	}
	return out.WithName(policy.Name())
}

// authorizationOf is the authorization of the method that a call is for, as API Gateway calls it; the reason where it is not
// known which method that is and where that makes a difference. Messages to the connections of a WebSocket API, and what is
// done to a cache, IAM decides on whatever the methods ask.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
func authorizationOf(api *fact.API, n *need.Need, arn string) (string, fact.Unread) {
	asked := strings.TrimPrefix(n.Granted(), arn)
	if !strings.EqualFold(n.Action, "execute-api:Invoke") || len(api.Routes) == 0 {
		return byIAM, fact.Unread{}
	}
	parts := strings.SplitN(strings.TrimPrefix(asked, "/"), "/", 3) // stage, method, path
	if len(parts) > 1 && !strings.ContainsAny(strings.Join(parts[1:], "/"), "*?") {
		method := parts[1]
		if len(parts) > 2 {
			method += " /" + parts[2]
		} else if api.Kind != fact.TriggerWebSocketAPI {
			method += " /"
		}
		if route, is := api.Route(method); is {
			return cmp.Or(route.Authorization, "NONE"), fact.Unread{}
		}
	}
	var kinds []string
	meant := slices.DeleteFunc(slices.Clone(api.Routes), func(r fact.APIRoute) bool { return !mayTake(r.Label, parts[1:]) })
	open := strings.ContainsAny(asked, "*?") && len(meant) > 0
	if len(meant) == 0 {
		meant = api.Routes
	}
	for _, route := range meant {
		if kind := cmp.Or(route.Authorization, "NONE"); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range kinds {
		if len(iampolicy.UnknownNames(kind)) > 0 {
			return kind, fact.Unread{}
		}
	}
	switch {
	case len(kinds) == 1:
		return kinds[0], fact.Unread{}
	case !slices.Contains(kinds, byIAM):
		return "CUSTOM", fact.Unread{} // at least: its policy is asked least
	case open:
		return byIAM, fact.Unread{} // for those of the methods that ask
	}
	return "", fact.Unread{Reason: fmt.Sprintf("which method of the API %s is called by %s is not known, and some of its methods ask who calls and others do not", api.ID, n.Granted())}
}

// mayTake tells whether a route, "GET /notes/{id}", may take calls of a pattern's method and path. Either may be missing, and
// what stands before the first part that is open decides.
func mayTake(label string, pattern []string) bool {
	method, path, routed := strings.Cut(label, " ")
	if len(pattern) == 0 || !routed {
		return true
	}
	if !strings.ContainsAny(pattern[0], "*?") && method != "ANY" && pattern[0] != method {
		return false
	}
	if len(pattern) == 1 {
		return true
	}
	cut := func(text, marks string) string {
		if at := strings.IndexAny(text, marks); at >= 0 {
			return text[:at]
		}
		return text
	}
	asked, taken := cut("/"+pattern[1], "*?"), cut(path, "{")
	return strings.HasPrefix(asked, taken) && taken != path || strings.HasPrefix(taken, asked) || asked == taken
}
