package localaws_test

import (
	"context"
	"strings"
	"testing"

	"permprobe/shared/localaws"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const peopleTemplate = `
Resources:
  Team:
    Type: AWS::IAM::Group
    Properties: {GroupName: team, Policies: [{PolicyName: read, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "lambda:Get*", Resource: "*"}]}}]}
  Dev: {Type: AWS::IAM::User, Properties: {UserName: dev, Path: /people/, PermissionsBoundary: !Ref Fence}}
  Guest: {Type: AWS::IAM::User, Properties: {UserName: guest}}
  Member: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref Team, Users: [!Ref Dev]}}
  Own: {Type: AWS::IAM::UserPolicy, Properties: {UserName: !Ref Dev, PolicyName: own, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "lambda:*", Resource: "*", Condition: {StringEquals: {"aws:username": dev}}}]}}}
  Of: {Type: AWS::IAM::GroupPolicy, Properties: {GroupName: !Ref Team, PolicyName: of, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "lambda:DeleteFunction", Resource: "*"}]}}}
  Shared: {Type: AWS::IAM::Policy, Properties: {PolicyName: shared, Users: [!Ref Guest], Groups: [!Ref Team], PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sqs:*", Resource: "*"}]}}}
  Managed: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: managed, Users: [!Ref Dev], PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}}}
  Fence: {Type: AWS::IAM::ManagedPolicy, Properties: {ManagedPolicyName: fence, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, NotAction: "s3:DeleteBucket", Resource: "*"}]}}}
`

func TestUsersAndGroupsAreListedWithTheirPolicies(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, "admin", peopleTemplate)
	out, err := iam.NewFromConfig(cfg).GetAccountAuthorizationDetails(context.Background(), &iam.GetAccountAuthorizationDetailsInput{
		Filter: []types.EntityType{types.EntityTypeUser, types.EntityTypeGroup},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.UserDetailList) != 2 || len(out.GroupDetailList) != 1 || len(out.RoleDetailList)+len(out.Policies) != 0 {
		t.Fatalf("%d users, %d groups, %d roles, %d policies", len(out.UserDetailList), len(out.GroupDetailList), len(out.RoleDetailList), len(out.Policies))
	}
	dev, guest, team := out.UserDetailList[0], out.UserDetailList[1], out.GroupDetailList[0]
	if aws.ToString(dev.Arn) != "arn:aws:iam::123456789012:user/people/dev" || !strings.HasPrefix(aws.ToString(dev.UserId), "AIDA") || len(dev.GroupList) != 1 || dev.GroupList[0] != "team" {
		t.Errorf("%s %s %v", aws.ToString(dev.Arn), aws.ToString(dev.UserId), dev.GroupList)
	}
	if len(dev.UserPolicyList) != 1 || len(dev.AttachedManagedPolicies) != 1 || dev.PermissionsBoundary == nil || len(guest.UserPolicyList) != 1 {
		t.Errorf("%+v %+v", dev, guest)
	}
	if aws.ToString(team.Arn) != "arn:aws:iam::123456789012:group/team" || len(team.GroupPolicyList) != 3 {
		t.Errorf("%+v", team)
	}
}

func TestTheSimulatorTakesAUserWithItsGroups(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, "admin", peopleTemplate)
	ask := func(user, action string) string {
		out, err := iam.NewFromConfig(cfg).SimulatePrincipalPolicy(context.Background(), &iam.SimulatePrincipalPolicyInput{
			PolicySourceArn: aws.String("arn:aws:iam::123456789012:user/" + user), ActionNames: []string{action}, ResourceArns: []string{"*"},
		})
		if err != nil {
			return err.Error()
		}
		return string(out.EvaluationResults[0].EvalDecision)
	}
	for _, c := range []struct{ user, action, want string }{
		{"people/dev", "lambda:CreateFunction", "allowed"}, {"people/dev", "lambda:DeleteFunction", "explicitDeny"}, {"people/dev", "sqs:SendMessage", "allowed"},
		{"people/dev", "s3:ListBucket", "allowed"}, {"people/dev", "s3:DeleteBucket", "implicitDeny"},
		{"guest", "lambda:GetFunction", "implicitDeny"}, {"guest", "sqs:SendMessage", "allowed"},
	} {
		if got := ask(c.user, c.action); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.user, c.action, got, c.want)
		}
	}
	if got := ask("dev", "lambda:GetFunction"); !strings.Contains(got, "NotInTemplates") {
		t.Errorf("a user under another path is another one: %s", got)
	}
}
