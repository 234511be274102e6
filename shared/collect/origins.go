package collect

import (
	"context"
	"strings"
	"sync"

	"permprobe/shared/fact"
	"permprobe/shared/permission"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Origins reads whether the sources exist that function policies name and no trigger shows: a call for each, of those
// that are read of such sources anyway, because what a listing leaves out may have been made after it.
func (c *Collector) Origins(ctx context.Context, facts *fact.Facts, origins []fact.Origin) {
	read := make([]fact.Read[fact.Origin], len(origins))
	configRules := sync.OnceValues(func() ([]string, error) { return c.allConfigRules(ctx) })
	topicRules := sync.OnceValues(func() ([]string, error) { return c.allTopicRules(ctx) })
	forEach(ctx, len(origins), func(ctx context.Context, i int) {
		switch o := origins[i]; o.Kind {
		case fact.KindAPIs:
			read[i] = c.existingAPI(ctx, o)
		case fact.KindRules:
			read[i] = c.existingRule(ctx, o)
		case fact.KindBuckets:
			read[i] = c.existingBucket(ctx, o)
		case fact.KindTopics:
			_, err := c.Topics.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(o.ARN)})
			read[i] = existing(o, call{Operation: "sns:GetTopicAttributes of " + o.ID, Permission: "sns:GetTopicAttributes", Resource: o.ARN}, err)
		case fact.KindUserPools:
			_, err := c.Pools.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: aws.String(o.ID)})
			read[i] = existing(o, call{Operation: "cognito-idp:DescribeUserPool of " + o.ID, Permission: "cognito-idp:DescribeUserPool", Resource: o.ARN}, err)
		case fact.KindTargetGroups:
			_, err := c.Balancers.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: aws.String(o.ARN)})
			read[i] = existing(o, call{Operation: "elasticloadbalancing:DescribeTargetHealth of " + o.ID, Permission: "elasticloadbalancing:DescribeTargetHealth", Resource: "*"}, err)
		case fact.KindRotations:
			_, err := c.Secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(o.ARN)})
			read[i] = existing(o, call{Operation: "secretsmanager:DescribeSecret of " + o.ID, Permission: "secretsmanager:DescribeSecret", Resource: o.ARN}, err)
		case fact.KindFilters:
			if c.asksFor(o) {
				read[i] = c.existingLogGroup(ctx, facts, o)
			}
		case fact.KindAlarms:
			read[i] = c.existingAlarm(ctx, o)
		case fact.KindReceiptRules:
			read[i] = c.existingReceiptRule(ctx, o)
		case fact.KindConfigRules:
			all, err := configRules()
			read[i] = among(o, all, call{Operation: "config:DescribeConfigRules", Permission: "config:DescribeConfigRules", Resource: "*"}, err)
		case fact.KindTopicRules:
			all, err := topicRules()
			read[i] = among(o, all, call{Operation: "iot:ListTopicRules", Permission: "iot:ListTopicRules", Resource: "*"}, err)
		default:
			if c.asksFor(o) {
				read[i] = c.existingControlled(ctx, o)
			}
		}
	})
	facts.Origins = make(map[string]fact.Read[fact.Origin], len(origins))
	for i := range origins {
		if c.asksFor(origins[i]) {
			facts.Origins[origins[i].ARN] = read[i]
		}
	}
}

// controlledOrigins are the types of such sources, with what identifies one there.
var controlledOrigins = map[fact.Kind]struct {
	typeName string
	id       func(o fact.Origin) string
}{
	fact.KindAgents:            {"AWS::Bedrock::Agent", func(o fact.Origin) string { return o.ID }},
	fact.KindChatRooms:         {"AWS::IVSChat::Room", func(o fact.Origin) string { return o.ARN }},
	fact.KindDeviceAuthorizers: {"AWS::IoT::Authorizer", func(o fact.Origin) string { return o.ID }},
	fact.KindProvisioning:      {"AWS::IoT::ProvisioningTemplate", func(o fact.Origin) string { return o.ID }},
	fact.KindTransferServers:   {"AWS::Transfer::Server", func(o fact.Origin) string { return o.ARN }},
	fact.KindLattices:          {"AWS::VpcLattice::TargetGroup", func(o fact.Origin) string { return o.ARN }},
	fact.KindBots: {"AWS::Lex::BotAlias", func(o fact.Origin) string {
		bot, alias, _ := strings.Cut(o.ID, "/")
		return alias + "|" + bot
	}},
}

// asksFor tells whether such sources are asked for: those of the Cloud Control API where that is switched on, and log groups
// where their filters are read, because without them every permission of a log group would cost a call.
func (c *Collector) asksFor(o fact.Origin) bool {
	if o.Kind == fact.KindFilters {
		return c.On.On(permission.SubscriptionFilters)
	}
	return controlledOrigins[o.Kind].id == nil || c.On.On(permission.OtherTriggers)
}

// existingControlled asks through the Cloud Control API.
func (c *Collector) existingControlled(ctx context.Context, o fact.Origin) fact.Read[fact.Origin] {
	of := controlledOrigins[o.Kind]
	get := call{Operation: "cloudformation:GetResource of " + of.typeName + " " + o.ID, Permission: "cloudformation:GetResource", Resource: "*"}
	_, err := c.Control.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: aws.String(of.typeName), Identifier: aws.String(of.id(o))})
	if err != nil && !isNotFound(err) {
		return fact.NotRead[fact.Origin](get.unreadHandler(err, of.typeName))
	}
	return existing(o, get, err)
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
