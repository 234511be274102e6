package localaws

// A scalingGroup is an Auto Scaling group, with what says which of its instances end first.
type scalingGroup struct {
	arn, name, role string
	policies        []string
}

// scalingGroup makes an Auto Scaling group.
func (b *builder) scalingGroup() {
	home, r := b.home(), b.res
	if !once(b, home.scalingGroups, r.PhysicalID, "Auto Scaling group") {
		return
	}
	home.scalingGroups[r.PhysicalID] = scalingGroup{
		arn: r.ARN, name: r.PhysicalID, policies: texts(b.prop("TerminationPolicies")),
		role: first(text(b.prop("ServiceLinkedRoleARN")), "arn:"+home.partition+":iam::"+home.account+":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"),
	}
}

// See https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html.
var scalingDescribeGroups = operation{
	service: "autoscaling", name: "DescribeAutoScalingGroups", needs: anywhere("autoscaling:DescribeAutoScalingGroups"), shows: []string{"MaxRecords"},
	serve: func(c *call) (any, error) {
		limit, ok := number(c.form.Get("MaxRecords"), 100)
		if !ok {
			return nil, invalid(c.svc, "1 validation error detected: Value at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to 100")
		}
		cut, token, err := page(c, sortedValues(c.home().scalingGroups), c.form.Get("NextToken"), limit, 50, 100)
		if err != nil {
			return nil, err
		}
		type xmlGroup struct {
			AutoScalingGroupName, AutoScalingGroupARN, ServiceLinkedRoleARN string
			TerminationPolicies                                             members[string]
		}
		groups := make([]xmlGroup, len(cut))
		for i, g := range cut {
			policies := g.policies
			if len(policies) == 0 {
				policies = []string{"Default"}
			}
			groups[i] = xmlGroup{g.name, g.arn, g.role, list(policies)}
		}
		return struct {
			AutoScalingGroups members[xmlGroup]
			NextToken         string `xml:",omitempty"`
		}{list(groups), token}, nil
	},
}
