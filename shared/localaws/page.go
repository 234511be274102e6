package localaws

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// page cuts a list. limit is what the caller asks for (0: nothing), max what the service gives at most and def without being
// asked; the server's PageSize lowers both. The token that comes back is opaque and belongs to this list alone.
func page[T any](c *call, items []T, token string, limit, def, max int) (cut []T, next string, err *apiError) {
	n := def
	if limit > 0 {
		n = min(limit, max)
	}
	if size := c.srv.opts.PageSize; size > 0 {
		n = min(n, size)
	}
	at := 0
	if token != "" {
		b, e := base64.RawURLEncoding.DecodeString(token)
		rest, ok := strings.CutPrefix(string(b), c.svc+"."+c.name+".")
		at, _ = strconv.Atoi(rest)
		if e != nil || !ok || at <= 0 || at > len(items) {
			return nil, "", badToken(c.svc)
		}
	}
	end := min(at+n, len(items))
	if end < len(items) {
		next = base64.RawURLEncoding.EncodeToString([]byte(c.svc + "." + c.name + "." + strconv.Itoa(end)))
	}
	return items[at:end], next, nil
}

func badToken(svc string) *apiError {
	switch svc {
	case "iam":
		return &apiError{Status: 400, Code: "ValidationError", Message: "Invalid Marker."}
	case "events":
		return &apiError{Status: 400, Code: "ValidationException", Message: "The pagination token is not valid."}
	case "tagging":
		return &apiError{Status: 400, Code: "PaginationTokenExpiredException", Message: "The pagination token has expired."}
	case "logs":
		return invalid(svc, "The specified nextToken is invalid.")
	case "cloudtrail":
		return &apiError{Status: 400, Code: "InvalidNextTokenException", Message: "Invalid NextToken."}
	case "apigateway":
		return invalid(svc, "Invalid position parameter")
	case "apigatewayv2":
		return invalid(svc, "Invalid next token")
	}
	return invalid(svc, "Invalid Marker")
}

// number reads a limit. AWS refuses one outside of 1 to max for most operations; ok is false then.
func number(text string, max int) (n int, ok bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= max
}
