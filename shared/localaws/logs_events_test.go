package localaws_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"permprobe/shared/localaws"
)

func TestLinesOfALogGroupComeInBothOrdersByTimeAndByOptionalTerms(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	lines := []localaws.LogLine{
		{Group: "g", Time: at, Message: "first denied"}, {Group: "g", Time: at.Add(time.Minute), Message: "second"},
		{Group: "g", Time: at.Add(2 * time.Minute), Message: "third not allowed"}, {Group: "other", Time: at, Message: "denied"},
	}
	for _, size := range []int{0, 1} {
		_, cfg := start(t, localaws.Options{Logs: lines, PageSize: size}, admin, `Resources: {G: {Type: AWS::Logs::LogGroup}}`)
		logs := cloudwatchlogs.NewFromConfig(cfg)
		read := func(in *cloudwatchlogs.FilterLogEventsInput) string {
			t.Helper()
			var out []string
			in.LogGroupName = aws.String("g")
			for p := cloudwatchlogs.NewFilterLogEventsPaginator(logs, in); p.HasMorePages(); {
				page, err := p.NextPage(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Events {
					word, _, _ := strings.Cut(*e.Message, " ")
					out = append(out, word)
				}
			}
			return strings.Join(out, " ")
		}
		for want, in := range map[string]*cloudwatchlogs.FilterLogEventsInput{
			"first second third": {},
			"third second first": {StartFromHead: aws.Bool(false)},
			"first third":        {FilterPattern: aws.String(`?denied ?"not allowed"`)},
			"second":             {StartTime: aws.Int64(at.Add(time.Second).UnixMilli()), EndTime: aws.Int64(at.Add(time.Minute).UnixMilli())},
		} {
			if have := read(in); have != want {
				t.Errorf("pages of %d: have %q, want %q", size, have, want)
			}
		}
		_, err := logs.FilterLogEvents(context.Background(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("nothing")})
		if code, _, _ := apiErr(t, err); code != "ResourceNotFoundException" {
			t.Errorf("a group that is not there: %v", err)
		}
		_, err = logs.FilterLogEvents(context.Background(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("g"), FilterPattern: aws.String(`{ $.a = 1 }`)})
		if code, _, _ := apiErr(t, err); code != "NotImplemented" {
			t.Errorf("another pattern: %v", err)
		}
	}
}
