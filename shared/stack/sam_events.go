package stack

import (
	"slices"
	"sort"
)

// samEvent is one entry of Events.
type samEvent struct {
	name  string // as written
	id    string // the logical id of what it makes: the function's with the name
	kind  string
	at    *node // the entry
	props *node
	to    *samTarget
}

// events makes what the events of a function need: sources, permissions, roles and policies.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
func (s *sam) events(r *samResource, t *samTarget) {
	for _, e := range s.eventsOf(r, samEvents) {
		if s.err != nil {
			return
		}
		e.to = t
		switch e.kind {
		case "Api":
			s.apiEvent(e)
		case "HttpApi":
			s.httpEvent(e)
		case "S3":
			s.bucketEvent(e)
		case "SNS":
			s.topicEvent(e)
		case "Schedule":
			s.ruleEvent(e, given(e.props.get("Name")), e.props.get("Schedule"))
		case "CloudWatchEvent", "EventBridgeRule":
			s.ruleEvent(e, given(e.props.get("RuleName")), nil)
		case "ScheduleV2":
			s.scheduleEvent(e)
		case "CloudWatchLogs":
			s.logsEvent(e)
		case "IoTRule":
			s.iotEvent(e)
		case "AlexaSkill":
			s.permit(e, "alexa-appkit.amazon.com", e.id+"Permission", "EventSourceToken", given(e.props.get("SkillId")))
		case "Cognito":
			s.poolEvent(e)
		default:
			s.polledEvent(e)
		}
	}
}

// eventsOf are the events of a resource: those of an API in the order of their paths, as SAM has them.
func (s *sam) eventsOf(r *samResource, known map[string][]string) []*samEvent {
	written := s.asMap(r.props.get("Events"), "Events")
	if written == nil {
		return nil
	}
	var all []*samEvent
	for i, name := range written.keys {
		at := s.asMap(written.items[i], "an event")
		if at == nil {
			s.fail(written.items[i], "an event wants a map with Type and Properties")
			return nil
		}
		kind, _ := at.get("Type").name()
		if at.get("Type") == nil || isCall(at.get("Type")) {
			s.fail(at, "the event %s wants Type", name)
			return nil
		}
		properties, ok := known[kind]
		if !ok {
			s.fail(at.get("Type"), "no kind of event %q is known for %s%s", kind, serverless, r.typ)
			return nil
		}
		if !alphanumeric(name) {
			s.err = errorAtKey(at, "the name of an event has letters and digits only, found %q", name)
			return nil
		}
		props := s.asMap(at.get("Properties"), "Properties")
		if props == nil {
			props = at.like(mapNode)
		}
		e := &samEvent{name: name, id: r.id + name, kind: kind, at: at, props: props}
		if _, polled := samSources[kind]; polled {
			properties = slices.Concat(properties, samPolled)
		}
		s.wanted(props, "the event "+kind, properties)
		all = append(all, e)
	}
	order := func(e *samEvent) string {
		if e.everything() {
			return "$default"
		}
		if path := e.props.get("Path"); path != nil && path.kind == stringNode {
			return path.text
		}
		return e.name
	}
	sort.SliceStable(all, func(i, j int) bool { return order(all[i]) < order(all[j]) })
	return all
}

// everything tells whether an event of an HTTP API is its $default route.
func (e *samEvent) everything() bool {
	return e.kind == "HttpApi" && !holds(e.props.get("Path")) && !holds(e.props.get("Method"))
}

// permit makes the permission to call the function of an event.
func (s *sam) permit(e *samEvent, principal, id string, more ...any) {
	pairs := append([]any{"Action", "lambda:InvokeFunction", "FunctionName", e.to.name(e.at), "Principal", principal}, more...)
	s.make(e.to.r, e.at, id, "AWS::Lambda::Permission", e.at.ofMap(pairs...))
}

// want is a property that an event cannot do without.
func (s *sam) want(e *samEvent, key string) *node {
	v := given(e.props.get(key))
	if v == nil {
		s.fail(e.at, "the event %s wants %s", e.kind, key)
		return e.at.ofText("")
	}
	return v
}

