package decide

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// EnvironmentKey is what keeps Lambda from decrypting a function's environment when it next starts one.
type EnvironmentKey struct {
	// Key is the key's ARN.
	Key string
	// Gone tells that there is no such key any more, State is that of one that cannot be used; both are zero otherwise.
	Gone  bool
	State string
	// Denied is a Deny of the key's policy or of the role's; nil where there is none.
	Denied *Decision
	// Departed is the grant by which Lambda decrypted, where it is for a role that was deleted since; nil otherwise.
	Departed *iampolicy.KMSGrant
	// Unread says why it is not known; zero where it is.
	Unread fact.Unread
}

// OfEnvironment looks at the key of a function's environment. Lambda decrypts in the role's session for the function, with
// a grant that it made for that session when the function was created or updated.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func OfEnvironment(facts *fact.Facts, f *fact.Function) EnvironmentKey {
	out := EnvironmentKey{Key: f.Key}
	if alias, asked := facts.KeyAliases[f.Key]; asked {
		key, known := alias.Value()
		if !known {
			out.Unread, _ = alias.Unread()
			out.Gone = alias.IsAbsent()
			return out
		}
		out.Key = key
	}
	read, asked := facts.Targets[out.Key]
	switch why, unread := read.Unread(); {
	case !asked:
		return out // it is no key's ARN: Lambda itself says what it makes of it
	case unread:
		out.Unread = why
		return out
	case read.IsAbsent():
		out.Gone = true
		return out
	}
	key, _ := read.Value()
	policy, known := key.Policy.Value()
	if !known || key.Lock == nil {
		out.Unread, _ = key.Policy.Unread()
		return out
	}
	switch usable, known := key.Lock.Usable(); {
	case !known:
		out.Unread = fact.Unread{Reason: fmt.Sprintf("whether the state of the %s, %q, lets it be used is not known", key.Name(), key.Lock.State)}
		return out
	case !usable:
		out.State = key.Lock.State
		return out
	}
	if f.Variables {
		out.decrypt(facts, f, &key, policy.Policy)
	}
	return out
}

// decrypt decides the call by which Lambda decrypts the environment's variables.
func (e *EnvironmentKey) decrypt(facts *fact.Facts, f *fact.Function, key *fact.Target, policy *iampolicy.Policy) {
	n := &need.Need{
		Kind: need.Identity, Purpose: need.Start, Level: need.Required, Function: f.Ref(), Role: f.Role, Action: "kms:Decrypt", Resource: key.ARN,
		// The call carries no lambda:SourceFunctionArn; whether it comes through Lambda or from the session itself is not documented.
		Context: map[string][]string{"kms:EncryptionContext:" + functionContext: {f.ARN}, "lambda:SourceFunctionArn": nil}, Subject: "environment",
	}
	if facts.Roles[f.Role].IsAbsent() {
		return // nothing starts without a role, whatever the key: R2 tells
	}
	role, why := roleOf(facts, f.Role)
	policies, read := role.Policies.Value()
	if unread, missing := role.Policies.Unread(); why.IsZero() && missing {
		why = unread
	}
	if !why.IsZero() || !read {
		e.Unread = why
		return
	}
	c := TargetCase(facts, n, key, policy)
	session := fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", facts.Account.Partition, facts.Account.ID, fact.RoleName(f.Role), f.Name)
	c.Principal, _ = iampolicy.ParsePrincipal(session)
	c.Identity, c.Grants = policies, forEnvironment(key.Lock.Grants, f)
	d := &Decision{Need: n, Verdict: Denied}
	switch result := c.Decide(); {
	case result.Decision == iampolicy.Allowed:
	case result.Decision == iampolicy.ExplicitDeny && result.By == iampolicy.Resource:
		d.Refusal, _ = refused(TargetAllows(facts, n, key, policy), key, policy)
		if d.Refusal == nil || !d.Refusal.Explicit {
			e.Unread = fact.Unread{Reason: fmt.Sprintf("which statement of the policy of the %s keeps Lambda from decrypting the environment is not known", key.Name())}
			return
		}
		d.ByTarget, d.Explicit = true, true
		d.Policy, d.Statement, d.StatementID = d.Refusal.Policy, d.Refusal.Statement, d.Refusal.StatementID
		e.Denied = d
	case result.Decision == iampolicy.ExplicitDeny:
		d.Explicit = true
		if len(result.Matched) > 0 {
			d.cite(result.Matched[0])
		}
		e.Denied = d
	case e.departed(key, role, f):
	case result.Decision == iampolicy.Undetermined && !result.Denied:
		e.Unread = fact.Unread{Reason: fmt.Sprintf("whether the %s lets Lambda decrypt the environment depends on what is not known: %s", key.Name(), result.Reason)}
	default:
		e.Unread = fact.Unread{Reason: fmt.Sprintf("neither the policy of the %s nor a grant on it lets %s kms:Decrypt for %s, and whether Lambda decrypts in another way is not documented",
			key.Name(), fact.RoleName(f.Role), f.Name)}
	}
}

// functionContext is the only key in the encryption context of an environment, and its value the function's ARN.
const functionContext = "aws:lambda:FunctionArn"

// forEnvironment are the grants with the constraints left out that the encryption context of the function's environment
// certainly meets, which is wholly known.
func forEnvironment(grants []iampolicy.KMSGrant, f *fact.Function) []iampolicy.KMSGrant {
	out := slices.Clone(grants)
	for i := range out {
		if out[i].ContextEquals[functionContext] == f.ARN && len(out[i].ContextEquals) == 1 {
			out[i].ContextEquals = nil
		}
	}
	return out
}

// notOfEnvironments leaves out the grants by which Lambda decrypts environments: what code decrypts itself has another
// encryption context.
func notOfEnvironments(grants []iampolicy.KMSGrant) []iampolicy.KMSGrant {
	return slices.DeleteFunc(slices.Clone(grants), func(grant iampolicy.KMSGrant) bool { return grant.ContextEquals[functionContext] != "" })
}

// departed finds the grant for the function whose role was deleted since. One that was made again has another id.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func (e *EnvironmentKey) departed(key *fact.Target, role fact.Role, f *fact.Function) bool {
	for i := range key.Lock.Grants {
		grant := &key.Lock.Grants[i]
		id, _, _ := strings.Cut(grant.Grantee, ":")
		about := grant.ContextEquals[functionContext] == f.ARN || grant.ContextSubset[functionContext] == f.ARN
		if about && slices.Contains(grant.Operations, "Decrypt") && strings.HasPrefix(id, "AROA") && id != role.ID {
			e.Departed = grant
			return true
		}
	}
	return false
}
