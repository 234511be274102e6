package need

import (
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// asRole is what a source needs that calls its function as a role: the role's permission, and its trust in the service
// that takes it on. Instead of the role's permission that of the function's policy may do.
//
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-identity-based.html
func asRole(account fact.Account, by fact.Manner, base Need) []Need {
	t := base.Trigger
	base.Kind, base.Role, base.Also = Identity, t.Credentials, ""
	if len(t.Routes) > 0 {
		base.Route = &t.Routes[0]
	}
	if strings.HasSuffix(t.Credentials, ":user/*") {
		base.Unread = fact.Unread{Reason: "the " + string(t.Kind) + " " + t.SourceName +
			" calls the function with the permissions of whoever calls it; whether they have them is not known here"}
		return []Need{base}
	}
	var needs []Need
	for _, request := range by.Requests {
		needs = append(needs, base.on(request.Action, base.Resource))
	}
	trusting := t.Credentials
	if t.Through != "" {
		trusting = t.Through
		taken := base.on(AssumeRole, t.Credentials)
		taken.Role = t.Through
		needs = append(needs, taken)
	}
	trust := base.on(AssumeRole, trusting)
	trust.Role = trusting
	trust.Kind, trust.Also = Trust, by.AssumesAs
	if t.AssumedFor != "" {
		trust.Context = map[string][]string{"aws:SourceArn": {t.AssumedFor}, "aws:SourceAccount": {account.ID}}
	}
	if by.ExternalID {
		trust.Context = map[string][]string{"sts:ExternalId": {account.ID}}
	}
	needs = append(needs, trust)
	if arn, err := fact.ParseARN(t.Credentials); err == nil && len(iampolicy.UnknownNames(arn.Account)) == 0 && arn.Account != account.ID {
		// Neither side is enough alone: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
		ours := base.on(Invokes, base.Resource)
		ours.Kind, ours.Principal = Invoke, t.Credentials
		needs = append(needs, ours)
	}
	return needs
}
