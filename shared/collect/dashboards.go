package collect

import (
	"context"
	"maps"
	"slices"

	"permprobe/shared/fact"
)

// dataSourceTag is the tag by which CloudWatch finds the functions that it may ask for metrics.
const dataSourceTag = "cloudwatch:datasource"

// dashboards reads which functions are data sources of CloudWatch: a tag of the function alone says so.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_MultiDataSources-Connect-Custom.html
func (c *Collector) dashboards(ctx context.Context) sources {
	found := sources{facts: fact.KindDashboards}
	read := c.tagged(ctx, map[string][]string{dataSourceTag: nil})
	if why, unread := read.Unread(); unread {
		found.missing(why)
	}
	tagged, _ := read.Value()
	for _, arn := range slices.Sorted(maps.Keys(tagged)) {
		ref, err := fact.ParseFunctionARN(arn)
		if err != nil {
			continue // a tag of something else
		}
		source := "metrics of " + ref.Name()
		found.triggers = append(found.triggers, fact.Trigger{
			Kind: fact.TriggerDashboard, Function: ref, SourceID: arn, SourceName: source, Account: c.Account.ID,
			Routes: []fact.Route{{Label: source, Requests: []string{""}}},
		})
	}
	return found
}
