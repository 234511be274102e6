package need

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/declare"
	"permprobe/shared/fact"
)

// behind says what a caller needs of the key that encrypts what a service holds. Services call KMS with the
// permissions of who calls them.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
type behind struct {
	service string
	// actions are those of the service that are concerned.
	actions []string
	keys    []string
	// doubted are those that a call may or may not take besides; doubt says why, of the call, the resource and the action.
	doubted []string
	doubt   string
	// advanced are the actions on the key instead for a parameter of the advanced tier.
	advanced []string
	// unsure says why it is not known whether the call takes the key at all, and spared when it does without; both empty
	// where it always takes it.
	unsure, spared string
	// by is the service that uses the key under its own name, so that who calls needs nothing of it; empty where it uses it
	// with the caller's permissions. REGION in it is the resource's.
	by string
	// coded tells that only calls of code are in doubt.
	coded bool
	// context is what is known of the encryption context that the service gives with its calls.
	context   func(n *Need, held fact.Target) map[string]string
	why, page string
}

// eitherWay is the doubt where AWS's pages disagree.
const eitherWay = "whether %s on the %s takes %s on its key besides is documented either way, and it is not allowed"

var keysBehind = []behind{
	{
		service: "sqs", actions: []string{"sqs:SendMessage"}, keys: []string{"kms:GenerateDataKey"}, doubted: []string{"kms:Decrypt"}, doubt: eitherWay,
		context: arnAs("aws:sqs:arn"), why: "the queue encrypts messages with the key",
		page: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
	},
	{
		service: "sqs", actions: []string{"sqs:ReceiveMessage"}, keys: []string{"kms:Decrypt"},
		context: arnAs("aws:sqs:arn"), why: "the queue decrypts messages with the key",
		page: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
	},
	{
		service: "sns", actions: []string{"sns:Publish"}, keys: []string{"kms:GenerateDataKey", "kms:Decrypt"},
		context: arnAs("aws:sns:topicArn"), why: "the topic encrypts messages with the key",
		page: "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
	},
	{
		service: "s3", actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, keys: []string{"kms:Decrypt"},
		context: objectContext, why: "the bucket decrypts objects with the key",
		page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
	},
	{
		service: "s3", actions: []string{"s3:PutObject"}, keys: []string{"kms:GenerateDataKey"}, doubted: []string{"kms:Decrypt"}, coded: true,
		doubt:   "whether %s on the %s uploads in parts, which takes %s on its key besides, is not known, and it is not allowed",
		context: objectContext, why: "the bucket encrypts objects with the key",
		page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
	},
	{
		service: "secretsmanager", actions: []string{"secretsmanager:GetSecretValue"}, keys: []string{"kms:Decrypt"}, context: secretContext,
		why: "Secrets Manager decrypts the secret with the key", page: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
	},
	{
		service: "secretsmanager", actions: []string{"secretsmanager:PutSecretValue"}, keys: []string{"kms:GenerateDataKey"}, doubted: []string{"kms:Decrypt"},
		doubt:   "whether %s on the %s changes a version that is there, which takes %s on its key besides, is not known, and it is not allowed",
		context: secretContext,
		why:     "Secrets Manager encrypts the secret with the key", page: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
	},
	{
		// Writes, too, decrypt the key of the table, which DynamoDB made when the key was chosen.
		service: "dynamodb", actions: []string{
			"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
			"dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete",
			"dynamodb:GetRecords",
		}, keys: []string{"kms:Decrypt"}, context: tableContext,
		why: "DynamoDB decrypts the table with the key", page: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
	},
	{
		service: "ssm", actions: []string{"ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory"}, keys: []string{"kms:Decrypt"},
		context: arnAs("PARAMETER_ARN"), spared: "if the code reads the encrypted text, without WithDecryption",
		why: "Parameter Store decrypts the parameter with the key", page: "https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
	},
	{
		service: "ssm", actions: []string{"ssm:PutParameter"}, keys: []string{"kms:Encrypt"}, advanced: []string{"kms:GenerateDataKey"}, context: arnAs("PARAMETER_ARN"),
		unsure: "whether %s on the %s names the key that encrypts it now, which it must be allowed to use then, is not known: without a name it takes AWS's own",
		why:    "Parameter Store encrypts the parameter with the key", page: "https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
	},
	{
		service: "events", actions: []string{"events:PutEvents"}, keys: []string{"kms:GenerateDataKey", "kms:Decrypt"}, by: "events.amazonaws.com",
		context: arnAs("aws:events:event-bus:arn"), why: "EventBridge encrypts events on the bus with the key, and decrypts them to match them",
		page: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html",
	},
	{
		service: "logs", actions: []string{"logs:PutLogEvents"}, keys: []string{"kms:GenerateDataKey", "kms:Decrypt"}, by: logsOfRegion,
		context: arnAs("aws:logs:arn"), why: "CloudWatch Logs encrypts what is written to the log group with the key, and decrypts it for whoever reads it",
		page: logsKeyPage,
	},
	{
		service: "logs", actions: []string{"logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery"}, keys: []string{"kms:Decrypt"}, by: logsOfRegion,
		context: arnAs("aws:logs:arn"), why: "CloudWatch Logs decrypts what is in the log group with the key", page: logsKeyPage,
	},
	{
		service: "kinesis", actions: []string{"kinesis:PutRecord", "kinesis:PutRecords"}, keys: []string{"kms:GenerateDataKey"},
		context: arnAs("aws:kinesis:arn"), why: "the stream encrypts records with the key", page: "https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html",
	},
	{
		service: "kinesis", actions: []string{"kinesis:GetRecords", "kinesis:SubscribeToShard"}, keys: []string{"kms:Decrypt"},
		context: arnAs("aws:kinesis:arn"), why: "the stream decrypts records with the key", page: "https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html",
	},
}

