package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// What IAM takes, without white space, which it does not count, and what CloudFormation takes as a parameter:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html.
const (
	quotaInRole    = 10240
	quotaManaged   = 6144
	quotaCarried   = 10
	quotaParameter = 4096
)

// size is how much of a quota a policy of the application takes.
type size struct {
	of               string
	characters, most int
}

// sizes measures the application's roles and the policies that they carry.
func sizes(app *application) ([]size, error) {
	var out []size
	for _, r := range app.stack.Resources {
		switch r.Type {
		case "AWS::IAM::Role":
			all := size{r.LogicalID, 0, quotaInRole}
			policies, _ := r.Properties["Policies"].([]any)
			for _, p := range policies {
				policy, _ := p.(map[string]any)
				n, err := characters(policy["PolicyDocument"])
				if err != nil {
					return nil, fmt.Errorf("%s: %w", r.LogicalID, err)
				}
				all.characters += n
			}
			out = append(out, all)
			if carried, _ := r.Properties["ManagedPolicyArns"].([]any); len(carried) > quotaCarried {
				return nil, fmt.Errorf("%s carries %d policies, IAM takes %d", r.LogicalID, len(carried), quotaCarried)
			}
		case "AWS::IAM::ManagedPolicy":
			n, err := characters(r.Properties["PolicyDocument"])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.LogicalID, err)
			}
			out = append(out, size{r.LogicalID, n, quotaManaged})
		}
	}
	return out, nil
}

func characters(document any) (int, error) {
	data, err := json.Marshal(document)
	return len(strings.ReplaceAll(string(data), " ", "")), err
}

// fits is an error where IAM or CloudFormation would refuse the role of a deployment with these parameters.
func fits(app *application, parameters map[string]string) error {
	const instead = "name fewer functions or deploy without FunctionArns, which looks at all of them"
	for _, name := range []string{"FunctionArns", "RoleArns"} {
		if n := len(parameters[name]); n > quotaParameter {
			return fmt.Errorf("%s has %d characters, CloudFormation takes %d: %s", name, n, quotaParameter, instead)
		}
	}
	all, err := sizes(app)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.characters > one.most {
			return fmt.Errorf("the policy of %s would have %d characters, IAM takes %d: %s", one.of, one.characters, one.most, instead)
		}
	}
	return nil
}
