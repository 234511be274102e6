package collect

import (
	"context"
	"regexp"
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

// logicalTag is the name of the resource in its stack's template. The CDK ends it with eight digits of a hash, and leaves no
// other trace at what it makes.
//
// https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html
const logicalTag = "aws:cloudformation:logical-id"

var byCDK = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*[0-9A-F]{8}$`)

// samTag is what SAM gives the functions that it makes.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
const samTag, samMade = "lambda:createdBy", "SAM"

// Owners reads which stacks own the functions, and of which the tags say that Terraform does: a page for a hundred of them. It is asked only where a fix is to be made.
// Where it cannot be read, fixes do not say where to make them first, which leaves nothing undecided.
func (c *Collector) Owners(ctx context.Context, facts *fact.Facts) {
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(c.Tags, &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{"lambda:function"}, ResourcesPerPage: aws.Int32(100),
	})
	facts.Stacks, facts.Terraform, facts.SAM, facts.CDK = map[string]string{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
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
			arn := aws.ToString(one.ResourceARN)
			for _, tag := range one.Tags { // of the tags only these are kept
				switch key, value := aws.ToString(tag.Key), aws.ToString(tag.Value); {
				case key == samTag && value == samMade:
					facts.SAM[arn] = true
				case key == logicalTag && byCDK.MatchString(value) && hashed(value[len(value)-8:]):
					facts.CDK[arn] = true
				}
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

// hashed tells whether eight digits look like those of a hash: words and plain numbers do not hold both kinds.
func hashed(digits string) bool {
	return strings.ContainsAny(digits, "0123456789") && strings.ContainsAny(digits, "ABCDEF")
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

// TargetOwners reads which stacks own called resources, as far as it can be read: a call for a hundred of an account and
// Region. Where it cannot, nothing is undecided. Roles have no such tag, nor registries any.
//
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
func (c *Collector) TargetOwners(ctx context.Context, facts *fact.Facts, targets []fact.Target) {
	type place struct{ account, region string }
	arns := map[place][]string{}
	for _, t := range targets {
		if t.Kind == fact.TargetRole || t.Kind == fact.TargetRegistry {
			continue
		}
		at := place{t.Account, regionOf(t, c.Account.Region)}
		arns[at] = append(arns[at], t.Tagged())
	}
	if facts.TargetStacks == nil {
		facts.TargetStacks = map[string]string{}
	}
	for at, of := range arns {
		owner, _ := c.in(ctx, at.account, call{Operation: "tag:GetResources", Permission: "tag:GetResources", Resource: "*"})
		if owner == nil {
			continue
		}
		slices.Sort(of)
		for some := range slices.Chunk(slices.Compact(of), 100) {
			out, err := owner.Tags.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: some},
				func(o *resourcegroupstaggingapi.Options) { o.Region = at.region })
			if err != nil {
				break
			}
			for i := range out.ResourceTagMappingList {
				one := &out.ResourceTagMappingList[i]
				for _, tag := range one.Tags { // of the tags only this one is kept
					if aws.ToString(tag.Key) == stackTag {
						facts.TargetStacks[aws.ToString(one.ResourceARN)] = aws.ToString(tag.Value)
					}
				}
			}
		}
	}
}
