package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestADeployerIsAUserOrRoleAndNamesFunctions(t *testing.T) {
	for _, who := range []string{
		"arn:aws:iam::123456789012:user/dev", "arn:aws:iam::123456789012:user/people/of/dev", "arn:aws-cn:iam::123456789012:role/service-role/deploy",
		"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/someone@example.com",
	} {
		request, err := ParseEvent([]byte(fmt.Sprintf(`{"deployer":{"principal":%q,"functions":["a","b-*"],"code":"s3://bucket/dir/a b.zip"},"format":"text"}`, who)))
		if err != nil || request.Deployer == nil || request.Deployer.Principal != who || len(request.Deployer.Functions) != 2 || request.Publish || !request.Text {
			t.Errorf("%s: %+v, %v", who, request.Deployer, err)
		}
	}
}

func TestABadDeployerIsRefusedInOneLineThatNamesTheField(t *testing.T) {
	const user = `"principal":"arn:aws:iam::123456789012:user/dev"`
	for event, want := range map[string]string{
		`{"deployer":{}}`: `"deployer.principal"`,
		`{"deployer":{"principal":"dev","functions":["a"]}}`:                                      `"deployer.principal": "dev" is not the ARN`,
		`{"deployer":{"principal":"arn:aws:iam::123456789012:root","functions":["a"]}}`:           "the root user is bound by no policy",
		`{"deployer":{"principal":"arn:aws:iam::123456789012:group/team","functions":["a"]}}`:     "of a group name one of its users",
		`{"deployer":{"principal":"arn:aws:iam::12:user/dev","functions":["a"]}}`:                 `"deployer.principal"`,
		`{"deployer":{"principal":"arn:aws:sts::123456789012:assumed-role/r","functions":["a"]}}`: `"deployer.principal"`,
		`{"deployer":{` + user + `}}`:                                                                    `"deployer.functions": name at least one`,
		`{"deployer":{` + user + `,"functions":["a:live"]}}`:                                             `"deployer.functions[0]"`,
		`{"deployer":{` + user + `,"functions":["a",""]}}`:                                               `"deployer.functions[1]"`,
		`{"deployer":{` + user + `,"functions":"a"}}`:                                                    `"deployer.functions": a JSON string does not fit`,
		`{"deployer":{` + user + `,"functions":["a"],"code":"bucket/key"}}`:                              `"deployer.code"`,
		`{"deployer":{` + user + `,"functions":["a"],"serviceRole":"arn:aws:iam::123456789012:user/x"}}`: `"deployer.serviceRole"`,
		`{"deployer":{` + user + `,"functions":["a"],"Code":"s3://b/k"}}`:                                `it is written "code"`,
		`{"deployer":{` + user + `,"functions":["a"],"role":"x"}}`:                                       `unknown field "role"`,
		`{"deployer":null}`: "is null",
		`{"deployer":{` + user + `,"functions":["a"]},"check":{"functions":["a"]}}`:                 "two requests",
		`{"deployer":{` + user + `,"functions":[` + strings.Repeat(`"a",`, mostDeployed) + `"a"]}}`: "are more than 50",
	} {
		_, err := ParseEvent([]byte(event))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", event, err, want)
		}
	}
}
