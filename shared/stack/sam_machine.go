package stack

import "strings"

// machine turns AWS::Serverless::StateMachine into the state machine, its role, its alias, and what its events need.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
func (s *sam) machine(r *samResource) {
	p, at := r.props, r.node
	made := at.ofMap("StateMachineName", given(p.get("Name")), "StateMachineType", given(p.get("Type")), "LoggingConfiguration", given(p.get("Logging")),
		"TracingConfiguration", given(p.get("Tracing")), "DefinitionSubstitutions", given(p.get("DefinitionSubstitutions")),
		"Tags", s.tags(at, "stateMachine:createdBy", p.get("Tags")))
	switch definition, uri := given(p.get("Definition")), given(p.get("DefinitionUri")); {
	case definition != nil && uri != nil:
		s.fail(uri, "a state machine has Definition or DefinitionUri, not both")
	case definition != nil:
		made.set("Definition", definition)
	case uri != nil:
		if whole := s.local(uri); whole != nil {
			made.set("DefinitionString", uri.ofText(jsonOf(whole)))
			break
		}
		s.e.warn(uri, "the definition of %s lies in another file, which is not read: what it calls is not seen", r.id)
		if uri.kind != mapNode {
			uri = uri.ofMap("Key", uri)
		}
		made.set("DefinitionS3Location", uri)
	default:
		s.fail(at, "a state machine wants Definition or DefinitionUri")
	}
	role := &samRole{id: r.id + "Role", at: at, props: at.ofMap("AssumeRolePolicyDocument", trustOf(at, "states.amazonaws.com"))}
	switch own := given(p.get("Role")); {
	case own != nil && holds(p.get("Policies")):
		s.fail(own, "a state machine has Role or Policies, not both")
	case own != nil:
		made.set("RoleArn", own)
	default:
		role.kept = true
		made.set("RoleArn", at.ofGetAtt(role.id, "Arn"))
	}
	if role.kept {
		s.policies(p.get("Policies"), role)
		if t := p.get("Tracing"); t != nil && t.kind == mapNode {
			if on := t.get("Enabled"); on != nil && on.kind == boolNode && on.text == "true" {
				role.manage(managedPolicy(t, xrayPolicy(s.e.opts.Partition)))
			}
		}
		s.rolePath(p, role)
		role.props.set("Tags", s.tags(at, "stateMachine:createdBy", p.get("Tags")))
	}
	s.main(r, "AWS::StepFunctions::StateMachine", made)
	s.finishRole(r, role)
	t := &samTarget{r: r, id: r.id}
	if alias := p.get("AutoPublishAlias"); holds(alias) {
		name := s.asText(alias, "AutoPublishAlias")
		version, id := r.id+"Version", r.id+"Alias"+name
		s.make(r, alias, version, "AWS::StepFunctions::StateMachineVersion", alias.ofMap("StateMachineArn", alias.ofRef(r.id)))
		preference := alias.ofMap("Type", "ALL_AT_ONCE")
		if own := s.asMap(p.get("DeploymentPreference"), "DeploymentPreference"); own != nil {
			preference = own.copied()
		}
		preference.set("StateMachineVersionArn", alias.ofRef(version))
		s.make(r, alias, id, "AWS::StepFunctions::StateMachineAlias", alias.ofMap("Name", name, "DeploymentPreference", preference))
		if holds(p.get("UseAliasAsEventTarget")) {
			t.id = id
		}
	}
	for _, e := range s.eventsOf(r, samMachineEvents) {
		e.to = t
		switch e.kind {
		case "Api":
			s.machineRoute(e)
		case "Schedule":
			s.ruleEvent(e, given(e.props.get("Name")), nil)
		case "ScheduleV2":
			s.scheduleEvent(e)
		default:
			s.ruleEvent(e, given(e.props.get("RuleName")), nil)
		}
	}
}

// machineRoute adds a route to a REST API that starts the state machine.
func (s *sam) machineRoute(e *samEvent) {
	api := s.calledAPI(e, "RestApiId", "ServerlessRestApi", "Api")
	path, method := s.route(e)
	if s.err != nil {
		return
	}
	at := e.at
	role := s.callerRole(e, "apigateway.amazonaws.com", nil)
	props := api.props
	if props == nil {
		props = api.node.get("Properties")
	}
	operation := at.ofMap(integration, at.ofMap("type", "aws", "httpMethod", "POST", "credentials", role,
		"uri", at.ofSub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution")), "responses", at.like(mapNode))
	s.addRoute(e, api, path, strings.ToLower(method), operation, s.asMap(e.props.get("Auth"), "Auth"), s.asMap(props.get("Auth"), "Auth"))
}
