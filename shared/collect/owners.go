package collect

import (
	"context"
	"slices"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
)

// stackTag is how CloudFormation marks what a stack owns.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
const stackTag = "aws:cloudformation:stack-name"

// Owners reads which stacks own the functions, and of which the tags say that Terraform does: a page for a hundred of them. It is asked only where a fix is to be made.
// Where it cannot be read, fixes do not say where to make them first, which leaves nothing undecided.
func (c *Collector) Owners(ctx context.Context, facts *fact.Facts) {
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(c.Tags, &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(100),
	})
	facts.Stacks, facts.Terraform = map[string]string{}, map[string]bool{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			if len(facts.Stacks) == 0 {
				facts.Stacks = nil // not known, which is not none
			}
			return
		}
		for i := range page.ResourceTagMappingList {
			one := &page.ResourceTagMappingList[i]
			for _, tag := range one.Tags { // of the tags only these are kept
				if aws.ToString(tag.Key) == stackTag {
					facts.Stacks[aws.ToString(one.ResourceARN)] = aws.ToString(tag.Value)
				}
				if byTerraform(aws.ToString(tag.Key), aws.ToString(tag.Value)) {
					facts.Terraform[aws.ToString(one.ResourceARN)] = true
				}
			}
		}
	}
}

// byTerraform tells whether a tag says that Terraform manages what carries it. Terraform sets no tag by itself; these are
// the ones that people give as default_tags: ManagedBy = "Terraform", terraform = "true".
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/resource-tagging
func byTerraform(key, value string) bool {
	key = strings.NewReplacer("-", "", "_", "", ":", "", " ", "").Replace(strings.ToLower(key))
	value = strings.ToLower(value)
	if key == "terraform" || key == "opentofu" {
		return value == "true" || value == "yes" || value == "1"
	}
	named := value == "terraform" || value == "opentofu"
	return named && slices.Contains([]string{"managedby", "provisionedby", "provisioner", "createdby", "deployedby", "iac", "iactool", "tool"}, key)
}
