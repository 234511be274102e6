package need

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// Deputy is a service that calls functions in its own name for whoever owns the resource that sends the event. A
// permission for the service that names neither a source nor an account lets it call for any account.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
type Deputy struct {
	// Principal is the service; "{region}" in it stands for the Region.
	Principal string
	// Source is what calls through it, for people: "bucket".
	Source string
	// Service and Resource are those parts of the source's ARN, as a stranger's would have them; empty where its
	// calls carry no source ARN, or none that AWS documents.
	Service, Resource string
	// Global is true where the source's ARN has neither Region nor account.
	Global bool
	// Token is true where the service knows its callers by lambda:EventSourceToken and not by an account.
	Token bool
	// Action is what the service calls; lambda:InvokeFunction where it is empty.
	Action string
}

// In is the deputy in a Region.
func (d Deputy) In(region string) Deputy {
	d.Principal = strings.ReplaceAll(d.Principal, "{region}", region)
	return d
}

// Deputies lists the services that send events for any account. Elastic Load Balancing and VPC Lattice are not among
// them: they register only functions of the target group's own account.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html,
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
func Deputies() []Deputy {
	return []Deputy{
		{Principal: fact.S3Service, Source: "bucket", Service: "s3", Resource: "a-bucket-of-somebody-else-0d1e2f3a4b", Global: true},
		{Principal: fact.EventBridgeService, Source: "event rule", Service: "events", Resource: "rule/a-rule-of-somebody-else"},
		{Principal: fact.APIGatewayService, Source: "API", Service: "execute-api", Resource: "0d1e2f3a4b/prod/GET/"},
		{Principal: fact.SNSService, Source: "SNS topic", Service: "sns", Resource: "a-topic-of-somebody-else"},
		{Principal: "sns.{region}.amazonaws.com", Source: "SNS topic", Service: "sns", Resource: "a-topic-of-somebody-else"},
		{Principal: fact.LogsService, Source: "log group", Service: "logs", Resource: "log-group:a-group-of-somebody-else:*"},
		{Principal: "logs.{region}.amazonaws.com", Source: "log group", Service: "logs", Resource: "log-group:a-group-of-somebody-else:*"},
		{Principal: "lambda.alarms.cloudwatch.amazonaws.com", Source: "alarm", Service: "cloudwatch", Resource: "alarm:an-alarm-of-somebody-else"},
		{Principal: "lambda.datasource.cloudwatch.amazonaws.com", Source: "dashboard"},
		{Principal: "cognito-idp.amazonaws.com", Source: "user pool", Service: "cognito-idp", Resource: "userpool/us-east-1_0d1e2f3a4"},
		{Principal: "iot.amazonaws.com", Source: "IoT rule", Service: "iot", Resource: "rule/a_rule_of_somebody_else"},
		{Principal: "config.amazonaws.com", Source: "Config rule", Service: "config", Resource: "config-rule/config-rule-0d1e2f"},
		{Principal: "codecommit.amazonaws.com", Source: "repository", Service: "codecommit", Resource: "a-repository-of-somebody-else"},
		{Principal: "ses.amazonaws.com", Source: "SES receipt rule", Service: "ses", Resource: "receipt-rule-set/somebody-else:receipt-rule/rule"},
		{Principal: "secretsmanager.amazonaws.com", Source: "secret", Service: "secretsmanager", Resource: "secret:a-secret-of-somebody-else-0d1e2f"},
		{Principal: "lexv2.amazonaws.com", Source: "Lex bot", Service: "lex", Resource: "bot-alias/0D1E2F3A4B/0D1E2F3A4B"},
		{Principal: "lex.amazonaws.com", Source: "Lex bot", Service: "lex", Resource: "intent:AnIntentOfSomebodyElse:*"},
		{Principal: "connect.amazonaws.com", Source: "Connect instance", Service: "connect", Resource: "instance/0d1e2f3a-0000-0000-0000-000000000000"},
		{Principal: "appsync.amazonaws.com", Source: "AppSync API", Service: "appsync", Resource: "apis/0d1e2f3a4b5c"},
		{Principal: "bedrock.amazonaws.com", Source: "Bedrock agent", Service: "bedrock", Resource: "agent/0D1E2F3A4B"},
		{Principal: "transfer.amazonaws.com", Source: "Transfer Family server", Service: "transfer", Resource: "server/s-0d1e2f3a4b5c6d7e8"},
		{Principal: "ivschat.amazonaws.com", Source: "IVS chat room", Service: "ivschat", Resource: "room/0d1e2f3a4b5c"},
		{Principal: "workmail.{region}.amazonaws.com", Source: "WorkMail organization", Service: "workmail", Resource: "organization/m-0d1e2f3a4b5c"},
		{Principal: "voiceconnector.chime.amazonaws.com", Source: "SIP media application"},
		{Principal: "pinpoint.amazonaws.com", Source: "Pinpoint project", Service: "mobiletargeting", Resource: "apps/0d1e2f3a4b5c/campaigns/1"},
		{Principal: "pinpoint.{region}.amazonaws.com", Source: "Pinpoint project", Service: "mobiletargeting", Resource: "apps/0d1e2f3a4b5c/campaigns/1"},
		{Principal: "cloudfront.amazonaws.com", Source: "CloudFront distribution", Service: "cloudfront", Resource: "distribution/E0D1E2F3A4B5C6", Action: "lambda:InvokeFunctionUrl"},
		// https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
		{Principal: "alexa-appkit.amazon.com", Source: "Alexa skill", Token: true},
		{Principal: "alexa-connectedhome.amazon.com", Source: "Alexa smart home skill", Token: true},
	}
}

