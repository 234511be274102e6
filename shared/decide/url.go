package decide

import (
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// byName makes the request one of the caller that the need names, of a function's URL or as a role of another account: of
// anybody without a name, of a service, or of an identity. What an identity of another account is allowed there is not seen and taken as given: here the function's
// policy is asked.
func byName(facts *fact.Facts, n *need.Need, c *iampolicy.Case) {
	keys := map[string][]string{"aws:CurrentTime": {facts.Time.UTC().Format(time.RFC3339)}}
	who := n.Principal
	public := n.Trigger.Kind == fact.TriggerPublicURL
	if who == need.Anyone && !public {
		who = "arn:" + facts.Account.Partition + ":iam::" + need.NoAccount + ":role/stranger"
	}
	principal, err := iampolicy.ParsePrincipal(who)
	if err != nil {
		principal = iampolicy.Principal{} // decides nothing: the case answers that it has no principal
	}
	c.Principal = principal
	account := principal.Account()
	if account == "" { // a service, or nobody that IAM knows
		for _, name := range absentForServices {
			keys[name] = nil
		}
	} else if account != facts.Account.ID {
		// The document is our own: it parses, and where it did not the case would decide nothing.
		if own, err := iampolicy.Parse([]byte(allowAll), iampolicy.Identity); err == nil {
			c.Identity = []*iampolicy.Policy{own}
		}
	}
	if n.Trigger.Kind.IsURL() {
		// AWS does not document that either action carries the key of the other.
		delete(keys, fact.URLAuthType)
		delete(keys, fact.ViaURL)
	} else {
		keys[fact.URLAuthType], keys[fact.ViaURL], keys["lambda:EventSourceToken"] = nil, nil, nil
	}
	for key, values := range n.Context {
		keys[key] = values
	}
	c.Context = iampolicy.NewContext(keys).WithUnknown("*")
}
