package stack

import (
	"slices"
	"sort"
)

// samTarget is what events call: a function or its alias, or a state machine or its alias.
type samTarget struct {
	r    *samResource
	id   string // the alias's logical id; the resource's where there is none
	role *samRole
}

// arn is the target's ARN: what is made of an alias is named by it.
func (t *samTarget) arn(at *node) *node {
	if t.id != t.r.id || t.r.typ == "StateMachine" {
		return at.ofRef(t.id)
	}
	return at.ofGetAtt(t.id, "Arn")
}

// name is how a permission or a mapping names the target.
func (t *samTarget) name(at *node) *node { return at.ofRef(t.id) }

// samPassed are the properties of a function that it keeps as they are.
var samPassed = []string{"FunctionName", "Handler", "Runtime", "MemorySize", "Timeout", "VpcConfig", "Environment", "KmsKeyArn",
	"ReservedConcurrentExecutions", "Layers", "FileSystemConfigs", "ImageConfig", "PackageType", "Architectures", "SnapStart", "EphemeralStorage",
	"CodeSigningConfigArn", "RuntimeManagementConfig", "LoggingConfig", "TenancyConfig", "RecursiveLoop", "DurableConfig", "FunctionScalingConfig",
	"PublishToLatestPublished", "Description"}

// function turns AWS::Serverless::Function into the function, its role, its alias and version, its URL, and what its
// events and destinations need.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
func (s *sam) function(r *samResource) {
	p, fn := r.props, r.node.like(mapNode)
	fn.set("Code", s.code(r))
	for _, key := range samPassed {
		if v := given(p.get(key)); v != nil {
			fn.set(key, v)
		}
	}
	fn.set("Tags", s.tags(r.node, "lambda:createdBy", p.get("Tags")))
	traced := s.traced(p.get("Tracing"))
	if traced {
		fn.set("TracingConfig", r.node.ofMap("Mode", p.get("Tracing")))
	}
	dead := s.asMap(p.get("DeadLetterQueue"), "DeadLetterQueue")
	if dead != nil {
		fn.set("DeadLetterConfig", dead.ofMap("TargetArn", dead.get("TargetArn")))
	}
	if c := s.asMap(p.get("CapacityProviderConfig"), "CapacityProviderConfig"); c != nil {
		own := c.copied()
		own.drop("Arn")
		own.set("CapacityProviderArn", orElse(c.get("Arn"), c.ofText("")))
		fn.set("CapacityProviderConfig", c.ofMap("LambdaManagedInstancesCapacityProviderConfig", own))
	}
	s.main(r, "AWS::Lambda::Function", fn)
	t := &samTarget{r: r, id: r.id}
	alias := s.alias(r, t)
	s.url(r, t)
	role := s.functionRole(r, traced, dead)
	t.role = role
	s.invokeConfig(r, t, alias, role)
	s.codeDeploy(r, alias)
	s.roleOf(r, fn, role)
	s.events(r, t)
	s.finishRole(r, role)
}

// orElse is the first value, or the second where that is absent or null.
func orElse(a, b *node) *node {
	if given(a) != nil {
		return a
	}
	return b
}

// code is where the code is. Before sam package it is a folder of the checkout, which no permission depends on; the URI of
// an image does.
func (s *sam) code(r *samResource) *node {
	p := r.props
	if inline := given(p.get("InlineCode")); inline != nil {
		return inline.ofMap("ZipFile", inline)
	}
	if image := given(p.get("ImageUri")); image != nil && s.asTextOr(p.get("PackageType")) == "Image" {
		return image.ofMap("ImageUri", image)
	}
	return r.node.like(mapNode)
}

// asTextOr is the text of a value, if it is one.
func (s *sam) asTextOr(n *node) string {
	n = s.value(n)
	if n == nil || n.kind != stringNode {
		return ""
	}
	return n.text
}

// tags are a resource's tags, with the one by which SAM marks what it made.
func (s *sam) tags(at *node, mark string, tags *node) *node {
	list := at.ofList()
	if mark != "" {
		list.items = append(list.items, at.ofMap("Key", mark, "Value", "SAM"))
	}
	if m := s.asMap(tags, "Tags"); m != nil {
		for i, key := range m.keys {
			list.items = append(list.items, m.items[i].ofMap("Key", key, "Value", orElse(m.items[i], m.ofText(""))))
		}
	}
	return list
}

