package collect

import (
	"context"
	"slices"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// AlarmsAPI is what is read of CloudWatch's alarms.
type AlarmsAPI interface {
	cloudwatch.DescribeAlarmsAPIClient
}

var _ AlarmsAPI = (*cloudwatch.Client)(nil)

// alarms reads which functions alarms of every type call: CloudWatch lists those alone that call some function. An alarm
// whose actions are off calls nothing.
func (c *Collector) alarms(ctx context.Context) sources {
	found := sources{facts: fact.KindAlarms}
	list := call{Operation: "cloudwatch:DescribeAlarms", Permission: "cloudwatch:DescribeAlarms", Resource: "*"}
	pages := cloudwatch.NewDescribeAlarmsPaginator(c.Alarms, &cloudwatch.DescribeAlarmsInput{
		ActionPrefix: aws.String("arn:" + c.Account.Partition + ":lambda:"),
		AlarmTypes:   []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm, types.AlarmTypeLogAlarm},
		MaxRecords:   aws.Int32(100),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		add := func(arn, name *string, enabled *bool, actions ...[]string) {
			if enabled != nil && !*enabled {
				return
			}
			id := aws.ToString(name)
			for _, target := range slices.Concat(actions...) {
				found.add(fact.Trigger{
					Kind: fact.TriggerAlarm, Source: aws.ToString(arn), SourceID: id, SourceName: id, Account: c.Account.ID,
				}, target)
			}
		}
		for _, a := range page.MetricAlarms {
			add(a.AlarmArn, a.AlarmName, a.ActionsEnabled, a.AlarmActions, a.OKActions, a.InsufficientDataActions)
		}
		for _, a := range page.CompositeAlarms {
			add(a.AlarmArn, a.AlarmName, a.ActionsEnabled, a.AlarmActions, a.OKActions, a.InsufficientDataActions)
		}
		for _, a := range page.LogAlarms {
			add(a.AlarmArn, a.AlarmName, a.ActionsEnabled, a.AlarmActions, a.OKActions, a.InsufficientDataActions)
		}
	}
	return found
}
