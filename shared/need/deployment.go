package need

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// Operation is what a user or role does with a function.
type Operation string

// The operations.
const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
)

// Operations lists them in the order in which people do them.
func Operations() []Operation { return []Operation{Create, Update, Delete} }

// Step is a permission that a user or role needs to deploy a function.
type Step struct {
	Need Need
	// Operations are those that fail without the permission, in the order of Operations.
	Operations []Operation
	// When says what must be done for the permission to be needed, where the function's configuration does not show
	// whether it is; empty where it does.
	When string
}

// deployRule is some actions that those who deploy need for the same reason.
type deployRule struct {
	operations []Operation
	actions    []string
	why, page  string
	when       string
}

// deployment makes the steps of one function.
type deployment struct {
	facts    *fact.Facts
	function *fact.Function
	base     Need
	stack    string
	steps    []Step
}

// Deployment are the permissions that the user or role needs to create, update and delete the functions, in the order of
// the functions: those that their configuration shows, and those that depend on what is done. code is the ARN of the
// object or of the repository that holds the code; empty where it is not known. through is the role with which CloudFormation
// deploys, which needs them then, while who needs the calls of CloudFormation alone and may have to hand it over; empty where
// CloudFormation does it as who.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html
func Deployment(facts *fact.Facts, who, code, through string) []Step {
	var steps []Step
	for i := range facts.Functions {
		function := &facts.Functions[i]
		d := &deployment{facts: facts, function: function, stack: facts.Stacks[function.ARN], base: Need{
			Kind: Identity, Purpose: Deploy, Level: Required, Function: function.Ref(), Role: who,
		}}
		d.itself()
		d.passes()
		d.reads(code)
		d.network()
		d.keys()
		d.mountsFiles()
		d.permits()
		d.polls()
		d.published()
		d.onDemand()
		d.stacked()
		d.handed(through)
		steps = append(steps, d.steps...)
	}
	return steps
}

// handed has a service role of CloudFormation make the calls that CloudFormation makes.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
func (d *deployment) handed(through string) {
	if through == "" {
		return
	}
	for i := range d.steps {
		// What starts the deployment stays with who starts it: the calls of CloudFormation, and the upload of the code.
		if n := &d.steps[i].Need; !strings.HasPrefix(n.Action, "cloudformation:") && n.Action != "s3:PutObject" {
			n.Role = through
		}
	}
	const page = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"
	when := ""
	if d.stack != "" {
		when = "the stack does not have the service role already"
	}
	d.add(deployRule{Operations(), []string{"iam:PassRole"}, "hands the service role to CloudFormation", page, when},
		target{resource: through, keys: map[string][]string{"iam:PassedToService": {"cloudformation.amazonaws.com"}}})
}

// add appends a step for each action on each target.
func (d *deployment) add(rule deployRule, targets ...target) {
	for _, to := range targets {
		n := d.base
		n.Why, n.Page, n.Grant, n.Open, n.Unread, n.Subject, n.Context = rule.why, rule.page, to.grant, to.open, to.unread, to.subject, to.keys
		if n.Unread.IsZero() {
			n.Unread = fact.Unresolved("what "+rule.actions[0]+" is called on", to.resource)
		}
		for _, action := range rule.actions {
			d.steps = append(d.steps, Step{Need: n.on(action, to.resource), Operations: rule.operations, When: rule.when})
		}
	}
}

// on is the function itself with request keys.
func (d *deployment) on(keys map[string][]string) target {
	return target{resource: d.function.ARN, keys: keys}
}

// configured are the request keys by which policies limit to what functions may be attached.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
func (d *deployment) configured() map[string][]string {
	if d.function.Role == "" {
		return nil // there is no such function yet, so nothing is known of it
	}
	keys := map[string][]string{"lambda:Layer": d.function.Layers}
	of := d.function.Network
	set := func(name, joined string) {
		if joined != "" && len(iampolicy.UnknownNames(joined)) == 0 {
			keys[name] = strings.Split(joined, ",")
		}
	}
	switch {
	case !of.Attached && !of.Provided && of.Open.IsZero():
		keys["lambda:VpcIds"], keys["lambda:SubnetIds"], keys["lambda:SecurityGroupIds"] = nil, nil, nil
	case of.Attached:
		set("lambda:VpcIds", of.VPC)
		set("lambda:SubnetIds", of.Subnets)
		set("lambda:SecurityGroupIds", of.SecurityGroups)
	}
	return keys
}

