package scan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
)

// mute suppresses the findings that a mute is about, and returns what is to be said of mutes that have expired and would
// still be about something, and of those that are about nothing: a name in them may be wrong, or what they hid is mended.
// gaps are what the checks could not decide; a mute that may be about one of these is not said to be about nothing. whole
// is false where the run did not look at everything.
func mute(mutes []config.Mute, found []*finding.Finding, gaps []finding.Gap, whole bool, now time.Time) []string {
	expired, about := map[string]int{}, map[string]bool{}
	for _, f := range found {
		subject := config.Subject{
			ID: f.ID, Check: f.Check, Function: f.Function, Qualifier: f.Qualifier, Resource: f.Resource, Source: f.SourceARN,
		}
		for j := range mutes {
			m := &mutes[j]
			if !m.Matches(subject) {
				continue
			}
			about[m.Where] = true
			if m.Expired(now) {
				expired[m.Where]++
				continue
			}
			f.Status, f.Muted = finding.StatusSuppressed, &finding.Muted{Reason: m.Reason, Where: m.Where}
			if !m.Expires.IsZero() {
				f.Muted.Expires = m.Expires.Format(time.DateOnly)
			}
			break
		}
	}
	var warnings []string
	for i := range mutes {
		m := &mutes[i]
		open := slices.ContainsFunc(gaps, func(g finding.Gap) bool {
			return g.Check != "" && m.Matches(config.Subject{ID: m.ID, Check: g.Check, Function: cmp.Or(g.Function, m.Function), Qualifier: m.Qualifier, Resource: m.Resource, Source: m.Source})
		})
		if whole && !about[m.Where] && !open {
			warnings = append(warnings, fmt.Sprintf("the mute at %s (%s) hides nothing: no finding that was decided matches it", m.Where, m.Reason))
		}
		if expired[m.Where] > 0 {
			warnings = append(warnings, fmt.Sprintf("the mute at %s (%s) expired after %s: what it hid is told again (%d of the findings)",
				m.Where, m.Reason, m.Expires.Format(time.DateOnly), expired[m.Where]))
		}
	}
	return warnings
}
