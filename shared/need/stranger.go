package need

import (
	"cmp"

	"permprobe/shared/fact"
)

// NoAccount is an account id that no account has: it stands for any account but the function's own.
const NoAccount = "000000000000"

// Anyone is the principal of a caller of whom nothing is known.
const Anyone = "*"

// Strangers are the calls that nobody wants allowed: by an identity of any other account, and by the resources
// that any other account owns of services that send events for everybody.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func Strangers(account fact.Account, function fact.FunctionRef) []Need {
	call := func(principal, action string, context map[string][]string) Need {
		return Need{
			Kind: Exposure, Level: Required, Function: function, Principal: principal,
			Action: action, Resource: function.String(), Context: context,
		}
	}
	needs := []Need{
		// An empty list is a key that the call does not carry for certain. A stranger is in no organization.
		call(Anyone, invokeAction, map[string][]string{
			"aws:SourceArn": nil, "aws:SourceAccount": nil, "aws:SourceOrgID": nil, "aws:SourceOrgPaths": nil, "aws:SourceOwner": nil,
			"aws:PrincipalOrgID": nil, "aws:PrincipalOrgPaths": nil, "aws:PrincipalServiceName": nil, "aws:SourceVpc": nil, "aws:SourceVpce": nil,
			"lambda:EventSourceToken": nil, "lambda:FunctionUrlAuthType": nil,
		}),
	}
	for _, deputy := range Deputies() {
		deputy = deputy.In(account.Region)
		needs = append(needs, call(deputy.Principal, cmp.Or(deputy.Action, invokeAction), deputy.stranger(account)))
	}
	return needs
}

const invokeAction = "lambda:InvokeFunction"
