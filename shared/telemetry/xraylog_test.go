package telemetry

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-xray-sdk-go/xraylog"
)

type text string

func (t text) String() string { return string(t) }

func TestTheTracersOwnLinesAreJSONAndItsInformationIsQuiet(t *testing.T) {
	var out bytes.Buffer
	log := tracingLog{slog.New(slog.NewJSONHandler(&out, nil))}
	log.Log(xraylog.LogLevelInfo, text("emitter uses 127.0.0.1"))
	if out.Len() > 0 {
		t.Errorf("information is written: %s", out.String())
	}
	log.Log(xraylog.LogLevelError, text("no daemon"))
	if !strings.Contains(out.String(), `"level":"ERROR","msg":"xray","text":"no daemon"`) {
		t.Errorf("an error is written as %q", out.String())
	}
}
