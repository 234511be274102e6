package catalog_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
	"permprobe/shared/stack"
)

// tally counts what became of the fixes of firing cases.
type tally struct {
	cases, applied int
	neighbours     int                 // of what fixes grant, decided
	left           map[string][]string // names of cases by why their fix was not applied
	english        map[string]bool     // reasons without a Japanese form
	scripts        []string            // commands of fixes
	elsewhere      map[string]bool     // operations of read roles of other accounts
}

// How many fixes the cases hold at least that their templates can take, how many neighbours of what fixes grant, and how many
// fixes at the most are not applied, because they are no proven ones: what denies is people's to change. A new case of these
// moves the last.
const leastApplied, leastNeighbours, mostLeft = 372, 1230, 96

// hold fails where too few fixes were applied to say much. A run of some of the cases alone is not held.
func (n *tally) hold(t *testing.T, all int) {
	t.Helper()
	t.Logf("%d fixes applied and checked again, %d neighbours of what they grant decided", n.applied, n.neighbours)
	for _, why := range slices.Sorted(maps.Keys(n.left)) {
		t.Logf("%d not applied: %s: %s", len(n.left[why]), why, strings.Join(n.left[why], "; "))
	}
	for _, reason := range slices.Sorted(maps.Keys(n.english)) {
		t.Errorf("no Japanese: add it to the rewordings of package render: %s", reason)
	}
	n.holdScripts(t)
	if n.cases == all && (n.applied < leastApplied || n.neighbours < leastNeighbours) {
		t.Errorf("want at least %d fixes applied and %d neighbours decided, have %d and %d", leastApplied, leastNeighbours, n.applied, n.neighbours)
	}
	left := 0
	for _, names := range n.left {
		left += len(names)
	}
	if left > mostLeft {
		t.Errorf("%d fixes were not applied, want %d at the most", left, mostLeft)
	}
}

// holdMended runs the commands of a proven fix on the case's template and looks again: the finding is gone, and there is
// neither a finding nor a gap that was not there before.
func (n *tally) holdMended(t *testing.T, c testCase, o localaws.Options, before *finding.Report) {
	t.Helper()
	f := &before.Findings[0]
	not := func(why string) { n.left[why] = append(n.left[why], f.Check+" "+c.Name) }
	if f.Fix.Proof != finding.Proven {
		not("its proof is " + string(f.Fix.Proof))
		return
	}
	n.holdNeighbours(t, f)
	if strings.Contains(f.Fix.Summary, "by hand") {
		not("a part of it is left to people")
		return
	}
	m := newMender(t, c.Template, ownAccount)
	m.overlay = copied(t, c.Overlay)
	if c.Other != nil {
		m.other = newMender(t, c.Other, otherAccountID)
		m.other.overlay = m.overlay
	}
	for _, words := range commands(f.Fix.CLI) {
		if why := m.run(words); why != "" {
			not(why)
			return
		}
	}
	text, stacks := m.mended(t)
	o.Overlay = m.overlay
	world := scantest.New(t, o, nil, stacks...)
	defer world.Close()
	world.Scanner.Collector.Images = stack.Images(stacks)
	if c.Probe != nil {
		world.Scanner.File = probeFile(t, c)
		world.Scanner.Collector.ReadRoles = world.Scanner.File.ReadRoles
		world.Scanner.Collector.OrganizationID = world.Scanner.File.Organization
	}
	after := world.Scan(t)
	n.applied++
	fresh := slices.DeleteFunc(slices.Clone(after.Gaps), func(g finding.Gap) bool {
		// What no template holds the embedded AWS does not know; whether such a source still exists is not asked before
		// all that does exist may call.
		return strings.Contains(g.Reason, "no template holds ") || slices.ContainsFunc(before.Gaps, func(had finding.Gap) bool {
			return had.Check == g.Check && had.Function == g.Function && had.Reason == g.Reason
		})
	})
	uncovered := slices.IndexFunc(after.Findings, func(f finding.Finding) bool { return f.Check == c.Then })
	if c.Then != "" && uncovered < 0 {
		t.Errorf("after the fix nothing is found by %s any more", c.Then)
	}
	if len(after.Findings) > 0 && (uncovered < 0 || len(after.Findings) > 1) || len(fresh) > 0 {
		t.Errorf("after %s, want neither findings nor further gaps:\n%s\n%+v\ntemplate: %s", f.Fix.CLI, show(t, after), fresh, text)
	}
}

