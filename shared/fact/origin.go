package fact

import "strings"

// Origin is what a source ARN in a function's policy names, as far as it can be asked for by itself: an API, an event
// rule or a bucket.
type Origin struct {
	// Kind is that of the facts about such sources.
	Kind Kind
	// ARN stands for the whole source: arn:…:execute-api:…:API, a rule's ARN, a bucket's.
	ARN string
	// ID is the API's id, the rule's or the bucket's name; Bus is the rule's event bus.
	ID, Bus string
	// Word is what it is for people: "API".
	Word string
}

// OriginOf finds out what a source ARN of the account and Region names; false where it names several, something of
// another account or Region, or something else. The ARN of a bucket has neither: whose it is must be known otherwise.
func OriginOf(source string, account Account) (Origin, bool) {
	arn, err := ParseARN(source)
	if err != nil || arn.Partition != account.Partition {
		return Origin{}, false
	}
	own := arn.Region == account.Region && arn.Account == account.ID
	o := Origin{ARN: source}
	switch {
	case arn.Service == "execute-api" && own:
		o.ID, _, _ = strings.Cut(arn.Resource, "/")
		arn.Resource = o.ID
		o.Kind, o.Word, o.ARN = KindAPIs, "API", arn.String()
	case arn.Service == "events" && own:
		name, rule := strings.CutPrefix(arn.Resource, "rule/")
		if !rule {
			return Origin{}, false
		}
		o.Kind, o.Word, o.Bus, o.ID = KindRules, "event rule", "default", name
		if bus, name, on := strings.Cut(name, "/"); on {
			o.Bus, o.ID = bus, name
		}
	case arn.Service == "s3" && arn.Region == "" && arn.Account == "":
		o.Kind, o.Word, o.ID = KindBuckets, "bucket", arn.Resource
	default:
		return Origin{}, false
	}
	if o.ID == "" || strings.ContainsAny(o.ARN, "*?$⟦") {
		return Origin{}, false
	}
	return o, true
}
