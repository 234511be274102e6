package collect

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// versionRoles reads as which roles the versions and aliases run that something calls, or that a mapping or a
// destination belongs to, as far as that is not known yet.
func (c *Collector) versionRoles(ctx context.Context, facts *fact.Facts) {
	var refs []fact.FunctionRef
	need := func(ref fact.FunctionRef) {
		if _, read := facts.VersionRoles[ref]; !read && ref.Qualifier != "" && ref.Qualifier != "$LATEST" && !slices.Contains(refs, ref) {
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
	for _, ref := range qualified(facts) {
		need(ref)
	}
	order(facts, refs)
	read, states := make([]fact.Read[[]string], len(refs)), make([]fact.Read[fact.State], len(refs))
	forEach(ctx, len(refs), func(ctx context.Context, i int) { read[i], states[i] = c.rolesOf(ctx, refs[i]) })
	for i, ref := range refs {
		facts.VersionRoles[ref] = read[i]
		if state, known := states[i].Value(); known && state.Code != "" {
			facts.VersionStates[ref] = state
		}
	}
}

// rolesOf reads the role of a version, or those of the versions that an alias runs, and whether Lambda can start what it
// names: the first version that it cannot start is the one that is told.
func (c *Collector) rolesOf(ctx context.Context, ref fact.FunctionRef) (fact.Read[[]string], fact.Read[fact.State]) {
	first, state := c.versionRole(ctx, ref)
	role, known := first.Value()
	switch _, err := strconv.Atoi(ref.Qualifier); {
	case first.IsAbsent():
		return fact.Absent[[]string](), state
	case !known:
		why, _ := first.Unread()
		return fact.NotRead[[]string](why), state
	case err == nil:
		return fact.Known([]string{role}), state
	}
	versions, why := c.weighted(ctx, ref)
	if !why.IsZero() {
		return fact.NotRead[[]string](why), state
	}
	roles := []string{role}
	for _, version := range versions {
		read, its := c.versionRole(ctx, fact.FunctionRef{ARN: ref.ARN, Qualifier: version})
		other, known := read.Value()
		if why, unread := read.Unread(); unread {
			return fact.NotRead[[]string](why), state
		}
		if known && !slices.Contains(roles, other) {
			roles = append(roles, other)
		}
		if said, _ := state.Value(); said.Code == "" {
			state = its
		}
	}
	return fact.Known(roles), state
}

// weighted lists the versions that an alias shifts some of its traffic to.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
func (c *Collector) weighted(ctx context.Context, ref fact.FunctionRef) ([]string, fact.Unread) {
	list := call{Operation: "lambda:ListAliases of " + ref.ARN, Permission: "lambda:ListAliases", Resource: ref.ARN}
	pages := lambda.NewListAliasesPaginator(c.Lambda, &lambda.ListAliasesInput{FunctionName: aws.String(ref.ARN)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, list.unread(err)
		}
		for _, alias := range page.Aliases {
			if aws.ToString(alias.Name) == ref.Qualifier && alias.RoutingConfig != nil {
				return slices.Sorted(maps.Keys(alias.RoutingConfig.AdditionalVersionWeights)), fact.Unread{}
			}
		}
	}
	return nil, fact.Unread{}
}

func (c *Collector) versionRole(ctx context.Context, ref fact.FunctionRef) (fact.Read[string], fact.Read[fact.State]) {
	get := call{Operation: "lambda:GetFunctionConfiguration", Permission: "lambda:GetFunctionConfiguration", Resource: ref.String()}
	out, err := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{
		FunctionName: aws.String(ref.ARN), Qualifier: aws.String(ref.Qualifier),
	})
	switch {
	case isNotFound(err):
		return fact.Absent[string](), fact.Absent[fact.State]()
	case err != nil:
		return fact.NotRead[string](get.unread(err)), fact.NotRead[fact.State](get.unread(err))
	}
	return fact.Known(aws.ToString(out.Role)), fact.Known(reduceState(out))
}

// formerRoles reads the roles that only versions run as. There are seldom any, so they are read apart.
func (c *Collector) formerRoles(ctx context.Context, facts *fact.Facts) {
	var former []string
	for _, read := range facts.VersionRoles {
		roles, _ := read.Value()
		for _, role := range roles {
			if _, read := facts.Roles[role]; !read && !slices.Contains(former, role) {
				former = append(former, role)
			}
		}
	}
	if len(former) == 0 {
		return
	}
	slices.Sort(former)
	apart := &fact.Facts{Account: facts.Account, Roles: map[string]fact.Read[fact.Role]{}}
	if c.Functions != nil {
		c.namedRoles(ctx, apart, former)
	} else {
		c.roles(ctx, apart, former)
	}
	maps.Copy(facts.Roles, apart.Roles)
}