// logsOfRegion is as whom CloudWatch Logs uses keys. Its page has a key's policy allow five groups of actions; the two that
// encrypt and decrypt are those that AWS's own policy for writers holds. The page has the role that calls allowed
// them, too, without a word on which calls fail without. No need is made of that: Lambda's page on logs asks for nothing of
// keys, and AWS's managed policy for the logs of functions grants nothing of them.
//
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/CloudWatchLogsAPIKeyAccess.html
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
const (
	logsOfRegion = "logs.REGION.amazonaws.com"
	logsKeyPage  = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
)

// concernsKey tells whether an action takes the key of what it is on.
func concernsKey(action string) bool {
	return slices.ContainsFunc(keysBehind, func(b behind) bool { return b.concerns(action) })
}

func (b behind) concerns(action string) bool {
	return slices.ContainsFunc(b.actions, func(one string) bool { return strings.EqualFold(one, action) })
}

// OtherNames are names of a service that uses a key, besides its Principal: that a policy which names one of them speaks of
// this service is not documented. In China it is not under which suffix it calls.
func (n *Need) OtherNames() []string {
	rest, logs := strings.CutPrefix(n.Principal, "logs.")
	if n.Kind != Service || !logs {
		return nil
	}
	others := []string{fact.LogsService}
	if strings.HasPrefix(rest, "cn-") {
		others = append(others, n.Principal+".cn", fact.LogsService+".cn")
	}
	return others
}

// sealed is the need that cannot be met: AWS's own key of another account. A bucket without a key of the customer's takes
// that of the account which writes the object, so that only reading fails, and only what others wrote.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func (b behind) sealed(facts *fact.Facts, one Need, held fact.Target) []Need {
	one.Action, one.Sealed = b.keys[0], held.Sealed
	one.Resource = fact.ARN{
		Partition: facts.Account.Partition, Service: "kms", Region: regionBehind(facts, held, fact.ARN{}), Account: held.Account, Resource: "alias/" + held.Sealed,
	}.String()
	if held.Kind == fact.TargetBucket {
		if one.Action != "kms:Decrypt" {
			return nil
		}
		if one.Presumed.IsZero() {
			one.Presumed = fact.Unread{Reason: fmt.Sprintf("which account wrote the objects of the %s of account %s is not known: the key %s encrypts those that %s wrote itself, and lets nobody else read them",
				held.Name(), held.Account, held.Sealed, held.Account)}
		}
	}
	return []Need{one}
}

// byService are the needs of the service that encrypts what is called.
func (b behind) byService(one Need, n *Need, facts *fact.Facts, held fact.Target) []Need {
	arn, _ := fact.ParseARN(held.ARN)
	one.Kind, one.Principal, one.Spared = Service, strings.ReplaceAll(b.by, "REGION", arn.Region), ""
	one.Context = map[string][]string{}
	for name, value := range b.context(n, held) {
		one.Context["kms:EncryptionContext:"+name] = []string{value}
	}
	key, err := fact.ParseARN(held.Key)
	if !held.Keyless.IsZero() || err != nil || !strings.HasPrefix(key.Resource, "key/") {
		one.Action, one.Unread = b.keys[0], keyUnread(facts, held)
		return []Need{one}
	}
	var out []Need
	for _, action := range b.keys {
		one.Action = action
		out = append(out, one)
	}
	return out
}

// secretContext is what of that of a secret is known: its ARN. The version's id besides is not.
//
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
func secretContext(_ *Need, held fact.Target) map[string]string {
	if held.Whole == "" {
		return nil
	}
	return map[string]string{"SecretARN": held.Whole}
}

// arnAs is the encryption context that is the resource's ARN alone.
func arnAs(name string) func(*Need, fact.Target) map[string]string {
	return func(_ *Need, held fact.Target) map[string]string { return map[string]string{name: held.ARN} }
}

// tableContext is that of DynamoDB: the table's name and its owner's account. A stream's is its table's.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
func tableContext(_ *Need, held fact.Target) map[string]string {
	name := strings.Split(held.ARN, "/")
	return map[string]string{"aws:dynamodb:tableName": name[1], "aws:dynamodb:subscriberId": held.Account}
}

