package localaws

import (
	"encoding/xml"
	"net/http"
)

// Buckets as S3 lists them. A template says no more of a bucket than its name.
type (
	xmlBuckets struct {
		XMLName           xml.Name    `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListAllMyBucketsResult"`
		Buckets           []xmlBucket `xml:"Buckets>Bucket"`
		ContinuationToken string      `xml:",omitempty"`
	}
	xmlBucket struct{ Name, CreationDate, BucketRegion string }
)

// s3ListBuckets is authorized by an action of another name than its operation's. All buckets are in the region of
// the embedded AWS.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html.
var s3ListBuckets = operation{
	service: "s3", name: "ListBuckets", method: "GET", path: "/", needs: anywhere("s3:ListAllMyBuckets"), shows: []string{"bucket-region", "max-buckets"},
	serve: func(c *call) (any, error) {
		var all []xmlBucket
		if region := c.query.Get("bucket-region"); region == "" || region == c.srv.opts.Region {
			for _, b := range sortedValues(c.acct.allNotified()) {
				all = append(all, xmlBucket{b.name, "2026-01-01T00:00:00.000Z", c.srv.opts.Region})
			}
		}
		limit, ok := number(c.query.Get("max-buckets"), 10000)
		if !ok {
			return nil, invalid(c.svc, "Argument max-buckets must be an integer between 1 and 10000")
		}
		cut, token, err := page(c, all, c.query.Get("continuation-token"), limit, 10000, 10000)
		if err != nil {
			return nil, err
		}
		body, failed := xml.Marshal(xmlBuckets{Buckets: cut, ContinuationToken: token})
		if failed != nil {
			return nil, failed
		}
		return &payload{status: http.StatusOK, header: http.Header{"Content-Type": {"application/xml"}}, body: append([]byte(xml.Header), body...)}, nil
	},
}
