package main

import (
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/permission"
	"permprobe/shared/stack"
)

// namedFunctions is how many functions with names of 40 characters the README promises for the parameter FunctionArns.
const namedFunctions = 25

func TestThePoliciesOfTheRoleFitTheQuotasOfIAM(t *testing.T) {
	for _, mode := range []permission.Mode{permission.All, permission.Named} {
		t.Run(string(mode), func(t *testing.T) {
			o := longNames()
			if mode == permission.Named {
				nameMany(&o, namedFunctions)
			}
			app := applicationWith(t, o)
			if err := fits(app, o.Parameters); err != nil {
				t.Error(err)
			}
			all, err := sizes(app)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range all {
				t.Logf("%s: %d of %d characters", one.of, one.characters, one.most)
			}
			if len(all) < 4 {
				t.Errorf("measured %d policies only", len(all))
			}
		})
	}
}

func TestTooManyNamedFunctionsAreToldBeforeIAMRefusesThem(t *testing.T) {
	for _, c := range []struct {
		functions int
		want      string
	}{
		{36, "the policy of ProbeRole would have"},
		{50, "FunctionArns has"},
	} {
		o := longNames()
		nameMany(&o, c.functions)
		err := fits(applicationWith(t, o), o.Parameters)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "name fewer functions") {
			t.Errorf("%d functions: %v, want %q", c.functions, err, c.want)
		}
	}
}

// longNames is a deployment with every switch on, where ARNs are long.
func longNames() stack.Options {
	o := stack.Options{Account: "123456789012", Region: "us-gov-west-1", Partition: "aws-us-gov", Parameters: map[string]string{}}
	for _, one := range permission.AllSwitches() {
		o.Parameters[one.Parameter()] = "on"
	}
	return o
}

func nameMany(o *stack.Options, n int) {
	var functions, roles []string
	for i := range n {
		functions = append(functions, fmt.Sprintf("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:orders-%033d", i))
		roles = append(roles, fmt.Sprintf("arn:aws-us-gov:iam::123456789012:role/orders-%033d", i))
	}
	o.Parameters["FunctionArns"], o.Parameters["RoleArns"] = strings.Join(functions, ","), strings.Join(roles, ",")
}

func applicationWith(t *testing.T, o stack.Options) *application {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	app, err := loadApplication(root, o)
	if err != nil {
		t.Fatal(err)
	}
	return app
}
