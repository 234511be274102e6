package collect

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// IAMAPI is what is read from IAM.
type IAMAPI interface {
	iam.GetAccountAuthorizationDetailsAPIClient
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	namedIAM
}

var _ IAMAPI = (*iam.Client)(nil)

// roles reads the roles that functions run as and those that their code assumes, with their policies, in bulk. Pages are reduced as they
// come: an account's whole authorization details may be large.
func (c *Collector) roles(ctx context.Context, facts *fact.Facts, assumed []string) {
	_ = c.bulkRoles(ctx, facts, assumed) // nobody else's roles are wanted
}

// bulk is what was read of the roles of the account besides those that are facts already.
type bulk struct {
	details   map[string]*types.RoleDetail
	documents map[string]managedDocument // default versions by policy ARN
	failed    fact.Unread
}

// bulkRoles is roles, and keeps besides the roles that a service may take on to call functions: which of them do is
// known only when the services were asked.
func (c *Collector) bulkRoles(ctx context.Context, facts *fact.Facts, assumed []string) *bulk {
	c.awayRoles(ctx, facts, assumed)
	needed := map[string]bool{}
	for _, arn := range assumed {
		if c.owns(arn) {
			needed[arn] = true
		}
	}
	for _, f := range facts.Functions {
		needed[f.Role] = true
	}
	list := call{
		Operation: "iam:GetAccountAuthorizationDetails", Permission: "iam:GetAccountAuthorizationDetails", Resource: "*",
	}
	details := map[string]*types.RoleDetail{}
	documents := map[string]managedDocument{}
	calling := callingServices()
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(c.IAM, &iam.GetAccountAuthorizationDetailsInput{
		Filter:   []types.EntityType{types.EntityTypeRole, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy},
		MaxItems: aws.Int32(1000),
	})
	var spare []*types.RoleDetail
	var existing []string
	var failed fact.Unread
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			failed = list.unread(err)
			break
		}
		for i := range page.RoleDetailList {
			role := &page.RoleDetailList[i]
			arn := aws.ToString(role.Arn)
			existing = append(existing, arn)
			if needed[arn] || mayCall(role, calling) {
				details[arn] = role
			}
			if !needed[arn] && facts.Running != nil && !facts.Running[arn] && len(spare) < mostSpare && namesLambda(role) {
				spare = append(spare, role)
			}
		}
		for i := range page.Policies {
			if document, ok := defaultVersion(&page.Policies[i]); ok {
				documents[aws.ToString(page.Policies[i].Arn)] = document
			}
		}
	}
	if failed.IsZero() && facts.Existing != nil {
		slices.Sort(existing)
		facts.Existing["iam"] = existing
	}
	for _, role := range spare {
		if failed.IsZero() {
			facts.Spare = append(facts.Spare, reduceRole(role, listed(documents, failed)))
		}
	}
	slices.SortFunc(facts.Spare, func(a, b fact.Role) int { return strings.Compare(a.ARN, b.ARN) })
	var suspects []string
	for arn := range needed {
		detail, found := details[arn]
		switch {
		case found:
			facts.Roles[arn] = fact.Known(reduceRole(detail, listed(documents, failed)))
		case !failed.IsZero():
			facts.Roles[arn] = fact.NotRead[fact.Role](failed)
		case len(iampolicy.UnknownNames(arn)) > 0:
			facts.Roles[arn] = fact.NotRead[fact.Role](fact.Unread{Operation: list.Operation,
				Reason: fmt.Sprintf("which role the function runs as is not known: %s", strings.Join(iampolicy.UnknownNames(arn), ", "))})
		case !c.owns(arn):
			facts.Roles[arn] = fact.NotRead[fact.Role](fact.Unread{Operation: list.Operation,
				Reason: fmt.Sprintf("the role %s belongs to another account, and a function runs as a role of its own: is the id of the account right?", arn)})
		default:
			suspects = append(suspects, arn)
		}
	}
	confirmed := make([]fact.Read[fact.Role], len(suspects))
	forEach(ctx, len(suspects), func(ctx context.Context, i int) { confirmed[i] = c.confirmAbsent(ctx, suspects[i]) })
	for i, arn := range suspects {
		facts.Roles[arn] = confirmed[i]
	}
	return &bulk{details: details, documents: documents, failed: failed}
}

// mostSpare bounds how many roles are kept that no function runs as; an account may have thousands.
const mostSpare = 500

// namesLambda tells whether a role's trust policy speaks of Lambda. It is cheap; whether Lambda may assume the role is
// decided where that matters.
func namesLambda(role *types.RoleDetail) bool {
	return strings.Contains(aws.ToString(role.AssumeRolePolicyDocument), "lambda.amazonaws.com")
}

