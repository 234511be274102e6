package localaws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"permprobe/shared/localaws"
	"permprobe/shared/stack"
)

// spreadAccount has a role that may do the actions, and others so that listings have pages.
func spreadAccount(actions string) string {
	role := func(id, name, policies string) string {
		return fmt.Sprintf(`
  %s:
    Type: AWS::IAM::Role
    Properties:
      RoleName: %s
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [%s]`, id, name, policies)
	}
	granted := func(actions string) string {
		return "{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: " + actions + ", Resource: '*'}]}}"
	}
	return "\nResources:" + role("One", "one", granted(actions)) + role("Two", "two", granted(actions)) + `
  F: {Type: 'AWS::Lambda::Function', Properties: {Code: {ZipFile: x}, Role: !GetAtt One.Arn, FunctionName: f}}
  Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: state}}
`
}

// simulatedOn asks the simulator about s3:GetObject by a role.
func simulatedOn(t *testing.T, cfg aws.Config, role string) string {
	t.Helper()
	out, err := iam.NewFromConfig(cfg).SimulatePrincipalPolicy(context.Background(), &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/" + role), ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::state/k"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(out.EvaluationResults[0].EvalDecision)
}

// listed is what the bulk listing says of each role's policy: whether it grants s3:GetObject.
func listed(t *testing.T, cfg aws.Config) map[string]bool {
	t.Helper()
	grants := map[string]bool{}
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(iam.NewFromConfig(cfg), &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeRole}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range page.RoleDetailList {
			grants[*role.RoleName] = strings.Contains(*role.RolePolicyList[0].PolicyDocument, "GetObject")
		}
	}
	return grants
}

func TestIAMAnswersAsBeforeAChangeForSoManyReads(t *testing.T) {
	_, cfg := start(t, localaws.Options{PageSize: 1, Spread: &localaws.Spread{
		Before: []*stack.Stack{load(t, spreadAccount("'sqs:SendMessage'"))}, Reads: 2,
	}}, admin, spreadAccount("'s3:GetObject'"))
	var have []string
	for range 4 {
		have = append(have, simulatedOn(t, cfg, "one"))
	}
	if diff := cmp.Diff([]string{"implicitDeny", "implicitDeny", "allowed", "allowed"}, have); diff != "" {
		t.Errorf("the simulator (-want +have)\n%s", diff)
	}
	if have := simulatedOn(t, cfg, "two"); have != "implicitDeny" {
		t.Errorf("the first answer about another role is %s", have)
	}
	for read, now := range []bool{false, false, true} {
		// All pages of one listing are of one time.
		if diff := cmp.Diff(map[string]bool{"one": now, "two": now}, listed(t, cfg)); diff != "" {
			t.Errorf("listing %d (-want +have)\n%s", read+1, diff)
		}
	}
}

func TestIAMAnswersAsBeforeAChangeForATimeAndOtherServicesDoNot(t *testing.T) {
	now := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	_, cfg := start(t, localaws.Options{Now: func() time.Time { return now }, Spread: &localaws.Spread{For: 10 * time.Second}}, admin, spreadAccount("'s3:GetObject'"))
	_, err := iam.NewFromConfig(cfg).GetRole(context.Background(), &iam.GetRoleInput{RoleName: aws.String("one")})
	if err == nil {
		t.Error("IAM knows a role that was made this moment")
	} else if code, status, _ := apiErr(t, err); code != "NoSuchEntity" || status != 404 {
		t.Errorf("a role that was made this moment: %s, %d", code, status)
	}
	functions, err := lambda.NewFromConfig(cfg).ListFunctions(context.Background(), &lambda.ListFunctionsInput{})
	if err != nil || len(functions.Functions) != 1 {
		t.Errorf("Lambda does not know the function: %v", err)
	}
	bucket, ctx := s3.NewFromConfig(cfg), context.Background()
	if _, err := bucket.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("state"), Key: aws.String("k"), Body: strings.NewReader("x"), IfNoneMatch: aws.String("*")}); err != nil {
		t.Errorf("S3 does not know the bucket: %v", err)
	}
	if got, err := bucket.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("state"), Key: aws.String("k")}); err != nil {
		t.Errorf("S3 does not know what was just written: %v", err)
	} else {
		_ = got.Body.Close()
	}
	now = now.Add(11 * time.Second)
	if have := simulatedOn(t, cfg, "one"); have != "allowed" {
		t.Errorf("when the time is over the simulator says %s", have)
	}
}
