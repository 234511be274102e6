package collect

import (
	"context"
	"slices"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// versionRoles reads as which role the versions and aliases run that a mapping or a destination belongs to, as far as
// that is not known yet. Of an alias that shifts traffic between two versions, it is the role of the one that it
// names.
func (c *Collector) versionRoles(ctx context.Context, facts *fact.Facts) {
	var refs []fact.FunctionRef
	need := func(ref fact.FunctionRef) {
		if _, read := facts.VersionRoles[ref]; !read && ref.Qualifier != "" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	for i := range facts.Mappings {
		need(facts.Mappings[i].Function)
	}
	for i := range facts.Functions {
		destinations, _ := facts.Destinations[facts.Functions[i].ARN].Value()
		for _, destination := range destinations {
			need(destination.Function)
		}
	}
	order(facts, refs)
	read := make([]fact.Read[string], len(refs))
	forEach(ctx, len(refs), func(ctx context.Context, i int) { read[i] = c.versionRole(ctx, refs[i]) })
	for i, ref := range refs {
		facts.VersionRoles[ref] = read[i]
	}
}

func (c *Collector) versionRole(ctx context.Context, ref fact.FunctionRef) fact.Read[string] {
	get := call{Operation: "lambda:GetFunctionConfiguration", Permission: "lambda:GetFunctionConfiguration", Resource: ref.String()}
	out, err := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
		FunctionName: aws.String(ref.ARN), Qualifier: aws.String(ref.Qualifier),
	})
	switch {
	case isNotFound(err):
		return fact.Absent[string]()
	case err != nil:
		return fact.NotRead[string](get.unread(err))
	}
	return fact.Known(aws.ToString(out.Role))
}