// itself are the calls on the function that every deployment makes.
func (d *deployment) itself() {
	const page = docs + "lambda-api-permissions-ref.html"
	d.add(deployRule{[]Operation{Create}, []string{"lambda:CreateFunction"}, "makes the function", page, ""}, d.on(d.configured()))
	d.add(deployRule{[]Operation{Update}, []string{"lambda:UpdateFunctionConfiguration"}, "changes the function's configuration", page, ""}, d.on(d.configured()))
	d.add(deployRule{[]Operation{Update}, []string{"lambda:UpdateFunctionCode"}, "changes the function's code", page, ""}, d.on(nil))
	d.add(deployRule{[]Operation{Delete}, []string{"lambda:DeleteFunction"}, "deletes the function", page, ""}, d.on(nil))
	d.add(deployRule{[]Operation{Create, Update}, []string{"lambda:GetFunction", "lambda:GetFunctionConfiguration"}, "waits until the function is ready", page, ""}, d.on(nil))
}

// passes is the permission to hand the role to Lambda. It is no call of its own: no trail records it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
func (d *deployment) passes() {
	const page = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"
	to := target{resource: d.function.Role, keys: map[string][]string{
		"iam:PassedToService": {LambdaService}, "iam:AssociatedResourceArn": {d.function.ARN},
	}}
	switch {
	case d.function.Role == "":
		to.unread = fact.Unread{Reason: "which role the function is to run as is not known: there is no such function yet"}
	case OwnerOf(d.function.Role) != d.facts.Account.ID && len(iampolicy.UnknownNames(d.function.Role)) == 0:
		to.unread = fact.Unread{Reason: "the role " + d.function.Role + " belongs to another account, and a function may be given a role of its own account only"}
	}
	d.add(deployRule{[]Operation{Create, Update}, []string{"iam:PassRole"}, "hands the role to Lambda, also where an update sends the same role again", page, ""}, to)
}

// reads are the permissions on what the function is made of: its code, image and layers.
func (d *deployment) reads(code string) {
	both := []Operation{Create, Update}
	var layers []target
	for _, layer := range d.function.Layers {
		layers = append(layers, away(d.facts.Account, target{resource: layer}))
	}
	d.add(deployRule{both, []string{"lambda:GetLayerVersion"}, "adds the layer", docs + "permissions-layer-cross-account.html", ""}, layers...)
	arn, _ := fact.ParseARN(code)
	if arn.Service == "s3" {
		const page = docs + "configuration-function-zip.html"
		d.add(deployRule{both, []string{"s3:GetObject"}, "takes the code from the bucket", page, ""}, target{resource: code})
		d.add(deployRule{both, []string{"s3:GetObjectVersion"}, "takes a version of the code from the bucket", page, "it names a version of the object"}, target{resource: code})
		d.add(deployRule{both, []string{"s3:PutObject"}, "puts the code into the bucket", page, "it uploads the code itself, as sam deploy does"}, target{resource: code})
	}
	image := target{resource: d.function.Repository}
	if arn.Service == "ecr" {
		image.resource = code
	}
	if !d.function.Image && arn.Service != "ecr" {
		return
	}
	if image.resource == "" {
		image.unread = fact.Unread{Reason: "which repository holds the image is not known: only lambda:GetFunction shows it, which is never called; name the image in deployer.code"}
	}
	d.add(deployRule{both, []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"},
		"takes the image from the repository, and lets Lambda pull it", docs + "images-create.html", ""}, away(d.facts.Account, image))
}

// away adds the account to the request where the resource belongs to another one.
func away(account fact.Account, to target) target {
	if owner := OwnerOf(to.resource); owner != "" && owner != account.ID && len(iampolicy.UnknownNames(owner)) == 0 {
		to.keys = map[string][]string{"aws:ResourceAccount": {owner}}
	}
	return to
}

