package finding

import "slices"

// ComparisonVersion is the version of the comparison's JSON contract. It changes only when a field changes its
// meaning or goes away.
const ComparisonVersion = "1"

// Comparison is the answer to what differs in the permissions of two functions. Status is its first key: ok where
// nothing differs, findings where something does, incomplete where something could not be decided.
type Comparison struct {
	Status  ReportStatus `json:"status"`
	Version string       `json:"version"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	// A and B are the two functions, in the order of the request.
	A       ComparedFunction  `json:"a"`
	B       ComparedFunction  `json:"b"`
	Summary ComparisonSummary `json:"summary"`
	// Permissions are those that one of the functions needs, decided for both: what differs first, then what is not
	// decided, then what is the same. Never null.
	Permissions []ComparedPermission `json:"permissions"`
	// Grants are what statements of one role allow and the other role is not allowed, besides Permissions: what the
	// code calls is not known, so any of them may be why one works and the other does not. Never null.
	Grants []ComparedGrant `json:"grants"`
	// Configuration are the settings that bear on permissions and differ. Never null.
	Configuration []ComparedSetting `json:"configuration"`
	// Gaps are what could not be read or decided. Never null.
	Gaps []Gap `json:"gaps"`
	// Truncated is true when grants were left out: there are too many for an answer.
	Truncated bool `json:"truncated"`
}

// ComparedFunction is one of the two functions.
type ComparedFunction struct {
	// Function is the unqualified ARN; the name that was asked for where there is no such function.
	Function string `json:"function"`
	// Qualifier is the version or alias that was asked for; empty for the function as it is now.
	Qualifier string `json:"qualifier"`
	// Role is the ARN of the role that it runs as; empty where the function was not found.
	Role string `json:"role"`
}

// ComparisonSummary counts.
type ComparisonSummary struct {
	// Permissions is Same, Different and Undecided together.
	Permissions int `json:"permissions"`
	Same        int `json:"same"`
	Different   int `json:"different"`
	Undecided   int `json:"undecided"`
	Grants      int `json:"grants"`
	Settings    int `json:"settings"`
	// APICalls is how many requests went to AWS, repeats after throttling included.
	APICalls   int   `json:"apiCalls"`
	DurationMS int64 `json:"durationMs"`
}

// ComparedPermission is a need of one of the functions, decided for both.
type ComparedPermission struct {
	// Purpose is what the permission is for, in a few words.
	Purpose string `json:"purpose"`
	Action  string `json:"action"`
	// Same is true where both decisions are known and alike.
	Same bool         `json:"same"`
	A    ComparedSide `json:"a"`
	B    ComparedSide `json:"b"`
}

// ComparedSide is a permission at one of the functions.
type ComparedSide struct {
	// Needed is whether the configuration of this function needs the permission; where not, it is asked what would be
	// if it did.
	Needed   bool   `json:"needed"`
	Resource string `json:"resource"`
	// Decision is allowed, implicitDeny, explicitDeny or undetermined.
	Decision string `json:"decision"`
	// Policy, StatementID and Statement are the statement that allows or denies, or the one that almost allows, of
	// which Detail says what does not fit. Empty where there is none.
	Policy      string `json:"policy,omitempty"`
	StatementID string `json:"statementId,omitempty"`
	Statement   string `json:"statement,omitempty"`
	Detail      string `json:"detail,omitempty"`
	// Reason says why the decision is undetermined; empty elsewhere.
	Reason string `json:"reason,omitempty"`
}

// ComparedGrant is what a statement of one role allows and the other is not allowed.
type ComparedGrant struct {
	// Has is the role that has it: a or b.
	Has string `json:"has"`
	// Action and Resource are as the statement writes them.
	Action   string `json:"action"`
	Resource string `json:"resource"`
	// Policy, StatementID are where the statement stands.
	Policy      string `json:"policy"`
	StatementID string `json:"statementId"`
	// Other is the decision for the other role: implicitDeny, explicitDeny, or undetermined where it has a part of it
	// or has it under conditions. OtherDetail names its closest statement; empty where there is none.
	Other       string `json:"other"`
	OtherDetail string `json:"otherDetail,omitempty"`
}

// ComparedSetting is a setting that differs.
type ComparedSetting struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
	// Matters is one phrase on what follows for the permissions.
	Matters string `json:"matters"`
}

// Finish sorts the comparison, fills its counts and derives its status from them; one that is incomplete or failed
// keeps its status.
func (c *Comparison) Finish() {
	c.Version = ComparisonVersion
	c.Permissions, c.Grants = notNull(c.Permissions), notNull(c.Grants)
	c.Configuration, c.Gaps = notNull(c.Configuration), sortGaps(notNull(c.Gaps))
	slices.SortStableFunc(c.Permissions, func(x, y ComparedPermission) int { return x.rank() - y.rank() })
	s := &c.Summary
	s.Permissions, s.Same, s.Different, s.Undecided = len(c.Permissions), 0, 0, 0
	for i := range c.Permissions {
		switch c.Permissions[i].rank() {
		case rankDifferent:
			s.Different++
		case rankUndecided:
			s.Undecided++
		default:
			s.Same++
		}
	}
	s.Grants, s.Settings = len(c.Grants), len(c.Configuration)
	switch {
	case c.Status == ReportIncomplete || c.Status == ReportError:
	case s.Different+s.Grants+s.Settings > 0:
		c.Status = ReportFindings
	case s.Undecided+len(c.Gaps) > 0:
		c.Status = ReportIncomplete
	default:
		c.Status = ReportOK
	}
}

// The order of permissions: what differs first.
const (
	rankDifferent = iota
	rankUndecided
	rankSame
)

func (p *ComparedPermission) rank() int {
	switch {
	case p.A.Reason != "" || p.B.Reason != "":
		return rankUndecided
	case !p.Same:
		return rankDifferent
	}
	return rankSame
}

func notNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
