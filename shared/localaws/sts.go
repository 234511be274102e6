package localaws

// stsGetCallerIdentity needs no permission; even a policy that denies it does not stop it.
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.
var stsGetCallerIdentity = operation{
	service: "sts", name: "GetCallerIdentity",
	serve: func(c *call) (any, error) {
		out := struct{ Arn, UserId, Account string }{Arn: c.caller.arn, UserId: iamID("AIDA", c.caller.arn), Account: c.caller.account}
		if c.caller.role != "" {
			id := iamID("AROA", c.caller.arn)
			if r := c.acct.roles[c.caller.role]; r != nil {
				id = r.id
			}
			out.UserId = id + ":" + c.caller.session
		}
		return out, nil
	},
}
