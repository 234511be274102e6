package localaws

// A receiptRule says what happens to mail that comes in; only its functions are kept.
type receiptRule struct {
	name      string
	disabled  bool
	functions []string
}

func (b *builder) receiptRuleSet() { b.ruleSet(b.res.PhysicalID) }

func (b *builder) ruleSet(name string) {
	if home := b.home(); home.receiptRules[name] == nil {
		home.receiptRules[name] = []receiptRule{}
	}
}

func (b *builder) receiptRule() {
	b.then(func() {
		rule, set := object(b.prop("Rule")), text(b.prop("RuleSetName"))
		b.ruleSet(set)
		enabled, _ := boolean(rule["Enabled"])
		one := receiptRule{name: b.res.PhysicalID, disabled: !enabled && !isUnknown(rule["Enabled"])}
		for _, action := range items(rule["Actions"]) {
			if f := text(object(object(action)["LambdaAction"])["FunctionArn"]); f != "" {
				one.functions = append(one.functions, f)
			}
		}
		b.home().receiptRules[set] = append(b.home().receiptRules[set], one)
	})
}

type xmlRuleSet struct{ Name, CreatedTimestamp string }

type xmlReceiptRule struct {
	Name    string
	Enabled bool
	Actions members[xmlReceiptAction]
}

type xmlReceiptAction struct {
	LambdaAction struct{ FunctionArn string }
}

func (c *call) receiptRuleSet(name string) any {
	var rules []xmlReceiptRule
	held := map[string]bool{}
	for _, r := range c.home().receiptRules[name] {
		one := xmlReceiptRule{Name: r.name, Enabled: !r.disabled}
		for _, f := range r.functions {
			action := xmlReceiptAction{}
			action.LambdaAction.FunctionArn = f
			one.Actions.Member = append(one.Actions.Member, action)
		}
		rules = append(rules, one)
		held[r.name] = true
	}
	for _, rule := range c.named("ses", "receipt-rule-set/"+name+":receipt-rule/") {
		if !held[rule] { // a policy names it and no template holds it: nothing is known of what it does
			rules = append(rules, xmlReceiptRule{Name: rule})
		}
	}
	return struct {
		Metadata xmlRuleSet
		Rules    members[xmlReceiptRule]
	}{xmlRuleSet{name, bornText}, list(rules)}
}

// sesListReceiptRuleSets gives 100 a page; the page size cannot be asked for.
// See https://docs.aws.amazon.com/ses/latest/APIReference/API_ListReceiptRuleSets.html.
var sesListReceiptRuleSets = operation{
	service: "ses", name: "ListReceiptRuleSets", needs: anywhere("ses:ListReceiptRuleSets"),
	serve: func(c *call) (any, error) {
		cut, token, err := page(c, sortedKeys(c.home().receiptRules), c.form.Get("NextToken"), 0, 100, 100)
		if err != nil {
			return nil, err
		}
		sets := make([]xmlRuleSet, len(cut))
		for i, name := range cut {
			sets[i] = xmlRuleSet{name, bornText}
		}
		return struct {
			RuleSets  members[xmlRuleSet]
			NextToken string `xml:",omitempty"`
		}{list(sets), token}, nil
	},
}

// See https://docs.aws.amazon.com/ses/latest/APIReference/API_DescribeReceiptRuleSet.html.
var sesDescribeReceiptRuleSet = operation{
	service: "ses", name: "DescribeReceiptRuleSet", needs: anywhere("ses:DescribeReceiptRuleSet"), shows: []string{"RuleSetName"},
	serve: func(c *call) (any, error) {
		name := c.form.Get("RuleSetName")
		if c.srv.gone[c.home().arn("ses", "receipt-rule-set/"+name)] {
			return nil, &apiError{Status: 400, Code: "RuleSetDoesNotExist", Message: "Rule set does not exist: " + name}
		}
		if c.home().receiptRules[name] == nil {
			return nil, unknown(c.svc, "receipt rule set "+name)
		}
		return c.receiptRuleSet(name), nil
	},
}

// sesDescribeActiveReceiptRuleSet names the set that is in effect. No template says which one is: where templates hold one
// alone it is taken for it, and otherwise nothing is known.
// See https://docs.aws.amazon.com/ses/latest/APIReference/API_DescribeActiveReceiptRuleSet.html.
var sesDescribeActiveReceiptRuleSet = operation{
	service: "ses", name: "DescribeActiveReceiptRuleSet", needs: anywhere("ses:DescribeActiveReceiptRuleSet"),
	serve: func(c *call) (any, error) {
		names := sortedKeys(c.home().receiptRules)
		switch len(names) {
		case 0:
			return struct{}{}, nil
		case 1:
			return c.receiptRuleSet(names[0]), nil
		}
		return nil, unknown(c.svc, "which receipt rule set is active")
	},
}
