package localaws

import (
	"strings"

	"permprobe/shared/stack"
)

// callers are what calls functions as a role, by ARN. Each is the answer to its own Describe or Get.
type callers struct {
	machines, schedules, pipes, streams, graphs map[string]map[string]any
	// data are the data sources of an AppSync API, by the API's id.
	data map[string][]map[string]any
}

func newCallers() callers {
	return callers{
		machines: map[string]map[string]any{}, schedules: map[string]map[string]any{}, pipes: map[string]map[string]any{},
		streams: map[string]map[string]any{}, graphs: map[string]map[string]any{}, data: map[string][]map[string]any{},
	}
}

func (b *builder) stateMachine() {
	b.then(func() {
		home, name := b.home(), b.res.PhysicalID
		arn := first(b.res.ARN, home.arn("states", "stateMachine:"+name))
		if !once(b, home.callers.machines, arn, "state machine") {
			return
		}
		home.callers.machines[arn] = map[string]any{
			"stateMachineArn": arn, "name": name, "status": "ACTIVE", "type": first(text(b.prop("StateMachineType")), "STANDARD"),
			"roleArn": text(b.prop("RoleArn")), "definition": b.definition(), "creationDate": bornEpoch,
		}
	})
}

// definition is the text of a state machine with its substitutions made.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
func (b *builder) definition() string {
	source := text(b.prop("DefinitionString"))
	if whole, ok := b.prop("Definition").(map[string]any); ok {
		source = mustJSON(whole)
	}
	if source == "" {
		return stack.Unknown("definition of " + b.res.LogicalID)
	}
	substitutions := object(b.prop("DefinitionSubstitutions"))
	for _, key := range sortedKeys(substitutions) {
		source = strings.ReplaceAll(source, "${"+key+"}", text(substitutions[key]))
	}
	return source
}

// See https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html.
var statesListStateMachines = operation{
	service: "states", name: "ListStateMachines", needs: anywhere("states:ListStateMachines"), shows: []string{"maxResults"},
	serve: func(c *call) (any, error) {
		var all []any
		for _, m := range sortedValues(c.home().callers.machines) {
			all = append(all, some(m, "stateMachineArn", "name", "type", "creationDate"))
		}
		limit, _ := number(text(c.body["maxResults"]), 1000)
		cut, token, err := page(c, all, text(c.body["nextToken"]), limit, 100, 1000)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"stateMachines": append([]any{}, cut...)}
		if token != "" {
			out["nextToken"] = token
		}
		return out, nil
	},
}

// See https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html.
var statesDescribeStateMachine = operation{
	service: "states", name: "DescribeStateMachine", shows: []string{"stateMachineArn"},
	needs: func(c *call) []need {
		return []need{{action: "states:DescribeStateMachine", resource: text(c.body["stateMachineArn"])}}
	},
	serve: func(c *call) (any, error) {
		arn := text(c.body["stateMachineArn"])
		if m := c.home().callers.machines[arn]; m != nil {
			return m, nil
		}
		return nil, unknown(c.svc, "state machine "+arn)
	},
}

// some are those members of an answer.
func some(of map[string]any, names ...string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		if v, ok := of[name]; ok {
			out[name] = v
		}
	}
	return out
}

func (b *builder) schedule() {
	b.then(func() {
		home, name := b.home(), b.res.PhysicalID
		group := first(text(b.prop("GroupName")), "default")
		arn := home.arn("scheduler", "schedule/"+group+"/"+name)
		if !once(b, home.callers.schedules, arn, "schedule") {
			return
		}
		s := shape{
			{from: "State"}, {from: "ScheduleExpression"}, {from: "Description"},
			{from: "Target", kind: kindObject, of: shape{{from: "Arn"}, {from: "RoleArn"}, {from: "Input"}}},
		}.project(b.res.Properties, asIs)
		s["Arn"], s["Name"], s["GroupName"], s["CreationDate"], s["LastModificationDate"] = arn, name, group, bornEpoch, bornEpoch
		s["State"] = first(text(s["State"]), "ENABLED")
		home.callers.schedules[arn] = s
	})
}

// See https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html.
var schedulerListSchedules = operation{
	service: "scheduler", name: "ListSchedules", method: "GET", path: "/schedules",
	needs: func(c *call) []need { return []need{{action: "scheduler:ListSchedules", resource: "*"}} },
	shows: []string{"MaxResults"},
	serve: func(c *call) (any, error) {
		var all []any
		for _, s := range sortedValues(c.home().callers.schedules) {
			one := some(s, "Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")
			one["Target"] = some(object(s["Target"]), "Arn")
			all = append(all, one)
		}
		return listPage(c, "Schedules", all, c.query.Get("MaxResults"), "NextToken", 100)
	},
}

// See https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html.
var schedulerGetSchedule = operation{
	service: "scheduler", name: "GetSchedule", method: "GET", path: "/schedules/{Name}", shows: []string{"groupName"},
	needs: func(c *call) []need {
		return []need{{action: "scheduler:GetSchedule", resource: c.schedule()}}
	},
	serve: func(c *call) (any, error) {
		if s := c.home().callers.schedules[c.schedule()]; s != nil {
			return s, nil
		}
		return nil, unknown(c.svc, "schedule "+c.schedule())
	},
}

func (c *call) schedule() string {
	return c.home().arn("scheduler", "schedule/"+first(c.query.Get("groupName"), "default")+"/"+c.path["Name"])
}

// listPage is one page of a REST list whose token stands in the query under the name that the answer has it.
func listPage(c *call, name string, all []any, limit, token string, most int) (any, error) {
	n, ok := number(limit, most)
	if !ok {
		return nil, invalid(c.svc, "the page size %q is not a number from 1 to %d", limit, most)
	}
	cut, next, err := page(c, all, c.query.Get(token), n, most, most)
	if err != nil {
		return nil, err
	}
	out := map[string]any{name: append([]any{}, cut...)}
	if next != "" {
		out[token] = next
	}
	return out, nil
}
