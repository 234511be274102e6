package need

import (
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// bothSince is when every new URL needs both permissions for certain: AWS says October 2025, of new ones.
//
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
var bothSince = time.Date(2025, time.November, 1, 0, 0, 0, 0, time.UTC)

// byURL is what a function's URL needs. A public one needs both permissions for everybody. The callers of one that asks
// for signatures may have them from policies of their own, so that nothing follows from the URL alone; but whom the
// function's policy gives one of the two is meant to have both.
func byURL(facts *fact.Facts, t *fact.Trigger) []Need {
	var needs []Need
	if t.Kind == fact.TriggerPublicURL {
		needs = trigger(facts.Account, t)
	} else {
		needs = signed(facts, t)
	}
	if !t.Created.IsZero() && t.Created.Before(bothSince) {
		for i := range needs {
			if n := &needs[i]; n.Action == Invokes && n.Presumed.IsZero() {
				n.Presumed = fact.Unread{Reason: "the policy of " + t.Function.String() + " does not allow " + Invokes + " by its URL; the URL is older than November 2025, and AWS documents that permission for new ones: whether this one needs it too is not known"}
			}
		}
	}
	return needs
}

// signed are the calls of those whom the function's policy names for its URL, each for the permission that the
// statement does not give.
//
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
func signed(facts *fact.Facts, t *fact.Trigger) []Need {
	by, _ := t.Kind.Manner()
	read := facts.Policies[t.Function]
	policy, known := read.Value()
	if why, unread := read.Unread(); unread {
		return []Need{{Kind: Invoke, Purpose: Called, Level: Required, Function: t.Function, Principal: Anyone, Resource: t.Function.String(), Trigger: t, Unread: why}}
	}
	if !known {
		return nil
	}
	var needs []Need
	var routes []*fact.Route
	for _, s := range policy.Policy.Statements() {
		gives := forURL(s)
		if s.Effect() != iampolicy.Allow || len(gives) != 1 {
			continue
		}
		keys, source := conditionsOf(s)
		for _, principal := range s.Principals() {
			if principal.Value == distributor && fronted(facts, t) {
				continue // what the distribution needs is known
			}
			one, err := iampolicy.ParsePrincipal(principal.Value)
			if err != nil {
				continue // nobody that can be asked about
			}
			at := slices.IndexFunc(routes, func(r *fact.Route) bool { return r.Label == principal.Value && r.Pattern == source })
			if at < 0 {
				at = len(routes)
				routes = append(routes, &fact.Route{Label: principal.Value, Pattern: source})
			}
			n := Need{
				Kind: Invoke, Purpose: Called, Level: Required, Function: t.Function, Principal: principal.Value,
				Resource: t.Function.String(), Trigger: t, Route: routes[at],
			}
			if one.Account() == facts.Account.ID {
				n.Presumed = fact.Unread{Reason: "the policy of " + t.Function.String() + " gives " + principal.Value + " " + gives[0] +
					" for its URL and not the other permission that a request needs; whether policies of the caller itself do is not known"}
			}
			for _, request := range by.Requests {
				if request.Action == gives[0] {
					continue
				}
				n.Action, n.Context = request.Action, map[string][]string{}
				for key, values := range keys {
					n.Context[key] = values
				}
				for key, values := range request.Keys {
					n.Context[key] = values
				}
				if !slices.ContainsFunc(needs, func(m Need) bool { return m.Route == n.Route && m.Action == n.Action }) {
					needs = append(needs, n)
				}
			}
		}
	}
	return needs
}

// distributor is CloudFront's name.
const distributor = "cloudfront.amazonaws.com"

// fronted tells whether a distribution is known to send requests to the URL.
func fronted(facts *fact.Facts, t *fact.Trigger) bool {
	return slices.ContainsFunc(facts.Triggers, func(d fact.Trigger) bool { return d.Kind == fact.TriggerDistribution && d.Host == t.Host })
}

// forURL are the actions that a statement gives by name to callers of a URL. One on lambda:InvokeFunction is for them
// only where it says so.
func forURL(s *iampolicy.Statement) []string {
	has := func(action string) bool {
		return slices.ContainsFunc(s.Actions(), func(a string) bool { return strings.EqualFold(a, action) })
	}
	var gives []string
	if has(fact.InvokeURL) {
		gives = append(gives, fact.InvokeURL)
	}
	if has(Invokes) && slices.ContainsFunc(s.Conditions(), func(c iampolicy.Condition) bool { return strings.EqualFold(c.Key, fact.ViaURL) }) {
		gives = append(gives, Invokes)
	}
	return gives
}

// conditionsOf is a call that meets a statement's conditions, as far as they say plainly what it carries, and the source
// ARN among them as it is written. What a pattern leaves open is not known of the call either.
func conditionsOf(s *iampolicy.Statement) (keys map[string][]string, source string) {
	keys = map[string][]string{}
	plain := []string{"StringEquals", "StringLike", "ArnEquals", "ArnLike"}
	for _, c := range s.Conditions() {
		if !slices.Contains(plain, c.Operator) || len(c.Values) == 0 || strings.EqualFold(c.Key, fact.URLAuthType) || strings.EqualFold(c.Key, fact.ViaURL) {
			continue
		}
		if strings.EqualFold(c.Key, "aws:SourceArn") {
			source = c.Values[0]
		}
		keys[c.Key] = []string{strings.NewReplacer("*", iampolicy.Unknown("any"), "?", iampolicy.Unknown("any")).Replace(c.Values[0])}
	}
	return keys, source
}
