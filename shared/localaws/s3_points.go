package localaws

import (
	"encoding/xml"
	"net/http"

	"permprobe/shared/stack"
)

// s3ControlPath is how all requests of S3's control plane begin.
const s3ControlPath = "/v20180820/"

// An s3Point is where an access point of S3 leads; its policy is its holder's.
type s3Point struct{ bucket, account, vpc any }

// s3AccessPoint holds an access point of a bucket.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-accesspoint.html.
func (b *builder) s3AccessPoint() {
	h := b.holds("access point")
	if h == nil {
		return
	}
	h.point = &s3Point{bucket: b.prop("Bucket"), account: b.prop("BucketAccountId")}
	if doc := b.prop("Policy"); doc != nil {
		h.policy = documentText(doc, resourcePolicy, b.maybe())
	}
	if vpc := b.prop("VpcConfiguration"); vpc != nil {
		h.point.vpc = object(vpc)["VpcId"]
		if h.point.vpc == nil {
			h.point.vpc = vpc // left open as a whole
		}
	}
}

type (
	xmlPoint struct {
		XMLName         xml.Name `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ GetAccessPointResult"`
		Name, Bucket    string
		NetworkOrigin   string
		VPC             *xmlVPC `xml:"VpcConfiguration"`
		AccessPointArn  string
		BucketAccountID string `xml:"BucketAccountId"`
	}
	xmlVPC struct {
		ID string `xml:"VpcId"`
	}
	xmlPointPolicy struct {
		XMLName xml.Name `xml:"http://awss3control.amazonaws.com/doc/2018-08-20/ GetAccessPointPolicyResult"`
		Policy  string
	}
)

// isOpen tells whether a template leaves a text open.
func isOpen(property any) bool {
	return property != nil && (text(property) == "" || len(stack.UnknownNames(text(property))) > 0)
}

func (c *call) pointARN() string { return c.home().arn("s3", "accesspoint/"+c.path["Name"]) }

// point finds the access point of a request.
func (c *call) point() (*holder, *apiError) {
	return c.holder("access point", c.pointARN(), &apiError{Status: http.StatusNotFound, Code: "NoSuchAccessPoint", Message: "The specified accesspoint does not exist",
		Detail: map[string]string{"AccessPointName": c.path["Name"]}})
}

// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html.
var s3GetAccessPoint = operation{
	service: "s3control", name: "GetAccessPoint", method: http.MethodGet, path: s3ControlPath + "accesspoint/{Name}", needs: anywhere("s3:GetAccessPoint"),
	serve: func(c *call) (any, error) {
		h, err := c.point()
		if err != nil {
			return nil, err
		}
		out := xmlPoint{Name: c.path["Name"], NetworkOrigin: "Internet", AccessPointArn: h.arn, BucketAccountID: c.acct.id}
		for _, one := range []struct {
			property any
			to       *string
		}{{h.point.bucket, &out.Bucket}, {h.point.account, &out.BucketAccountID}} {
			if value := text(one.property); value != "" {
				*one.to = value
			}
			if isOpen(one.property) {
				return nil, unknown(c.svc, "the bucket of access point "+h.arn)
			}
		}
		if h.point.vpc != nil {
			out.NetworkOrigin, out.VPC = "VPC", &xmlVPC{ID: text(h.point.vpc)}
			if isOpen(h.point.vpc) {
				return nil, unknown(c.svc, "the VPC of access point "+h.arn)
			}
		}
		return xmlAnswer(out)
	},
}

// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html.
var s3GetAccessPointPolicy = operation{
	service: "s3control", name: "GetAccessPointPolicy", method: http.MethodGet, path: s3ControlPath + "accesspoint/{Name}/policy",
	needs: func(c *call) []need { return []need{{action: "s3:GetAccessPointPolicy", resource: c.pointARN()}} },
	serve: func(c *call) (any, error) {
		h, err := c.point()
		switch {
		case err != nil:
			return nil, err
		case h.policy == "":
			return nil, &apiError{Status: http.StatusNotFound, Code: "NoSuchAccessPointPolicy", Message: "The specified accesspoint does not have a policy",
				Detail: map[string]string{"AccessPointName": c.path["Name"]}}
		}
		return xmlAnswer(xmlPointPolicy{Policy: h.policy})
	},
}

// s3GetAccountPublicAccessBlock answers for the account, of which no template says anything: Options.Overlay does under the
// ARN of its root user.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html.
var s3GetAccountPublicAccessBlock = operation{
	service: "s3control", name: "GetPublicAccessBlock", method: http.MethodGet, path: s3ControlPath + "configuration/publicAccessBlock", needs: anywhere("s3:GetAccountPublicAccessBlock"),
	serve: func(c *call) (any, error) {
		said := c.srv.opts.Overlay["arn:"+c.home().partition+":iam::"+c.acct.id+":root"]
		switch block := object(said["PublicAccessBlockConfiguration"]); {
		case said == nil:
			return nil, unknown(c.svc, "Block Public Access of account "+c.acct.id)
		case block == nil:
			return nil, &apiError{Status: http.StatusNotFound, Code: "NoSuchPublicAccessBlockConfiguration", Message: "The public access block configuration was not found",
				Detail: map[string]string{"AccountId": c.acct.id}}
		default:
			on := func(name string) bool { value, _ := boolean(block[name]); return value }
			return xmlAnswer(xmlPublicAccess{BlockPublicAcls: on("BlockPublicAcls"), IgnorePublicAcls: on("IgnorePublicAcls"),
				BlockPublicPolicy: on("BlockPublicPolicy"), RestrictPublicBuckets: on("RestrictPublicBuckets")})
		}
	},
}
