package localaws

// A targetGroup is what load balancers send requests to.
type targetGroup struct {
	arn, name, kind string
	targets         []string // ids: instances, addresses, or the ARN of a function
}

// targetGroup makes a target group; with a type that is not known it may be one of functions.
func (b *builder) targetGroup() {
	home, r := b.home(), b.res
	if !once(b, home.targetGroups, r.ARN, "target group") {
		return
	}
	g := &targetGroup{arn: r.ARN, name: r.PhysicalID, kind: first(text(b.prop("TargetType")), "instance")}
	for _, target := range items(b.prop("Targets")) {
		g.targets = append(g.targets, first(text(object(target)["Id"]), text(target)))
	}
	home.targetGroups[r.ARN] = g
}

// elbDescribeTargetGroups gives 400 a page unless asked. None of the operations that describe has a resource type.
// See https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html.
var elbDescribeTargetGroups = operation{
	service: "elasticloadbalancing", name: "DescribeTargetGroups", needs: anywhere("elasticloadbalancing:DescribeTargetGroups"), shows: []string{"PageSize"},
	serve: func(c *call) (any, error) {
		limit, ok := number(c.form.Get("PageSize"), 400)
		if !ok {
			return nil, invalid(c.svc, "The page size must be between 1 and 400")
		}
		cut, token, err := page(c, sortedValues(c.home().targetGroups), c.form.Get("Marker"), limit, 400, 400)
		if err != nil {
			return nil, err
		}
		type xmlGroup struct{ TargetGroupArn, TargetGroupName, TargetType string }
		groups := make([]xmlGroup, len(cut))
		for i, g := range cut {
			groups[i] = xmlGroup{g.arn, g.name, g.kind}
		}
		return struct {
			TargetGroups members[xmlGroup]
			NextMarker   string `xml:",omitempty"`
		}{list(groups), token}, nil
	},
}

// See https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html.
var elbDescribeTargetHealth = operation{
	service: "elasticloadbalancing", name: "DescribeTargetHealth", needs: anywhere("elasticloadbalancing:DescribeTargetHealth"), shows: []string{"TargetGroupArn"},
	serve: func(c *call) (any, error) {
		g := c.home().targetGroups[c.form.Get("TargetGroupArn")]
		if c.srv.gone[c.form.Get("TargetGroupArn")] {
			return nil, &apiError{Status: 400, Code: "TargetGroupNotFound", Message: "One or more target groups not found"}
		}
		if g == nil {
			return nil, unknown(c.svc, "target group "+c.form.Get("TargetGroupArn"))
		}
		type xmlHealth struct {
			ID    string `xml:"Target>Id"`
			State string `xml:"TargetHealth>State"`
		}
		health := make([]xmlHealth, len(g.targets))
		for i, id := range g.targets {
			health[i] = xmlHealth{id, "unavailable"} // checks of functions are off unless somebody asks for them
		}
		return struct {
			TargetHealthDescriptions members[xmlHealth]
		}{list(health)}, nil
	},
}
