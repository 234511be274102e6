package localaws

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"permprobe/shared/stack"
)

type eventBus struct {
	name, arn, policy, key string
	rules                  map[string]*eventRule
	own, added             []any // statements of its own policy, and with those of policies besides the bus
}

type eventRule struct {
	conf    map[string]any
	targets []any
}

// Event is an event that PutEvents took.
type Event struct {
	Time       time.Time
	ID         string
	Bus        string // name
	Source     string
	DetailType string
	Detail     string
	Resources  []string
	Caller     string
	Delivered  bool // false: there is no such bus; PutEvents says nothing about that
}

// Events are the events so far.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Event(nil), s.events...)
}

func (b *builder) eventBus() {
	home, r := b.home(), b.res
	name := first(text(b.prop("Name")), r.PhysicalID)
	if !once(b, home.buses, name, "event bus") {
		return
	}
	bus := &eventBus{name: name, arn: first(r.ARN, home.arn("events", "event-bus/"+name)), rules: map[string]*eventRule{}}
	if p := b.prop("Policy"); p != nil {
		bus.policy, bus.own = documentText(p, resourcePolicy, b.maybe()), []any{stack.Unknown("policy of " + b.res.LogicalID)}
		if doc := object(p); doc != nil {
			bus.own = nil
			for _, s := range items(doc["Statement"]) {
				bus.own = append(bus.own, knownStatement(s, resourcePolicy, b.maybe())...)
			}
		}
	}
	bus.key = text(b.prop("KmsKeyIdentifier"))
	home.buses[name] = bus
}

var ruleShape = shape{{from: "Name"}, {from: "Description"}, {from: "EventBusName"}, {from: "RoleArn"}, {from: "ScheduleExpression"}, {from: "State"}}

// targetShape leaves out nothing that a target may hold: Input too is what AWS would answer.
var targetShape = shape{
	{from: "Id"}, {from: "Arn"}, {from: "RoleArn"}, {from: "Input"}, {from: "InputPath"}, {from: "InputTransformer", kind: kindAny}, {from: "DeadLetterConfig", kind: kindObject, of: shape{{from: "Arn"}}},
	{from: "RetryPolicy", kind: kindObject, of: shape{{from: "MaximumEventAgeInSeconds", kind: kindInt}, {from: "MaximumRetryAttempts", kind: kindInt}}},
	{from: "SqsParameters", kind: kindObject, of: shape{{from: "MessageGroupId"}}}, {from: "KinesisParameters", kind: kindObject, of: shape{{from: "PartitionKeyPath"}}},
}

// busName reads a bus's name from its name or ARN.
func busName(s string) string {
	if p := splitARN(s); p != nil {
		s = strings.TrimPrefix(p[5], "event-bus/")
	}
	return first(s, "default")
}

func (b *builder) eventRule() {
	b.then(func() {
		home := b.home()
		bus := home.buses[busName(text(b.prop("EventBusName")))]
		if bus == nil {
			// The rule is known though its bus is not.
			name := busName(text(b.prop("EventBusName")))
			bus = &eventBus{name: name, arn: home.arn("events", "event-bus/"+name), rules: map[string]*eventRule{}}
			home.buses[name] = bus
		}
		conf := ruleShape.project(b.res.Properties, asIs)
		name := ruleName(b.res.PhysicalID)
		conf["Name"], conf["EventBusName"] = name, bus.name
		conf["Arn"] = home.arn("events", "rule/"+name)
		if bus.name != "default" {
			conf["Arn"] = home.arn("events", "rule/"+bus.name+"/"+name)
		}
		if conf["State"] == nil {
			conf["State"] = "ENABLED"
		}
		switch p := b.prop("EventPattern").(type) {
		case nil:
		case string:
			conf["EventPattern"] = p
		default:
			conf["EventPattern"] = mustJSON(p)
		}
		if !once(b, bus.rules, name, "rule") {
			return
		}
		rule := &eventRule{conf: conf}
		for _, t := range items(b.prop("Targets")) {
			switch t := t.(type) {
			case map[string]any:
				rule.targets = append(rule.targets, targetShape.project(t, asIs))
			case string:
				rule.targets = append(rule.targets, map[string]any{"Id": t, "Arn": t})
			}
		}
		bus.rules[name] = rule
	})
}

