package stack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestEveryPolicyTemplateAndConnectorIsFilledIn(t *testing.T) {
	known := samKnown()
	if len(known.Policies) < 80 || len(known.Connectors) < 8 || known.pathOf("AWSLambdaSQSQueueExecutionRole") != "service-role/" || known.pathOf("AmazonS3FullAccess") != "" {
		t.Fatalf("%d policy templates, connectors from %d types: is the data whole?", len(known.Policies), len(known.Connectors))
	}
	for name, template := range known.Policies {
		values := map[string]string{}
		for _, parameter := range template.Parameters {
			values[parameter] = "value-of-" + parameter
		}
		written, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Load("t.json", []byte(fmt.Sprintf(`{"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"Policies": [{%q: %s}]}}}}`,
			name, written)), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text := fmt.Sprint(s.Find("FRole").Properties["Policies"])
		if strings.Contains(text, "${") || HasUnknown(text) || !strings.Contains(text, "Effect:Allow") {
			t.Errorf("%s: %s", name, text)
		}
		for _, value := range values {
			if !strings.Contains(text, value) {
				t.Errorf("%s does not use %s: %s", name, value, text)
			}
		}
	}
	kinds := map[string]bool{"role": true, "queue": true, "topic": true, "function": true}
	for source, destinations := range known.Connectors {
		for destination, profile := range destinations {
			if !kinds[profile.Kind] || len(profile.Access) == 0 {
				t.Errorf("from %s to %s: %+v", source, destination, profile)
			}
		}
	}
}
