package main

import (
	"strings"

	"permprobe/shared/fact"
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

// madeUp are the ARNs of what the templates leave CloudFormation to name, with what it would name it in the place of the logical
// id, and the same of the log groups that Lambda names by its functions. Names of buckets are lower case.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
func madeUp(stacks []*stack.Stack) map[string]string {
	names := map[string]string{}
	for _, one := range stacks {
		for _, r := range one.Resources {
			if r.ARN == "" || !r.MadeUp() || !strings.HasSuffix(r.ARN, r.PhysicalID) {
				continue
			}
			name := one.Name + "-" + r.LogicalID + "-"
			if r.Type == "AWS::S3::Bucket" {
				name = strings.ToLower(name)
			}
			name += stack.Unknown("name of " + r.LogicalID)
			names[r.ARN] = strings.TrimSuffix(r.ARN, r.PhysicalID) + name
			if r.Type == "AWS::Lambda::Function" {
				group := fact.ARN{Partition: one.Options.Partition, Service: "logs", Region: one.Options.Region, Account: one.Options.Account, Resource: "log-group:/aws/lambda/"}.String()
				names[group+r.PhysicalID] = group + name
			}
		}
	}
	return names
}
