package catalog

import (
	"fmt"
	"slices"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// environmentKeys is R12: Lambda cannot decrypt the function's environment.
func environmentKeys() check.Check {
	return check.Check{
		ID:    "R12",
		Title: "Lambda can use the key of the function's environment",
		Text: "Environment variables that a customer's KMS key encrypts are decrypted when the function starts, with a grant that Lambda made for the " +
			"function's role when the function was created or updated. Where the key is disabled or about to be deleted, its policy refuses, or the " +
			"role was deleted and made again since, no invocation reaches the code.",
		Severity: finding.Medium,
		Guide:    []string{"R12"},
		Also:     []string{"T2"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindStates},
		Run: func(in *check.Input) check.Output {
			out := byState(in, []stateCode{
				{code: "KMSKeyAccessDenied", place: finding.PlaceTarget, action: "kms:Decrypt",
					cause: "the policy of the key refuses, or the grant by which Lambda decrypts is gone or names a role that was deleted; a role that is made again under the same name is another one."},
				{code: "DisabledKMSKey", place: finding.PlaceConfiguration, action: "kms:Decrypt", cause: "the key is disabled."},
				{code: "InvalidStateKMSKey", place: finding.PlaceConfiguration, action: "kms:Decrypt",
					cause: "the state of the key does not let it be used: it waits for its deletion, or for key material."},
				{code: "KMSKeyNotFound", place: finding.PlaceConfiguration, action: "kms:Decrypt", cause: "the key does not exist any more."},
			}, func(f *fact.Function) (string, string, bool) {
				return f.Key, "environment's key", f.Key != ""
			})
			return unheeded(in, out)
		},
	}
}

// unheeded adds what will keep Lambda from decrypting the environment the next time, and of which Lambda says nothing yet:
// environments that run do not ask again, and a state changes only when a start has failed.
func unheeded(in *check.Input, out check.Output) check.Output {
	for i := range in.Facts.Functions {
		f := &in.Facts.Functions[i]
		state, known := in.Facts.States[f.ARN].Value()
		told := slices.ContainsFunc(out.Found, func(found check.Found) bool { return found.Finding.Function == f.ARN })
		if f.Key == "" || !known || !state.Open.IsZero() || told {
			continue
		}
		trouble := decide.OfEnvironment(in.Facts, f)
		if !trouble.Unread.IsZero() {
			trouble.Unread.Reason = fmt.Sprintf("whether Lambda can decrypt the environment of %s at its next start is not known: %s", f.Name, trouble.Unread.Reason)
			out.Gaps = append(out.Gaps, check.Gap(f.ARN, trouble.Unread))
			continue
		}
		if found, is := troubled(in.Facts, f, &trouble); is {
			out.Found = append(out.Found, found)
		}
	}
	return out
}

func troubled(facts *fact.Facts, f *fact.Function, trouble *decide.EnvironmentKey) (check.Found, bool) {
	found := check.Found{Rows: []string{"T2"}, Finding: finding.Finding{
		Place: finding.PlaceConfiguration, Function: f.ARN, Role: f.Role, Principal: f.Role, Action: "kms:Decrypt", Resource: trouble.Key,
		Symptom:  "Environments that run go on, so that the function may seem well. Every new one fails before the code runs.",
		Evidence: finding.Evidence{Policy: "key " + trouble.Key, Decision: "implicitDeny"},
	}}
	out := &found.Finding
	switch {
	case trouble.Gone:
		out.Title = fmt.Sprintf("%s will not start again: the key of its environment does not exist any more", f.Name)
		out.Cause, out.Evidence.Detail = fmt.Sprintf("There is no key %s, which encrypts the function's environment.", f.Key), "KMSKeyNotFound"
	case trouble.State != "":
		out.Title = fmt.Sprintf("%s will not start again: the key of its environment is in state %s", f.Name, trouble.State)
		out.Cause = fmt.Sprintf("The key %s, which encrypts the function's environment, cannot be used: it is in state %s.", trouble.Key, trouble.State)
		out.Evidence.Detail = "InvalidStateKMSKey"
	case trouble.Denied != nil:
		d := trouble.Denied
		out.Title = fmt.Sprintf("%s will not start again: a Deny keeps Lambda from decrypting its environment", f.Name)
		out.Evidence = evidence(d, "policy of the key "+trouble.Key)
		out.Cause = fmt.Sprintf("Lambda decrypts the environment as %s, and a Deny statement, %s, refuses kms:Decrypt whatever else allows it: %s",
			fact.RoleName(f.Role), citedStatement(d), sentence(d.Statement))
		out.Place = finding.PlaceExecutionRole
		if d.ByTarget {
			out.Place = finding.PlaceTarget
		}
		found.Decisions = []*decide.Decision{d}
	case trouble.Departed != nil:
		role, _ := facts.Roles[f.Role].Value()
		out.Place = finding.PlaceTarget
		out.Title = fmt.Sprintf("%s will not start again: the grant on its environment's key is for a role that was deleted", f.Name)
		out.Cause = fmt.Sprintf("Lambda decrypts the environment with grant %s on the key, which is for %s, the id of a role that was deleted; the id of %s is %s. A role that is made again under the same name is another one.",
			trouble.Departed.ID, trouble.Departed.Grantee, fact.RoleName(f.Role), role.ID)
		out.Evidence.Detail = "KMSKeyAccessDenied"
	default:
		return check.Found{}, false
	}
	return found, true
}