// ruleName is the name without the bus, which the id of a rule on a bus of its own begins with.
func ruleName(id string) string {
	if p := cut(id, '|', 2); len(p) == 2 {
		return p[1]
	}
	return id
}

// eventsPutEvents takes up to 10 entries and 1 MB. What is wrong with one entry fails that entry alone; a bus that does not
// exist fails nothing.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html.
var eventsPutEvents = operation{
	service: "events", name: "PutEvents", shows: []string{"EndpointId"},
	needs: func(c *call) []need {
		var out []need
		for _, e := range items(c.body["Entries"]) {
			entry := object(e)
			n := need{action: "events:PutEvents", context: map[string][]string{}}
			name := text(entry["EventBusName"])
			n.resource = c.home().arn("events", "event-bus/"+busName(name))
			if splitARN(name) != nil {
				n.resource = name
			}
			if s := text(entry["Source"]); s != "" {
				n.context["events:source"] = []string{s}
			}
			if s := text(entry["DetailType"]); s != "" {
				n.context["events:detail-type"] = []string{s}
			}
			out = append(out, n)
		}
		return out
	},
	serve: func(c *call) (any, error) {
		entries := items(c.body["Entries"])
		if n := len(entries); n < 1 || n > 10 {
			must := "Member must have length less than or equal to 10"
			if n < 1 {
				must = "Member must have length greater than or equal to 1"
			}
			return nil, &apiError{Status: 400, Code: "ValidationException", Message: fmt.Sprintf("1 validation error detected: Value '[%d entries]' at 'entries' failed to satisfy constraint: %s", n, must)}
		}
		size := 0
		for _, e := range entries {
			size += entrySize(object(e))
		}
		if size > 1<<20 {
			return nil, &apiError{Status: 400, Code: "ValidationException", Message: "Total size of the entries in the request is over the limit."}
		}
		failed := 0
		results := []any{}
		for i, e := range entries {
			ev, code, why := c.event(object(e), i)
			if c.fault != nil && containsInt(c.fault.Entries, i) {
				code, why = first(c.fault.Code, "InternalFailure"), first(c.fault.Message, "Unexpected error occurred.")
				if code == "throttle" {
					code, why = "ThrottlingException", "Rate exceeded"
				}
			}
			if code != "" {
				failed++
				results = append(results, map[string]any{"ErrorCode": code, "ErrorMessage": why})
				continue
			}
			c.srv.mu.Lock()
			c.srv.events = append(c.srv.events, ev)
			c.srv.mu.Unlock()
			results = append(results, map[string]any{"EventId": ev.ID})
		}
		return map[string]any{"FailedEntryCount": failed, "Entries": results}, nil
	},
}

// entrySize counts as EventBridge does.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html.
func entrySize(e map[string]any) int {
	n := len(text(e["Source"])) + len(text(e["DetailType"])) + len(text(e["Detail"]))
	if e["Time"] != nil {
		n += 14
	}
	for _, r := range items(e["Resources"]) {
		n += len(text(r))
	}
	return n
}

func (c *call) event(e map[string]any, i int) (ev Event, code, why string) {
	ev = Event{
		Time: c.srv.opts.Now(), ID: uuidOf("event", c.requestID, fmt.Sprint(i)), Bus: busName(text(e["EventBusName"])), Source: text(e["Source"]), DetailType: text(e["DetailType"]),
		Detail: text(e["Detail"]), Resources: texts(e["Resources"]), Caller: c.caller.arn,
	}
	required := func(name string) (Event, string, string) {
		return ev, "InvalidArgument", "Parameter " + name + " is not valid. Reason: " + name + " is a required argument."
	}
	var detail map[string]any
	switch {
	case ev.Source == "":
		return required("Source")
	case strings.HasPrefix(ev.Source, "aws."):
		return ev, "NotAuthorizedForSourceException", "Not authorized for the source."
	case ev.DetailType == "":
		return required("DetailType")
	case len(ev.DetailType) > 128:
		return ev, "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType must not be longer than 128 characters."
	case ev.Detail == "":
		return required("Detail")
	case json.Unmarshal([]byte(ev.Detail), &detail) != nil || detail == nil:
		return ev, "MalformedDetail", "Detail is malformed."
	}
	home := c.home()
	if p := splitARN(text(e["EventBusName"])); p != nil {
		home = c.srv.account(p[4]).region(p[3])
	}
	ev.Delivered = home.buses[ev.Bus] != nil
	return ev, "", ""
}

