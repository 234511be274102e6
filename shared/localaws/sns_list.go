package localaws

import "strings"

func (b *builder) snsSubscription() {
	b.then(func() { b.subscribe(text(b.prop("TopicArn")), b.res.Properties) })
}

// subscribe adds a subscription: to a topic of the region, or from it to one elsewhere, which its owner's listing has too.
func (b *builder) subscribe(topicARN string, props map[string]any) {
	home := b.home()
	s := xmlSubscription{TopicArn: topicARN, Protocol: text(props["Protocol"]), Endpoint: text(props["Endpoint"]), Owner: home.account}
	s.SubscriptionArn = topicARN + ":" + uuidOf(topicARN, s.Protocol, s.Endpoint)
	if strings.HasPrefix(s.Protocol, "email") {
		s.SubscriptionArn = "PendingConfirmation"
	}
	home.subscriptions[s.Protocol+" "+topicARN+" "+s.Endpoint] = s
}

type xmlSubscription struct{ SubscriptionArn, Owner, Protocol, Endpoint, TopicArn string }

// snsListSubscriptions gives 100 a page; the page size cannot be asked for.
// See https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html.
var snsListSubscriptions = operation{
	service: "sns", name: "ListSubscriptions",
	needs: func(c *call) []need {
		return []need{{action: "sns:ListSubscriptions", resource: "*"}}
	},
	serve: func(c *call) (any, error) {
		cut, token, err := page(c, sortedValues(c.home().subscriptions), c.form.Get("NextToken"), 0, 100, 100)
		if err != nil {
			return nil, err
		}
		return struct {
			Subscriptions members[xmlSubscription]
			NextToken     string `xml:",omitempty"`
		}{list(cut), token}, nil
	},
}

var snsGetTopicAttributes = operation{
	service: "sns", name: "GetTopicAttributes", shows: []string{"TopicArn"},
	needs: func(c *call) []need {
		return []need{{action: "sns:GetTopicAttributes", resource: c.form.Get("TopicArn")}}
	},
	serve: func(c *call) (any, error) {
		arn := c.form.Get("TopicArn")
		t := c.home().topics[arn]
		if c.srv.gone[arn] {
			return nil, &apiError{Status: 404, Code: "NotFound", Message: "Topic does not exist"}
		}
		if t == nil {
			return nil, unknown(c.svc, "topic "+arn)
		}
		attributes := map[string]string{"TopicArn": arn, "Owner": c.acct.id, "DisplayName": "", "Policy": first(t.policy, t.defaultPolicy(c.acct.id))}
		if t.key != "" {
			attributes["KmsMasterKeyId"] = t.key
		}
		if t.fifo {
			attributes["FifoTopic"] = "true"
		}
		var out struct{ Attributes xmlDetails }
		for _, k := range sortedKeys(attributes) {
			out.Attributes.Entry = append(out.Attributes.Entry, xmlDetail{k, attributes[k]})
		}
		return out, nil
	},
}

// defaultPolicy lets the topic's own account do everything with it.
// See https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html.
func (t *topic) defaultPolicy(account string) string {
	s := statement{
		SID: "__default_statement_ID", Effect: "Allow", Principal: map[string]string{"AWS": "*"}, Resource: t.arn,
		Action:    []string{"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"},
		Condition: map[string]map[string]string{"StringEquals": {"AWS:SourceOwner": account}},
	}
	return mustJSON(document{Version: "2008-10-17", ID: "__default_policy_ID", Statement: []any{s}})
}