// commands splits the text of a fix's commands into their words as a POSIX shell does.
func commands(text string) [][]string {
	var out [][]string
	var words []string
	var word strings.Builder
	quoted, double, begun := false, false, false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\'' && !double:
			quoted, begun = !quoted, true
		case text[i] == '"' && !quoted:
			double, begun = !double, true
		case double:
			word.WriteByte(text[i])
		case !quoted && text[i] == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
		case !quoted && text[i] == ' ':
			end()
		case !quoted && strings.HasPrefix(text[i:], "&& "):
			end()
			out, words = append(out, words), nil
			i++
		default:
			word.WriteByte(text[i])
			begun = true
		}
	}
	end()
	return append(out, words)
}

// mender changes a template as the commands change the account.
type mender struct {
	account             string
	stack               *stack.Stack
	template, resources map[string]any
	added               int
	// overlay is what the account holds and no template can say, by ARN.
	overlay map[string]map[string]any
	// other is that of another account; nil where a case has one alone.
	other *mender
}

// copied is an overlay that may be changed.
func copied(t *testing.T, overlay map[string]map[string]any) map[string]map[string]any {
	t.Helper()
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if out == nil { // of one that there is not
		out = map[string]map[string]any{}
	}
	return out
}

func newMender(t *testing.T, template map[string]any, account string) *mender {
	t.Helper()
	text, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	m := &mender{account: account}
	if m.stack, err = stack.Load("case.json", text, stack.Options{Account: account}); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m.template); err != nil {
		t.Fatal(err)
	}
	m.resources, _ = m.template["Resources"].(map[string]any)
	return m
}

// mended are the templates as they are now; text is that of the first.
func (m *mender) mended(t *testing.T) (text []byte, stacks []*stack.Stack) {
	t.Helper()
	text, err := json.Marshal(m.template)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := stack.Load("case.json", text, stack.Options{Account: m.account})
	if err != nil {
		t.Fatal(err)
	}
	stacks = append(stacks, loaded)
	if m.other != nil {
		_, more := m.other.mended(t)
		stacks = append(stacks, more...)
	}
	return text, stacks
}

// run runs one command; it says why where the template cannot take it.
func (m *mender) run(words []string) string {
	if len(words) < 3 || words[0] != "aws" {
		return "no command"
	}
	option := map[string]string{}
	for i := 3; i < len(words); i++ {
		if i+1 < len(words) && !strings.HasPrefix(words[i+1], "--") {
			option[words[i]] = words[i+1]
			i++
			continue
		}
		option[words[i]] = "true"
	}
	if m.other != nil && strings.HasPrefix(option["--profile"], "${PROFILE_"+m.other.account+":?") { // without one it is the caller's own account
		m = m.other
	}
	name := strings.Join(words[1:3], " ")
	switch words[1] {
	case "iam":
		return m.role(name, option)
	case "lambda":
		return m.function(name, option)
	}
	return m.target(name, option)
}

