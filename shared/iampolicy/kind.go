package iampolicy

// Kind says what a policy is attached to, and with it which elements it may hold and how it takes part in a decision.
type Kind uint8

// The kinds of policy, and Grant for a KMS grant, which is no policy but decides like one.
const (
	KindNone Kind = iota
	Identity      // attached to a user, group or role
	Resource      // attached to a resource: function, bucket, key, queue, …
	Trust         // a role's trust policy
	Boundary      // permissions boundary
	Session       // passed when a session was made
	SCP           // service control policy
	RCP           // resource control policy
	Endpoint      // VPC endpoint policy
	Grant         // KMS grant
)

var kindNames = [...]string{"", "identity", "resource", "trust", "boundary", "session", "scp", "rcp", "endpoint", "grant"}

// String returns the word that the local command's evaluate uses for the kind; KindNone is empty.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// hasPrincipal reports whether policies of this kind name principals.
func (k Kind) hasPrincipal() bool {
	return k == Resource || k == Trust || k == RCP || k == Endpoint
}

// Effect is what a statement does to the requests that it matches.
type Effect uint8

// The two effects. The zero value is none of them.
const (
	Allow Effect = iota + 1
	Deny
)

// String returns the word that policies use.
func (e Effect) String() string {
	switch e {
	case Allow:
		return "Allow"
	case Deny:
		return "Deny"
	}
	return ""
}

// Decision is the answer to a case. The zero value claims nothing.
type Decision uint8

// The decisions, see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html.
const (
	Undetermined Decision = iota
	Allowed
	ImplicitDeny
	ExplicitDeny
)

// String returns allowed, implicitDeny, explicitDeny or undetermined.
func (d Decision) String() string {
	switch d {
	case Allowed:
		return "allowed"
	case ImplicitDeny:
		return "implicitDeny"
	case ExplicitDeny:
		return "explicitDeny"
	}
	return "undetermined"
}

// tri is a truth value of three-valued logic.
type tri uint8

const (
	no tri = iota
	maybe
	yes
)

func (t tri) and(u tri) tri { return min(t, u) }
func (t tri) or(u tri) tri  { return max(t, u) }
func (t tri) not() tri      { return yes - t }

// doubted is no for no and maybe for the rest: a match that cannot be relied on.
func (t tri) doubted() tri { return min(t, maybe) }

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}
