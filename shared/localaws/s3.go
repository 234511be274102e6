package localaws

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

type s3Bucket struct {
	name, policy string
	by           string // the resource of the template that the policy is of
	encryption   any    // its property BucketEncryption
	block        any    // its property PublicAccessBlockConfiguration
	ownership    any    // its property OwnershipControls
	notification *xmlNotification

	mu      sync.Mutex
	objects map[string]*s3Object
}

type s3Object struct {
	body     []byte
	etag     string
	modified time.Time
	header   http.Header
}

func (b *builder) s3Bucket() {
	a := b.acct()
	if once(b, a.buckets, b.res.PhysicalID, "bucket") {
		a.buckets[b.res.PhysicalID] = &s3Bucket{name: b.res.PhysicalID, objects: map[string]*s3Object{}, notification: b.notification(), encryption: b.prop("BucketEncryption"), block: b.prop("PublicAccessBlockConfiguration"), ownership: b.prop("OwnershipControls")}
	}
}

// keep takes over the objects of an earlier server.
func (s *Server) keep(before *Server) {
	for id, old := range before.accounts {
		for name, bucket := range old.buckets {
			here := s.accounts[id]
			if here == nil || here.buckets[name] == nil {
				continue
			}
			bucket.mu.Lock()
			maps.Copy(here.buckets[name].objects, bucket.objects)
			bucket.mu.Unlock()
		}
	}
}

func (b *builder) notification() *xmlNotification {
	props := object(b.prop("NotificationConfiguration"))
	if m, ok := b.prop("NotificationConfiguration").(string); ok {
		props = map[string]any{"LambdaConfigurations": m}
	}
	return notification(b.res.PhysicalID, props)
}

func (b *builder) s3BucketPolicy() {
	b.then(func() {
		if bucket := b.acct().buckets[text(b.prop("Bucket"))]; bucket != nil && !b.isLost("bucket", bucket.name) {
			bucket.policy = b.replacing(&bucket.by, "PolicyDocument")
		}
	})
}

func (c *call) objectARN() string {
	return "arn:" + c.home().partition + ":s3:::" + c.path["Bucket"] + "/" + c.path["Key"]
}

func (c *call) bucket() (*s3Bucket, *apiError) {
	if b := c.acct.buckets[c.path["Bucket"]]; b != nil {
		return b, nil
	}
	return nil, &apiError{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist", Detail: map[string]string{"BucketName": c.path["Bucket"]}}
}

// s3GetObject answers 403 for a missing key to a caller that may not list the bucket.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html.
var s3GetObject = operation{
	service: "s3", name: "GetObject", method: "GET", path: "/{Bucket}/{Key+}",
	needs: func(c *call) []need { return []need{{action: "s3:GetObject", resource: c.objectARN()}} },
	serve: func(c *call) (any, error) {
		b, err := c.bucket()
		if err != nil {
			return nil, err
		}
		b.mu.Lock()
		o := b.objects[c.path["Key"]]
		b.mu.Unlock()
		if o == nil {
			if err := c.allowed(need{action: "s3:ListBucket", resource: "arn:" + c.home().partition + ":s3:::" + b.name, context: map[string][]string{"s3:prefix": {c.path["Key"]}}}); err != nil {
				return nil, err
			}
			return nil, noSuchKey(c)
		}
		h := c.req.Header
		if m := h.Get("If-Match"); m != "" && !sameETag(m, o.etag) {
			return nil, precondition("If-Match")
		}
		if m := h.Get("If-None-Match"); m != "" && sameETag(m, o.etag) {
			return &payload{status: http.StatusNotModified, header: http.Header{"Etag": {o.etag}}}, nil
		}
		out := o.header.Clone()
		out.Set("ETag", o.etag)
		out.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
		out.Set("Accept-Ranges", "bytes")
		return &payload{status: http.StatusOK, header: out, body: o.body}, nil
	},
}

// s3HeadObject is GetObject without the body; it has no permission of its own.
var s3HeadObject = operation{
	service: "s3", name: "HeadObject", method: "HEAD", path: "/{Bucket}/{Key+}", needs: s3GetObject.needs,
	serve: func(c *call) (any, error) {
		v, err := s3GetObject.serve(c)
		if p, ok := v.(*payload); ok && p.status == http.StatusOK {
			p.header.Set("Content-Length", strconv.Itoa(len(p.body)))
			p.body = nil
		}
		return v, err
	},
}

func noSuchKey(c *call) *apiError {
	return &apiError{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist.", Detail: map[string]string{"Key": c.path["Key"]}}
}

func precondition(name string) *apiError {
	return &apiError{Status: 412, Code: "PreconditionFailed", Message: "At least one of the pre-conditions you specified did not hold", Detail: map[string]string{"Condition": name}}
}

func sameETag(given, etag string) bool {
	return given == "*" || strings.Trim(given, `"`) == strings.Trim(etag, `"`)
}

// s3PutObject writes conditionally: If-None-Match takes only *, If-Match needs to read the object too and does not find a
// missing one.
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html.
var s3PutObject = operation{
	service: "s3", name: "PutObject", method: "PUT", path: "/{Bucket}/{Key+}",
	needs: func(c *call) []need {
		n := need{action: "s3:PutObject", resource: c.objectARN(), context: map[string][]string{}}
		for header, key := range map[string]string{"If-None-Match": "s3:if-none-match", "If-Match": "s3:if-match", "X-Amz-Server-Side-Encryption": "s3:x-amz-server-side-encryption"} {
			if v := c.req.Header.Get(header); v != "" {
				n.context[key] = []string{v}
			}
		}
		out := []need{n}
		if c.req.Header.Get("If-Match") != "" {
			out = append(out, need{action: "s3:GetObject", resource: n.resource})
		}
		return out
	},
	serve: func(c *call) (any, error) {
		b, err := c.bucket()
		if err != nil {
			return nil, err
		}
		body, berr := c.objectBody()
		if berr != nil {
			return nil, berr
		}
		h := c.req.Header
		b.mu.Lock()
		defer b.mu.Unlock()
		old := b.objects[c.path["Key"]]
		if m := h.Get("If-None-Match"); m != "" {
			if m != "*" {
				return nil, &apiError{Status: 501, Code: "NotImplemented", Message: "A header you provided implies functionality that is not implemented", Detail: map[string]string{"Header": "If-None-Match"}}
			}
			if old != nil {
				return nil, precondition("If-None-Match")
			}
		}
		if m := h.Get("If-Match"); m != "" {
			if old == nil {
				return nil, noSuchKey(c)
			}
			if !sameETag(m, old.etag) {
				return nil, precondition("If-Match")
			}
		}
		sum := md5.Sum(body)
		o := &s3Object{body: body, etag: `"` + hex.EncodeToString(sum[:]) + `"`, modified: c.srv.opts.Now(), header: http.Header{}}
		o.header.Set("Content-Type", first(h.Get("Content-Type"), "binary/octet-stream"))
		for k, v := range h {
			if strings.HasPrefix(k, "X-Amz-Meta-") || k == "Cache-Control" {
				o.header[k] = v
			}
		}
		b.objects[c.path["Key"]] = o
		return &payload{status: http.StatusOK, header: http.Header{"Etag": {o.etag}, "X-Amz-Server-Side-Encryption": {"AES256"}}}, nil
	},
}
