package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// TrailAPI is what is read from CloudTrail.
type TrailAPI interface {
	cloudtrail.LookupEventsAPIClient
}

var _ TrailAPI = (*cloudtrail.Client)(nil)

// mostTrailPages bounds what one look at the event history reads unless the query says otherwise: 500 events, which takes
// five seconds of the quota of two calls a second.
const mostTrailPages = 10

// A trailQuery asks CloudTrail's event history for the events of one attribute in a window. The history goes back 90 days,
// holds management events alone (no reads or writes of objects, items and messages, and no invocations), and gets an event
// some minutes after the call.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
type trailQuery struct {
	// key and value are the attribute: the name of the event, the user's name, which for an assumed role is that of its
	// session, the name of a resource. The history takes one, whole and in its case. Without a key every event matches.
	key   types.LookupAttributeKey
	value string
	// since and until bound the time of the event; until is now where it is zero.
	since, until time.Time
	// global looks where the events of IAM and other services without a Region are.
	global bool
	// pages is how many pages of 50 events are read at most; mostTrailPages where it is zero.
	pages int
}

// A trailEvent is an event of the history. It must not leave this package: its request may hold what is secret.
type trailEvent struct {
	id     string
	at     time.Time
	text   string // the whole record
	record trailRecord
}

// trailRecord is what is read of an event's record. What a record does not say is empty.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type trailRecord struct {
	EventSource     string `json:"eventSource"` // iam.amazonaws.com
	EventName       string `json:"eventName"`   // PutRolePolicy; of Lambda with a version behind it: AddPermission20150331v2
	Region          string `json:"awsRegion"`
	SourceIPAddress string `json:"sourceIPAddress"` // or the name of the service that called: cloudformation.amazonaws.com
	UserAgent       string `json:"userAgent"`
	ErrorCode       string `json:"errorCode"`    // empty for a call that succeeded
	ErrorMessage    string `json:"errorMessage"` // cut at 1,024 characters
	UserIdentity    struct {
		Type           string `json:"type"`
		PrincipalID    string `json:"principalId"`
		ARN            string `json:"arn"`
		AccountID      string `json:"accountId"`
		InvokedBy      string `json:"invokedBy"`
		SessionContext struct {
			SessionIssuer struct {
				ARN string `json:"arn"` // of the role, with its path
			} `json:"sessionIssuer"`
		} `json:"sessionContext"`
		InScopeOf struct {
			IssuerType          string `json:"issuerType"`          // AWS::Lambda::Function
			CredentialsIssuedTo string `json:"credentialsIssuedTo"` // the ARN of the function whose code called
		} `json:"inScopeOf"`
	} `json:"userIdentity"`
	Resources []struct {
		ARN string `json:"ARN"`
	} `json:"resources"`
	RequestParameters json.RawMessage `json:"requestParameters"` // null or absent where nothing is recorded
	ResponseElements  json.RawMessage `json:"responseElements"`
}

// history is which Region of a partition holds the events of services without one.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
var history = map[string]string{"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

// lookUp reads the events that the query asks for, the latest first, and gives those that keep keeps; nil keeps all. Where
// not all of the window was read, the reason says why, and the events are the latest of it.
func (c *Collector) lookUp(ctx context.Context, q trailQuery, keep func(*trailEvent) bool) ([]trailEvent, fact.Unread) {
	what := "events"
	if q.key != "" {
		what = fmt.Sprintf("events with %s %s", q.key, q.value)
	}
	read := call{Operation: "cloudtrail:LookupEvents of " + what, Permission: "cloudtrail:LookupEvents", Resource: "*"}
	in := &cloudtrail.LookupEventsInput{StartTime: aws.Time(q.since), EndTime: aws.Time(c.Now())}
	if !q.until.IsZero() {
		in.EndTime = aws.Time(q.until)
	}
	if q.key != "" {
		in.LookupAttributes = []types.LookupAttribute{{AttributeKey: q.key, AttributeValue: aws.String(q.value)}}
	}
	var there []func(*cloudtrail.Options)
	if home := history[c.Account.Partition]; q.global && home != "" {
		there = append(there, func(o *cloudtrail.Options) { o.Region = home })
	}
	var found []trailEvent
	var strange fact.Unread
	reached := aws.ToTime(in.EndTime)
	pages := cloudtrail.NewLookupEventsPaginator(c.Trail, in)
	for n := 0; pages.HasMorePages(); n++ {
		if n == cmp.Or(q.pages, mostTrailPages) {
			return found, fact.Unread{Operation: read.Operation, Reason: fmt.Sprintf(
				"CloudTrail holds more %s than are read at once: what happened before %s was not looked at", what, reached.UTC().Format(time.RFC3339))}
		}
		page, err := pages.NextPage(ctx, there...)
		if err != nil {
			return found, read.unread(err)
		}
		for i := range page.Events {
			one := trailEvent{id: aws.ToString(page.Events[i].EventId), at: aws.ToTime(page.Events[i].EventTime), text: aws.ToString(page.Events[i].CloudTrailEvent)}
			reached = one.at
			if json.Unmarshal([]byte(one.text), &one.record) != nil {
				strange = fact.Unread{Operation: read.Operation, Reason: fmt.Sprintf("CloudTrail's event %s is no record that is understood", one.id)}
				continue
			}
			if keep == nil || keep(&one) {
				found = append(found, one)
			}
		}
	}
	return found, strange
}
