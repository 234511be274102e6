package localaws

import (
	"encoding/xml"
	"net/http"
)

type xmlOwnership struct {
	XMLName xml.Name           `xml:"http://s3.amazonaws.com/doc/2006-03-01/ OwnershipControls"`
	Rules   []xmlOwnershipRule `xml:"Rule"`
}

type xmlOwnershipRule struct{ ObjectOwnership string }

// s3GetBucketOwnershipControls answers BucketOwnerEnforced where a template says nothing, as of every new bucket. That a bucket
// is older than the setting Options.Overlay says under its ARN, with OwnershipControls that are none.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html.
var s3GetBucketOwnershipControls = operation{
	service: "s3", name: "GetBucketOwnershipControls", method: http.MethodGet, path: "/{Bucket}", query: "ownershipControls", needs: onBucket("s3:GetBucketOwnershipControls"),
	serve: func(c *call) (any, error) {
		arn := "arn:" + c.home().partition + ":s3:::" + c.path["Bucket"]
		if c.srv.gone[arn] {
			return nil, &apiError{Status: http.StatusNotFound, Code: "NoSuchBucket", Message: "The specified bucket does not exist", Detail: map[string]string{"BucketName": c.path["Bucket"]}}
		}
		b, err := c.heldBucket()
		if err != nil {
			return nil, err
		}
		if over, said := c.srv.opts.Overlay[arn]["OwnershipControls"]; said && object(over) == nil {
			return nil, &apiError{Status: http.StatusNotFound, Code: "OwnershipControlsNotFoundError", Message: "The bucket ownership controls were not found", Detail: map[string]string{"BucketName": b.name}}
		}
		out := xmlOwnership{}
		for _, one := range items(object(b.ownership)["Rules"]) {
			rule := text(object(one)["ObjectOwnership"])
			if rule == "" || isOpen(rule) {
				return nil, unknown(c.svc, "Object Ownership of bucket "+b.name)
			}
			out.Rules = append(out.Rules, xmlOwnershipRule{rule})
		}
		if len(out.Rules) == 0 {
			if isOpen(b.ownership) && object(b.ownership) == nil {
				return nil, unknown(c.svc, "Object Ownership of bucket "+b.name)
			}
			out.Rules = []xmlOwnershipRule{{"BucketOwnerEnforced"}}
		}
		return xmlAnswer(out)
	},
}
