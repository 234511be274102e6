package awsclient

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-xray-sdk-go/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/xray"
	"github.com/aws/smithy-go/middleware"
)

// Traced returns a configuration whose calls appear one by one in the X-Ray trace. Bulk reads do without:
// a trace of thousands of subsegments cannot be read. Calls without a trace, as in tests and in the local
// command, are made as without X-Ray.
func (s Session) Traced() aws.Config {
	cfg := s.Config.Copy()
	cfg.APIOptions = append([]func(*middleware.Stack) error(nil), cfg.APIOptions...)
	awsv2.AWSV2Instrumentor(&cfg.APIOptions)
	cfg.APIOptions = append(cfg.APIOptions, onlyWithTrace)
	return cfg
}

// instrumentation is the name of the step in which the X-Ray SDK begins a subsegment.
const instrumentation = "XRayInitializeMiddlewareAfter"

// onlyWithTrace passes by the instrumentation for calls outside a trace: it logs an error for each of them.
func onlyWithTrace(stack *middleware.Stack) error {
	traced, found := stack.Initialize.Get(instrumentation)
	if !found {
		return nil
	}
	guarded := middleware.InitializeMiddlewareFunc(instrumentation, func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		if header, _ := ctx.Value(xray.LambdaTraceHeaderKey).(string); header == "" && xray.GetSegment(ctx) == nil {
			return next.HandleInitialize(ctx, in)
		}
		return traced.HandleInitialize(ctx, in, next)
	})
	if _, err := stack.Initialize.Swap(instrumentation, guarded); err != nil {
		return fmt.Errorf("trace the calls: %w", err)
	}
	return nil
}
