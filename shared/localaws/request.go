package localaws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxBody is more than any request that is served may hold.
const maxBody = 16 << 20

// A call is one request while it is served.
type call struct {
	srv       *Server
	req       *http.Request
	requestID string

	accessKey string
	scope     string // the signing name in the credential scope
	region    string
	caller    caller
	acct      *account

	op     *operation
	name   string // of the operation, also where it is not served
	svc    string // as Call.Service
	path   map[string]string
	query  url.Values
	form   url.Values     // query protocol
	body   map[string]any // JSON protocols
	raw    []byte
	fault  *Fault // entries to spoil in an answer that otherwise succeeds
	target string // what the record says was called
}

// home is the region that the call is for.
func (c *call) home() *region { return c.acct.region(c.region) }

// credential reads the access key and the scope from the Authorization header or a presigned URL.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
func (c *call) credential() bool {
	text := c.req.Header.Get("Authorization")
	if text == "" {
		text = c.query.Get("X-Amz-Credential")
	} else if _, after, ok := strings.Cut(text, "Credential="); ok {
		text, _, _ = strings.Cut(after, ",")
		text, _, _ = strings.Cut(text, " ")
	} else {
		return false
	}
	parts := strings.Split(strings.TrimSpace(text), "/")
	switch {
	case len(parts) == 5 && parts[4] == "aws4_request":
		c.accessKey, c.region, c.scope = parts[0], parts[2], parts[3]
	case len(parts) == 4 && parts[3] == "aws4_request": // SigV4A: the region is a header of its own
		c.accessKey, c.scope = parts[0], parts[2]
		c.region = first(c.req.Header.Get("X-Amz-Region-Set"), c.query.Get("X-Amz-Region-Set"))
		if c.region == "" || strings.ContainsAny(c.region, "*,") {
			c.region = c.srv.opts.Region
		}
	default:
		return false
	}
	return c.accessKey != "" && c.scope != ""
}

// read takes the body, at most maxBody of it.
func (c *call) read(w http.ResponseWriter) error {
	b, err := io.ReadAll(http.MaxBytesReader(w, c.req.Body, maxBody))
	if err != nil {
		return fmt.Errorf("read the request body: %w", err)
	}
	c.raw = b
	return nil
}

// route finds the operation that the request asks for. The protocol is the service's own: the query protocol names
// it in Action, JSON in X-Amz-Target, RPC v2 in the path, REST by method and path.
func (c *call) route() *apiError {
	c.svc = c.scope
	switch protocolOf(c.scope) {
	case protoQuery:
		form, err := url.ParseQuery(string(c.raw))
		if err != nil {
			return &apiError{Status: 400, Code: "MalformedInput", Message: "the request body is not form encoded"}
		}
		for k, v := range c.query {
			form[k] = append(form[k], v...)
		}
		c.form, c.name = form, form.Get("Action")
		if c.name == "" {
			return &apiError{Status: 400, Code: "MissingAction", Message: "Missing Action"}
		}
		return c.find(func(o *operation) bool { return o.name == c.name })
	case protoJSON:
		_, c.name, _ = strings.Cut(c.req.Header.Get("X-Amz-Target"), ".")
		if c.name == "" {
			return &apiError{Status: 400, Code: "UnknownOperationException", Message: "X-Amz-Target is missing"}
		}
		if err := c.decodeJSON(); err != nil {
			return &apiError{Status: 400, Code: "SerializationException", Message: err.Error()}
		}
		return c.find(func(o *operation) bool { return o.name == c.name })
	}
	if protocolOf(c.scope) == protoCBOR {
		if err := c.decodeCBOR(); err != nil {
			return err
		}
		return c.find(func(o *operation) bool { return o.name == c.name })
	}
	path := c.req.URL.EscapedPath()
	if c.scope == "s3" && strings.HasPrefix(path, s3ControlPath) && c.req.Header.Get("X-Amz-Account-Id") != "" {
		c.svc = "s3control" // which signs as S3 does
	} else if c.scope == "s3" {
		path = bucketPath(c.req.Host, path)
		if strings.Count(path, "/") == 2 {
			path = strings.TrimSuffix(path, "/")
		}
	} else {
		path = strings.TrimSuffix(path, "/")
	}
	if c.scope == "apigateway" && (path == "/v2" || strings.HasPrefix(path, "/v2/")) {
		c.svc = "apigatewayv2"
	}
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	err := c.find(func(o *operation) bool {
		if o.method != c.req.Method || o.query != c.subresource() {
			return false
		}
		params, ok := matchPath(o.path, segments)
		if ok {
			c.path = params
		}
		return ok
	})
	if err != nil {
		c.name = first(c.name, c.req.Method+" "+path)
	}
	return err
}

