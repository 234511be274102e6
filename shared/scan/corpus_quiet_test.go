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
	id, check := p.id, p.check()
	function := referred(given["FunctionName"])
	switch {
	case function == "":
		return ""
	case !one.calls(principal, function):
		return "nothing in the template calls the function"
	case strings.Contains(asJSON(given["SourceArn"]), "/authorizers/") && !one.guards(function, asJSON(given["SourceArn"])):
		return "no route names the authorizer"
	}
	// Without any permission of the service for the function, and with this one alone: what differs is what it
	// covers, and without it nothing was found, so others cover that, too.
	only := func(kept string) string {
		report := one.scan(t, func(resources map[string]any) {
			for other, resource := range resources {
				properties, _ := resource.(map[string]any)["Properties"].(map[string]any)
				if other != kept && resource.(map[string]any)["Type"] == "AWS::Lambda::Permission" && properties["Principal"] == principal && referred(properties["FunctionName"]) == function {
					resources[other] = map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"}
				}
			}
		})
		var refused []string
		for i := range report.Findings {
			if f := &report.Findings[i]; f.Check == check {
				refused = append(refused, f.ID+" "+f.Title+" "+f.SourceARN)
			}
		}
		return strings.Join(refused, "\n")
	}
	if only("") != only(id) {
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
