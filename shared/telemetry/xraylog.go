package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-xray-sdk-go/xray"
	"github.com/aws/aws-xray-sdk-go/xraylog"
)

// LogTracing sends what the X-Ray SDK says to the run's log, where it is JSON like every other line. Its
// plain lines on stdout are not, and a log format of JSON cannot filter them.
func LogTracing(log *slog.Logger) { xray.SetLogger(tracingLog{log}) }

type tracingLog struct{ log *slog.Logger }

// Log implements xraylog.Logger. What the SDK calls information is for its own developers.
func (t tracingLog) Log(level xraylog.LogLevel, message fmt.Stringer) {
	at := slog.LevelDebug
	switch level {
	case xraylog.LogLevelWarn:
		at = slog.LevelWarn
	case xraylog.LogLevelError:
		at = slog.LevelError
	}
	if ctx := context.Background(); t.log.Enabled(ctx, at) {
		t.log.Log(ctx, at, "xray", "text", message.String())
	}
}
