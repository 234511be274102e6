package need

import (
	"fmt"
	"strings"

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
		needs = append(needs, deliver(base, &subject{account: facts.Account, function: function, destination: fact.Destination{
			Function: function.Ref(), Name: "dead-letter queue", Target: function.DeadLetter,
		}})...)
	}
	read := facts.Destinations[function.ARN]
	if why, unread := read.Unread(); unread {
		base.Unread = why
		return append(needs, base)
	}
	destinations, _ := read.Value()
	for _, destination := range destinations {
		needs = append(needs, deliver(base, &subject{account: facts.Account, function: function, destination: destination})...)
	}
	return asVersions(facts, needs)
}

// deliver is what the role needs to send to one destination; its account and keys are set here. Whether these calls carry
// lambda:SourceFunctionArn is not documented: the key stays open, and a policy that depends on it undecided.
func deliver(base Need, s *subject) []Need {
	to := s.destination
	base.Function, base.Context = to.Function, nil
	base.Subject = to.Name + " " + to.Target
	id := "destination_kafka"
	if !strings.HasPrefix(to.Target, "kafka://") {
		target, err := fact.ParseARN(to.Target)
		if err != nil {
			base.Unread = fact.Unresolved(fmt.Sprintf("what the %s needs", to.Name), to.Target)
			if base.Unread.IsZero() {
				base.Unread = fact.Unread{Reason: fmt.Sprintf("the %s is not understood: %v", to.Name, err)}
			}
			return []Need{base}
		}
		if target.Account != "" && target.Account != s.account.ID {
			base.Context = map[string][]string{"aws:ResourceAccount": {target.Account}}
		}
		s.target, id = target, "destination_"+target.Service
	}
	of := row(destinations(), id)
	if of == nil || id == "destination_kafka" && s.mapping == nil {
		base.Unread = fact.Unread{Reason: fmt.Sprintf("what the role needs to deliver to the %s is not decided", base.Subject)}
		return []Need{base}
	}
	return of.needs(base, s)
}
