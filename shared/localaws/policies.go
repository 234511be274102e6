package localaws

import (
	"net/http"
	"slices"
	"strings"
)

// dynamoTable holds a table and, where it has one, the stream of its changes: each with a policy of its own.
func (b *builder) dynamoTable() {
	table := b.holds("table")
	if table == nil {
		return
	}
	policy, streamed := b.prop("ResourcePolicy"), b.prop("StreamSpecification")
	var ofStream any
	if spec := object(streamed); spec != nil {
		ofStream = spec["ResourcePolicy"]
	}
	if b.res.Type == "AWS::DynamoDB::GlobalTable" { // each replica has policies of its own
		replica := b.replica()
		policy, ofStream = replica["ResourcePolicy"], object(replica["ReplicaStreamSpecification"])["ResourcePolicy"]
	}
	table.policy = b.within(policy)
	if streamed != nil {
		stream := &holder{arn: table.arn + "/stream/2024-01-01T00:00:00.000", policy: b.within(ofStream)}
		b.home().holders[stream.arn] = stream
	}
	table.key = b.tableKey()
}

// tableKey is the key that a table's specification means: one of the customer's, or DynamoDB's managed one; empty for
// the key that DynamoDB owns. Of a global table the replica of the region says it.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-dynamodb-table-ssespecification.html.
func (b *builder) tableKey() string {
	spec := object(b.prop("SSESpecification"))
	if spec == nil {
		return ""
	}
	if on, known := boolean(spec["SSEEnabled"]); known && !on {
		return ""
	}
	name := text(spec["KMSMasterKeyId"])
	if of := object(b.replica()["SSESpecification"]); of != nil {
		name = first(text(of["KMSMasterKeyId"]), name)
	}
	return first(name, "alias/aws/dynamodb")
}

// replica is what a global table says of the one in this Region; nil for none.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-dynamodb-globaltable-replicaspecification.html.
func (b *builder) replica() map[string]any {
	for _, one := range items(b.prop("Replicas")) {
		if replica := object(one); replica != nil && text(replica["Region"]) == b.home().name {
			return replica
		}
	}
	return nil
}

