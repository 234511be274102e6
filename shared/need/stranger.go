package need

import "permprobe/shared/fact"

// NoAccount is an account id that no account has: it stands for any account but the function's own.
const NoAccount = "000000000000"

// Anyone is the principal of a caller of whom nothing is known.
const Anyone = "*"

// Strangers are the calls that nobody wants allowed: by an identity of any other account, and by the resources
// that any other account owns of services that send events for everybody.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func Strangers(account fact.Account, function fact.FunctionRef) []Need {
	call := func(principal string, context map[string][]string) Need {
		return Need{
			Kind: Exposure, Level: Required, Function: function, Principal: principal,
			Action: "lambda:InvokeFunction", Resource: function.String(), Context: context,
		}
	}
	owned := func(service, region, owner, resource string) map[string][]string {
		return map[string][]string{
			"aws:SourceArn": {fact.ARN{
				Partition: account.Partition, Service: service, Region: region, Account: owner, Resource: resource,
			}.String()},
			"aws:SourceAccount": {NoAccount},
		}
	}
	return []Need{
		// An empty list is a key that the call does not carry for certain. A stranger is in no organization.
		call(Anyone, map[string][]string{
			"aws:SourceArn": nil, "aws:SourceAccount": nil, "aws:SourceOrgID": nil, "aws:SourceOrgPaths": nil, "aws:SourceOwner": nil,
			"aws:PrincipalOrgID": nil, "aws:PrincipalOrgPaths": nil, "aws:PrincipalServiceName": nil, "aws:SourceVpc": nil, "aws:SourceVpce": nil,
			"lambda:EventSourceToken": nil, "lambda:FunctionUrlAuthType": nil,
		}),
		call(fact.S3Service, owned("s3", "", "", "a-bucket-of-somebody-else-0d1e2f3a4b")),
		call(fact.EventBridgeService, owned("events", account.Region, NoAccount, "rule/a-rule-of-somebody-else")),
	}
}
