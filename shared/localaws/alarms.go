package localaws

import (
	"slices"
	"strings"
)

// An alarm of any type, with the list of DescribeAlarms' answer that it is in.
type alarm struct {
	list  string
	value map[string]any
}

// alarm makes an alarm of the type that its list is for. Metric, composite and log alarms share their names.
func (b *builder) alarm(list string) {
	home, r := b.home(), b.res
	if !once(b, home.alarms, r.PhysicalID, "alarm") {
		return
	}
	value := shape{
		{from: "AlarmDescription"}, {from: "ActionsEnabled", kind: kindBool},
		{from: "AlarmActions", kind: kindTexts}, {from: "OKActions", kind: kindTexts}, {from: "InsufficientDataActions", kind: kindTexts},
	}.project(r.Properties, asIs)
	if _, told := value["ActionsEnabled"]; !told {
		value["ActionsEnabled"] = true
	}
	value["AlarmName"], value["AlarmArn"], value["StateValue"] = r.PhysicalID, r.ARN, "INSUFFICIENT_DATA"
	home.alarms[r.PhysicalID] = alarm{list, value}
}

func (b *builder) metricAlarm()    { b.alarm("MetricAlarms") }
func (b *builder) compositeAlarm() { b.alarm("CompositeAlarms") }
func (b *builder) logAlarm()       { b.alarm("LogAlarms") }

// calls tells whether one of the actions begins like prefix; one that is not known may.
func (a alarm) calls(prefix string) bool {
	for _, list := range []string{"AlarmActions", "OKActions", "InsufficientDataActions"} {
		for _, action := range texts(anyList(a.value[list])) {
			if strings.HasPrefix(action, prefix) || isUnknown(action) {
				return true
			}
		}
	}
	return prefix == ""
}

func anyList(v any) []any {
	texts, _ := v.([]string)
	out := make([]any, len(texts))
	for i, s := range texts {
		out[i] = s
	}
	return out
}

// cloudwatchDescribeAlarms lists metric alarms alone unless other types are asked for, and composite alarms only to those
// who may describe all alarms. Types are MetricAlarm, CompositeAlarm and LogAlarm: the lists' names without their s.
// See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html.
var cloudwatchDescribeAlarms = operation{
	service: "monitoring", name: "DescribeAlarms", needs: anywhere("cloudwatch:DescribeAlarms"), shows: []string{"ActionPrefix", "AlarmNames", "MaxRecords"},
	serve: func(c *call) (any, error) {
		limit, ok := number(text(c.body["MaxRecords"]), 100)
		if !ok {
			return nil, &apiError{Status: 400, Code: "ValidationError", Message: "1 validation error detected: Value at 'maxRecords' failed to satisfy constraint: Member must have value between 1 and 100"}
		}
		types, found := texts(c.body["AlarmTypes"]), []alarm{}
		if len(types) == 0 {
			types = []string{"MetricAlarm"}
		}
		names := texts(c.body["AlarmNames"])
		for _, name := range c.named("cloudwatch", "alarm:") {
			if _, held := c.home().alarms[name]; !held && slices.Contains(names, name) && slices.Contains(types, "MetricAlarm") {
				// A policy names it and no template holds it: nothing is known of what it does.
				found = append(found, alarm{"MetricAlarms", map[string]any{"AlarmName": name, "AlarmArn": c.home().arn("cloudwatch", "alarm:"+name)}})
			}
		}
		for _, one := range sortedValues(c.home().alarms) {
			if len(names) > 0 && !slices.Contains(names, text(one.value["AlarmName"])) {
				continue
			}
			if slices.Contains(types, strings.TrimSuffix(one.list, "s")) && one.calls(text(c.body["ActionPrefix"])) {
				found = append(found, one)
			}
		}
		cut, token, err := page(c, found, text(c.body["NextToken"]), limit, 50, 100)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"MetricAlarms": []any{}, "CompositeAlarms": []any{}, "LogAlarms": []any{}}
		for _, one := range cut {
			out[one.list] = append(out[one.list].([]any), one.value)
		}
		return withToken(out, token), nil
	},
}
