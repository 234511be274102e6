package iampolicy

import (
	"strings"
	"testing"
)

// The pages that the rules come from, below docs.aws.amazon.com.
const (
	guide          = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
	pageLogic      = guide + "reference_policies_evaluation-logic.html"
	pageAllow      = guide + "reference_policies_evaluation-logic_policy-eval-denyallow.html"
	pageBasics     = guide + "reference_policies_evaluation-logic_policy-eval-basics-id-rdp.html"
	pageCross      = guide + "reference_policies_evaluation-logic-cross-account.html"
	pageAction     = guide + "reference_policies_elements_action.html"
	pageNotAction  = guide + "reference_policies_elements_notaction.html"
	pageResource   = guide + "reference_policies_elements_resource.html"
	pageNotRes     = guide + "reference_policies_elements_notresource.html"
	pagePrincipal  = guide + "reference_policies_elements_principal.html"
	pageNotPrin    = guide + "reference_policies_elements_notprincipal.html"
	pageVariables  = guide + "reference_policies_variables.html"
	pageOperators  = guide + "reference_policies_elements_condition_operators.html"
	pageCondition  = guide + "reference_policies_elements_condition.html"
	pageMultiple   = guide + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
	pageLogicCond  = guide + "reference_policies_condition-logic-multiple-context-keys-or-values.html"
	pageKeys       = guide + "reference_policies_condition-keys.html"
	pageBoundary   = guide + "access_policies_boundaries.html"
	pageGrammar    = guide + "reference_policies_grammar.html"
	pageARNs       = guide + "reference-arns.html"
	pageIDs        = guide + "reference_identifiers.html"
	pageSCP        = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"
	pageSCPLogic   = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html"
	pageRCP        = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"
	pageKeyPolicy  = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"
	pageKeyPolicy2 = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
	pageKeyAcross  = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html"
	pageSpotGrant  = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html"
	pageConstraint = "https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html"
	pageListGrants = "https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html"
	pageRepository = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html"
	pageKMSAlias   = "https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html"
	pageGrants     = "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"
	pageLambda     = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html"
	pageLambdaRBP  = "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"
	pageEndpoint   = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"
	pageReported   = "reported by users, not documented"
	pageTrust      = guide + "id_roles_update-role-trust-policy.html"
	pageAssume     = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"
	pageWebIDTrust = guide + "id_roles_create_for-idp_oidc.html"
)

const (
	harbour    = "111122223333" // the caller's account
	customs    = "444455556666" // another account
	session    = "arn:aws:sts::111122223333:assumed-role/berth-planner/berth-planner"
	userARN    = "arn:aws:iam::111122223333:user/staff/mara"
	rootARN    = "arn:aws:iam::111122223333:root"
	object     = "arn:aws:s3:::tides/2026/11.csv"
	keyARN     = "arn:aws:kms:eu-central-1:111122223333:key/1d2e3f40-1111-4222-8333-944455556666"
	function   = "arn:aws:lambda:eu-central-1:111122223333:function:tug-dispatch"
	queue      = "arn:aws:sqs:eu-central-1:111122223333:arrivals"
	repository = "arn:aws:ecr:eu-central-1:111122223333:repository/tugs"
	target     = "arn:aws:iam::111122223333:role/crane-operator"
)

// rule is one case with its answer. Policies are given by their statements, without Version for 2012-10-17.
type rule struct {
	name, page string
	who        string // session where empty
	do         string // s3:GetObject where empty
	on         string // object where empty
	account    string
	ctx        map[string][]string
	unknown    []string
	identity   string
	boundary   string
	session    string
	resource   string // a trust policy where do is sts:…
	endpoint   string
	scps, rcps [][]string
	grants     []KMSGrant
	attachedTo string
	version    string
	want       Decision
	by         Kind // not compared where KindNone
}

func (r rule) build(t testing.TB) Case {
	t.Helper()
	or := func(s, d string) string {
		if s == "" {
			return d
		}
		return s
	}
	version := or(r.version, "2012-10-17")
	parse := func(kind Kind, statements string) *Policy {
		if statements == "" {
			return nil
		}
		if statements == "none" {
			statements = ""
		}
		return mustParse(t, kind, `{"Version":"`+version+`","Statement":[`+statements+`]}`).WithName(kind.String())
	}
	levels := func(kind Kind, in [][]string) (out [][]*Policy) {
		for _, level := range in {
			var ps []*Policy
			for _, s := range level {
				ps = append(ps, parse(kind, s))
			}
			out = append(out, ps)
		}
		return out
	}
	do := or(r.do, "s3:GetObject")
	kind := Resource
	if strings.HasPrefix(do, "sts:") {
		kind = Trust
	}
	c := Case{
		Principal: principal(t, or(r.who, session)), Action: do, Resource: or(r.on, object), ResourceAccount: r.account,
		Context: NewContext(r.ctx).WithUnknown(r.unknown...), Boundary: parse(Boundary, r.boundary), Session: parse(Session, r.session),
		ResourcePolicy: parse(kind, r.resource), Endpoint: parse(Endpoint, r.endpoint),
		SCPs: levels(SCP, r.scps), RCPs: levels(RCP, r.rcps), Grants: r.grants, ResourcePolicyARN: r.attachedTo,
	}
	if p := parse(Identity, r.identity); p != nil {
		c.Identity = []*Policy{p}
	}
	return c
}

func check(t *testing.T, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			c := r.build(t)
			got := c.Decide()
			if got.Decision != r.want || r.by != KindNone && got.By != r.by {
				t.Errorf("got %s by %q, want %s by %q\nsource: %s\n%s", got.Decision, got.By, r.want, r.by, r.page, c.Explain())
			}
			if d, by := c.Verdict(); d != got.Decision || by != got.By {
				t.Errorf("Verdict says %s by %s, Decide %s by %s", d, by, got.Decision, got.By)
			}
			if (got.Decision == Undetermined) != (got.Reason != "") {
				t.Errorf("%s with reason %q", got.Decision, got.Reason)
			}
			if _, ok := c.NearMiss(); ok && got.Decision == Allowed {
				t.Error("an allowed request has a near miss")
			}
		})
	}
}

// st makes a statement: effect, action and resource, each bare or as JSON, then further elements as JSON.
func st(effect, action, resource string, more ...string) string {
	s := `{"Effect":"` + effect + `","Action":` + jsonValue(action)
	if resource != "" {
		s += `,"Resource":` + jsonValue(resource)
	}
	for _, m := range more {
		s += "," + m
	}
	return s + "}"
}

func jsonValue(s string) string {
	if strings.HasPrefix(s, "[") {
		return s
	}
	return `"` + s + `"`
}

// aws is a Principal element of type AWS.
func aws(value string) string { return `"Principal":{"AWS":` + jsonValue(value) + `}` }

func service(value string) string { return `"Principal":{"Service":` + jsonValue(value) + `}` }

// when is a Condition element with one operator and key.
func when(operator, key, value string) string {
	if value == "" || !strings.ContainsAny(value[:1], `["`) {
		value = `"` + value + `"`
	}
	return `"Condition":{"` + operator + `":{"` + key + `":` + value + `}}`
}

const (
	everything   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	everybodyAll = `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`
	onlyQueues   = `{"Effect":"Allow","Action":"sqs:*","Resource":"*"}`
)
