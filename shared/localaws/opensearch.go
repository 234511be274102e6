package localaws

import "net/http"

// searchDomain holds a domain of OpenSearch Service with its policy.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-opensearchservice-domain.html.
func (b *builder) searchDomain() {
	if h := b.holds("domain"); h != nil {
		if doc := b.prop("AccessPolicies"); doc != nil {
			h.policy = documentText(doc, resourcePolicy, b.maybe())
		}
	}
}

// esDescribeDomain answers with an empty policy for a domain without one.
// See https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomain.html.
var esDescribeDomain = operation{
	service: "es", name: "DescribeDomain", method: http.MethodGet, path: "/2021-01-01/opensearch/domain/{DomainName}", shows: []string{"DomainName"},
	needs: func(c *call) []need {
		return []need{{action: "es:DescribeDomain", resource: c.home().arn("es", "domain/"+c.path["DomainName"])}}
	},
	serve: func(c *call) (any, error) {
		name := c.path["DomainName"]
		h, err := c.holder("domain", c.home().arn("es", "domain/"+name),
			&apiError{Status: http.StatusConflict, Code: "ResourceNotFoundException", Message: "Domain not found: " + name})
		if err != nil {
			return nil, err
		}
		return map[string]any{"DomainStatus": map[string]any{
			"ARN": h.arn, "DomainName": name, "DomainId": c.acct.id + "/" + name, "Created": true, "Deleted": false, "ClusterConfig": map[string]any{}, "AccessPolicies": h.policy,
		}}, nil
	},
}
