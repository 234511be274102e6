package collect

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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
	// Remembered is asked once for what need not be read of the functions because an earlier run did; nil for nothing.
	Remembered func(functions []fact.Function) Remembered
	// Groups are sets of tags; which functions carry them is read beside the selection.
	Groups []map[string][]string
	// OwnerTag is the key of the tag that says who owns a function; empty where nobody asks. Of tags nothing else is kept.
	OwnerTag string
	// Roles are the ARNs of further roles to read: those that code is declared to assume.
	Roles []string
	// Aliases are the ARNs of aliases of KMS keys by which code is declared to call.
	Aliases []string
}

// Remembered is what earlier runs read of functions one by one, by the functions' ARNs.
type Remembered struct {
	Destinations map[string][]fact.Destination
	// URLs are the triggers that the functions' URLs are.
	URLs map[string][]fact.Trigger
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

// maxOwner is how long the value of a tag may be.
//
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const maxOwner = 256

// owners are the values of one tag of functions, by ARN: of every tag that comes with it nothing is kept. A value that
// cannot be an attribute of a message is left out.
func (c *Collector) owners(ctx context.Context, tag string) fact.Read[map[string]string] {
	read := call{Operation: "tag:GetResources", Permission: "tag:GetResources", Resource: "*"}
	owners := map[string]string{}
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(c.Tags, &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(100),
		TagFilters: []types.TagFilter{{Key: aws.String(tag)}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fact.NotRead[map[string]string](read.unread(err))
		}
		for i := range page.ResourceTagMappingList {
			one := &page.ResourceTagMappingList[i]
			for _, have := range one.Tags {
				if owner := aws.ToString(have.Value); aws.ToString(have.Key) == tag && attribute(owner) {
					owners[aws.ToString(one.ResourceARN)] = owner
				}
			}
		}
	}
	return fact.Known(owners)
}

// attribute tells whether a text can be an attribute of a message: short, not empty, and nothing that is not seen.
func attribute(text string) bool {
	return text != "" && len([]rune(text)) <= maxOwner && utf8.ValidString(text) && strings.TrimSpace(text) == text &&
		strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
