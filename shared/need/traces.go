package need

import "permprobe/shared/fact"

// tracesRow are the permissions to send traces, which Lambda needs where it records them itself. In the mode
// PassThrough it does not.
func tracesRow() Row {
	return Row{ID: "xray", Name: "active tracing", Purpose: Traces, Signal: "`TracingConfig.Mode` Active", Rules: []Rule{{
		Level: Required, Actions: []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, Resource: "`*`",
		Why: "Lambda sends the traces that it records as the role", Page: docs + "services-xray.html", Managed: "AWSXRayDaemonWriteAccess",
		on: func(s *subject) []target {
			open := fact.Unresolved("whether the function sends traces", s.function.Tracing)
			if open.IsZero() && s.function.Tracing != fact.TracingActive {
				return nil
			}
			return []target{{resource: "*", keys: byCode(s), presumed: open}}
		},
	}}}
}
