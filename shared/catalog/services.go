package catalog

import (
	"fmt"
	"slices"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// refusedToService writes the finding on a key that the service which holds what it encrypts may not use under its own name,
// and returns what the function does not do for it.
func refusedToService(facts *fact.Facts, denied []*decide.Decision, breaks string, f *finding.Finding) string {
	n, key := denied[0].Need, denied[0].Refusal.Target
	held, _ := fact.TargetOf(n.Via)
	f.Principal = n.Principal
	switch holders := list(heldNames(denied)); held.Kind {
	case fact.TargetLogGroup:
		breaks = logWithoutKey(denied, holders, f)
	default:
		f.Symptom = fmt.Sprintf("What is sent to the %s is taken and goes no further: to the bus's dead-letter queue where it has one, and nowhere otherwise.", holders)
	}
	f.Title = fmt.Sprintf("%s %s: the policy of the %s does not let %s %s", n.Function.Name(), breaks, key.Name(), n.Principal, brief(actionsOf(denied)))
	f.Cause = fmt.Sprintf("%s uses the key of the %s under its own name, and %s", n.Principal, list(heldNames(denied)), against(facts, denied))
	return breaks
}

// logWithoutKey says what becomes of a log group whose key CloudWatch Logs may not use: as AWS documents, what is in it can no
// longer be retrieved. Of lines that arrive meanwhile AWS documents nothing but that they are encrypted with the key.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func logWithoutKey(denied []*decide.Decision, groups string, f *finding.Finding) string {
	const lines = "whether lines that arrive now are kept is not documented"
	if !slices.Contains(actionsOf(denied), "kms:Decrypt") {
		f.Confidence = finding.Inferred
		f.Symptom = fmt.Sprintf("CloudWatch Logs encrypts every line that arrives in the %s with a key that it may not encrypt with: %s.", groups, lines)
		return "writes to a log that cannot be encrypted"
	}
	f.Symptom = fmt.Sprintf("Nothing in the %s that is encrypted with the key can be read any more; %s.", groups, lines)
	if denied[0].Need.Purpose != need.Logs {
		return "uses a log that cannot be read"
	}
	return "has a log that cannot be read"
}

// heldNames are the names of what the key encrypts that is concerned, each once.
func heldNames(denied []*decide.Decision) []string {
	var names []string
	for _, d := range denied {
		held, _ := fact.TargetOf(d.Need.Via)
		if !slices.Contains(names, held.Name()) {
			names = append(names, held.Name())
		}
	}
	return names
}

// apartFromOthers is what a finding on log groups is about: another service may be refused the same of the same key, for the
// same function. Empty for others, which are about the resource.
func apartFromOthers(denied []*decide.Decision) string {
	n := denied[0].Need
	if held, _ := fact.TargetOf(n.Via); n.Kind != need.Service || held.Kind != fact.TargetLogGroup {
		return ""
	}
	return n.Resource + " by " + n.Principal
}
