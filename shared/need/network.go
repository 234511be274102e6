package need

import (
	"strings"

	"permprobe/shared/fact"
)

// network are the permissions for the network interfaces that Lambda makes, changes and deletes with the
// role of a function in a VPC. Lambda tries them on every resource, and its calls carry no
// lambda:SourceFunctionArn: the Deny that AWS recommends for the function's own code does not concern them,
// and a grant that demands the key does not cover them.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
func network(function *fact.Function) []Need {
	if !function.Network.Attached {
		return nil
	}
	base := Need{
		Kind: Identity, Purpose: Network, Level: Required,
		Function: function.Ref(),
		Role:     function.Role,
		Context:  map[string][]string{sourceFunction: nil}, // absent for certain
		Managed:  "service-role/AWSLambdaVPCAccessExecutionRole",
		Presumed: function.Network.Open,
	}
	var needs []Need
	for _, action := range []string{
		"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
		"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
	} {
		n := base.on(action, "*")
		if strings.HasSuffix(action, "PrivateIpAddresses") {
			// Lambda is known to try the creation and deletion of interfaces on every resource, and not known to
			// do so with these.
			n.Scoped = "AWS grants it on every resource"
		}
		needs = append(needs, n)
	}
	return needs
}