func (m *mender) role(name string, option map[string]string) string {
	properties := m.properties("AWS::IAM::Role", option["--role-name"])
	if properties == nil {
		return "the role is not in the template"
	}
	list := func(key string) []any { have, _ := properties[key].([]any); return slices.Clone(have) }
	named := func(p any) bool { have, _ := p.(map[string]any); return have["PolicyName"] == option["--policy-name"] }
	switch name {
	case "iam put-role-policy":
		properties["Policies"] = append(slices.DeleteFunc(list("Policies"), named), map[string]any{
			"PolicyName": option["--policy-name"], "PolicyDocument": json.RawMessage(option["--policy-document"]),
		})
	case "iam delete-role-policy":
		have := list("Policies")
		if properties["Policies"] = slices.DeleteFunc(slices.Clone(have), named); !slices.ContainsFunc(have, named) {
			return "a policy to remove is not in the role's own resource"
		}
	case "iam attach-role-policy":
		properties["ManagedPolicyArns"] = append(list("ManagedPolicyArns"), option["--policy-arn"])
	case "iam detach-role-policy":
		have := list("ManagedPolicyArns")
		attached := func(arn any) bool { return arn == option["--policy-arn"] }
		if properties["ManagedPolicyArns"] = slices.DeleteFunc(slices.Clone(have), attached); !slices.ContainsFunc(have, attached) {
			return "a policy to detach is not named in the role's own resource"
		}
	case "iam update-assume-role-policy":
		properties["AssumeRolePolicyDocument"] = json.RawMessage(option["--policy-document"])
	default:
		return "nothing in a template is like aws " + name
	}
	return ""
}

func (m *mender) function(name string, option map[string]string) string {
	function := option["--function-name"]
	if qualifier := option["--qualifier"]; qualifier != "" {
		function += ":" + qualifier
	}
	switch name {
	case "lambda add-permission":
		if whole := m.whole(function); len(whole) > 0 {
			return m.inWhole(whole[0], func(statements []any) []any { return append(statements, written(function, option)) })
		}
		properties := map[string]any{"FunctionName": function}
		for from, to := range map[string]string{
			"--action": "Action", "--principal": "Principal", "--source-arn": "SourceArn", "--source-account": "SourceAccount",
			"--event-source-token": "EventSourceToken", "--function-url-auth-type": "FunctionUrlAuthType", "--principal-org-id": "PrincipalOrgID",
		} {
			if value := option[from]; value != "" {
				properties[to] = m.stack.Express(value)
			}
		}
		if option["--invoked-via-function-url"] != "" {
			properties["InvokedViaFunctionUrl"] = true
		}
		m.add("AWS::Lambda::Permission", properties)
	case "lambda remove-permission":
		for id := range m.resources {
			if "case-"+id == option["--statement-id"] {
				delete(m.resources, id)
				return ""
			}
		}
		if whole := m.whole(function); len(whole) > 0 {
			return m.inWhole(whole[0], func(statements []any) []any {
				return slices.DeleteFunc(statements, func(one any) bool {
					have, _ := one.(map[string]any)
					return have["Sid"] == option["--statement-id"]
				})
			})
		}
		return "the statement to remove is not a resource of the template"
	case "lambda put-resource-policy":
		function = option["--resource-arn"]
		for _, id := range m.whole(function) {
			delete(m.resources, id)
		}
		for _, r := range m.stack.OfType("AWS::Lambda::Permission") {
			if names(function, fmt.Sprint(r.Properties["FunctionName"])) {
				delete(m.resources, r.LogicalID)
			}
		}
		m.add("AWS::Lambda::ResourcePolicy", map[string]any{"ResourceArn": function, "PolicyDocument": json.RawMessage(option["--policy"])})
	default:
		return "nothing in a template is like aws " + name
	}
	return ""
}

// inWhole changes the statements of a resource that writes all of a function's policy.
func (m *mender) inWhole(id string, change func([]any) []any) string {
	resource, _ := m.resources[id].(map[string]any)
	properties, _ := resource["Properties"].(map[string]any)
	for _, key := range []string{"Policy", "PolicyDocument"} {
		if document, ok := properties[key].(map[string]any); ok {
			statements, _ := document["Statement"].([]any)
			document["Statement"] = change(slices.Clone(statements))
			return ""
		}
	}
	return "the policy that the template writes whole cannot be read"
}

