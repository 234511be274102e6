package localaws

import (
	"bytes"
	"strconv"
	"strings"
)

// objectBody is the object in the request's body, without the chunks that streaming uploads frame it in.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html.
func (c *call) objectBody() ([]byte, *apiError) {
	if !strings.HasPrefix(c.req.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return c.raw, nil
	}
	bad := &apiError{Status: 400, Code: "IncompleteBody", Message: "The request body terminated unexpectedly"}
	var out []byte
	rest := c.raw
	for {
		line, after, ok := bytes.Cut(rest, []byte("\r\n"))
		if !ok {
			return nil, bad
		}
		hex, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseUint(hex, 16, 31)
		if err != nil || uint64(len(after)) < n {
			return nil, bad
		}
		if n == 0 {
			break // trailers follow; checksums are not verified
		}
		out = append(out, after[:n]...)
		rest = bytes.TrimPrefix(after[n:], []byte("\r\n"))
	}
	if want := c.req.Header.Get("X-Amz-Decoded-Content-Length"); want != "" && want != strconv.Itoa(len(out)) {
		return nil, bad
	}
	return out, nil
}
