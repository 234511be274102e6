// Package denial reads what was denied out of a text: an SDK's error, a log line, a CloudTrail record, a state reason.
//
// It trusts shapes, not words: a text that talks about denials (documentation, a policy, a list of error codes) is not
// one, nor is the refusal of another authority (a database, a cluster, another cloud, a file system). What the text does
// not hold is empty, never guessed.
//
// The wordings of IAM's messages are those of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html.
package denial

// Reason says how IAM refused.
type Reason string

// The reasons; the zero value is that the text does not say.
const (
	ImplicitDeny Reason = "implicit_deny" // no policy of the named type allows
	ExplicitDeny Reason = "explicit_deny" // a policy denies
)

// Place says where the refusal comes from.
type Place string

// The places.
const (
	ExecutionRole    Place = "execution-role"
	InvokePermission Place = "invoke-permission"
	TargetPolicy     Place = "target-policy"
	Guardrails       Place = "guardrail"     // which one is in Denial.Guardrail
	Configuration    Place = "configuration" // no permission is missing: a disabled key, a wrong name
	Ambiguous        Place = "ambiguous"     // the text names no place or several
	None             Place = "none"          // nothing was denied
)

// Guardrail is a limit around the three places.
type Guardrail string

// The guardrails.
const (
	Boundary          Guardrail = "boundary"
	Session           Guardrail = "session"
	SCP               Guardrail = "scp"
	RCP               Guardrail = "rcp"
	VPCEndpoint       Guardrail = "vpc-endpoint"
	BlockPublicAccess Guardrail = "block-public-access"
)

// Denial is one refusal. An empty field is one that the text does not hold; what is redacted or cut stays as printed.
type Denial struct {
	Service         string // the IAM prefix, lower case: s3
	Action          string // the IAM action as printed; an operation whose service the text does not give stands alone
	Resource        string // as printed: an ARN, a queue URL, "role NAME"
	Principal       string // as printed
	Reason          Reason
	Place           Place
	Guardrail       Guardrail // only where Place is Guardrails
	PolicyARN       string
	AuthorizationID string
	// Recogniser is the id of the form that matched.
	Recogniser string
}

// Reading is what Read found.
type Reading struct {
	// Denials holds each denial once, in the order of the text; at most 100.
	Denials []Denial
	// Place is None or Configuration where nothing was denied, else the first denial's.
	Place Place
}

const (
	maxText    = 4 << 20 // bytes of a text that are looked at
	maxDenials = 100
)

// Read finds the denials of a text in time linear to its length. The text may hold several lines and any encoding.
func Read(text string) Reading {
	if len(text) > maxText {
		text = text[:maxText]
	}
	var found []hit
	for _, part := range split(text) {
		switch {
		case part.record != nil:
			found = append(found, part.record.hits()...)
		default:
			found = append(found, scan(newText(part.text))...)
		}
	}
	return settle(found)
}

// settle turns hits into denials: one that says no more than another is the same denial told twice.
func settle(found []hit) Reading {
	reading := Reading{Place: None}
	for _, h := range found {
		if !h.denied {
			if h.place != "" && h.place != None {
				reading.Place = h.place
			}
			continue
		}
		reading.Denials = absorb(reading.Denials, h.Denial)
	}
	if len(reading.Denials) > 0 {
		reading.Place = reading.Denials[0].Place
	}
	return reading
}

func absorb(list []Denial, d Denial) []Denial {
	for i := range list {
		switch {
		case list[i].holds(&d):
			return list
		case d.holds(&list[i]):
			list[i] = d
			return list
		}
	}
	if len(list) == maxDenials {
		return list
	}
	return append(list, d)
}

// holds reports whether d says everything that other says.
func (d *Denial) holds(other *Denial) bool {
	in := func(a, b string) bool { return b == "" || a == b }
	return in(d.Service, other.Service) && in(d.Action, other.Action) && in(d.Resource, other.Resource) &&
		in(d.Principal, other.Principal) && in(string(d.Reason), string(other.Reason)) &&
		(other.Place == Ambiguous || d.Place == other.Place) && in(string(d.Guardrail), string(other.Guardrail)) &&
		in(d.PolicyARN, other.PolicyARN) && in(d.AuthorizationID, other.AuthorizationID)
}
