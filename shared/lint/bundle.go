package lint

import "strings"

// bundled are actions that tools write beside another one of a list of grants although they never apply to what that one
// applies to: the list is for reading a table, a stream or a parameter as a whole. Who granted it so misses nothing of it, as
// long as nothing is known to need the action: that is decided where it is needed.
//
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_dynamodb.Table.html#grantwbrreadwbrdatagrantee,
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_kinesis.Stream.html#grantwbrreadgrantee,
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ssm.StringParameter.html#grantwbrreadgrantee,
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html.
var bundled = map[string]string{
	"dynamodb:getrecords":       "dynamodb:getitem",
	"dynamodb:getsharditerator": "dynamodb:getitem",
	"kinesis:subscribetoshard":  "kinesis:getrecords",
	"ssm:describeparameters":    "ssm:getparameter",
}

// inBundle tells whether the action stands beside the one that applies to the statement's resources.
func (s *statement) inBundle(a action) bool {
	beside := bundled[strings.ToLower(a.text)]
	if beside == "" {
		return false
	}
	for _, other := range s.actions {
		if !strings.EqualFold(other.text, beside) {
			continue
		}
		for _, k := range other.known {
			if covers(k, s.resources) {
				return true
			}
		}
	}
	return false
}
