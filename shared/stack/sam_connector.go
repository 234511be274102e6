package stack

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// embeddedConnectors makes resources of the attribute Connectors.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/managing-permissions-connectors.html
func (s *sam) embeddedConnectors() {
	for _, r := range slices.Clone(s.all) {
		section := s.asMap(r.node.get("Connectors"), "Connectors")
		if section == nil || s.err != nil {
			continue
		}
		for i, name := range section.keys {
			written := s.asMap(section.items[i], "a connector")
			props := s.asMap(written.get("Properties"), "Properties")
			if props == nil {
				s.fail(section.items[i], "a connector wants Properties")
				return
			}
			props = props.copied()
			source := props.ofMap("Id", r.id)
			if more := s.asMap(props.get("SourceReference"), "SourceReference"); more != nil {
				for j, key := range more.keys {
					source.set(key, more.items[j])
				}
			}
			props.drop("SourceReference")
			props.set("Source", source)
			id := r.id + name
			if s.byID[id] != nil || !alphanumeric(id) {
				s.fail(section.items[i], "the connector gets the logical id %q, which is no new one", id)
				return
			}
			n := written.copied()
			made := &samResource{id: id, typ: "Connector", node: n, props: props, made: n.like(mapNode)}
			s.wanted(props, "a connector", samProperties["Connector"])
			s.all, s.byID[id] = append(s.all, made), made
		}
		if r.made == nil {
			r.node = r.node.copied()
			r.node.drop("Connectors")
		}
	}
}

// connected is one end of a connector.
type connected struct {
	id        string // of a resource of the template; empty where its properties are given
	typ       string
	resource  *node // as it is made
	at        *node
	arn, role *node
	vars      map[string]*node
	url       *node
}

// resourceOf is a resource as it is made, or as it is written where SAM leaves it alone.
func (s *sam) resourceOf(id string) *node {
	for _, r := range s.all {
		switch {
		case r.made == nil && r.id == id:
			return r.node
		case r.made != nil:
			if n := r.made.get(id); n != nil {
				return n
			}
		}
	}
	return nil
}

// end reads one end of a connector.
func (s *sam) end(n *node, what string, other *node) *connected {
	m := s.asMap(n, what)
	if m == nil {
		s.fail(n, "%s of a connector wants a map", what)
		return nil
	}
	c := &connected{at: m, vars: map[string]*node{}}
	if id := given(m.get("Id")); id == nil {
		c.typ = s.asText(m.get("Type"), "Type")
		if plain := map[string]string{"Function": "AWS::Lambda::Function", "StateMachine": "AWS::StepFunctions::StateMachine", "Api": "AWS::ApiGateway::RestApi",
			"HttpApi": "AWS::ApiGatewayV2::Api", "SimpleTable": "AWS::DynamoDB::Table"}[strings.TrimPrefix(c.typ, serverless)]; plain != "" {
			c.typ = plain
		}
		c.arn, c.role, c.url = given(m.get("Arn")), given(m.get("RoleName")), given(m.get("QueueUrl"))
		for _, key := range []string{"Name", "ResourceId", "Qualifier"} {
			c.vars[what+key] = given(m.get(key))
		}
	} else {
		c.id = s.asText(id, "Id")
		if c.resource = s.resourceOf(c.id); c.resource == nil {
			s.fail(id, "a connector names %q, which is no resource of the template", c.id)
			return nil
		}
		c.typ, _ = c.resource.get("Type").name()
		s.fromTemplate(c, what, other)
	}
	c.vars[what+"Arn"] = c.arn
	return c
}

// fromTemplate is what a connector knows of a resource of the template.
func (s *sam) fromTemplate(c *connected, what string, other *node) {
	a := samKnown().Attributes[c.typ]
	attribute := func(name string) *node {
		switch name {
		case "":
			return nil
		case "Ref":
			return c.at.ofRef(c.id)
		}
		return c.at.ofGetAtt(c.id, name)
	}
	c.arn, c.url = attribute(a.ARN), attribute(a.URL)
	c.vars[what+"Name"], c.vars[what+"ResourceId"] = attribute(a.Name), attribute(a.ID)
	if a.Any != "" {
		c.vars[what+"Qualifier"] = c.at.ofText(a.Any)
	}
	if q := given(c.at.get("Qualifier")); q != nil {
		c.vars[what+"Qualifier"] = q
	}
	props := c.resource.get("Properties")
	role := given(props.get(a.Role))
	if a.Role == "GetEventsRuleRole" {
		role = nil
		if targets := props.get("Targets"); targets != nil && targets.kind == listNode {
			for _, t := range targets.items {
				id, _ := other.get("Id").name()
				if arn := t.get("Arn"); arn != nil && (id != "" && refersTo(arn) == id || same(arn, other.get("Arn"))) {
					role = given(t.get("RoleArn"))
				}
			}
		}
	}
	if id := refersTo(role); id != "" {
		c.role = c.at.ofRef(id)
	}
}

