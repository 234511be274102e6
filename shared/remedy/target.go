package remedy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// openTarget changes the policy of a called resource so that it lets the role make the calls. AWS replaces such
// policies as a whole, so the whole document is given, with everything that it holds now. The decisions are those that
// the same policy refuses.
func openTarget(facts *fact.Facts, f *finding.Finding, refused []*decide.Decision) finding.Fix {
	target := refused[0].Refusal.Target
	role := fact.RoleName(refused[0].Need.Role)
	existing, _ := target.Policy.Value()
	policyOf := "policy of the " + target.Name()
	if target.Kind == fact.TargetRole {
		policyOf = "trust policy of " + fact.RoleName(target.ARN)
	}
	who := role
	if n := refused[0].Need; n.Kind == need.Service {
		who = n.Principal
	}
	fix := finding.Fix{Summary: fmt.Sprintf("Let %s call %s: add a statement for it to the %s (account %s).",
		who, strings.Join(actions(refused), ", "), policyOf, owner(facts, target))}
	explicit := slices.ContainsFunc(refused, func(d *decide.Decision) bool { return d.Refusal.Explicit })
	if explicit {
		fix.Summary = fmt.Sprintf("Exempt %s from the Deny in the %s (account %s), if its owner agrees.",
			role, policyOf, owner(facts, target))
	}
	if target.Lock != nil && target.Lock.AWSManaged {
		return reencrypt(facts, target, refused)
	}
	if target.Kind == fact.TargetParameter {
		return shareParameter(facts, f, refused)
	}
	if refused[0].Refusal.Closed {
		fix.Summary = fmt.Sprintf("Name accounts, roles or the organization in the statements of the policy of the %s that let everybody in (account %s): while it is public, Block Public Access keeps "+
			"other accounts out, and that is better left on.", target.Name(), owner(facts, target))
		return unproven(fix, errors.New("whom the statements that let everybody in are meant for only the bucket's owner knows"))
	}
	if vpc := refused[0].Refusal.Network; vpc != "" && target.API != nil {
		fix.Summary = fmt.Sprintf("Attach %s to a VPC with an interface endpoint for execute-api that the policy of the %s lets in, and give its role what that takes, or make the API a regional one.",
			refused[0].Need.Function.Name(), target.Name())
		return unproven(fix, errors.New("whether the function belongs into a network only its owner knows"))
	}
	if refused[0].Refusal.NoACLs {
		return withoutACLs(facts, target, refused)
	}
	if vpc := refused[0].Refusal.Network; vpc != "" {
		fix.Summary = fmt.Sprintf("Attach %s to %s, which must have an endpoint for S3, or call another access point of the bucket: from which network an access point takes requests cannot be changed once it is made.",
			refused[0].Need.Function.Name(), vpc)
		return unproven(fix, errors.New("whether the function belongs into that network only its owner knows"))
	}
	if state := refused[0].Refusal.State; state != "" {
		return revive(facts, target, state)
	}
	if n := refused[0].Need; explicit && n.Kind == need.Service {
		return finding.Fix{
			Summary: fmt.Sprintf("Change the Deny in the policy of the %s (account %s) so that it no longer covers %s by %s.", target.Name(), owner(facts, target), strings.Join(actions(refused), ", "), n.Principal),
			Proof:   finding.Unproven, ProofReason: "a Deny wins over every statement that could be added; its owner must decide how to narrow it",
		}
	}
	if target.API != nil && (refused[0].Refusal.Open || target.API.Kind != fact.TriggerRESTAPI) {
		return enterAPI(facts, target, refused)
	}
	if target.Kind == fact.TargetIdentity {
		return openIdentity(facts, f, refused)
	}
	doc, err := opened(facts, f, existing, refused)
	if err != nil {
		return unproven(fix, err)
	}
	if fix.Policy, err = compactJSON(doc); err != nil {
		return unproven(fix, err)
	}
	attach, ok := attachments[target.Kind]
	if !ok {
		return unproven(fix, fmt.Errorf("how the policy of a %s is replaced is not known here", target.Kind))
	}
	fix.CLI = commandIn(facts, target.Account, attach.command(target, fix.Policy)...)
	if target.Kind == fact.TargetAPI {
		fix.CLI += " && " + deployAPI(facts, target, refused[0].Need.Resource)
		fix.Summary += " It counts once the API is deployed again."
	}
	if fix.CloudFormation, err = attach.form(target, doc); err != nil {
		return unproven(fix, err)
	}
	if fix.Terraform, err = terraformTarget(target, doc); err != nil {
		return unproven(fix, err)
	}
	inItsAccount(facts, target, &fix)
	kind := iampolicy.Resource
	if target.Kind == fact.TargetRole {
		kind = iampolicy.Trust
	}
	policy, err := iampolicy.Parse([]byte(fix.Policy), kind)
	if err != nil {
		return unproven(fix, err)
	}
	if target.Kind == fact.TargetKey && endangers(facts, target, existing, policy) {
		return lockedOut(fix, target)
	}
	if n := refused[0].Need; n.Kind == need.Service && nameless(n) {
		return unproven(ownedTarget(facts, target, fix), errors.New("under which name CloudWatch Logs uses keys in this Region is not documented"))
	}
	var cases []*iampolicy.Case
	for _, d := range refused {
		if target.Kind == fact.TargetRegistry {
			cases = append(cases, decide.RegistryAllows(facts, d.Need, &target, policy)...)
			continue
		}
		cases = append(cases, decide.TargetAllows(facts, d.Need, &target, policy))
	}
	if slices.ContainsFunc(refused, func(d *decide.Decision) bool { return d.Refusal.Besides }) {
		return unproven(fix, errors.New("the repository's own policy does not let the call in either"))
	}
	return proved(ownedTarget(facts, target, fix), cases...)
}

