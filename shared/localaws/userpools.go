package localaws

var sender = shape{{from: "LambdaArn"}, {from: "LambdaVersion"}}

// poolTriggers are the functions that a user pool calls.
// See https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_LambdaConfigType.html.
var poolTriggers = shape{
	{from: "PreSignUp"}, {from: "CustomMessage"}, {from: "PostConfirmation"}, {from: "PreAuthentication"}, {from: "PostAuthentication"},
	{from: "DefineAuthChallenge"}, {from: "CreateAuthChallenge"}, {from: "VerifyAuthChallengeResponse"}, {from: "PreTokenGeneration"},
	{from: "UserMigration"}, {from: "PreTokenGenerationConfig", kind: kindObject, of: sender}, {from: "CustomSMSSender", kind: kindObject, of: sender},
	{from: "CustomEmailSender", kind: kindObject, of: sender}, {from: "InboundFederation", kind: kindObject, of: sender}, {from: "KMSKeyID"},
}

func (b *builder) userPool() {
	home, r := b.home(), b.res
	if !once(b, home.userPools, r.PhysicalID, "user pool") {
		return
	}
	pool := shape{{from: "LambdaConfig", kind: kindObject, of: poolTriggers}, {from: "EmailVerificationMessage"}}.project(r.Properties, asIs)
	pool["Id"], pool["Arn"], pool["Name"] = r.PhysicalID, r.ARN, first(text(b.prop("UserPoolName")), r.LogicalID)
	home.userPools[r.PhysicalID] = pool
}

// cognitoListUserPools wants to be told how many, 60 at most.
// See https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPools.html.
var cognitoListUserPools = operation{
	service: "cognito-idp", name: "ListUserPools", needs: anywhere("cognito-idp:ListUserPools"), shows: []string{"MaxResults"},
	serve: func(c *call) (any, error) {
		limit, ok := number(text(c.body["MaxResults"]), 60)
		if !ok || limit == 0 {
			return nil, &apiError{Status: 400, Code: "InvalidParameterException", Message: "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 60"}
		}
		cut, token, err := page(c, sortedValues(c.home().userPools), text(c.body["NextToken"]), limit, 60, 60)
		if err != nil {
			return nil, err
		}
		pools := []any{}
		for _, pool := range cut {
			pools = append(pools, map[string]any{"Id": pool["Id"], "Name": pool["Name"]})
		}
		return withToken(map[string]any{"UserPools": pools}, token), nil
	},
}

// See https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html.
var cognitoDescribeUserPool = operation{
	service: "cognito-idp", name: "DescribeUserPool", shows: []string{"UserPoolId"},
	needs: func(c *call) []need {
		return []need{{action: "cognito-idp:DescribeUserPool", resource: c.home().arn("cognito-idp", "userpool/"+text(c.body["UserPoolId"]))}}
	},
	serve: func(c *call) (any, error) {
		pool := c.home().userPools[text(c.body["UserPoolId"])]
		if c.srv.gone[c.home().arn("cognito-idp", "userpool/"+text(c.body["UserPoolId"]))] {
			return nil, &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "User pool " + text(c.body["UserPoolId"]) + " does not exist."}
		}
		if pool == nil {
			return nil, unknown(c.svc, "user pool "+text(c.body["UserPoolId"]))
		}
		return map[string]any{"UserPool": pool}, nil
	},
}