// network are the reads by which Lambda checks a VPC, and the permission to use a capacity provider.
func (d *deployment) network() {
	both, of := []Operation{Create, Update}, d.function.Network
	if of.Attached {
		const page, why = docs + "configuration-vpc.html", "attaches the function to its VPC"
		d.add(deployRule{both, []string{"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"}, why, page, ""}, target{resource: "*", unread: of.Open})
		at := func(id string) string {
			return fact.ARN{Partition: d.facts.Account.Partition, Service: "ec2", Region: d.facts.Account.Region, Account: d.facts.Account.ID, Resource: "vpc/" + id}.String()
		}
		vpc := sample(at, "vpc-0123456789abcdef0", "VPC", "*")
		if of.VPC != "" && len(iampolicy.UnknownNames(of.VPC)) == 0 {
			vpc = target{resource: at(of.VPC)}
		}
		vpc.unread = of.Open
		d.add(deployRule{both, []string{"ec2:GetSecurityGroupsForVpc"}, why, page, ""}, vpc)
	}
	if of.Provided {
		provider := target{resource: of.Provider}
		if of.Provider == "" {
			provider.unread = fact.Unread{Reason: "which capacity provider the function is on is not known"}
		}
		d.add(deployRule{both, []string{"lambda:PassCapacityProvider"}, "puts the function on its capacity provider", docs + "lambda-managed-instances-security.html", ""}, provider)
		const page, when = docs + "lambda-managed-instances-operator-role.html", "it makes the capacity provider"
		creates := []Operation{Create}
		d.add(deployRule{creates, []string{"lambda:CreateCapacityProvider"}, "makes the capacity provider", page, when}, provider)
		d.add(deployRule{creates, []string{"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"}, "looks at where the capacity provider is", page, when}, target{resource: "*"})
		d.add(deployRule{creates, []string{"iam:CreateServiceLinkedRole"}, "lets Lambda make its role", page, when}, target{
			resource: fact.ARN{Partition: d.facts.Account.Partition, Service: "iam", Account: d.facts.Account.ID, Resource: "role/aws-service-role/" + LambdaService + "/AWSServiceRoleForLambda"}.String(),
			keys:     map[string][]string{"iam:AWSServiceName": {LambdaService}},
		})
	}
}

// keys are the permissions on customers' keys.
func (d *deployment) keys() {
	both := []Operation{Create, Update}
	var via map[string][]string
	if service, documented := ViaService(d.facts.Account, d.facts.Account.Region, "lambda"); documented {
		via = map[string][]string{"kms:ViaService": {service}}
	}
	if key := d.function.Key; key != "" {
		const page = docs + "configuration-envvars-encryption.html"
		d.add(deployRule{both, []string{"kms:CreateGrant", "kms:Encrypt"}, "encrypts the environment, and lets the role decrypt it", page, ""}, target{resource: key, keys: via})
		d.add(deployRule{both, []string{"kms:DescribeKey"}, "looks at the key of the environment", page, ""}, target{resource: key})
		d.add(deployRule{both, []string{"kms:Decrypt"}, "shows the environment variables", page, "it looks at the environment variables"}, target{resource: key, keys: via})
	}
	if key := d.function.DurableKey; key != "" {
		d.add(deployRule{both, []string{"kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"}, "encrypts the state of durable executions", docs + "durable-encryption.html", ""}, target{resource: key})
	}
}

func (d *deployment) mountsFiles() {
	both := []Operation{Create, Update}
	s := &subject{account: d.facts.Account, function: d.function}
	d.add(deployRule{both, []string{"elasticfilesystem:DescribeMountTargets"}, "mounts the file system", docs + "configuration-filesystem-efs.html", ""},
		mounts(s, "elasticfilesystem", func(string, *target) {})...)
	files := mounts(s, "s3files", func(string, *target) {})
	const page = docs + "configuration-filesystem-s3files.html"
	d.add(deployRule{both, []string{"s3files:ListFileSystems", "s3files:GetFileSystem", "s3files:CreateAccessPoint"}, "mounts the file system", page, ""}, files...)
	for i, point := range d.function.FileSystems {
		if arn, err := fact.ParseARN(point); err == nil && arn.Service == "s3files" {
			d.add(deployRule{both, []string{"s3files:ListAccessPoints", "s3files:GetAccessPoint"}, "mounts the file system", page, ""}, target{resource: d.function.FileSystems[i]})
		}
	}
}

