package denial

// Answer is a reading in the form of `diagnose`. Every key is always there; null is what the text does not hold.
type Answer struct {
	Denied          bool       `json:"denied"`
	Service         *string    `json:"service"`
	Action          *string    `json:"action"`
	Resource        *string    `json:"resource"`
	Principal       *string    `json:"principal"`
	Reason          *Reason    `json:"reason"`
	Place           Place      `json:"place"`
	Guardrail       *Guardrail `json:"guardrail"`
	PolicyARN       *string    `json:"policyArn"`
	AuthorizationID *string    `json:"authorizationId"`
	// Others are further denials of the same text.
	Others []Answer `json:"others,omitempty"`
}

// Answer gives the first denial, and the others behind it.
func (r Reading) Answer() Answer {
	if len(r.Denials) == 0 {
		return Answer{Place: r.Place}
	}
	first := r.Denials[0].answer()
	for i := range r.Denials[1:] {
		first.Others = append(first.Others, r.Denials[1+i].answer())
	}
	return first
}

func (d *Denial) answer() Answer {
	return Answer{
		Denied: true, Service: held(d.Service), Action: held(d.Action), Resource: held(d.Resource), Principal: held(d.Principal),
		Reason: held(d.Reason), Place: d.Place, Guardrail: held(d.Guardrail), PolicyARN: held(d.PolicyARN), AuthorizationID: held(d.AuthorizationID),
	}
}

func held[T ~string](v T) *T {
	if v == "" {
		return nil
	}
	return &v
}
