package scan_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"permprobe/shared/finding"
)

// sourceTypes are the resource types that hold who is called by a service.
var sourceTypes = map[string]string{
	"apigateway.amazonaws.com":               "AWS::ApiGateway", // and V2
	"events.amazonaws.com":                   "AWS::Events::",
	"sns.amazonaws.com":                      "AWS::SNS::",
	"s3.amazonaws.com":                       "AWS::S3::",
	"logs.amazonaws.com":                     "AWS::Logs::",
	"cognito-idp.amazonaws.com":              "AWS::Cognito::",
	"iot.amazonaws.com":                      "AWS::IoT::",
	"elasticloadbalancing.amazonaws.com":     "AWS::ElasticLoadBalancingV2::",
	"secretsmanager.amazonaws.com":           "AWS::SecretsManager::",
	"config.amazonaws.com":                   "AWS::Config::",
	"ses.amazonaws.com":                      "AWS::SES::",
	"lambda.alarms.cloudwatch.amazonaws.com": "AWS::CloudWatch::",
}

// whyQuiet says why the template with the permission broken has no finding of its check; empty where nothing explains it.
func (one template) whyQuiet(t *testing.T, p *admission, after *finding.Report) string {
	t.Helper()
	resources := one.doc["Resources"].(map[string]any)
	given := propertiesOf(resources, p.id)
	principal := p.principal
	check := p.check()
	function := referred(given["FunctionName"])
	switch {
	case function == "":
		return ""
	case !one.calls(principal, function):
		return "nothing in the template calls the function"
	case strings.Contains(asJSON(given["SourceArn"]), "/authorizers/") && !one.guards(function, asJSON(given["SourceArn"])):
		return "no route names the authorizer"
	}
	all, _ := one.permissionsOf(t)
	if covered(p, all) {
		return "another permission covers it"
	}
	for _, g := range after.Gaps {
		switch {
		case g.Check != check && g.Check != "I5":
		case strings.Contains(g.Reason, "whoever calls it"):
			return "a gap: the source calls with credentials of its own"
		case strings.Contains(g.Reason, "depends on stage variable"):
			return "a gap: a stage variable says which function is called"
		}
	}
	return ""
}

// covered tells whether another permission of the template lets in what the permission does: it is for the same caller,
// function and qualifier, and its source, in which a star stands for anything, covers every source that the permission's own
// does. Nothing of the probe is asked.
func covered(p *admission, all []admission) bool {
	for i := range all {
		other := &all[i]
		if other.id == p.id || other.principal != p.principal || other.action != p.action || other.function != p.function || other.qualifier != p.qualifier || other.url != p.url {
			continue
		}
		if other.source == "" || holds(other.source, p.source) {
			return true
		}
	}
	return false
}

// holds tells whether a pattern in which stars stand for anything covers everything that another one does.
func holds(pattern, other string) bool {
	if other == "" {
		return false // no source at all is more than any pattern
	}
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == other
	}
	if !strings.HasPrefix(other, parts[0]) {
		return false
	}
	other = other[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(other, part)
		if at < 0 {
			return false
		}
		other = other[at+len(part):]
	}
	return strings.HasSuffix(other, parts[len(parts)-1])
}

func TestAPatternHoldsAnotherOne(t *testing.T) {
	for _, c := range []struct {
		pattern, other string
		want           bool
	}{
		{"api/*", "api/*/GET/notes", true}, {"api/*/GET/notes", "api/*/GET/notes", true}, {"api/*/*/notes", "api/prod/GET/notes", true},
		{"api/prod/GET/notes", "api/*/GET/notes", false}, {"api/*/GET/*", "api/*/*/notes", false}, {"api/*/GET/", "api/*/GET/notes", false},
		{"api/a", "", false}, {"api/*a", "api/a", true}, {"api/*ab", "api/a", false},
	} {
		if have := holds(c.pattern, c.other); have != c.want {
			t.Errorf("%s holds %s: %t", c.pattern, c.other, have)
		}
	}
}

func asJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

var logicalID = regexp.MustCompile(`^\{"(?:Ref":"([A-Za-z0-9]+)"|Fn::GetAtt":(?:\["([A-Za-z0-9]+)","Arn"\]|"([A-Za-z0-9]+)\.Arn"))\}$`)

// referred is the logical id of the resource that a value refers to; empty where it is of another form.
func referred(v any) string {
	found := logicalID.FindStringSubmatch(asJSON(v))
	if found == nil {
		return ""
	}
	return found[1] + found[2] + found[3]
}

// calls tells whether a source of the service's mentions the function, or leaves open whom it calls.
func (one template) calls(principal, function string) bool {
	for _, resource := range one.doc["Resources"].(map[string]any) {
		kind, _ := resource.(map[string]any)["Type"].(string)
		if text := asJSON(resource); strings.HasPrefix(kind, sourceTypes[principal]) &&
			(strings.Contains(text, `"`+function+`"`) || strings.Contains(text, `"`+function+`.Arn"`) || strings.Contains(text, "${"+function) || strings.Contains(text, "stageVariables")) {
			return true
		}
	}
	return false
}

// guards tells whether a route of the API that the source ARN refers to names an authorizer that is the function.
func (one template) guards(function, source string) bool {
	for id, resource := range one.doc["Resources"].(map[string]any) {
		properties, _ := resource.(map[string]any)["Properties"].(map[string]any)
		if properties["Body"] != nil && !strings.Contains(source, `{"Ref":"`+id+`"}`) {
			continue
		}
		if properties["AuthorizerUri"] != nil {
			return true // an authorizer of its own, which methods name by reference
		}
		body, _ := properties["Body"].(map[string]any)
		definitions, _ := body["securityDefinitions"].(map[string]any)
		if components, ok := body["components"].(map[string]any); ok {
			definitions, _ = components["securitySchemes"].(map[string]any)
		}
		for name, definition := range definitions {
			if strings.Contains(asJSON(definition), function) && (strings.Contains(asJSON(body["paths"]), `"`+name+`"`) || strings.Contains(asJSON(body["security"]), `"`+name+`"`)) {
				return true
			}
		}
	}
	return false
}