// dynamodbDescribeTable names the key by its ARN, whatever the template names it by. One of no template stays an alias or
// an id.
// See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html.
var dynamodbDescribeTable = operation{
	service: "dynamodb", name: "DescribeTable", shows: []string{"TableName"},
	needs: func(c *call) []need {
		return []need{{action: "dynamodb:DescribeTable", resource: c.tableARN()}}
	},
	serve: func(c *call) (any, error) {
		h, err := c.holder("table", c.tableARN(), &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Requested resource not found"})
		if err != nil {
			return nil, err
		}
		table := map[string]any{"TableArn": h.arn, "TableName": h.arn[strings.LastIndexByte(h.arn, '/')+1:], "TableStatus": "ACTIVE"}
		if h.key != "" {
			table["SSEDescription"] = map[string]any{"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": c.home().keyARN(h.key)}
		}
		return map[string]any{"Table": table}, nil
	},
}

// tableARN is the ARN of the table that a request names by it or by its name.
func (c *call) tableARN() string {
	name := text(c.body["TableName"])
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return c.home().arn("dynamodb", "table/"+name)
}

// kinesisDescribeStreamSummary names the key as the template does.
// See https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html.
var kinesisDescribeStreamSummary = operation{
	service: "kinesis", name: "DescribeStreamSummary", shows: []string{"StreamARN"},
	needs: func(c *call) []need {
		return []need{{action: "kinesis:DescribeStreamSummary", resource: text(c.body["StreamARN"])}}
	},
	serve: func(c *call) (any, error) {
		h, err := c.holder("stream", text(c.body["StreamARN"]), &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Stream not found."})
		if err != nil {
			return nil, err
		}
		summary := map[string]any{
			"StreamARN": h.arn, "StreamName": h.arn[strings.LastIndexByte(h.arn, '/')+1:], "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24,
			"StreamCreationTimestamp": bornEpoch, "EnhancedMonitoring": []any{}, "OpenShardCount": 1, "EncryptionType": "NONE",
		}
		if h.key != "" {
			summary["EncryptionType"], summary["KeyId"] = "KMS", h.key
		}
		return map[string]any{"StreamDescriptionSummary": summary}, nil
	},
}

// within is the document in a resource policy of DynamoDB; empty where there is none.
func (b *builder) within(property any) string {
	if policy := object(property); policy != nil {
		return documentText(policy["PolicyDocument"], resourcePolicy, b.maybe())
	}
	return ""
}

// busPolicy adds one statement to a bus's policy: a whole one, or one that lets an account or an organization send.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html.
func (b *builder) busPolicy() {
	b.then(func() {
		name := first(text(b.prop("EventBusName")), "default")
		bus := b.home().buses[name[strings.LastIndexByte(name, '/')+1:]]
		if bus == nil {
			return
		}
		one := b.prop("Statement")
		if one == nil {
			s := statement{SID: text(b.prop("StatementId")), Effect: "Allow", Principal: map[string]string{"AWS": text(b.prop("Principal"))},
				Action: []string{text(b.prop("Action"))}, Resource: bus.arn}
			if c := object(b.prop("Condition")); c != nil {
				s.Condition = map[string]map[string]string{text(c["Type"]): {text(c["Key"]): text(c["Value"])}}
			}
			one = s
		} else if m := object(one); m != nil {
			whole := map[string]any{"Sid": text(b.prop("StatementId"))}
			for k, v := range m {
				whole[k] = v
			}
			one = whole
		}
		if bus.added == nil { // what the bus's own property says stays
			bus.added = slices.Clone(bus.own)
		}
		bus.added = append(bus.added, knownStatement(one, resourcePolicy, b.maybe())...)
		bus.policy = mustJSON(map[string]any{"Version": "2012-10-17", "Statement": bus.added})
	})
}

// eventsDescribeEventBus takes a bus's name or ARN.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html.
var eventsDescribeEventBus = operation{
	service: "events", name: "DescribeEventBus", shows: []string{"Name"},
	needs: func(c *call) []need {
		return []need{{action: "events:DescribeEventBus", resource: c.busARN()}}
	},
	serve: func(c *call) (any, error) {
		arn := c.busARN()
		name := arn[strings.LastIndexByte(arn, '/')+1:]
		bus := c.home().buses[name]
		switch {
		case c.srv.gone[arn]:
			return nil, &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Event bus " + name + " does not exist."}
		case bus == nil:
			return nil, unknown(c.svc, "event bus "+arn)
		}
		out := map[string]any{"Name": bus.name, "Arn": bus.arn}
		if bus.policy != "" {
			out["Policy"] = bus.policy
		}
		if bus.key != "" {
			out["KmsKeyIdentifier"] = bus.key
		}
		return out, nil
	},
}

func (c *call) busARN() string {
	name := first(text(c.body["Name"]), "default")
	return c.home().arn("events", "event-bus/"+name[strings.LastIndexByte(name, '/')+1:])
}

// dynamodbGetResourcePolicy says of a table without a policy that there is none, by an error of its own.
// See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html.
var dynamodbGetResourcePolicy = operation{
	service: "dynamodb", name: "GetResourcePolicy", shows: []string{"ResourceArn"},
	needs: func(c *call) []need {
		return []need{{action: "dynamodb:GetResourcePolicy", resource: text(c.body["ResourceArn"])}}
	},
	serve: func(c *call) (any, error) {
		h, err := c.holder("table", text(c.body["ResourceArn"]), &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Requested resource not found"})
		switch {
		case err != nil:
			return nil, err
		case h.policy == "":
			return nil, &apiError{Status: 400, Code: "PolicyNotFoundException", Message: "Resource-based policy not found for the provided ResourceArn"}
		}
		return map[string]any{"Policy": h.policy, "RevisionId": uuidOf("revision", h.arn)}, nil
	},
}

// kinesisGetResourcePolicy answers an empty object for a stream or consumer without a policy.
// See https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetResourcePolicy.html.
var kinesisGetResourcePolicy = operation{
	service: "kinesis", name: "GetResourcePolicy", shows: []string{"ResourceARN"},
	needs: func(c *call) []need {
		return []need{{action: "kinesis:GetResourcePolicy", resource: text(c.body["ResourceARN"])}}
	},
	serve: func(c *call) (any, error) {
		h, err := c.holder("stream", text(c.body["ResourceARN"]), &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Stream not found."})
		if err != nil {
			return nil, err
		}
		return map[string]any{"Policy": first(h.policy, "{}")}, nil
	},
}

// secretsGetResourcePolicy takes a secret's ARN with or without the six characters at its end.
// See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html.
var secretsGetResourcePolicy = operation{
	service: "secretsmanager", name: "GetResourcePolicy", shows: []string{"SecretId"},
	needs: func(c *call) []need {
		return []need{{action: "secretsmanager:GetResourcePolicy", resource: c.secretARN()}}
	},
	serve: func(c *call) (any, error) {
		gone := &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret."}
		if c.srv.gone[text(c.body["SecretId"])] {
			return nil, gone
		}
		h, err := c.holder("secret", c.secretARN(), gone)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"ARN": h.arn}
		if h.policy != "" {
			out["ResourcePolicy"] = h.policy
		}
		return out, nil
	},
}

// heldSecret is a secret with its policy and its key.
func (b *builder) heldSecret() {
	if h := b.holds("secret's policy"); h != nil {
		h.key = text(b.prop("KmsKeyId"))
	}
}

// secretsDescribeSecret leaves the key out where it is Secrets Manager's own.
// See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html.
var secretsDescribeSecret = operation{
	service: "secretsmanager", name: "DescribeSecret", shows: []string{"SecretId"},
	needs: func(c *call) []need {
		return []need{{action: "secretsmanager:DescribeSecret", resource: c.secretARN()}}
	},
	serve: func(c *call) (any, error) {
		gone := &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret."}
		if c.srv.gone[text(c.body["SecretId"])] {
			return nil, gone
		}
		h, err := c.holder("secret", c.secretARN(), gone)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"ARN": h.arn}
		if h.key != "" {
			out["KmsKeyId"] = h.key
		}
		return out, nil
	},
}

// secretARN is the whole ARN of the secret that the call names.
func (c *call) secretARN() string {
	id := text(c.body["SecretId"])
	for _, arn := range sortedKeys(c.home().holders) {
		if arn == id || len(arn) == len(id)+7 && strings.HasPrefix(arn, id+"-") {
			return arn
		}
	}
	return id
}

// s3GetBucketPolicy says of a bucket without a policy that there is none, by an error.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html.
var s3GetBucketPolicy = operation{
	service: "s3", name: "GetBucketPolicy", method: "GET", path: "/{Bucket}", query: "policy",
	needs: func(c *call) []need {
		return []need{{action: "s3:GetBucketPolicy", resource: "arn:" + c.home().partition + ":s3:::" + c.path["Bucket"]}}
	},
	serve: func(c *call) (any, error) {
		arn := "arn:" + c.home().partition + ":s3:::" + c.path["Bucket"]
		b := c.acct.buckets[c.path["Bucket"]]
		switch {
		case c.srv.gone[arn]:
			return nil, &apiError{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist", Detail: map[string]string{"BucketName": c.path["Bucket"]}}
		case b == nil && c.srv.othersHold(c.path["Bucket"]):
			return nil, denied(c.svc, "Access Denied")
		case b == nil:
			return nil, unknown(c.svc, "bucket "+c.path["Bucket"])
		case b.policy == "":
			return nil, &apiError{Status: 404, Code: "NoSuchBucketPolicy", Message: "The bucket policy does not exist", Detail: map[string]string{"BucketName": b.name}}
		}
		return &payload{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(b.policy)}, nil
	},
}

// othersHold tells whether a bucket that the caller's account does not have is another account's.
func (s *Server) othersHold(bucket string) bool {
	for _, a := range s.accounts {
		if a.buckets[bucket] != nil {
			return true
		}
	}
	return false
}
