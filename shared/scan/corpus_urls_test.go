package scan_test

import "testing"

func TestEachPermissionThatSAMMadeForAFunctionURLIsMissedAlone(t *testing.T) {
	made := 0
	for _, one := range samTemplates(t) {
		for _, id := range one.resourcesOf("AWS::Lambda::Permission") {
			properties := one.doc["Resources"].(map[string]any)[id].(map[string]any)["Properties"].(map[string]any)
			if properties["FunctionUrlAuthType"] == nil && properties["InvokedViaFunctionUrl"] == nil {
				continue
			}
			made++
			after := one.scan(t, func(resources map[string]any) {
				resources[id] = map[string]any{"Type": "AWS::CloudFormation::WaitConditionHandle"}
			})
			if len(after.Findings) != 1 || after.Findings[0].Check != "I6" || after.Findings[0].Action != properties["Action"] || after.Findings[0].Principal != "*" {
				t.Errorf("%s without %s: %v", one.name, id, facets(after.Findings))
			}
		}
	}
	if made < 2 {
		t.Errorf("SAM makes two permissions for a URL, %d were removed", made)
	}
}
