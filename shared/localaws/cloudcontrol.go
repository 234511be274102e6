package localaws

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// A controlled resource is one that is served through the Cloud Control API alone: as its template declares it.
type controlled struct {
	identifier string
	arn        string
	properties map[string]any
}

// controlledType is what the schema of such a type says.
type controlledType struct {
	// identifier are the properties of the primary identifier.
	identifier []string
	// arn and id are the properties that AWS adds: the ARN and the id; empty for none.
	arn, id string
	// list and read are what the handlers call; read ones, but for those with a *, on the resource.
	list, read []string
}

// controlledTypes are the types whose resources are served, with what their handlers call where a resource has nothing out
// of the ordinary.
// See https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/supported-resources.html.
func controlledTypes() map[string]controlledType {
	return map[string]controlledType{
		"AWS::Bedrock::Agent": {[]string{"AgentId"}, "AgentArn", "AgentId", []string{"bedrock:ListAgents"},
			[]string{"bedrock:GetAgent", "bedrock:ListAgentActionGroups", "bedrock:GetAgentActionGroup", "bedrock:ListAgentKnowledgeBases", "bedrock:ListAgentCollaborators", "bedrock:ListTagsForResource"}},
		"AWS::IVSChat::Room":             {[]string{"Arn"}, "Arn", "Id", []string{"ivschat:ListRooms"}, []string{"ivschat:GetRoom", "ivschat:ListTagsForResource"}},
		"AWS::IoT::Authorizer":           {[]string{"AuthorizerName"}, "Arn", "AuthorizerName", []string{"iot:ListAuthorizers"}, []string{"iot:DescribeAuthorizer", "iot:ListTagsForResource"}},
		"AWS::IoT::ProvisioningTemplate": {[]string{"TemplateName"}, "TemplateArn", "TemplateName", []string{"iot:ListProvisioningTemplates"}, []string{"iot:DescribeProvisioningTemplate", "iot:ListTagsForResource"}},
		"AWS::Transfer::Server":          {[]string{"Arn"}, "Arn", "ServerId", []string{"transfer:ListServers"}, []string{"transfer:DescribeServer", "ec2:DescribeVpcEndpoints *"}},
	}
}

func controlledMakers() map[string]func(*builder) {
	all := map[string]func(*builder){}
	for name := range controlledTypes() {
		all[name] = (*builder).controlled
	}
	return all
}

func (b *builder) controlled() {
	home, r, schema := b.home(), b.res, controlledTypes()[b.res.Type]
	properties := maps.Clone(r.Properties)
	if properties == nil {
		properties = map[string]any{}
	}
	for name, value := range map[string]string{schema.arn: r.ARN, schema.id: nameIn(r.ARN, r.PhysicalID)} {
		if _, given := properties[name]; !given && name != "" {
			properties[name] = value
		}
	}
	one := controlled{arn: r.ARN, properties: properties}
	var parts []string
	for _, name := range schema.identifier {
		parts = append(parts, text(properties[name]))
	}
	one.identifier = strings.Join(parts, "|")
	for _, other := range home.controlled[r.Type] {
		if other.identifier == one.identifier {
			b.warn("%s %q is there already; this one is left out", r.Type, one.identifier)
			return
		}
	}
	home.controlled[r.Type] = append(home.controlled[r.Type], one)
}

// nameIn is the id of a resource: what Ref gives, and where that is the ARN, the end of it.
func nameIn(arn, ref string) string {
	if ref == arn {
		return ref[strings.LastIndexAny(ref, "/:")+1:]
	}
	return ref
}

// controlType is the type that the request names.
func (c *call) controlType() (controlledType, error) {
	name := text(c.body["TypeName"])
	schema, known := controlledTypes()[name]
	if !known {
		return schema, unknown(c.svc, "resources of the type "+name)
	}
	return schema, nil
}

// controlListResources gives 20 a page unless asked, of each resource what identifies it.
// See https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ListResources.html.
var controlListResources = operation{
	service: "cloudcontrolapi", name: "ListResources", shows: []string{"TypeName", "MaxResults"},
	needs: func(c *call) []need {
		all := []need{{action: "cloudformation:ListResources", resource: "*"}}
		schema := controlledTypes()[text(c.body["TypeName"])]
		for _, action := range schema.list {
			all = append(all, need{action: action, resource: c.listed(action)})
		}
		return all
	},
	serve: func(c *call) (any, error) {
		schema, err := c.controlType()
		if err != nil {
			return nil, err
		}
		limit, ok := number(text(c.body["MaxResults"]), 100)
		if !ok {
			return nil, &apiError{Status: 400, Code: "InvalidRequestException", Message: "MaxResults must be between 1 and 100"}
		}
		cut, token, failure := page(c, c.home().controlled[text(c.body["TypeName"])], text(c.body["NextToken"]), limit, 20, 100)
		if failure != nil {
			return nil, failure
		}
		descriptions := []any{}
		for _, one := range cut {
			identity := map[string]any{}
			for _, name := range schema.identifier {
				identity[name] = one.properties[name]
			}
			description, err := one.description(identity)
			if err != nil {
				return nil, err
			}
			descriptions = append(descriptions, description)
		}
		return withToken(map[string]any{"TypeName": c.body["TypeName"], "ResourceDescriptions": descriptions}, token), nil
	},
}

// listed is what a listing that has a resource type is asked for: all that the account has in the Region.
func (c *call) listed(action string) string {
	if action == "ivschat:ListRooms" {
		return c.home().arn("ivschat", "room/*")
	}
	return "*"
}

// description is a resource with properties as the API hands them out: in a text.
func (one controlled) description(properties map[string]any) (map[string]any, error) {
	encoded, err := json.Marshal(properties)
	if err != nil {
		return nil, fmt.Errorf("encode the properties of %q: %w", one.identifier, err)
	}
	return map[string]any{"Identifier": one.identifier, "Properties": string(encoded)}, nil
}

// controlled is the resource that the request names; nil where there is none.
func (c *call) controlled() *controlled {
	for _, one := range c.home().controlled[text(c.body["TypeName"])] {
		if one.identifier == text(c.body["Identifier"]) {
			return &one
		}
	}
	return nil
}

// See https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html.
var controlGetResource = operation{
	service: "cloudcontrolapi", name: "GetResource", shows: []string{"TypeName", "Identifier"},
	needs: func(c *call) []need {
		all := []need{{action: "cloudformation:GetResource", resource: "*"}}
		one := c.controlled()
		if one == nil {
			return all
		}
		for _, action := range controlledTypes()[text(c.body["TypeName"])].read {
			action, everywhere := strings.CutSuffix(action, " *")
			on := one.arn
			if everywhere {
				on = "*"
			}
			all = append(all, need{action: action, resource: on})
		}
		return all
	},
	serve: func(c *call) (any, error) {
		if _, err := c.controlType(); err != nil {
			return nil, err
		}
		one := c.controlled()
		if one == nil {
			return nil, unknown(c.svc, text(c.body["TypeName"])+" "+text(c.body["Identifier"]))
		}
		description, err := one.description(one.properties)
		if err != nil {
			return nil, err
		}
		return map[string]any{"TypeName": c.body["TypeName"], "ResourceDescription": description}, nil
	},
}