// permits are the permissions to change who may invoke the function, where somebody may.
func (d *deployment) permits() {
	const page = docs + "access-control-resource-based.html"
	refs := []fact.FunctionRef{d.function.Ref()}
	aliases, _ := d.facts.Aliases[d.function.ARN].Value()
	refs = append(refs, aliases...)
	for _, ref := range refs {
		attached, known := d.facts.Policies[ref].Value()
		if !known || attached.Policy == nil || len(attached.Policy.Statements()) == 0 {
			continue
		}
		var adds []target
		for _, one := range granteesOf(attached.Policy) {
			adds = append(adds, target{resource: ref.String(), keys: one})
		}
		d.add(deployRule{[]Operation{Create, Update}, []string{"lambda:AddPermission"}, "lets others invoke the function", page, ""}, adds...)
		itself := target{resource: ref.String()}
		d.add(deployRule{[]Operation{Update}, []string{"lambda:GetPolicy"}, "reads who may invoke the function", page, ""}, itself)
		if d.stack != "" {
			d.add(deployRule{[]Operation{Update, Delete}, []string{"lambda:RemovePermission"}, "takes back who may invoke the function", page, ""}, itself)
			continue
		}
		d.add(deployRule{[]Operation{Update}, []string{"lambda:RemovePermission"}, "takes back who may invoke the function", page, ""}, itself)
	}
	for i := range d.facts.Triggers {
		t := &d.facts.Triggers[i]
		if !t.Kind.IsURL() || t.Function.ARN != d.function.ARN {
			continue
		}
		kind := "AWS_IAM"
		if t.Kind == fact.TriggerPublicURL {
			kind = "NONE"
		}
		url := d.on(map[string][]string{"lambda:FunctionUrlAuthType": {kind}})
		const page = docs + "urls-auth.html"
		d.add(deployRule{[]Operation{Create}, []string{"lambda:CreateFunctionUrlConfig"}, "gives the function its URL", page, ""}, url)
		d.add(deployRule{[]Operation{Update}, []string{"lambda:UpdateFunctionUrlConfig", "lambda:GetFunctionUrlConfig"}, "changes the function's URL", page, ""}, url)
		d.add(deployRule{[]Operation{Delete}, []string{"lambda:DeleteFunctionUrlConfig"}, "deletes the function's URL", page, ""}, url)
	}
}

// granteesOf are the request keys with which lambda:AddPermission writes the statements of a policy, each once. A statement
// for another kind of principal than a service, an account or everybody leaves the key open.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
func granteesOf(policy *iampolicy.Policy) []map[string][]string {
	var out []map[string][]string
	var seen []string
	for _, statement := range policy.Statements() {
		if statement.Effect() != iampolicy.Allow {
			continue
		}
		url := ""
		for _, condition := range statement.Conditions() {
			if strings.EqualFold(condition.Key, "lambda:FunctionUrlAuthType") && len(condition.Values) == 1 {
				url = condition.Values[0]
			}
		}
		for _, principal := range statement.Principals() {
			value := principal.Value
			if id := strings.Join([]string{value, url}, " "); slices.Contains(seen, id) {
				continue
			} else {
				seen = append(seen, id)
			}
			keys := map[string][]string{"lambda:Principal": {value}, "lambda:FunctionUrlAuthType": nil}
			if strings.HasPrefix(value, "arn:") {
				delete(keys, "lambda:Principal") // the account may have been given as twelve digits
			}
			if url != "" {
				keys["lambda:FunctionUrlAuthType"] = []string{url}
			}
			out = append(out, keys)
		}
	}
	return out
}

