package localaws

import (
	"fmt"
	"maps"
	"strconv"
	"time"
)

// A DataPoint is one value of a metric, which has exactly these dimensions.
type DataPoint struct {
	Namespace, Name string
	Dimensions      map[string]string
	Time            time.Time
	Value           float64
}

// cloudwatchGetMetricData gives the sums, largest values or averages of metrics over periods, the latest first. Of queries it
// knows those of one metric alone, and no expressions.
// See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
var cloudwatchGetMetricData = operation{
	service: "monitoring", name: "GetMetricData", needs: anywhere("cloudwatch:GetMetricData"), shows: []string{"StartTime", "EndTime"},
	serve: func(c *call) (any, error) {
		from, until := epoch(c.body["StartTime"]), epoch(c.body["EndTime"])
		if from.IsZero() || until.IsZero() || !from.Before(until) {
			return nil, &apiError{Status: 400, Code: "ValidationError", Message: "The parameter StartTime must be less than the parameter EndTime."}
		}
		queries := items(c.body["MetricDataQueries"])
		if len(queries) == 0 || len(queries) > 500 {
			return nil, &apiError{Status: 400, Code: "ValidationError", Message: "The parameter MetricDataQueries must have 1 to 500 members."}
		}
		var all []any
		for _, q := range queries {
			one, err := c.metricData(object(q), from, until)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		cut, token, err := page(c, all, text(c.body["NextToken"]), 0, 500, 500)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"MetricDataResults": append([]any{}, cut...), "Messages": []any{}}, token), nil
	},
}

// epoch reads a time of the CBOR protocol.
func epoch(v any) time.Time {
	switch v := v.(type) {
	case float64:
		return time.Unix(int64(v), 0)
	default:
		n, err := strconv.ParseInt(text(v), 10, 64)
		if err != nil {
			return time.Time{}
		}
		return time.Unix(n, 0)
	}
}

func (c *call) metricData(q map[string]any, from, until time.Time) (map[string]any, error) {
	stat := object(q["MetricStat"])
	metric := object(stat["Metric"])
	period, ok := integer(stat["Period"])
	if stat == nil || metric == nil || !ok || period <= 0 || period%60 != 0 {
		return nil, &apiError{Status: 400, Code: "ValidationError", Message: "of queries it knows a metric with a period of whole minutes alone"}
	}
	dimensions := map[string]string{}
	for _, d := range items(metric["Dimensions"]) {
		dimensions[text(object(d)["Name"])] = text(object(d)["Value"])
	}
	type sum struct {
		total, most float64
		n           int
	}
	buckets := map[int64]*sum{}
	for _, p := range c.srv.opts.Metrics {
		if p.Namespace != text(metric["Namespace"]) || p.Name != text(metric["MetricName"]) || !maps.Equal(p.Dimensions, dimensions) || p.Time.Before(from) || !p.Time.Before(until) {
			continue
		}
		at := p.Time.Unix() / period * period
		b := buckets[at]
		if b == nil {
			b = &sum{most: p.Value}
			buckets[at] = b
		}
		b.total, b.most, b.n = b.total+p.Value, max(b.most, p.Value), b.n+1
	}
	var times []int64
	for at := range buckets {
		times = append(times, at)
	}
	sorted(times, func(a, b int64) bool { return a > b })
	stamps, values := []any{}, []any{}
	for _, at := range times {
		b := buckets[at]
		value := map[string]float64{"Sum": b.total, "Maximum": b.most, "Average": b.total / float64(b.n), "SampleCount": float64(b.n)}
		v, known := value[text(stat["Stat"])]
		if !known {
			return nil, &apiError{Status: 400, Code: "ValidationError", Message: fmt.Sprintf("the statistic %q is not known", text(stat["Stat"]))}
		}
		stamps, values = append(stamps, time.Unix(at, 0)), append(values, v)
	}
	return map[string]any{
		"Id": text(q["Id"]), "Label": text(metric["MetricName"]), "StatusCode": "Complete", "Timestamps": stamps, "Values": values,
	}, nil
}
