package localaws

import (
	"strings"
	"testing"

	"permprobe/shared/iampolicy"
)

func TestEveryAWSManagedPolicyParsesAndIsNamedOnce(t *testing.T) {
	all, err := managedEntries()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(managedJSON), `"document":`); n != len(all) || n < 100 {
		t.Errorf("%d documents have %d names", n, len(all))
	}
	for name, p := range all {
		if !strings.HasPrefix(p.Version, "v") || !strings.HasPrefix(p.Path, "/") || !strings.HasSuffix(p.Path, "/") {
			t.Errorf("%s: version %q, path %q", name, p.Version, p.Path)
		}
		if _, err := iampolicy.Parse(p.Document, iampolicy.Identity); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestThePoliciesThatLambdaRolesUseAreKnownByContent(t *testing.T) {
	for _, name := range []string{
		"AdministratorAccess", "ReadOnlyAccess", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess", "CloudWatchLambdaInsightsExecutionRolePolicy", "AWSLambdaExecute", "AmazonDynamoDBFullAccess",
		"service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaSQSQueueExecutionRole", "service-role/AWSLambdaKinesisExecutionRole",
		"service-role/AWSLambdaDynamoDBExecutionRole", "service-role/AWSLambdaMSKExecutionRole", "service-role/AWSLambdaRole", "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
	} {
		for _, partition := range []string{"aws", "aws-cn"} {
			arn := "arn:" + partition + ":iam::aws:policy/" + name
			if p, err := awsManaged(arn); err != nil || p == nil || p.arn != arn {
				t.Errorf("%s is not known: %v", arn, err)
			}
		}
	}
	if p, err := awsManaged("arn:aws:iam::123456789012:policy/AdministratorAccess"); err != nil || p != nil {
		t.Errorf("a policy of another owner is taken for AWS's: %v, %v", p, err)
	}
}
