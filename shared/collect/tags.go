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
	// Groups are sets of tags; which functions carry them is read beside the selection.
	Groups []map[string][]string
	// Roles are the ARNs of further roles to read: those that code is declared to assume.
	Roles []string
}

// groups reads which functions carry the tags that declarations ask for, each set once.
func (c *Collector) groups(ctx context.Context, groups []map[string][]string, facts *fact.Facts) {
	for _, tags := range groups {
		key := fact.TagsKey(tags)
		if _, done := facts.Tagged[key]; !done {
			facts.Tagged[key] = c.tagged(ctx, tags)
		}
	}
}

// tagged are the ARNs of the functions that carry the tags.
func (c *Collector) tagged(ctx context.Context, tags map[string][]string) fact.Read[map[string]bool] {
	read := call{Operation: "tag:GetResources", Permission: "tag:GetResources", Resource: "*"}
	in := &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(100)}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.TagFilters = append(in.TagFilters, types.TagFilter{Key: aws.String(key), Values: tags[key]})
	}
	arns := map[string]bool{}
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(c.Tags, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fact.NotRead[map[string]bool](read.unread(err))
		}
		for i := range page.ResourceTagMappingList {
			arns[aws.ToString(page.ResourceTagMappingList[i].ResourceARN)] = true
		}
	}
	return fact.Known(arns)
}
