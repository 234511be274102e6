package need

import "permprobe/shared/fact"

// LambdaService is the principal that assumes execution roles.
const LambdaService = "lambda.amazonaws.com"

// trustRow is the trust that makes a role an execution role.
func trustRow() Row {
	return Row{ID: "trust", Name: "execution role", Purpose: Start, Signal: "every function; `Role`, of each version its own", Rules: []Rule{{
		Level: Required, Actions: []string{"sts:AssumeRole"}, Resource: "the role's trust policy, for lambda.amazonaws.com",
		Why: "Lambda runs the function as the role", Page: docs + "lambda-intro-execution-role.html",
	}}}
}

// start is the trust that Lambda needs to run a function at all.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
func start(account fact.Account, function *fact.Function) Need {
	return Need{
		Kind: Trust, Purpose: Start, Level: Required,
		Row: "trust", Why: "Lambda runs the function as the role", Page: docs + "lambda-intro-execution-role.html",
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
