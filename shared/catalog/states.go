package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"permprobe/shared/check"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// stateCode is what is said of a reason code by which Lambda explains that a function cannot start.
//
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
type stateCode struct {
	code  string
	place finding.Place
	// action is what is refused, or what fails where that is no refusal.
	action string
	// cause explains the code, with the fix that remedy makes of it.
	cause string
	// doubtful codes have several causes, of which a refusal is one.
	doubtful bool
}

// byState makes a finding of every function that Lambda says it cannot start, or cannot update, for a reason that is in
// the codes; a gap where whether it can is not known. applies picks the functions and names what the codes are about.
func byState(in *check.Input, codes []stateCode, applies func(*fact.Function) (resource, subject string, ok bool)) check.Output {
	var out check.Output
	for i := range in.Facts.Functions {
		f := &in.Facts.Functions[i]
		resource, subject, ok := applies(f)
		if !ok {
			continue
		}
		out.Found = append(out.Found, versionsByState(in.Facts, f, codes, resource, subject)...)
		read := in.Facts.States[f.ARN]
		if read.IsAbsent() {
			continue // it was deleted since it was listed
		}
		state, known := read.Value()
		switch why, _ := read.Unread(); {
		case !known:
			out.Gaps = append(out.Gaps, check.Gap(f.ARN, why))
			continue
		case !state.Open.IsZero() && subject == "image" && f.Repository != "":
			// It is decided by the repository's policy; what else the state depends on is another check's.
			continue
		case !state.Open.IsZero():
			out.Gaps = append(out.Gaps, check.Gap(f.ARN, state.Open))
			continue
		}
		for _, one := range codes {
			if one.code == state.Code || one.code == state.UpdateCode {
				out.Found = append(out.Found, check.Found{Finding: one.finding(f, state, resource, subject)})
				break
			}
		}
	}
	return out
}

// versionsByState are the findings on the versions and aliases of a function that something calls. A version keeps the
// configuration with which it was published, of which only the codes are known apart.
func versionsByState(facts *fact.Facts, f *fact.Function, codes []stateCode, resource, subject string) []check.Found {
	var found []check.Found
	refs := slices.SortedFunc(maps.Keys(facts.VersionStates), func(a, b fact.FunctionRef) int { return cmp.Compare(a.Qualifier, b.Qualifier) })
	for _, ref := range refs {
		if ref.ARN != f.ARN {
			continue
		}
		state := facts.VersionStates[ref]
		for _, one := range codes {
			if one.code == state.Code {
				told := one.finding(f, state, resource, subject)
				told.Qualifier = ref.Qualifier
				told.Title = fmt.Sprintf("%s cannot start: Lambda cannot use its %s (%s)", called(ref), subject, one.code)
				told.Cause += fmt.Sprintf(" It says so of %s, which keeps the configuration that its version was published with: publish a version once that is mended, and let the alias name it.", called(ref))
				found = append(found, check.Found{Finding: told})
				break
			}
		}
	}
	return found
}

func (c stateCode) finding(f *fact.Function, state fact.State, resource, subject string) finding.Finding {
	out := finding.Finding{
		Place: c.place, Function: f.ARN, Role: f.Role, Principal: f.Role, Action: c.action, Resource: resource,
		Title:    fmt.Sprintf("%s cannot start: Lambda cannot use its %s (%s)", f.Name, subject, c.code),
		Symptom:  "Every invocation fails before the code runs, as soon as Lambda starts a new environment for the function.",
		Cause:    fmt.Sprintf("Lambda itself says %s of the function: %s", c.code, c.cause),
		Evidence: finding.Evidence{Policy: "state of " + f.Name, Decision: "implicitDeny", Detail: c.code},
	}
	if state.Code != c.code {
		out.Title = fmt.Sprintf("%s is not updated: Lambda cannot use its %s (%s)", f.Name, subject, c.code)
		out.Symptom = "The last change of the function was not applied: it runs as it was before, and fails when it must start anew."
	}
	if c.doubtful {
		out.Confidence = finding.Inferred
	}
	return out
}