// ruleEvent makes a rule of EventBridge, on a schedule or for a pattern.
func (s *sam) ruleEvent(e *samEvent, name, schedule *node) {
	p, at := e.props, e.at
	if e.kind == "Schedule" {
		schedule = s.want(e, "Schedule")
	}
	rule := at.ofMap("Name", name, "ScheduleExpression", schedule, "EventBusName", given(p.get("EventBusName")), "EventPattern", given(p.get("Pattern")),
		"State", s.state(e))
	target := at.ofMap("Arn", e.to.arn(at), "Id", e.id+"Target")
	for _, key := range []string{"Input", "InputPath", "InputTransformer", "RetryPolicy"} {
		if v := given(p.get(key)); v != nil {
			target.set(key, v)
		}
	}
	if e.to.r.typ == "StateMachine" {
		target.set("RoleArn", s.callerRole(e, "events.amazonaws.com", given(p.get("RoleArn"))))
	}
	if dead := s.deadLetters(e, true); dead != nil {
		target.set("DeadLetterConfig", at.ofMap("Arn", dead))
	}
	rule.set("Targets", at.ofList(target))
	s.make(e.to.r, at, e.id, "AWS::Events::Rule", rule)
	if e.to.r.typ == "Function" {
		s.permit(e, "events.amazonaws.com", e.id+"Permission", "SourceArn", at.ofGetAtt(e.id, "Arn"))
	}
}

// state is the state of a rule: State, or what Enabled says.
func (s *sam) state(e *samEvent) *node {
	if v := given(e.props.get("State")); v != nil {
		return v
	}
	enabled := given(e.props.get("Enabled"))
	switch {
	case enabled == nil || isNothing(enabled):
		return nil
	case enabled.kind == boolNode && enabled.text == "false":
		return enabled.ofText("DISABLED")
	case enabled.kind == boolNode:
		return enabled.ofText("ENABLED")
	}
	// SAM takes any intrinsic for true.
	return enabled.ofText("ENABLED")
}

// deadLetters is where the events go that could not be delivered: a queue that is given, or one of SAM's making with, for
// a rule, the policy that lets it send.
func (s *sam) deadLetters(e *samEvent, policy bool) *node {
	c := s.asMap(e.props.get("DeadLetterConfig"), "DeadLetterConfig")
	if c == nil {
		return nil
	}
	if arn := given(c.get("Arn")); arn != nil {
		return arn
	}
	if s.asTextOr(c.get("Type")) != "SQS" {
		s.fail(c, "DeadLetterConfig wants Arn, or Type: SQS for a queue of its own")
		return nil
	}
	id := e.id + "Queue"
	if own := s.asText(c.get("QueueLogicalId"), "QueueLogicalId"); own != "" {
		id = own
	}
	s.make(e.to.r, c, id, "AWS::SQS::Queue", c.like(mapNode))
	arn := c.ofGetAtt(id, "Arn")
	if policy {
		s.queuePolicy(e, e.id+"QueuePolicy", c.ofMap("Service", "events.amazonaws.com"), c.ofGetAtt(e.id, "Arn"), arn, c.ofRef(id))
	}
	return arn
}

// queuePolicy lets a source send to a queue.
func (s *sam) queuePolicy(e *samEvent, id string, principal, source, arn, url *node) {
	at := e.at
	s.make(e.to.r, at, id, "AWS::SQS::QueuePolicy", at.ofMap("Queues", at.ofList(url), "PolicyDocument", at.ofMap("Version", "2012-10-17", "Statement",
		at.ofList(at.ofMap("Effect", "Allow", "Action", "sqs:SendMessage", "Principal", principal, "Resource", arn,
			"Condition", at.ofMap("ArnEquals", at.ofMap("aws:SourceArn", source)))))))
}

