package localaws

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go/encoding/cbor"
)

type protocol uint8

const (
	protoREST protocol = iota // REST-JSON: Lambda, both API Gateway APIs
	protoQuery
	protoJSON // JSON 1.0 and 1.1
	protoS3   // REST-XML
	protoCBOR // RPC v2 with CBOR
)

// protocolOf says which protocol the current SDKs speak with the service of a signing name.
func protocolOf(scope string) protocol {
	switch scope {
	case "iam", "sns", "sts", "elasticloadbalancing", "ses":
		return protoQuery
	case "logs", "events", "tagging", "states", "firehose", "cognito-idp", "secretsmanager", "config", "cloudcontrolapi", "cloudtrail", "organizations":
		return protoJSON
	case "monitoring":
		return protoCBOR
	case "s3":
		return protoS3
	}
	if _, speaks := holderJSON[scope]; speaks {
		return protoJSON
	}
	return protoREST
}

// jsonVersion is which JSON protocol a service speaks.
func jsonVersion(scope string) string {
	if version, told := holderJSON[scope]; told {
		return version
	}
	if scope == "cloudcontrolapi" {
		return "1.0"
	}
	return "1.1"
}

// namespaces are the XML namespaces of the query protocol's answers.
func namespace(scope string) string {
	switch scope {
	case "iam":
		return "https://iam.amazonaws.com/doc/2010-05-08/"
	case "sns":
		return "http://sns.amazonaws.com/doc/2010-03-31/"
	case "sts":
		return "https://sts.amazonaws.com/doc/2011-06-15/"
	case "elasticloadbalancing":
		return "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
	case "ses":
		return "http://ses.amazonaws.com/doc/2010-12-01/"
	}
	return ""
}