// named are the services whose resources have the names that their owners give them; the others are known by ids that AWS
// makes up, which nobody can choose.
var named = []string{"sns", "events", "logs", "cloudwatch", "iot", "codecommit", "ses", "secretsmanager"}

// Namesake is the ARN that a stranger's resource can have to be covered by a pattern for source ARNs; false where the
// pattern is for another service, for certain accounts, or for an id that AWS makes up.
func (d Deputy) Namesake(account fact.Account, pattern string) (string, bool) {
	arn, err := fact.ParseARN(pattern)
	if err != nil || arn.Service != d.Service || d.Global || !slices.Contains(named, d.Service) || strings.Trim(arn.Account, "*?") != "" || arn.Account == "" {
		return "", false
	}
	arn.Account = NoAccount
	if strings.ContainsAny(arn.Region, "*?") {
		arn.Region = account.Region
	}
	if strings.ContainsAny(arn.Partition, "*?") {
		arn.Partition = account.Partition
	}
	arn.Resource = strings.NewReplacer("*", "x", "?", "x").Replace(arn.Resource)
	return arn.String(), true
}

// DeputyOf is the service with the principal in a Region; false for one that sends no events for others.
func DeputyOf(principal, region string) (Deputy, bool) {
	for _, d := range Deputies() {
		if d = d.In(region); d.Principal == principal {
			return d, true
		}
	}
	return Deputy{}, false
}

// stranger is what a call carries that the service makes for a resource of an account that is not the function's.
func (d Deputy) stranger(account fact.Account) map[string][]string {
	// An empty list is a key that the call does not carry for certain. A stranger is in no organization.
	keys := map[string][]string{"aws:SourceOrgID": nil, "aws:SourceOrgPaths": nil, "aws:SourceArn": nil, "aws:SourceAccount": {NoAccount}}
	switch {
	case d.Token:
		keys["aws:SourceAccount"] = nil
		keys["lambda:EventSourceToken"] = []string{"a-skill-of-somebody-else"}
	case d.Service != "":
		arn := fact.ARN{Partition: account.Partition, Service: d.Service, Region: account.Region, Account: NoAccount, Resource: d.Resource}
		if d.Global {
			arn.Region, arn.Account = "", ""
		}
		if d.Service == "cloudfront" {
			arn.Region = "" // distributions are in no Region
		}
		keys["aws:SourceArn"] = []string{arn.String()}
	}
	if d.Action == "lambda:InvokeFunctionUrl" {
		keys["lambda:FunctionUrlAuthType"] = []string{"AWS_IAM"}
	}
	return keys
}
