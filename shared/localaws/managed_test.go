package localaws

import (
	"strings"
	"testing"

	"permprobe/shared/iampolicy"
)

func TestEveryAWSManagedPolicyParsesAndIsNamedOnce(t *testing.T) {
	all, err := awsManaged("aws")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(managedJSON), `"document":`); n != len(all) || n < 100 {
		t.Errorf("%d documents have %d names", n, len(all))
	}
	for arn, p := range all {
		if !strings.HasPrefix(p.version, "v") || !strings.HasPrefix(p.path, "/") || !strings.HasSuffix(p.path, "/") {
			t.Errorf("%s: version %q, path %q", arn, p.version, p.path)
		}
		if _, err := iampolicy.Parse([]byte(p.document), iampolicy.Identity); err != nil {
			t.Errorf("%s: %v", arn, err)
		}
	}
}

func TestThePoliciesThatLambdaRolesUseAreKnownByContent(t *testing.T) {
	all, err := awsManaged("aws-cn")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"AdministratorAccess", "ReadOnlyAccess", "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess", "CloudWatchLambdaInsightsExecutionRolePolicy", "AWSLambdaExecute", "AmazonDynamoDBFullAccess",
		"service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AWSLambdaSQSQueueExecutionRole", "service-role/AWSLambdaKinesisExecutionRole",
		"service-role/AWSLambdaDynamoDBExecutionRole", "service-role/AWSLambdaMSKExecutionRole", "service-role/AWSLambdaRole", "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
	} {
		if all["arn:aws-cn:iam::aws:policy/"+name] == nil {
			t.Errorf("%s is not known", name)
		}
	}
}
