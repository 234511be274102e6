package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"permprobe/shared/finding"

	"github.com/google/go-cmp/cmp"
)

// write puts a file in a folder of the test and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkJSON runs the command and reads the one document that it prints.
func checkJSON(t *testing.T, wantCode int, args ...string) (report finding.Report, stderr string) {
	t.Helper()
	code, out, errs := local(t, append([]string{"check", "-format", "json"}, args...)...)
	if code != wantCode {
		t.Fatalf("exit code %d, want %d; stderr %q, stdout %s", code, wantCode, errs, out)
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if rest := strings.TrimSpace(out[decoder.InputOffset():]); rest != "" {
		t.Fatalf("behind the document stands %q", rest)
	}
	if !strings.HasPrefix(strings.TrimLeft(out, "{\n "), `"status"`) {
		t.Errorf("status is not first: %.40q", out)
	}
	return report, errs
}

// faults are check and function name of the findings.
func faults(r finding.Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Check+" "+f.Function[strings.LastIndex(f.Function, ":")+1:])
	}
	return out
}

const example = "example/account.yaml"

func TestCheckFindsTheFaultsOfATemplateWithTheirPlaceInIt(t *testing.T) {
	code, out, errs := local(t, "check", example)
	if code != exitFindings || errs != "" {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	lines := strings.Split(string(exampleAccount), "\n")
	_, details, _ := strings.Cut(out, "\nCRITICAL ") // above it stand the titles alone
	for title, id := range map[string]string{
		"nightly-report cannot start": "ReportFunction:", "may not invoke notes-api": "NotesApiFunction:", "resize-image writes no log": "ResizeFunction:",
	} {
		_, rest, found := strings.Cut(details, title)
		if !found {
			t.Errorf("the output does not hold %q", title)
			continue
		}
		var at int
		for i, line := range lines {
			if strings.TrimSpace(line) == id {
				at = i + 1
			}
		}
		_, place, _ := strings.Cut(rest, "\n")
		if want := "  template  " + example + ":" + strconv.Itoa(at) + "\n"; at == 0 || !strings.HasPrefix(place, want) {
			t.Errorf("below %q stands %.60q, want %q", title, place, want)
		}
	}
}

func TestCheckFailsFromTheSeverityThatIsAskedFor(t *testing.T) {
	quiet := write(t, "low.yaml", lowFault)
	for _, c := range []struct {
		file, failOn string
		want         int
	}{
		{example, "", exitFindings},
		{example, "critical", exitFindings},
		{example, "none", exitOK},
		{example, "None", exitOK},
		{quiet, "", exitOK},
		{quiet, "medium", exitOK},
		{quiet, "low", exitFindings},
		{quiet, "Informational", exitFindings},
	} {
		args := []string{c.file}
		if c.failOn != "" {
			args = append(args, "-fail-on", c.failOn)
		}
		if report, _ := checkJSON(t, c.want, args...); len(report.Findings) == 0 || report.Status != finding.ReportFindings {
			t.Errorf("%s: %d findings, status %s: they are told whatever fails", c.file, len(report.Findings), report.Status)
		}
	}
}

// role trusts Lambda and writes logs; lowFault lacks the second.
const (
	role = `
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
`
	lowFault = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
  App: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
`
)

// packaged is a function with an image and a key for its environment.
const packaged = `
Resources:
  Function: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: worker, Role: !GetAtt Role.Arn, PackageType: Image, KmsKeyArn: !GetAtt Key.Arn, Code: {ImageUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/images/worker:v1'}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']
  Key: {Type: 'AWS::KMS::Key', Properties: {Enabled: true}}
  Images:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: images/worker
      RepositoryPolicyText: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']}]}
`

func TestCheckNamesTheRepositoryThatLambdaMayNotPullFromAndTheKeyThatItCannotUse(t *testing.T) {
	for name, c := range map[string]struct {
		from, to, check, resource string
		place                     finding.Place
	}{
		"an action of the repository's policy": {"ecr:GetDownloadUrlForLayer", "ecr:DescribeImages", "R13", "arn:aws:ecr:us-east-1:123456789012:repository/images/worker", finding.PlaceTarget},
		"the key":                              {"Enabled: true", "Enabled: false", "R12", "arn:aws:kms:us-east-1:123456789012:key/Key", finding.PlaceConfiguration},
	} {
		t.Run(name, func(t *testing.T) {
			if intact, _ := checkJSON(t, exitOK, "-fail-on", "low", write(t, "intact.yaml", packaged)); len(intact.Findings)+len(intact.Gaps) > 0 {
				t.Errorf("intact: %+v, %+v", intact.Findings, intact.Gaps)
			}
			report, _ := checkJSON(t, exitFindings, "-fail-on", "medium", write(t, "broken.yaml", strings.Replace(packaged, c.from, c.to, 1)))
			if len(report.Findings) != 1 {
				t.Fatalf("findings: %v", faults(report))
			}
			if f := &report.Findings[0]; f.Check != c.check || f.Resource != c.resource || f.Place != c.place {
				t.Errorf("%s on %s at %s", f.Check, f.Resource, f.Place)
			}
		})
	}
}

// samTemplate is before the SAM transform: what is wrong is that a function's role trusts another service, and that another
// runs as a role that may not read its queue.
const samTemplate = `Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Handler: app.handler, CodeUri: src/}}
Resources:
  Orders: {Type: AWS::SQS::Queue}
  Edge:
    Type: AWS::Serverless::Function
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: edgelambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt Plain.Arn
      Policies: [AWSLambdaSQSQueueExecutionRole]
      Events:
        Poll: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
  Writer:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Orders.QueueName}}]
      Events:
        Web: {Type: Api, Properties: {Path: /orders, Method: post}}
        Poll: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
  Plain:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
