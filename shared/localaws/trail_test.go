package localaws_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"permprobe/shared/localaws"
)

func TestEventsOfTheHistoryComeLatestFirstByOneAttributeInTheirRegionAndWindow(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	session := map[string]any{"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/app/orders", "accessKeyId": "ASIA1"}
	trail := []localaws.TrailEvent{
		{Time: now.Add(-3 * time.Hour), Record: map[string]any{"eventName": "PutRolePolicy", "eventSource": "iam.amazonaws.com", "userIdentity": map[string]any{"type": "IAMUser", "userName": "ann"},
			"requestParameters": map[string]any{"roleName": "app", "policyName": "p"}}},
		{Time: now.Add(-time.Hour), Record: map[string]any{"eventName": "CreateTable", "eventSource": "dynamodb.amazonaws.com", "userIdentity": session, "errorCode": "AccessDenied"}},
		{Time: now.Add(-2 * time.Hour), Record: map[string]any{"eventName": "CreateQueue", "eventSource": "sqs.amazonaws.com", "userIdentity": session, "resources": []any{map[string]any{"ARN": "arn:aws:sqs:us-east-1:1:q", "type": "AWS::SQS::Queue"}}}},
		{Time: now.Add(-time.Hour), Region: "eu-west-1", Record: map[string]any{"eventName": "Elsewhere", "eventSource": "sqs.amazonaws.com", "userIdentity": session}},
		{Time: now.Add(-91 * 24 * time.Hour), Record: map[string]any{"eventName": "Old", "eventSource": "sqs.amazonaws.com"}},
		{Time: now, Record: map[string]any{"eventName": "Foreign", "eventSource": "sqs.amazonaws.com", "recipientAccountId": "999999999999"}},
	}
	by := func(key types.LookupAttributeKey, value string) *cloudtrail.LookupEventsInput {
		return &cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: key, AttributeValue: aws.String(value)}}}
	}
	for _, size := range []int{0, 1} {
		_, cfg := start(t, localaws.Options{Trail: trail, PageSize: size}, admin)
		api := cloudtrail.NewFromConfig(cfg)
		read := func(in *cloudtrail.LookupEventsInput, region string) string {
			t.Helper()
			var out []string
			for p := cloudtrail.NewLookupEventsPaginator(api, in); p.HasMorePages(); {
				page, err := p.NextPage(context.Background(), func(o *cloudtrail.Options) { o.Region = region })
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Events {
					if !strings.Contains(*e.CloudTrailEvent, `"eventID":"`+*e.EventId+`"`) || !strings.Contains(*e.CloudTrailEvent, e.EventTime.UTC().Format(time.RFC3339)) {
						t.Errorf("the record does not say the event's id and time: %s", *e.CloudTrailEvent)
					}
					out = append(out, *e.EventName)
				}
			}
			return strings.Join(out, " ")
		}
		for want, in := range map[string]*cloudtrail.LookupEventsInput{
			"CreateTable CreateQueue PutRolePolicy": {},
			"CreateTable CreateQueue":               by(types.LookupAttributeKeyUsername, "orders"),
			"PutRolePolicy":                         by(types.LookupAttributeKeyResourceName, "app"),
			"CreateQueue":                           {StartTime: aws.Time(now.Add(-150 * time.Minute)), EndTime: aws.Time(now.Add(-90 * time.Minute))},
			"":                                      by(types.LookupAttributeKeyEventName, "createtable"),
		} {
			if have := read(in, "us-east-1"); have != want {
				t.Errorf("pages of %d: have %q, want %q", size, have, want)
			}
		}
		for key, value := range map[types.LookupAttributeKey]string{
			types.LookupAttributeKeyEventSource: "sqs.amazonaws.com", types.LookupAttributeKeyResourceType: "AWS::SQS::Queue",
		} {
			if have := read(by(key, value), "us-east-1"); have != "CreateQueue" {
				t.Errorf("%s: have %q", key, have)
			}
		}
		if have := read(by(types.LookupAttributeKeyAccessKeyId, "ASIA1"), "eu-west-1"); have != "Elsewhere" {
			t.Errorf("another Region: have %q", have)
		}
	}
}

func TestTheHistoryRefusesWhatCloudTrailRefuses(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin)
	api := cloudtrail.NewFromConfig(cfg)
	for want, in := range map[string]*cloudtrail.LookupEventsInput{
		"InvalidLookupAttributesException": {LookupAttributes: []types.LookupAttribute{{AttributeKey: "EventName", AttributeValue: aws.String("a")}, {AttributeKey: "Username", AttributeValue: aws.String("b")}}},
		"InvalidTimeRangeException":        {StartTime: aws.Time(time.Now()), EndTime: aws.Time(time.Now().Add(-time.Hour))},
		"InvalidMaxResultsException":       {MaxResults: aws.Int32(51)},
		"InvalidNextTokenException":        {NextToken: aws.String("other")},
	} {
		_, err := api.LookupEvents(context.Background(), in)
		if code, _, _ := apiErr(t, err); code != want {
			t.Errorf("want %s: %v", want, err)
		}
	}
}
