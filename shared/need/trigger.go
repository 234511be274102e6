package need

import (
	"maps"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// Called is the purpose of the calls of triggers.
const Called Purpose = "be called by its triggers"

// Invokes is the action by which functions are called.
const Invokes = "lambda:InvokeFunction"

// trigger is what a source needs to call its function: one need for every request it can make.
func trigger(account fact.Account, t *fact.Trigger) []Need {
	by, known := t.Kind.Manner()
	by = by.In(account)
	base := Need{
		Kind: Invoke, Purpose: Called, Level: Required,
		Function:  t.Function,
		Principal: by.Principal,
		Resource:  t.Function.String(),
		Trigger:   t,
		Also:      by.Also,
	}
	switch {
	case !t.Unread.IsZero():
		base.Unread = t.Unread
		return []Need{base}
	case !known:
		base.Unread = fact.Unread{Reason: "how a " + string(t.Kind) + " calls a function is not known"}
		return []Need{base}
	case by.ByRole && t.Credentials == "":
		base.Kind = Identity
		base.Unread = fact.Unread{Reason: "the " + string(t.Kind) + " " + t.SourceName + " names no role to call the function as"}
		return []Need{base}
	case t.Credentials != "":
		return asRole(account, by, base)
	case len(iampolicy.UnknownNames(t.Caller)) > 0:
		base.Unread = fact.Unresolved("as which role the "+string(t.Kind)+" "+t.SourceName+" calls the function", t.Caller)
		return []Need{base}
	}
	if t.Caller != "" {
		base.Principal, by.Principal = t.Caller, t.Caller
	}
	var needs []Need
	for i := range t.Routes {
		base.Route = &t.Routes[i]
		for _, request := range by.Requests {
			base.Action = request.Action
			needs = append(needs, calls(base, by, request.Keys)...)
		}
	}
	return needs
}

// calls are the forms in which one request of the need's route may be made.
func calls(base Need, by fact.Manner, keys map[string][]string) []Need {
	var needs []Need
	add := func(principal, source string, doubtful bool) {
		n := base
		n.Principal, n.Doubtful = principal, doubtful
		for _, form := range forms(by, source, base.Trigger.Account) {
			one := n
			one.Form = form.name
			one.Context = maps.Clone(form.keys)
			maps.Copy(one.Context, keys)
			needs = append(needs, one)
		}
	}
	for _, source := range base.Route.Requests {
		add(by.Principal, source, false)
		if by.Doubtful != "" {
			add(by.Doubtful, source, true)
		}
	}
	for _, source := range base.Route.Doubtful {
		add(by.Principal, source, true)
	}
	return needs
}

// form is one way in which a call may say where it comes from.
type form struct {
	name string
	keys map[string][]string
}

// forms are the ways in which the calls of a source may say where they come from: one where AWS documents which keys
// they carry, and otherwise all that are possible. An empty list is a key that the call does not carry for certain.
func forms(by fact.Manner, source, account string) []form {
	all := []form{{keys: map[string][]string{}}}
	for _, key := range []struct {
		name, value string
		carried     fact.Carried
	}{
		{"aws:SourceArn", source, by.SourceARN},
		{"aws:SourceAccount", account, by.SourceAccount},
	} {
		var next []form
		for _, one := range all {
			with := form{one.name, maps.Clone(one.keys)}
			with.keys[key.name] = []string{key.value}
			without := form{one.name, maps.Clone(one.keys)}
			without.keys[key.name] = nil
			switch key.carried {
			case fact.Always:
				next = append(next, with)
			case fact.Never:
				next = append(next, without)
			default:
				with.name += " with " + key.name
				without.name += " without " + key.name
				next = append(next, with, without)
			}
		}
		all = next
	}
	return all
}
