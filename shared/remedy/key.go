package remedy

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// viaService bounds a grant on a key to its use through the services that it encrypts for; nil where one of the uses is
// another, and for what is no key.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func viaService(uses []*decide.Decision) map[string]any {
	var services []string
	for _, d := range uses {
		via := d.Need.Context["kms:ViaService"]
		if d.Need.Via == "" || len(via) != 1 {
			return nil
		}
		if !slices.Contains(services, via[0]) {
			services = append(services, via[0])
		}
	}
	if len(services) == 0 {
		return nil
	}
	slices.Sort(services)
	return map[string]any{"StringEquals": map[string]any{"kms:ViaService": oneOrList(services)}}
}

// reencrypt is the answer to a key that AWS manages: nobody can change whom it lets in.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
func reencrypt(facts *fact.Facts, key fact.Target, refused []*decide.Decision) finding.Fix {
	what := "what it encrypts"
	if through, has := fact.TargetOf(refused[0].Need.Via); has {
		what = fmt.Sprintf("the %s (account %s)", through.Name(), owner(facts, through))
	}
	return finding.Fix{
		Summary: fmt.Sprintf("Encrypt %s with a customer's key whose policy lets %s call %s, and let the role's policies allow it on that key.",
			what, fact.RoleName(refused[0].Need.Role), strings.Join(actions(refused), ", ")),
		Proof: finding.Unproven, ProofReason: fmt.Sprintf("the policy of the %s is AWS's and cannot be changed, and which key is to take its place is its owner's to say", key.Name()),
	}
}

// hold is whether somebody may change a key's policy.
type hold uint8

const (
	nobody  hold = iota
	perhaps      // it depends on what is not known: a second factor, tags, the organization
	somebody
)

// administered tells whether somebody of the key's account may change the key's policy. Nobody can mend a key without, but
// AWS Support; other accounts cannot, whatever the policy lets them.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
// https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
func administered(facts *fact.Facts, key fact.Target, policy *iampolicy.Policy) hold {
	all, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`), iampolicy.Identity)
	if err != nil {
		return nobody
	}
	owner := owner(facts, key)
	best := nobody
	for _, caller := range administrators(facts.Account.Partition, owner, policy) {
		who, err := iampolicy.ParsePrincipal(caller)
		if err != nil {
			continue
		}
		c := &iampolicy.Case{
			Principal: who, Action: "kms:PutKeyPolicy", Resource: key.ARN, ResourceAccount: owner, ResourcePolicy: policy, Identity: []*iampolicy.Policy{all},
			Context: iampolicy.NewContext(map[string][]string{
				"kms:CallerAccount": {owner}, "aws:PrincipalAccount": {owner}, "aws:SecureTransport": {"true"}, "kms:ViaService": nil,
			}).WithUnknown("*"),
		}
		switch result := c.Decide(); {
		case result.Decision == iampolicy.Allowed:
			return somebody
		case result.Decision == iampolicy.Undetermined && !result.Denied:
			best = perhaps
		}
	}
	return best
}

// administrators are those who may be meant to change a key's policy: somebody of the account whom the policy does not
// name, and everybody whom one of its statements names, as principal, as an exception, or in a condition.
func administrators(partition, account string, policy *iampolicy.Policy) []string {
	arn := func(rest string) string { return fmt.Sprintf("arn:%s:iam::%s:%s", partition, account, rest) }
	out := []string{arn("role/whoever-administers-keys"), arn("user/whoever-administers-keys"), arn("root")}
	// Of a pattern one that it covers is asked for.
	add := func(name string) {
		if strings.HasPrefix(name, arn("")) {
			out = append(out, strings.NewReplacer("*", "whoever", "?", "x").Replace(name))
		}
	}
	for _, s := range policy.Statements() {
		for _, value := range slices.Concat(s.Principals(), s.NotPrincipals()) {
			add(value.Value)
		}
		for _, condition := range s.Conditions() {
			if strings.EqualFold(condition.Key, "aws:PrincipalArn") {
				for _, value := range condition.Values {
					add(value)
				}
			}
		}
	}
	return out
}

// endangers tells whether a policy would leave nobody for certain who may change it, where now somebody may.
func endangers(facts *fact.Facts, key fact.Target, now fact.ResourcePolicy, proposed *iampolicy.Policy) bool {
	then := administered(facts, key, proposed)
	return then == nobody || then == perhaps && now.Policy != nil && administered(facts, key, now.Policy) == somebody
}

// lockedOut is the answer where a policy would leave nobody who may change it: it is not handed out.
func lockedOut(fix finding.Fix, key fact.Target) finding.Fix {
	return finding.Fix{
		Summary: fix.Summary + " Let somebody of the key's account change its policy, too.", Proof: finding.Refused,
		ProofReason: fmt.Sprintf("with such a policy nobody might call kms:PutKeyPolicy on the %s for certain any more, so that only AWS Support could mend it: the policy is not proposed", key.Name()),
	}
}

// revive is the answer to a key's state.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func revive(facts *fact.Facts, key fact.Target, state string) finding.Fix {
	fix := finding.Fix{Proof: finding.Unproven, ProofReason: "the state of a key is its owner's to change, who may have had a reason"}
	on := func(verb string) string {
		return commandIn(facts, key.Account, "aws", "kms", verb, "--key-id", key.ARN, "--region", regionOf(key))
	}
	switch state {
	case "Disabled":
		fix.Summary, fix.CLI = fmt.Sprintf("Enable the %s again, or let what it encrypts use another one.", key.Name()), on("enable-key")
	case "PendingDeletion", "PendingReplicaDeletion":
		fix.Summary = fmt.Sprintf("Cancel the deletion of the %s and enable it: what it encrypts is lost when it is gone.", key.Name())
		fix.CLI = on("cancel-key-deletion") + " && " + on("enable-key")
	case "PendingImport":
		fix.Summary = fmt.Sprintf("Import the key material of the %s again: it expired, was deleted or never came.", key.Name())
	case "Unavailable":
		fix.Summary = fmt.Sprintf("Connect the custom key store of the %s again.", key.Name())
	default:
		fix.Summary = fmt.Sprintf("Bring the %s into use: its state is %s.", key.Name(), state)
	}
	return fix
}