// traced tells whether Tracing is on: whatever it is, unless it is known to be off.
func (s *sam) traced(n *node) bool {
	if !holds(n) || isNothing(n) {
		return false
	}
	return s.asTextOr(n) != "Disabled"
}

// alias makes the version and the alias of AutoPublishAlias; its name is empty where there is none.
func (s *sam) alias(r *samResource, t *samTarget) string {
	written := r.props.get("AutoPublishAlias")
	if !holds(written) || isNothing(written) {
		return ""
	}
	name := s.asText(written, "AutoPublishAlias")
	if name == "" {
		s.fail(written, "AutoPublishAlias wants the name of an alias")
		return ""
	}
	part := ""
	for _, c := range name {
		switch {
		case c == '-':
			part += "D"
		case c == '_':
			part += "U"
		case c < 0x80 && alphanumeric(string(c)):
			part += string(c)
		default:
			s.fail(written, "the name of an alias has letters, digits, - and _, found %q", name)
			return ""
		}
	}
	version := r.id + "Version" + samHash(r.id)
	s.make(r, written, version, "AWS::Lambda::Version", written.ofMap("FunctionName", written.ofRef(r.id)))
	t.id = r.id + "Alias" + part
	s.make(r, written, t.id, "AWS::Lambda::Alias", written.ofMap("Name", name, "FunctionName", written.ofRef(r.id),
		"FunctionVersion", written.ofGetAtt(version, "Version"), "ProvisionedConcurrencyConfig", given(r.props.get("ProvisionedConcurrencyConfig"))))
	s.refer(r, "Version", version)
	s.refer(r, "Alias", t.id)
	return name
}

// url makes the function URL and, where everybody may call it, its two permissions.
//
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
func (s *sam) url(r *samResource, t *samTarget) {
	c := given(r.props.get("FunctionUrlConfig"))
	if c == nil || isNothing(c) {
		return
	}
	if c = s.asMap(c, "FunctionUrlConfig"); c == nil {
		return
	}
	auth := given(c.get("AuthType"))
	if auth == nil {
		s.fail(c, "FunctionUrlConfig wants AuthType")
		return
	}
	target := func(at *node) *node { return t.name(at) }
	s.make(r, c, r.id+"Url", "AWS::Lambda::Url", c.ofMap("AuthType", auth, "TargetFunctionArn", target(c), "Cors", given(c.get("Cors")),
		"InvokeMode", given(c.get("InvokeMode"))))
	if auth.kind != stringNode || auth.text != "NONE" {
		return // SAM makes no permission for an AuthType that an intrinsic gives either
	}
	s.make(r, c, r.id+"UrlPublicPermissions", "AWS::Lambda::Permission", c.ofMap("Action", "lambda:InvokeFunctionUrl", "FunctionName", target(c),
		"Principal", "*", "FunctionUrlAuthType", auth))
	s.make(r, c, r.id+"URLInvokeAllowPublicAccess", "AWS::Lambda::Permission", c.ofMap("Action", "lambda:InvokeFunction", "FunctionName", target(c),
		"Principal", "*", "InvokedViaFunctionUrl", c.ofBool(true)))
}

// invokeConfig makes the asynchronous configuration, the destinations that it has made, and what the role needs for them.
func (s *sam) invokeConfig(r *samResource, t *samTarget, alias string, role *samRole) {
	c := s.asMap(r.props.get("EventInvokeConfig"), "EventInvokeConfig")
	if c == nil {
		return
	}
	id := r.id + "EventInvokeConfig"
	destinations := c.like(mapNode)
	if written := s.asMap(c.get("DestinationConfig"), "DestinationConfig"); written != nil {
		for _, on := range []string{"OnSuccess", "OnFailure"} {
			if d := s.asMap(written.get(on), on); d != nil {
				destinations.set(on, d.ofMap("Destination", s.destination(r, d, id+on, role)))
			}
		}
	}
	qualifier := alias
	var after *node
	if alias == "" {
		qualifier = "$LATEST"
	} else {
		after = c.ofText(t.id)
	}
	s.make(r, c, id, "AWS::Lambda::EventInvokeConfig", c.ofMap("FunctionName", c.ofRef(r.id), "Qualifier", qualifier, "DestinationConfig", destinations,
		"MaximumEventAgeInSeconds", given(c.get("MaximumEventAgeInSeconds")), "MaximumRetryAttempts", given(c.get("MaximumRetryAttempts"))), "DependsOn", after)
}