// polls are the permissions on the function's event source mappings. Who creates one names the function in a request key.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-user-function.html
func (d *deployment) polls() {
	const page = docs + "permissions-user-function.html"
	for i := range d.facts.Mappings {
		m := &d.facts.Mappings[i]
		if m.Function.ARN != d.function.ARN {
			continue
		}
		keys := map[string][]string{"lambda:FunctionArn": {m.Function.String()}}
		what := " its event source mapping " + m.ID
		mapping := target{keys: keys, subject: m.ID, resource: fact.ARN{
			Partition: d.facts.Account.Partition, Service: "lambda", Region: d.facts.Account.Region, Account: d.facts.Account.ID,
			Resource: "event-source-mapping:" + m.ID,
		}.String()}
		d.add(deployRule{[]Operation{Create}, []string{"lambda:CreateEventSourceMapping"}, "makes" + what, page, ""}, target{resource: "*", keys: keys, subject: m.ID})
		d.add(deployRule{[]Operation{Update}, []string{"lambda:UpdateEventSourceMapping"}, "changes" + what, page, ""}, mapping)
		d.add(deployRule{[]Operation{Delete}, []string{"lambda:DeleteEventSourceMapping"}, "deletes" + what, page, ""}, mapping)
		d.add(deployRule{[]Operation{Create, Update}, []string{"lambda:GetEventSourceMapping"}, "looks at" + what, page, ""}, mapping)
		if m.Key != "" {
			d.add(deployRule{[]Operation{Create, Update}, []string{"kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"}, "encrypts the filter of" + what, docs + "invocation-eventfiltering.html", ""}, target{resource: m.Key, subject: m.ID})
		}
		if arn, err := fact.ParseARN(m.Source); err == nil && arn.Service == "kafka" && arn.Account != d.facts.Account.ID && len(iampolicy.UnknownNames(arn.Account)) == 0 {
			d.add(deployRule{[]Operation{Create}, []string{"kafka:ListVpcConnections"}, "finds the connection to the other account's cluster for" + what, docs + "with-msk-permissions.html", ""}, target{resource: "*", subject: m.ID})
		}
	}
}

// published are the permissions for aliases, and for where asynchronous invocations report to.
func (d *deployment) published() {
	const page = docs + "configuration-aliases.html"
	aliases := d.facts.Aliases[d.function.ARN]
	if all, _ := aliases.Value(); len(all) > 0 {
		d.add(deployRule{[]Operation{Create, Update}, []string{"lambda:PublishVersion"}, "publishes the version that an alias names", page, ""}, d.on(nil))
		d.add(deployRule{[]Operation{Create}, []string{"lambda:CreateAlias"}, "makes its aliases", page, ""}, d.on(nil))
		d.add(deployRule{[]Operation{Update}, []string{"lambda:UpdateAlias"}, "points its aliases at another version", page, ""}, d.on(nil))
		d.add(deployRule{[]Operation{Delete}, []string{"lambda:DeleteAlias"}, "deletes its aliases", page, "it deletes aliases apart, as CloudFormation does"}, d.on(nil))
	} else {
		d.add(deployRule{[]Operation{Create, Update}, []string{"lambda:PublishVersion"}, "publishes a version", page, "it publishes versions"}, d.on(nil))
	}
	destinations, _ := d.facts.Destinations[d.function.ARN].Value()
	told := map[fact.FunctionRef]bool{}
	for _, one := range destinations {
		if ref := one.Function; !told[ref] {
			told[ref] = true
			to := target{resource: ref.String()}
			const page = docs + "invocation-async-configuring.html"
			d.add(deployRule{[]Operation{Create, Update}, []string{"lambda:PutFunctionEventInvokeConfig"}, "says where asynchronous invocations report to", page, ""}, to)
			d.add(deployRule{[]Operation{Update, Delete}, []string{"lambda:DeleteFunctionEventInvokeConfig"}, "takes back where asynchronous invocations report to", page, "it deletes that apart, as CloudFormation does"}, to)
		}
	}
}

// onDemand are the permissions of what a deployment may do and the function's configuration does not show.
func (d *deployment) onDemand() {
	both := []Operation{Create, Update}
	d.add(deployRule{both, []string{"lambda:TagResource"}, "tags the function", docs + "configuration-tags-cli.html", "it gives the function tags, as SAM always does"}, d.on(nil))
	d.add(deployRule{both, []string{"lambda:PutFunctionConcurrency"}, "reserves concurrency", docs + "configuration-concurrency.html", "it reserves concurrency"}, d.on(nil))
	d.add(deployRule{[]Operation{Update}, []string{"lambda:DeleteFunctionConcurrency"}, "takes reserved concurrency back", docs + "configuration-concurrency.html", "it takes reserved concurrency back"}, d.on(nil))
	aliases, _ := d.facts.Aliases[d.function.ARN].Value()
	for _, alias := range aliases {
		d.add(deployRule{both, []string{"lambda:PutProvisionedConcurrencyConfig"}, "keeps instances of an alias ready", docs + "provisioned-concurrency.html", "it provisions concurrency"}, target{resource: alias.String()})
	}
	d.signed()
	group := target{resource: LogGroupARN(d.facts.Account, d.function.LogGroup), subject: d.function.LogGroup}
	group.grant = group.resource + ":*"
	if d.function.LogGroup == "" {
		return
	}
	const page = docs + "monitoring-cloudwatchlogs-loggroups.html"
	made := group
	made.resource += ":log-stream:" // what the service decides about
	d.add(deployRule{[]Operation{Create}, []string{"logs:CreateLogGroup"}, "makes the log group", page, "it makes the log group"}, made)
	d.add(deployRule{both, []string{"logs:PutRetentionPolicy"}, "says how long logs are kept", page, "it makes the log group"}, group)
	d.add(deployRule{[]Operation{Delete}, []string{"logs:DeleteLogGroup"}, "deletes the log group", page, "it made the log group"}, group)
}

