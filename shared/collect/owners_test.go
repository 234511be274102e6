package collect

import (
	"context"
	"testing"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/google/go-cmp/cmp"
)

// tagged answers with the functions' tags, a function a page.
type tagged []map[string]string

func (t tagged) GetResources(_ context.Context, in *resourcegroupstaggingapi.GetResourcesInput, _ ...func(*resourcegroupstaggingapi.Options)) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
	at := len(aws.ToString(in.PaginationToken))
	one := types.ResourceTagMapping{ResourceARN: aws.String("f" + string(rune('0'+at)))}
	for key, value := range t[at] {
		one.Tags = append(one.Tags, types.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	next := aws.ToString(in.PaginationToken) + "x"
	if at == len(t)-1 {
		next = ""
	}
	return &resourcegroupstaggingapi.GetResourcesOutput{ResourceTagMappingList: []types.ResourceTagMapping{one}, PaginationToken: aws.String(next)}, nil
}

func TestTagsSayWhichStackOwnsAFunctionOrThatTerraformDoes(t *testing.T) {
	c := &Collector{Tags: tagged{
		{"aws:cloudformation:stack-name": "shop", "team": "blue"}, {"ManagedBy": "Terraform"}, {"managed-by": "terraform"}, {"terraform": "true"},
		{"terraform": "false"}, {"Terraform-Module": "canary"}, {"team": "terraform"}, {"Provisioner": "OpenTofu"},
	}}
	var facts fact.Facts
	c.Owners(context.Background(), &facts)
	if diff := cmp.Diff(map[string]string{"f0": "shop"}, facts.Stacks); diff != "" {
		t.Errorf("stacks (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"f1": true, "f2": true, "f3": true, "f7": true}, facts.Terraform); diff != "" {
		t.Errorf("Terraform (-want +have):\n%s", diff)
	}
}