// withoutACLs has the code set no ACLs, which AWS advises, and only then says how a bucket is made to take them again.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func withoutACLs(facts *fact.Facts, target fact.Target, refused []*decide.Decision) finding.Fix {
	return unproven(finding.Fix{Summary: fmt.Sprintf("Take the calls of %s out of the code: every object of the %s is its owner's (account %s) already, and a statement in its policy says what an ACL was to allow. Only if single "+
		"objects must have ACLs, enable them again, against AWS's advice; those that objects have from before count then, too: %s",
		strings.Join(actions(refused), ", "), target.Name(), owner(facts, target),
		commandIn(facts, target.Account, "aws", "s3api", "put-bucket-ownership-controls", "--bucket", lastPart(target), "--ownership-controls", "Rules=[{ObjectOwnership="+string(fact.OwnerPreferred)+"}]")),
	}, errors.New("what the ACLs are meant for only who wrote the code knows"))
}

// inItsAccount says above the forms of a fix that they are for another account than the function's.
func inItsAccount(facts *fact.Facts, target fact.Target, fix *finding.Fix) {
	if target.Account == "" || target.Account == facts.Account.ID {
		return
	}
	if fix.CloudFormation != "" {
		fix.CloudFormation = finding.InTemplateOf(target.Account, target.ARN) + fix.CloudFormation
	}
	if fix.Terraform != "" {
		fix.Terraform = "# with a provider for account " + target.Account + ":\n" + fix.Terraform
	}
}

func owner(facts *fact.Facts, target fact.Target) string {
	if target.Account == "" {
		return facts.Account.ID
	}
	return target.Account
}