// An apiError is an error answer of a service.
type apiError struct {
	Status  int
	Code    string
	Message string
	Reason  string            // TooManyRequestsException of Lambda
	Detail  map[string]string // further elements of an S3 error
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

// A payload is an answer that is not an encoded value: S3's objects.
type payload struct {
	status int
	header http.Header
	body   []byte
}

// members is a list of the query protocol; an empty one is still written.
type members[T any] struct {
	Member []T `xml:"member"`
}

func list[T any](v []T) members[T] { return members[T]{Member: v} }

func (c *call) answer(w http.ResponseWriter, v any) error {
	h := w.Header()
	if p, ok := v.(*payload); ok {
		for k, vs := range p.header {
			h[k] = vs
		}
		h.Set("x-amz-request-id", c.requestID)
		if h.Get("Content-Length") == "" {
			h.Set("Content-Length", strconv.Itoa(len(p.body)))
		}
		w.WriteHeader(p.status)
		_, err := w.Write(p.body)
		return err
	}
	var b []byte
	var err error
	switch protocolOf(c.scope) {
	case protoQuery:
		h.Set("Content-Type", "text/xml")
		h.Set("x-amzn-RequestId", c.requestID)
		b, err = c.queryXML(v)
	case protoJSON:
		h.Set("Content-Type", "application/x-amz-json-"+jsonVersion(c.scope))
		h.Set("x-amzn-RequestId", c.requestID)
		b, err = compactJSON(v)
	case protoCBOR:
		c.setCBOR(h)
		var encoded cbor.Value
		if encoded, err = toCBOR(v); err == nil {
			b = cbor.Encode(encoded)
		}
	default:
		h.Set("Content-Type", "application/json")
		h.Set("x-amzn-RequestId", c.requestID)
		b, err = compactJSON(v)
	}
	if err != nil {
		return fmt.Errorf("encode the answer of %s:%s: %w", c.svc, c.name, err)
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(b)
	return err
}

func (c *call) queryXML(v any) ([]byte, error) {
	var b bytes.Buffer
	e := xml.NewEncoder(&b)
	top := xml.StartElement{Name: xml.Name{Local: c.name + "Response"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace(c.scope)}}}
	meta := struct {
		RequestID string `xml:"RequestId"`
	}{c.requestID}
	for _, step := range []func() error{
		func() error { return e.EncodeToken(top) },
		func() error { return e.EncodeElement(v, xml.StartElement{Name: xml.Name{Local: c.name + "Result"}}) },
		func() error {
			return e.EncodeElement(meta, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
		},
		func() error { return e.EncodeToken(top.End()) },
		e.Flush,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// refuse writes an error in the service's own format.
func (c *call) refuse(w http.ResponseWriter, e *apiError) error {
	h := w.Header()
	var b []byte
	var err error
	switch protocolOf(c.scope) {
	case protoQuery:
		h.Set("Content-Type", "text/xml")
		h.Set("x-amzn-RequestId", c.requestID)
		fault := "Sender"
		if e.Status >= 500 {
			fault = "Receiver"
		}
		b, err = xml.Marshal(struct {
			XMLName   xml.Name `xml:"ErrorResponse"`
			Namespace string   `xml:"xmlns,attr"`
			Type      string   `xml:"Error>Type"`
			Code      string   `xml:"Error>Code"`
			Message   string   `xml:"Error>Message"`
			RequestID string   `xml:"RequestId"`
		}{Namespace: namespace(c.scope), Type: fault, Code: e.Code, Message: e.Message, RequestID: c.requestID})
	case protoJSON:
		h.Set("Content-Type", "application/x-amz-json-"+jsonVersion(c.scope))
		h.Set("x-amzn-RequestId", c.requestID)
		// Where the service itself speaks, it is "message"; the front end's refusals say "Message".
		name := "message"
		if e.Code == "AccessDeniedException" {
			name = "Message"
		}
		b, err = compactJSON(map[string]string{"__type": e.Code, name: e.Message})
	case protoCBOR:
		b = c.refuseCBOR(h, e)
	case protoS3:
		h.Set("Content-Type", "application/xml")
		h.Set("x-amz-request-id", c.requestID)
		if c.req.Method != http.MethodHead {
			b = s3Error(e, c.requestID)
		}
		if c.svc == "s3control" {
			b = slices.Concat([]byte("<ErrorResponse>"), bytes.TrimPrefix(b, []byte(xml.Header)), []byte("</ErrorResponse>"))
		}
	default:
		h.Set("Content-Type", "application/json")
		h.Set("x-amzn-RequestId", c.requestID)
		h.Set("x-amzn-ErrorType", e.Code)
		b, err = compactJSON(restError(c.svc, e))
	}
	if err != nil {
		return fmt.Errorf("encode the error %s: %w", e.Code, err)
	}
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(e.Status)
	_, err = w.Write(b)
	return err
}

// restError is the body of a REST-JSON error. Lambda's exceptions differ in how they spell their members; see the
// shapes of its API model.
func restError(svc string, e *apiError) map[string]string {
	if svc != "lambda" {
		if e.Code == "AccessDeniedException" {
			return map[string]string{"Message": e.Message}
		}
		return map[string]string{"message": e.Message}
	}
	switch e.Code {
	case "AccessDeniedException":
		return map[string]string{"Message": e.Message}
	case "TooManyRequestsException":
		return map[string]string{"Type": "User", "message": e.Message, "Reason": first(e.Reason, "CallerRateLimitExceeded")}
	case "InvalidParameterValueException":
		return map[string]string{"Type": "User", "message": e.Message}
	case "ServiceException":
		return map[string]string{"Type": "Service", "Message": e.Message}
	}
	return map[string]string{"Type": "User", "Message": e.Message}
}

func s3Error(e *apiError, id string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<Error>")
	put := func(name, text string) {
		b.WriteString("<" + name + ">")
		// A bytes.Buffer cannot fail.
		_ = xml.EscapeText(&b, []byte(text))
		b.WriteString("</" + name + ">")
	}
	put("Code", e.Code)
	put("Message", e.Message)
	for _, k := range sortedKeys(e.Detail) {
		put(k, e.Detail[k])
	}
	put("RequestId", id)
	put("HostId", "localaws")
	b.WriteString("</Error>")
	return b.Bytes()
}

// compactJSON encodes without HTML escapes, which AWS does not write either.
func compactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// mustJSON is for values that hold only strings, numbers, lists and maps, which always encode.
func mustJSON(v any) string {
	b, err := compactJSON(v)
	if err != nil {
		return "null"
	}
	return string(b)
}

// throttled is how a service says that the rate is exceeded.
func throttled(svc string) *apiError {
	switch svc {
	case "lambda":
		return &apiError{Status: 429, Code: "TooManyRequestsException", Message: "Rate exceeded", Reason: "CallerRateLimitExceeded"}
	case "cognito-idp":
		return &apiError{Status: 400, Code: "TooManyRequestsException", Message: "Rate exceeded"}
	case "apigateway", "apigatewayv2":
		return &apiError{Status: 429, Code: "TooManyRequestsException", Message: "Too Many Requests"}
	case "s3":
		return &apiError{Status: 503, Code: "SlowDown", Message: "Please reduce your request rate."}
	case "logs", "events", "tagging", "states", "firehose", "secretsmanager", "config", "cloudcontrolapi", "cloudtrail", "organizations":
		return &apiError{Status: 400, Code: "ThrottlingException", Message: "Rate exceeded"}
	case "sqs":
		return &apiError{Status: 400, Code: "RequestThrottled", Message: "Rate exceeded"}
	}
	return &apiError{Status: 400, Code: "Throttling", Message: "Rate exceeded"}
}

// internal is how a service says that it failed.
func internal(svc string) *apiError {
	switch svc {
	case "lambda":
		return &apiError{Status: 500, Code: "ServiceException", Message: "An error occurred and the request cannot be processed."}
	case "iam":
		return &apiError{Status: 500, Code: "ServiceFailure", Message: "The request processing has failed because of an unknown error, exception or failure."}
	case "events":
		return &apiError{Status: 500, Code: "InternalException", Message: "An internal error occurred."}
	case "logs":
		return &apiError{Status: 500, Code: "ServiceUnavailableException", Message: "The service cannot complete the request."}
	case "s3":
		return &apiError{Status: 500, Code: "InternalError", Message: "We encountered an internal error. Please try again."}
	}
	return &apiError{Status: 500, Code: "InternalFailure", Message: "The request processing has failed because of an unknown error, exception or failure."}
}

// denied is the code and status of a refusal for want of permission.
func denied(svc, message string) *apiError {
	switch svc {
	case "iam", "sts", "elasticloadbalancing", "ses", "monitoring":
		return &apiError{Status: 403, Code: "AccessDenied", Message: message}
	case "sns":
		return &apiError{Status: 403, Code: "AuthorizationError", Message: message}
	case "s3", "s3control":
		return &apiError{Status: 403, Code: "AccessDenied", Message: message}
	case "logs", "events", "tagging", "states", "firehose", "cognito-idp", "secretsmanager", "config", "cloudtrail", "organizations":
		return &apiError{Status: 400, Code: "AccessDeniedException", Message: message}
	}
	return &apiError{Status: 403, Code: "AccessDeniedException", Message: message}
}

// NotInTemplates is the error code for what no template holds. AWS has no such code: a client must take it neither for
// absence nor for a missing permission, and SDKs do not repeat the call.
const NotInTemplates = "NotInTemplates"

// unknown refuses to answer about what no template holds, with the status of a denial.
func unknown(svc, what string) *apiError {
	e := denied(svc, "the embedded AWS knows nothing about "+what+": no template holds it")
	e.Code = NotInTemplates
	return e
}

// invalid is a request that the service's own validation refuses.
func invalid(svc, format string, args ...any) *apiError {
	e := &apiError{Status: 400, Message: fmt.Sprintf(format, args...)}
	switch svc {
	case "lambda":
		e.Code = "InvalidParameterValueException"
	case "apigateway", "apigatewayv2":
		e.Code = "BadRequestException"
	case "sns":
		e.Code = "InvalidParameter"
	case "logs":
		e.Code = "InvalidParameterException"
	case "s3":
		e.Code = "InvalidArgument"
	default:
		e.Code = "ValidationError"
		if protocolOf(svc) == protoJSON {
			e.Code = "ValidationException"
		}
	}
	return e
}

// quoteList writes values as AWS lists them in messages: [a,b].
func quoteList(vs []string) string { return "[" + strings.Join(vs, ",") + "]" }
