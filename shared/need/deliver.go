package need

import (
	"fmt"

	"permprobe/shared/fact"
)

// results are the permissions to deliver what became of asynchronous invocations: to the dead-letter queue
// and to the destinations.
//
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
func results(facts *fact.Facts, function *fact.Function) []Need {
	base := Need{
		Kind: Identity, Purpose: Deliver, Level: Required,
		Function: function.Ref(),
		Role:     function.Role,
	}
	var needs []Need
	if function.DeadLetter != "" {
		needs = append(needs, deliver(facts.Account, base, fact.Destination{
			Function: function.Ref(), Name: "dead-letter queue", Target: function.DeadLetter,
		})...)
	}
	read := facts.Destinations[function.ARN]
	if why, unread := read.Unread(); unread {
		base.Unread = why
		return append(needs, base)
	}
	destinations, _ := read.Value()
	for _, destination := range destinations {
		needs = append(needs, deliver(facts.Account, base, destination)...)
	}
	return asVersions(facts, needs)
}

// deliver is what the role needs to send to one destination; its account and keys are set here. Whether these calls carry
// lambda:SourceFunctionArn is not documented: the key stays open, and a policy that depends on it undecided.
func deliver(account fact.Account, base Need, to fact.Destination) []Need {
	base.Function, base.Context = to.Function, nil
	base.Subject = to.Name + " " + to.Target
	target, err := fact.ParseARN(to.Target)
	if err != nil {
		base.Unread = fact.Unresolved(fmt.Sprintf("what the %s needs", to.Name), to.Target)
		if base.Unread.IsZero() {
			base.Unread = fact.Unread{Reason: fmt.Sprintf("the %s is not understood: %v", to.Name, err)}
		}
		return []Need{base}
	}
	if target.Account != "" && target.Account != account.ID {
		base.Context = map[string][]string{"aws:ResourceAccount": {target.Account}}
	}
	switch target.Service {
	case "sqs":
		return []Need{base.on("sqs:SendMessage", to.Target)}
	case "sns":
		return []Need{base.on("sns:Publish", to.Target)}
	case "lambda":
		return []Need{base.on("lambda:InvokeFunction", to.Target)}
	case "events":
		return []Need{base.on("events:PutEvents", to.Target)}
	case "s3":
		return deliverToBucket(account, base, to)
	}
	base.Unread = fact.Unread{Reason: fmt.Sprintf("what the role needs to deliver to the %s is not decided", base.Subject)}
	return []Need{base}
}

// deliverToBucket is what a bucket as a destination needs. AWS recommends to bound the grant by the bucket's
// account, so the request says it: a bucket's ARN does not, and the function's own is the one that works.
func deliverToBucket(account fact.Account, base Need, to fact.Destination) []Need {
	base.Context = map[string][]string{"s3:ResourceAccount": {account.ID}}
	put := base.on("s3:PutObject", to.Target+"/aws/lambda/"+to.Function.Name()+
		"/2026/01/01/2026-01-01T00.00.00-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9")
	put.Grant = to.Target + "/*"
	return []Need{put, base.on("s3:ListBucket", to.Target)}
}