// destination is where the results of asynchronous calls go: what is given, or a queue or topic of SAM's making.
func (s *sam) destination(r *samResource, d *node, id string, role *samRole) *node {
	kind := s.asTextOr(d.get("Type"))
	if !slices.Contains([]string{"SQS", "SNS", "EventBridge", "Lambda", "S3Bucket"}, kind) {
		s.fail(orElse(d.get("Type"), d), "a destination's Type is SQS, SNS, EventBridge, Lambda or S3Bucket")
		return d
	}
	written := given(d.get("Destination"))
	if isNothing(written) {
		written = nil
	}
	condition, elsewhere := s.absentWhere(written, r.id)
	arn := written
	if written == nil || condition != "" {
		made := ""
		switch kind {
		case "SQS":
			made = id + "Queue"
			s.make(r, d, made, "AWS::SQS::Queue", d.like(mapNode))
			arn = d.ofGetAtt(made, "Arn")
			s.refer(r, "DestinationQueue", made)
		case "SNS":
			made = id + "Topic"
			s.make(r, d, made, "AWS::SNS::Topic", d.like(mapNode))
			arn = d.ofRef(made)
			s.refer(r, "DestinationTopic", made)
		default:
			s.fail(d, "a destination of Type %s wants Destination", kind)
			return d
		}
		if condition != "" {
			n := r.made.get(made)
			both := condition
			if own := r.condition(); own != "" {
				both = own + "AND" + condition + samHash(r.id)
				s.newCondition(both, d.ofMap("Fn::And", d.ofList(d.ofMap("Condition", own), d.ofMap("Condition", condition))))
			}
			n.set("Condition", d.ofText(both))
			arn = d.ofMap("Fn::If", d.ofList(d.ofText(condition), arn, elsewhere))
		}
	}
	role.grant(id, kind, d, arn)
	return arn
}

// absentWhere is the condition under which a value that is written with Fn::If is left out, and the value elsewhere.
func (s *sam) absentWhere(n *node, id string) (condition string, elsewhere *node) {
	key, arg, ok := n.single()
	if !ok || key != "Fn::If" || len(arg.items) != 3 {
		return "", nil
	}
	name, _ := arg.items[0].name()
	switch {
	case isNothing(arg.items[1]) && !isNothing(arg.items[2]):
		return name, arg.items[2]
	case isNothing(arg.items[2]) && !isNothing(arg.items[1]):
		not := "NOT" + name + samHash(id)
		s.newCondition(not, n.ofMap("Fn::Not", n.ofList(n.ofMap("Condition", name))))
		return not, arg.items[1]
	}
	return "", nil
}

// roleOf gives the function its role: its own, the one that SAM makes, or the one or the other as a condition decides.
func (s *sam) roleOf(r *samResource, fn *node, role *samRole) {
	written := given(r.props.get("Role"))
	made := r.node.ofGetAtt(role.id, "Arn")
	key, arg, ok := written.single()
	switch {
	case written == nil || isNothing(written):
		fn.set("Role", made)
		role.kept = true
	case ok && key == "Fn::If" && len(arg.items) == 3:
		name, _ := arg.items[0].name()
		yes, no := isNothing(arg.items[1]), isNothing(arg.items[2])
		switch {
		case yes && no:
			fn.set("Role", made)
			role.kept = true
		case yes:
			fn.set("Role", written.ofMap("Fn::If", written.ofList(arg.items[0], made, arg.items[2])))
			role.kept, role.condition = true, name
		case no:
			fn.set("Role", written.ofMap("Fn::If", written.ofList(arg.items[0], arg.items[1], made)))
			role.kept, role.condition = true, "NOT"+name
			s.newCondition(role.condition, written.ofMap("Fn::Not", written.ofList(written.ofMap("Condition", name))))
		default:
			fn.set("Role", written)
		}
	default:
		fn.set("Role", written)
	}
	if p := r.props.get("Policies"); !role.kept && holds(p) {
		s.e.warn(p, "SAM does not use Policies of %s: it has a Role", r.id)
	}
}

