package catalog

import (
	"permprobe/shared/check"
)

// messageInvoke is I4: a topic or a log group may not invoke a function that subscribes to it.
func messageInvoke() check.Check {
	return check.Check{
		ID:    "I4",
		Title: "Topics and log groups may invoke the functions that subscribe to them",
		Text: "SNS calls a function as sns.amazonaws.com with the topic's ARN as aws:SourceArn, CloudWatch Logs as logs.amazonaws.com " +
			"with the log group's. The function's policy, of exactly the " +
			"qualifier that the subscription names, must allow that, or the messages do not arrive although the subscription looks well.",
		Severity: severityOf("I4"),
		Guide:    []string{"I4"},
		Facts:    factsOf("I4"),
		Run:      func(in *check.Input) check.Output { return judgeTriggers(in, "I4") },
	}
}