`

func TestASAMTemplateIsCheckedAsItIsWrittenAndFindingsStandInIt(t *testing.T) {
	file := write(t, "template.yaml", samTemplate)
	code, out, errs := local(t, "check", "-format", "sarif", "-fail-on", "none", file)
	if code != exitOK || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "SAM does not use Policies of Reader: it has a Role") {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID    string
				Locations []struct {
					PhysicalLocation struct{ Region struct{ StartLine int } }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	lines := strings.Split(samTemplate, "\n")
	for _, r := range log.Runs[0].Results {
		var at []string
		for _, l := range r.Locations {
			at = append(at, strings.TrimSpace(lines[l.PhysicalLocation.Region.StartLine-1]))
		}
		got[r.RuleID] = strings.Join(at, " ")
	}
	if diff := cmp.Diff(map[string]string{"R1": "Edge:", "R8": "Plain:"}, got); diff != "" {
		t.Error(diff)
	}
	_, text, _ := local(t, "check", "-fail-on", "none", file)
	_, text, _ = strings.Cut(text, "  R8  ")
	if sam, plain := strings.Index(text, "or as SAM:"), strings.Index(text, "or as CloudFormation:"); sam < 0 || sam > plain {
		t.Errorf("the fix as SAM stands at %d, as CloudFormation at %d", sam, plain)
	}
}

func TestTheDefinitionOfAStateMachineIsReadFromItsFile(t *testing.T) {
	file := write(t, "template.yaml", `Transform: AWS::Serverless-2016-10-31
Resources:
  Worker: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: src/}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: flow.asl.json, DefinitionSubstitutions: {Worker: !GetAtt Worker.Arn}}
`)
	const definition = `{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Worker}", "End": true}}}`
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "flow.asl.json"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := local(t, "check", "-fail-on", "low", file)
	if code != exitFindings || !strings.Contains(out, "I5  ") || errs != "" {
		t.Errorf("exit code %d, stderr %q:\n%s", code, errs, out)
	}
}

func TestATemplateWithoutFunctionsIsAnEmptyReport(t *testing.T) {
	report, errs := checkJSON(t, exitOK, write(t, "none.yaml", "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"))
	report.Summary.DurationMS, report.Summary.APICalls = 0, 0
	want := finding.Report{Account: "123456789012", Region: "us-east-1", Coverage: finding.Coverage{ListedAll: true}}
	want.Finish()
	if diff := cmp.Diff(want, report); diff != "" || errs != "" {
		t.Errorf("stderr %q, (-want +got)\n%s", errs, diff)
	}
}

