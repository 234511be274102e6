package remedy

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
)

const (
	functionARN = "arn:aws:lambda:us-east-1:123456789012:function:notes"
	roleARN     = "arn:aws:iam::123456789012:role/team/notes-role"
	apiSource   = "arn:aws:execute-api:us-east-1:123456789012:abc123/"
)

func parse(t *testing.T, text string, kind iampolicy.Kind) *iampolicy.Policy {
	t.Helper()
	p, err := iampolicy.Parse([]byte(text), kind)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func facts(t *testing.T, trust, policy string) *fact.Facts {
	t.Helper()
	f := &fact.Facts{
		Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"},
		Time:    time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC),
		Roles: map[string]fact.Read[fact.Role]{roleARN: fact.Known(fact.Role{
			ARN: roleARN, Trust: fact.Known(parse(t, trust, iampolicy.Trust)), TrustJSON: trust,
		})},
		Policies: map[fact.FunctionRef]fact.Read[fact.ResourcePolicy]{{ARN: functionARN}: fact.Absent[fact.ResourcePolicy]()},
	}
	if policy != "" {
		f.Policies[fact.FunctionRef{ARN: functionARN}] = fact.Known(fact.ResourcePolicy{Policy: parse(t, policy, iampolicy.Resource), JSON: policy})
	}
	return f
}

func trustDecision() *decide.Decision {
	return &decide.Decision{Verdict: decide.Denied, Need: &need.Need{
		Kind: need.Trust, Function: fact.FunctionRef{ARN: functionARN}, Role: roleARN, Principal: need.LambdaService,
		Action: "sts:AssumeRole", Resource: roleARN,
		Context: map[string][]string{"aws:SourceArn": {functionARN}, "aws:SourceAccount": {"123456789012"}},
	}}
}

func invokeDecision(source string) *decide.Decision {
	return &decide.Decision{Verdict: decide.Denied, Need: &need.Need{
		Kind: need.Invoke, Function: fact.FunctionRef{ARN: functionARN}, Principal: fact.APIGatewayService,
		Action: "lambda:InvokeFunction", Resource: functionARN,
		Context: map[string][]string{"aws:SourceArn": {source}, "aws:SourceAccount": {"123456789012"}},
	}}
}

const otherTrust = `{"Version":"2008-10-17","Id":"mine","Statement":{"Sid":"Ec2","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`