// subresource is the part of a bucket or object that an S3 request is about, if it is not the thing itself.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html.
func (c *call) subresource() string {
	if c.scope != "s3" {
		return ""
	}
	for _, name := range []string{
		"accelerate", "acl", "attributes", "cors", "encryption", "inventory", "legal-hold", "lifecycle", "location", "logging", "notification", "object-lock", "ownershipControls",
		"policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select", "tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website",
	} {
		if c.query.Has(name) {
			return name
		}
	}
	return ""
}

func (c *call) find(is func(*operation) bool) *apiError {
	for _, o := range operations() {
		if o.service == c.svc && is(o) {
			c.op, c.name = o, o.name
			return nil
		}
	}
	for i := range refused {
		if o := &refused[i]; o.service == c.svc && is(o) {
			c.name = o.name
			return notImplemented(c.svc, o.name, "it hands out or runs a function's code, and this AWS holds none")
		}
	}
	return notImplemented(c.svc, first(c.name, c.req.Method+" "+c.req.URL.Path), "the embedded AWS does not serve it")
}

func notImplemented(service, op, why string) *apiError {
	return &apiError{Status: http.StatusNotImplemented, Code: "NotImplemented", Message: fmt.Sprintf("%s:%s is not implemented: %s", service, op, why)}
}

func (c *call) decodeJSON() error {
	if len(bytes.TrimSpace(c.raw)) == 0 {
		c.body = map[string]any{}
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(c.raw))
	d.UseNumber()
	if err := d.Decode(&c.body); err != nil {
		return fmt.Errorf("the request body is not a JSON object: %w", err)
	}
	return nil
}

// matchPath compares path segments, still escaped, with a pattern.
func matchPath(pattern string, segments []string) (map[string]string, bool) {
	params := map[string]string{}
	want := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	if pattern == "/" { // the service itself
		return params, len(segments) == 1 && segments[0] == ""
	}
	for i, w := range want {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(w, "{"), "+}"); ok && strings.HasPrefix(w, "{") {
			if i >= len(segments) {
				return nil, false
			}
			rest, err := url.PathUnescape(strings.Join(segments[i:], "/"))
			params[name] = rest
			return params, err == nil && rest != ""
		}
		if i >= len(segments) {
			return nil, false
		}
		got, err := url.PathUnescape(segments[i])
		if err != nil || got == "" {
			return nil, false
		}
		if strings.HasPrefix(w, "{") {
			params[strings.Trim(w, "{}")] = got
		} else if got != w {
			return nil, false
		}
	}
	return params, len(segments) == len(want)
}

// bucketPath puts the bucket of a virtual-hosted request in front of the path.
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html.
func bucketPath(host, path string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	bucket := ""
	labels := strings.Split(host, ".")
	switch {
	case net.ParseIP(host) != nil || host == "localhost":
	case strings.HasSuffix(host, ".localhost"):
		bucket = strings.TrimSuffix(host, ".localhost")
	case strings.HasSuffix(host, ".amazonaws.com"):
		bucket, _, _ = strings.Cut(host, ".s3.")
		if bucket == host {
			bucket = ""
		}
	case len(labels) > 4 && net.ParseIP(strings.Join(labels[len(labels)-4:], ".")) != nil:
		bucket = strings.Join(labels[:len(labels)-4], ".")
	}
	if bucket == "" {
		return path
	}
	return "/" + url.PathEscape(bucket) + path
}

// list reads Name.member.1, Name.member.2 … of the query protocol.
// See https://smithy.io/2.0/aws/protocols/aws-query-protocol.html.
func (c *call) list(name string) []string {
	var out []string
	for i := 1; ; i++ {
		v, ok := c.form[fmt.Sprintf("%s.member.%d", name, i)]
		if !ok {
			return out
		}
		out = append(out, v[0])
	}
}
