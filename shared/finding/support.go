package finding

import "slices"

// SupportVersion is the version of the support file's JSON contract. It changes only when a field changes its meaning or
// goes away.
const SupportVersion = "1"

// Support is what AWS Support asks of a function that is refused something, without values of its environment, payloads and
// lines of its log. Status is its first key: findings where something is refused, ok where nothing is, incomplete where
// something could not be looked at. All times are RFC 3339 in UTC.
type Support struct {
	Status  ReportStatus `json:"status"`
	Version string       `json:"version"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	// Time is when the file was made, and Since from when on logs and events were looked at.
	Time  string `json:"time"`
	Since string `json:"since"`
	// Function is the unqualified ARN; the name that was asked for where there is no such function.
	Function string `json:"function"`
	// Configuration is what of it bears on permissions, in words. Never null.
	Configuration []SupportFact `json:"configuration"`
	// Services are those in its workflow, sorted: what calls it, what it polls, where it reports to, what it was refused.
	// Never null.
	Services []SupportService `json:"services"`
	// CrossAccount tells whether one of them, or one of the principals of its policy, belongs to another account.
	CrossAccount bool     `json:"crossAccount"`
	Accounts     []string `json:"accounts"`
	// Roles are those that it runs as, with the names of their policies. Never null.
	Roles []SupportRole `json:"roles"`
	// Denials are what it was refused since then, with how often and when, and how it is decided now. Never null.
	Denials []DiagnosedDenial `json:"denials"`
	// Findings are the faults behind them, and the others of the function. Never null.
	Findings []Finding `json:"findings"`
	// Gaps are what could not be read or decided. Never null.
	Gaps    []Gap          `json:"gaps"`
	Summary SupportSummary `json:"summary"`
	// Markdown is the same as one file for people.
	Markdown string `json:"markdown"`
}

// SupportFact is one thing about the function.
type SupportFact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// SupportService is a service in the function's workflow.
type SupportService struct {
	Service string `json:"service"`
	// Part is what it does there: "calls the function", "is polled", "gets its results", "was called by its code".
	Part string `json:"part"`
	// Resource is the ARN or the name; empty where it is not known. Account is the one that it belongs to, where the ARN says.
	Resource string `json:"resource,omitempty"`
	Account  string `json:"account,omitempty"`
}

// SupportRole is a role with its policies.
type SupportRole struct {
	Role string `json:"role"`
	// Policies are the names of inline policies and the ARNs of attached ones. Never null.
	Policies []string `json:"policies"`
	Boundary string   `json:"boundary,omitempty"`
	// Trust are the principals that its trust policy names. Never null.
	Trust []string `json:"trust"`
}

// SupportSummary counts.
type SupportSummary struct {
	Denials    int   `json:"denials"`
	Times      int   `json:"times"`
	Findings   int   `json:"findings"`
	APICalls   int   `json:"apiCalls"`
	DurationMS int64 `json:"durationMs"`
}

// Finish sorts the file, fills its counts and derives its status; one that is incomplete keeps its status.
func (s *Support) Finish() {
	s.Version = SupportVersion
	s.Configuration, s.Services, s.Roles = notNull(s.Configuration), notNull(s.Services), notNull(s.Roles)
	s.Denials, s.Findings, s.Gaps, s.Accounts = notNull(s.Denials), notNull(s.Findings), sortGaps(notNull(s.Gaps)), sortedOnce(notNull(s.Accounts))
	for i := range s.Roles {
		s.Roles[i].Policies, s.Roles[i].Trust = notNull(s.Roles[i].Policies), notNull(s.Roles[i].Trust)
	}
	s.Summary.Denials, s.Summary.Findings, s.Summary.Times = len(s.Denials), len(s.Findings), 0
	for i := range s.Denials {
		for _, seen := range s.Denials[i].Seen {
			s.Summary.Times += seen.Count
		}
	}
	slices.SortStableFunc(s.Findings, func(x, y Finding) int { return x.Severity.Rank() - y.Severity.Rank() })
	switch {
	case s.Status == ReportIncomplete || s.Status == ReportError:
	case s.Summary.Findings+s.Summary.Denials > 0:
		s.Status = ReportFindings
	case len(s.Gaps) > 0:
		s.Status = ReportIncomplete
	default:
		s.Status = ReportOK
	}
}
