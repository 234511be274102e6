package finding

// Coverage says what a run looked at and what it did not, so that silence about the rest is not taken for health.
type Coverage struct {
	// Listed is how many functions of the account and Region the run learnt of, selected or not.
	Listed int `json:"listed"`
	// ListedAll is false where the listing broke off, or was not begun: there may be more functions.
	ListedAll bool `json:"listedAll"`
	// Selected is how many of them the names, patterns and tags select.
	Selected int `json:"selected"`
	// Checked is how many of the selected ones the run reached before its time was over. Gaps say what is not
	// known of a function that was reached.
	Checked int `json:"checked"`
	// WithoutDeclaredNeeds is how many of the selected ones nobody has declared the calls of: of what their code
	// calls, nothing is known.
	WithoutDeclaredNeeds int `json:"withoutDeclaredNeeds"`
	// Triggers are the kinds of triggers, those that are read first. Empty where no function was looked at;
	// never null.
	Triggers []TriggerCoverage `json:"triggers"`
}

// TriggerState says whether the triggers of a kind are known.
type TriggerState string

// The states of a kind of triggers.
const (
	// TriggersRead: all of the kind are known.
	TriggersRead TriggerState = "read"
	// TriggersIncomplete: some or all could not be read. There is a gap for it, too.
	TriggersIncomplete TriggerState = "incomplete"
	// TriggersOff: reading them is switched off.
	TriggersOff TriggerState = "off"
	// TriggersUnsupported: no API of AWS tells of them, or none that says who calls which function.
	TriggersUnsupported TriggerState = "unsupported"
)

// TriggerCoverage is one kind of triggers.
type TriggerCoverage struct {
	// Kind names it for people: "EventBridge rules".
	Kind  string       `json:"kind"`
	State TriggerState `json:"state"`
	// Reason says why they were not all read; left out for what was read.
	Reason string `json:"reason,omitempty"`
	// Permission is the IAM action that the probe lacks, where that is why; left out otherwise.
	Permission string `json:"permission,omitempty"`
}
