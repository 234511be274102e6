package scan_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"permprobe/shared/collect"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// fronts are n functions with a public URL each, of which those named in shut may not be invoked by it.
func fronts(n int, shut ...string) []byte {
	var b strings.Builder
	b.WriteString(`
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: fronts
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
`)
	for i := range n {
		name := fmt.Sprintf("front-%02d", i)
		fmt.Fprintf(&b, `  F%[1]d: {Type: AWS::Lambda::Function, Properties: {FunctionName: %[2]s, Role: !GetAtt Role.Arn}}
  U%[1]d: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref F%[1]d, AuthType: NONE}}
  G%[1]d: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F%[1]d, Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: NONE}}
`, i, name)
		if !strings.Contains(strings.Join(shut, " "), name) {
			fmt.Fprintf(&b, "  C%d: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F%d, Action: 'lambda:InvokeFunction', Principal: '*', InvokedViaFunctionUrl: true}}\n", i, i)
		}
	}
	return []byte(b.String())
}

// lateURLs is Lambda where the time of a run is over after so many listings of URLs.
type lateURLs struct {
	collect.LambdaAPI
	mu    sync.Mutex
	left  int
	asked []string
}

func (l *lateURLs) ListFunctionUrlConfigs(ctx context.Context, in *lambda.ListFunctionUrlConfigsInput, o ...func(*lambda.Options)) (*lambda.ListFunctionUrlConfigsOutput, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left--; l.left < 0 {
		return nil, &aws.RequestCanceledError{Err: context.DeadlineExceeded}
	}
	l.asked = append(l.asked, aws.ToString(in.FunctionName))
	return l.LambdaAPI.ListFunctionUrlConfigs(ctx, in, o...)
}

func TestShortRunsReadTheURLsOfOneFunctionAfterAnother(t *testing.T) {
	const functions, limit = 12, 5
	var shut []string
	for i := range functions {
		shut = append(shut, fmt.Sprintf("front-%02d", i))
	}
	w := remembering(t, localaws.Options{}, "fronts.yaml", fronts(functions, shut...))
	slow := &lateURLs{LambdaAPI: w.Scanner.Collector.Lambda}
	w.Scanner.Collector.Lambda = slow
	reached := map[string]bool{}
	for run := 0; len(reached) < functions && run < 10; run++ {
		slow.left, slow.asked = limit, nil
		report := w.Scanner.Run(context.Background(), scheduled, fmt.Sprint("run ", run))
		if report.Cursor == "" || report.Status != finding.ReportIncomplete {
			t.Errorf("run %d: status %s, cursor %q", run, report.Status, report.Cursor)
		}
		said := map[string]bool{}
		for _, g := range report.Gaps {
			if g.Check == "I6" && strings.Contains(g.Reason, "the time of the run was over before lambda:ListFunctionUrlConfigs answered") {
				said[g.Function] = true
			}
		}
		for _, f := range report.Findings {
			if said[f.Function] && f.Status == finding.StatusNew {
				t.Errorf("run %d: %s has a finding and was not read", run, f.Function)
			}
			if f.Check == "I6" && f.Status == finding.StatusNew {
				reached[f.Function] = true
			}
		}
		if len(said)+len(slow.asked) != functions {
			t.Errorf("run %d: %d functions were read and %d have a gap, of %d", run, len(slow.asked), len(said), functions)
		}
	}
	if len(reached) != functions {
		t.Errorf("10 runs of %d listings reached %d functions of %d", limit, len(reached), functions)
	}
}

func TestURLsAreReadInSlicesAndAtOnceWhereSomethingIsWrong(t *testing.T) {
	const n = 44
	w := withClock(t, localaws.Options{}, fronts(n))
	first, calls := w.run(t)
	if len(first.Findings)+len(first.Gaps) > 0 || calls["ListFunctionUrlConfigs"] != n {
		t.Fatalf("%v, %+v, %v", facets(first.Findings), first.Gaps, calls)
	}
	w.now = w.now.Add(time.Hour)
	second, calls := w.run(t)
	if len(second.Findings)+len(second.Gaps) > 0 || calls["ListFunctionUrlConfigs"] != n/22 || second.Summary.Needs != first.Summary.Needs {
		t.Errorf("%v, %+v, %v, %+v", facets(second.Findings), second.Gaps, calls, second.Summary)
	}
	// A permission was removed: the URL is read before that is told.
	w.now = w.now.Add(time.Hour)
	changed := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "account.yaml", fronts(n, "front-07"), nil))
	w.follow(changed)
	third, calls := counted(t, changed, scheduled, "third")
	if have := facets(third.Findings); len(have) != 1 || have[0] != "I6 front-07 medium" || len(third.Gaps) > 0 || calls["ListFunctionUrlConfigs"] > n/22+1 {
		t.Errorf("%v, %+v, %v", have, third.Gaps, calls)
	}
	// The URL was deleted with it: what is remembered of it is no fault.
	w.now = w.now.Add(time.Hour)
	without := strings.Replace(string(fronts(n, "front-07")), "AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref F7,", "AWS::S3::Bucket, Metadata: {Of: !Ref F7}, Properties: {BucketName: nothing,", 1)
	without = strings.Replace(without, "BucketName: nothing, AuthType: NONE", "BucketName: nothing", 1)
	gone := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "account.yaml", []byte(without), nil))
	w.follow(gone)
	fourth, calls := counted(t, gone, scheduled, "fourth")
	if len(fourth.Findings) > 0 || len(fourth.Gaps) > 0 || fourth.Summary.Resolved != 1 || calls["ListFunctionUrlConfigs"] > n/22+1 {
		t.Errorf("%v, %+v, %v, %+v", facets(fourth.Findings), fourth.Gaps, calls, fourth.Summary)
	}
}
