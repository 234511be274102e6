package finding

// Change is an event of CloudTrail that took a permission away, or may have.
type Change struct {
	// Time is when (RFC 3339, UTC), Event what, EventID its id.
	Time    string `json:"time"`
	Event   string `json:"event"`
	EventID string `json:"eventId"`
	// By is the ARN of who made it; empty where the record does not say. From is the address, or the service that made it
	// for somebody, and With the kind of client.
	By   string `json:"by,omitempty"`
	From string `json:"from,omitempty"`
	With string `json:"with,omitempty"`
	// Policy is what it changed: an inline policy's name, a managed policy's ARN, a statement's id. Empty where it is none.
	Policy string `json:"policy,omitempty"`
	// Certain is true where the policy allowed the call before and does not after it, or denies it since; false where the
	// event does not hold enough to tell.
	Certain bool `json:"certain"`
	// Effect is one sentence on what it did to the call.
	Effect string `json:"effect"`
	// Before and After are the policy, where events hold it. Empty elsewhere.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}
