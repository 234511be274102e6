package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"permprobe/shared/telemetry"

	"github.com/aws/aws-xray-sdk-go/xray"
	"github.com/google/go-cmp/cmp"
)

// header names the variable in which a test hands itself a trace when it runs itself as a program of its own:
// the X-Ray SDK reads the daemon's address once, when a program starts.
const header = "TELEMETRY_TEST_TRACE"

func TestMain(m *testing.M) {
	trace, child := os.LookupEnv(header)
	if !child {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	if trace != "absent" {
		ctx = context.WithValue(ctx, xray.LambdaTraceHeaderKey, trace)
	}
	log := slog.New(slog.DiscardHandler)
	telemetry.Annotate(ctx, "outside", "a phase")
	_ = telemetry.Phase(ctx, log, "collect", func(ctx context.Context) error {
		telemetry.Annotate(ctx, "functions", 3)
		return nil
	})
	_ = telemetry.Phase(ctx, log, "decide", func(context.Context) error { return errors.New("too slow") })
	os.Exit(0)
}

// subsegment is what the X-Ray daemon gets of one.
type subsegment struct {
	Name        string         `json:"name"`
	TraceID     string         `json:"trace_id"`
	ParentID    string         `json:"parent_id"`
	Type        string         `json:"type"`
	Fault       bool           `json:"fault"`
	Annotations map[string]any `json:"annotations"`
}

// traced runs this program with a trace and returns what the daemon got and what was printed.
func traced(t *testing.T, trace string, env ...string) (got []subsegment, printed string) {
	t.Helper()
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), header+"="+trace, "AWS_XRAY_DAEMON_ADDRESS="+daemon.LocalAddr().String()), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The program is over, so what it sent is in the socket.
	buffer := make([]byte, 64*1024)
	for {
		if err := daemon.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, _, err := daemon.ReadFrom(buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := bytes.Cut(buffer[:n], []byte("\n"))
		var one subsegment
		if err := json.Unmarshal(body, &one); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		got = append(got, one)
	}
	return got, string(out)
}

const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

func TestPhasesAreSubsegmentsOfTheInvocationsTrace(t *testing.T) {
	got, printed := traced(t, trace)
	of := subsegment{TraceID: "1-5759e988-bd862e3fe1be46a994272793", ParentID: "53995c3f42cd8ad8", Type: "subsegment"}
	collect, decide := of, of
	collect.Name, collect.Annotations = "collect", map[string]any{"functions": 3.0}
	decide.Name, decide.Fault = "decide", true
	if diff := cmp.Diff([]subsegment{collect, decide}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	checkQuiet(t, printed)
}

func TestWithoutATraceXRayIsQuiet(t *testing.T) {
	tests := map[string]struct {
		trace string
		env   []string
	}{
		"no header":                {"absent", nil},
		"an empty header":          {"", nil},
		"not sampled":              {strings.Replace(trace, "Sampled=1", "Sampled=0", 1), nil},
		"switched off":             {trace, []string{"AWS_XRAY_SDK_DISABLED=TRUE"}},
		"strict about its absence": {"absent", []string{"AWS_XRAY_CONTEXT_MISSING=RUNTIME_ERROR"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, printed := traced(t, test.trace, test.env...)
			if len(got) > 0 {
				t.Errorf("the daemon got %+v", got)
			}
			checkQuiet(t, printed)
		})
	}
}

func checkQuiet(t *testing.T, printed string) {
	t.Helper()
	for line := range strings.SplitSeq(printed, "\n") {
		if strings.Contains(line, "[ERROR]") || strings.Contains(line, "[WARN]") || strings.Contains(line, "cannot be found") {
			t.Errorf("X-Ray says %s", line)
		}
	}
}

func TestAPhaseLogsHowItEndedAndReturnsItsError(t *testing.T) {
	broken := errors.New("broken")
	tests := map[string]struct {
		err         error
		level, want string
		fields      []string
	}{
		"well":  {nil, "INFO", "phase.done", []string{"durationMs", "level", "msg", "phase", "time"}},
		"badly": {broken, "WARN", "phase.failed", []string{"durationMs", "error", "level", "msg", "phase", "time"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			ran := 0
			err := telemetry.Phase(context.Background(), slog.New(slog.NewJSONHandler(&out, nil)), "collect", func(context.Context) error {
				ran++
				return test.err
			})
			if !errors.Is(err, test.err) || ran != 1 {
				t.Errorf("ran %d times, %v", ran, err)
			}
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatalf("%v in %s", err, out.String())
			}
			var fields []string
			for name := range line {
				fields = append(fields, name)
			}
			slices.Sort(fields)
			if diff := cmp.Diff(test.fields, fields); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if line["level"] != test.level || line["msg"] != test.want || line["phase"] != "collect" {
				t.Errorf("logged %s", out.String())
			}
			if test.err != nil && line["error"] != "broken" {
				t.Errorf("logged %s", out.String())
			}
		})
	}
}
