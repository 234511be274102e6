package fact

import "testing"

func TestAConsumerOfAStreamIsATargetOfItsOwnWhoseDataTheStreamHolds(t *testing.T) {
	const stream = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/clicks"
	for _, c := range []struct {
		arn    string
		kind   TargetKind // empty where it is none
		holder string
		tagged string
	}{
		{stream, TargetStream, stream, stream},
		{stream + "/consumer/fan:1700000000", TargetConsumer, stream, stream + "/consumer/fan:1700000000"},
		{arn: stream + "/consumer/fan"}, {arn: stream + "/consumer/fan:*"}, {arn: stream + "/consumer/*:1700000000"}, {arn: stream + "/consumer/fan:17/more"},
		{arn: stream + "/consumer/⟦Parameter Fan⟧:1700000000"},
	} {
		got, is := TargetOf(c.arn)
		if is != (c.kind != "") || got.Kind != c.kind || is && (got.Holder() != c.holder || got.Tagged() != c.tagged || got.Account != "123456789012") {
			t.Errorf("%s: %v %+v, held by %s", c.arn, is, got, got.Holder())
		}
	}
}