// codeDeploy notes a function whose alias CodeDeploy moves.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html
func (s *sam) codeDeploy(r *samResource, alias string) {
	d := s.asMap(r.props.get("DeploymentPreference"), "DeploymentPreference")
	if d == nil {
		return
	}
	if enabled := s.value(d.get("Enabled")); enabled != nil && (enabled.text == "false" || enabled.text == "False") {
		return
	}
	if alias == "" {
		s.fail(d, "DeploymentPreference wants AutoPublishAlias")
		return
	}
	s.deploy = append(s.deploy, r)
}

// deployments makes the application, the groups and the role by which CodeDeploy moves aliases.
func (s *sam) deployments() {
	if len(s.deploy) == 0 || s.err != nil {
		return
	}
	const application, service = "ServerlessDeploymentApplication", "CodeDeployServiceRole"
	first := s.deploy[0]
	at := first.props.get("DeploymentPreference")
	var conditions []string
	always, own := false, false
	for _, r := range s.deploy {
		d := r.props.get("DeploymentPreference")
		if c := r.condition(); c != "" && s.passesCondition(d) {
			conditions = append(conditions, c)
		} else {
			always = true
		}
		own = own || !holds(d.get("Role"))
	}
	var condition *node
	if !always {
		sort.Strings(conditions)
		condition = at.ofText(s.either(at, "ServerlessCodeDeployCondition", slices.Compact(conditions)))
	}
	shared := func(id, typ string, props *node) {
		s.make(first, at, id, typ, props)
		first.made.get(id).drop("Condition")
		if condition != nil {
			first.made.get(id).set("Condition", condition)
		}
	}
	shared(application, "AWS::CodeDeploy::Application", at.ofMap("ComputePlatform", "Lambda"))
	if own {
		shared(service, "AWS::IAM::Role", at.ofMap("AssumeRolePolicyDocument", trustOf(at, "codedeploy.amazonaws.com"),
			"ManagedPolicyArns", at.ofList(managedPolicy(at, "service-role/AWSCodeDeployRoleForLambda"))))
	}
	for _, r := range s.deploy {
		d := r.props.get("DeploymentPreference")
		role := d.ofGetAtt(service, "Arn")
		if holds(d.get("Role")) {
			role = d.get("Role")
		}
		group := d.ofMap("ApplicationName", d.ofRef(application), "ServiceRoleArn", role, "TriggerConfigurations", given(d.get("TriggerConfigurations")),
			"DeploymentConfigName", d.ofText("CodeDeployDefault.LambdaAllAtOnce"))
		s.make(r, d, r.id+"DeploymentGroup", "AWS::CodeDeploy::DeploymentGroup", group)
		if !s.passesCondition(d) {
			r.made.get(r.id + "DeploymentGroup").drop("Condition")
		}
		update := d.ofMap("ApplicationName", d.ofRef(application), "DeploymentGroupName", d.ofRef(r.id+"DeploymentGroup"))
		if hooks := s.asMap(d.get("Hooks"), "Hooks"); hooks != nil {
			for _, key := range [...][2]string{{"PreTraffic", "BeforeAllowTrafficHook"}, {"PostTraffic", "AfterAllowTrafficHook"}} {
				if v := given(hooks.get(key[0])); v != nil {
					update.set(key[1], v)
				}
			}
		}
		id := s.e.generated[r.id+".Alias"]
		r.made.get(id).set("UpdatePolicy", d.ofMap("CodeDeployLambdaAliasUpdate", update))
	}
}

// passesCondition tells whether what CodeDeploy needs is made under the function's condition too.
func (s *sam) passesCondition(d *node) bool {
	v := s.value(d.get("PassthroughCondition"))
	return v != nil && (v.text == "true" || v.text == "True")
}
