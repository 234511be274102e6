package collect

import (
	"context"
	"strings"
	"time"

	"permprobe/shared/denial"
	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// refusedCalls are the denials among CloudTrail's events of the function's code, whose session has the function's name.
func (c *Collector) refusedCalls(ctx context.Context, f *fact.Function, since time.Time) ([]Sighting, fact.Unread) {
	seen := sightings{source: "CloudTrail"}
	events, why := c.lookUp(ctx, trailQuery{key: types.LookupAttributeKeyUsername, value: f.Name, since: since}, func(e *trailEvent) bool {
		return e.record.ErrorCode != "" && e.record.ofCode(f)
	})
	for i := range events {
		for _, d := range denial.Read(events[i].text).Denials {
			seen.add(d, events[i].at)
		}
	}
	if why.IsZero() {
		why = seen.unread()
	}
	return seen.list(), why
}

// ofCode tells whether the code of the function made the call. The record's own word counts before the session's name,
// which others may take as well; then the role has to be the function's.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (r *trailRecord) ofCode(f *fact.Function) bool {
	if to := r.UserIdentity.InScopeOf.CredentialsIssuedTo; to != "" {
		return to == f.ARN || strings.HasPrefix(to, f.ARN+":")
	}
	return r.UserIdentity.SessionContext.SessionIssuer.ARN == f.Role
}
