package declare

import (
	"fmt"
	"slices"
	"strings"
)

// behind says which permissions on a key the services ask of who calls an action on what they encrypt with it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
// https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
// https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
var behind = map[string][]string{
	"s3:GetObject":                  {"kms:Decrypt"},
	"s3:PutObject":                  {"kms:GenerateDataKey"},
	"sqs:SendMessage":               {"kms:GenerateDataKey", "kms:Decrypt"},
	"sqs:ReceiveMessage":            {"kms:Decrypt"},
	"sns:Publish":                   {"kms:GenerateDataKey", "kms:Decrypt"},
	"kinesis:PutRecord":             {"kms:GenerateDataKey"},
	"kinesis:PutRecords":            {"kms:GenerateDataKey"},
	"kinesis:GetRecords":            {"kms:Decrypt"},
	"kinesis:SubscribeToShard":      {"kms:Decrypt"},
	"secretsmanager:GetSecretValue": {"kms:Decrypt"},
	"secretsmanager:PutSecretValue": {"kms:Decrypt", "kms:GenerateDataKey"},
	"dynamodb:GetItem":              {"kms:Decrypt"},
	"dynamodb:Query":                {"kms:Decrypt"},
	"dynamodb:PutItem":              {"kms:Decrypt"},
	"dynamodb:UpdateItem":           {"kms:Decrypt"},
	"dynamodb:DeleteItem":           {"kms:Decrypt"},
	"dynamodb:GetRecords":           {"kms:Decrypt"},
	"ssm:GetParameter":              {"kms:Decrypt"},
	"ssm:PutParameter":              {"kms:Encrypt"},
}

// Key are the calls on the key behind the resources of other calls: those that their services make in the caller's
// name.
func Key(resource string, calls []Call) ([]Call, error) {
	ref, err := refer(resource, key)
	if err != nil {
		return nil, err
	}
	if ref.kind != key {
		return nil, fmt.Errorf("%s is no key of KMS", quote(resource))
	}
	var out []Call
	for _, call := range calls {
		service, _, _ := strings.Cut(call.Action, ":")
		for _, action := range behind[call.Action] {
			via, _ := ViaService(Partition, Region, service) // In fills it
			if !slices.ContainsFunc(out, func(c Call) bool { return c.Action == action && c.Context[viaService][0] == via }) {
				out = append(out, Call{Action: action, Resource: ref.arn, Context: map[string][]string{viaService: {via}}})
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: nothing that is declared beside it uses a key: declare decrypt or encrypt instead", quote(resource))
	}
	return out, nil
}
