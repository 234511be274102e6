package scan_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// faulty is one way to break a permission to invoke.
type faulty struct {
	name string
	// moves is true where the permission then stands on another qualifier, which I3 tells; literal where the API has
	// another id than its logical one because the permission has that as text.
	moves, literal bool
	// change edits the template's resources; false where the permission cannot be broken so.
	change func(resources map[string]any, p *admission) bool
}

// admission is one AWS::Lambda::Permission of a template, as the template resolves it.
type admission struct {
	id string
	// function and qualifier are whom it is for; principal, action and source (empty for none) whom it lets in.
	function, qualifier, principal, action, source string
	// url is true for one that is for requests to the function's URL.
	url bool
	// named is the logical id that the source's name is a reference to; empty where it is not known.
	named string
	// express writes an ARN with references where the template's own resources are meant.
	express func(any) any
}

func propertiesOf(resources map[string]any, id string) map[string]any {
	resource, _ := resources[id].(map[string]any)
	properties, _ := resource["Properties"].(map[string]any)
	return properties
}

// remove takes a resource out; what refers to it still finds something.
func remove(resources map[string]any, id string) {
	resources[id] = map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"}
}

// removed is the first of the ways.
const removed = "removed"

func faults() []faulty {
	all := []faulty{
		{removed, false, false, func(resources map[string]any, p *admission) bool {
			remove(resources, p.id)
			return true
		}},
		{"principal changed", false, false, func(resources map[string]any, p *admission) bool {
			other := "sqs.amazonaws.com"
			if p.url {
				other = "210987654321"
			}
			propertiesOf(resources, p.id)["Principal"] = other
			return true
		}},
		{"action changed", false, false, func(resources map[string]any, p *admission) bool {
			propertiesOf(resources, p.id)["Action"] = "lambda:GetFunctionConfiguration"
			return true
		}},
		{"moved to an alias", true, false, func(resources map[string]any, p *admission) bool {
			version := addVersion(resources, p)
			resources["AliasFor"+p.id] = map[string]any{"Type": "AWS::Lambda::Alias", "Properties": map[string]any{
				"FunctionName": ref(functionID(resources, p)), "FunctionVersion": map[string]any{"Fn::GetAtt": []any{version, "Version"}}, "Name": "added",
			}}
			propertiesOf(resources, p.id)["FunctionName"] = ref("AliasFor" + p.id)
			return true
		}},
		{"moved to a version", true, false, func(resources map[string]any, p *admission) bool {
			propertiesOf(resources, p.id)["FunctionName"] = ref(addVersion(resources, p))
			return true
		}},
		{"moved to the bare function", true, false, func(resources map[string]any, p *admission) bool {
			propertiesOf(resources, p.id)["FunctionName"] = ref(functionID(resources, p))
			return p.qualifier != ""
		}},
		{"source account changed", false, false, func(resources map[string]any, p *admission) bool {
			of := propertiesOf(resources, p.id)
			of["SourceAccount"] = "210987654321"
			return !p.url && p.principal != "alexa-appkit.amazon.com"
		}},
	}
	for _, change := range sourceChanges() {
		all = append(all, faulty{"source changed: " + change.name, false, change.literal, func(resources map[string]any, p *admission) bool {
			if p.source == "" {
				return false
			}
			other := change.of(p)
			propertiesOf(resources, p.id)["SourceArn"] = p.express(other)
			if change.literal {
				propertiesOf(resources, p.id)["SourceArn"] = other
			}
			return other != "" && (other != p.source || change.literal)
		}})
	}
	return all
}

// addVersion publishes a version of the permission's function and returns its logical id.
func addVersion(resources map[string]any, p *admission) string {
	id := "VersionFor" + p.id
	resources[id] = map[string]any{"Type": "AWS::Lambda::Version", "Properties": map[string]any{"FunctionName": ref(functionID(resources, p))}}
	return id
}

func ref(id string) map[string]any { return map[string]any{"Ref": id} }

// functionID is the logical id of the function that a permission is for, also where it names an alias of it.
func functionID(resources map[string]any, p *admission) string {
	id := referred(propertiesOf(resources, p.id)["FunctionName"])
	for range 2 {
		if of := resources[id]; of != nil && of.(map[string]any)["Type"] != "AWS::Lambda::Function" {
			id = referred(propertiesOf(resources, id)["FunctionName"])
		}
	}
	return id
}

