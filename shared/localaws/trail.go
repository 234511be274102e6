package localaws

import (
	"fmt"
	"strings"
	"time"
)

// A TrailEvent is an event of CloudTrail's event history, which no template can say.
type TrailEvent struct {
	// Region is whose history holds it; empty for the record's awsRegion, or the first stack's. IAM's events, and
	// those of other services that are global, are in one Region of the partition: us-east-1.
	Region string
	Time   time.Time
	// Record is what CloudTrail writes, but for eventTime, which Time says. Its eventID may be left out.
	//
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
	Record map[string]any
}

// kept is how long the event history goes back.
const kept = 90 * 24 * time.Hour

// trailLookupEvents gives the events of the Region's history that have the one attribute that is asked for, the latest first.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html.
var trailLookupEvents = operation{
	service: "cloudtrail", name: "LookupEvents", needs: anywhere("cloudtrail:LookupEvents"), shows: []string{"StartTime", "EndTime", "LookupAttributes"},
	serve: func(c *call) (any, error) {
		attributes := items(c.body["LookupAttributes"])
		if len(attributes) > 1 {
			return nil, &apiError{Status: 400, Code: "InvalidLookupAttributesException", Message: "You can only specify one attribute at a time for this operation."}
		}
		matches := func(map[string]any) bool { return true }
		if len(attributes) == 1 {
			key, value := text(object(attributes[0])["AttributeKey"]), text(object(attributes[0])["AttributeValue"])
			if matches = byAttribute(key, value); matches == nil {
				return nil, &apiError{Status: 400, Code: "InvalidLookupAttributesException", Message: fmt.Sprintf("Invalid lookup attribute %s.", key)}
			}
		}
		from, hasFrom := seconds(c.body["StartTime"])
		until, hasUntil := seconds(c.body["EndTime"])
		if hasFrom && hasUntil && from > until {
			return nil, &apiError{Status: 400, Code: "InvalidTimeRangeException", Message: "The start time must be before the end time."}
		}
		limit, ok := number(text(c.body["MaxResults"]), 50)
		if !ok {
			return nil, &apiError{Status: 400, Code: "InvalidMaxResultsException", Message: "Invalid MaxResults. Enter a value between 1 and 50."}
		}
		now := c.srv.opts.Now()
		found := []map[string]any{}
		for i := range c.srv.opts.Trail {
			one := &c.srv.opts.Trail[i]
			at := one.Time.Unix()
			if first(one.Region, text(one.Record["awsRegion"]), c.srv.opts.Region) != c.region || now.Sub(one.Time) > kept ||
				hasFrom && at < from || hasUntil && at > until {
				continue
			}
			if of := text(one.Record["recipientAccountId"]); of != "" && of != c.caller.account {
				continue
			}
			if event := one.event(c); matches(event) {
				found = append(found, event)
			}
		}
		sorted(found, func(a, b map[string]any) bool {
			if x, y := a["EventTime"].(int64), b["EventTime"].(int64); x != y {
				return x > y
			}
			return text(a["EventId"]) < text(b["EventId"])
		})
		cut, token, err := page(c, found, text(c.body["NextToken"]), limit, 50, 50)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"Events": append([]map[string]any{}, cut...)}, token), nil
	},
}

// seconds reads a time of the JSON protocol.
func seconds(v any) (int64, bool) {
	whole, _, _ := strings.Cut(text(v), ".")
	return integer(whole)
}

// event is an event as LookupEvents shows it.
func (e *TrailEvent) event(c *call) map[string]any {
	record := map[string]any{}
	for k, v := range e.Record {
		record[k] = v
	}
	at := e.Time.UTC().Truncate(time.Second)
	record["eventTime"] = at.Format(time.RFC3339)
	record["eventID"] = first(text(record["eventID"]), uuidOf("trail", text(record["eventName"]), at.String(), mustJSON(e.Record)))
	record["awsRegion"] = first(text(record["awsRegion"]), c.region)
	record["eventVersion"] = first(text(record["eventVersion"]), "1.11")
	record["recipientAccountId"] = first(text(record["recipientAccountId"]), c.caller.account)
	out := map[string]any{
		"EventId": record["eventID"], "EventName": text(record["eventName"]), "EventSource": text(record["eventSource"]), "EventTime": at.Unix(),
		"ReadOnly": text(record["readOnly"]), "Resources": trailResources(record), "CloudTrailEvent": mustJSON(record),
	}
	identity := object(record["userIdentity"])
	if name := trailUser(identity); name != "" {
		out["Username"] = name
	}
	if key := text(identity["accessKeyId"]); key != "" {
		out["AccessKeyId"] = key
	}
	return out
}

// trailUser is the name under which the caller is found: the session's of an assumed role, which for the code of a function
// is the function's name.
func trailUser(identity map[string]any) string {
	if text(identity["type"]) == "AssumedRole" {
		parts := cut(text(identity["arn"]), '/', 3)
		if len(parts) == 3 {
			return parts[2]
		}
	}
	return first(text(identity["userName"]), text(identity["invokedBy"]))
}

// trailNames are the parameters of requests whose value names a resource of a type, as far as the changes of functions, roles
// and what functions call carry them.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-supported-resource-types.html.
var trailNames = []struct{ parameter, kind string }{
	{"functionName", "AWS::Lambda::Function"}, {"roleName", "AWS::IAM::Role"}, {"policyName", "AWS::IAM::Policy"}, {"policyArn", "AWS::IAM::Policy"},
	{"userName", "AWS::IAM::User"}, {"bucketName", "AWS::S3::Bucket"}, {"keyId", "AWS::KMS::Key"},
}

func trailResources(record map[string]any) []any {
	out := []any{}
	parameters := object(record["requestParameters"])
	for _, one := range trailNames {
		if name := text(parameters[one.parameter]); name != "" {
			out = append(out, map[string]any{"ResourceType": one.kind, "ResourceName": name})
		}
	}
	for _, r := range items(record["resources"]) {
		if arn := text(object(r)["ARN"]); arn != "" {
			out = append(out, map[string]any{"ResourceType": text(object(r)["type"]), "ResourceName": arn})
		}
	}
	return out
}

// byAttribute matches events that have the attribute; nil for one that does not exist. Values are whole and in their case.
func byAttribute(key, value string) func(map[string]any) bool {
	switch key {
	case "EventId", "EventName", "EventSource", "ReadOnly", "Username", "AccessKeyId":
		return func(event map[string]any) bool { return text(event[key]) == value }
	case "ResourceName", "ResourceType":
		return func(event map[string]any) bool {
			for _, r := range items(event["Resources"]) {
				if text(object(r)[key]) == value {
					return true
				}
			}
			return false
		}
	}
	return nil
}
