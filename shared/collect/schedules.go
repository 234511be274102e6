package collect

import (
	"context"
	"encoding/json"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// SchedulesAPI is what is read from EventBridge Scheduler.
type SchedulesAPI interface {
	scheduler.ListSchedulesAPIClient
	GetSchedule(context.Context, *scheduler.GetScheduleInput, ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error)
}

var _ SchedulesAPI = (*scheduler.Client)(nil)

// schedules reads which functions the schedules call that are on. The listing has no roles, so each that may call a
// function is asked for.
func (c *Collector) schedules(ctx context.Context) sources {
	found := sources{facts: fact.KindSchedules}
	list := call{Operation: "scheduler:ListSchedules", Permission: "scheduler:ListSchedules", Resource: "*"}
	var all []types.ScheduleSummary
	pages := scheduler.NewListSchedulesPaginator(c.Schedules, &scheduler.ListSchedulesInput{MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		for _, s := range page.Schedules {
			if s.State != types.ScheduleStateDisabled && s.Target != nil && (mayBeFunction(aws.ToString(s.Target.Arn)) || universal(aws.ToString(s.Target.Arn))) {
				all = append(all, s)
			}
		}
	}
	each := make([]sources, len(all))
	forEach(ctx, len(all), func(ctx context.Context, i int) { each[i] = c.schedule(ctx, &all[i]) })
	found.join(each)
	return found
}

// universal tells whether a target is the call of Lambda's API, which names the function in its input.
//
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
func universal(target string) bool {
	return strings.HasSuffix(strings.ToLower(target), ":scheduler:::aws-sdk:lambda:invoke")
}

func (c *Collector) schedule(ctx context.Context, summary *types.ScheduleSummary) sources {
	found := sources{facts: fact.KindSchedules}
	arn, name, group := aws.ToString(summary.Arn), aws.ToString(summary.Name), aws.ToString(summary.GroupName)
	get := call{Operation: "scheduler:GetSchedule of " + name, Permission: "scheduler:GetSchedule", Resource: arn}
	out, err := c.Schedules.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: aws.String(name), GroupName: aws.String(group)})
	switch {
	case isNotFound(err):
		return found // it was deleted after it was listed
	case err != nil:
		found.missing(get.unread(err))
		return found
	case out.Target == nil:
		return found
	}
	source := fact.Trigger{
		Kind: fact.TriggerSchedule, Source: arn, SourceID: name, SourceName: name, Account: c.Account.ID,
		Credentials: aws.ToString(out.Target.RoleArn),
		AssumedFor: fact.ARN{Partition: c.Account.Partition, Service: "scheduler", Region: c.Account.Region, Account: c.Account.ID,
			Resource: "schedule-group/" + group}.String(),
	}
	if group != "default" {
		source.SourceName = group + "/" + name
	}
	target := aws.ToString(out.Target.Arn)
	if universal(target) {
		var input struct{ FunctionName, Qualifier string }
		_ = json.Unmarshal([]byte(aws.ToString(out.Target.Input)), &input) // what it does not say is not known
		function, given := c.functionNamed(input.FunctionName, input.Qualifier)
		if !given {
			found.unclear("which function the schedule " + source.SourceName + " calls is not known: its input does not name it plainly")
			return found
		}
		target = function
	}
	found.add(source, target)
	return found
}
