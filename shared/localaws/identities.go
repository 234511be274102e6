package localaws

import (
	"net/http"
	"strings"
)

// sesIdentity is an address or a domain that SES sends mail from. CloudFormation has no type for the policies of one:
// Options.Overlay says them under its ARN, as Policies by their names.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-emailidentity.html.
func (b *builder) sesIdentity() { b.holds("identity") }

// identityPolicies are the policies of the identity that a call names, by its name or its ARN. What SES answers where it is
// not there is not documented.
func (c *call) identityPolicies() (map[string]any, *apiError) {
	arn := c.form.Get("Identity")
	if !strings.HasPrefix(arn, "arn:") {
		arn = c.home().arn("ses", "identity/"+arn)
	}
	h, err := c.holder("identity", arn, &apiError{Status: http.StatusBadRequest, Code: "InvalidParameterValue", Message: "There is no such identity."})
	if err != nil {
		return nil, err
	}
	return object(c.srv.opts.Overlay[h.arn]["Policies"]), nil
}

// See https://docs.aws.amazon.com/ses/latest/APIReference/API_ListIdentityPolicies.html.
var sesListIdentityPolicies = operation{
	service: "ses", name: "ListIdentityPolicies", needs: anywhere("ses:ListIdentityPolicies"), shows: []string{"Identity"},
	serve: func(c *call) (any, error) {
		policies, err := c.identityPolicies()
		if err != nil {
			return nil, err
		}
		return struct{ PolicyNames members[string] }{list(sortedKeys(policies))}, nil
	},
}

// sesGetIdentityPolicies shows the policies that are asked for, up to 20 of them, and leaves out those that there are not.
// See https://docs.aws.amazon.com/ses/latest/APIReference/API_GetIdentityPolicies.html.
var sesGetIdentityPolicies = operation{
	service: "ses", name: "GetIdentityPolicies", needs: anywhere("ses:GetIdentityPolicies"), shows: []string{"Identity"},
	serve: func(c *call) (any, error) {
		policies, err := c.identityPolicies()
		if err != nil {
			return nil, err
		}
		names := c.list("PolicyNames")
		if len(names) == 0 || len(names) > 20 {
			return nil, invalid(c.svc, "%d names of policies, of 1 to 20", len(names))
		}
		type entry struct {
			Key   string `xml:"key"`
			Value string `xml:"value"`
		}
		var out struct {
			Policies struct {
				Entry []entry `xml:"entry"`
			}
		}
		for _, name := range names {
			if policy, has := policies[name]; has {
				out.Policies.Entry = append(out.Policies.Entry, entry{name, policyText(policy)})
			}
		}
		return out, nil
	},
}

// policyText is a policy as it was written: a text, or a document.
func policyText(policy any) string {
	if text, is := policy.(string); is {
		return text
	}
	return mustJSON(policy)
}
