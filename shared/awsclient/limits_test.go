package awsclient

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"golang.org/x/time/rate"
)

func TestEveryOperationIsPacedByTheQuotaThatAWSCountsItIn(t *testing.T) {
	l := newLimits()
	tests := []struct {
		service, operation string
		want               *rate.Limiter
		rate               rate.Limit // a second; AWS's quota
		burst              int
	}{
		{lambda.ServiceID, "GetPolicy", l.lambdaGetPolicy, 15, 15},
		{lambda.ServiceID, "ListFunctions", l.lambdaControl, 15, 15},
		{lambda.ServiceID, "ListEventSourceMappings", l.lambdaControl, 15, 15},
		{iam.ServiceID, "SimulatePrincipalPolicy", l.simulate, 5, 20},
		{iam.ServiceID, "GetAccountAuthorizationDetails", l.iam, 15, 15},
		{iam.ServiceID, "GetRole", l.iam, 15, 15},
		{apigateway.ServiceID, "GetRestApis", l.apiGateway, 10, 40},
		{apigatewayv2.ServiceID, "GetApis", l.apiGateway, 10, 40},
		{apigateway.ServiceID, "GetResources", l.getResources, 2.5, 5},
		{cloudwatchlogs.ServiceID, "DescribeLogGroups", l.logs, 10, 10},
		{cloudwatchlogs.ServiceID, "FilterLogEvents", l.logs, 5, 5},
		{elasticloadbalancingv2.ServiceID, "DescribeTargetHealth", l.balancers, 10, 40},
		{cloudwatch.ServiceID, "DescribeAlarms", l.alarms, 9, 9},
		{cloudtrail.ServiceID, "LookupEvents", l.trail, 2, 2},
		{ses.ServiceID, "ListReceiptRuleSets", l.mail["ListReceiptRuleSets"], 1, 1},
		{ses.ServiceID, "DescribeReceiptRuleSet", l.mail["DescribeReceiptRuleSet"], 1, 1},
		{ses.ServiceID, "DescribeActiveReceiptRuleSet", l.mail["DescribeActiveReceiptRuleSet"], 1, 1},
		{ses.ServiceID, "ListIdentityPolicies", l.mail["ListIdentityPolicies"], 1, 1},
		{ses.ServiceID, "GetIdentityPolicies", l.mail["GetIdentityPolicies"], 1, 1},
		{sns.ServiceID, "Publish", nil, 0, 0},
		{eventbridge.ServiceID, "PutEvents", nil, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.service+" "+test.operation, func(t *testing.T) {
			got := l.of(test.service, test.operation)
			if got != test.want {
				t.Fatal("paced by another bucket")
			}
			if got != nil && (got.Limit() > test.rate || got.Burst() > test.burst) {
				t.Errorf("%v calls a second with a burst of %d, AWS takes %v and %d", got.Limit(), got.Burst(), test.rate, test.burst)
			}
		})
	}
	buckets := map[*rate.Limiter]bool{l.lambdaGetPolicy: true, l.lambdaControl: true, l.simulate: true, l.iam: true, l.apiGateway: true, l.getResources: true, l.logs: true, l.balancers: true, l.alarms: true, l.trail: true}
	if len(buckets) != 10 {
		t.Error("two quotas share a bucket")
	}
	if newLimits().iam == l.iam {
		t.Error("two sessions, which may be of two accounts, share a bucket")
	}
}
