package localaws_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"permprobe/shared/localaws"
)

func TestMetricsAreSummedUpOverPeriodsByTheirExactDimensions(t *testing.T) {
	at := time.Now().UTC().Truncate(5 * time.Minute)
	point := func(ago time.Duration, function string, value float64) localaws.DataPoint {
		return localaws.DataPoint{Namespace: "AWS/Lambda", Name: "Errors", Dimensions: map[string]string{"FunctionName": function}, Time: at.Add(-ago), Value: value}
	}
	_, cfg := start(t, localaws.Options{PageSize: 1, Metrics: []localaws.DataPoint{
		point(time.Minute, "a", 2), point(2*time.Minute, "a", 3), point(20*time.Minute, "a", 4), point(time.Minute, "b", 5), point(3*time.Hour, "a", 100),
	}}, admin)
	query := func(id, stat, function string) types.MetricDataQuery {
		return types.MetricDataQuery{Id: aws.String(id), MetricStat: &types.MetricStat{Period: aws.Int32(300), Stat: aws.String(stat), Metric: &types.Metric{
			Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"), Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String(function)}},
		}}}
	}
	got := map[string][]float64{}
	for p := cloudwatch.NewGetMetricDataPaginator(cloudwatch.NewFromConfig(cfg), &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(at.Add(-time.Hour)), EndTime: aws.Time(at), MetricDataQueries: []types.MetricDataQuery{query("sum", "Sum", "a"), query("most", "Maximum", "a"), query("none", "Sum", "c")},
	}); p.HasMorePages(); {
		page, err := p.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.MetricDataResults {
			got[*r.Id] = r.Values
			if len(r.Timestamps) != len(r.Values) || len(r.Timestamps) > 1 && !r.Timestamps[0].After(r.Timestamps[1]) || r.StatusCode != types.StatusCodeComplete {
				t.Errorf("%s: %v %s", *r.Id, r.Timestamps, r.StatusCode)
			}
		}
	}
	if len(got["sum"]) != 2 || got["sum"][0] != 5 || got["sum"][1] != 4 || got["most"][0] != 3 || got["none"] == nil && len(got) != 3 {
		t.Errorf("%v", got)
	}
	_, err := cloudwatch.NewFromConfig(cfg).GetMetricData(context.Background(), &cloudwatch.GetMetricDataInput{StartTime: aws.Time(at), EndTime: aws.Time(at), MetricDataQueries: []types.MetricDataQuery{query("x", "Sum", "a")}})
	if code, _, _ := apiErr(t, err); code != "ValidationError" {
		t.Errorf("an empty window: %v", err)
	}
}