// objectContext is that of S3: the object's ARN, or the bucket's where the whole bucket has one key.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
func objectContext(n *Need, held fact.Target) map[string]string {
	if held.BucketKey {
		return map[string]string{"aws:s3:arn": held.ARN}
	}
	return map[string]string{"aws:s3:arn": n.Resource}
}

// Behind are the needs on what stands behind what the needs are calls on: on the customer's keys that encrypt it, as far as
// it is read which keys these are (AWS's own keys let everybody of the account in), and on the buckets of access points,
// behind which there are keys again.
func Behind(facts *fact.Facts, needs []Need) []Need {
	var out []Need
	type once struct {
		function     fact.FunctionRef
		role         string
		purpose      Purpose
		action, on   string
		subject, via string
		context      string
	}
	seen := map[once]bool{}
	for i := range needs {
		n := &needs[i]
		target, has := n.Target()
		if !has {
			continue
		}
		held, _ := facts.Targets[target.ARN].Value()
		if held.Kind == fact.TargetConsumer { // what it is given is the stream's, which alone is encrypted
			held.Kind, held.ARN = fact.TargetStream, held.Holder()
		}
		if one, leads := behindPoint(n, held); leads {
			out = append(out, one)
			continue
		}
		if held.Key == "" && held.Sealed == "" && held.Keyless.IsZero() {
			continue
		}
		for _, b := range keysBehind {
			if !b.concerns(n.Action) {
				continue
			}
			for _, one := range b.needs(facts, n, held) {
				key := once{one.Function, one.Role, one.Purpose, one.Action, one.Resource, one.Subject, one.Via, fmt.Sprint(one.Context)}
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
	one := *n
	one.Row, one.Level, one.Managed, one.Grant, one.Open, one.Either, one.Scoped, one.Form = "key", Required, "", "", "", "", "", ""
	one.Why, one.Page, one.Resource, one.Via, one.Spared = b.why, b.page, held.Key, held.ARN, b.spared
	if b.unsure != "" && one.Presumed.IsZero() {
		one.Presumed = fact.Unread{Reason: fmt.Sprintf(b.unsure, n.Action, held.Name())}
	}
	if held.Advanced && len(b.advanced) > 0 {
		b.keys = b.advanced
	}
	if b.by != "" {
		return b.byService(one, n, facts, held)
	}
	one.Context = maps.Clone(n.Context)
	if one.Context == nil {
		one.Context = map[string][]string{}
	}
	if held.Sealed != "" {
		return b.sealed(facts, one, held)
	}
	key, err := fact.ParseARN(held.Key)
	if err == nil && key.Account != "" {
		one.Context["aws:ResourceAccount"] = []string{key.Account} // which need not be that of what the key encrypts
	}
	if via, documented := ViaService(facts.Account, regionBehind(facts, held, key), b.service); documented {
		one.Context["kms:ViaService"] = []string{via}
	}
	for name, value := range b.context(n, held) {
		one.Context["kms:EncryptionContext:"+name] = []string{value}
	}
	if !held.Keyless.IsZero() || err != nil || !strings.HasPrefix(key.Resource, "key/") {
		one.Action, one.Unread = b.keys[0], keyUnread(facts, held)
		return []Need{one}
	}
	var out []Need
	for _, action := range b.keys {
		one.Action = action
		out = append(out, one)
	}
	if b.coded && !n.ByCode() {
		return out
	}
	for _, action := range b.doubted {
		one.Action = action
		if one.Presumed.IsZero() {
			one.Presumed = fact.Unread{Reason: fmt.Sprintf(b.doubt, n.Action, held.Name(), action)}
		}
		out = append(out, one)
	}
	return out
}

// ViaService is the value of kms:ViaService in the calls of a service of the Region; false where it is not documented.
func ViaService(account fact.Account, region, service string) (string, bool) {
	return declare.ViaService(account.Partition, region, service)
}

// regionBehind is the Region whose service calls KMS. The ARN of a bucket names none: its key is in its own Region.
func regionBehind(facts *fact.Facts, held fact.Target, key fact.ARN) string {
	arn, _ := fact.ParseARN(held.ARN)
	return cmp.Or(arn.Region, key.Region, facts.Account.Region)
}

// keyUnread says why it is not known which key encrypts what a target holds.
func keyUnread(facts *fact.Facts, held fact.Target) fact.Unread {
	which := "which key encrypts the " + held.Name() + " is not known: "
	why := held.Keyless
	if why.IsZero() {
		if alias, unread := facts.KeyAliases[held.Key].Unread(); unread && alias.Operation != "" {
			why = alias
		} else {
			return fact.Unread{Reason: which + held.Key}
		}
	}
	if held.Kind == fact.TargetLogGroup { // of which every function has one: one cause is told once
		which = "which keys encrypt log groups is not known: "
	}
	why.Reason = which + why.Reason
	return why
}
