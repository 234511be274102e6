package localaws

import (
	"slices"
	"strings"
)

func (b *builder) sqsQueue() {
	if h := b.holds("queue"); h != nil {
		h.key = text(b.prop("KmsMasterKeyId"))
	}
}

func (b *builder) sqsQueuePolicy()       { b.queuePolicy("Queues") }
func (b *builder) sqsQueueInlinePolicy() { b.queuePolicy("Queue") }

func (b *builder) queuePolicy(queues string) {
	b.held("queue", "PolicyDocument", func() []string {
		var arns []string
		for _, url := range texts(b.prop(queues)) {
			arns = append(arns, b.home().queueARN(url))
		}
		return arns
	})
}

// queueARN is the ARN of the queue that a URL names.
func (r *region) queueARN(url string) string {
	account, name := r.account, url[strings.LastIndexByte(url, '/')+1:]
	if parts := strings.Split(url, "/"); len(parts) > 2 {
		account = parts[len(parts)-2]
	}
	return "arn:" + r.partition + ":sqs:" + r.name + ":" + account + ":" + name
}

// sqsGetQueueAttributes leaves out what a queue does not have.
// See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html.
var sqsGetQueueAttributes = operation{
	service: "sqs", name: "GetQueueAttributes", shows: []string{"QueueUrl"},
	needs: func(c *call) []need {
		return []need{{action: "sqs:GetQueueAttributes", resource: c.home().queueARN(text(c.body["QueueUrl"]))}}
	},
	serve: func(c *call) (any, error) {
		arn := c.home().queueARN(text(c.body["QueueUrl"]))
		h, err := c.holder("queue", arn, &apiError{Status: 400, Code: "QueueDoesNotExist", Message: "The specified queue does not exist."})
		if err != nil {
			return nil, err
		}
		wanted := texts(c.body["AttributeNames"])
		attributes := map[string]string{}
		for name, value := range map[string]string{"QueueArn": arn, "Policy": h.policy, "KmsMasterKeyId": h.key} {
			if value != "" && (slices.Contains(wanted, name) || slices.Contains(wanted, "All")) {
				attributes[name] = value
			}
		}
		if len(attributes) == 0 {
			return map[string]any{}, nil
		}
		return map[string]any{"Attributes": attributes}, nil
	},
}
