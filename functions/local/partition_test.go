package main

import (
	"context"
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/stack"
)

func TestFixesAreMadeForThePartitionOfTheAccount(t *testing.T) {
	for partition, region := range map[string]string{"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"} {
		text := strings.ReplaceAll(string(exampleAccount), "arn:aws:", "arn:"+partition+":")
		one, err := stack.Load("account.yaml", []byte(text), stack.Options{Partition: partition, Region: region})
		if err != nil {
			t.Fatal(err)
		}
		report, _, err := checkStacks(context.Background(), []*stack.Stack{one}, config.File{Functions: []string{"*"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Findings) != 8 {
			t.Errorf("%s: %d findings", partition, len(report.Findings))
		}
		hold := func(what string, fix finding.Fix) {
			if fix.Proof != finding.Proven {
				t.Errorf("%s: %s is %s: %s", partition, what, fix.Proof, fix.ProofReason)
			}
			for _, form := range []string{fix.Summary, fix.CLI, fix.Policy, fix.SAM, fix.CloudFormation, fix.Terraform} {
				for _, wrong := range []string{"arn:aws:", "us-east-1"} {
					if strings.Contains(form, wrong) {
						t.Errorf("%s: a form of %s holds %s: %s", partition, what, wrong, form)
					}
				}
			}
			if !strings.Contains(fix.CLI, "arn:"+partition+":") && !strings.Contains(fix.CLI, "update-assume-role-policy") {
				t.Errorf("%s: %s names nothing of the partition: %s", partition, what, fix.CLI)
			}
		}
		for i := range report.Findings {
			f := &report.Findings[i]
			hold(f.Check, f.Fix)
		}
		for _, one := range report.RoleFixes {
			hold(one.Role, one.Fix)
		}
	}
}
