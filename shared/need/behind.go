package need

import (
	"maps"
	"strings"

	"permprobe/shared/fact"
)

// behind says what a caller needs of the key that encrypts what a service holds. Services call KMS with the
// permissions of who calls them.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
type behind struct {
	service string
	// action begins the actions of the service that are concerned.
	action string
	keys   []string
	// doubted are those of which the documents disagree.
	doubted []string
	// context is the encryption context that the service gives with its calls; its value is the resource's ARN.
	context, why, page string
}

var keysBehind = []behind{
	{"sqs", "sqs:SendMessage", []string{"kms:GenerateDataKey"}, []string{"kms:Decrypt"}, "aws:sqs:arn", "the queue encrypts messages with the key",
		"https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"},
	{"sqs", "sqs:ReceiveMessage", []string{"kms:Decrypt"}, nil, "aws:sqs:arn", "the queue decrypts messages with the key",
		"https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"},
	{"sns", "sns:Publish", []string{"kms:GenerateDataKey", "kms:Decrypt"}, nil, "aws:sns:topicArn", "the topic encrypts messages with the key",
		"https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"},
}

// Behind are the needs on the customer's keys that encrypt what the needs are calls on, as far as it is read which keys
// these are. AWS's own keys let everybody of the account in.
func Behind(facts *fact.Facts, needs []Need) []Need {
	var out []Need
	type once struct {
		function     fact.FunctionRef
		role         string
		purpose      Purpose
		action, on   string
		subject, via string
	}
	seen := map[once]bool{}
	for i := range needs {
		n := &needs[i]
		target, has := n.Target()
		if !has {
			continue
		}
		held, _ := facts.Targets[target.ARN].Value()
		if held.Key == "" {
			continue
		}
		for _, b := range keysBehind {
			if !strings.EqualFold(b.action, n.Action) {
				continue
			}
			for _, one := range b.needs(facts, n, held) {
				key := once{one.Function, one.Role, one.Purpose, one.Action, one.Resource, one.Subject, target.ARN}
				if !seen[key] {
					seen[key] = true
					out = append(out, one)
				}
			}
		}
	}
	return out
}

func (b behind) needs(facts *fact.Facts, n *Need, held fact.Target) []Need {
	region := facts.Account.Region
	if arn, err := fact.ParseARN(held.ARN); err == nil && arn.Region != "" {
		region = arn.Region
	}
	one := *n
	one.Row, one.Level, one.Managed, one.Grant, one.Open, one.Either, one.Scoped, one.Form = "key", Required, "", "", "", "", "", ""
	one.Why, one.Page, one.Resource, one.Via = b.why, b.page, held.Key, held.ARN
	one.Context = maps.Clone(n.Context)
	if one.Context == nil {
		one.Context = map[string][]string{}
	}
	one.Context["kms:ViaService"] = []string{b.service + "." + region + "." + dnsSuffix(facts.Account.Partition)}
	one.Context["kms:EncryptionContext:"+b.context] = []string{held.ARN}
	if arn, err := fact.ParseARN(held.Key); err != nil || !strings.HasPrefix(arn.Resource, "key/") {
		one.Unread = fact.Unread{Reason: "which key encrypts the " + held.Name() + " is not known: " + held.Key}
		if why, unread := facts.KeyAliases[held.Key].Unread(); unread && why.Operation != "" {
			why.Reason = "which key encrypts the " + held.Name() + " is not known: " + why.Reason
			one.Unread = why
		}
		one.Action = b.keys[0]
		return []Need{one}
	}
	var out []Need
	for _, action := range b.keys {
		one.Action = action
		out = append(out, one)
	}
	for _, action := range b.doubted {
		one.Action = action
		if one.Presumed.IsZero() {
			one.Presumed = fact.Unread{Reason: "whether " + n.Action + " on the " + held.Name() + " takes " + action + " on its key besides is documented either way, and it is not allowed"}
		}
		out = append(out, one)
	}
	return out
}
