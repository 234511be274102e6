package scan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// throttleBranch is whether API Gateway or Lambda lets no more requests through.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
func (t *tree) throttleBranch() {
	c := cause("throttling", "calls are throttled")
	if t.asked.Status == 429 {
		pro(&c, "API Gateway answers 429 where a stage, a route, a usage plan or the account's own limit is exceeded.")
		c.Verdict = finding.CausePossible
		for _, limit := range t.route.Limits {
			switch {
			case t.asked.Stage != "" && limit.Stage != t.asked.Stage:
			case limit.Rate == 0 || limit.Burst == 0:
				c.Verdict = finding.CauseFound
				pro(&c, "The stage %s lets no request through to %s: its throttling limit is 0.", limit.Stage, t.route.Label)
			default:
				pro(&c, "The stage %s lets %s a second and %s at once through to %s.", limit.Stage, atMost(limit.Rate), atMost(float64(limit.Burst)), t.route.Label)
			}
		}
		switch {
		case t.route.KeyRequired:
			pro(&c, "The route %s needs an API key, so that the limits and the quota of the key's usage plan count as well.", t.route.Label)
			c.Tells = t.usagePlans()
		case t.api.Kind != fact.TriggerRESTAPI:
			con(&c, "No usage plan limits it: those are of REST APIs.")
		default:
			con(&c, "No usage plan limits it: the route %s needs no API key.", t.route.Label)
		}
		if n, where, _ := t.gatewayLines(lineThrottled); n > 0 {
			c.Verdict = finding.CauseFound
			pro(&c, "The API's log says so %s (%s).", times(n), where)
		}
	}
	n, measured := t.number(numberThrottles)
	switch {
	case measured && n > 0:
		c.Verdict = finding.CauseFound
		pro(&c, "Lambda throttled %s %s since %s: its concurrency is used up, or reserved at 0.", t.function.Name, times(int(n)), t.out.Summary.Since)
	case measured && t.function != nil:
		if c.Verdict == finding.CauseUnknown {
			c.Verdict = finding.CauseExcluded
		}
		con(&c, "Lambda throttled no invocation of %s since %s.", t.function.Name, t.out.Summary.Since)
	case !measured:
		con(&c, "Whether Lambda throttles the function is not known: its metrics were not read.")
		if t.function != nil && c.Tells == "" {
			c.Tells = "aws lambda get-function-concurrency --function-name " + t.function.Name
		}
	}
	t.add(c)
}

// atMost is a throttling limit for people.
func atMost(limit float64) string {
	switch {
	case limit < 0:
		return "as many requests as the account may"
	case limit == 1:
		return "1 request"
	}
	return fmt.Sprintf("%s requests", strconv.FormatFloat(limit, 'f', -1, 64))
}

// usagePlans is the command that reads which usage plans know the stages of the API.
func (t *tree) usagePlans() string {
	return fmt.Sprintf(`aws apigateway get-usage-plans --query "items[?apiStages[?apiId=='%s']]"`, t.api.ID)
}

func (t *tree) endpointBranch() {
	if !t.api.Closed {
		return
	}
	c := cause("endpoint", "the API's own address is switched off")
	c.Verdict = finding.CauseFound
	pro(&c, "The API answers on its custom domain names alone (DisableExecuteApiEndpoint).")
	t.add(c)
}

func (t *tree) firewallBranch() {
	c := cause("firewall", "AWS WAF blocks the request")
	var behind []string
	for _, stage := range t.api.Stages {
		if stage.Firewall && (t.asked.Stage == "" || t.asked.Stage == stage.Name) {
			behind = append(behind, stage.Name)
		}
	}
	switch {
	case len(behind) > 0:
		c.Verdict = finding.CausePossible
		pro(&c, "A web ACL stands before the stage %s. Which requests it blocks is in its own log and metrics, which are not read: look for BLOCK there.", strings.Join(behind, ", "))
		c.Tells = fmt.Sprintf("aws wafv2 get-web-acl-for-resource --resource-arn arn:%s:apigateway:%s::/restapis/%s/stages/%s", t.partition, t.out.Region, t.api.ID, behind[0])
	default:
		c.Verdict = finding.CauseExcluded
		con(&c, "No web ACL stands before the API. One of a CloudFront distribution before it would not be seen here.")
	}
	t.add(c)
}

