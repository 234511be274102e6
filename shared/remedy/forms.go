package remedy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
)

// attribute is a line of a block of Terraform; a block without a value is left out.
type attribute struct{ name, value string }

// hclEscapes are what a quoted text of Terraform must not hold as it is.
//
// https://developer.hashicorp.com/terraform/language/expressions/strings
var hclEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "${", "$${", "%{", "%%{")

// hclBlock is a resource as Terraform's formatter writes it.
func hclBlock(kind, name string, attributes ...attribute) string {
	attributes = slices.DeleteFunc(attributes, func(a attribute) bool { return a.value == "" })
	width := 0
	for _, a := range attributes {
		width = max(width, len(a.name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q %q {\n", kind, name)
	for _, a := range attributes {
		fmt.Fprintf(&b, "  %-*s = \"%s\"\n", width, a.name, hclEscapes.Replace(a.value))
	}
	b.WriteString("}\n")
	return b.String()
}

// terraformPermission is a permission as aws_lambda_permission.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_permission
func terraformPermission(sid string, function fact.FunctionRef, p permissionProperties) string {
	via, name := "", "invoke"
	if p.InvokedViaFunctionURL {
		via = "true"
	}
	if p.Action == fact.InvokeURL {
		name = "invoke_url"
	}
	return hclBlock("aws_lambda_permission", name,
		attribute{"statement_id", sid}, attribute{"action", p.Action}, attribute{"function_name", function.ARN}, attribute{"qualifier", function.Qualifier},
		attribute{"principal", p.Principal}, attribute{"source_arn", p.SourceARN}, attribute{"source_account", p.SourceAccount},
		attribute{"event_source_token", p.EventSourceToken}, attribute{"function_url_auth_type", p.FunctionURLAuthType},
		attribute{"invoked_via_function_url", via}, attribute{"principal_org_id", p.PrincipalOrgID})
}

// samEvent is an entry of the Events of AWS::Serverless::Function.
type samEvent struct {
	Type       string         `json:"Type"`
	Properties map[string]any `json:"Properties"`
}

// samEvents are the events that make SAM write the permissions of the refused calls, where what is known of the source
// is enough to write them: API routes and topics. SAM writes a permission for a function's alias only where the function
// publishes it, so there is none for calls with a qualifier.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html
func samEvents(decisions []*decide.Decision) map[string]samEvent {
	events := map[string]samEvent{}
	for _, d := range decisions {
		t, route := d.Need.Trigger, d.Need.Route
		if t == nil || route == nil || d.Need.Function.Qualifier != "" {
			return nil
		}
		label := route.Label
		method, path, routed := strings.Cut(label, " ")
		event := samEvent{Properties: map[string]any{}}
		switch {
		case t.Kind == fact.TriggerRESTAPI && routed:
			event.Type = "Api"
			event.Properties = map[string]any{"RestApiId": t.SourceID, "Method": strings.ToLower(method), "Path": path}
		case t.Kind == fact.TriggerHTTPAPI && routed:
			event.Type = "HttpApi"
			event.Properties = map[string]any{"ApiId": t.SourceID, "Method": strings.ToLower(method), "Path": path}
		case t.Kind == fact.TriggerHTTPAPI && label == "$default":
			event.Type = "HttpApi"
			event.Properties = map[string]any{"ApiId": t.SourceID}
		case t.Kind == fact.TriggerTopic:
			event.Type = "SNS"
			event.Properties = map[string]any{"Topic": t.Source}
		default:
			return nil
		}
		events[eventName(event.Type, label)] = event
	}
	return events
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9]+`)

// eventName is a name for an event that is fit for a logical id.
func eventName(kind, label string) string {
	words := notInNames.Split(label, -1)
	for i, word := range words {
		if word != "" {
			words[i] = strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
		}
	}
	return kind + strings.Join(words, "")
}

// samPermission is the same permission in a SAM template: as the function's events, or as a resource beside it.
func samPermission(p permissionProperties, events map[string]samEvent) (string, error) {
	if len(events) > 0 {
		return yamlText(map[string]any{"Events": events})
	}
	return yamlText(map[string]any{"Resources": map[string]any{"InvokePermission": permissionResource{Type: "AWS::Lambda::Permission", Properties: p}}})
}
