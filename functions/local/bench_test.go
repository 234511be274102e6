package main

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
)

func TestTheGeneratedAccountIsWholeAndLacksNothing(t *testing.T) {
	for _, n := range []int{1, 7, 165} {
		account, err := generateAccount(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range account.stacks {
			if len(one.Warnings) > 0 || len(one.Resources) > 500 {
				t.Errorf("%s: %d resources, %+v", one.Name, len(one.Resources), one.Warnings)
			}
		}
		report, _, err := checkStacks(context.Background(), account.stacks, config.File{Functions: []string{"*"}})
		if err != nil {
			t.Fatal(err)
		}
		if report.Status != finding.ReportOK || report.Summary.Functions != n || account.roles != (n+3)/4 || account.policies+account.mappings != n {
			t.Errorf("%d functions: %s, %+v, %d roles, %d policies, %d mappings, findings %v, gaps %+v", n, report.Status, report.Summary,
				account.roles, account.policies, account.mappings, faults(*report), report.Gaps)
		}
	}
}

func TestTheFloorIsAFullPageOrOneCallWithoutABulkForm(t *testing.T) {
	account := &benchAccount{functions: 101, roles: 26, policies: 76, mappings: 25}
	for operation, want := range map[string]int{
		"lambda ListFunctions": 3, "lambda GetPolicy": 101, "lambda ListFunctionEventInvokeConfigs": 101, "lambda ListEventSourceMappings": 1,
		"tagging GetResources": 1, "iam GetAccountAuthorizationDetails": 1, "iam SimulatePrincipalPolicy": 52, "logs DescribeLogGroups": 3,
	} {
		service, name, _ := strings.Cut(operation, " ")
		if got := account.floor(service, name); got != want {
			t.Errorf("%s: %d, want %d", operation, got, want)
		}
	}
}

func TestCallsAreCountedByWhatTheyAreForAndTheSlowestQuotaBoundsTheTime(t *testing.T) {
	account := &benchAccount{functions: 60, roles: 15, policies: 45}
	var calls []localaws.Call
	add := func(n int, service, operation, code string) {
		for range n {
			calls = append(calls, localaws.Call{Service: service, Operation: operation, ErrorCode: code, Status: 200})
		}
	}
	add(4, "apigateway", "GetResources", "")
	add(1, "apigateway", "GetResources", "TooManyRequestsException")
	add(1, "events", "PutEvents", "")
	add(60, "lambda", "GetPolicy", "")
	add(60, "iam", "SimulatePrincipalPolicy", "")
	add(3, "iam", "SimulatePrincipalPolicy", "Throttling")
	counts := account.countCalls(calls)
	want := []operationCount{
		{"iam", "SimulatePrincipalPolicy", reading, 63, 3, 30},
		{"lambda", "GetPolicy", reading, 60, 0, 60},
		{"apigateway", "GetResources", triggering, 5, 1, 4},
		{"events", "PutEvents", delivering, 1, 0, 1},
	}
	if diff := cmp.Diff(want, counts, cmp.AllowUnexported(operationCount{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if least, why := bound(counts, localaws.AWSQuotas()); least != 6*time.Second || !strings.Contains(why, "30 at 5/s") {
		t.Errorf("%s, %s", least, why)
	}
}

func TestBenchMeasuresTheRealFunction(t *testing.T) {
	code, out, errs := local(t, "bench", "-n", "4", "-latency", "1ms")
	if code != exitOK || !strings.HasPrefix(errs, "4 functions: ") {
		t.Fatalf("exit code %d, stderr %q", code, errs)
	}
	for _, want := range []string{
		`binary +\d+\.\d MB`, `start to first poll +\d+\.\d ms`, `4 functions, 1 roles, 3 behind APIs, 1 with a queue: ok, 0 findings, 0 gaps`,
		`a role with 60 needs +[1-4] simulator calls \(goal 4\)`, `of the simulator +2\.00 a role`, `deliveries, memory +\d`,
		`at once again +\d+ calls in \d+\.\d s: ok, 15 of \d+ decisions remembered`,
		`calls +\d+, the floor is 20`, `policies of targets +1 read, of 1 distinct targets \(goal the same\)`, `time +\d+\.\d s`, `peak memory +\d+ MB`, `lambda +GetPolicy +4  floor +4`, `collect +\d`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("the output does not match %q:\n%s", want, out)
		}
	}
}

func TestBenchTakesNumbersOfFunctions(t *testing.T) {
	for _, args := range [][]string{{"-n", "x"}, {"-n", "0"}, {"-n", "20,"}, {"-n", "20001"}, {"template.yaml"}, {"-latency", "50"}} {
		code, out, errs := local(t, append([]string{"bench"}, args...)...)
		if code != exitError || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, out, errs)
		}
	}
}

func TestARoleWithSixtyNeedsOverTwelveServicesCostsAtMostFourSimulatorCalls(t *testing.T) {
	services := map[string]int{}
	for _, q := range wideQuestions("role") {
		service, _, _ := strings.Cut(q.Action, ":")
		services[service]++
	}
	needs, calls, err := benchRole(context.Background())
	if err != nil || needs != 60 || len(services) != 12 || calls > goalRole {
		t.Errorf("%d needs over %d services cost %d calls, %v", needs, len(services), calls, err)
	}
}
