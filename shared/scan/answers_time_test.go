package scan_test

import (
	"context"
	"testing"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"
)

// TestAnAnswerThatRunsOutOfTimeIsIncompleteAndSaysWhatIsMissing gives each request no time at all, and one that ends while
// AWS answers slowly.
func TestAnAnswerThatRunsOutOfTimeIsIncompleteAndSaysWhatIsMissing(t *testing.T) {
	const reserve = 30 * time.Second // what the probe keeps for its answer
	for name, c := range map[string]struct{ left, latency time.Duration }{"no time": {0, 0}, "slow": {400 * time.Millisecond, 30 * time.Millisecond}} {
		ask := func(template string, f func(context.Context, *scantest.World) (finding.ReportStatus, int)) {
			t.Helper()
			w := scantest.New(t, localaws.Options{Latency: c.latency}, nil, scantest.Parse(t, "app.yaml", []byte(template), nil))
			defer w.Close()
			ctx, cancel := context.WithTimeout(context.Background(), reserve+c.left)
			defer cancel()
			started := time.Now()
			status, missing := f(ctx, w)
			if status != finding.ReportIncomplete || missing == 0 || time.Since(started) > 20*time.Second {
				t.Errorf("%s: %s with %d things missing after %s", name, status, missing, time.Since(started))
			}
		}
		ask(withUser("", allOf), func(ctx context.Context, w *scantest.World) (finding.ReportStatus, int) {
			d := w.Scanner.Deployer(ctx, config.Request{Mode: config.OnDemand, Deployer: &config.Deployer{Principal: devUser, Functions: []string{"orders"}}})
			return d.Status, len(d.Gaps) + d.Summary.Undecided
		})
		ask(httpNotes("", ""), func(ctx context.Context, w *scantest.World) (finding.ReportStatus, int) {
			s := w.Scanner.Symptom(ctx, config.Request{Mode: config.OnDemand, Symptom: &config.Symptom{API: "shop", Route: "GET /notes/1", Status: 500, Since: time.Hour}})
			return s.Status, len(s.Gaps) + s.Summary.Unknown
		})
		ask(supportTemplate, func(ctx context.Context, w *scantest.World) (finding.ReportStatus, int) {
			s := w.Scanner.Support(ctx, config.Request{Mode: config.OnDemand, Support: &config.Support{Function: "orders", Since: time.Hour}})
			return s.Status, len(s.Gaps)
		})
	}
}
