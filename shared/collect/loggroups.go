package collect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
)

// LogsAPI is what is read from CloudWatch Logs.
type LogsAPI interface {
	cloudwatchlogs.DescribeLogGroupsAPIClient
	cloudwatchlogs.DescribeSubscriptionFiltersAPIClient
	cloudwatchlogs.FilterLogEventsAPIClient
	DescribeAccountPolicies(context.Context, *cloudwatchlogs.DescribeAccountPoliciesInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeAccountPoliciesOutput, error)
}

var _ LogsAPI = (*cloudwatchlogs.Client)(nil)

// groupsAsked is of how many log groups one call asks. An account holds thousands of groups of functions that are gone, so
// that asking for the names costs less than listing what begins alike.
//
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
const groupsAsked = 50

// describeGroups is the call that shows log groups.
var describeGroups = call{Operation: "logs:DescribeLogGroups", Permission: "logs:DescribeLogGroups", Resource: "*"}

// LogGroups says whether the named groups exist, and reads those that were not read with their keys. It is asked only for
// groups that a role may not create, because everywhere else it does not matter.
func (c *Collector) LogGroups(ctx context.Context, facts *fact.Facts, names []string) {
	var unread []fact.Target
	for _, name := range names {
		t, is := fact.TargetOf(c.inRegion("logs", "log-group:"+name))
		if _, asked := facts.Targets[t.ARN]; is && !asked {
			unread = append(unread, t)
		}
	}
	read := c.storedGroups(ctx, unread)
	for _, name := range names {
		arn := c.inRegion("logs", "log-group:"+name)
		if _, is := fact.TargetOf(arn); !is { // what a template leaves open of the name is no name to ask for
			facts.LogGroups[name] = c.logGroup(ctx, name)
			continue
		}
		one, asked := facts.Targets[arn]
		if !asked {
			one = read[arn]
		}
		group, known := one.Value()
		switch why, missing := one.Unread(); {
		case known && group.Keyless.IsZero():
			facts.LogGroups[name] = fact.Known(fact.LogGroup{Name: name})
		case known:
			facts.LogGroups[name] = fact.NotRead[fact.LogGroup](group.Keyless)
		case missing:
			facts.LogGroups[name] = fact.NotRead[fact.LogGroup](why)
		default:
			facts.LogGroups[name] = fact.Absent[fact.LogGroup]()
		}
	}
}

// storedGroups reads which of the log groups there are, and which keys encrypt them, many with a call.
func (c *Collector) storedGroups(ctx context.Context, wanted []fact.Target) map[string]fact.Read[fact.Target] {
	return inBatches(ctx, c, wanted, groupsAsked, c.groupsOf)
}

// groupsOf reads log groups of one account and Region. One that CloudWatch Logs does not take spoils the answer for the
// others, which are then asked for by halves, and alone at last by how their names begin: every Region takes that.
func (c *Collector) groupsOf(ctx context.Context, wanted []fact.Target) map[string]fact.Read[fact.Target] {
	out := map[string]fact.Read[fact.Target]{}
	owner, why := c.in(ctx, wanted[0].Account, describeGroups)
	if owner == nil {
		for _, t := range wanted {
			out[t.ARN] = fact.NotRead[fact.Target](why)
		}
		return out
	}
	region := regionOf(wanted[0], c.Account.Region)
	names := make([]string, len(wanted))
	for i, t := range wanted {
		names[i] = groupName(t)
	}
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(owner.Logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: names})
	found := map[string]types.LogGroup{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, func(o *cloudwatchlogs.Options) { o.Region = region })
		if err != nil && len(wanted) == 1 && isInvalid(err) {
			var group *types.LogGroup
			if group, err = owner.groupByPrefix(ctx, names[0], region); err == nil && group != nil {
				found[names[0]] = *group
			}
			if err == nil {
				break
			}
		}
		switch {
		case err != nil && len(wanted) > 1 && spoilsGroups(err):
			half := len(wanted) / 2
			maps.Copy(out, c.groupsOf(ctx, wanted[:half]))
			maps.Copy(out, c.groupsOf(ctx, wanted[half:]))
			return out
		case isNotFound(err):
			out[wanted[0].ARN] = fact.Absent[fact.Target]()
			return out
		case err != nil:
			for _, t := range wanted {
				out[t.ARN] = c.unreadGroup(t, c.asRole(t.Account, describeGroups.unread(err)))
			}
			return out
		}
		for _, one := range page.LogGroups {
			found[aws.ToString(one.LogGroupName)] = one
		}
	}
	for i, t := range wanted {
		out[t.ARN] = fact.Absent[fact.Target]()
		if one, is := found[names[i]]; is {
			out[t.ARN] = fact.Known(c.storedGroup(t, one))
		}
	}
	return out
}

// spoilsGroups tells whether an error is about one of the groups that were asked for, and not about the call.
func spoilsGroups(err error) bool {
	return isNotFound(err) || describeGroups.unread(err).Elsewhere || isInvalid(err)
}

func isInvalid(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "InvalidParameterException"
}

// storedGroup is what is kept of a log group: its key. Whom the account's policies of CloudWatch Logs let in from other
// accounts is not read.
func (c *Collector) storedGroup(t fact.Target, said types.LogGroup) fact.Target {
	t.Key = aws.ToString(said.KmsKeyId)
	t.Policy = fact.Absent[fact.ResourcePolicy]()
	if t.Account != c.Account.ID {
		t.Policy = fact.NotRead[fact.ResourcePolicy](fact.Unread{Operation: "logs:DescribeResourcePolicies",
			Reason: fmt.Sprintf("whether account %s lets others use the log group is not read: aws logs describe-resource-policies shows it", t.Account)})
	}
	return t
}

// unreadGroup is a log group of which nothing is known but that within the account no policy of its own decides.
func (c *Collector) unreadGroup(t fact.Target, why fact.Unread) fact.Read[fact.Target] {
	if why.Elsewhere || t.Account != c.Account.ID {
		return fact.NotRead[fact.Target](why)
	}
	t.Policy, t.Keyless = fact.Absent[fact.ResourcePolicy](), why
	return fact.Known(t)
}

func groupName(t fact.Target) string {
	_, name, _ := strings.Cut(t.ARN, ":log-group:")
	return name
}

// logGroup tells whether there is a group of the name.
func (c *Collector) logGroup(ctx context.Context, name string) fact.Read[fact.LogGroup] {
	group, err := c.groupByPrefix(ctx, name, c.Account.Region)
	switch {
	case err != nil:
		return fact.NotRead[fact.LogGroup](describeGroups.unread(err))
	case group == nil:
		return fact.Absent[fact.LogGroup]()
	}
	return fact.Known(fact.LogGroup{Name: name})
}

// groupByPrefix looks for a group among those whose names begin like its own; nil where there is none.
func (c *Collector) groupByPrefix(ctx context.Context, name, region string) (*types.LogGroup, error) {
	// Names sort before longer ones with the same beginning, but the order of the answer is not promised.
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.Logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, func(o *cloudwatchlogs.Options) { o.Region = region })
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(page.LogGroups, func(g types.LogGroup) bool { return aws.ToString(g.LogGroupName) == name }); at >= 0 {
			return &page.LogGroups[at], nil
		}
	}
	return nil, nil
}
