package need

// networkRow are the permissions for the network interfaces that Lambda makes, changes and deletes with the
// role of a function in a VPC. Lambda tries to make and delete them on every resource, and its calls carry no
// lambda:SourceFunctionArn: the Deny that AWS recommends for the function's own code does not concern them,
// and a grant that demands the key does not cover them.
func networkRow() Row {
	rule := func(scoped string, actions ...string) Rule {
		return Rule{Level: Required, Actions: actions, Resource: "`*`", Scoped: scoped, Page: docs + "configuration-vpc.html",
			Why: "Lambda manages the network interfaces of the function as the role", Managed: "service-role/AWSLambdaVPCAccessExecutionRole",
			on: func(s *subject) []target {
				if !s.function.Network.Attached {
					return nil
				}
				return []target{{resource: "*", keys: map[string][]string{sourceFunction: nil}, presumed: s.function.Network.Open}} // absent for certain
			}}
	}
	return Row{ID: "vpc", Name: "VPC", Purpose: Network, Signal: "`VpcConfig`, without a capacity provider", Rules: []Rule{
		rule("", "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface"),
		rule("AWS grants it on every resource", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
	}}
}