// opened is the policy with the role exempted from the statements that deny the calls, and with a statement for those
// that nothing allows.
func opened(facts *fact.Facts, f *finding.Finding, existing fact.ResourcePolicy, refused []*decide.Decision) (document, error) {
	doc := newDocument()
	var statements []json.RawMessage
	if existing.Policy != nil {
		var err error
		if doc, statements, err = readDocument(existing.JSON); err != nil {
			return document{}, err
		}
	}
	denying := map[int]bool{}
	var missing []*decide.Decision
	for _, d := range refused {
		if !d.Refusal.Explicit {
			missing = append(missing, d)
		}
		for _, at := range d.Refusal.Denying {
			denying[at] = true
		}
	}
	for i, one := range statements {
		if !denying[i] {
			doc.Statement = append(doc.Statement, one)
			continue
		}
		exempt, err := exempting(one, refused[0].Need.Role)
		if err != nil {
			return document{}, err
		}
		doc.Statement = append(doc.Statement, exempt)
	}
	if len(missing) > 0 {
		var resources []string
		for _, d := range missing {
			resource := d.Need.Granted()
			if d.Refusal.Target.Kind == fact.TargetKey {
				resource = "*" // the key itself
			}
			if !slices.Contains(resources, resource) {
				resources = append(resources, resource)
			}
		}
		more := statement{
			SID: "permprobe" + f.ID, Effect: "Allow", Principal: map[string]string{"AWS": refused[0].Need.Role},
			Action: oneOrList(actions(missing)), Resource: oneOrList(resources), Condition: viaService(missing),
		}
		if n := missing[0].Need; n.Kind == need.Service {
			more.Principal = map[string]string{"Service": n.Principal}
			more.Action, more.Condition = serviceUse(facts, missing)
		}
		if missing[0].Refusal.Target.Kind == fact.TargetRole {
			more.Resource = nil // of trust policies it is the role itself
		}
		doc.Statement = append(doc.Statement, more)
	}
	return doc, nil
}

// exempting adds to a Deny statement the condition that the caller is not the role.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
func exempting(text json.RawMessage, role string) (map[string]any, error) {
	var s map[string]any
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read the statement that denies: %w", err)
	}
	conditions, _ := s["Condition"].(map[string]any)
	if conditions == nil {
		conditions = map[string]any{}
	}
	const operator, key = "ArnNotEquals", "aws:PrincipalArn"
	keys, _ := conditions[operator].(map[string]any)
	if keys == nil {
		keys = map[string]any{}
	}
	at, values := key, []any{role}
	for name, have := range keys {
		if strings.EqualFold(name, key) {
			at = name
			if list, ok := have.([]any); ok {
				values = append(slices.Clone(list), role)
			} else {
				values = []any{have, role}
			}
		}
	}
	keys[at] = values
	conditions[operator], s["Condition"] = keys, conditions
	return s, nil
}

func actions(decisions []*decide.Decision) []string {
	var out []string
	for _, d := range decisions {
		if !slices.Contains(out, d.Need.Action) {
			out = append(out, d.Need.Action)
		}
	}
	slices.Sort(out)
	return out
}

func oneOrList(values []string) any {
	if len(values) == 1 {
		return values[0]
	}
	return values
}

// attachment says how the policy of a kind of target is replaced.
type attachment struct {
	command func(t fact.Target, policy string) []string
	// kind is the type of the CloudFormation resource that holds the policy; empty where it is a property of
	// the target's own resource.
	kind       string
	properties func(t fact.Target, doc document) map[string]any
}

// form is the policy in CloudFormation: a resource of its own, or a property of the target's own resource, which says so above,
// so that beside a role's properties it is not taken for one of them.
func (a attachment) form(t fact.Target, doc document) (string, error) {
	properties := a.properties(t, doc)
	if a.kind != "" {
		return yamlText(map[string]any{targetPolicy: map[string]any{"Type": a.kind, "Properties": properties}})
	}
	text, err := yamlText(properties)
	return "# in the properties of the " + hclComment(t.Name()) + ":\n" + text, err
}

