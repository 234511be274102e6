package localaws

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"permprobe/shared/iampolicy"
	"permprobe/shared/stack"
)

type function struct {
	name, arn string
	conf      map[string]any // FunctionConfiguration without FunctionArn and Version
	image     string         // URI, which no configuration shows
	tags      map[string]string
	versions  []string // published, oldest first
	aliases   map[string]map[string]any
	policies  map[string]*functionPolicy // by qualifier; "" is the unqualified function's
	invoke    map[string]map[string]any  // asynchronous invocation, by qualifier
	urls      map[string]map[string]any  // by qualifier
}

type functionPolicy struct {
	replaced   []any // of AWS::Lambda::ResourcePolicy
	version    string
	statements []any // as AddPermission writes them
	full       bool
}

// policy is the document of a qualifier's policy, or empty.
func (f *function) policy(qualifier string) string {
	if qualifier == "$LATEST" {
		qualifier = ""
	}
	p := f.policies[qualifier]
	if p == nil || len(p.statements)+len(p.replaced) == 0 {
		return ""
	}
	all := append(append([]any{}, p.replaced...), p.statements...)
	return mustJSON(document{Version: first(p.version, "2012-10-17"), ID: "default", Statement: all})
}

// holds reports whether the function has the version or alias.
func (f *function) holds(qualifier string) bool {
	if qualifier == "" || qualifier == "$LATEST" || f.aliases[qualifier] != nil {
		return true
	}
	for _, v := range f.versions {
		if v == qualifier {
			return true
		}
	}
	return false
}

// configuration is the function's or one of its versions' configuration, as GetFunctionConfiguration answers.
func (f *function) configuration(version string, qualified bool) map[string]any {
	out := map[string]any{}
	for k, v := range f.conf {
		out[k] = v
	}
	out["Version"] = version
	out["FunctionArn"] = f.arn
	if qualified {
		out["FunctionArn"] = f.arn + ":" + version
	}
	out["RevisionId"] = uuidOf(f.arn, version, text(f.conf["ConfigSha256"]))
	return out
}

var functionShape = shape{
	{from: "Description"}, {from: "Handler"}, {from: "Role"}, {from: "Runtime"}, {from: "PackageType"}, {from: "KmsKeyArn", to: "KMSKeyArn"},
	{from: "Timeout", kind: kindInt}, {from: "MemorySize", kind: kindInt}, {from: "Architectures", kind: kindTexts},
	{from: "VpcConfig", kind: kindObject, of: shape{
		{from: "SubnetIds", kind: kindTexts}, {from: "SecurityGroupIds", kind: kindTexts}, {from: "Ipv6AllowedForDualStack", kind: kindBool},
	}},
	{from: "DeadLetterConfig", kind: kindObject, of: shape{{from: "TargetArn"}}},
	{from: "Environment", kind: kindObject, of: shape{{from: "Variables", kind: kindTextMap}}},
	{from: "TracingConfig", kind: kindObject, of: shape{{from: "Mode"}}},
	{from: "EphemeralStorage", kind: kindObject, of: shape{{from: "Size", kind: kindInt}}},
	{from: "FileSystemConfigs", kind: kindObjects, of: shape{
		{from: "Arn"}, {from: "LocalMountPath"}, {from: "S3FilesConfig", kind: kindObject, of: shape{{from: "DirectS3Read"}}},
	}},
	{from: "LoggingConfig", kind: kindObject, of: shape{{from: "LogFormat"}, {from: "LogGroup"}, {from: "ApplicationLogLevel"}, {from: "SystemLogLevel"}}},
	{from: "SnapStart", kind: kindObject, of: shape{{from: "ApplyOn"}}},
	{from: "DurableConfig", kind: kindObject, of: shape{
		{from: "ExecutionTimeout", kind: kindInt}, {from: "RetentionPeriodInDays", kind: kindInt}, {from: "KMSKeyArn"},
	}},
	{from: "TenancyConfig", kind: kindObject, of: shape{{from: "TenantIsolationMode"}}},
	{from: "CapacityProviderConfig", kind: kindAny},
	{from: "ImageConfig", kind: kindAny},
}

