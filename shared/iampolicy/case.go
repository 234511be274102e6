package iampolicy

import (
	"fmt"
	"strings"
)

// Case is one request with all the policies that apply to it. It is complete: a policy that is not given does not
// exist, and a key that Context does not hold is absent from the request unless it is said to be unknown.
//
// Deciding only reads a case, so that it may be shared, and copied.
type Case struct {
	Principal Principal
	// Action is one IAM action, such as s3:GetObject; case does not matter.
	Action string
	// Resource is an ARN, or "*" for an action without a resource type.
	Resource string
	// ResourceAccount is the account that owns the resource: the ARN's where empty, else the caller's.
	ResourceAccount string
	Context         Context

	// Identity are the policies of the user and its groups, or of the role. Service principals have none.
	Identity []*Policy
	Boundary *Policy
	// Session is the policy that was passed when the session was made; Sessions are more of them: together they grant
	// what any of them grants.
	Session  *Policy
	Sessions []*Policy
	// SCPs are the service control policies of the caller's account, a list for each level from the root to the account.
	// Every level must allow.
	SCPs [][]*Policy
	// RCPs are the resource control policies of the resource's account. RCPFullAWSAccess, which cannot be detached, is
	// implied at a level whose policies only deny.
	RCPs [][]*Policy
	// ResourcePolicy is the policy that AWS consults for Resource, nil where it has none. For sts:Assume… it is the
	// role's trust policy.
	ResourcePolicy *Policy
	// ResourcePolicyARN is the ARN that ResourcePolicy is attached to where that is not Resource: a function's policy
	// that names its aliases. That AWS consults it is not documented: an allow in it is undetermined, a deny counts.
	ResourcePolicyARN string
	Endpoint          *Policy
	Grants            []KMSGrant
}

// Check reports what makes the case no request at all. Decide answers Undetermined for it.
func (c *Case) Check() error {
	_, err := c.request()
	return err
}

// request reads what a decision looks up, and reports what makes the case none.
func (c *Case) request() (request, error) {
	r := request{c: c, action: c.Action, resource: c.Resource}
	switch {
	case c.Principal.kind == principalNone:
		return r, fmt.Errorf("the case has no principal")
	case c.Resource == "":
		return r, fmt.Errorf("the case has no resource")
	case c.ResourceAccount != "" && !isAccountID(c.ResourceAccount) && !hasUnknown(c.ResourceAccount):
		return r, fmt.Errorf("resource account %q is not of twelve digits", clip(c.ResourceAccount))
	}
	r.resourceUnknown = hasUnknown(c.Resource)
	r.parts, r.complete = splitARN(c.Resource)
	if !r.complete && c.Resource != "*" && !r.resourceUnknown {
		return r, fmt.Errorf("resource %q is neither an ARN nor \"*\"", clip(c.Resource))
	}
	var err error
	if r.actionUnknown, err = checkAction(c.Action); err != nil {
		return r, err
	}
	r.services = ^uint64(0)
	if !r.actionUnknown {
		service, _, _ := strings.Cut(c.Action, ":")
		r.services = serviceBit(service)
	}
	if other, ok := r.comparedResource(); ok {
		r.resource, r.resourceUnknown = other, hasUnknown(other)
	}
	if p := c.ResourcePolicy; p != nil && p.bare != nil && p.kind == Resource {
		switch service := r.service(); service {
		case "kms":
			r.bareVoid = true
		case "ecr", "iam", "elasticfilesystem":
		default:
			return r, fmt.Errorf("the resource's policy is malformed: statement %d has neither Resource nor NotResource, which a policy of %s needs", p.bare.index+1, quoted(clip(service)))
		}
	}
	return r, nil
}

// service is the service that the resource is of, as ARNs have it, the action's where the resource does not tell. Most
// services refuse a policy whose statements name no resource. A key policy may have such statements, which have no
// effect; those of ECR repositories and roles never name one, and EFS takes both forms.
// See https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html.
func (r *request) service() string {
	if r.complete && !hasUnknown(r.parts[arnService]) {
		return r.parts[arnService]
	}
	service, _, _ := strings.Cut(lowerASCII(r.action), ":")
	return service
}

// maxAction bounds the length of an action; AWS's longest have some seventy characters.
const maxAction = 256

