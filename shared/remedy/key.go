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

// administered tells whether somebody of the key's account may still change the key's policy. Nobody can mend a key
// without, but AWS Support.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
func administered(facts *fact.Facts, key fact.Target, policy *iampolicy.Policy) bool {
	all, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`), iampolicy.Identity)
	if err != nil {
		return false
	}
	owner := owner(facts, key)
	arn := func(rest string) string {
		return fmt.Sprintf("arn:%s:iam::%s:%s", facts.Account.Partition, owner, rest)
	}
	callers := []string{arn("role/whoever-administers-keys"), arn("user/whoever-administers-keys")}
	for _, s := range policy.Statements() {
		for _, value := range s.Principals() {
			p := value.Value
			// A principal that is named by id or wildcard cannot be asked for by name, and a root is the account's.
			if strings.HasPrefix(p, arn("")) && !strings.ContainsAny(p, "*?") {
				callers = append(callers, p)
			}
		}
	}
	for _, caller := range callers {
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
		if c.Decide().Decision == iampolicy.Allowed {
			return true
		}
	}
	return false
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
func revive(key fact.Target, state string) finding.Fix {
	fix := finding.Fix{Proof: finding.Unproven, ProofReason: "the state of a key is its owner's to change, who may have had a reason"}
	enable := command("aws", "kms", "enable-key", "--key-id", key.ARN, "--region", regionOf(key))
	switch state {
	case "Disabled":
		fix.Summary, fix.CLI = fmt.Sprintf("Enable the %s again, or let what it encrypts use another one.", key.Name()), enable
	case "PendingDeletion":
		fix.Summary = fmt.Sprintf("Cancel the deletion of the %s and enable it: what it encrypts is lost when it is gone.", key.Name())
		fix.CLI = command("aws", "kms", "cancel-key-deletion", "--key-id", key.ARN, "--region", regionOf(key)) + " && " + enable
	default:
		fix.Summary = fmt.Sprintf("Bring the %s into use: its state is %s.", key.Name(), state)
	}
	return fix
}
