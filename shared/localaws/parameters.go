package localaws

import (
	"maps"
	"strings"
)

func (b *builder) parameter() {
	if h := b.holds("parameter"); h != nil {
		h.tier = first(text(b.prop("Tier")), "Standard")
	}
}

// ssmDescribeParameters finds parameters by their names alone. CloudFormation makes none that is encrypted: Options.Overlay
// says which are.
// See https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html.
var ssmDescribeParameters = operation{
	service: "ssm", name: "DescribeParameters", needs: anywhere("ssm:DescribeParameters"), shows: []string{"MaxResults"},
	serve: func(c *call) (any, error) {
		limit, ok := number(text(c.body["MaxResults"]), 50)
		if !ok {
			return nil, invalid(c.svc, "MaxResults %q is none", text(c.body["MaxResults"]))
		}
		var found []any
		seen := map[string]bool{}
		for _, one := range items(c.body["ParameterFilters"]) {
			filter := object(one)
			if text(filter["Key"]) != "Name" || text(filter["Option"]) != "Equals" {
				return nil, &apiError{Status: 400, Code: "InvalidFilterKey", Message: "Only names are served here."}
			}
			for _, name := range texts(filter["Values"]) {
				// With and without a slash before it a name has the same ARN.
				arn := c.home().arn("ssm", "parameter/"+strings.TrimPrefix(name, "/"))
				if seen[arn] || c.srv.gone[arn] {
					continue
				}
				if seen[arn] = true; c.home().holders[arn] == nil {
					return nil, unknown(c.svc, "parameter "+name)
				}
				said := map[string]any{
					"ARN": arn, "Name": name, "Type": "String", "Tier": c.home().holders[arn].tier, "Version": 1, "DataType": "text", "LastModifiedDate": bornEpoch,
				}
				maps.Copy(said, c.srv.opts.Overlay[arn])
				found = append(found, said)
			}
		}
		cut, token, err := page(c, found, text(c.body["NextToken"]), limit, 10, 50)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"Parameters": append([]any{}, cut...)}, token), nil
	},
}