// networkOf is the VPC of a subnet, which the subnet alone says: where the stack does not hold it, it is not known.
func (b *builder) networkOf(subnet string) string {
	for _, r := range b.st.OfType("AWS::EC2::Subnet") {
		if id := text(r.Properties["VpcId"]); r.PhysicalID == subnet && id != "" {
			return id
		}
	}
	return stack.Unknown("VPC of " + subnet)
}

// lambdaFunction makes a function. Defaults are those of CreateFunction.
// See https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html.
func (b *builder) lambdaFunction() {
	home, r := b.home(), b.res
	if !once(b, home.functions, r.PhysicalID, "function") {
		return
	}
	conf := functionShape.project(r.Properties, asIs)
	conf["FunctionName"] = r.PhysicalID
	if conf["Role"] == nil {
		b.warn("the function has no role; CloudFormation refuses it")
		conf["Role"] = stack.Unknown("Role of " + r.LogicalID)
	}
	code := mustJSON(b.prop("Code"))
	sum := sha256.Sum256([]byte(code))
	conf["CodeSha256"] = base64.StdEncoding.EncodeToString(sum[:])
	conf["CodeSize"] = len(code)
	conf["LastModified"] = "2026-01-02T03:04:05.000+0000"
	defaults := map[string]any{
		"Description": "", "Timeout": 3, "MemorySize": 128, "PackageType": "Zip", "Architectures": []string{"x86_64"},
		"TracingConfig": map[string]any{"Mode": "PassThrough"}, "EphemeralStorage": map[string]any{"Size": 512},
		"SnapStart": map[string]any{},
	}
	for k, v := range defaults {
		if _, ok := conf[k]; !ok {
			// A number that is not known stays out: the default would be a guess.
			if _, given := r.Properties[k]; !given {
				conf[k] = v
			}
		}
	}
	if snap, ok := conf["SnapStart"].(map[string]any); ok {
		if snap["ApplyOn"] == nil {
			snap["ApplyOn"] = "None"
		}
		snap["OptimizationStatus"] = "Off"
	}
	if vpc, ok := conf["VpcConfig"].(map[string]any); ok {
		for _, k := range []string{"SubnetIds", "SecurityGroupIds"} {
			if vpc[k] == nil {
				vpc[k] = []string{}
			}
		}
		vpc["VpcId"] = ""
		if ids := vpc["SubnetIds"].([]string); len(ids) > 0 {
			vpc["VpcId"] = b.networkOf(ids[0])
		}
	}
	logging, _ := conf["LoggingConfig"].(map[string]any)
	if logging == nil {
		logging = map[string]any{}
		conf["LoggingConfig"] = logging
	}
	if logging["LogFormat"] == nil {
		logging["LogFormat"] = "Text"
	}
	if logging["LogGroup"] == nil {
		logging["LogGroup"] = "/aws/lambda/" + r.PhysicalID
	}
	if image, ok := conf["ImageConfig"]; ok {
		delete(conf, "ImageConfig")
		conf["ImageConfigResponse"] = map[string]any{"ImageConfig": image}
	}
	if layers := texts(b.prop("Layers")); len(layers) > 0 {
		var out []any
		for _, arn := range layers {
			out = append(out, map[string]any{"Arn": arn, "CodeSize": 1})
		}
		conf["Layers"] = out
	}
	config := sha256.Sum256([]byte(mustJSON(conf)))
	conf["ConfigSha256"] = base64.StdEncoding.EncodeToString(config[:])
	tags := tagMap(b.prop("Tags"))
	// CloudFormation's own.
	tags["aws:cloudformation:stack-name"], tags["aws:cloudformation:logical-id"] = b.st.Name, r.LogicalID
	home.functions[r.PhysicalID] = &function{
		name: r.PhysicalID, arn: first(r.ARN, home.arn("lambda", "function:"+r.PhysicalID)), conf: conf, image: text(object(b.prop("Code"))["ImageUri"]), tags: tags,
		aliases: map[string]map[string]any{}, policies: map[string]*functionPolicy{}, invoke: map[string]map[string]any{}, urls: map[string]map[string]any{},
	}
}

// A functionRef is what a FunctionName says: a name, a partial or a full ARN, each perhaps with a qualifier.
// See https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html.
type functionRef struct{ account, region, name, qualifier string }

func (r functionRef) arn(partition string) string {
	a := "arn:" + partition + ":lambda:" + r.region + ":" + r.account + ":function:" + r.name
	if r.qualifier != "" {
		a += ":" + r.qualifier
	}
	return a
}