// sourceChange writes another source ARN than the one of a permission; empty where it has no such part.
type sourceChange struct {
	name string
	// literal is true where the text may be the same and only stand where a reference stood.
	literal bool
	of      func(p *admission) string
}

// sourceChanges change one part of a source ARN each.
func sourceChanges() []sourceChange {
	part := func(n int, value string) func(p *admission) string {
		return func(p *admission) string {
			parts := strings.SplitN(p.source, ":", 6)
			if parts[n] == "" { // buckets' ARNs have no Region and no account
				return ""
			}
			parts[n] = value
			return strings.Join(parts, ":")
		}
	}
	// route changes a part of API/STAGE/METHOD/PATH; a part that is left out covers everything.
	route := func(n int, value string) func(p *admission) string {
		return func(p *admission) string {
			parts := strings.SplitN(p.source, ":", 6)
			of := strings.SplitN(parts[5], "/", 4)
			authorizer := len(of) > 1 && of[1] == "authorizers"
			keyed := len(of) == 3 && strings.HasPrefix(of[2], "$")
			if p.principal != "apigateway.amazonaws.com" || authorizer || keyed && n > 1 {
				return ""
			}
			for len(of) < 4 && !keyed {
				of = append(of, "*")
			}
			of[n] = value
			parts[5] = strings.Join(of, "/")
			return strings.Join(parts, ":")
		}
	}
	name := func(p *admission, value string) string {
		head, rest := p.source[:strings.LastIndex(p.source, ":")+1], p.source[strings.LastIndex(p.source, ":")+1:]
		if strings.HasSuffix(p.source, ":*") { // a log group
			inner := strings.TrimSuffix(p.source, ":*")
			return inner[:strings.LastIndex(inner, ":")+1] + value + ":*"
		}
		if at := strings.IndexByte(rest, '/'); at >= 0 && p.principal == "apigateway.amazonaws.com" {
			return head + value + rest[at:]
		}
		if at := strings.LastIndexByte(rest, '/'); at >= 0 {
			return head + rest[:at+1] + value
		}
		return head + value
	}
	return []sourceChange{
		{"partition", false, part(1, "aws-cn")},
		{"Region", false, part(3, "eu-west-3")},
		{"account", false, part(4, "210987654321")},
		{"id or name", false, func(p *admission) string { return name(p, "zzzzzzzzzz") }},
		{"stage", false, route(1, "zzz")},
		{"method", false, route(2, "LINK")},
		{"path", false, route(3, "zzz/zzz")},
		{"route key", false, func(p *admission) string {
			at := strings.LastIndex(p.source, "/$")
			if at < 0 {
				return ""
			}
			return p.source[:at] + "/$zzz"
		}},
		{"authorizer", false, func(p *admission) string {
			at := strings.LastIndex(p.source, "/authorizers/")
			if at < 0 {
				return ""
			}
			return p.source[:at] + "/authorizers/zzzzzz"
		}},
		{"literal logical id", true, func(p *admission) string {
			if p.named == "" || p.principal != "apigateway.amazonaws.com" {
				return ""
			}
			return name(p, p.named)
		}},
		{"unresolved variable", false, func(p *admission) string {
			if p.named == "" {
				return ""
			}
			return name(p, "${"+p.named+"}")
		}},
	}
}

var referredID = regexp.MustCompile(`"Ref":"([A-Za-z0-9]+)"|"Fn::GetAtt":\["([A-Za-z0-9]+)"|"Fn::GetAtt":"([A-Za-z0-9]+)\.|\$\{([A-Za-z0-9]+)(?:\.[A-Za-z]+)?\}`)

// sourceID is the resource of the template that a source ARN names by reference; of an authorizer its API.
func sourceID(resources map[string]any, source any) string {
	var ids []string
	for _, found := range referredID.FindAllStringSubmatch(asJSON(source), -1) {
		id := found[1] + found[2] + found[3] + found[4]
		if of, _ := resources[id].(map[string]any); of != nil && of["Type"] != "AWS::ApiGateway::Authorizer" && of["Type"] != "AWS::ApiGatewayV2::Authorizer" && of["Type"] != "AWS::ApiGateway::Stage" {
			ids = append(ids, id)
		}
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 1 {
		return ""
	}
	return ids[0]
}

// faultNames are the ways to break a permission that were tried, sorted.
func faultNames(scores map[string]*score) []string { return sortedKeys(scores) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