var attachments = map[fact.TargetKind]attachment{
	fact.TargetQueue: {
		command: func(t fact.Target, policy string) []string {
			// A map of text and text always encodes.
			attributes, _ := json.Marshal(map[string]string{"Policy": policy})
			return []string{"aws", "sqs", "set-queue-attributes", "--queue-url", queueURL(t), "--attributes", string(attributes), "--region", regionOf(t)}
		},
		kind: "AWS::SQS::QueuePolicy",
		properties: func(t fact.Target, doc document) map[string]any {
			return map[string]any{"Queues": []any{queueURL(t)}, "PolicyDocument": doc}
		},
	},
	fact.TargetTopic: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "sns", "set-topic-attributes", "--topic-arn", t.ARN, "--attribute-name", "Policy", "--attribute-value", policy, "--region", regionOf(t)}
		},
		kind: "AWS::SNS::TopicPolicy",
		properties: func(t fact.Target, doc document) map[string]any {
			return map[string]any{"Topics": []any{t.ARN}, "PolicyDocument": doc}
		},
	},
	fact.TargetBucket: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "s3api", "put-bucket-policy", "--bucket", lastPart(t), "--policy", policy}
		},
		kind: "AWS::S3::BucketPolicy",
		properties: func(t fact.Target, doc document) map[string]any {
			return map[string]any{"Bucket": lastPart(t), "PolicyDocument": doc}
		},
	},
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicy.html
	fact.TargetAccessPoint: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "s3control", "put-access-point-policy", "--account-id", t.Account, "--name", lastPart(t), "--policy", policy, "--region", regionOf(t)}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"Policy": doc} },
	},
	fact.TargetTable: tablePolicy(func(doc document) map[string]any {
		return map[string]any{"ResourcePolicy": map[string]any{"PolicyDocument": doc}}
	}),
	fact.TargetTableStream: tablePolicy(func(doc document) map[string]any {
		return map[string]any{"StreamSpecification": map[string]any{"ResourcePolicy": map[string]any{"PolicyDocument": doc}}}
	}),
	fact.TargetStream:   streamPolicy,
	fact.TargetConsumer: streamPolicy,
	fact.TargetSecret: {
		command: func(t fact.Target, policy string) []string {
			words := []string{"aws", "secretsmanager", "put-resource-policy", "--secret-id", t.ARN, "--resource-policy", policy}
			if !letsEverybodyIn(t) {
				words = append(words, "--block-public-policy")
			}
			return append(words, "--region", regionOf(t))
		},
		kind: "AWS::SecretsManager::ResourcePolicy",
		properties: func(t fact.Target, doc document) map[string]any {
			properties := map[string]any{"SecretId": t.ARN, "ResourcePolicy": doc}
			if !letsEverybodyIn(t) {
				properties["BlockPublicPolicy"] = true
			}
			return properties
		},
	},
	fact.TargetKey: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "kms", "put-key-policy", "--key-id", t.ARN, "--policy-name", "default", "--policy", policy, "--region", regionOf(t)}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"KeyPolicy": doc} },
	},
	// https://docs.aws.amazon.com/lambda/latest/api/API_PutResourcePolicy.html
	fact.TargetFunction: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "lambda", "put-resource-policy", "--resource-arn", t.ARN, "--policy", policy, "--region", regionOf(t)}
		},
		kind: "AWS::Lambda::ResourcePolicy",
		properties: func(t fact.Target, doc document) map[string]any {
			return map[string]any{"ResourceArn": t.ARN, "PolicyDocument": doc}
		},
	},
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
	fact.TargetRole: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "iam", "update-assume-role-policy", "--role-name", fact.RoleName(t.ARN), "--policy-document", policy}
		},
		properties: func(_ fact.Target, doc document) map[string]any {
			return map[string]any{"AssumeRolePolicyDocument": doc}
		},
	},
	fact.TargetRepository: {
		command: func(t fact.Target, policy string) []string {
			arn, _ := fact.ParseARN(t.ARN)
			return []string{"aws", "ecr", "set-repository-policy", "--registry-id", arn.Account, "--repository-name", repositoryName(t),
				"--policy-text", policy, "--region", arn.Region}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"RepositoryPolicyText": doc} },
	},
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryPolicy.html
	fact.TargetRegistry: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "ecr", "put-registry-policy", "--policy-text", policy, "--region", regionOf(t)}
		},
		kind:       "AWS::ECR::RegistryPolicy",
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"PolicyText": doc} },
	},
	fact.TargetFileSystem: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "efs", "put-file-system-policy", "--file-system-id", lastPart(t), "--policy", policy, "--region", regionOf(t)}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"FileSystemPolicy": doc} },
	},
	fact.TargetS3Files: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "s3files", "put-file-system-policy", "--file-system-id", lastPart(t), "--policy", policy, "--region", regionOf(t)}
		},
		kind: "AWS::S3Files::FileSystemPolicy",
		properties: func(t fact.Target, doc document) map[string]any {
			return map[string]any{"FileSystemId": lastPart(t), "Policy": doc}
		},
	},
	fact.TargetCluster: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "kafka", "put-cluster-policy", "--cluster-arn", t.ARN, "--policy", policy, "--region", regionOf(t)}
		},
		kind: "AWS::MSK::ClusterPolicy",
		properties: func(t fact.Target, doc document) map[string]any {
			return map[string]any{"ClusterArn": t.ARN, "Policy": doc}
		},
	},
	// https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdateDomainConfig.html
	fact.TargetDomain: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "opensearch", "update-domain-config", "--domain-name", lastPart(t), "--access-policies", policy, "--region", regionOf(t)}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"AccessPolicies": doc} },
	},
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
	fact.TargetAPI: {
		command: func(t fact.Target, policy string) []string {
			// Texts always encode.
			operations, _ := json.Marshal([]map[string]string{{"op": "replace", "path": "/policy", "value": policy}})
			return []string{"aws", "apigateway", "update-rest-api", "--rest-api-id", lastPart(t), "--patch-operations", string(operations), "--region", regionOf(t)}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"Policy": doc} },
	},
	fact.TargetBus: {
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "events", "put-permission", "--event-bus-name", lastPart(t), "--policy", policy, "--region", regionOf(t)}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return map[string]any{"Policy": doc} },
	},
}

