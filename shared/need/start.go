package need

import "permprobe/shared/fact"

// LambdaService is the principal that assumes execution roles.
const LambdaService = "lambda.amazonaws.com"

// start is the trust that Lambda needs to run a function at all.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
func start(account fact.Account, function *fact.Function) Need {
	return Need{
		Kind: Trust, Purpose: Start, Level: Required,
		Function:  function.Ref(),
		Role:      function.Role,
		Principal: LambdaService,
		Action:    "sts:AssumeRole",
		Resource:  function.Role,
		Context: map[string][]string{
			"aws:SourceArn":     {function.ARN},
			"aws:SourceAccount": {account.ID},
		},
	}
}
