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
	switch {
	case c.Principal.kind == principalNone:
		return fmt.Errorf("the case has no principal")
	case c.Resource == "":
		return fmt.Errorf("the case has no resource")
	}
	if c.Resource != "*" && !hasUnknown(c.Resource) {
		if _, ok := splitARN(c.Resource); !ok {
			return fmt.Errorf("resource %q is neither an ARN nor \"*\"", c.Resource)
		}
	}
	return checkAction(c.Action)
}

// maxAction bounds the length of an action; AWS's longest have some seventy characters.
const maxAction = 256

func checkAction(action string) error {
	if action == "" {
		return fmt.Errorf("the case has no action")
	}
	if hasUnknown(action) {
		return nil
	}
	if len(action) > maxAction {
		return fmt.Errorf("action is longer than %d characters", maxAction)
	}
	colon := false
	for i := range len(action) {
		switch c := action[i]; {
		case c == ':' && !colon && i > 0 && i < len(action)-1:
			colon = true
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '/':
		default:
			return fmt.Errorf("action %q is not one action of the form service:Name", action)
		}
	}
	if !colon {
		return fmt.Errorf("action %q is not one action of the form service:Name", action)
	}
	return nil
}

// sameAccount tells whether caller and resource are of one account.
func (c *Case) sameAccount() tri {
	own := c.Principal.account
	other := c.resourceAccount()
	switch {
	case hasUnknown(own) || hasUnknown(other) || own == "":
		return maybe
	}
	return triOf(own == other)
}

func (c *Case) resourceAccount() string {
	if c.ResourceAccount != "" {
		return c.ResourceAccount
	}
	if parts, ok := splitARN(c.Resource); ok && parts[arnAccount] != "" {
		return parts[arnAccount]
	}
	if c.Resource != "*" && hasUnknown(c.Resource) {
		if _, ok := splitARN(c.Resource); !ok {
			return c.Resource // its account is within the unknown part
		}
	}
	return c.Principal.account
}

// side says which policies can grant a request.
type side uint8

const (
	eitherSide   side = iota // the identity's or the resource's
	resourceSide             // the resource's must: KMS keys, role trust
)

// side: KMS keys and role trust policies are the exceptions to "either side grants"
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html).
func (c *Case) side() side {
	service, _, _ := strings.Cut(c.Action, ":")
	parts, ok := splitARN(c.Resource)
	if !ok {
		return eitherSide
	}
	switch {
	case strings.EqualFold(service, "kms") && parts[arnService] == "kms" && strings.HasPrefix(parts[arnResource], "key/"):
		return resourceSide
	case strings.EqualFold(service, "sts") && parts[arnService] == "iam" && strings.HasPrefix(parts[arnResource], "role/"):
		return resourceSide
	}
	return eitherSide
}

// aliasActions are the KMS actions of which an alias is a resource; all others are about the alias' key
// (https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html).
func isAliasAction(action string) bool {
	switch strings.ToLower(action) {
	case "kms:createalias", "kms:updatealias", "kms:deletealias":
		return true
	}
	return false
}

// matchedResource returns the ARN that Resource elements are compared with, where AWS uses another one than the
// request's.
func (c *Case) matchedResource() string {
	const createLogGroup = "logs:CreateLogGroup"
	switch {
	case len(c.Action) == len(createLogGroup) && strings.EqualFold(c.Action, createLogGroup):
		// Users report that the group is compared as a stream without a name; AWS does not document it.
		group, _ := strings.CutSuffix(c.Resource, ":*")
		if strings.Contains(group, ":log-group:") && !strings.Contains(group, ":log-stream:") {
			return group + ":log-stream:"
		}
	case strings.HasPrefix(c.Resource, "arn:") && strings.Contains(c.Resource, ":alias/"):
		parts, ok := splitARN(c.Resource)
		if ok && parts[arnService] == "kms" && strings.HasPrefix(parts[arnResource], "alias/") && !isAliasAction(c.Action) {
			key := strings.TrimSuffix(c.Resource, parts[arnResource])
			return key + "key/" + Unknown("key of "+parts[arnResource])
		}
	}
	return c.Resource
}