// streamPolicy is how Kinesis takes policies, of streams and of their consumers.
//
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutResourcePolicy.html
var streamPolicy = attachment{
	command: func(t fact.Target, policy string) []string {
		return []string{"aws", "kinesis", "put-resource-policy", "--resource-arn", t.ARN, "--policy", policy, "--region", regionOf(t)}
	},
	kind: "AWS::Kinesis::ResourcePolicy",
	properties: func(t fact.Target, doc document) map[string]any {
		return map[string]any{"ResourceArn": t.ARN, "ResourcePolicy": doc}
	},
}

// letsEverybodyIn tells whether a target's policy as it is allows something to everybody. Secrets Manager refuses such a
// document where it is asked to block public policies, whatever is added to it, unless conditions bound it; nothing that is
// proposed here lets everybody in.
//
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
func letsEverybodyIn(t fact.Target) bool {
	existing, has := t.Policy.Value()
	return has && slices.ContainsFunc(existing.Policy.Statements(), func(s *iampolicy.Statement) bool {
		return s.Effect() == iampolicy.Allow &&
			slices.ContainsFunc(s.Principals(), func(p iampolicy.PrincipalValue) bool { return p.Value == "*" })
	})
}

// tablePolicy is how DynamoDB takes policies.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
func tablePolicy(properties func(doc document) map[string]any) attachment {
	return attachment{
		command: func(t fact.Target, policy string) []string {
			return []string{"aws", "dynamodb", "put-resource-policy", "--resource-arn", t.ARN, "--policy", policy, "--region", regionOf(t)}
		},
		properties: func(_ fact.Target, doc document) map[string]any { return properties(doc) },
	}
}

// lastPart is the name at the end of a target's ARN.
func lastPart(t fact.Target) string { return t.ARN[strings.LastIndexAny(t.ARN, ":/")+1:] }

func regionOf(t fact.Target) string {
	arn, err := fact.ParseARN(t.ARN)
	if err != nil {
		return ""
	}
	return arn.Region
}

func queueURL(t fact.Target) string {
	arn, err := fact.ParseARN(t.ARN)
	if err != nil {
		return t.ARN
	}
	domain := "amazonaws.com"
	if arn.Partition == "aws-cn" {
		domain += ".cn"
	}
	return fmt.Sprintf("https://sqs.%s.%s/%s/%s", arn.Region, domain, arn.Account, arn.Resource)
}