// confirmAbsent asks for a role that the listing does not hold. A listing may be behind; only IAM's own word
// for this role means that it does not exist.
func (c *Collector) confirmAbsent(ctx context.Context, arn string) fact.Read[fact.Role] {
	get := call{Operation: "iam:GetRole", Permission: "iam:GetRole", Resource: arn}
	out, err := c.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(fact.RoleName(arn))})
	switch {
	case isNotFound(err):
		return fact.Absent[fact.Role]()
	case err != nil:
		return fact.NotRead[fact.Role](get.unread(err))
	}
	why := fact.Unread{Operation: get.Operation, Reason: fmt.Sprintf(
		"the role %s exists, but the account's authorization details do not hold it yet", arn)}
	if have := aws.ToString(out.Role.Arn); have != arn {
		why.Reason = fmt.Sprintf("the function's role is %s, but the role of that name is %s", arn, have)
	}
	return fact.NotRead[fact.Role](why)
}

func (c *Collector) owns(arn string) bool {
	parsed, err := fact.ParseARN(arn)
	return err == nil && parsed.Account == c.Account.ID
}

// managedDocument is the default version of a managed policy, and when the policy was last changed.
type managedDocument struct {
	text    string
	changed time.Time
}

func defaultVersion(policy *types.ManagedPolicyDetail) (managedDocument, bool) {
	for _, version := range policy.PolicyVersionList {
		if version.IsDefaultVersion {
			return managedDocument{aws.ToString(version.Document), later(policy.UpdateDate, version.CreateDate)}, true
		}
	}
	return managedDocument{}, false
}

// later is the later of two times that AWS may leave out.
func later(a, b *time.Time) time.Time {
	x, y := aws.ToTime(a), aws.ToTime(b)
	if x.Before(y) {
		return y
	}
	return x
}

// listed gives the documents of the managed policies that the account's authorization details hold. incomplete says why
// some may be missing; zero when they were all read.
func listed(documents map[string]managedDocument, incomplete fact.Unread) func(arn string) (managedDocument, fact.Unread) {
	return func(arn string) (managedDocument, fact.Unread) {
		document, found := documents[arn]
		switch {
		case found:
			return document, fact.Unread{}
		case !incomplete.IsZero():
			return managedDocument{}, incomplete
		}
		if why := fact.Unresolved("which policy a role has", arn); !why.IsZero() {
			return managedDocument{}, why
		}
		return managedDocument{}, fact.Unread{Operation: "iam:GetAccountAuthorizationDetails",
			Reason: fmt.Sprintf("the policy %s is not in the account's authorization details", arn)}
	}
}

// reduceRole parses a role's policies. document gives those of managed policies, by ARN.
func reduceRole(detail *types.RoleDetail, document func(arn string) (managedDocument, fact.Unread)) fact.Role {
	role := fact.Role{ARN: aws.ToString(detail.Arn), ID: aws.ToString(detail.RoleId), Created: aws.ToTime(detail.CreateDate), Boundary: fact.Absent[*iampolicy.Policy]()}
	name := aws.ToString(detail.RoleName)
	trust, text, why := parseDocument(aws.ToString(detail.AssumeRolePolicyDocument), iampolicy.Trust, "trust policy of "+name)
	if trust == nil {
		role.Trust = fact.NotRead[*iampolicy.Policy](why)
	} else {
		role.Trust, role.TrustJSON = fact.Known(trust), text
	}
	managed := func(arn string, kind iampolicy.Kind) (*iampolicy.Policy, fact.Unread) {
		document, why := document(arn)
		if !why.IsZero() {
			return nil, why
		}
		role.Changes = append(role.Changes, fact.Change{Policy: arn, Time: document.changed})
		policy, _, why := parseDocument(document.text, kind, arn)
		return policy, why
	}
	var policies []*iampolicy.Policy
	var unread fact.Unread
	keep := func(policy *iampolicy.Policy, why fact.Unread) {
		if policy == nil {
			unread = why
			return
		}
		policies = append(policies, policy)
	}
	for _, inline := range detail.RolePolicyList {
		policy, _, why := parseDocument(aws.ToString(inline.PolicyDocument), iampolicy.Identity,
			fmt.Sprintf("inline policy %s of %s", aws.ToString(inline.PolicyName), name))
		keep(policy, why)
	}
	for _, attached := range detail.AttachedManagedPolicies {
		keep(managed(aws.ToString(attached.PolicyArn), iampolicy.Identity))
	}
	if boundary := detail.PermissionsBoundary; boundary != nil {
		if policy, why := managed(aws.ToString(boundary.PermissionsBoundaryArn), iampolicy.Boundary); policy != nil {
			role.Boundary = fact.Known(policy)
		} else {
			role.Boundary = fact.NotRead[*iampolicy.Policy](why)
		}
	}
	role.Policies = fact.Known(policies)
	if !unread.IsZero() {
		role.Policies = fact.NotRead[[]*iampolicy.Policy](unread)
	}
	return role
}

// parseDocument reads a policy as IAM sends it: URL-encoded JSON.
func parseDocument(encoded string, kind iampolicy.Kind, name string) (*iampolicy.Policy, string, fact.Unread) {
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return nil, "", fact.Unread{Reason: fmt.Sprintf("the %s is not URL-encoded as IAM's documents are: %v", name, err)}
	}
	policy, err := iampolicy.Parse([]byte(text), kind)
	if err != nil {
		return nil, "", fact.Unread{Reason: fmt.Sprintf("the %s is not understood: %v", name, err)}
	}
	return policy.WithName(name), text, fact.Unread{}
}
