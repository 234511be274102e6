package scan

import (
	"fmt"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/finding"
)

// mute suppresses the findings that a mute is about, and returns what is to be said of mutes that have expired and would
// still be about something.
func mute(mutes []config.Mute, found []*finding.Finding, now time.Time) []string {
	expired := map[string]int{}
	for _, f := range found {
		subject := config.Subject{
			ID: f.ID, Check: f.Check, Function: f.Function, Qualifier: f.Qualifier, Resource: f.Resource, Source: f.SourceARN,
		}
		for j := range mutes {
			m := &mutes[j]
			if !m.Matches(subject) {
				continue
			}
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
		if m := &mutes[i]; expired[m.Where] > 0 {
			warnings = append(warnings, fmt.Sprintf("the mute at %s (%s) expired after %s: what it hid is told again (%d of the findings)",
				m.Where, m.Reason, m.Expires.Format(time.DateOnly), expired[m.Where]))
		}
	}
	return warnings
}
