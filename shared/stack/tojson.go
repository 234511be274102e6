package stack

import (
	"encoding/json"
	"strings"
)

// toJSON is Fn::ToJsonString: the argument as JSON text, keys in template order.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ToJsonString.html
func (e *evaluator) toJSON(arg *node) (any, error) {
	v, err := e.eval(arg)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case []any, *object, *partial:
	case string:
		if s := v.(string); HasUnknown(s) {
			return e.unknown(arg, "ToJsonString of "+s, "the value is not known"), nil
		}
		return nil, errorAt(arg, "Fn::ToJsonString wants a map or a list, found text")
	default:
		return nil, errorAt(arg, "Fn::ToJsonString wants a map or a list, found %s", describe(v))
	}
	var b strings.Builder
	writeJSON(&b, v)
	return e.checked(arg, b.String())
}

func writeJSON(b *strings.Builder, v any) {
	if b.Len() > maxString {
		return
	}
	switch v := v.(type) {
	case number:
		b.WriteString(string(v))
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item)
		}
		b.WriteByte(']')
	case *partial:
		writeJSON(b, append(append([]any(nil), v.known...), Unknown(v.rest)))
	case *object:
		b.WriteByte('{')
		for i, k := range v.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, k)
			b.WriteByte(':')
			writeJSON(b, v.values[i])
		}
		b.WriteByte('}')
	case bool:
		if v {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case string:
		enc := json.NewEncoder(&trimNewline{b})
		enc.SetEscapeHTML(false)
		// Encoding a string into memory cannot fail.
		_ = enc.Encode(v)
	default:
		b.WriteString("null")
	}
}

// trimNewline drops the newline that json.Encoder ends a value with.
type trimNewline struct{ b *strings.Builder }

func (t *trimNewline) Write(p []byte) (int, error) {
	t.b.WriteString(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}
