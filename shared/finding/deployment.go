package finding

import "slices"

// DeploymentVersion is the version of the deployment's JSON contract. It changes only when a field changes its meaning
// or goes away.
const DeploymentVersion = "1"

// Deployment is the answer to whether a user or role may create, update and delete functions. Status is its first key: ok
// where it may do all of it, findings where something is refused, incomplete where something could not be decided.
type Deployment struct {
	Status  ReportStatus `json:"status"`
	Version string       `json:"version"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	// Principal is the ARN of the user or role; Asked is the ARN that was asked about, where that is another one: a
	// session's.
	Principal string `json:"principal"`
	Asked     string `json:"asked,omitempty"`
	// Boundary is the name of its permissions boundary; empty where it has none, or where that is not known.
	Boundary string `json:"boundary,omitempty"`
	// ServiceRole is the role with which CloudFormation deploys; empty where it does so as the principal.
	ServiceRole string            `json:"serviceRole,omitempty"`
	Summary     DeploymentSummary `json:"summary"`
	// Functions are those that were asked about, sorted by ARN. Never null.
	Functions []DeployedFunction `json:"functions"`
	// Needs are the permissions, in the order of the functions and of the work. Never null.
	Needs []DeploymentNeed `json:"needs"`
	// Fixes are what lets the principal do what it is refused: first one policy with all that it lacks itself, then what is
	// to be changed elsewhere. Never null.
	Fixes []Fix `json:"fixes"`
	// Notes are sentences on what the answer rests on. Never null.
	Notes []string `json:"notes"`
	// Gaps are what could not be read or decided. Never null.
	Gaps []Gap `json:"gaps"`
}

// DeployedFunction is what the principal may do with one function, and whether it exists.
type DeployedFunction struct {
	Function string `json:"function"`
	// Exists is false where there is no such function, so that it would be made: of its configuration nothing is known.
	Exists bool `json:"exists"`
	// Role is the ARN of the role that it runs as; empty where it does not exist.
	Role string `json:"role,omitempty"`
	// Stack is the CloudFormation stack that owns it; empty where none does, or where that is not known.
	Stack string `json:"stack,omitempty"`
	// Create, Update and Delete are allowed, refused or undecided. What is needed under a condition does not count.
	Create string `json:"create"`
	Update string `json:"update"`
	Delete string `json:"delete"`
}

// The answers to what a principal may do with a function.
const (
	DeployAllowed   = "allowed"
	DeployRefused   = "refused"
	DeployUndecided = "undecided"
)

// DeploymentSummary counts.
type DeploymentSummary struct {
	Functions int `json:"functions"`
	// Needs is Allowed, Refused and Undecided together, without those that are needed under a condition (When). Of those
	// Conditional counts the ones that are not allowed.
	Needs       int `json:"needs"`
	Allowed     int `json:"allowed"`
	Refused     int `json:"refused"`
	Undecided   int `json:"undecided"`
	Conditional int `json:"conditional"`
	// APICalls is how many requests went to AWS, repeats after throttling included.
	APICalls   int   `json:"apiCalls"`
	DurationMS int64 `json:"durationMs"`
}

// DeploymentNeed is one permission.
type DeploymentNeed struct {
	Function string `json:"function"`
	// Principal is the service role, where it makes the call; empty where the principal does.
	Principal string `json:"principal,omitempty"`
	// Operations are those that fail without it: create, update, delete.
	Operations []string `json:"operations"`
	Action     string   `json:"action"`
	Resource   string   `json:"resource"`
	// Why says what it is for, and Page which page of AWS's documentation says so.
	Why  string `json:"why"`
	Page string `json:"page"`
	// When says what must be done for it to be needed; empty where the function's configuration shows that it is.
	When string `json:"when,omitempty"`
	// Decision is allowed, implicitDeny, explicitDeny or undetermined.
	Decision string `json:"decision"`
	// Place is where it is refused: execution-role for the principal's own policies, guardrail, or target-policy. Empty
	// where it is not refused. Guardrail is which one.
	Place     Place  `json:"place,omitempty"`
	Guardrail string `json:"guardrail,omitempty"`
	// Policy, StatementID and Statement are the statement that denies, or the one that almost allows, of which Detail says
	// what does not fit. Empty where there is none.
	Policy      string `json:"policy,omitempty"`
	StatementID string `json:"statementId,omitempty"`
	Statement   string `json:"statement,omitempty"`
	Detail      string `json:"detail,omitempty"`
	// Reason says why the decision is undetermined; empty elsewhere.
	Reason string `json:"reason,omitempty"`
}

// Finish fills the deployment's counts and the answers of its functions, and derives its status from them; one that is
// incomplete or failed keeps its status.
func (d *Deployment) Finish() {
	d.Version = DeploymentVersion
	d.Functions, d.Needs, d.Fixes, d.Notes = notNull(d.Functions), notNull(d.Needs), notNull(d.Fixes), notNull(d.Notes)
	d.Gaps = sortGaps(notNull(d.Gaps))
	for i := range d.Functions {
		f := &d.Functions[i]
		f.Create, f.Update, f.Delete = d.answer(f.Function, "create"), d.answer(f.Function, "update"), d.answer(f.Function, "delete")
	}
	s := &d.Summary
	s.Functions, s.Needs, s.Allowed, s.Refused, s.Undecided, s.Conditional = len(d.Functions), 0, 0, 0, 0, 0
	for i := range d.Needs {
		n := &d.Needs[i]
		if n.When != "" {
			if n.outcome() != DeployAllowed {
				s.Conditional++
			}
			continue
		}
		s.Needs++
		switch n.outcome() {
		case DeployAllowed:
			s.Allowed++
		case DeployRefused:
			s.Refused++
		default:
			s.Undecided++
		}
	}
	switch {
	case d.Status == ReportIncomplete || d.Status == ReportError:
	case s.Refused > 0:
		d.Status = ReportFindings
	case s.Undecided+len(d.Gaps) > 0 || len(d.Functions) == 0:
		d.Status = ReportIncomplete
	default:
		d.Status = ReportOK
	}
}

func (n *DeploymentNeed) outcome() string {
	switch n.Decision {
	case "allowed":
		return DeployAllowed
	case "implicitDeny", "explicitDeny":
		return DeployRefused
	}
	return DeployUndecided
}

// answer is what follows from the needs of one operation. One refusal is enough; where nothing is known nothing is allowed.
func (d *Deployment) answer(function, operation string) string {
	out := DeployUndecided
	for i := range d.Needs {
		n := &d.Needs[i]
		if n.Function != function || n.When != "" || !slices.Contains(n.Operations, operation) {
			continue
		}
		switch n.outcome() {
		case DeployRefused:
			return DeployRefused
		case DeployUndecided:
			return d.refusedElse(function, operation)
		}
		out = DeployAllowed
	}
	return out
}

// refusedElse tells, where one need is not decided, whether another one is refused.
func (d *Deployment) refusedElse(function, operation string) string {
	for i := range d.Needs {
		n := &d.Needs[i]
		if n.Function == function && n.When == "" && slices.Contains(n.Operations, operation) && n.outcome() == DeployRefused {
			return DeployRefused
		}
	}
	return DeployUndecided
}
