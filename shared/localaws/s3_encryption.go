package localaws

import (
	"encoding/xml"
	"net/http"
)

// The default encryption of a bucket as S3 writes it.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html.
type (
	xmlEncryption struct {
		XMLName xml.Name            `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ServerSideEncryptionConfiguration"`
		Rules   []xmlEncryptionRule `xml:"Rule"`
	}
	xmlEncryptionRule struct {
		Default   *xmlEncryptionBy `xml:"ApplyServerSideEncryptionByDefault"`
		BucketKey bool             `xml:"BucketKeyEnabled"`
	}
	xmlEncryptionBy struct {
		Algorithm string `xml:"SSEAlgorithm"`
		Key       string `xml:"KMSMasterKeyID,omitempty"`
	}
)

// encryptionOf reads a bucket's BucketEncryption property; false where a template leaves it open. A bucket without one is
// encrypted by S3 with keys of its own.
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html.
func encryptionOf(property any) (*xmlEncryption, bool) {
	out := &xmlEncryption{}
	for _, one := range items(object(property)["ServerSideEncryptionConfiguration"]) {
		rule := object(one)
		by := object(rule["ServerSideEncryptionByDefault"])
		bucketKey, known := boolean(rule["BucketKeyEnabled"])
		if rule == nil || rule["ServerSideEncryptionByDefault"] != nil && by == nil || rule["BucketKeyEnabled"] != nil && !known {
			return nil, false
		}
		x := xmlEncryptionRule{BucketKey: bucketKey}
		if by != nil {
			x.Default = &xmlEncryptionBy{Algorithm: text(by["SSEAlgorithm"]), Key: text(by["KMSMasterKeyID"])}
		}
		out.Rules = append(out.Rules, x)
	}
	if len(out.Rules) == 0 {
		out.Rules = []xmlEncryptionRule{{Default: &xmlEncryptionBy{Algorithm: "AES256"}}}
	}
	return out, property == nil || object(property) != nil
}

// s3GetBucketEncryption is authorized by an action of another name than its operation's.
var s3GetBucketEncryption = operation{
	service: "s3", name: "GetBucketEncryption", method: "GET", path: "/{Bucket}", query: "encryption",
	needs: func(c *call) []need {
		return []need{{action: "s3:GetEncryptionConfiguration", resource: "arn:" + c.home().partition + ":s3:::" + c.path["Bucket"]}}
	},
	serve: func(c *call) (any, error) {
		b := c.acct.buckets[c.path["Bucket"]]
		switch {
		case c.srv.gone["arn:"+c.home().partition+":s3:::"+c.path["Bucket"]]:
			return nil, &apiError{Status: http.StatusNotFound, Code: "NoSuchBucket", Message: "The specified bucket does not exist"}
		case b == nil:
			return nil, unknown(c.svc, "bucket "+c.path["Bucket"])
		}
		encryption, known := encryptionOf(b.encryption)
		if !known {
			return nil, unknown(c.svc, "the encryption of bucket "+c.path["Bucket"])
		}
		body, err := xml.Marshal(encryption)
		if err != nil {
			return nil, err
		}
		return &payload{status: http.StatusOK, header: http.Header{"Content-Type": {"application/xml"}}, body: append([]byte(xml.Header), body...)}, nil
	},
}