func parseFunction(s, account, regionName string) (functionRef, bool) {
	ref := functionRef{account: account, region: regionName}
	rest := s
	if p := splitARN(s); p != nil {
		if p[2] != "lambda" || !strings.HasPrefix(p[5], "function:") {
			return ref, false
		}
		ref.region, ref.account, rest = p[3], p[4], strings.TrimPrefix(p[5], "function:")
	} else if p := cut(s, ':', 3); len(p) == 3 && p[1] == "function" {
		ref.account, rest = p[0], p[2]
	} else if len(p) > 1 && p[0] == "function" {
		rest = strings.TrimPrefix(s, "function:")
	}
	parts := cut(rest, ':', 0)
	if parts[0] == "" || len(parts) > 2 {
		return ref, false
	}
	ref.name = parts[0]
	if len(parts) == 2 {
		ref.qualifier = parts[1]
	}
	return ref, true
}

// functionOf finds the function that a property names. known is false where the name is not.
func (b *builder) functionOf(v any) (f *function, qualifier string, known bool) {
	s := text(v)
	if isUnknown(v) {
		// What is open may be the name of a function all the same, and then it is the same wherever it stands.
		if iampolicy.Settled(s) && !b.isLost("function", s) {
			f = b.home().functions[s]
		}
		return f, "", f != nil
	}
	if s == "" {
		return nil, "", false
	}
	ref, ok := parseFunction(s, b.acct().id, b.home().name)
	if !ok {
		return nil, "", !stack.HasUnknown(s)
	}
	if b.isLost("function", ref.name) {
		return nil, "", true
	}
	f = b.account(ref.account).region(ref.region).functions[ref.name]
	return f, ref.qualifier, f != nil || !stack.HasUnknown(s)
}

func (b *builder) lambdaVersion() {
	r := b.res
	b.then(func() {
		f, _, _ := b.functionOf(b.prop("FunctionName"))
		if f == nil {
			b.warn("the function %q of the version is in no template", text(b.prop("FunctionName")))
			return
		}
		number := text(r.PhysicalID)
		if p := cut(first(r.Ref, r.ARN), ':', 0); len(p) == 8 {
			number = p[7]
		}
		if _, err := strconv.Atoi(number); err != nil && !stack.HasUnknown(number) {
			number = strconv.Itoa(len(f.versions) + 1)
		}
		f.versions = append(f.versions, number)
	})
}

func (b *builder) lambdaAlias() {
	b.then(func() {
		f, _, _ := b.functionOf(b.prop("FunctionName"))
		name := text(b.prop("Name"))
		if f == nil || name == "" {
			b.warn("the function %q of the alias is in no template", text(b.prop("FunctionName")))
			return
		}
		a := shape{{from: "Description"}, {from: "FunctionVersion"}, {from: "Name"}}.project(b.res.Properties, asIs)
		a["AliasArn"] = f.arn + ":" + name
		if a["Description"] == nil {
			a["Description"] = ""
		}
		weights := map[string]any{}
		for _, w := range items(object(b.prop("RoutingConfig"))["AdditionalVersionWeights"]) {
			weights[text(object(w)["FunctionVersion"])] = object(w)["FunctionWeight"]
		}
		if len(weights) > 0 {
			a["RoutingConfig"] = map[string]any{"AdditionalVersionWeights": weights}
		}
		a["RevisionId"] = uuidOf(f.arn, name)
		f.aliases[name] = a
	})
}