func TestTheTrustFixKeepsTheOtherStatementsAndIsProven(t *testing.T) {
	plan := For(facts(t, otherTrust, ""), &finding.Finding{}, []*decide.Decision{trustDecision()})
	want := finding.Fix{
		Summary: "Let lambda.amazonaws.com assume notes-role: add a statement for it to the role's trust policy.",
		Policy:  `{"Version":"2008-10-17","Id":"mine","Statement":[{"Sid":"Ec2","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
		Proof:   finding.Proven,
		CloudFormation: `AssumeRolePolicyDocument:
  Version: "2008-10-17"
  Id: mine
  Statement:
    - Sid: Ec2
      Effect: Allow
      Principal:
        Service: ec2.amazonaws.com
      Action: sts:AssumeRole
    - Effect: Allow
      Principal:
        Service: lambda.amazonaws.com
      Action: sts:AssumeRole
`,
	}
	want.Terraform = `assume_role_policy = jsonencode({
  Version = "2008-10-17"
  Id      = "mine"
  Statement = [
    {
      Sid    = "Ec2"
      Effect = "Allow"
      Principal = {
        Service = "ec2.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    },
    {
      Effect = "Allow"
      Principal = {
        Service = "lambda.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    },
  ]
})
`
	want.CLI = "aws iam update-assume-role-policy --role-name notes-role --policy-document '" + want.Policy + "'"
	if diff := cmp.Diff(want, plan.Fix); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestATrustFixThatADenyStillStopsIsRefusedAndNotProven(t *testing.T) {
	f := facts(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`, "")
	fix := For(f, &finding.Finding{}, []*decide.Decision{trustDecision()}).Fix // the decision does not say that it is explicit
	if fix.Proof != finding.Refused || !strings.Contains(fix.ProofReason, "explicitDeny") {
		t.Errorf("proof %s: %s", fix.Proof, fix.ProofReason)
	}
}

func TestADenyIsAnsweredWithoutACommand(t *testing.T) {
	d := trustDecision()
	d.Explicit = true
	fix := For(facts(t, otherTrust, ""), &finding.Finding{Evidence: finding.Evidence{Policy: "trust policy"}}, []*decide.Decision{d}).Fix
	if fix.CLI != "" || fix.Policy != "" || fix.Proof != finding.Unproven || fix.ProofReason == "" {
		t.Errorf("%+v", fix)
	}
}

func invokeFinding(source string) *finding.Finding {
	return &finding.Finding{
		ID: "0123456789abcdef", Function: functionARN, Principal: fact.APIGatewayService, Action: "lambda:InvokeFunction", SourceARN: source,
	}
}

func TestThePermissionFixIsProvenForEveryRefusedCall(t *testing.T) {
	decisions := []*decide.Decision{invokeDecision(apiSource + "prod/GET/notes"), invokeDecision(apiSource + "prod/GET/notes/*")}
	fix := For(facts(t, otherTrust, ""), invokeFinding(apiSource+"*/GET/notes*"), decisions).Fix
	if fix.Proof != finding.Proven {
		t.Errorf("proof %s: %s", fix.Proof, fix.ProofReason)
	}
	want := "aws lambda add-permission --function-name " + functionARN + " --statement-id permprobe-0123456789abcdef --action lambda:InvokeFunction" +
		" --principal apigateway.amazonaws.com --source-arn '" + apiSource + "*/GET/notes*' --region us-east-1"
	if fix.CLI != want {
		t.Errorf("command:\nwant %s\nhave %s", want, fix.CLI)
	}
	narrow := For(facts(t, otherTrust, ""), invokeFinding(apiSource+"*/GET/notes"), decisions).Fix
	if narrow.Proof != finding.Refused || !strings.Contains(narrow.ProofReason, "still refused") {
		t.Errorf("a permission for one of two routes: proof %s: %s", narrow.Proof, narrow.ProofReason)
	}
}

func TestAPermissionForABucketNamesItsAccount(t *testing.T) {
	d := invokeDecision("arn:aws:s3:::uploads")
	d.Need.Principal = fact.S3Service
	d.Need.Trigger = &fact.Trigger{Kind: fact.TriggerBucket, Account: "123456789012"}
	f := invokeFinding("arn:aws:s3:::uploads")
	f.Principal = fact.S3Service
	fix := For(facts(t, otherTrust, ""), f, []*decide.Decision{d}).Fix
	if fix.Proof != finding.Proven {
		t.Fatalf("proof %s: %s", fix.Proof, fix.ProofReason)
	}
	for name, text := range map[string]string{"command": fix.CLI, "template": fix.CloudFormation, "policy": fix.Policy} {
		if !strings.Contains(text, "123456789012") || !strings.Contains(text, "arn:aws:s3:::uploads") {
			t.Errorf("the %s names not both, bucket and account: %s", name, text)
		}
	}
	stranger := invokeDecision("arn:aws:s3:::uploads")
	stranger.Need.Principal = fact.S3Service
	stranger.Need.Context["aws:SourceAccount"] = []string{"210987654321"}
	policy := parse(t, fix.Policy, iampolicy.Resource)
	if have := decide.InvokeCase(facts(t, otherTrust, ""), stranger, policy).Decide().Decision; have != iampolicy.ImplicitDeny {
		t.Errorf("the same name in another account: %s", have)
	}
}

// The neighbours of a need: what is like it and must stay refused.
func TestThePermissionFixGrantsNoNeighbour(t *testing.T) {
	f := facts(t, otherTrust, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"`+functionARN+`"}]}`)
	fix := For(f, invokeFinding(apiSource+"*/GET/notes"), []*decide.Decision{invokeDecision(apiSource + "prod/GET/notes")}).Fix
	if fix.Proof != finding.Proven {
		t.Fatalf("proof %s: %s", fix.Proof, fix.ProofReason)
	}
	granted := parse(t, fix.Policy, iampolicy.Resource)
	ask := func(change func(*need.Need)) iampolicy.Decision {
		d := invokeDecision(apiSource + "prod/GET/notes")
		change(d.Need)
		return decide.InvokeCase(f, d, granted).Decide().Decision
	}
	if have := ask(func(*need.Need) {}); have != iampolicy.Allowed {
		t.Fatalf("the need itself: %s", have)
	}
	for name, change := range map[string]func(*need.Need){
		"another action":    func(n *need.Need) { n.Action = "lambda:UpdateFunctionCode" },
		"another function":  func(n *need.Need) { n.Resource = functionARN + "2" },
		"a qualifier":       func(n *need.Need) { n.Resource = functionARN + ":live" },
		"another principal": func(n *need.Need) { n.Principal = "events.amazonaws.com" },
		"another API": func(n *need.Need) {
			n.Context["aws:SourceArn"] = []string{strings.Replace(apiSource, "abc123", "abc124", 1) + "prod/GET/notes"}
		},
		"another path":   func(n *need.Need) { n.Context["aws:SourceArn"] = []string{apiSource + "prod/GET/notes/1"} },
		"another method": func(n *need.Need) { n.Context["aws:SourceArn"] = []string{apiSource + "prod/POST/notes"} },
		"another account": func(n *need.Need) {
			n.Context["aws:SourceArn"] = []string{strings.Replace(apiSource, "123456789012", "210987654321", 1) + "prod/GET/notes"}
		},
	} {
		if have := ask(change); have != iampolicy.ImplicitDeny {
			t.Errorf("%s: %s", name, have)
		}
	}
}

func logFinding() (*finding.Finding, []*decide.Decision) {
	group := "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/notes"
	f := &finding.Finding{Role: roleARN, Action: "logs:CreateLogStream,logs:PutLogEvents", Resource: group + ":*"}
	var decisions []*decide.Decision
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		decisions = append(decisions, &decide.Decision{Verdict: decide.Denied, Need: &need.Need{
			Kind: need.Identity, Role: roleARN, Action: action, Grant: group + ":*", Managed: "service-role/AWSLambdaBasicExecutionRole"},
			Question: decide.Question{Role: roleARN, Action: action, Resource: group + ":log-stream:x"}})
	}
	return f, decisions
}

func TestTheLogFixIsProvenOnlyByTheSimulatorsAnswers(t *testing.T) {
	f, decisions := logFinding()
	plan := For(facts(t, otherTrust, ""), f, decisions)
	if plan.Fix.Proof != finding.Unproven || len(plan.Recheck) != 2 {
		t.Fatalf("before the simulator answered: proof %s, %d questions", plan.Fix.Proof, len(plan.Recheck))
	}
	for _, q := range plan.Recheck {
		if q.With != plan.Fix.Policy {
			t.Errorf("the question supposes %q", q.With)
		}
	}
	answers := func(second iampolicy.Decision, why fact.Unread) map[decide.Question]decide.Answer {
		return map[decide.Question]decide.Answer{
			plan.Recheck[0]: {Decision: iampolicy.Allowed},
			plan.Recheck[1]: {Decision: second, Unread: why},
		}
	}
	for name, c := range map[string]struct {
		answers map[decide.Question]decide.Answer
		want    finding.Proof
	}{
		"both allowed":     {answers(iampolicy.Allowed, fact.Unread{}), finding.Proven},
		"one still denied": {answers(iampolicy.ExplicitDeny, fact.Unread{}), finding.Refused},
		"one not answered": {answers(iampolicy.Undetermined, fact.Unread{Reason: "throttled"}), finding.Unproven},
		"no answers":       {nil, finding.Unproven},
	} {
		p := plan
		p.Prove(c.answers)
		if p.Fix.Proof != c.want || (c.want == finding.Proven) != (p.Fix.ProofReason == "") {
			t.Errorf("%s: proof %s: %q", name, p.Fix.Proof, p.Fix.ProofReason)
		}
	}
}

func TestTheLogFixGrantsNoNeighbour(t *testing.T) {
	f, decisions := logFinding()
	granted := parse(t, For(facts(t, otherTrust, ""), f, decisions).Fix.Policy, iampolicy.Identity)
	principal, err := iampolicy.ParsePrincipal(roleARN)
	if err != nil {
		t.Fatal(err)
	}
	group := "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/notes"
	for _, c := range []struct {
		action, resource string
		want             iampolicy.Decision
	}{
		{"logs:PutLogEvents", group + ":log-stream:x", iampolicy.Allowed},
		{"logs:GetLogEvents", group + ":log-stream:x", iampolicy.ImplicitDeny},
		{"logs:DeleteLogStream", group + ":log-stream:x", iampolicy.ImplicitDeny},
		{"logs:PutLogEvents", group + "2:log-stream:x", iampolicy.ImplicitDeny},
		{"logs:PutLogEvents", strings.Replace(group, "us-east-1", "eu-west-1", 1) + ":log-stream:x", iampolicy.ImplicitDeny},
	} {
		asked := iampolicy.Case{Principal: principal, Action: c.action, Resource: c.resource, Identity: []*iampolicy.Policy{granted}}
		if have := asked.Decide().Decision; have != c.want {
			t.Errorf("%s on %s: want %s, have %s", c.action, c.resource, c.want, have)
		}
	}
}

func TestWhatNoManagedPolicyGrantsIsGivenByAnInlinePolicyBesideTheManagedOnes(t *testing.T) {
	const bucket, queue = "arn:aws:s3:::failed", "arn:aws:sqs:us-east-1:123456789012:failed"
	denied := func(action, resource, grant, managed string) *decide.Decision {
		return &decide.Decision{Verdict: decide.Denied, Need: &need.Need{Kind: need.Identity, Role: roleARN, Action: action, Resource: resource, Grant: grant, Managed: managed},
			Question: decide.Question{Role: roleARN, Action: action, Resource: resource}}
	}
	f := &finding.Finding{ID: "0123456789abcdef", Role: roleARN}
	plan := For(facts(t, otherTrust, ""), f, []*decide.Decision{
		denied("sqs:SendMessage", queue, "", ""), denied("s3:PutObject", bucket+"/aws/lambda/x", bucket+"/*", ""),
		denied("sqs:SendMessage", queue+"2", "", ""), denied("xray:PutTraceSegments", "*", "", "AWSXRayDaemonWriteAccess"),
	})
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["xray:PutTraceSegments"],"Resource":"*"},` +
		`{"Effect":"Allow","Action":["s3:PutObject"],"Resource":"arn:aws:s3:::failed/*"},` +
		`{"Effect":"Allow","Action":["sqs:SendMessage"],"Resource":["` + queue + `","` + queue + `2"]}]}`
	if diff := cmp.Diff(want, plan.Fix.Policy); diff != "" {
		t.Errorf("policy (-want +have):\n%s", diff)
	}
	rest := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject"],"Resource":"arn:aws:s3:::failed/*"},` +
		`{"Effect":"Allow","Action":["sqs:SendMessage"],"Resource":["` + queue + `","` + queue + `2"]}]}`
	if want := "aws iam attach-role-policy --role-name notes-role --policy-arn arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess && " +
		"aws iam put-role-policy --role-name notes-role --policy-name permprobe-0123456789abcdef --policy-document '" + rest + "'"; plan.Fix.CLI != want {
		t.Errorf("command:\nwant %s\nhave %s", want, plan.Fix.CLI)
	}
	if !strings.Contains(plan.Fix.CloudFormation, "ManagedPolicyArns:") || !strings.Contains(plan.Fix.CloudFormation, "s3:PutObject") {
		t.Errorf("template: %s", plan.Fix.CloudFormation)
	}
	if len(plan.Recheck) != 4 {
		t.Errorf("%d questions prove it", len(plan.Recheck))
	}
}

func TestSeveralManagedPoliciesAreAttachedOneAfterTheOther(t *testing.T) {
	denied := func(action, managed string) *decide.Decision {
		return &decide.Decision{Verdict: decide.Denied, Need: &need.Need{Kind: need.Identity, Role: roleARN, Action: action, Resource: "*", Managed: managed}}
	}
	fix := For(facts(t, otherTrust, ""), &finding.Finding{Role: roleARN}, []*decide.Decision{
		denied("sqs:ReceiveMessage", "service-role/B"), denied("kinesis:ListShards", "service-role/A"), denied("sqs:DeleteMessage", "service-role/B"),
	}).Fix
	want := "aws iam attach-role-policy --role-name notes-role --policy-arn arn:aws:iam::aws:policy/service-role/A && " +
		"aws iam attach-role-policy --role-name notes-role --policy-arn arn:aws:iam::aws:policy/service-role/B"
	if fix.CLI != want {
		t.Errorf("command:\nwant %s\nhave %s", want, fix.CLI)
	}
}

func TestWordsOfACommandSurviveTheShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatalf("commands are made for a POSIX shell: %v", err)
	}
	words := []string{
		"plain", "", "with space", "it's", `"quoted"`, "$HOME", "`id`", "a;b|c&d>e<f", "*", "?", "[x]", "{a,b}", "~", "#", "!", `back\slash`, "new\nline", "ünï", "-n", "a=b",
	}
	out, err := exec.Command(sh, "-c", `printf '<%s>' `+command(words...)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "<" + strings.Join(words, "><") + ">"; string(out) != want {
		t.Errorf("want %q\nhave %q", want, out)
	}
}

func TestYAMLKeepsTheOrderAndQuotesWhatYAMLWouldMisread(t *testing.T) {
	have, err := yamlText(map[string]any{"Doc": []any{
		statement{Effect: "Allow", Action: "s3:*", Condition: map[string]any{"Bool": map[string]any{"aws:SecureTransport": "true", "n": "1", "v": "*"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `Doc:
  - Effect: Allow
    Action: s3:*
    Condition:
      Bool:
        aws:SecureTransport: "true"
        n: "1"
        v: '*'
`
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestASecretsPolicyIsPutWithPublicOnesBlockedUnlessItIsOneAlready(t *testing.T) {
	for name, test := range map[string]struct {
		statement string
		blocked   bool
	}{
		"a policy for an account":           {`{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}`, true},
		"a policy that denies to everybody": {`{"Effect":"Deny","Principal":"*","Action":"secretsmanager:DeleteSecret","Resource":"*"}`, true},
		"a policy for everybody":            {`{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[`+test.statement+`]}`), iampolicy.Resource)
			if err != nil {
				t.Fatal(err)
			}
			secret := fact.Target{Kind: fact.TargetSecret, ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:token", Policy: fact.Known(fact.ResourcePolicy{Policy: policy})}
			attach := attachments[fact.TargetSecret]
			if have := slices.Contains(attach.command(secret, "{}"), "--block-public-policy"); have != test.blocked {
				t.Errorf("the command blocks: %t", have)
			}
			if have := attach.properties(secret, document{})["BlockPublicPolicy"] == true; have != test.blocked {
				t.Errorf("the template blocks: %t", have)
			}
		})
	}
	if attach := attachments[fact.TargetSecret]; !slices.Contains(attach.command(fact.Target{ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"}, "{}"), "--block-public-policy") {
		t.Error("a secret without a policy")
	}
}
