package collect

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// MachinesAPI is what is read from Step Functions.
type MachinesAPI interface {
	sfn.ListStateMachinesAPIClient
	DescribeStateMachine(context.Context, *sfn.DescribeStateMachineInput, ...func(*sfn.Options)) (*sfn.DescribeStateMachineOutput, error)
}

var _ MachinesAPI = (*sfn.Client)(nil)

// stateMachines reads which functions the tasks of state machines call. Of a definition nothing but their ARNs is kept.
func (c *Collector) stateMachines(ctx context.Context) sources {
	found := sources{facts: fact.KindMachines}
	list := call{Operation: "states:ListStateMachines", Permission: "states:ListStateMachines", Resource: "*"}
	var machines []types.StateMachineListItem
	pages := sfn.NewListStateMachinesPaginator(c.Machines, &sfn.ListStateMachinesInput{MaxResults: 1000})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		machines = append(machines, page.StateMachines...)
	}
	each := make([]sources, len(machines))
	forEach(ctx, len(machines), func(ctx context.Context, i int) { each[i] = c.stateMachine(ctx, &machines[i]) })
	found.join(each)
	return found
}

func (c *Collector) stateMachine(ctx context.Context, machine *types.StateMachineListItem) sources {
	found := sources{facts: fact.KindMachines}
	arn, name := aws.ToString(machine.StateMachineArn), aws.ToString(machine.Name)
	get := call{Operation: "states:DescribeStateMachine of " + name, Permission: "states:DescribeStateMachine", Resource: arn}
	out, err := c.Machines.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(arn)})
	switch {
	case isNotFound(err):
		return found // it was deleted after it was listed
	case err != nil:
		found.missing(get.unread(err))
		return found
	case out.Status == types.StateMachineStatusDeleting:
		return found
	}
	source := fact.Trigger{
		Kind: fact.TriggerMachine, Source: arn, SourceID: name, SourceName: name, Account: c.Account.ID,
		Credentials: aws.ToString(out.RoleArn), AssumedFor: arn,
	}
	var definition states
	if json.Unmarshal([]byte(aws.ToString(out.Definition)), &definition) != nil {
		reason := "the definition of the state machine " + name + " is not understood: which functions it calls is not known"
		if names := iampolicy.UnknownNames(aws.ToString(out.Definition)); len(names) > 0 {
			reason += ", it depends on " + strings.Join(names, ", ")
		}
		found.missing(fact.Unread{Reason: reason})
		return found
	}
	definition.each(func(s *state) { c.task(&found, source, s) })
	return found
}

// states is a workflow, or a part of one, reduced to what calls functions.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
type states struct{ States map[string]*state }

// state is one state. Its texts never leave this package but for the ARN of a function.
type state struct {
	Type, Resource          string
	Parameters, Arguments   json.RawMessage
	Credentials             json.RawMessage
	Branches                []*states
	Iterator, ItemProcessor *states
}

// each visits every state, also those inside parallel states and maps, in a stable order.
func (s *states) each(visit func(*state)) {
	if s == nil {
		return
	}
	var names []string
	for name := range s.States {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		one := s.States[name]
		if one == nil {
			continue
		}
		visit(one)
		for _, branch := range one.Branches {
			branch.each(visit)
		}
		one.Iterator.each(visit)
		one.ItemProcessor.each(visit)
	}
}

// task records the function that a task calls: by its ARN, or by the integration with Lambda.
//
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
func (c *Collector) task(found *sources, source fact.Trigger, s *state) {
	if s.Type != "Task" {
		return
	}
	function := s.Resource
	if arn, err := fact.ParseARN(s.Resource); err == nil && arn.Service == "states" {
		action, _, _ := strings.Cut(strings.TrimPrefix(arn.Resource, "aws-sdk:"), ".")
		if !strings.EqualFold(action, "lambda:invoke") {
			return
		}
		var given bool
		if function, given = c.parameters(s); !given {
			found.unclear(fmt.Sprintf("a task of the state machine %s calls a function that its input names: whether its role may is not known", source.SourceName))
			return
		}
	}
	if len(s.Credentials) > 0 && mayBeFunction(function) {
		found.unclear(fmt.Sprintf("a task of the state machine %s calls a function as another role than the state machine's: whether that role may is not decided",
			source.SourceName))
		return
	}
	found.add(source, function)
}

// unclear records once that something of the kind is not known.
func (s *sources) unclear(reason string) {
	if !slices.ContainsFunc(s.unread, func(one fact.Incomplete) bool { return one.Unread.Reason == reason }) {
		s.missing(fact.Unread{Reason: reason})
	}
}

// parameters is the ARN of the function that a task's parameters or arguments name; false where that is known only
// when the task runs.
func (c *Collector) parameters(s *state) (string, bool) {
	for _, text := range []json.RawMessage{s.Parameters, s.Arguments} {
		var of struct{ FunctionName, Qualifier any }
		if len(text) == 0 || json.Unmarshal(text, &of) != nil {
			continue
		}
		name, _ := of.FunctionName.(string)
		qualifier, _ := of.Qualifier.(string)
		if function, ok := c.functionNamed(name, qualifier); ok {
			var open map[string]json.RawMessage
			_ = json.Unmarshal(text, &open) // it was read above
			_, dynamic := open["Qualifier.$"]
			return function, !dynamic
		}
	}
	return "", false
}

// functionNamed is the ARN of a function that is named as Lambda's API allows: by name, by a part of its ARN or by
// the whole, each with a qualifier or without. False for what is no name, such as an expression.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (c *Collector) functionNamed(name, qualifier string) (string, bool) {
	if name == "" || strings.HasPrefix(name, "{%") || strings.HasPrefix(qualifier, "{%") {
		return "", false
	}
	if !strings.HasPrefix(name, "arn:") && len(iampolicy.UnknownNames(name)) == 0 {
		parts := strings.Split(name, ":")
		account := c.Account.ID
		if len(parts) > 2 && parts[1] == "function" {
			account, parts = parts[0], parts[2:]
		} else if len(parts) > 1 && parts[0] == "function" {
			parts = parts[1:]
		}
		name = fact.ARN{Partition: c.Account.Partition, Service: "lambda", Region: c.Account.Region, Account: account,
			Resource: "function:" + strings.Join(parts, ":")}.String()
	}
	if qualifier != "" && strings.Count(name, ":") < 7 {
		name += ":" + qualifier
	}
	return name, true
}
