package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
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

// mostGrantPages bounds what is read of the changes of one role or policy: 100 of them.
const mostGrantPages = 2

// Grants are the changes since a time of a role, and of managed policies of the account by their ARNs, that may have given
// it a permission, the latest first.
func (c *Collector) Grants(ctx context.Context, role string, policies []string, since time.Time) ([]Grant, []fact.Unread) {
	subjects := []string{fact.RoleName(role)}
	for _, policy := range policies {
		if arn, err := fact.ParseARN(policy); err == nil && arn.Account == c.Account.ID && !slices.Contains(subjects, policy) {
			subjects = append(subjects, policy)
		}
	}
	found, why := make([][]Grant, len(subjects)), make([]fact.Unread, len(subjects))
	forEach(ctx, len(subjects), func(ctx context.Context, i int) {
		q := trailQuery{key: types.LookupAttributeKeyResourceName, value: subjects[i], since: since, global: true, pages: mostGrantPages}
		var events []trailEvent
		events, why[i] = c.lookUp(ctx, q, func(e *trailEvent) bool {
			return e.record.ErrorCode == "" && slices.Contains(granting, e.record.EventName)
		})
		for j := range events {
			found[i] = append(found[i], events[j].grant())
		}
	})
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b Grant) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Event, b.Event)) })
	return all, slices.DeleteFunc(why, fact.Unread.IsZero)
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
