package localaws

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
)

type xmlPolicyStatus struct {
	XMLName  xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ PolicyStatus"`
	IsPublic string
}

type xmlPublicAccess struct {
	XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ PublicAccessBlockConfiguration"`
	BlockPublicAcls       bool
	IgnorePublicAcls      bool
	BlockPublicPolicy     bool
	RestrictPublicBuckets bool
}

// bounding are the keys by which a statement for everybody is none for the public, where it says their values: S3's list begins
// with fixed principals, of which two keys tell.
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status.
var bounding = []string{
	"aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:sourceip", "aws:userid",
	"aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
}

// public tells whether a bucket's policy lets everybody in.
func public(policy string) bool {
	var doc struct {
		Statement json.RawMessage
	}
	var list []map[string]any
	if json.Unmarshal([]byte(policy), &doc) != nil {
		return false
	}
	if json.Unmarshal(doc.Statement, &list) != nil {
		list = make([]map[string]any, 1)
		if json.Unmarshal(doc.Statement, &list[0]) != nil {
			return false
		}
	}
	for _, s := range list {
		everybody := s["Principal"] == "*" || contains(texts(object(s["Principal"])["AWS"]), "*")
		if s["Effect"] == "Allow" && everybody && !bounded(object(s["Condition"])) {
			return true
		}
	}
	return false
}

func bounded(condition map[string]any) bool {
	for operator, keys := range condition {
		if strings.Contains(operator, "Not") || strings.HasSuffix(operator, "IfExists") {
			continue
		}
		for key, values := range object(keys) {
			if contains(bounding, strings.ToLower(key)) && !strings.Contains(mustJSON(values), "*") {
				return true
			}
		}
	}
	return false
}

func onBucket(action string) func(*call) []need {
	return func(c *call) []need {
		return []need{{action: action, resource: "arn:" + c.home().partition + ":s3:::" + c.path["Bucket"]}}
	}
}

// heldBucket finds the bucket of a request about one that a template holds.
func (c *call) heldBucket() (*s3Bucket, *apiError) {
	if b := c.acct.buckets[c.path["Bucket"]]; b != nil {
		return b, nil
	}
	return nil, unknown(c.svc, "bucket "+c.path["Bucket"])
}

func xmlAnswer(v any) (any, error) {
	body, err := xml.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &payload{status: http.StatusOK, header: http.Header{"Content-Type": {"application/xml"}}, body: append([]byte(xml.Header), body...)}, nil
}

// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html.
var s3GetBucketPolicyStatus = operation{
	service: "s3", name: "GetBucketPolicyStatus", method: "GET", path: "/{Bucket}", query: "policyStatus", needs: onBucket("s3:GetBucketPolicyStatus"),
	serve: func(c *call) (any, error) {
		b, err := c.heldBucket()
		switch {
		case err != nil:
			return nil, err
		case b.policy == "":
			return nil, &apiError{Status: http.StatusNotFound, Code: "NoSuchBucketPolicy", Message: "The bucket policy does not exist", Detail: map[string]string{"BucketName": b.name}}
		case public(b.policy):
			return xmlAnswer(xmlPolicyStatus{IsPublic: "TRUE"})
		}
		return xmlAnswer(xmlPolicyStatus{IsPublic: "FALSE"})
	},
}

// s3GetPublicAccessBlock answers for a bucket; all is on where a template says nothing, as for every new bucket.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html.
var s3GetPublicAccessBlock = operation{
	service: "s3", name: "GetPublicAccessBlock", method: "GET", path: "/{Bucket}", query: "publicAccessBlock", needs: onBucket("s3:GetBucketPublicAccessBlock"),
	serve: func(c *call) (any, error) {
		b, err := c.heldBucket()
		if err != nil {
			return nil, err
		}
		out := xmlPublicAccess{BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}
		if b.block == nil {
			return xmlAnswer(out)
		}
		for name, to := range map[string]*bool{
			"BlockPublicAcls": &out.BlockPublicAcls, "IgnorePublicAcls": &out.IgnorePublicAcls,
			"BlockPublicPolicy": &out.BlockPublicPolicy, "RestrictPublicBuckets": &out.RestrictPublicBuckets,
		} {
			on, known := boolean(object(b.block)[name])
			if !known && object(b.block)[name] != nil {
				return nil, unknown(c.svc, "Block Public Access of bucket "+b.name)
			}
			*to = on
		}
		return xmlAnswer(out)
	},
}