// callerRole is the role by which a service starts a state machine: the given one, or one of SAM's making.
func (s *sam) callerRole(e *samEvent, service string, own *node) *node {
	if own != nil {
		return own
	}
	at, id := e.at, e.id+"Role"
	s.make(e.to.r, at, id, "AWS::IAM::Role", at.ofMap("AssumeRolePolicyDocument", trustOf(at, service),
		"PermissionsBoundary", given(e.to.r.props.get("PermissionsBoundary")),
		"Policies", at.ofList(at.ofMap("PolicyName", id+"StartExecutionPolicy", "PolicyDocument",
			at.ofMap("Version", "2012-10-17", "Statement", at.ofList(allow(at, e.to.arn(at), "states:StartExecution")))))))
	return at.ofGetAtt(id, "Arn")
}

// scheduleEvent makes a schedule of EventBridge Scheduler and the role by which it calls.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html
func (s *sam) scheduleEvent(e *samEvent) {
	p, at := e.props, e.at
	dead := s.deadLetters(e, false)
	role := given(p.get("RoleArn"))
	if role == nil {
		call := allow(at, e.to.arn(at), "lambda:InvokeFunction")
		if e.to.r.typ == "StateMachine" {
			call = allow(at, e.to.arn(at), "states:StartExecution")
		}
		statements := []*node{call}
		if dead != nil {
			statements = append(statements, allow(at, dead, "sqs:SendMessage"))
		}
		id := e.id + "Role"
		s.make(e.to.r, at, id, "AWS::IAM::Role", at.ofMap("AssumeRolePolicyDocument", trustOf(at, "scheduler.amazonaws.com"),
			"PermissionsBoundary", given(p.get("PermissionsBoundary")), "Policies", at.ofList(at.ofMap("PolicyName", e.id+"Policy",
				"PolicyDocument", at.ofMap("Version", "2012-10-17", "Statement", at.ofList(statements...))))))
		role = at.ofGetAtt(id, "Arn")
	}
	target := at.ofMap("Arn", e.to.arn(at), "RoleArn", role, "Input", given(p.get("Input")), "RetryPolicy", given(p.get("RetryPolicy")))
	if dead != nil {
		target.set("DeadLetterConfig", at.ofMap("Arn", dead))
	}
	name := given(p.get("Name"))
	if name == nil && !holds(p.get("OmitName")) {
		name = at.ofText(e.id)
	}
	window := given(p.get("FlexibleTimeWindow"))
	if window == nil {
		window = at.ofMap("Mode", "OFF")
	}
	s.make(e.to.r, at, e.id, "AWS::Scheduler::Schedule", at.ofMap("Name", name, "ScheduleExpression", s.want(e, "ScheduleExpression"),
		"FlexibleTimeWindow", window, "State", given(p.get("State")), "GroupName", given(p.get("GroupName")), "KmsKeyArn", given(p.get("KmsKeyArn")),
		"StartDate", given(p.get("StartDate")), "EndDate", given(p.get("EndDate")), "Target", target))
}

// logsEvent makes the subscription filter of a log group.
func (s *sam) logsEvent(e *samEvent) {
	at, group := e.at, s.want(e, "LogGroupName")
	id := e.id + "Permission"
	s.permit(e, "logs.amazonaws.com", id, "SourceArn",
		at.ofSub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*", "__LogGroupName__", group))
	s.make(e.to.r, at, e.id, "AWS::Logs::SubscriptionFilter", at.ofMap("LogGroupName", group, "FilterPattern", s.want(e, "FilterPattern"),
		"DestinationArn", e.to.arn(at)), "DependsOn", at.ofTexts(id))
}

func (s *sam) iotEvent(e *samEvent) {
	at := e.at
	s.permit(e, "iot.amazonaws.com", e.id+"Permission", "SourceArn",
		at.ofSub("arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}", "RuleName", at.ofRef(e.id)),
		"SourceAccount", at.ofSub("${AWS::AccountId}"))
	s.make(e.to.r, at, e.id, "AWS::IoT::TopicRule", at.ofMap("TopicRulePayload", at.ofMap("Sql", s.want(e, "Sql"), "RuleDisabled", at.ofBool(false),
		"AwsIotSqlVersion", given(e.props.get("AwsIotSqlVersion")),
		"Actions", at.ofList(at.ofMap("Lambda", at.ofMap("FunctionArn", e.to.arn(at)))))))
}
