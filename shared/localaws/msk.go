package localaws

import (
	"net/http"
	"net/url"
)

// kafkaCluster holds a cluster of Amazon MSK.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-msk-cluster.html.
func (b *builder) kafkaCluster() { b.holds("cluster") }

// kafkaGetClusterPolicy says the same of a cluster without a policy as of one that is not there.
// See https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-policy.html.
var kafkaGetClusterPolicy = operation{
	service: "kafka", name: "GetClusterPolicy", method: http.MethodGet, path: "/v1/clusters/{ClusterArn}/policy", shows: []string{"ClusterArn"},
	needs: func(c *call) []need { return []need{{action: "kafka:GetClusterPolicy", resource: clusterOf(c)}} },
	serve: func(c *call) (any, error) {
		none := &apiError{Status: http.StatusNotFound, Code: "NotFoundException", Message: "The resource you requested does not exist."}
		h, err := c.holder("cluster", clusterOf(c), none)
		switch {
		case err != nil:
			return nil, err
		case h.policy == "":
			return nil, none
		}
		return map[string]any{"currentVersion": "K3AEGXETSR30VB", "policy": h.policy}, nil
	},
}

// clusterOf is the ARN of the cluster of a request, which its path holds as one part.
func clusterOf(c *call) string {
	arn, err := url.PathUnescape(c.path["ClusterArn"])
	if err != nil {
		return c.path["ClusterArn"]
	}
	return arn
}
