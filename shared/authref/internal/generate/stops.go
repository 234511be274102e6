package main

import (
	"regexp"
	"strings"
)

// The reference says bucket = ${BucketName} and object = ${BucketName}/${ObjectName}
// and leaves it to the reader that a bucket's name holds no "/". The stops of a
// type are the separators that its last variable part cannot hold.

var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// findStops derives the stops of a service's types: where another type's pattern
// goes on after the last variable part with a separator, the part cannot hold
// that separator. Curated names come on top.
func (s service) findStops(stops map[string]string) {
	shape := func(arn string) string { return variable.ReplaceAllString(arn, "\x00") }
	for _, t := range s.types {
		id := s.prefix + " " + t.Key
		if own, ok := curated[id]; ok {
			stops[id] = own
			continue
		}
		last := variable.FindAllString(t.ARN, -1)
		this := shape(t.ARN)
		if !strings.HasSuffix(this, "\x00") || strings.Contains(last[len(last)-1], "Path") {
			continue
		}
		for _, sep := range []string{"/", ":"} {
			for _, other := range s.types {
				if strings.HasPrefix(shape(other.ARN), this+sep) {
					stops[id] += sep
					break
				}
			}
		}
	}
}

// curated are the stops that the patterns do not show, by service and type.
var curated = map[string]string{
	// A qualified function ARN is a function's ARN, and a statement for a log
	// group's actions ends in ":*":
	// https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html,
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html.
	"lambda function":         "/",
	"lambda function alias":   "/",
	"lambda function version": "/",
	"lambda layerVersion":     "/:",
	"logs log-group":          "",
	// Names that hold neither separator, by each service's naming rules.
	"sqs queue":               "/:", // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
	"sns topic":               "/:", // https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
	"dynamodb table":          "/:", // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
	"kinesis stream":          "/:", // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
	"kms key":                 "/:", // https://docs.aws.amazon.com/kms/latest/developerguide/concepts-key-id.html
	"firehose deliverystream": "/:", // https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html
	"states statemachine":     "/",  // an alias or version follows a colon; https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
}
