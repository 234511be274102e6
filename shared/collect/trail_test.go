package collect

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"permprobe/shared/awsclient"
	"permprobe/shared/localaws"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"
)

// trailed is a collector of an account with the event history.
func trailed(t *testing.T, o localaws.Options) (*Collector, *localaws.Server) {
	t.Helper()
	server, err := localaws.New(o)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return New(awsclient.Embedded(listener.URL, account.Region, "probe").Config, account), server
}

func TestTheEventHistoryIsReadLatestFirstBoundedAndWhereGlobalEventsAre(t *testing.T) {
	now := time.Now()
	var trail []localaws.TrailEvent
	for i := range 30 {
		trail = append(trail, localaws.TrailEvent{Time: now.Add(-time.Duration(i) * time.Minute), Region: "eu-west-1", Record: map[string]any{
			"eventName": "PutRolePolicy", "eventSource": "iam.amazonaws.com", "sourceIPAddress": "192.0.2.1", "requestParameters": map[string]any{"roleName": "app", "policyName": fmt.Sprint(i)},
		}})
	}
	trail = append(trail, localaws.TrailEvent{Time: now.Add(-time.Minute), Region: "us-east-1", Record: map[string]any{
		"eventName": "DeleteRolePolicy", "eventSource": "iam.amazonaws.com", "requestParameters": map[string]any{"roleName": "app"}, "errorCode": "AccessDenied",
		"userIdentity": map[string]any{"arn": "arn:aws:iam::123456789012:user/ann", "sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": "arn:aws:iam::123456789012:role/path/x"}}},
	}})
	c, server := trailed(t, localaws.Options{Trail: trail, PageSize: 4})
	c.Account.Region = "eu-west-1"
	c.Trail = New(awsclient.Embedded(endpoint(t, server), "eu-west-1", "probe").Config, c.Account).Trail
	q := trailQuery{key: types.LookupAttributeKeyResourceName, value: "app", since: now.Add(-time.Hour)}

	events, why := c.lookUp(context.Background(), q, nil)
	if !why.IsZero() || len(events) != 30 || !events[0].at.After(events[1].at) || string(events[0].record.RequestParameters) != `{"policyName":"0","roleName":"app"}` {
		t.Errorf("%d events, %v", len(events), why)
	}
	q.pages = 2
	events, why = c.lookUp(context.Background(), q, func(e *trailEvent) bool { return e.record.SourceIPAddress == "192.0.2.1" })
	if len(events) != 8 || !strings.Contains(why.Reason, "what happened before "+events[7].at.UTC().Format(time.RFC3339)) {
		t.Errorf("%d events, %v", len(events), why)
	}
	q.global = true
	events, why = c.lookUp(context.Background(), q, nil)
	if !why.IsZero() || len(events) != 1 || events[0].record.ErrorCode != "AccessDenied" || events[0].record.UserIdentity.SessionContext.SessionIssuer.ARN != "arn:aws:iam::123456789012:role/path/x" {
		t.Errorf("%+v, %v", events, why)
	}
	q.until = now.Add(-30 * time.Minute)
	if events, why = c.lookUp(context.Background(), q, nil); len(events) != 0 || !why.IsZero() {
		t.Errorf("after the window: %+v, %v", events, why)
	}
}

func endpoint(t *testing.T, server *localaws.Server) string {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return listener.URL
}

func TestAnEventHistoryThatIsNotReadIsAGapAndWhatWasReadIsKept(t *testing.T) {
	now := time.Now()
	trail := []localaws.TrailEvent{
		{Time: now.Add(-time.Minute), Record: map[string]any{"eventName": "A", "eventSource": "iam.amazonaws.com"}},
		{Time: now.Add(-2 * time.Minute), Record: map[string]any{"eventName": "B", "eventSource": "iam.amazonaws.com", "userIdentity": "no object"}},
		{Time: now.Add(-3 * time.Minute), Record: map[string]any{"eventName": "C", "eventSource": "iam.amazonaws.com"}},
	}
	q := trailQuery{since: now.Add(-time.Hour)}
	names := func(events []trailEvent) (out string) {
		for _, e := range events {
			out += e.record.EventName
		}
		return out
	}
	c, _ := trailed(t, localaws.Options{Trail: trail, PageSize: 1, Faults: []localaws.Fault{{Service: "cloudtrail", From: 2, Code: "AccessDeniedException"}}})
	events, why := c.lookUp(context.Background(), q, nil)
	if names(events) != "A" || why.Permission != "cloudtrail:LookupEvents" || why.Resource != "*" {
		t.Errorf("refused on page two: %q, %+v", names(events), why)
	}
	c, _ = trailed(t, localaws.Options{Trail: trail, PageSize: 1, Faults: []localaws.Fault{{Service: "cloudtrail", From: 2, Times: 1, Code: "throttle"}}})
	events, why = c.lookUp(context.Background(), q, nil)
	if diff := cmp.Diff("AC", names(events)); diff != "" || !strings.Contains(why.Reason, "no record that is understood") {
		t.Errorf("throttled once, with a strange record: %s %+v", diff, why)
	}
}