func (t *tree) policyBranch() {
	if t.api.Kind != fact.TriggerRESTAPI {
		return // no other kind has one
	}
	c := cause("resource-policy", "the API's resource policy refuses the caller")
	policy, has := t.api.Policy.Value()
	why, unread := t.api.Policy.Unread()
	switch {
	case unread:
		pro(&c, "%s.", why.Reason)
	case !has:
		c.Verdict = finding.CauseExcluded
		con(&c, "The API has no resource policy.")
	case t.refusesAll(policy, nil):
		c.Verdict = finding.CauseFound
		pro(&c, "The resource policy lets in no call of %s, whoever makes it and from wherever. A change of it takes a new deployment to be in force.", t.route.Label)
	default:
		c.Verdict = finding.CausePossible
		everybody, denies := false, false
		for _, statement := range policy.Statements() {
			switch {
			case statement.Effect() == iampolicy.Deny:
				denies = true
				pro(&c, "It has a Deny: %s", string(statement.JSON()))
			case len(statement.Conditions()) == 0 && slices.ContainsFunc(statement.Principals(), func(p iampolicy.PrincipalValue) bool { return p.Value == "*" }):
				everybody = true
			default:
				pro(&c, "It lets in some callers alone: %s", string(statement.JSON()))
			}
		}
		if everybody && !denies {
			c.Verdict = finding.CauseExcluded
			c.For = nil
			con(&c, "The resource policy lets everybody in and denies nobody.")
		} else {
			pro(&c, "Who calls, and from where, is not known here. A change of it takes a new deployment to be in force.")
		}
	}
	t.add(c)
}

func (t *tree) keyBranch() {
	c := cause("api-key", "the request has no valid API key")
	if t.route.KeyRequired {
		c.Verdict = finding.CausePossible
		pro(&c, "The route %s needs an API key: without one that a usage plan of the stage knows, the answer is 403 \"Forbidden\".", t.route.Label)
		c.Tells = t.usagePlans()
	} else {
		c.Verdict = finding.CauseExcluded
		con(&c, "The route %s needs no API key.", t.route.Label)
	}
	t.add(c)
}

// callerBranch is what the route asks of the caller.
func (t *tree) callerBranch() {
	switch t.route.Authorization {
	case "AWS_IAM":
		c := cause("iam", "the caller may not execute-api:Invoke")
		c.Verdict = finding.CausePossible
		pro(&c, "Calls of %s are signed, and the caller's policies must allow execute-api:Invoke on it: ask for the caller with a check that declares that need.", t.route.Label)
		c.Tells = fmt.Sprintf("aws iam simulate-principal-policy --policy-source-arn CALLERS_ROLE --action-names execute-api:Invoke --resource-arns %q", t.requestARN())
		t.add(c)
	case "CUSTOM":
		c := cause("authorizer", "the authorizer refuses the caller")
		c.Verdict = finding.CausePossible
		pro(&c, "The authorizer %s decides about %s: its function returned a Deny, or a policy that does not cover the route.", t.route.Guard, t.route.Label)
		if t.asked.Status == 401 {
			pro(&c, "401 is also what is answered where the request lacks what identifies its caller.")
		}
		if n, where, _ := t.gatewayLines(lineForbidden); n > 0 {
			c.Verdict = finding.CauseFound
			pro(&c, "The API's log says so %s (%s).", times(n), where)
		}
		t.add(c)
		t.guardPermissionBranch()
	case "COGNITO_USER_POOLS", "JWT":
		c := cause("token", "the caller's token is missing, expired or of another audience or scope")
		c.Verdict = finding.CausePossible
		pro(&c, "The route asks for a token (%s %s).", t.route.Authorization, t.route.Guard)
		if t.route.Guard != "" && t.api.Kind == fact.TriggerRESTAPI {
			c.Tells = fmt.Sprintf("aws apigateway get-authorizer --rest-api-id %s --authorizer-id %s", t.api.ID, t.route.GuardID)
		} else if t.route.Guard != "" {
			c.Tells = fmt.Sprintf("aws apigatewayv2 get-authorizer --api-id %s --authorizer-id %s", t.api.ID, t.route.GuardID)
		}
		t.add(c)
	default:
		c := cause("authorizer", "an authorizer refuses the caller")
		c.Verdict = finding.CauseExcluded
		con(&c, "The route %s asks nobody who calls.", t.route.Label)
		t.add(c)
	}
}