// checkAction reports what is wrong with an action, and whether it has unknown parts.
func checkAction(action string) (unknown bool, err error) {
	if len(action) > maxAction {
		return false, fmt.Errorf("action is longer than %d characters", maxAction)
	}
	colon := 0
	for i := range len(action) {
		switch c := action[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
		case c == ':' && i > 0 && i < len(action)-1:
			colon++
		case c == '-' || c == '_' || c == '.' || c == '/':
		case hasUnknown(action):
			return true, nil
		default:
			return false, fmt.Errorf("action %q is not one action of the form service:Name", clip(action))
		}
	}
	switch {
	case action == "":
		return false, fmt.Errorf("the case has no action")
	case colon != 1:
		return false, fmt.Errorf("action %q is not one action of the form service:Name", clip(action))
	}
	return false, nil
}

// sameAccount tells whether caller and resource are of one account.
func (r *request) sameAccount() tri {
	own, other := r.c.Principal.account, r.resourceAccount()
	if own == "" || own != other && (hasUnknown(own) || hasUnknown(other)) || own == other && hasUnknown(own) {
		return maybe
	}
	return triOf(own == other)
}

func (r *request) resourceAccount() string {
	switch {
	case r.c.ResourceAccount != "":
		return r.c.ResourceAccount
	case r.complete && r.parts[arnAccount] != "":
		return r.parts[arnAccount]
	case !r.complete && r.c.Resource != "*":
		return r.c.Resource // its account is within the unknown part
	}
	return r.c.Principal.account
}

// resourceMust tells whether the resource's policy must grant: KMS keys and role trust policies are the exceptions to
// the rule that either side grants
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html).
func (r *request) resourceMust() tri {
	var service, kind string
	switch {
	case r.c.Resource == "*":
		return no
	case prefixFold("kms:", r.action):
		service, kind = "kms", "key/"
	case prefixFold("sts:", r.action):
		service, kind = "iam", "role/"
	case r.actionUnknown && r.parts[arnService] == "kms":
		return triOf(strings.HasPrefix(r.parts[arnResource], "key/"))
	case r.actionUnknown && r.parts[arnService] == "iam":
		return triOf(strings.HasPrefix(r.parts[arnResource], "role/")).doubted()
	default:
		return no
	}
	if r.parts[arnService] == service && (strings.HasPrefix(r.parts[arnResource], kind) || r.namedByAlias()) {
		return yes
	}
	if !hasUnknown(r.c.Resource) {
		return no
	}
	known, _, _, _ := cutUnknown(r.c.Resource)
	if fields := strings.SplitN(known, ":", arnService+2); len(fields) > arnService+1 && fields[arnService] != service {
		return no
	}
	return matchUnknown(lex("arn:*:"+service+":*:"+kind+"*", true, false), r.c.Resource)
}

// keptWithin tells whether the action works only within the key's account, whatever its policy says
// (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html).
func (r *request) keptWithin() tri {
	if r.parts[arnService] != "kms" || !strings.HasPrefix(r.parts[arnResource], "key/") && !r.namedByAlias() || !prefixFold("kms:", r.action) {
		return no
	}
	action := r.action[len("kms:"):]
	if r.actionUnknown {
		return maybe
	}
	for _, name := range keyActionsAcross {
		if strings.EqualFold(name, action) {
			return no
		}
	}
	return yes
}

// keyActionsAcross are the actions on KMS keys that may be allowed to other accounts.
var keyActionsAcross = [...]string{
	"CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
	"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetKeyRotationStatus",
	"GetPublicKey", "ListGrants", "ReEncryptFrom", "ReEncryptTo", "RetireGrant", "RevokeGrant", "Sign", "Verify", "VerifyMac",
}

// namedByAlias reports whether the request names a KMS key by its alias. An alias is itself the resource of the actions
// on aliases; all others are about its key (https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html).
func (r *request) namedByAlias() bool {
	if r.parts[arnService] != "kms" || !strings.HasPrefix(r.parts[arnResource], "alias/") {
		return false
	}
	switch strings.ToLower(r.action) {
	case "kms:createalias", "kms:updatealias", "kms:deletealias":
		return false
	}
	return true
}

// comparedResource returns the ARN that Resource elements are compared with, where AWS uses another one than the
// request's.
func (r *request) comparedResource() (string, bool) {
	switch {
	case r.parts[arnService] == "logs" && equalFold("logs:createloggroup", r.action):
		// Users report that the group is compared as a stream without a name; AWS does not document it.
		group := strings.TrimSuffix(r.resource, ":*")
		if strings.HasPrefix(r.parts[arnResource], "log-group:") && !strings.Contains(group, ":log-stream:") {
			return group + ":log-stream:", true
		}
	case r.namedByAlias():
		alias := r.parts[arnResource]
		return strings.TrimSuffix(r.resource, alias) + "key/" + Unknown("key of "+alias), true
	}
	return "", false
}
