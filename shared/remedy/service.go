package remedy

import (
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// serviceUse is what a key's policy lets a service do that uses the key for what it holds, and for which of that alone.
func serviceUse(facts *fact.Facts, refused []*decide.Decision) (uses any, condition map[string]any) {
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
	if pattern := allGroups(facts, refused); pattern != "" {
		return logsUses, map[string]any{"ArnLike": map[string]any{logsContext: pattern}}
	}
	return logsUses, map[string]any{"ArnEquals": given}
}

// logsContext is the request key that says for which log group CloudWatch Logs uses a key, and logsUses are the actions that
// its page has a key's policy allow: it uses some of them only when the key is chosen.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
const logsContext = "kms:EncryptionContext:aws:logs:arn"

var logsUses = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"}

// allGroups is the pattern of all log groups of the account and Region, to which AWS's page bounds a key that is not of one
// group alone; empty where the groups can be named. They cannot where the key is refused for other groups, too: the whole
// document that the finding on each of them proposes would take back what another one gave. Nor can they in a template that
// makes the key: it may make the group, which refers to the key, and CloudFormation its name.
func allGroups(facts *fact.Facts, refused []*decide.Decision) string {
	n, key := refused[0].Need, refused[0].Refusal.Target
	mine, err := fact.ParseARN(n.Via)
	if err != nil {
		return ""
	}
	pattern := mine
	pattern.Resource = "log-group:*"
	if facts.TargetStacks[key.Tagged()] != "" {
		return pattern.String()
	}
	policy, _ := key.Policy.Value()
	for arn, read := range facts.Targets {
		t, _ := read.Value()
		if t.Kind != fact.TargetLogGroup || t.Key != n.Resource || slices.ContainsFunc(refused, func(d *decide.Decision) bool { return d.Need.Via == arn }) {
			continue
		}
		other, err := fact.ParseARN(arn)
		if err != nil || other.Account != mine.Account || other.Region != mine.Region {
			continue
		}
		one := *n
		one.Via, one.Context = arn, map[string][]string{logsContext: {arn}}
		if decide.TargetAllows(facts, &one, &key, policy.Policy).Decide().Decision != iampolicy.Allowed {
			return pattern.String()
		}
	}
	return ""
}

// nameless tells whether the service may call under its name with another suffix.
func nameless(n *need.Need) bool {
	return slices.ContainsFunc(n.OtherNames(), func(name string) bool { return strings.HasPrefix(name, n.Principal+".") })
}
