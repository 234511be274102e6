package scan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/check"
	"permprobe/shared/config"
	"permprobe/shared/decide"
	"permprobe/shared/denial"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/ledger"
	"permprobe/shared/permission"
)

// Diagnose says what an error message of a function means: every refusal in it is decided like any other need of the
// function, and what the message says is held against that. It does not fail, and it publishes and remembers nothing:
// what could not be read or decided is in the answer.
func (s *Scanner) Diagnose(ctx context.Context, request config.Request) *finding.Diagnosis {
	out, _, _ := s.diagnose(ctx, request)
	return out
}

// diagnose is Diagnose, and returns besides what was looked at, whose facts are nil where nothing was, and all findings of
// the function.
func (s *Scanner) diagnose(ctx context.Context, request config.Request) (*finding.Diagnosis, *check.Input, []finding.Finding) {
	started, callsBefore := s.Now(), s.Calls()
	asked := request.Diagnose
	out := &finding.Diagnosis{Account: s.Collector.Account.ID, Region: s.Collector.Account.Region, Function: asked.Function}
	reading := denial.Read(asked.Message)
	out.Place = finding.Place(reading.Place)
	working, cancel := s.budget(ctx, config.OnDemand, started)
	defer cancel()

	var claims []claim
	for i := range reading.Denials {
		one := newClaim(&reading.Denials[i])
		one.unblank(&reading.Denials[i])
		claims = append(claims, one)
	}
	if asked.Since > 0 {
		claims = s.seen(working, asked, started, claims, out)
	}
	look := config.Request{Mode: config.OnDemand, Functions: []string{asked.Function}}
	for i := range claims {
		where := "the message"
		if len(claims[i].seen) > 0 {
			where = the(claims[i].seen[0].Source)
		}
		for _, call := range claims[i].calls {
			look.Needs = append(look.Needs, config.Need{Call: call, Seen: true, Where: where})
		}
	}
	watched, in := *s, new(check.Input)
	watched.Examined = func(seen *check.Input) { in = seen }
	report := &finding.Report{Account: out.Account, Region: out.Region}
	observed, _ := watched.examine(working, look, &ledger.Turn{}, report)

	if in.Facts == nil || len(in.Facts.Functions) == 0 {
		out.Status = finding.ReportIncomplete
		out.Gaps = append(out.Gaps, report.Gaps...)
	} else {
		function := &in.Facts.Functions[0]
		out.Function, out.Role = function.ARN, function.Role
		told := map[string]bool{}
		for i := range claims {
			one, found := claims[i].judge(in, function, observed.Found)
			if found != nil && !told[found.ID] {
				told[found.ID] = true
				found.FirstSeen, found.LastSeen = "", ""
				out.Findings = append(out.Findings, *found)
			}
			out.Denials = append(out.Denials, one)
		}
		if len(claims) == 0 && out.Place == finding.PlaceConfiguration {
			for i := range observed.Found {
				if f := observed.Found[i]; f.Place == finding.PlaceConfiguration {
					f.FirstSeen, f.LastSeen = "", ""
					out.Findings = append(out.Findings, f)
				}
			}
		}
		history := s.Collector.History()
		s.granted(working, history, out, started, asked.Since)
		s.taken(working, history, out, in, function, claims)
		out.Summary.Others = len(observed.Found) - len(out.Findings)
		for _, gap := range report.Gaps {
			if gap.Function == function.ARN {
				out.Gaps = append(out.Gaps, gap)
			}
		}
	}
	if len(out.Denials) > 0 {
		out.Place = out.Denials[0].Place
	}
	if working.Err() != nil {
		out.Status = finding.ReportIncomplete
	}
	out.Finish()
	out.Summary.APICalls = s.Calls() - callsBefore
	out.Summary.DurationMS = s.Now().Sub(started).Milliseconds()
	s.Log.InfoContext(ctx, "diagnose.done", "status", out.Status, "denials", out.Summary.Denials, "confirmed", out.Summary.Confirmed,
		"apiCalls", out.Summary.APICalls, "durationMs", out.Summary.DurationMS)
	return out, in, observed.Found
}

// the puts the article before what needs one.
func the(source string) string {
	if name, _, named := strings.Cut(source, " "); named && name == strings.ToLower(name) {
		return "the " + source
	}
	return source
}