// lambdaPermission writes the statement that AddPermission would.
// See https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html.
func (b *builder) lambdaPermission() {
	b.then(func() {
		target := b.prop("FunctionName")
		f, qualifier, known := b.functionOf(target)
		s := statement{SID: sid(b.st.Name + "-" + b.res.LogicalID), Effect: "Allow", Principal: permissionPrincipal(text(b.prop("Principal"))), Action: text(b.prop("Action"))}
		when := func(operator, key, value string) {
			if value == "" {
				return
			}
			if s.Condition == nil {
				s.Condition = map[string]map[string]string{}
			}
			if s.Condition[operator] == nil {
				s.Condition[operator] = map[string]string{}
			}
			s.Condition[operator][key] = value
		}
		when("StringEquals", "AWS:SourceAccount", text(b.prop("SourceAccount")))
		when("StringEquals", "aws:PrincipalOrgID", text(b.prop("PrincipalOrgID")))
		when("StringEquals", "lambda:EventSourceToken", text(b.prop("EventSourceToken")))
		when("StringEquals", "lambda:FunctionUrlAuthType", text(b.prop("FunctionUrlAuthType")))
		when("Bool", "lambda:InvokedViaFunctionUrl", text(b.prop("InvokedViaFunctionUrl")))
		when("ArnLike", "AWS:SourceArn", text(b.prop("SourceArn")))
		if m := b.maybe(); m != "" {
			s.Action = m
		}
		switch {
		case f != nil:
			if qualifier == "$LATEST" {
				b.warn("Lambda keeps no policy for $LATEST and refuses the permission: name the function without it")
				qualifier = ""
			}
			s.Resource = qualified(f.arn, qualifier)
			f.add(qualifier, s)
			if f.policies[qualifier].full {
				b.warn("the function's policy is also written whole by an AWS::Lambda::ResourcePolicy; which of the two stays is not known")
			}
		case !known && !imported(target):
			// It may be for any function of the stack.
			b.warn("which function the permission is for is not known")
			s.Action = text(target)
			for _, r := range b.st.OfType("AWS::Lambda::Function") {
				if f := b.home().functions[r.PhysicalID]; f != nil {
					s.Resource = f.arn
					f.add("", s)
				}
			}
		}
	})
}

func qualified(arn, qualifier string) string {
	if qualifier == "" || qualifier == "$LATEST" {
		return arn
	}
	return arn + ":" + qualifier
}

func (f *function) add(qualifier string, s statement) {
	if qualifier == "$LATEST" {
		qualifier = ""
	}
	p := f.policies[qualifier]
	if p == nil {
		p = &functionPolicy{}
		f.policies[qualifier] = p
	}
	if p.full {
		s.Action = stack.Unknown("order of AWS::Lambda::Permission and AWS::Lambda::ResourcePolicy")
	}
	p.statements = append(p.statements, s)
}

// permissionPrincipal is how AddPermission stores a principal: a service by name, everybody, an account as its root.
func permissionPrincipal(p string) any {
	switch {
	case p == "*":
		return "*"
	case isUnknown(p):
		return map[string]string{"AWS": p, "Service": p}
	case len(p) == 12 && strings.Trim(p, "0123456789") == "":
		return map[string]string{"AWS": "arn:aws:iam::" + p + ":root"}
	case strings.HasPrefix(p, "arn:"):
		return map[string]string{"AWS": p}
	}
	return map[string]string{"Service": p}
}

func sid(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, s)
}

// lambdaResourcePolicy replaces a function's whole policy.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-resourcepolicy.html.
func (b *builder) lambdaResourcePolicy() {
	target := b.prop("FunctionResourceArn")
	if target == nil {
		target = b.prop("ResourceArn")
	}
	// Before the permissions: they come in a later round, so that they see it.
	b.then(func() {
		f, qualifier, _ := b.functionOf(target)
		if f == nil {
			b.warn("the function %q of the policy is in no template", text(target))
			return
		}
		doc := object(b.prop("Policy"))
		if doc == nil {
			doc = object(b.prop("PolicyDocument")) // the name in the resource's schema
		}
		p := f.policies[qualifier]
		if p == nil {
			p = &functionPolicy{}
			f.policies[qualifier] = p
		}
		if len(p.statements) > 0 {
			b.warn("the function's policy also has AWS::Lambda::Permission statements; which of the two stays is not known")
			for i, s := range p.statements {
				if s, ok := s.(statement); ok {
					s.Action = stack.Unknown("order of AWS::Lambda::Permission and AWS::Lambda::ResourcePolicy")
					p.statements[i] = s
				}
			}
		}
		p.full = true
		p.version = text(doc["Version"])
		if doc == nil {
			marker := first(text(b.prop("Policy")), stack.Unknown("policy of "+b.res.LogicalID))
			p.replaced = unknownStatements(marker, resourcePolicy)
			return
		}
		p.replaced = nil
		for _, s := range items(doc["Statement"]) {
			p.replaced = append(p.replaced, knownStatement(s, resourcePolicy, b.maybe())...)
		}
	})
}

