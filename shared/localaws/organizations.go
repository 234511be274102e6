package localaws

// organizationsDescribe tells of the organization what no template does: Options.Overlay does under the ARN of the account's
// root user, an empty OrganizationId for an account that belongs to none.
// See https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html.
var organizationsDescribe = operation{
	service: "organizations", name: "DescribeOrganization", needs: anywhere("organizations:DescribeOrganization"),
	serve: func(c *call) (any, error) {
		id, said := c.srv.opts.Overlay["arn:"+c.home().partition+":iam::"+c.acct.id+":root"]["OrganizationId"]
		switch {
		case !said:
			return nil, unknown(c.svc, "the organization of account "+c.acct.id)
		case text(id) == "":
			return nil, &apiError{Status: 400, Code: "AWSOrganizationsNotInUseException", Message: "Your account is not a member of an organization."}
		}
		return map[string]any{"Organization": map[string]any{
			"Id": text(id), "Arn": "arn:" + c.home().partition + ":organizations::" + c.acct.id + ":organization/" + text(id), "FeatureSet": "ALL",
			"MasterAccountId": c.acct.id, "MasterAccountEmail": "owner@example.com",
		}}, nil
	},
}