func TestSeveralTemplatesMakeOneAccount(t *testing.T) {
	roles := write(t, "roles.yaml", "Resources:"+role)
	function := write(t, "function.yaml", `
Resources:
  App: {Type: AWS::Lambda::Function, Properties: {FunctionName: app, Role: "arn:aws:iam::123456789012:role/app"}}
`)
	if report, _ := checkJSON(t, exitOK, function, roles); report.Status != finding.ReportOK || report.Summary.Functions != 1 {
		t.Errorf("together: %+v, %+v", report.Summary, report.Gaps)
	}
	// A role that no template holds is not known: a gap, which does not fail the pipeline.
	if report, _ := checkJSON(t, exitOK, function); report.Status != finding.ReportIncomplete || len(report.Findings) > 0 || len(report.Gaps) == 0 {
		t.Errorf("alone: %s, %+v, %+v", report.Status, report.Findings, report.Gaps)
	}
}

func TestTwoResourcesOfOneNameLeaveAGapThatNamesTheSecond(t *testing.T) {
	one := "Resources:" + role + "  App: {Type: AWS::Lambda::Function, Properties: {FunctionName: app, Role: !GetAtt Role.Arn}}\n"
	second := write(t, "b.yaml", one)
	report, _ := checkJSON(t, exitOK, write(t, "a.yaml", one), second)
	var said []string
	for _, g := range report.Gaps {
		said = append(said, g.Reason)
	}
	if text := strings.Join(said, "\n"); !strings.Contains(text, second+":8: App: function \"app\" is there already") {
		t.Errorf("gaps:\n%s", text)
	}
}

const parametrized = `
Parameters:
  Stage: {Type: String}
  RoleArn: {Type: String}
Resources:
  App:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: !Sub "app-${Stage}-${AWS::Region}", Role: !Ref RoleArn}
  Trusting:
    Type: AWS::IAM::Role
    Properties:
      RoleName: trusting
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
`

func TestParametersAccountAndRegionAreThoseOfTheFlagsAndMayFollowTheFiles(t *testing.T) {
	file := write(t, "app.yaml", parametrized)
	report, _ := checkJSON(t, exitFindings, "-param", "Stage=test", file,
		"-account", "210987654321", "-region=eu-central-1", "-param", "RoleArn=arn:aws:iam::210987654321:role/trusting")
	if diff := cmp.Diff([]string{"R1 app-test-eu-central-1"}, faults(report)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if report.Account != "210987654321" || report.Region != "eu-central-1" {
		t.Errorf("account %s, region %s", report.Account, report.Region)
	}
}

func TestWhatATemplateLeavesOpenIsAGapAndDoesNotFail(t *testing.T) {
	report, _ := checkJSON(t, exitOK, "-fail-on", "informational", write(t, "app.yaml", parametrized), "-param", "Stage=test")
	if len(report.Findings) > 0 || len(report.Gaps) == 0 || report.Status != finding.ReportIncomplete {
		t.Errorf("%s, %d findings, %d gaps", report.Status, len(report.Findings), len(report.Gaps))
	}
	if !strings.Contains(report.Gaps[0].Reason, "RoleArn") {
		t.Errorf("the gap does not name the parameter: %s", report.Gaps[0].Reason)
	}
}

func TestAParameterThatNoTemplateHasIsSaidBesideTheReport(t *testing.T) {
	with, without := write(t, "app.yaml", parametrized), write(t, "none.yaml", "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
	if _, errs := checkJSON(t, exitOK, with, without, "-param", "Stage=test", "-param", "Stag=test"); errs != "warning: no template has the parameter \"Stag\"\n" {
		t.Errorf("stderr %q", errs)
	}
}

func TestBehindTwoDashesEverythingIsAFile(t *testing.T) {
	code, _, errs := local(t, "check", "--", "-format", "none.yaml")
	if code != exitError || !strings.Contains(errs, "open -format") {
		t.Errorf("exit code %d, stderr %q", code, errs)
	}
}

func TestTheEnvironmentOfThePipelineDoesNotMatter(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_PROFILE", "nobody")
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	report, _ := checkJSON(t, exitFindings, example)
	if len(report.Findings) != 8 || len(report.Gaps) != 0 || report.Region != "us-east-1" {
		t.Errorf("%d findings, gaps %+v, region %s", len(report.Findings), report.Gaps, report.Region)
	}
}

func TestTemplatesAreCheckedAtTheSameTime(t *testing.T) {
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, _ := checkJSON(t, exitOK, write(t, name+".yaml", "Resources:"+role+"  App: {Type: AWS::Lambda::Function, Properties: {FunctionName: "+name+", Role: !GetAtt Role.Arn}}\n"))
			if report.Status != finding.ReportOK || report.Summary.Functions != 1 {
				t.Errorf("%+v, gaps %+v", report.Summary, report.Gaps)
			}
		})
	}
}