var kafkaShape = shape{{from: "ConsumerGroupId"}, {from: "SchemaRegistryConfig", kind: kindObject, of: shape{
	{from: "SchemaRegistryURI"}, {from: "EventRecordFormat"},
	{from: "AccessConfigs", kind: kindObjects, of: shape{{from: "Type"}, {from: "URI"}}},
	{from: "SchemaValidationConfigs", kind: kindObjects, of: shape{{from: "Attribute"}}},
}}}

var mappingShape = shape{
	{from: "EventSourceArn"}, {from: "BatchSize", kind: kindInt}, {from: "BisectBatchOnFunctionError", kind: kindBool},
	{from: "DestinationConfig", kind: kindObject, of: shape{{from: "OnFailure", kind: kindObject, of: shape{{from: "Destination"}}}}},
	{from: "FilterCriteria", kind: kindObject, of: shape{{from: "Filters", kind: kindObjects, of: shape{{from: "Pattern"}}}}},
	{from: "FunctionResponseTypes", kind: kindTexts}, {from: "KmsKeyArn", to: "KMSKeyArn"},
	{from: "MaximumBatchingWindowInSeconds", kind: kindInt}, {from: "MaximumRecordAgeInSeconds", kind: kindInt},
	{from: "MaximumRetryAttempts", kind: kindInt}, {from: "ParallelizationFactor", kind: kindInt},
	{from: "Queues", kind: kindTexts}, {from: "Topics", kind: kindTexts}, {from: "StartingPosition"},
	{from: "ScalingConfig", kind: kindObject, of: shape{{from: "MaximumConcurrency", kind: kindInt}}},
	{from: "SourceAccessConfigurations", kind: kindObjects, of: shape{{from: "Type"}, {from: "URI"}}},
	{from: "SelfManagedEventSource", kind: kindObject, of: shape{{from: "Endpoints", kind: kindObject, of: shape{{from: "KafkaBootstrapServers", to: "KAFKA_BOOTSTRAP_SERVERS", kind: kindTexts}}}}},
	{from: "SelfManagedKafkaEventSourceConfig", kind: kindObject, of: kafkaShape},
	{from: "AmazonManagedKafkaEventSourceConfig", kind: kindObject, of: kafkaShape},
	{from: "ProvisionedPollerConfig", kind: kindObject, of: shape{
		{from: "MinimumPollers", kind: kindInt}, {from: "MaximumPollers", kind: kindInt}, {from: "PollerGroupName"},
	}},
	{from: "LoggingConfig", kind: kindObject, of: shape{{from: "SystemLogLevel"}}},
	{from: "DocumentDBEventSourceConfig", kind: kindObject, of: shape{{from: "CollectionName"}, {from: "DatabaseName"}, {from: "FullDocument"}}},
	{from: "TumblingWindowInSeconds", kind: kindInt},
}

func (b *builder) lambdaMapping() {
	b.then(func() {
		home := b.home()
		m := mappingShape.project(b.res.Properties, asIs)
		target := text(b.prop("FunctionName"))
		m["FunctionArn"] = target
		if ref, ok := parseFunction(target, home.account, home.name); ok && (!isUnknown(target) || home.functions[target] != nil) {
			m["FunctionArn"] = ref.arn(home.partition)
		}
		m["UUID"] = b.res.PhysicalID
		m["EventSourceMappingArn"] = first(b.res.ARN, home.arn("lambda", "event-source-mapping:"+b.res.PhysicalID))
		if _, given := b.res.Properties["BatchSize"]; !given {
			m["BatchSize"] = 100
			if p := splitARN(text(b.prop("EventSourceArn"))); p != nil && p[2] == "sqs" {
				m["BatchSize"] = 10
			}
		}
		m["LastModified"] = bornEpoch
		m["State"] = "Enabled"
		if on, ok := boolean(b.prop("Enabled")); ok && !on {
			m["State"] = "Disabled"
		} else if s := text(b.prop("Enabled")); stack.HasUnknown(s) {
			m["State"] = s
		}
		m["StateTransitionReason"] = "USER_INITIATED"
		m["LastProcessingResult"] = "No records processed"
		if once(b, home.mappings, b.res.PhysicalID, "event source mapping") {
			home.mappings[b.res.PhysicalID] = m
		}
	})
}

func notFoundFunction(arn string) *apiError {
	return &apiError{Status: 404, Code: "ResourceNotFoundException", Message: fmt.Sprintf("Function not found: %s", arn)}
}
