package localaws_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appsync"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
)

const callersTemplate = `
Parameters: {Where: {Type: String}}
Resources:
  A: {Type: 'AWS::StepFunctions::StateMachine', Properties: {StateMachineName: a, RoleArn: 'arn:aws:iam::123456789012:role/r', DefinitionSubstitutions: {Fn: f}, DefinitionString: '{"Comment": "${Fn} ${Other}"}'}}
  B: {Type: 'AWS::StepFunctions::StateMachine', Properties: {StateMachineName: b, RoleArn: 'arn:aws:iam::123456789012:role/r', DefinitionS3Location: {Bucket: x, Key: y}}}
  S: {Type: 'AWS::Scheduler::Schedule', Properties: {Name: s, ScheduleExpression: rate(1 day), Target: {Arn: 'arn:aws:lambda:us-east-1:123456789012:function:f', RoleArn: 'arn:aws:iam::123456789012:role/r', Input: '{}'}}}
  T: {Type: 'AWS::Scheduler::Schedule', Properties: {Name: t, GroupName: g, State: DISABLED, ScheduleExpression: rate(1 day), Target: {Arn: !Ref Where, RoleArn: 'arn:aws:iam::123456789012:role/r'}}}
  P: {Type: 'AWS::Pipes::Pipe', Properties: {Name: p, RoleArn: 'arn:aws:iam::123456789012:role/r', Source: 'arn:aws:sqs:us-east-1:123456789012:q', Target: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}
  Q: {Type: 'AWS::Pipes::Pipe', Properties: {Name: q, DesiredState: STOPPED, RoleArn: 'arn:aws:iam::123456789012:role/r', Source: 'arn:aws:sqs:us-east-1:123456789012:q', Target: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}
  D: {Type: 'AWS::KinesisFirehose::DeliveryStream', Properties: {DeliveryStreamName: d, HttpEndpointDestinationConfiguration: {RoleARN: 'arn:aws:iam::123456789012:role/r', ProcessingConfiguration: {Enabled: true, Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: 'arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST'}]}]}}}}
  E: {Type: 'AWS::KinesisFirehose::DeliveryStream', Properties: {DeliveryStreamName: e}}
  G: {Type: 'AWS::AppSync::GraphQLApi', Properties: {Name: g, AuthenticationType: API_KEY}}
  H: {Type: 'AWS::AppSync::GraphQLApi', Properties: {Name: h, AuthenticationType: API_KEY}}
  I: {Type: 'AWS::AppSync::DataSource', Properties: {ApiId: !GetAtt G.ApiId, Name: i, Type: AWS_LAMBDA, ServiceRoleArn: 'arn:aws:iam::123456789012:role/r', LambdaConfig: {LambdaFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f'}}}
  J: {Type: 'AWS::AppSync::DataSource', Properties: {ApiId: !GetAtt G.ApiId, Name: j, Type: NONE}}
`

func TestWhatCallsFunctionsAsARoleIsListedPageByPageAndDescribed(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1}, admin, callersTemplate)
	ctx := context.Background()
	var have []string
	add := func(texts ...*string) {
		line := ""
		for _, one := range texts {
			line += aws.ToString(one) + " "
		}
		have = append(have, line)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	machines := sfn.NewFromConfig(cfg)
	for p := sfn.NewListStateMachinesPaginator(machines, &sfn.ListStateMachinesInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		check(err)
		for _, m := range page.StateMachines {
			out, err := machines.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: m.StateMachineArn})
			check(err)
			add(m.Name, out.Definition, out.RoleArn)
		}
	}
	schedules := scheduler.NewFromConfig(cfg)
	for p := scheduler.NewListSchedulesPaginator(schedules, &scheduler.ListSchedulesInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		check(err)
		for _, s := range page.Schedules {
			out, err := schedules.GetSchedule(ctx, &scheduler.GetScheduleInput{Name: s.Name, GroupName: s.GroupName})
			check(err)
			add(s.Arn, s.Target.Arn, out.Target.RoleArn, (*string)(&s.State))
		}
	}
	events := pipes.NewFromConfig(cfg)
	for p := pipes.NewListPipesPaginator(events, &pipes.ListPipesInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		check(err)
		for _, s := range page.Pipes {
			out, err := events.DescribePipe(ctx, &pipes.DescribePipeInput{Name: s.Name})
			check(err)
			add(s.Name, s.Target, out.RoleArn, (*string)(&s.DesiredState))
		}
	}
	streams, last := firehose.NewFromConfig(cfg), (*string)(nil)
	for more := true; more; {
		page, err := streams.ListDeliveryStreams(ctx, &firehose.ListDeliveryStreamsInput{ExclusiveStartDeliveryStreamName: last})
		check(err)
		more = *page.HasMoreDeliveryStreams
		for _, name := range page.DeliveryStreamNames {
			out, err := streams.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: aws.String(name)})
			check(err)
			line := out.DeliveryStreamDescription.DeliveryStreamARN
			if d := out.DeliveryStreamDescription.Destinations[0].HttpEndpointDestinationDescription; d != nil {
				add(line, d.RoleARN, d.ProcessingConfiguration.Processors[0].Parameters[0].ParameterValue)
			} else {
				add(line)
			}
			last = aws.String(name)
		}
	}
	graphs := appsync.NewFromConfig(cfg)
	for p := appsync.NewListGraphqlApisPaginator(graphs, &appsync.ListGraphqlApisInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		check(err)
		for _, g := range page.GraphqlApis {
			add(g.ApiId, g.Name)
			for p := appsync.NewListDataSourcesPaginator(graphs, &appsync.ListDataSourcesInput{ApiId: g.ApiId}); p.HasMorePages(); {
				page, err := p.NextPage(ctx)
				check(err)
				for _, d := range page.DataSources {
					if d.LambdaConfig != nil {
						add(d.Name, d.ServiceRoleArn, d.LambdaConfig.LambdaFunctionArn)
					} else {
						add(d.Name)
					}
				}
			}
		}
	}
	const role, fn = "arn:aws:iam::123456789012:role/r ", "arn:aws:lambda:us-east-1:123456789012:function:f"
	want := []string{
		`a {"Comment": "f ${Other}"} ` + role, "b ⟦definition of B⟧ " + role,
		"arn:aws:scheduler:us-east-1:123456789012:schedule/default/s " + fn + " " + role + "ENABLED ",
		"arn:aws:scheduler:us-east-1:123456789012:schedule/g/t ⟦Parameter Where⟧ " + role + "DISABLED ",
		"p " + fn + " " + role + "RUNNING ", "q " + fn + " " + role + "STOPPED ",
		"arn:aws:firehose:us-east-1:123456789012:deliverystream/d " + role + fn + ":$LATEST ", "arn:aws:firehose:us-east-1:123456789012:deliverystream/e ",
		"G g ", "i " + role + fn + " ", "j ", "H h ",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
	_, err := machines.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String("arn:aws:states:us-east-1:123456789012:stateMachine:other")})
	if e := smithy.APIError(nil); !errors.As(err, &e) || e.ErrorCode() != localaws.NotInTemplates {
		t.Errorf("a state machine that no template holds: %v", err)
	}
}
