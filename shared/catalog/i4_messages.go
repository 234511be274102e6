package catalog

import (
	"permprobe/shared/check"
)

// messageInvoke is I4: a service other than those of I1 and I2 may not invoke a function that one of its resources names.
func messageInvoke() check.Check {
	return check.Check{
		ID:    "I4",
		Title: "Services may invoke the functions that their resources name",
		Text: "Topics, log groups, load balancers, user pools, rotations of secrets, alarms, rules of AWS Config, of AWS IoT and for mail that comes in, Bedrock agents, Lex bots, Connect instances, target groups of VPC Lattice, CodeCommit repositories, authorizers of AppSync APIs, chat rooms, authorizers and provisioning templates of AWS IoT and servers of Transfer Family call functions as their " +
			"service, with their own ARN as aws:SourceArn. The function's policy, of exactly the qualifier that they name, must allow " +
			"that, or the calls fail although the resource looks well.",
		Severity: severityOf("I4"),
		Guide:    []string{"I4"},
		Facts:    factsOf("I4"),
		Run:      func(in *check.Input) check.Output { return judgeTriggers(in, "I4") },
	}
}
