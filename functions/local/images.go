package main

import (
	"cmp"

	"permprobe/shared/stack"
)

// held are the ARNs of all that the templates hold.
func held(stacks []*stack.Stack) []string {
	var arns []string
	for _, one := range stacks {
		for _, r := range one.Resources {
			if r.ARN != "" {
				arns = append(arns, r.ARN)
			}
		}
	}
	return arns
}

// images are the URIs of the functions' container images, by the functions' ARNs.
func images(stacks []*stack.Stack) map[string]string {
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
