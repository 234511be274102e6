package main

import "permprobe/shared/stack"

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
