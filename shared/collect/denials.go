package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/denial"
	"permprobe/shared/fact"
	"permprobe/shared/permission"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Sighting is a denial that was seen, once or several times.
type Sighting struct {
	// Denial is without the authorization id where several were alike: each refusal has one of its own.
	Denial denial.Denial
	// Source says where it was seen: "log group /aws/lambda/orders", "CloudTrail".
	Source      string
	Count       int
	First, Last time.Time
}

// mostLogPages bounds how much of a log group one diagnosis reads, which is about five seconds of the quota, and
// mostSightings how many different denials it tells apart.
const (
	mostLogPages  = 25
	mostSightings = 50
)

// suspicious is what some line of every denial holds. A pattern of optional terms matches lines that hold one of them.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
const suspicious = `?AccessDenied ?"not authorized" ?"Not authorized" ?"Access Denied" ?"access denied" ?"have permission" ?"have permissions" ` +
	`?"cannot be assumed" ?"failed to assume" ?Forbidden ?Unauthorized ?AuthorizationError ?"Invalid permissions" ?"not allowed" ?"explicit deny" ?EFSMount`

// Denials reads what the function that matches was refused since a time: of the newest lines of its log group, and of
// CloudTrail's events of its code, as far as the switches are on. It keeps the denials alone, those of a source newest first:
// what else lines and events hold stays here. Where not all of the window was read, the reasons say why. There are none
// of a function that is not there.
func (c *Collector) Denials(ctx context.Context, matches func(name, arn string) bool, since time.Time) ([]Sighting, []fact.Unread) {
	list := c.functions
	if c.Functions != nil {
		list = c.namedFunctions
	}
	base := &fact.Facts{Account: c.Account, Time: c.Now()}
	all, _ := list(ctx, base, newEnvironment())
	at := slices.IndexFunc(all, func(f fact.Function) bool { return matches(f.Name, f.ARN) })
	if at < 0 {
		var why []fact.Unread
		for _, one := range base.Unread {
			why = append(why, one.Unread)
		}
		return nil, why
	}
	var read []func() ([]Sighting, fact.Unread)
	if c.On.On(permission.FunctionLogs) {
		read = append(read, func() ([]Sighting, fact.Unread) { return c.denialsIn(ctx, all[at].LogGroup, since) })
	}
	if c.On.On(permission.CloudTrail) {
		read = append(read, func() ([]Sighting, fact.Unread) { return c.refusedCalls(ctx, &all[at], since) })
	}
	found, why := make([][]Sighting, len(read)), make([]fact.Unread, len(read))
	forEach(ctx, len(read), func(_ context.Context, i int) { found[i], why[i] = read[i]() })
	return slices.Concat(found...), slices.DeleteFunc(why, fact.Unread.IsZero)
}

func (c *Collector) denialsIn(ctx context.Context, group string, since time.Time) ([]Sighting, fact.Unread) {
	read := call{
		Operation: "logs:FilterLogEvents of " + group, Permission: "logs:FilterLogEvents",
		Resource: fact.ARN{
			Partition: c.Account.Partition, Service: "logs", Region: c.Account.Region, Account: c.Account.ID, Resource: "log-group:" + group + ":*",
		}.String(),
	}
	seen := sightings{source: "log group " + group}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(c.Logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(group), FilterPattern: aws.String(suspicious),
		StartTime: aws.Int64(since.UnixMilli()), StartFromHead: aws.Bool(false),
	})
	reached := c.Now()
	for n := 0; pages.HasMorePages(); n++ {
		if n == mostLogPages {
			return seen.list(), fact.Unread{Operation: read.Operation, Reason: fmt.Sprintf(
				"the log group %s holds more than is read at once: what was logged before %s was not looked at", group, reached.UTC().Format(time.RFC3339))}
		}
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err):
			return nil, fact.Unread{} // nothing was ever logged
		case err != nil:
			return seen.list(), read.unread(err)
		}
		for _, event := range page.Events {
			reached = time.UnixMilli(aws.ToInt64(event.Timestamp))
			for _, d := range denial.Read(aws.ToString(event.Message)).Denials {
				seen.add(d, reached)
			}
		}
	}
	return seen.list(), fact.Unread{}
}

// sightings groups equal denials.
type sightings struct {
	source string
	found  []Sighting
}

func (s *sightings) add(d denial.Denial, at time.Time) {
	same := func(one Sighting) bool {
		a, b := one.Denial, d
		a.AuthorizationID, b.AuthorizationID, a.Recogniser, b.Recogniser = "", "", "", ""
		return a == b
	}
	if i := slices.IndexFunc(s.found, same); i >= 0 {
		one := &s.found[i]
		one.Count++
		one.Denial.AuthorizationID = ""
		if at.Before(one.First) {
			one.First = at
		}
		if at.After(one.Last) {
			one.Last = at
		}
		return
	}
	if len(s.found) < mostSightings {
		s.found = append(s.found, Sighting{Denial: d, Source: s.source, Count: 1, First: at, Last: at})
	}
}

func (s *sightings) list() []Sighting {
	slices.SortStableFunc(s.found, func(a, b Sighting) int {
		if by := b.Last.Compare(a.Last); by != 0 {
			return by
		}
		return strings.Compare(a.Denial.Action+a.Denial.Resource, b.Denial.Action+b.Denial.Resource)
	})
	return s.found
}
