package finding

import "slices"

// SymptomVersion is the version of the symptom's JSON contract. It changes only when a field changes its meaning or goes
// away.
const SymptomVersion = "1"

// Symptom is the answer to why callers of an API get a status. Status is its first key: findings where a cause was found,
// ok where every cause that is known is excluded, incomplete where something could not be looked at.
type Symptom struct {
	Status  ReportStatus `json:"status"`
	Version string       `json:"version"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	// API is the id, the one that was asked for where there is no such API; Kind and Name are empty then.
	API  string `json:"api"`
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Route is the route that the request takes: empty where none does. Asked is what was asked for.
	Route string `json:"route"`
	Asked string `json:"asked"`
	// Stage is the one that was asked for; empty for all.
	Stage string `json:"stage,omitempty"`
	// HTTPStatus is what callers get.
	HTTPStatus int `json:"httpStatus"`
	// Function is the function behind the route, with its qualifier, and Role the role that it runs as. Empty where there is none.
	Function string `json:"function,omitempty"`
	Role     string `json:"role,omitempty"`
	// Answer is one to three sentences for people.
	Answer string `json:"answer"`
	// Seen says how often the API answered such a status in the window, and whether the route alone was counted or the whole API;
	// empty where metrics do not tell.
	Seen string `json:"seen,omitempty"`
	// Causes are the branches of the tree in its order, found ones first. Never null.
	Causes []Cause `json:"causes"`
	// Findings are the faults behind the causes, each with its fix. Never null.
	Findings []Finding `json:"findings"`
	// Gaps are what could not be read or decided. Never null.
	Gaps    []Gap          `json:"gaps"`
	Summary SymptomSummary `json:"summary"`
}

// SymptomSummary counts.
type SymptomSummary struct {
	Found    int `json:"found"`
	Possible int `json:"possible"`
	Excluded int `json:"excluded"`
	Unknown  int `json:"unknown"`
	// Since is from when on logs and metrics were looked at (RFC 3339).
	Since      string `json:"since"`
	APICalls   int    `json:"apiCalls"`
	DurationMS int64  `json:"durationMs"`
}

// Verdict is what is known of a cause.
type Verdict string

// The verdicts of causes.
const (
	// CauseFound: it is there, and explains the status.
	CauseFound Verdict = "found"
	// CausePossible: nothing speaks against it, and nothing proves it.
	CausePossible Verdict = "possible"
	// CauseExcluded: it is not there.
	CauseExcluded Verdict = "excluded"
	// CauseUnknown: it could not be looked at.
	CauseUnknown Verdict = "unknown"
)

// Cause is one branch of the tree.
type Cause struct {
	// ID names the branch: route, integration, invoke-permission, integration-role, start, authorizer-permission, authorizer,
	// throttling, function-error, timeout, response, iam, api-key, resource-policy, firewall, endpoint, private, token, function-answer.
	ID string `json:"id"`
	// Title is the cause in a few words.
	Title   string  `json:"title"`
	Verdict Verdict `json:"verdict"`
	// For and Against are the evidence, one sentence each. Never null.
	For     []string `json:"for"`
	Against []string `json:"against"`
	// Tells is a command that reads what would decide a cause that is possible or not known; left out where there is none.
	Tells string `json:"tells,omitempty"`
	// Finding is the id of the finding with cause and fix; empty where there is none.
	Finding string `json:"finding,omitempty"`
	// Changes are what took the permission away, where CloudTrail tells; left out where there is none.
	Changes []Change `json:"changes,omitempty"`
}

// Finish sorts the causes, fills the counts and derives the status; one that is incomplete keeps its status.
func (s *Symptom) Finish() {
	s.Version = SymptomVersion
	s.Causes, s.Findings, s.Gaps = notNull(s.Causes), notNull(s.Findings), sortGaps(notNull(s.Gaps))
	rank := []Verdict{CauseFound, CausePossible, CauseUnknown, CauseExcluded}
	slices.SortStableFunc(s.Causes, func(x, y Cause) int { return slices.Index(rank, x.Verdict) - slices.Index(rank, y.Verdict) })
	n := &s.Summary
	n.Found, n.Possible, n.Excluded, n.Unknown = 0, 0, 0, 0
	for i := range s.Causes {
		c := &s.Causes[i]
		c.For, c.Against = notNull(c.For), notNull(c.Against)
		switch c.Verdict {
		case CauseFound:
			n.Found++
		case CausePossible:
			n.Possible++
		case CauseExcluded:
			n.Excluded++
		default:
			n.Unknown++
		}
	}
	switch {
	case s.Status == ReportIncomplete || s.Status == ReportError:
	case n.Found > 0:
		s.Status = ReportFindings
	case n.Possible+n.Unknown+len(s.Gaps) > 0:
		s.Status = ReportIncomplete
	default:
		s.Status = ReportOK
	}
}
