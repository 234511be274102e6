package localaws_test

import (
	"context"
	"testing"
	"time"

	"permprobe/shared/localaws"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestASessionLastsAnHourUnlessAnotherTimeIsAskedFor(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, "administrator", `
Resources:
  Books:
    Type: AWS::IAM::Role
    Properties:
      RoleName: books
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: "123456789012"}, Action: "sts:AssumeRole", Condition: {StringEquals: {"sts:ExternalId": e1}}}]}
`)
	client := sts.NewFromConfig(cfg)
	assume := func(seconds *int32, id string) (*sts.AssumeRoleOutput, error) {
		return client.AssumeRole(context.Background(), &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::123456789012:role/books"), RoleSessionName: aws.String("reader"), ExternalId: aws.String(id), DurationSeconds: seconds,
		})
	}
	for seconds, want := range map[*int32]time.Duration{nil: time.Hour, aws.Int32(900): 15 * time.Minute} {
		out, err := assume(seconds, "e1")
		if err != nil {
			t.Fatal(err)
		}
		if lasts := time.Until(*out.Credentials.Expiration); lasts < want-time.Minute || lasts > want+time.Minute {
			t.Errorf("it lasts %v, want %v", lasts, want)
		}
	}
	for name, refused := range map[string]error{
		"too short":     second(assume(aws.Int32(899), "e1")),
		"too long":      second(assume(aws.Int32(43201), "e1")),
		"another id":    second(assume(nil, "e2")),
		"nothing of it": second(assume(aws.Int32(0), "e1")),
	} {
		if refused == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func second(_ *sts.AssumeRoleOutput, err error) error { return err }