// eventsPage pages a control-plane list: 100 items at most.
func eventsPage(c *call, all []any) ([]any, string, error) {
	limit, ok := number(text(c.body["Limit"]), 100)
	if !ok {
		return nil, "", &apiError{Status: 400, Code: "ValidationException", Message: fmt.Sprintf("1 validation error detected: Value '%s' at 'limit' failed to satisfy constraint: Member must have value between 1 and 100", text(c.body["Limit"]))}
	}
	cut, token, err := page(c, all, text(c.body["NextToken"]), limit, 100, 100)
	if err != nil {
		return nil, "", err
	}
	return append([]any{}, cut...), token, nil
}

func (c *call) bus() (*eventBus, *apiError) {
	name := busName(text(c.body["EventBusName"]))
	if b := c.home().buses[name]; b != nil {
		return b, nil
	}
	return nil, &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Event bus " + name + " does not exist."}
}

// onRule is the permission of an operation about rules of the bus that is asked for.
func onRule(action, nameFrom string) func(*call) []need {
	return func(c *call) []need {
		name := first(text(c.body[nameFrom]), "*")
		if bus := busName(text(c.body["EventBusName"])); bus != "default" {
			name = bus + "/" + name
		}
		return []need{{action: action, resource: c.home().arn("events", "rule/"+name)}}
	}
}

var eventsListRules = operation{
	service: "events", name: "ListRules", needs: onRule("events:ListRules", ""), shows: []string{"EventBusName", "NamePrefix", "Limit"},
	serve: func(c *call) (any, error) {
		bus, berr := c.bus()
		if berr != nil {
			return nil, berr
		}
		var all []any
		for _, r := range sortedValues(bus.rules) {
			if strings.HasPrefix(text(r.conf["Name"]), text(c.body["NamePrefix"])) {
				all = append(all, r.conf)
			}
		}
		cut, token, err := eventsPage(c, all)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"Rules": cut}, token), nil
	},
}

func withToken(m map[string]any, token string) map[string]any {
	if token != "" {
		m["NextToken"] = token
	}
	return m
}

var eventsListTargetsByRule = operation{
	service: "events", name: "ListTargetsByRule", needs: onRule("events:ListTargetsByRule", "Rule"), shows: []string{"Rule", "EventBusName", "Limit"},
	serve: func(c *call) (any, error) {
		name := text(c.body["Rule"])
		of := name
		if on := busName(text(c.body["EventBusName"])); on != "default" {
			of = on + "/" + name
		}
		bus, berr := c.bus()
		if (berr != nil || bus.rules[name] == nil) && !c.srv.gone[c.home().arn("events", "rule/"+of)] {
			return nil, unknown(c.svc, "the rule "+of)
		}
		if berr != nil {
			return nil, berr
		}
		r := bus.rules[name]
		if r == nil {
			return nil, &apiError{Status: 400, Code: "ResourceNotFoundException", Message: fmt.Sprintf("Rule %s does not exist on EventBus %s.", name, bus.name)}
		}
		cut, token, err := eventsPage(c, r.targets)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"Targets": cut}, token), nil
	},
}

var eventsListEventBuses = operation{
	service: "events", name: "ListEventBuses", needs: anywhere("events:ListEventBuses"), shows: []string{"NamePrefix", "Limit"},
	serve: func(c *call) (any, error) {
		var all []any
		for _, b := range sortedValues(c.home().buses) {
			if !strings.HasPrefix(b.name, text(c.body["NamePrefix"])) {
				continue
			}
			e := map[string]any{"Name": b.name, "Arn": b.arn, "CreationTime": bornEpoch, "LastModifiedTime": bornEpoch}
			if b.policy != "" {
				e["Policy"] = b.policy
			}
			all = append(all, e)
		}
		cut, token, err := eventsPage(c, all)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"EventBuses": cut}, token), nil
	},
}
