package collect

import (
	"context"
	"maps"
	"slices"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
)

// TagsAPI is what is read of tags: in bulk, because ListFunctions shows none.
type TagsAPI interface {
	resourcegroupstaggingapi.GetResourcesAPIClient
}

var _ TagsAPI = (*resourcegroupstaggingapi.Client)(nil)

// Selection says which functions to look at.
type Selection struct {
	// Matches picks by name and ARN.
	Matches func(name, arn string) bool
	// Tags are the tags that a function must carry, each with one of the values; any value where there are none.
	Tags map[string][]string
	// From is the ARN at which the order of the functions begins; empty for the first. The function need not
	// exist any more.
	From string
	// Remembered is asked once for the destinations of functions, by ARN, that need not be read because an earlier
	// run did; nil for none.
	Remembered func(functions []fact.Function) map[string][]fact.Destination
}

// tagged are the ARNs of the functions that carry the tags. known is false where they could not be read.
func (c *Collector) tagged(ctx context.Context, tags map[string][]string, facts *fact.Facts) (arns map[string]bool, known bool) {
	read := call{Operation: "tag:GetResources", Permission: "tag:GetResources", Resource: "*"}
	in := &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(100)}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.TagFilters = append(in.TagFilters, types.TagFilter{Key: aws.String(key), Values: tags[key]})
	}
	arns = map[string]bool{}
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(c.Tags, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: fact.KindFunctions, Unread: read.unread(err)})
			return nil, false
		}
		for i := range page.ResourceTagMappingList {
			arns[aws.ToString(page.ResourceTagMappingList[i].ResourceARN)] = true
		}
	}
	return arns, true
}
