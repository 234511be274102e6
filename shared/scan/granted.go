package scan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/permission"
)

// settling is how long after a change a refusal may still be the old answer. IAM gives no bound; it is mostly seconds.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
const settling = 10 * time.Minute

// granted completes the answers about what was refused in the window and is allowed now with the change that granted it,
// where CloudTrail tells of one.
func (s *Scanner) granted(ctx context.Context, history *collect.History, out *finding.Diagnosis, now time.Time, window time.Duration) {
	var allowed []*finding.DiagnosedDenial
	var policies []string
	for i := range out.Denials {
		if d := &out.Denials[i]; d.Outcome == finding.Contradicted && len(d.Seen) > 0 {
			allowed = append(allowed, d)
			policies = append(policies, d.Policy)
		}
	}
	if len(allowed) == 0 || !s.Collector.On.On(permission.CloudTrail) {
		return
	}
	s.phase(ctx, "granted", func(ctx context.Context) {
		grants, unread := history.Grants(ctx, out.Role, policies, now.Add(-window))
		for _, why := range unread {
			out.Status = finding.ReportIncomplete
			out.Gaps = append(out.Gaps, gapOf(out.Function, why))
		}
		for _, d := range allowed {
			if told := grantedBy(grants, d, now); told != "" {
				d.Answer = strings.Replace(d.Answer, perhapsGranted, told, 1)
			}
		}
	})
}

// grantedBy words the last change of what allows the call now; empty where none of the changes explains the refusal.
func grantedBy(grants []collect.Grant, d *finding.DiagnosedDenial, now time.Time) string {
	last, err := time.Parse(time.RFC3339, lastSeen(d.Seen))
	if err != nil {
		return ""
	}
	at := slices.IndexFunc(grants, func(g collect.Grant) bool {
		return g.Policy != "" && (g.Policy == d.Policy || strings.HasPrefix(d.Policy, "inline policy "+g.Policy+" of "))
	})
	if limited := d.Said.Reason == "explicit_deny" || d.Said.Guardrail == "boundary"; at < 0 && limited {
		// Nothing changed what allows it; what denied or limited it may have been taken away.
		at = slices.IndexFunc(grants, func(g collect.Grant) bool { return strings.HasPrefix(g.Event, "De") })
	}
	if at < 0 || grants[at].At.Before(last.Add(-settling)) {
		return ""
	}
	g := grants[at]
	what := g.Event
	if g.Policy != "" {
		what += " of " + fact.RoleName(g.Policy)
	}
	by := "somebody"
	if g.By != "" {
		by = g.By
	}
	text := fmt.Sprintf("It was granted %s ago by %s (%s at %s)", ago(now.Sub(g.At)), by, what, g.At.UTC().Format(time.RFC3339))
	if g.At.After(last) {
		return text + ", after it was refused: run it again."
	}
	return text + ", moments before it was refused: a change takes a while to be known everywhere, so run it again."
}

// lastSeen is the latest time of all that was seen.
func lastSeen(all []finding.Seen) string {
	last := ""
	for _, s := range all {
		last = max(last, s.Last)
	}
	return last
}

// ago is a time span for people.
func ago(d time.Duration) string {
	unit := func(n int, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%d %ss", n, name)
	}
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return unit(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return unit(int(d/time.Hour), "hour")
	}
	return unit(int(d/(24*time.Hour)), "day")
}
