package decide

import (
	"maps"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// absentForServices are request keys that a call by a service principal never carries: it has no identity
// of an account, no session tags, and neither Lambda nor API Gateway sends an external id or the keys of
// function URLs and event source tokens. A condition on one of them is not met; a condition on any other
// key that is not sent here leaves the decision open.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var absentForServices = []string{
	"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:userid", "aws:username",
	"aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:SourceIdentity", "aws:FederatedProvider",
	"sts:ExternalId", "sts:SourceIdentity", "sts:TransitiveTagKeys",
	"lambda:EventSourceToken", "lambda:FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl",
}

// serviceContext is the context of a call that a service makes in its own name.
func serviceContext(facts *fact.Facts, keys map[string][]string) iampolicy.Context {
	return iampolicy.NewContext(serviceKeys(facts, keys)).WithUnknown("*")
}

// urlContext is that of a request that a service sends to a function's URL: AWS does not document that either of its two
// actions carries the key of the other.
func urlContext(facts *fact.Facts, keys map[string][]string) iampolicy.Context {
	all := serviceKeys(facts, nil)
	delete(all, fact.URLAuthType)
	delete(all, fact.ViaURL)
	maps.Copy(all, keys)
	return iampolicy.NewContext(all).WithUnknown("*")
}

func serviceKeys(facts *fact.Facts, keys map[string][]string) map[string][]string {
	all := make(map[string][]string, len(keys)+len(absentForServices))
	for _, name := range absentForServices {
		all[name] = nil
	}
	all["aws:CurrentTime"] = []string{facts.Time.UTC().Format(time.RFC3339)}
	maps.Copy(all, keys)
	return all
}
