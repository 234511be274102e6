package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
)

// stackTag is how CloudFormation marks what a stack owns.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
const stackTag = "aws:cloudformation:stack-name"

// Owners reads which stacks own the functions: a page for a hundred of them. It is asked only where a fix is to be made.
// Where it cannot be read, fixes do not say where to make them first, which leaves nothing undecided.
func (c *Collector) Owners(ctx context.Context, facts *fact.Facts) {
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(c.Tags, &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(100),
		TagFilters: []types.TagFilter{{Key: aws.String(stackTag)}},
	})
	facts.Stacks = map[string]string{}
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
			for _, tag := range one.Tags { // of the tags only this one is kept
				if aws.ToString(tag.Key) == stackTag {
					facts.Stacks[aws.ToString(one.ResourceARN)] = aws.ToString(tag.Value)
				}
			}
		}
	}
}
