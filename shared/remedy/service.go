package remedy

import (
	"slices"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// serviceUse is what a key's policy lets a service do that uses the key for what it holds, and for which of that alone.
func serviceUse(facts *fact.Facts, refused []*decide.Decision) (actionsOnKey any, condition map[string]any) {
	values := map[string][]string{}
	for _, d := range refused {
		for key, some := range d.Need.Context {
			for _, value := range some {
				if !slices.Contains(values[key], value) {
					values[key] = append(values[key], value)
				}
			}
		}
	}
	given := map[string]any{}
	for key, some := range values {
		slices.Sort(some)
		given[key] = oneOrList(some)
	}
	if held, _ := fact.TargetOf(refused[0].Need.Via); held.Kind != fact.TargetLogGroup {
		return oneOrList(actions(refused)), map[string]any{"StringEquals": given}
	}
	operator := "ArnEquals"
	if group, shared := sharedByGroups(facts, refused); shared {
		operator, given = "ArnLike", map[string]any{logsContext: group}
	}
	return logsUses, map[string]any{operator: given}
}

// logsContext is the request key that says for which log group CloudWatch Logs uses a key, and logsUses are the actions that
// its page has a key's policy allow: it uses some of them only when the key is chosen.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
const logsContext = "kms:EncryptionContext:aws:logs:arn"

var logsUses = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"}

// sharedByGroups tells whether the key is refused for other log groups too, and is the pattern of all groups then: the whole
// document that the finding on each of them proposes would else take back what another one gave.
func sharedByGroups(facts *fact.Facts, refused []*decide.Decision) (pattern string, shared bool) {
	mine, err := fact.ParseARN(refused[0].Need.Via)
	if err != nil {
		return "", false
	}
	mine.Resource = "log-group:*"
	for arn, read := range facts.Targets {
		t, _ := read.Value()
		if t.Kind != fact.TargetLogGroup || t.Key != refused[0].Need.Resource || slices.ContainsFunc(refused, func(d *decide.Decision) bool { return d.Need.Via == arn }) {
			continue
		}
		other, err := fact.ParseARN(arn)
		if err != nil || other.Account != mine.Account || other.Region != mine.Region {
			continue
		}
		one := *refused[0].Need
		one.Via, one.Context = arn, map[string][]string{logsContext: {arn}}
		key := refused[0].Refusal.Target
		policy, _ := key.Policy.Value()
		if decide.TargetAllows(facts, &one, &key, policy.Policy).Decide().Decision != iampolicy.Allowed {
			return mine.String(), true
		}
	}
	return "", false
}
