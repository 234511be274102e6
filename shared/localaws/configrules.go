package localaws

func (b *builder) configRule() {
	home, r := b.home(), b.res
	if !once(b, home.configRules, r.PhysicalID, "config rule") {
		return
	}
	rule := shape{
		{from: "Description"}, {from: "MaximumExecutionFrequency"},
		{from: "Source", kind: kindObject, of: shape{{from: "Owner"}, {from: "SourceIdentifier"}}},
	}.project(r.Properties, asIs)
	if p, ok := b.prop("InputParameters").(string); ok {
		rule["InputParameters"] = p
	} else if p := object(b.prop("InputParameters")); p != nil {
		rule["InputParameters"] = mustJSON(p)
	}
	rule["ConfigRuleName"], rule["ConfigRuleArn"], rule["ConfigRuleState"] = r.PhysicalID, r.ARN, "ACTIVE"
	home.configRules[r.PhysicalID] = rule
}

// configDescribeConfigRules gives 25 a page; the page size cannot be asked for. Rules that a function's policy names and no
// template holds are listed without what they do.
// See https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigRules.html.
var configDescribeConfigRules = operation{
	service: "config", name: "DescribeConfigRules", needs: anywhere("config:DescribeConfigRules"),
	serve: func(c *call) (any, error) {
		all, held := sortedValues(c.home().configRules), map[string]bool{}
		for _, rule := range all {
			held[text(rule["ConfigRuleArn"])] = true
		}
		for _, id := range c.named("config", "config-rule/") {
			if arn := c.home().arn("config", "config-rule/"+id); !held[arn] {
				all = append(all, map[string]any{"ConfigRuleName": id, "ConfigRuleArn": arn})
			}
		}
		cut, token, err := page(c, all, text(c.body["NextToken"]), 0, 25, 25)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"ConfigRules": append([]map[string]any{}, cut...)}, token), nil
	},
}
