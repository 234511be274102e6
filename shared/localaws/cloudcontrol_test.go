package localaws_test

import (
	"context"
	"testing"

	"permprobe/shared/localaws"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/google/go-cmp/cmp"
)

const controlledTemplate = `
Resources:
  One: {Type: 'AWS::IoT::Authorizer', Properties: {AuthorizerName: one, AuthorizerFunctionArn: f, Status: ACTIVE}}
  Two: {Type: 'AWS::IoT::Authorizer', Properties: {AuthorizerName: two, AuthorizerFunctionArn: g}}
  Again: {Type: 'AWS::IoT::Authorizer', Properties: {AuthorizerName: two, AuthorizerFunctionArn: h}}
  Server: {Type: 'AWS::Transfer::Server', Properties: {IdentityProviderDetails: {Function: f}}}
`

func TestResourcesAreListedAndReadThroughCloudControlAsTheirTemplateDeclaresThem(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, controlledTemplate)
	ctx, control := context.Background(), cloudcontrol.NewFromConfig(cfg)
	var have []string
	for _, name := range []string{"AWS::IoT::Authorizer", "AWS::Transfer::Server", "AWS::Bedrock::Agent"} {
		for p := cloudcontrol.NewListResourcesPaginator(control, &cloudcontrol.ListResourcesInput{TypeName: aws.String(name)}); p.HasMorePages(); {
			page, err := p.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.ResourceDescriptions {
				have = append(have, *d.Identifier, *d.Properties)
				out, err := control.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: aws.String(name), Identifier: d.Identifier})
				if err != nil {
					t.Fatal(err)
				}
				have = append(have, *out.ResourceDescription.Properties)
			}
		}
	}
	want := []string{
		"one", `{"AuthorizerName":"one"}`, `{"Arn":"arn:aws:iot:us-east-1:123456789012:authorizer/one","AuthorizerFunctionArn":"f","AuthorizerName":"one","Status":"ACTIVE"}`,
		"two", `{"AuthorizerName":"two"}`, `{"Arn":"arn:aws:iot:us-east-1:123456789012:authorizer/two","AuthorizerFunctionArn":"g","AuthorizerName":"two"}`,
		"arn:aws:transfer:us-east-1:123456789012:server/s-f882e1c05c8a95da0", `{"Arn":"arn:aws:transfer:us-east-1:123456789012:server/s-f882e1c05c8a95da0"}`,
		`{"Arn":"arn:aws:transfer:us-east-1:123456789012:server/s-f882e1c05c8a95da0","IdentityProviderDetails":{"Function":"f"},"ServerId":"s-f882e1c05c8a95da0"}`,
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
	_, err := control.ListResources(ctx, &cloudcontrol.ListResourcesInput{TypeName: aws.String("AWS::Nobody::Knows")})
	if code, _, _ := apiErr(t, err); code != localaws.NotInTemplates {
		t.Errorf("a type that is not served: %v", err)
	}
	_, err = control.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: aws.String("AWS::IoT::Authorizer"), Identifier: aws.String("three")})
	if code, _, _ := apiErr(t, err); code != localaws.NotInTemplates {
		t.Errorf("a resource that no template holds: %v", err)
	}
}

func TestCloudControlAsksTheServiceWithTheCredentialsOfItsCaller(t *testing.T) {
	for _, c := range []struct {
		name, actions string
		lists, reads  bool
	}{
		{"everything", "['cloudformation:ListResources', 'cloudformation:GetResource', 'iot:ListAuthorizers', 'iot:DescribeAuthorizer', 'iot:ListTagsForResource']", true, true},
		{"not Cloud Control", "['iot:ListAuthorizers', 'iot:DescribeAuthorizer', 'iot:ListTagsForResource']", false, false},
		{"not the service", "['cloudformation:ListResources', 'cloudformation:GetResource']", false, false},
		{"the service's listing alone", "['cloudformation:ListResources', 'cloudformation:GetResource', 'iot:ListAuthorizers']", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, cfg := start(t, localaws.Options{Callers: asProbe}, "AKIAPROBE", controlledTemplate, probe("{Effect: Allow, Action: "+c.actions+", Resource: '*'}"))
			control := cloudcontrol.NewFromConfig(cfg)
			_, list := control.ListResources(context.Background(), &cloudcontrol.ListResourcesInput{TypeName: aws.String("AWS::IoT::Authorizer")})
			_, read := control.GetResource(context.Background(), &cloudcontrol.GetResourceInput{TypeName: aws.String("AWS::IoT::Authorizer"), Identifier: aws.String("one")})
			for _, got := range []struct {
				err  error
				want bool
			}{{list, c.lists}, {read, c.reads}} {
				if (got.err == nil) != got.want {
					t.Errorf("%v", got.err)
				} else if got.err != nil {
					if code, _, _ := apiErr(t, got.err); code != "AccessDeniedException" {
						t.Errorf("%v", got.err)
					}
				}
			}
		})
	}
}