// signed are the permissions for code that must be signed. Which configuration a function has is not read.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
func (d *deployment) signed() {
	const page, when = docs + "configuration-codesigning.html", "it gives the function a code signing configuration"
	both := []Operation{Create, Update}
	at := func(id string) string {
		return fact.ARN{Partition: d.facts.Account.Partition, Service: "lambda", Region: d.facts.Account.Region, Account: d.facts.Account.ID, Resource: "code-signing-config:" + id}.String()
	}
	signing := sample(at, "csc-0123456789abcdef0", "id of the code signing configuration", "*")
	signing.subject = d.function.Name
	d.add(deployRule{both, []string{"lambda:GetCodeSigningConfig"}, "looks at the code signing configuration", page, when}, signing)
	d.add(deployRule{both, []string{"lambda:PutFunctionCodeSigningConfig"}, "says whose signatures the code must have", page, when}, d.on(nil))
}

// stacked are the permissions to change the stack that owns the function, and what CloudFormation calls besides as who
// deploys it.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html
func (d *deployment) stacked() {
	both := []Operation{Create, Update}
	const when = "CloudFormation or SAM deploys it"
	const page = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html"
	rule := deployRule{both, []string{"lambda:ListTags", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionRecursionConfig", "lambda:GetRuntimeManagementConfig"},
		"CloudFormation looks at the function", page, when}
	if d.stack != "" {
		rule.when = ""
	}
	d.add(rule, d.on(nil))
	if d.stack == "" {
		return
	}
	at := func(id string) string {
		return fact.ARN{Partition: d.facts.Account.Partition, Service: "cloudformation", Region: d.facts.Account.Region, Account: d.facts.Account.ID,
			Resource: "stack/" + d.stack + "/" + id}.String()
	}
	stack := sample(at, "01234567-89ab-cdef-0123-456789abcdef", "id of the stack", "*")
	stack.subject = d.stack
	d.add(deployRule{both, []string{
		"cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet",
		"cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents", "cloudformation:GetTemplateSummary",
	}, "changes the stack " + d.stack + ", which owns the function", page, ""}, stack)
	d.add(deployRule{[]Operation{Delete}, []string{"cloudformation:DeleteStack"}, "deletes the stack " + d.stack, page, "it deletes the stack"}, stack)
	transform := target{resource: fact.ARN{Partition: d.facts.Account.Partition, Service: "cloudformation", Region: d.facts.Account.Region, Account: "aws",
		Resource: "transform/Serverless-2016-10-31"}.String(), subject: d.stack}
	d.add(deployRule{both, []string{"cloudformation:CreateChangeSet"}, "lets the SAM transform work on the template", page, "the template is one of SAM"}, transform)
	if d.function.Role != "" {
		d.add(deployRule{[]Operation{Create}, []string{"iam:CreateRole"}, "makes the function's role", page, "the template makes the role"}, target{resource: d.function.Role})
		d.add(deployRule{both, []string{"iam:GetRole", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy", "iam:GetRolePolicy", "iam:TagRole"},
			"changes the function's role", page, "the template makes the role"}, target{resource: d.function.Role})
		d.add(deployRule{[]Operation{Delete}, []string{"iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"}, "deletes the function's role", page, "the template makes the role"}, target{resource: d.function.Role})
	}
}
