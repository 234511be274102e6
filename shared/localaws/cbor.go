package localaws

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// decodeCBOR reads what RPC v2 asks: the operation is in the path and its input a CBOR map, which is nothing where the
// operation has no members to say. See https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html.
func (c *call) decodeCBOR() *apiError {
	_, name, found := strings.Cut(c.req.URL.Path, "/operation/")
	if !found || c.req.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" || c.req.Method != http.MethodPost {
		return &apiError{Status: 404, Code: "UnknownOperationException", Message: "the request is none of the RPC v2 CBOR protocol"}
	}
	c.name, c.body = name, map[string]any{}
	if len(c.raw) == 0 {
		return nil
	}
	v, err := cbor.Decode(c.raw)
	if err != nil {
		return &apiError{Status: 400, Code: "SerializationException", Message: "the request body is not CBOR: " + err.Error()}
	}
	fields, isMap := v.(cbor.Map)
	if !isMap {
		return &apiError{Status: 400, Code: "SerializationException", Message: "the request body is not a CBOR map"}
	}
	for k, v := range fields {
		c.body[k] = fromCBOR(v)
	}
	return nil
}

// fromCBOR is what a JSON decoder would give: numbers are json.Number.
func fromCBOR(v cbor.Value) any {
	switch v := v.(type) {
	case cbor.String:
		return string(v)
	case cbor.Bool:
		return bool(v)
	case cbor.Uint:
		return json.Number(fmt.Sprint(uint64(v)))
	case cbor.NegInt:
		return json.Number(fmt.Sprintf("-%d", uint64(v)))
	case cbor.Float32:
		return float64(v)
	case cbor.Float64:
		return float64(v)
	case cbor.Slice:
		return []byte(v)
	case *cbor.Tag:
		return fromCBOR(v.Value)
	case cbor.List:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = fromCBOR(e)
		}
		return out
	case cbor.Map:
		out := map[string]any{}
		for k, e := range v {
			out[k] = fromCBOR(e)
		}
		return out
	}
	return nil
}

// toCBOR encodes an answer made of maps, lists, texts, numbers and booleans.
func toCBOR(v any) (cbor.Value, error) {
	switch v := v.(type) {
	case string:
		return cbor.String(v), nil
	case bool:
		return cbor.Bool(v), nil
	case int:
		if v < 0 {
			return cbor.NegInt(-int64(v)), nil
		}
		return cbor.Uint(v), nil
	case float64:
		return cbor.Float64(v), nil
	case time.Time: // tag 1: seconds since 1970
		return &cbor.Tag{ID: 1, Value: cbor.Float64(float64(v.Unix()))}, nil
	case []string:
		out := make(cbor.List, len(v))
		for i, s := range v {
			out[i] = cbor.String(s)
		}
		return out, nil
	case []any:
		out := make(cbor.List, len(v))
		for i, e := range v {
			var err error
			if out[i], err = toCBOR(e); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := cbor.Map{}
		for _, k := range sortedKeys(v) {
			e, err := toCBOR(v[k])
			if err != nil {
				return nil, err
			}
			out[k] = e
		}
		return out, nil
	}
	return nil, fmt.Errorf("a %T has no CBOR", v)
}

// setCBOR sets the headers of an answer of the protocol.
func (c *call) setCBOR(h http.Header) {
	h.Set("Content-Type", "application/cbor")
	h.Set("Smithy-Protocol", "rpc-v2-cbor")
	h.Set("x-amzn-RequestId", c.requestID)
}

// refuseCBOR is the body of an error. Services that spoke the query protocol before say its code in a header.
// See https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait.
func (c *call) refuseCBOR(h http.Header, e *apiError) []byte {
	c.setCBOR(h)
	fault := "Sender"
	if e.Status >= 500 {
		fault = "Receiver"
	}
	if c.req.Header.Get("X-Amzn-Query-Mode") == "true" {
		h.Set("X-Amzn-Query-Error", e.Code+";"+fault)
	}
	return cbor.Encode(cbor.Map{"__type": cbor.String(e.Code), "message": cbor.String(e.Message)})
}