// seen adds what Lambda, the function's logs and CloudTrail tell of. What could not be read is a gap, and makes the answer incomplete.
func (s *Scanner) seen(ctx context.Context, asked *config.Diagnose, now time.Time, claims []claim, out *finding.Diagnosis) []claim {
	unread := func(gap finding.Gap) {
		out.Status = finding.ReportIncomplete
		out.Gaps = append(out.Gaps, gap)
	}
	for _, one := range []permission.Switch{permission.FunctionLogs, permission.CloudTrail} {
		if !s.Collector.On.On(one) {
			unread(finding.Gap{Reason: one.Off()})
		}
	}
	s.phase(ctx, "seen", func(ctx context.Context) {
		ctx, cancel := s.share(ctx)
		defer cancel()
		denials, unknown := s.Collector.Denials(ctx, asked.Function, now.Add(-asked.Since))
		for _, why := range unknown {
			unread(gapOf("", why))
		}
		for i := range denials {
			one := newClaim(&denials[i].Denial)
			one.seen = []finding.Seen{{
				Source: denials[i].Source, Count: denials[i].Count,
				First: denials[i].First.UTC().Format(time.RFC3339), Last: denials[i].Last.UTC().Format(time.RFC3339),
			}}
			same := slices.IndexFunc(claims, func(have claim) bool {
				a, b := have.said, one.said
				a.AuthorizationID, b.AuthorizationID = "", ""
				return a == b
			})
			if same >= 0 {
				claims[same].seen = append(claims[same].seen, one.seen...)
				continue
			}
			claims = append(claims, one)
		}
	})
	return claims
}

// judge holds a claim against what was decided of the function. The finding is the fault behind it; nil for none.
func (c *claim) judge(in *check.Input, function *fact.Function, found []finding.Finding) (finding.DiagnosedDenial, *finding.Finding) {
	out, fault := c.held(in, function, found)
	if c.blanked {
		out.Answer += " The account in the message is blanked out: the function's own was taken for it."
	}
	return out, fault
}

func (c *claim) held(in *check.Input, function *fact.Function, found []finding.Finding) (finding.DiagnosedDenial, *finding.Finding) {
	out := finding.DiagnosedDenial{Said: c.said, Seen: c.seen, Place: c.said.Place, Outcome: finding.Undecided, Decision: "undetermined"}
	if caller := c.otherRole(function); caller != "" {
		out.Answer = fmt.Sprintf("The call was made as the role %s, and %s runs as %s: the message is of something else, or the function was given another role since. Diagnose it for what runs as %s.",
			caller, function.Name, fact.RoleName(function.Role), caller)
		return out, nil
	}
	if fault, others := c.fault(found); fault != nil {
		out.Outcome, out.Decision = finding.Confirmed, cmp.Or(fault.Evidence.Decision, "undetermined")
		blame(&out, fault)
		if others > 0 {
			out.Answer += fmt.Sprintf(" The message may be of %d others of the function's findings as well: a check tells them.", others)
		}
		return out, fault
	}
	d := c.decision(in, function)
	if d == nil {
		out.Answer = "Not decided: " + c.unclear() + "."
		return out, nil
	}
	out.Decision = d.Word()
	of := *d
	if granting, ok := decide.Granting(in.Facts, d); ok {
		of = granting
	}
	out.Policy, out.StatementID, out.Statement, out.Detail = of.Policy, of.StatementID, of.Statement, d.Detail
	switch d.Verdict {
	case decide.Allowed:
		c.allowed(&out)
		return out, nil
	case decide.Unknown:
		out.Answer = "Not decided: " + d.Unread.String()
		return out, nil
	}
	out.Outcome = finding.Confirmed
	fault := faultOf(found, d)
	if fault == nil {
		out.Answer = fmt.Sprintf("It is refused now as well (%s).", out.Decision)
		return out, nil
	}
	blame(&out, fault)
	return out, fault
}

// blame words that the call is refused now as well, and where.
func blame(out *finding.DiagnosedDenial, fault *finding.Finding) {
	out.Finding, out.Place = fault.ID, fault.Place
	out.Answer = fmt.Sprintf("It is refused now as well: %s.", fault.Title)
	// A wrong name is refused by whatever would have to grant it: no other policy is behind that.
	if claimed := out.Said.Place; claimed != finding.PlaceAmbiguous && claimed != fault.Place && fault.Place != finding.PlaceConfiguration {
		out.Answer += fmt.Sprintf(" The message names another place, %s, than the evaluation, %s: a message names one policy even where several refuse, so the other one may come next.", claimed, fault.Place)
	}
}
