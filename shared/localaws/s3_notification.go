package localaws

import (
	"cmp"
	"encoding/xml"
	"maps"
	"net/http"
)

// Notifications as S3 writes them: functions are still called cloud functions.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html.
type (
	xmlNotification struct {
		XMLName   xml.Name    `xml:"http://s3.amazonaws.com/doc/2006-03-01/ NotificationConfiguration"`
		Topics    []xmlNotify `xml:"TopicConfiguration"`
		Queues    []xmlNotify `xml:"QueueConfiguration"`
		Functions []xmlNotify `xml:"CloudFunctionConfiguration"`
		Bus       *struct{}   `xml:"EventBridgeConfiguration"`
	}
	xmlNotify struct {
		ID       string      `xml:"Id"`
		Topic    string      `xml:",omitempty"`
		Queue    string      `xml:",omitempty"`
		Function string      `xml:"CloudFunction,omitempty"`
		Events   []string    `xml:"Event"`
		Filter   *xmlFilters `xml:",omitempty"`
	}
	xmlFilters struct {
		Rules []xmlFilter `xml:"S3Key>FilterRule"`
	}
	xmlFilter struct{ Name, Value string }
)

// notification reads a bucket's NotificationConfiguration property.
func notification(bucket string, props map[string]any) *xmlNotification {
	n := &xmlNotification{}
	if _, ok := props["EventBridgeConfiguration"]; ok {
		n.Bus = &struct{}{}
	}
	for list, target := range map[string]string{"TopicConfigurations": "Topic", "QueueConfigurations": "Queue", "LambdaConfigurations": "Function"} {
		for _, e := range items(props[list]) {
			c := object(e)
			if c == nil { // not known
				c = map[string]any{target: e, "Event": e}
			}
			x := xmlNotify{Events: texts(c["Event"])}
			for _, r := range items(object(object(c["Filter"])["S3Key"])["Rules"]) {
				if x.Filter == nil {
					x.Filter = &xmlFilters{}
				}
				x.Filter.Rules = append(x.Filter.Rules, xmlFilter{text(object(r)["Name"]), text(object(r)["Value"])})
			}
			x.ID = uuidOf(bucket, list, mustJSON(c))
			switch target {
			case "Topic":
				x.Topic = text(c[target])
				n.Topics = append(n.Topics, x)
			case "Queue":
				x.Queue = text(c[target])
				n.Queues = append(n.Queues, x)
			default:
				x.Function = text(c[target])
				n.Functions = append(n.Functions, x)
			}
		}
	}
	return n
}

// customNotifications are the notifications that the CDK sets by a function of its own, in the words of S3's API instead of
// CloudFormation's: on a bucket that the CDK does not manage they come beside those that are there.
//
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_s3_notifications-readme.html
func (b *builder) customNotifications() {
	b.then(func() {
		name := text(b.prop("BucketName"))
		if b.isLost("bucket", name) {
			return
		}
		if name == "" {
			b.warn("%s: it names no bucket, so its notifications are not read", b.res.Type)
			return
		}
		bucket := b.acct().notified(name)
		if bucket == nil {
			bucket = &s3Bucket{name: name, notification: &xmlNotification{}}
			b.acct().notifying[name] = bucket
		}
		set := object(b.prop("NotificationConfiguration"))
		props := map[string]any{}
		if bus, ok := set["EventBridgeConfiguration"]; ok {
			props["EventBridgeConfiguration"] = bus
		}
		for list, to := range map[string]struct{ from, arn, target string }{
			"TopicConfigurations":  {"TopicConfigurations", "TopicArn", "Topic"},
			"QueueConfigurations":  {"QueueConfigurations", "QueueArn", "Queue"},
			"LambdaConfigurations": {"LambdaFunctionConfigurations", "LambdaFunctionArn", "Function"},
		} {
			var entries []any
			for _, e := range items(set[to.from]) {
				c := object(e)
				if c == nil { // not known
					entries = append(entries, e)
					continue
				}
				rules := object(object(c["Filter"])["Key"])["FilterRules"]
				entries = append(entries, map[string]any{
					to.target: c[to.arn], "Event": c["Events"], "Filter": map[string]any{"S3Key": map[string]any{"Rules": rules}},
				})
			}
			props[list] = entries
		}
		n := notification(name, props)
		if managed := b.prop("Managed"); managed == false || managed == "false" {
			n.Topics = append(bucket.notification.Topics, n.Topics...)
			n.Queues = append(bucket.notification.Queues, n.Queues...)
			n.Functions = append(bucket.notification.Functions, n.Functions...)
			n.Bus = cmp.Or(n.Bus, bucket.notification.Bus)
		}
		bucket.notification = n
	})
}

// notified is the bucket of that name if its notifications are known, nil otherwise.
func (a *account) notified(name string) *s3Bucket {
	return cmp.Or(a.buckets[name], a.notifying[name])
}

// allNotified are the buckets whose notifications are known, by name.
func (a *account) allNotified() map[string]*s3Bucket {
	all := maps.Clone(a.notifying)
	maps.Copy(all, a.buckets)
	return all
}

// s3GetBucketNotification is authorized by an action of another name than its operation's.
var s3GetBucketNotification = operation{
	service: "s3", name: "GetBucketNotificationConfiguration", method: "GET", path: "/{Bucket}", query: "notification",
	needs: func(c *call) []need {
		return []need{{action: "s3:GetBucketNotification", resource: "arn:" + c.home().partition + ":s3:::" + c.path["Bucket"]}}
	},
	serve: func(c *call) (any, error) {
		b := c.acct.notified(c.path["Bucket"])
		if b == nil && c.srv.gone["arn:"+c.home().partition+":s3:::"+c.path["Bucket"]] {
			return nil, &apiError{Status: http.StatusNotFound, Code: "NoSuchBucket", Message: "The specified bucket does not exist"}
		}
		if b == nil {
			return nil, unknown(c.svc, "bucket "+c.path["Bucket"])
		}
		body, err := xml.Marshal(b.notification)
		if err != nil {
			return nil, err
		}
		return &payload{status: http.StatusOK, header: http.Header{"Content-Type": {"application/xml"}}, body: append([]byte(xml.Header), body...)}, nil
	},
}
