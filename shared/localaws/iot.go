package localaws

import "strconv"

var iotAction = shape{{from: "Lambda", kind: kindObject, of: shape{{from: "FunctionArn"}}}}

func (b *builder) topicRule() {
	home, r := b.home(), b.res
	if !once(b, home.topicRules, r.PhysicalID, "topic rule") {
		return
	}
	payload := object(b.prop("TopicRulePayload"))
	rule := shape{
		{from: "Sql"}, {from: "Description"}, {from: "Actions", kind: kindObjects, of: iotAction}, {from: "ErrorAction", kind: kindObject, of: iotAction},
	}.project(payload, lowerFirst)
	disabled, _ := boolean(payload["RuleDisabled"])
	rule["ruleName"], rule["ruleDisabled"] = r.PhysicalID, disabled
	home.topicRules[r.PhysicalID] = rule
}

// iotListTopicRules gives what is not a rule's own doing; the actions are asked for one by one. Rules that a function's policy
// names and no template holds are listed as if they were off: of what they do nothing is known.
// See https://docs.aws.amazon.com/iot/latest/apireference/API_ListTopicRules.html.
var iotListTopicRules = operation{
	service: "iot", name: "ListTopicRules", method: "GET", path: "/rules", needs: anywhere("iot:ListTopicRules"),
	serve: func(c *call) (any, error) {
		var all []any
		for _, name := range sortedKeys(c.home().topicRules) {
			rule := c.home().topicRules[name]
			if want := c.query.Get("ruleDisabled"); want != "" && want != strconv.FormatBool(rule["ruleDisabled"].(bool)) {
				continue
			}
			all = append(all, map[string]any{"ruleName": name, "ruleArn": c.home().arn("iot", "rule/"+name), "ruleDisabled": rule["ruleDisabled"]})
		}
		for _, name := range c.named("iot", "rule/") {
			if c.home().topicRules[name] == nil && c.query.Get("ruleDisabled") != "false" {
				all = append(all, map[string]any{"ruleName": name, "ruleArn": c.home().arn("iot", "rule/"+name), "ruleDisabled": true})
			}
		}
		limit, ok := number(c.query.Get("maxResults"), 10000)
		if !ok {
			return nil, &apiError{Status: 400, Code: "InvalidRequestException", Message: "maxResults must be between 1 and 10000"}
		}
		cut, token, err := page(c, all, c.query.Get("nextToken"), limit, 100, 10000)
		if err != nil {
			return nil, err
		}
		answer := map[string]any{"rules": append([]any{}, cut...)}
		if token != "" {
			answer["nextToken"] = token
		}
		return answer, nil
	},
}

// See https://docs.aws.amazon.com/iot/latest/apireference/API_GetTopicRule.html.
var iotGetTopicRule = operation{
	service: "iot", name: "GetTopicRule", method: "GET", path: "/rules/{RuleName}", shows: []string{"RuleName"},
	needs: func(c *call) []need {
		return []need{{action: "iot:GetTopicRule", resource: c.home().arn("iot", "rule/"+c.path["RuleName"])}}
	},
	serve: func(c *call) (any, error) {
		name := c.path["RuleName"]
		rule := c.home().topicRules[name]
		if rule == nil {
			return nil, unknown(c.svc, "topic rule "+name)
		}
		return map[string]any{"ruleArn": c.home().arn("iot", "rule/"+name), "rule": rule}, nil
	},
}
