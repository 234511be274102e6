package collect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// MetricsAPI is what is read of metrics.
type MetricsAPI interface {
	cloudwatch.GetMetricDataAPIClient
}

var _ MetricsAPI = (*cloudwatch.Client)(nil)

// Metric is a number that is asked for: the sum over the window, or the largest value where Most is set.
type Metric struct {
	Namespace, Name string
	Dimensions      map[string]string
	Most            bool
}

// metricPeriod is the length of the parts that the window is summed up in: a multiple of a minute, in which every window of up
// to a week has fewer parts than an answer holds.
const metricPeriod = 5 * time.Minute

// Measure reads metrics since a time, in the order that they are asked for. One is absent where it has no data point: nothing
// happened, or the dimensions name nothing that exists.
func (c *Collector) Measure(ctx context.Context, wanted []Metric, since time.Time) ([]fact.Read[float64], fact.Unread) {
	read := call{Operation: "cloudwatch:GetMetricData", Permission: "cloudwatch:GetMetricData", Resource: "*"}
	out := make([]fact.Read[float64], len(wanted))
	in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(since.Truncate(metricPeriod)), EndTime: aws.Time(c.Now().Add(time.Minute))}
	for i, m := range wanted {
		stat := "Sum"
		if m.Most {
			stat = "Maximum"
		}
		metric := &types.Metric{Namespace: aws.String(m.Namespace), MetricName: aws.String(m.Name)}
		for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
			metric.Dimensions = append(metric.Dimensions, types.Dimension{Name: aws.String(name), Value: aws.String(m.Dimensions[name])})
		}
		in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{
			Id: aws.String(fmt.Sprintf("m%d", i)), MetricStat: &types.MetricStat{Metric: metric, Period: aws.Int32(int32(metricPeriod / time.Second)), Stat: aws.String(stat)},
		})
	}
	pages := cloudwatch.NewGetMetricDataPaginator(c.Numbers, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			why := read.unread(err)
			for i := range out {
				out[i] = fact.NotRead[float64](why)
			}
			return out, why
		}
		for _, r := range page.MetricDataResults {
			at := slices.IndexFunc(in.MetricDataQueries, func(q types.MetricDataQuery) bool { return aws.ToString(q.Id) == aws.ToString(r.Id) })
			if at < 0 {
				continue
			}
			total, has := out[at].Value()
			for _, v := range r.Values {
				if wanted[at].Most {
					total, has = max(total, v), true
				} else {
					total, has = total+v, true
				}
			}
			if has {
				out[at] = fact.Known(total)
			} else if r.StatusCode != types.StatusCodeInternalError && r.StatusCode != types.StatusCodeForbidden {
				out[at] = fact.Absent[float64]()
			}
		}
	}
	return out, fact.Unread{}
}
