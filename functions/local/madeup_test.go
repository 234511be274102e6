package main

import (
	"slices"
	"strings"
	"testing"
)

// A policy speaks of what CloudFormation names by how such names begin; the account of a template has the logical id in their place.
func TestAPolicyForTheNamesOfAStackCoversWhatTheTemplateDoesNotName(t *testing.T) {
	const template = `Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      %BOUNDARY%
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"], Resource: !Sub "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/%LOGS%*"}
              - {Effect: Allow, Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], Resource: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:%JOBS%*"}
              - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::%SHELF%*/*"}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {%NAME%Role: !GetAtt Role.Arn, Code: {ZipFile: x}, Environment: {Variables: {SHELF: !Ref Shelf}}}
  Jobs: {Type: AWS::SQS::Queue}
  Shelf: {Type: AWS::S3::Bucket}
  Polls: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Worker, EventSourceArn: !GetAtt Jobs.Arn}}
  Bound: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: bound, PolicyDocument: {Statement: [{Effect: Allow, Action: ["logs:*", "s3:*"], Resource: "*"}]}}}
`
	const stackName = "${AWS::StackName}-"
	all := []string{"%LOGS%", stackName, "%JOBS%", stackName, "%SHELF%", "mended-", "%NAME%", "", "%BOUNDARY%", ""}
	with := func(pairs ...string) []string { return append(slices.Clone(pairs), all...) }
	for name, c := range map[string]struct {
		pairs []string
		want  []string
		gap   string
	}{
		"the stack's name":                     {all, nil, ""},
		"the stack's name and the logical id":  {with("%JOBS%", stackName+"Jobs-", "%LOGS%", stackName+"Worker"), nil, ""},
		"another resource of the stack":        {with("%JOBS%", stackName+"Tasks-"), []string{"R8 Worker"}, ""},
		"another stack":                        {with("%JOBS%", "other-"), []string{"R8 Worker"}, ""},
		"what stands behind the logical id":    {with("%JOBS%", stackName+"Jobs-1"), nil, "the name that CloudFormation makes up"},
		"the log of a function that is named":  {with("%NAME%", "FunctionName: worker, "), []string{"R3 worker"}, ""},
		"the stack's name in another stack's":  {with("%LOGS%", "x"+stackName), []string{"R3 Worker"}, ""},
		"a boundary that nobody knows":         {with("%BOUNDARY%", "PermissionsBoundary: arn:aws:iam::123456789012:policy/elsewhere"), nil, "boundary"},
		"a boundary that leaves the queue out": {with("%BOUNDARY%", "PermissionsBoundary: !Ref Bound"), []string{"R8 Worker"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			report, errs := checkJSON(t, exitOK, "-fail-on", "none", write(t, "mended.yaml", strings.NewReplacer(c.pairs...).Replace(template)))
			if have := faults(report); !slices.Equal(have, c.want) || len(report.Gaps) > 0 != (c.gap != "") || c.gap != "" && !strings.Contains(report.Gaps[0].Reason, c.gap) {
				t.Errorf("want %v and a gap with %q, have %v and %+v; %s", c.want, c.gap, have, report.Gaps, errs)
			}
		})
	}
}
