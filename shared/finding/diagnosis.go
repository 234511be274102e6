package finding

import "slices"

// DiagnosisVersion is the version of the diagnosis' JSON contract. It changes only when a field changes its meaning or
// goes away.
const DiagnosisVersion = "1"

// Places that only a message can be of: a finding names a place for certain.
const (
	// PlaceAmbiguous is that of a message that names no place, or several.
	PlaceAmbiguous Place = "ambiguous"
	// PlaceNone is that of a message that refuses nothing.
	PlaceNone Place = "none"
)

// Diagnosis is the answer to what an error message of a function, or its logs, mean. Status is its first key: findings where what
// it refuses is refused now as well, ok where it refuses nothing or nothing of it is refused any more, incomplete where
// something of it could not be decided.
type Diagnosis struct {
	Status  ReportStatus `json:"status"`
	Version string       `json:"version"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	// Function is the unqualified ARN; the name that was asked for where there is no such function. Role is the ARN of
	// the role that it runs as; empty where the function was not found.
	Function string `json:"function"`
	Role     string `json:"role"`
	// Place is the first denial's; none or configuration where the message refuses nothing.
	Place   Place            `json:"place"`
	Summary DiagnosisSummary `json:"summary"`
	// Denials are what the message refuses, in its order, and then what else was seen in the window, that of each source
	// newest first. Never null.
	Denials []DiagnosedDenial `json:"denials"`
	// Findings are the faults behind them, each with its fix. Never null.
	Findings []Finding `json:"findings"`
	// Gaps are what could not be read or decided about the function. Never null.
	Gaps []Gap `json:"gaps"`
}

// DiagnosisSummary counts.
type DiagnosisSummary struct {
	Denials      int `json:"denials"`
	Confirmed    int `json:"confirmed"`
	Contradicted int `json:"contradicted"`
	Undecided    int `json:"undecided"`
	// Others are findings of the function that have nothing to do with the message; a check tells them.
	Others int `json:"others"`
	// APICalls is how many requests went to AWS, repeats after throttling included.
	APICalls   int   `json:"apiCalls"`
	DurationMS int64 `json:"durationMs"`
}

// Outcome says how what a message claims stands to what is decided now.
type Outcome string

// The outcomes.
const (
	// Confirmed: it is refused now as well.
	Confirmed Outcome = "confirmed"
	// Contradicted: it is allowed now.
	Contradicted Outcome = "contradicted"
	// Undecided: whether it is refused now is not known.
	Undecided Outcome = "undecided"
)

// Said is what a message says of one refusal. An empty field is one that it does not say; what is redacted stays as it
// is printed.
type Said struct {
	Service   string `json:"service,omitempty"`
	Action    string `json:"action,omitempty"`
	Resource  string `json:"resource,omitempty"`
	Principal string `json:"principal,omitempty"`
	// Reason is implicit_deny or explicit_deny.
	Reason string `json:"reason,omitempty"`
	Place  Place  `json:"place"`
	// Guardrail is which one, where Place is guardrail.
	Guardrail       string `json:"guardrail,omitempty"`
	PolicyARN       string `json:"policyArn,omitempty"`
	AuthorizationID string `json:"authorizationId,omitempty"`
}

// Seen says where and how often a refusal was seen in the window.
type Seen struct {
	Source string `json:"source"`
	Count  int    `json:"count"`
	// First and Last are RFC 3339 times in UTC.
	First string `json:"first"`
	Last  string `json:"last"`
}

// DiagnosedDenial is one refusal that the message tells of or that was seen, and what is decided of the same call now.
type DiagnosedDenial struct {
	Said Said `json:"said"`
	// Seen says where and how often it was seen; empty where the event alone tells of it.
	Seen []Seen `json:"seen,omitempty"`
	// Place is where the call is refused: that of the finding, or else what the message says.
	Place   Place   `json:"place"`
	Outcome Outcome `json:"outcome"`
	// Decision is allowed, implicitDeny, explicitDeny or undetermined.
	Decision string `json:"decision"`
	// Policy, StatementID and Statement are the statement that allows or denies, or the one that almost allows, of
	// which Detail says what does not fit. Empty where there is none.
	Policy      string `json:"policy,omitempty"`
	StatementID string `json:"statementId,omitempty"`
	Statement   string `json:"statement,omitempty"`
	Detail      string `json:"detail,omitempty"`
	// Changes are what took the permission away, where CloudTrail tells: the certain ones, or the latest that may have, the
	// latest first. Left out where there is none.
	Changes []Change `json:"changes,omitempty"`
	// Finding is the id of the finding with cause and fix; empty where there is none.
	Finding string `json:"finding,omitempty"`
	// Answer is one to three sentences for people.
	Answer string `json:"answer"`
}

// Finish fills the diagnosis' counts and derives its status from them; one that is incomplete or failed keeps its status.
func (d *Diagnosis) Finish() {
	d.Version = DiagnosisVersion
	d.Denials, d.Findings, d.Gaps = notNull(d.Denials), notNull(d.Findings), sortGaps(notNull(d.Gaps))
	slices.SortStableFunc(d.Findings, func(x, y Finding) int { return x.Severity.Rank() - y.Severity.Rank() })
	s := &d.Summary
	s.Denials, s.Confirmed, s.Contradicted, s.Undecided = len(d.Denials), 0, 0, 0
	for i := range d.Denials {
		switch d.Denials[i].Outcome {
		case Confirmed:
			s.Confirmed++
		case Contradicted:
			s.Contradicted++
		default:
			s.Undecided++
		}
	}
	switch {
	case d.Status == ReportIncomplete || d.Status == ReportError:
	case s.Confirmed > 0:
		d.Status = ReportFindings
	case s.Undecided > 0:
		d.Status = ReportIncomplete
	default:
		d.Status = ReportOK
	}
}
