package need

import "permprobe/shared/fact"

// traces are the permissions to send traces, which Lambda needs where it records them itself. In the mode
// PassThrough it does not.
//
// https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
func traces(function *fact.Function) []Need {
	base := Need{
		Kind: Identity, Purpose: Traces, Level: Required,
		Function: function.Ref(),
		Role:     function.Role,
		Context:  map[string][]string{sourceFunction: {function.ARN}},
		Managed:  "AWSXRayDaemonWriteAccess",
		Presumed: fact.Unresolved("whether the function sends traces", function.Tracing),
	}
	if base.Presumed.IsZero() && function.Tracing != fact.TracingActive {
		return nil
	}
	return []Need{base.on("xray:PutTraceSegments", "*"), base.on("xray:PutTelemetryRecords", "*")}
}
