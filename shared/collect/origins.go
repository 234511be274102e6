package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Origins reads whether the sources exist that function policies name and no trigger shows: a call for each, of those
// that are read of such sources anyway, because what a listing leaves out may have been made after it.
func (c *Collector) Origins(ctx context.Context, facts *fact.Facts, origins []fact.Origin) {
	read := make([]fact.Read[fact.Origin], len(origins))
	forEach(ctx, len(origins), func(ctx context.Context, i int) {
		switch o := origins[i]; o.Kind {
		case fact.KindAPIs:
			read[i] = c.existingAPI(ctx, o)
		case fact.KindRules:
			read[i] = c.existingRule(ctx, o)
		case fact.KindBuckets:
			read[i] = c.existingBucket(ctx, o)
		}
	})
	facts.Origins = make(map[string]fact.Read[fact.Origin], len(origins))
	for i := range origins {
		facts.Origins[origins[i].ARN] = read[i]
	}
}

// existing reads an error of a call about a source.
func existing(o fact.Origin, of call, err error) fact.Read[fact.Origin] {
	switch {
	case isNotFound(err):
		return fact.Absent[fact.Origin]()
	case err != nil:
		return fact.NotRead[fact.Origin](of.unread(err))
	}
	return fact.Known(o)
}

// existingAPI asks both services for the API: its id does not say which it belongs to.
func (c *Collector) existingAPI(ctx context.Context, o fact.Origin) fact.Read[fact.Origin] {
	_, err := c.REST.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: aws.String(o.ID)})
	rest := existing(o, c.gateway("apigateway:GetStages of "+o.ID, "/restapis/"+o.ID+"/stages"), err)
	if !rest.IsAbsent() {
		return rest
	}
	_, err = c.HTTP.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: aws.String(o.ID)})
	return existing(o, c.gateway("apigateway:GetStages of "+o.ID, "/apis/"+o.ID+"/stages"), err)
}

func (c *Collector) existingRule(ctx context.Context, o fact.Origin) fact.Read[fact.Origin] {
	_, err := c.Rules.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String(o.ID), EventBusName: aws.String(o.Bus)})
	return existing(o, call{Operation: "events:ListTargetsByRule of " + o.ID, Permission: "events:ListTargetsByRule", Resource: o.ARN}, err)
}

// existingBucket takes a bucket of another Region or account for one that exists: S3 knows its name.
func (c *Collector) existingBucket(ctx context.Context, o fact.Origin) fact.Read[fact.Origin] {
	_, err := c.Buckets.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: aws.String(o.ID)})
	if isElsewhere(err) {
		return fact.Known(o)
	}
	return existing(o, call{Operation: "s3:GetBucketNotificationConfiguration of " + o.ID, Permission: "s3:GetBucketNotification", Resource: o.ARN}, err)
}
