package fact

import (
	"strings"
	"testing"

	"permprobe/shared/authref"
)

func TestThePolicyThatIsNotReadIsOfWhatCarriesIt(t *testing.T) {
	const at = ":us-east-1:123456789012:"
	tests := []struct {
		action, resource string
		name, call       string // both empty where there is none
	}{
		{"codeartifact:GetAuthorizationToken", "arn:aws:codeartifact" + at + "domain/shop", "CodeArtifact domain shop", "codeartifact:GetDomainPermissionsPolicy"},
		{"codeartifact:ReadFromRepository", "arn:aws:codeartifact" + at + "repository/shop/npm", "CodeArtifact repository shop/npm", "codeartifact:GetRepositoryPermissionsPolicy"},
		{"codeartifact:GetPackageVersionAsset", "arn:aws:codeartifact" + at + "package/shop/npm/generic//tool", "CodeArtifact repository shop/npm", "codeartifact:GetRepositoryPermissionsPolicy"},
		{"backup:StartBackupJob", "arn:aws:backup" + at + "backup-vault:daily", "backup vault daily", "backup:GetBackupVaultAccessPolicy"},
		{"backup:StartBackupJob", "arn:aws:backup" + at + "backup-plan:daily", "", ""},
		{"schemas:DescribeSchema", "arn:aws:schemas" + at + "schema/shop/orders@Made", "schema registry shop", "schemas:GetResourcePolicy"},
		{"ses:SendEmail", "arn:aws:ses" + at + "identity/example.com", "", ""}, // is read
		{"ses:SendEmail", "arn:aws:ses" + at + "configuration-set/plain", "", ""},
		{"glue:GetTable", "arn:aws:glue" + at + "table/sales/orders", "Glue Data Catalog", "glue:GetResourcePolicy"},
		{"glue:GetTable", "arn:aws:glue" + at + "catalog", "Glue Data Catalog", "glue:GetResourcePolicy"},
		{"glue:StartJobRun", "arn:aws:glue" + at + "job/nightly", "", ""},
		{"kinesis:PutRecord", "arn:aws:kinesis" + at + "stream/clicks", "", ""}, // is read
		{"s3tables:GetTableData", "arn:aws:s3tables" + at + "bucket/lake/table/0a1b", "table bucket lake", "s3tables:GetTableBucketPolicy"},
		{"lex:RecognizeText", "arn:aws:lex" + at + "bot-alias/BOT/ALIAS", "Lex bot alias BOT/ALIAS", "lex:DescribeResourcePolicy"},
		{"aoss:APIAccessAll", "arn:aws:aoss" + at + "collection/0a1b", "OpenSearch Serverless collection 0a1b", "aoss:GetAccessPolicy"},
		{"vpc-lattice-svcs:Invoke", "arn:aws:vpc-lattice" + at + "service/svc-0a1b/orders", "VPC Lattice service svc-0a1b", "vpc-lattice:GetAuthPolicy"},
		{"states:StartExecution", "arn:aws:states" + at + "stateMachine:orders", "", ""},
		{"ses:SendEmail", "*", "", ""},
		{"codeartifact:ReadFromRepository", "arn:aws:codeartifact" + at + "repository/shop", "", ""},
		{"backup:StartBackupJob", "arn:aws:backup" + at + "backup-vault:⟦Parameter Vault⟧", "", ""},
	}
	for _, test := range tests {
		have, has := UnreadPolicyOf(test.action, test.resource)
		if has != (test.call != "") || has && (have.Name() != test.name || have.Call != test.call) {
			t.Errorf("%s on %s: %t, %q by %s", test.action, test.resource, has, have.Name(), have.Call)
		}
	}
}

func TestWhatShowsAPolicyThatIsNotReadIsAnAction(t *testing.T) {
	for _, u := range unreadPolicies {
		if _, known := authref.Lookup(u.call); !known {
			t.Errorf("%s is no action", u.call)
		}
	}
}

func TestEveryPolicyThatIsNotReadIsOfResourcesThatActionsAreCalledOn(t *testing.T) {
	for _, u := range unreadPolicies {
		for _, prefix := range u.prefixes {
			if !called(u, prefix) {
				t.Errorf("%s: no action of %s… is called on %s:%s", u.kind, u.actions, u.service, prefix)
			}
		}
	}
}

func called(u unreadPolicy, prefix string) bool {
	for _, name := range authref.Services() {
		service, _ := authref.Service(name)
		for _, action := range service.Actions() {
			for _, r := range action.Resources {
				arn, err := ParseARN(r.Type.Pattern)
				if err == nil && arn.Service == u.service && strings.HasPrefix(arn.Resource, prefix) && strings.HasPrefix(action.String(), u.actions) {
					return true
				}
			}
		}
	}
	return false
}
