package decide

import (
	"fmt"
	"slices"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// GroupsInDoubt are the log groups whose existence matters: nobody may create them.
func GroupsInDoubt(facts *fact.Facts, decisions []Decision) []string {
	refused := map[string]bool{}
	for i := range decisions {
		if d := &decisions[i]; d.Need.Level == need.WhenGroupMissing && d.Verdict != Allowed {
			refused[d.Need.Function.ARN] = true
		}
	}
	var groups []string
	for i := range facts.Functions {
		if f := &facts.Functions[i]; refused[f.ARN] && !slices.Contains(groups, f.LogGroup) {
			groups = append(groups, f.LogGroup)
		}
	}
	return groups
}

// Suspects are the questions whose answer was a deny that matters. They are asked a second time before
// anybody is told: IAM spreads a change over seconds.
func Suspects(facts *fact.Facts, decisions []Decision) []Question {
	var questions []Question
	for i := range decisions {
		d := &decisions[i]
		refused := d.Verdict == Denied || d.unattributed
		if d.Need.Kind != need.Identity || !refused || slices.Contains(questions, d.Question) || !matters(facts, d) {
			continue
		}
		questions = append(questions, d.Question)
	}
	return questions
}

// matters tells whether a need counts: the creation of a log group that exists does not.
func matters(facts *fact.Facts, d *Decision) bool {
	if d.Need.Level != need.WhenGroupMissing {
		return true
	}
	at := slices.IndexFunc(facts.Functions, func(f fact.Function) bool { return f.ARN == d.Need.Function.ARN })
	if at < 0 {
		return true
	}
	_, exists := facts.LogGroups[facts.Functions[at].LogGroup].Value()
	return !exists
}

// Confirm takes over what the simulator said the second time. An answer that changed is no answer.
func Confirm(facts *fact.Facts, answers, second map[Question]Answer) {
	for q, now := range second {
		if before := answers[q]; now.Decision == iampolicy.Allowed && before.Decision != iampolicy.Allowed {
			since := ""
			if recent := Recent(facts, q.Role); recent != "" {
				since = " (" + recent + ")"
			}
			now = Answer{Unread: fact.Unread{Operation: "iam:SimulatePrincipalPolicy", Reason: fmt.Sprintf(
				"the simulator answered %s and then %s for %s by %s: IAM is still spreading a change%s: run it again",
				before.Decision, now.Decision, q.Action, q.Role, since)}}
		}
		answers[q] = now
	}
}

// Unattributed are the questions that must be asked alone to learn who denies: the role's own policies
// allow.
func Unattributed(decisions []Decision) []Question {
	var questions []Question
	for i := range decisions {
		if d := &decisions[i]; d.unattributed && !slices.Contains(questions, d.Question) {
			questions = append(questions, d.Question)
		}
	}
	return questions
}

// Unproven are the questions to be asked once more without the service control policies, in calls of their own: they
// seem to be what denies, or nothing else does.
func Unproven(decisions []Decision) []Question {
	var questions []Question
	for i := range decisions {
		if d := &decisions[i]; d.unproven && !slices.Contains(questions, d.Question.outside()) {
			questions = append(questions, d.Question.outside())
		}
	}
	return questions
}
