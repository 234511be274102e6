package collect

import (
	"context"
	"fmt"
	"maps"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Wanted is a function to be read by Pair.
type Wanted struct {
	Matches func(name, arn string) bool
	// Qualifier is the version or alias whose configuration counts; empty for the function as it is now.
	Qualifier string
}

// Pair reads functions with their roles and what says what the roles must be allowed, each in facts of its own, and
// nothing of what calls them. A function that is not there has facts without functions. Where a listing failed, the
// facts say so.
//
// Of the selection its groups of tags and its further roles count.
func (c *Collector) Pair(ctx context.Context, wanted []Wanted, selection Selection) []*fact.Facts {
	base := &fact.Facts{Account: c.Account, Time: c.Now(), States: map[string]fact.Read[fact.State]{}}
	list, readRoles := c.functions, c.roles
	if c.Functions != nil {
		list, readRoles = c.namedFunctions, c.namedRoles
	}
	all, _ := list(ctx, base, newEnvironment()) // what variables name is not compared
	together := c.empty(base)
	out := make([]*fact.Facts, len(wanted))
	for i, one := range wanted {
		out[i] = c.empty(base)
		for _, function := range all {
			if !one.Matches(function.Name, function.ARN) {
				continue
			}
			if one.Qualifier != "" {
				var why fact.Unread
				if function, why = c.version(ctx, fact.FunctionRef{ARN: function.ARN, Qualifier: one.Qualifier}); !why.IsZero() {
					out[i].Unread = append(out[i].Unread, fact.Incomplete{Kind: fact.KindVersions, Unread: why})
					break
				}
			}
			out[i].Functions = []fact.Function{function}
			together.Functions = append(together.Functions, function)
			break
		}
	}
	if len(together.Functions) == 0 {
		return out
	}
	c.groups(ctx, selection.Groups, together)
	c.keyAliases(ctx, selection.Aliases, together)
	readRoles(ctx, together, selection.Roles)
	mapped := c.mappings(ctx)
	for i := range out {
		maps.Copy(out[i].Roles, together.Roles)
		maps.Copy(out[i].Tagged, together.Tagged)
		out[i].KeyAliases = maps.Clone(together.KeyAliases)
		if len(out[i].Functions) == 0 {
			continue
		}
		c.destinations(ctx, out[i], nil)
		mapped.keep(out[i])
		c.versionRoles(ctx, out[i])
		c.formerRoles(ctx, out[i])
	}
	return out
}

// empty are facts that hold what could not be read already, and nothing else.
func (c *Collector) empty(base *fact.Facts) *fact.Facts {
	return &fact.Facts{
		Account: base.Account, Time: base.Time,
		Unread:       append([]fact.Incomplete(nil), base.Unread...),
		Roles:        map[string]fact.Read[fact.Role]{},
		Policies:     map[fact.FunctionRef]fact.Read[fact.ResourcePolicy]{},
		LogGroups:    map[string]fact.Read[fact.LogGroup]{},
		Destinations: map[string]fact.Read[[]fact.Destination]{},
		VersionRoles: map[fact.FunctionRef]fact.Read[[]string]{}, VersionStates: map[fact.FunctionRef]fact.State{},
		Tagged: map[string]fact.Read[map[string]bool]{},
	}
}

// version reads the configuration with which a version was published, or the one that an alias names.
func (c *Collector) version(ctx context.Context, ref fact.FunctionRef) (fact.Function, fact.Unread) {
	get := call{Operation: "lambda:GetFunctionConfiguration", Permission: "lambda:GetFunctionConfiguration", Resource: ref.String()}
	out, err := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
		FunctionName: aws.String(ref.ARN), Qualifier: aws.String(ref.Qualifier),
	})
	switch {
	case isNotFound(err):
		return fact.Function{}, fact.Unread{Operation: get.Operation, Reason: fmt.Sprintf("%s has no version or alias %s", ref.Name(), ref.Qualifier)}
	case err != nil:
		return fact.Function{}, get.unread(err)
	}
	return reduceFunction(listedAs(out)), fact.Unread{}
}
