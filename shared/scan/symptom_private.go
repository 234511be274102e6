package scan

import (
	"fmt"
	"regexp"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// sourceEndpoint is the condition key of the interface endpoint that a call came through.
const sourceEndpoint = "aws:SourceVpce"

// parameters are what a path has in the place of a part.
var parameters = regexp.MustCompile(`\{[^}]*\}`)

// privateBranch is whether callers of a private API come through an interface endpoint that the API lets in.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-create.html
func (t *tree) privateBranch() {
	if !t.api.Private {
		return
	}
	c := cause("private", "the API is private, and the caller's VPC endpoint is not let in")
	c.Verdict = finding.CausePossible
	c.Tells = fmt.Sprintf(`aws ec2 describe-vpc-endpoints --filters Name=service-name,Values=com.amazonaws.%s.execute-api --query "VpcEndpoints[].[VpcEndpointId,PolicyDocument]"`, t.out.Region)
	pro(&c, "The API is reached only through an interface endpoint of execute-api in a VPC, whose own policy must allow execute-api:Invoke as well. Endpoints and their policies are not read.")
	if len(t.api.Endpoints) > 0 {
		pro(&c, "Associated with the API: %s.", strings.Join(t.api.Endpoints, ", "))
	} else {
		pro(&c, "No endpoint is associated with the API: callers without private DNS must name it in the Host or x-apigw-api-id header.")
	}
	policy, has := t.api.Policy.Value()
	switch {
	case t.api.Policy.IsAbsent():
		c.Verdict = finding.CauseFound
		pro(&c, "It has no resource policy, and a private API lets nobody in without one.")
	case has:
		var shut []string
		for _, id := range t.api.Endpoints {
			if t.refusesAll(policy, &id) {
				shut = append(shut, id)
			} else {
				con(&c, "The resource policy does not rule out calls through %s.", id)
			}
		}
		if len(shut) > 0 {
			pro(&c, "The resource policy lets in no call of %s through %s.", t.route.Label, strings.Join(shut, ", "))
		}
		if len(shut) > 0 && len(shut) == len(t.api.Endpoints) {
			c.Verdict = finding.CauseFound
		}
	}
	t.add(c)
}

// requestARN is the resource that calls of the route are, on the stage that was asked about or the first.
func (t *tree) requestARN() string {
	stage := t.asked.Stage
	if stage == "" && len(t.api.Stages) > 0 {
		stage = t.api.Stages[0].Name
	}
	method, path, whole := strings.Cut(t.route.Label, " ")
	if !whole {
		return t.executeAPI(stage + "/" + t.route.Label)
	}
	if method == "ANY" {
		method = "GET"
	}
	return t.executeAPI(stage + "/" + method + parameters.ReplaceAllString(path, "x"))
}

func (t *tree) executeAPI(resource string) string {
	return fact.ARN{Partition: t.partition, Service: "execute-api", Region: t.out.Region, Account: t.out.Account, Resource: t.api.ID + "/" + resource}.String()
}

// refusesAll tells whether a resource policy certainly refuses every call of the route: through one endpoint, or through
// whichever. What is not known of callers leaves it open, and so does a caller whose own policies may count.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
func (t *tree) refusesAll(policy *iampolicy.Policy, endpoint *string) bool {
	given := map[string][]string{}
	if endpoint != nil {
		given[sourceEndpoint] = []string{*endpoint}
	}
	anybody, err := iampolicy.ParsePrincipal("*")
	if err != nil {
		return false
	}
	c := &iampolicy.Case{
		Principal: anybody, Action: "execute-api:Invoke", Resource: t.requestARN(), ResourceAccount: t.out.Account,
		Context: iampolicy.NewContext(given).WithUnknown("*"), ResourcePolicy: policy,
	}
	switch c.Decide().Decision {
	case iampolicy.ExplicitDeny:
		return true
	case iampolicy.ImplicitDeny:
		return t.route.Authorization == "NONE"
	}
	return false
}
