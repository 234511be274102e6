// Package telemetry is how a run tells what it does: structured logs and the phases of its X-Ray trace.
package telemetry

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-xray-sdk-go/xray"
)

// Phase runs one phase of a run as a subsegment of the trace and logs how long it took. Without a trace,
// as in tests and in the local command, it only logs.
func Phase(ctx context.Context, log *slog.Logger, name string, run func(context.Context) error) error {
	start := time.Now()
	traced, segment := ctx, (*xray.Segment)(nil)
	if hasTrace(ctx) {
		traced, segment = xray.BeginSubsegment(ctx, name)
	}
	err := run(traced)
	if segment != nil {
		segment.Close(err)
	}
	attrs := []any{"phase", name, "durationMs", time.Since(start).Milliseconds()}
	if err != nil {
		log.WarnContext(ctx, "phase.failed", append(attrs, "error", err.Error())...)
		return err
	}
	log.InfoContext(ctx, "phase.done", attrs...)
	return nil
}

// Annotate puts a searchable value on the current subsegment; outside a phase of a trace it does nothing.
func Annotate(ctx context.Context, key string, value any) {
	// The SDK refuses what is no string, number or bool, and says so where there is no segment; a trace is no
	// reason to fail.
	_ = xray.AddAnnotation(ctx, key, value)
}

// hasTrace tells whether the invocation carries a trace: the SDK logs an error for each subsegment outside one.
// The runtime hands over an empty header where Lambda traces nothing.
func hasTrace(ctx context.Context) bool {
	header, _ := ctx.Value(xray.LambdaTraceHeaderKey).(string)
	return header != "" || xray.GetSegment(ctx) != nil
}
