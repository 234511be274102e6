package localaws

import "strings"

func (b *builder) logFilter() {
	b.then(func() {
		f := shape{{from: "DestinationArn"}, {from: "RoleArn"}, {from: "FilterPattern"}, {from: "LogGroupName"}, {from: "Distribution"}}.project(b.res.Properties, lowerFirst)
		f["filterName"], f["creationTime"] = b.res.PhysicalID, int64(bornEpoch)*1000
		if f["distribution"] == nil {
			f["distribution"] = "ByLogStream"
		}
		group := text(f["logGroupName"])
		if home := b.home(); home.logGroups[group] == nil {
			// A filter can be set on a log group that exists only.
			home.logGroups[group] = home.newLogGroup(group)
		}
		b.home().filters[group] = append(b.home().filters[group], f)
	})
}

var logsDescribeSubscriptionFilters = operation{
	service: "logs", name: "DescribeSubscriptionFilters", shows: []string{"logGroupName", "filterNamePrefix", "limit"},
	needs: func(c *call) []need {
		return []need{{action: "logs:DescribeSubscriptionFilters", resource: c.home().arn("logs", "log-group:"+text(c.body["logGroupName"])+":log-stream:")}}
	},
	serve: func(c *call) (any, error) {
		group := text(c.body["logGroupName"])
		found := c.home().filters[group]
		if c.home().logGroups[group] == nil && found == nil {
			return nil, unknown(c.svc, "log group "+group)
		}
		var all []map[string]any
		for _, f := range found {
			if strings.HasPrefix(text(f["filterName"]), text(c.body["filterNamePrefix"])) {
				all = append(all, f)
			}
		}
		sorted(all, func(a, b map[string]any) bool { return text(a["filterName"]) < text(b["filterName"]) })
		limit, ok := number(text(c.body["limit"]), 50)
		if !ok {
			return nil, invalid(c.svc, "1 validation error detected: Value '%s' at 'limit' failed to satisfy constraint: Member must have value between 1 and 50", text(c.body["limit"]))
		}
		cut, token, err := page(c, all, text(c.body["nextToken"]), limit, 50, 50)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"subscriptionFilters": append([]map[string]any{}, cut...)}
		if token != "" {
			out["nextToken"] = token
		}
		return out, nil
	},
}

// logPolicy keeps an account policy of CloudWatch Logs.
func (b *builder) logPolicy() {
	home, r := b.home(), b.res
	document := text(b.prop("PolicyDocument"))
	if _, isText := b.prop("PolicyDocument").(string); !isText {
		document = mustJSON(b.prop("PolicyDocument"))
	}
	home.logPolicies = append(home.logPolicies, map[string]any{
		"policyName": r.PhysicalID, "policyType": text(b.prop("PolicyType")), "policyDocument": document, "scope": "ALL", "accountId": home.account,
	})
}

// See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeAccountPolicies.html.
var logsDescribeAccountPolicies = operation{
	service: "logs", name: "DescribeAccountPolicies", shows: []string{"policyType", "policyName"}, needs: anywhere("logs:DescribeAccountPolicies"),
	serve: func(c *call) (any, error) {
		if text(c.body["policyType"]) == "" {
			return nil, invalid(c.svc, "1 validation error detected: Value null at 'policyType' failed to satisfy constraint: Member must not be null")
		}
		var found []map[string]any
		for _, policy := range c.home().logPolicies {
			if policy["policyType"] == text(c.body["policyType"]) && (text(c.body["policyName"]) == "" || policy["policyName"] == text(c.body["policyName"])) {
				found = append(found, policy)
			}
		}
		cut, token, err := page(c, found, text(c.body["nextToken"]), 0, 50, 50)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"accountPolicies": append([]map[string]any{}, cut...)}
		if token != "" {
			out["nextToken"] = token
		}
		return out, nil
	},
}