// written is the statement that Lambda writes for add-permission.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
func written(function string, option map[string]string) map[string]any {
	principal := any(map[string]any{"AWS": option["--principal"]})
	if strings.HasSuffix(option["--principal"], ".amazonaws.com") {
		principal = map[string]any{"Service": option["--principal"]}
	}
	conditions := map[string]any{}
	for name, to := range map[string][2]string{
		"--source-arn": {"ArnLike", "AWS:SourceArn"}, "--source-account": {"StringEquals", "AWS:SourceAccount"},
		"--principal-org-id": {"StringEquals", "aws:PrincipalOrgID"}, "--event-source-token": {"StringEquals", "lambda:EventSourceToken"},
		"--function-url-auth-type": {"StringEquals", "lambda:FunctionUrlAuthType"},
	} {
		if value := option[name]; value != "" {
			keys, _ := conditions[to[0]].(map[string]any)
			if keys == nil {
				keys = map[string]any{}
			}
			keys[to[1]] = value
			conditions[to[0]] = keys
		}
	}
	return map[string]any{
		"Sid": option["--statement-id"], "Effect": "Allow", "Principal": principal, "Action": option["--action"], "Resource": function, "Condition": conditions,
	}
}

// whole are the ids of the resources that write all of a function's policy.
func (m *mender) whole(function string) []string {
	var out []string
	for _, r := range m.stack.OfType("AWS::Lambda::ResourcePolicy") {
		for _, key := range []string{"ResourceArn", "FunctionResourceArn"} {
			if names(function, fmt.Sprint(r.Properties[key])) {
				out = append(out, r.LogicalID)
			}
		}
	}
	return out
}

// names tells whether a text names a thing, by its ARN or the last part of it.
func names(arn, text string) bool {
	_, function, _ := strings.Cut(arn, ":function:")
	return text == arn || text == function || text != "" && strings.TrimSuffix(text, ":$LATEST") == arn
}

