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
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Sighting is a denial that was seen, once or several times.
type Sighting struct {
	// Denial is without the authorization id where several were alike: each refusal has one of its own.
	Denial denial.Denial
	// Source says where it was seen: "log group /aws/lambda/orders", "CloudTrail", "state of the function",
	// "event source mapping 3f6c of arn:…".
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

// Denials reads what the function, named by its name or ARN, was refused since a time: as Lambda says it of the function's
// state and of its event source mappings, and, as far as the switches are on, as the newest lines of its log group and
// CloudTrail's events of its code tell. It keeps the denials alone, those of a source newest first: what else texts and
// events hold stays here. Where not all was read, the reasons say why. There are none of a function that is not there.
func (c *Collector) Denials(ctx context.Context, name string, since time.Time) ([]Sighting, []fact.Unread) {
	config, why := c.configuration(ctx, name)
	if config == nil {
		return nil, slices.DeleteFunc([]fact.Unread{why}, fact.Unread.IsZero)
	}
	f := reduceFunction(listedAs(config))
	return together(ctx, append([]sightingReader{
		func(context.Context) ([]Sighting, fact.Unread) { return c.stateDenials(config), fact.Unread{} },
		func(ctx context.Context) ([]Sighting, fact.Unread) { return c.mappingDenials(ctx, &f) },
	}, c.pastDenials(&f, since)...))
}

// PastDenials reads of functions what Denials does of the past, each since its time, and a log group that several have once.
// A function whose reasons are empty was looked at to the end.
func (c *Collector) PastDenials(ctx context.Context, functions []fact.Function, since []time.Time) (found [][]Sighting, unread [][]fact.Unread) {
	first := map[string]int{} // of the functions with a log group
	from := slices.Clone(since)
	for i := range functions {
		at, seen := first[functions[i].LogGroup]
		switch {
		case !seen:
			first[functions[i].LogGroup] = i
		case since[i].Before(from[at]):
			from[at] = since[i]
		}
	}
	logged, why := make([][]Sighting, len(functions)), make([]fact.Unread, len(functions))
	called, besides := make([][]Sighting, len(functions)), make([]fact.Unread, len(functions))
	forEach(ctx, len(functions), func(ctx context.Context, i int) {
		if c.On.On(permission.FunctionLogs) && first[functions[i].LogGroup] == i {
			logged[i], why[i] = c.loggedDenials(ctx, functions[i].LogGroup, from[i])
		}
		if c.On.On(permission.CloudTrail) {
			called[i], besides[i] = c.refusedCalls(ctx, &functions[i], since[i])
		}
	})
	found, unread = make([][]Sighting, len(functions)), make([][]fact.Unread, len(functions))
	for i := range functions {
		at := first[functions[i].LogGroup]
		found[i] = slices.Concat(ofFunction(&functions[i], logged[at]), called[i])
		unread[i] = slices.DeleteFunc([]fact.Unread{why[at], besides[i]}, fact.Unread.IsZero)
	}
	return found, unread
}

// sightingReader reads one source of sightings.
type sightingReader func(context.Context) ([]Sighting, fact.Unread)

// pastDenials are the readers of a function's logs and of CloudTrail, as far as the switches are on.
func (c *Collector) pastDenials(f *fact.Function, since time.Time) []sightingReader {
	var read []sightingReader
	if c.On.On(permission.FunctionLogs) {
		read = append(read, func(ctx context.Context) ([]Sighting, fact.Unread) {
			logged, why := c.loggedDenials(ctx, f.LogGroup, since)
			return ofFunction(f, logged), why
		})
	}
	if c.On.On(permission.CloudTrail) {
		read = append(read, func(ctx context.Context) ([]Sighting, fact.Unread) { return c.refusedCalls(ctx, f, since) })
	}
	return read
}

// ofFunction leaves out of the lines of a log group that other functions may have too what their code was refused: a session
// of a function's role has the function's name.
func ofFunction(f *fact.Function, logged []Sighting) []Sighting {
	if f.LogGroup == "/aws/lambda/"+f.Name {
		return logged
	}
	return slices.DeleteFunc(slices.Clone(logged), func(one Sighting) bool {
		_, session, called := strings.Cut(one.Denial.Principal, ":assumed-role/")
		_, session, named := strings.Cut(session, "/")
		return called && named && session != f.Name && !strings.Contains(session, "*")
	})
}

func together(ctx context.Context, read []sightingReader) ([]Sighting, []fact.Unread) {
	found, unread := make([][]Sighting, len(read)), make([]fact.Unread, len(read))
	forEach(ctx, len(read), func(ctx context.Context, i int) { found[i], unread[i] = read[i](ctx) })
	return slices.Concat(found...), slices.DeleteFunc(unread, fact.Unread.IsZero)
}

// configuration reads the function's; nil where there is none in this account and Region, or where it could not be read.
func (c *Collector) configuration(ctx context.Context, name string) (*lambda.GetFunctionConfigurationOutput, fact.Unread) {
	own := fmt.Sprintf("arn:%s:lambda:%s:%s:function:", c.Account.Partition, c.Account.Region, c.Account.ID)
	if !strings.HasPrefix(name, "arn:") {
		name = own + name
	}
	if !strings.HasPrefix(name, own) {
		return nil, fact.Unread{}
	}
	get := call{Operation: "lambda:GetFunctionConfiguration", Permission: "lambda:GetFunctionConfiguration", Resource: name}
	out, err := c.Lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(name)})
	switch {
	case isNotFound(err):
		return nil, fact.Unread{}
	case err != nil:
		return nil, get.unread(err)
	}
	return out, fact.Unread{}
}

// logReads is a read of the lines of a log group.
func (c *Collector) logReads(group string) call {
	return call{
		Operation: "logs:FilterLogEvents of " + group, Permission: "logs:FilterLogEvents",
		Resource: fact.ARN{
			Partition: c.Account.Partition, Service: "logs", Region: c.Account.Region, Account: c.Account.ID, Resource: "log-group:" + group + ":*",
		}.String(),
	}
}

// loggedDenials are those of the newest lines of a log group that hold what some line of every denial holds.
func (c *Collector) loggedDenials(ctx context.Context, group string, since time.Time) ([]Sighting, fact.Unread) {
	read := c.logReads(group)
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
	return seen.list(), seen.unread()
}

// sightings groups equal denials.
type sightings struct {
	source string
	found  []Sighting
	// left is the time of the newest denial that was one too many.
	left time.Time
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
	switch {
	case len(s.found) < mostSightings:
		s.found = append(s.found, Sighting{Denial: d, Source: s.source, Count: 1, First: at, Last: at})
	case at.After(s.left):
		s.left = at
	}
}

// unread says that there were more than are told apart; zero where there were not.
func (s *sightings) unread() fact.Unread {
	if s.left.IsZero() {
		return fact.Unread{}
	}
	return fact.Unread{Reason: fmt.Sprintf("%s tells of more than %d different denials: the newest are looked at, and none of those that are new at %s and before",
		s.source, mostSightings, s.left.UTC().Format(time.RFC3339))}
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