func TestWrongInputToCheckAndServeIsOneLineAndAnError(t *testing.T) {
	bad := write(t, "bad.yaml", "Resources:\n  A: {Type: [}\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no template":          {[]string{"check"}, "no template"},
		"unknown flag":         {[]string{"check", "-fail", "high", example}, "-fail"},
		"unknown format":       {[]string{"check", "-format", "xml", example}, `"xml"`},
		"unknown severity":     {[]string{"check", "-fail-on", "urgent", example}, `"urgent"`},
		"not an account":       {[]string{"check", "-account", "1234", example}, `"1234"`},
		"not a region":         {[]string{"check", "-region", "Frankfurt", example}, `"Frankfurt"`},
		"parameter of no form": {[]string{"check", "-param", "Stage", example}, `"Stage"`},
		"no such template":     {[]string{"check", "none.yaml"}, "none.yaml"},
		"a folder":             {[]string{"check", t.TempDir()}, "directory"},
		"no YAML":              {[]string{"check", bad}, bad + ":2"},
		"one of several":       {[]string{"check", example, bad}, bad + ":2"},
		"no resources":         {[]string{"check", write(t, "empty.yaml", "Parameters: {}\n")}, "empty.yaml"},
		"an empty file":        {[]string{"check", write(t, "void.yaml", "")}, "void.yaml"},
		"not as SAM wants it":  {[]string{"check", write(t, "sam.yaml", "Transform: AWS::Serverless-2016-10-31\nResources:\n  A:\n    Type: AWS::Serverless::Function\n    Properties: {Policys: x}\n")}, "sam.yaml:5"},
		"nothing to serve":     {[]string{"serve"}, "no template"},
		"address without port": {[]string{"serve", "-addr", "127.0.0.1", example}, `"127.0.0.1"`},
		"any address":          {[]string{"serve", "-addr", ":4566", example}, "-remote"},
		"every address":        {[]string{"serve", "-addr", "0.0.0.0:4566", example}, "-remote"},
		"another machine's":    {[]string{"serve", "-addr", "192.0.2.1:4566", example}, "-remote"},
		"no such port":         {[]string{"serve", "-addr", "127.0.0.1:99999", example}, "99999"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := local(t, c.args...)
			if code != exitError || out != "" {
				t.Errorf("exit code %d, stdout %q", code, out)
			}
			if strings.Count(errs, "\n") != 1 || !strings.Contains(errs, c.want) {
				t.Errorf("not one line with %q: %q", c.want, errs)
			}
		})
	}
}

func TestOrdinaryTemplatesAreCheckedInASecondEachAndDoNotFail(t *testing.T) {
	dir := os.Getenv("PERMPROBE_TEMPLATES")
	if dir == "" {
		t.Skip("PERMPROBE_TEMPLATES names no folder of templates")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no templates: %v", dir, err)
	}
	checked, begun := 0, time.Now()
	for _, file := range files {
		if strings.HasSuffix(file, ".params.json") {
			continue
		}
		args := []string{"-fail-on", "informational", file}
		if data, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".params.json"); err == nil {
			var params map[string]any
			if err := json.Unmarshal(data, &params); err != nil {
				t.Fatal(err)
			}
			for name, value := range params {
				text, ok := value.(string)
				if !ok {
					encoded, err := json.Marshal(value)
					if err != nil {
						t.Fatal(err)
					}
					text = string(encoded)
				}
				args = append(args, "-param", name+"="+text)
			}
		}
		checkJSON(t, exitOK, args...)
		checked++
	}
	// On the whole: one of them may be held up by a busy machine.
	if took := time.Since(begun); took > time.Duration(checked)*time.Second {
		t.Errorf("%d templates took %s", checked, took)
	}
	t.Logf("%d templates in %s", checked, time.Since(begun))
}

func TestAnInterruptedCheckIsNoResult(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := dispatch(ctx, []string{"check", example}, streams{strings.NewReader(""), &out, &errs})
	if code != exitError || out.Len() > 0 || errs.String() != "check: interrupted\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out.String(), errs.String())
	}
}