// target replaces the policy of a called resource.
func (m *mender) target(name string, option map[string]string) string {
	property := func(kind, which, key, policy string) string {
		properties := m.properties(kind, which)
		if properties == nil {
			return "the called resource is not in the template"
		}
		properties[key] = json.RawMessage(policy)
		return ""
	}
	// Secrets are named without the six characters that end their ARNs, so that which may be the start of a name.
	resource := func(kind, which string, properties map[string]any) string {
		for _, r := range m.stack.OfType(kind) {
			if text, err := json.Marshal(r.Properties); err == nil && strings.Contains(string(text), `"`+which) {
				delete(m.resources, r.LogicalID)
			}
		}
		m.add(kind, properties)
		return ""
	}
	switch name {
	case "dynamodb put-resource-policy":
		table, _, ofStream := strings.Cut(option["--resource-arn"], "/stream/")
		if ofStream {
			return "a table's stream has its policy in the table's own resource"
		}
		return property("AWS::DynamoDB::Table", table, "ResourcePolicy", `{"PolicyDocument":`+option["--policy"]+`}`)
	case "events put-permission":
		for _, r := range m.stack.OfType("AWS::Events::EventBusPolicy") {
			if r.Properties["EventBusName"] == option["--event-bus-name"] {
				delete(m.resources, r.LogicalID) // the new policy takes the place of its statement
			}
		}
		return property("AWS::Events::EventBus", option["--event-bus-name"], "Policy", option["--policy"])
	case "kms put-key-policy":
		return property("AWS::KMS::Key", option["--key-id"], "KeyPolicy", option["--policy"])
	case "efs put-file-system-policy":
		return property("AWS::EFS::FileSystem", option["--file-system-id"], "FileSystemPolicy", option["--policy"])
	case "ecr set-repository-policy":
		return property("AWS::ECR::Repository", option["--repository-name"], "RepositoryPolicyText", option["--policy-text"])
	case "ecr put-registry-policy":
		return resource("AWS::ECR::RegistryPolicy", "", map[string]any{"PolicyText": json.RawMessage(option["--policy-text"])})
	case "sqs set-queue-attributes":
		var attributes struct{ Policy json.RawMessage }
		var text string
		if json.Unmarshal([]byte(option["--attributes"]), &attributes) != nil || json.Unmarshal(attributes.Policy, &text) != nil {
			return "the attributes cannot be read"
		}
		url := option["--queue-url"]
		return resource("AWS::SQS::QueuePolicy", url, map[string]any{"Queues": []any{url}, "PolicyDocument": json.RawMessage(text)})
	case "sns set-topic-attributes":
		arn := option["--topic-arn"]
		return resource("AWS::SNS::TopicPolicy", arn, map[string]any{"Topics": []any{arn}, "PolicyDocument": json.RawMessage(option["--attribute-value"])})
	case "s3files put-file-system-policy":
		id := option["--file-system-id"]
		for _, r := range m.stack.OfType("AWS::S3Files::FileSystemPolicy") {
			if strings.HasSuffix(fmt.Sprint(r.Properties["FileSystemId"]), id) { // its ARN, too
				delete(m.resources, r.LogicalID)
			}
		}
		return resource("AWS::S3Files::FileSystemPolicy", id, map[string]any{"FileSystemId": id, "Policy": json.RawMessage(option["--policy"])})
	case "kafka put-cluster-policy":
		arn := option["--cluster-arn"]
		return resource("AWS::MSK::ClusterPolicy", arn, map[string]any{"ClusterArn": arn, "Policy": json.RawMessage(option["--policy"])})
	case "ses put-identity-policy":
		arn := "arn:aws:ses:" + option["--region"] + ":" + m.account + ":identity/" + option["--identity"]
		if m.properties("AWS::SES::EmailIdentity", arn) == nil {
			return "the identity is not in the template"
		}
		if m.overlay[arn] == nil {
			m.overlay[arn] = map[string]any{}
		}
		policies, _ := m.overlay[arn]["Policies"].(map[string]any)
		if policies == nil {
			policies = map[string]any{}
			m.overlay[arn]["Policies"] = policies
		}
		policies[option["--policy-name"]] = option["--policy"]
		return ""
	case "opensearch update-domain-config":
		return property("AWS::OpenSearchService::Domain", option["--domain-name"], "AccessPolicies", option["--access-policies"])
	case "apigateway update-rest-api":
		var operations []struct{ Path, Value string }
		if json.Unmarshal([]byte(option["--patch-operations"]), &operations) != nil || len(operations) != 1 || operations[0].Path != "/policy" {
			return "the operations cannot be read"
		}
		return property("AWS::ApiGateway::RestApi", option["--rest-api-id"], "Policy", operations[0].Value)
	case "apigateway create-deployment": // templates have what they say deployed
		return ""
	case "s3control put-access-point-policy":
		return property("AWS::S3::AccessPoint", option["--name"], "Policy", option["--policy"])
	case "s3api put-bucket-policy":
		bucket := option["--bucket"]
		return resource("AWS::S3::BucketPolicy", bucket, map[string]any{"Bucket": bucket, "PolicyDocument": json.RawMessage(option["--policy"])})
	case "ram create-resource-share":
		m.add("AWS::RAM::ResourceShare", map[string]any{
			"Name": option["--name"], "ResourceArns": []any{option["--resource-arns"]}, "Principals": []any{option["--principals"]}, "PermissionArns": []any{option["--permission-arns"]},
		})
		return ""
	case "kinesis put-resource-policy":
		arn := option["--resource-arn"]
		return resource("AWS::Kinesis::ResourcePolicy", arn+`"`, map[string]any{"ResourceArn": arn, "ResourcePolicy": json.RawMessage(option["--policy"])})
	case "secretsmanager put-resource-policy":
		arn := option["--secret-id"]
		return resource("AWS::SecretsManager::ResourcePolicy", arn, map[string]any{"SecretId": arn, "ResourcePolicy": json.RawMessage(option["--resource-policy"])})
	}
	return "nothing here is like aws " + name
}

// properties are those of the resource with the name or ARN; nil where the template has none.
func (m *mender) properties(kind, name string) map[string]any {
	for _, r := range m.stack.OfType(kind) {
		if r.PhysicalID != name && r.ARN != name {
			continue
		}
		resource, _ := m.resources[r.LogicalID].(map[string]any)
		properties, _ := resource["Properties"].(map[string]any)
		if resource != nil && properties == nil {
			properties = map[string]any{}
			resource["Properties"] = properties
		}
		return properties
	}
	return nil
}

func (m *mender) add(kind string, properties map[string]any) {
	m.added++
	m.resources[fmt.Sprintf("Mended%d", m.added)] = map[string]any{"Type": kind, "Properties": properties}
}
