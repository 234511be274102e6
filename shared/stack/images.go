package stack

import "cmp"

// Images are the URIs of the functions' container images, by the functions' ARNs. Of a deployed function only Lambda knows
// it.
func Images(stacks []*Stack) map[string]string {
	uris := map[string]string{}
	for _, one := range stacks {
		for _, r := range one.OfType("AWS::Lambda::Function") {
			code, _ := r.Properties["Code"].(map[string]any)
			if uri, _ := code["ImageUri"].(string); uri != "" {
				uris[r.ARN] = cmp.Or(uris[r.ARN], uri)
			}
		}
	}
	return uris
}
