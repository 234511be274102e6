package need

import (
	"fmt"

	"permprobe/shared/fact"
)

// polls are the permissions with which Lambda polls the function's event sources, and delivers records that
// could not be processed.
//
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
func polls(facts *fact.Facts, function *fact.Function) []Need {
	var needs []Need
	for i := range facts.Mappings {
		mapping := &facts.Mappings[i]
		if mapping.Function.ARN != function.ARN {
			continue
		}
		base := Need{
			Kind: Identity, Purpose: Poll, Level: Required,
			Function: mapping.Function,
			Role:     function.Role,
			Presumed: mapping.Open,
		}
		about := &subject{account: facts.Account, function: function, mapping: mapping}
		needs = append(needs, poll(base, about)...)
		if mapping.OnFailure.Target != "" {
			about.destination = mapping.OnFailure
			needs = append(needs, deliver(base, about)...)
		}
	}
	return asVersions(facts, needs)
}

// poll is what one source needs. The calls of Lambda's pollers carry no lambda:SourceFunctionArn.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
func poll(base Need, s *subject) []Need {
	base.Subject = s.mapping.Source
	base.Context = map[string][]string{sourceFunction: nil} // absent for certain
	id := ""
	if s.mapping.SelfManaged {
		base.Subject = "the self-managed brokers of the mapping " + s.mapping.ID
		id = "self_managed_kafka"
	} else {
		source, err := fact.ParseARN(s.mapping.Source)
		if err != nil {
			base.Unread = fact.Unresolved(fmt.Sprintf("what the event source mapping %s needs", s.mapping.ID), s.mapping.Source)
			if base.Unread.IsZero() {
				base.Unread = fact.Unread{Reason: fmt.Sprintf("the source of the event source mapping %s is not understood", s.mapping.ID)}
			}
			return []Need{base}
		}
		if source.Account != s.account.ID {
			base.Context["aws:ResourceAccount"] = []string{source.Account}
		}
		s.source, id = source, rowOfSource[source.Service]
	}
	of := row(sources(), id)
	if of == nil {
		base.Unread = fact.Unread{Reason: fmt.Sprintf("what the role needs to read from %s is not decided", s.mapping.Source)}
		return []Need{base}
	}
	needs := of.needs(base, s)
	for _, registry := range registries() {
		needs = append(needs, registry.needs(base, s)...)
	}
	return needs
}

// rowOfSource says by the service of a source's ARN which row it belongs to. The role needs the same for both
// kinds of brokers of Amazon MQ.
var rowOfSource = map[string]string{
	"sqs": "sqs", "kinesis": "kinesis", "dynamodb": "dynamodb", "kafka": "msk", "mq": "mq_activemq", "rds": "documentdb",
}
