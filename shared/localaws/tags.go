package localaws

import "strings"

// taggingGetResources lists what has tags, 50 a page unless asked. Tag filters are joined by and, a filter's values by or; a
// filter without values asks for the key alone.
// See https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html.
var taggingGetResources = operation{
	service: "tagging", name: "GetResources", needs: anywhere("tag:GetResources"), shows: []string{"ResourcesPerPage"},
	serve: func(c *call) (any, error) {
		kinds := texts(c.body["ResourceTypeFilters"])
		var all []any
		for _, f := range sortedValues(c.home().functions) {
			if len(f.tags) == 0 || len(kinds) > 0 && !contains(kinds, "lambda") && !contains(kinds, "lambda:function") || !tagged(f.tags, items(c.body["TagFilters"])) {
				continue
			}
			var tags []any
			for _, k := range sortedKeys(f.tags) {
				tags = append(tags, map[string]string{"Key": k, "Value": f.tags[k]})
			}
			all = append(all, map[string]any{"ResourceARN": f.arn, "Tags": tags})
		}
		if named := texts(c.body["ResourceARNList"]); len(named) > 0 {
			if len(kinds) > 0 || c.body["TagFilters"] != nil || c.body["ResourcesPerPage"] != nil {
				return nil, &apiError{Status: 400, Code: "InvalidParameterException", Message: "ResourceARNList stands alone"}
			}
			return map[string]any{"ResourceTagMappingList": c.stacksOf(named), "PaginationToken": ""}, nil
		}
		limit, ok := number(text(c.body["ResourcesPerPage"]), 100)
		if !ok {
			return nil, &apiError{Status: 400, Code: "InvalidParameterException", Message: "ResourcesPerPage must be between 1 and 100"}
		}
		cut, token, err := page(c, all, text(c.body["PaginationToken"]), limit, 50, 100)
		if err != nil {
			return nil, err
		}
		// The last page has an empty token, not none.
		return map[string]any{"ResourceTagMappingList": append([]any{}, cut...), "PaginationToken": token}, nil
	},
}

// stacksOf are the resources of the account and Region that a stack owns, with the tag that says so.
func (c *call) stacksOf(named []string) []any {
	out := []any{}
	for _, arn := range named {
		stack := c.acct.stacks[arn]
		if p := splitARN(arn); p == nil || stack == "" || p[3] != "" && p[3] != c.home().name {
			continue
		}
		out = append(out, map[string]any{"ResourceARN": arn, "Tags": []any{map[string]string{"Key": "aws:cloudformation:stack-name", "Value": stack}}})
	}
	return out
}

func tagged(tags map[string]string, filters []any) bool {
	for _, f := range filters {
		filter := object(f)
		v, has := tags[text(filter["Key"])]
		values := texts(filter["Values"])
		if !has || len(values) > 0 && !contains(values, v) {
			return false
		}
	}
	return true
}

var lambdaListTags = operation{
	service: "lambda", name: "ListTags", method: "GET", path: "/2017-03-31/tags/{Resource}",
	needs: func(c *call) []need { return []need{{action: "lambda:ListTags", resource: c.path["Resource"]}} },
	serve: func(c *call) (any, error) {
		arn := c.path["Resource"]
		if !strings.Contains(arn, ":function:") {
			return nil, unknown(c.svc, arn)
		}
		c.path["FunctionName"] = arn
		f, qualifier, err := c.function()
		if err != nil {
			return nil, err
		}
		if qualifier != "" {
			return nil, invalid(c.svc, "Tags on function aliases and versions are not supported. Please specify either a function ARN.")
		}
		return map[string]any{"Tags": f.tags}, nil
	},
}