// connector turns AWS::Serverless::Connector into the policies or permissions by which its source may use its
// destinations.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
func (s *sam) connector(r *samResource) {
	p := r.props
	destination := given(p.get("Destination"))
	if destination == nil || given(p.get("Source")) == nil {
		s.fail(r.node, "a connector wants Source and Destination")
		return
	}
	list, several := []*node{destination}, destination.kind == listNode
	if several {
		list = destination.items
	}
	var permissions []string
	for _, item := range s.asList(p.get("Permissions"), "Permissions") {
		permissions = append(permissions, s.asText(item, "Permissions"))
	}
	for i, d := range list {
		source, to := s.end(p.get("Source"), "Source", d), s.end(d, "Destination", p.get("Source"))
		if s.err != nil || source == nil || to == nil {
			return
		}
		suffix := ""
		if several {
			suffix = "Destination" + strconv.Itoa(i)
		}
		s.connect(r, source, to, permissions, suffix)
	}
	if len(r.made.keys) > 0 { // what depends on the connector depends on what it becomes
		s.e.generated[r.id] = r.made.keys[0]
	}
}

func (s *sam) connect(r *samResource, source, to *connected, permissions []string, suffix string) {
	at := r.node
	profile, ok := samKnown().Connectors[source.typ][to.typ]
	if !ok {
		s.fail(to.at, "no connector from %s to %s is known", source.typ, to.typ)
		return
	}
	for _, one := range permissions {
		if profile.Access[one] == nil {
			s.fail(r.props.get("Permissions"), "a connector from %s to %s has no %q in Permissions", source.typ, to.typ, one)
			return
		}
	}
	if len(permissions) == 0 {
		s.fail(at, "a connector wants Permissions")
		return
	}
	vars := maps.Clone(source.vars)
	maps.Copy(vars, to.vars)
	maps.DeleteFunc(vars, func(_ string, v *node) bool { return v == nil })
	owner, role := to, "RoleName of Destination"
	if profile.Source {
		owner, role = source, "RoleName of Source"
	}
	statements := at.ofList()
	for _, name := range slices.Sorted(maps.Keys(profile.Access)) {
		if !slices.Contains(permissions, name) {
			continue
		}
		for _, a := range profile.Access[name] {
			if profile.Kind == "function" {
				s.make(r, at, r.id+name+"LambdaPermission"+suffix, "AWS::Lambda::Permission", at.ofMap("Action", a.Actions[0], "FunctionName", s.needed(owner.at, owner.arn, "Arn"),
					"Principal", a.Service, "SourceArn", s.filled(at, a.SourceARN, vars), "SourceAccount", s.filled(at, a.SourceAccount, vars)))
				continue
			}
			for _, text := range a.Resources {
				s.filled(at, text, vars)
			}
			statements.items = append(statements.items, a.written(at, vars))
		}
	}
	document := at.ofMap("Version", "2012-10-17", "Statement", statements)
	switch profile.Kind {
	case "role":
		s.make(r, at, r.id+"Policy"+suffix, "AWS::IAM::ManagedPolicy", at.ofMap("PolicyDocument", document, "Roles", at.ofList(s.needed(owner.at, owner.role, role))))
	case "topic":
		s.make(r, at, r.id+"TopicPolicy"+suffix, "AWS::SNS::TopicPolicy", at.ofMap("PolicyDocument", document, "Topics", at.ofList(s.needed(owner.at, owner.arn, "Arn"))))
	case "queue":
		s.make(r, at, r.id+"QueuePolicy"+suffix, "AWS::SQS::QueuePolicy", at.ofMap("PolicyDocument", document, "Queues", at.ofList(s.needed(owner.at, owner.url, "QueueUrl"))))
	}
}

func (s *sam) needed(at, n *node, what string) *node {
	if n == nil {
		s.fail(at, "the connector wants %s: the template does not tell it", what)
		return at.ofText("")
	}
	return n
}

// filled is a text of a profile; nil for none. What it names and the template does not tell is a fault.
func (s *sam) filled(at *node, text string, vars map[string]*node) *node {
	if text == "" {
		return nil
	}
	for _, end := range [...]string{"Source", "Destination"} {
		for _, part := range [...]string{"Arn", "Name", "ResourceId", "Qualifier"} {
			if strings.Contains(text, "${"+end+part+"}") && vars[end+part] == nil {
				s.fail(at, "the connector wants %s of %s: the template does not tell it", part, end)
			}
		}
	}
	return fill(at, text, vars)
}
