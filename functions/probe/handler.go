package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"permprobe/shared/awsclient"
	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/permission"
	"permprobe/shared/publish"
	"permprobe/shared/render"
	"permprobe/shared/scan"
	"permprobe/shared/simulate"
	"permprobe/shared/telemetry"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// answerLimit is below the 6 MB that Lambda lets a function answer.
//
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const answerLimit = 5 << 20

// handler answers one event after another. What is made once, at the first event, is kept: a start does
// nothing but wait for the first event.
type handler struct {
	log     *slog.Logger
	session func() (awsclient.Session, error)
	file    func() (config.File, error)
	collect func()
}

func newHandler() *handler {
	log := slog.New(lambdacontext.NewLogHandler())
	telemetry.LogTracing(log)
	return &handler{
		log:     log,
		session: sync.OnceValues(func() (awsclient.Session, error) { return awsclient.Load(context.Background()) }),
		file:    sync.OnceValues(readFile),
		collect: sync.OnceFunc(collectGarbage),
	}
}

// collectGarbage turns on the collector, which GOGC=off of the template keeps still until the first event: what the packages
// make when they are loaded is kept anyhow, and going through it again and again is a third of the start.
func collectGarbage() { debug.SetGCPercent(100) }

// Invoke makes handler a lambda.Handler. It fails only for bad input or where nothing at all can be done:
// findings are a success.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	h.collect()
	request, err := config.ParseEvent(payload)
	if err != nil {
		return nil, fmt.Errorf("bad event: %w", err)
	}
	scanner, runID, err := h.scanner(ctx, request)
	if err != nil {
		return nil, err
	}
	if request.Diagnose != nil {
		return answerDiagnosis(scanner.Diagnose(ctx, request), request.Text, scanner.Publisher.Language)
	}
	if request.Support != nil {
		support := scanner.Support(ctx, request)
		support.Markdown = render.Support(support)
		return answerAs("file for support", support, request.Text, func() string { return support.Markdown })
	}
	if request.Symptom != nil {
		symptom := scanner.Symptom(ctx, request)
		return answerAs("symptom", symptom, request.Text, func() string { return scanner.Publisher.Language.Symptom(symptom) })
	}
	if request.Deployer != nil {
		deployment := scanner.Deployer(ctx, request)
		return answerAs("deployment", deployment, request.Text, func() string { return render.Deployment(deployment) })
	}
	if len(request.Compare) > 0 {
		return answerComparison(scanner.Compare(ctx, request), request.Text, scanner.Publisher.Language)
	}
	report := scanner.Run(ctx, request, runID)
	return answer(report, request.Text, scanner.Publisher.Language)
}

func answer(report *finding.Report, text bool, language render.Language) ([]byte, error) {
	var body any = report
	if text {
		body = language.Text(report)
	}
	out, err := json.Marshal(body)
	for err == nil && len(out) > answerLimit && len(report.Findings) > 0 {
		// Worst first, so the end of the list is what is missed least; the notices hold all of it.
		report.Findings, report.Truncated = report.Findings[:len(report.Findings)/2], true
		report.RoleFixes = nil // each finding has its own
		body = report
		if text {
			body = language.Text(report)
		}
		out, err = json.Marshal(body)
	}
	if err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	return out, nil
}

// answerComparison needs no cutting: its lists are bounded.
func answerComparison(comparison *finding.Comparison, text bool, language render.Language) ([]byte, error) {
	var body any = comparison
	if text {
		body = language.Comparison(comparison)
	}
	out, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the comparison: %w", err)
	}
	return out, nil
}

// answerAs writes an answer whose lists are bounded, so that it needs no cutting.
func answerAs(name string, answer any, text bool, words func() string) ([]byte, error) {
	if text {
		answer = words()
	}
	out, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("write the %s: %w", name, err)
	}
	return out, nil
}

// answerDiagnosis needs no cutting: a message is small, and what is read of it is bounded.
func answerDiagnosis(diagnosis *finding.Diagnosis, text bool, language render.Language) ([]byte, error) {
	var body any = diagnosis
	if text {
		body = language.Diagnosis(diagnosis)
	}
	out, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the diagnosis: %w", err)
	}
	return out, nil
}

func readFile() (config.File, error) {
	beside := func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), name))
	}
	data, err := beside(config.FileName)
	if err != nil {
		return config.File{}, fmt.Errorf("read the configuration that the build packages: %w", err)
	}
	return config.ParseFile(config.FileName, data, beside)
}

// scanner wires a scan of the account and region in which the probe runs. The id of the run is the same
// for every delivery of one schedule.
func (h *handler) scanner(ctx context.Context, request config.Request) (*scan.Scanner, string, error) {
	file, err := h.file()
	if err != nil {
		return nil, "", err
	}
	env, err := config.ParseEnvironment(os.Getenv)
	if err != nil {
		return nil, "", err
	}
	language, err := render.ParseLanguage(env.Language)
	if err != nil {
		return nil, "", fmt.Errorf("environment variable PERMPROBE_LANGUAGE: %w", err)
	}
	session, err := h.session()
	if err != nil {
		return nil, "", err
	}
	invocation, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return nil, "", fmt.Errorf("the invocation carries no Lambda context")
	}
	arn, err := fact.ParseARN(invocation.InvokedFunctionArn)
	if err != nil {
		return nil, "", fmt.Errorf("find out which account this is: %w", err)
	}
	account := fact.Account{Partition: arn.Partition, ID: arn.Account, Region: arn.Region}
	runID := invocation.AwsRequestID
	if request.ScheduledTime != "" {
		runID = request.ScheduledTime
	}
	collector := collect.New(session.Config, account)
	collector.On, collector.Functions = env.On, env.Functions
	collector.ReadRoles, collector.OrganizationID = file.ReadRoles, file.Organization
	scanner := &scan.Scanner{
		Collector: collector,
		Simulator: simulate.New(session.Config),
		Publisher: &publish.Publisher{
			Events: eventbridge.NewFromConfig(session.Traced()), EventBus: env.EventBus,
			Topic: sns.NewFromConfig(session.Traced()), TopicARN: env.TopicARN,
			Language: language,
			Now:      time.Now, Wait: wait,
		},
		File: file, Log: h.log, Now: time.Now, Calls: session.Calls, SeenDenials: env.SeenDenials,
	}
	if env.On.On(permission.SecurityHub) {
		scanner.Hub = &publish.Hub{
			API: securityhub.NewFromConfig(session.Traced()), Partition: account.Partition, Account: account.ID, Region: account.Region, Now: time.Now,
		}
	}
	if env.StateBucket != "" {
		scanner.Ledger = &ledger.Ledger{
			S3: s3.NewFromConfig(session.Traced()), Bucket: env.StateBucket,
			Partition: account.Partition, Account: account.ID, Region: account.Region, Now: time.Now,
			Delivery: invocation.AwsRequestID,
		}
	}
	return scanner, runID, nil
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
