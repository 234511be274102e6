package catalog

import (
	"permprobe/shared/check"
)

// eventInvoke is I2: an EventBridge rule or a bucket may not invoke its function.
func eventInvoke() check.Check {
	return check.Check{
		ID:    "I2",
		Title: "Event rules and buckets may invoke their functions",
		Text: "EventBridge calls a function as events.amazonaws.com with the rule's ARN as aws:SourceArn, S3 as s3.amazonaws.com with " +
			"the bucket's. The function's policy, of exactly the qualifier that the rule or the notification names, must allow that, or " +
			"the events are lost without a word.",
		Severity: severityOf("I2"),
		Guide:    []string{"I2"},
		Facts:    factsOf("I2"),
		Run:      func(in *check.Input) check.Output { return judgeTriggers(in, "I2") },
	}
}
