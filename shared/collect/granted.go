package collect

import (
	"cmp"
	"encoding/json"
	"time"
)

// Grant is a change after which a role may do what it might not before, as CloudTrail tells it.
type Grant struct {
	At time.Time
	// By is the ARN of who made it, or the service that did for somebody; empty where the record does not say.
	By string
	// Event is its name: PutRolePolicy.
	Event string
	// Policy is the name of the inline policy or the ARN of the managed one that it is about; empty where it is about none.
	Policy string
}

// granting are the changes that may give a role a permission: a policy that allows is added or changed, one that denies or
// limits is taken away.
var granting = []string{
	"PutRolePolicy", "AttachRolePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeleteRolePolicy", "DetachRolePolicy",
	"PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "UpdateAssumeRolePolicy", "CreateRole",
}

// grant keeps who changed what, and nothing else of the request.
func (e *trailEvent) grant() Grant {
	var request struct {
		PolicyName string `json:"policyName"`
		PolicyARN  string `json:"policyArn"`
	}
	// A request that is not understood names no policy.
	_ = json.Unmarshal(e.record.RequestParameters, &request)
	who := &e.record.UserIdentity
	return Grant{At: e.at, By: cmp.Or(who.ARN, who.InvokedBy, who.PrincipalID), Event: e.record.EventName, Policy: cmp.Or(request.PolicyARN, request.PolicyName)}
}
