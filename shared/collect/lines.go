package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Phrase is a text that tells lines of a kind from others. Texts hold no quotes.
type Phrase struct{ Kind, Text string }

// Sighted is how often lines of a kind were logged.
type Sighted struct {
	Count       int
	First, Last time.Time
}

// Sight counts the lines of a log group since a time by the phrases that they hold, newest first; each line counts for its
// first phrase. Of the lines nothing else leaves. Nothing is known of a group that does not exist: absent. Where not all of the
// window was read, the reason says why besides what was read.
func (c *Collector) Sight(ctx context.Context, group string, phrases []Phrase, since time.Time) (fact.Read[map[string]Sighted], fact.Unread) {
	read := c.logReads(group)
	var pattern []string
	for _, p := range phrases {
		pattern = append(pattern, `?"`+p.Text+`"`)
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(c.Logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(group), FilterPattern: aws.String(strings.Join(pattern, " ")),
		StartTime: aws.Int64(since.UnixMilli()), StartFromHead: aws.Bool(false),
	})
	found := map[string]Sighted{}
	reached := c.Now()
	for n := 0; pages.HasMorePages(); n++ {
		if n == mostLogPages {
			return fact.Known(found), fact.Unread{Operation: read.Operation, Reason: fmt.Sprintf(
				"the log group %s holds more than is read at once: what was logged before %s was not looked at", group, reached.UTC().Format(time.RFC3339))}
		}
		page, err := pages.NextPage(ctx)
		switch {
		case isNotFound(err):
			return fact.Absent[map[string]Sighted](), fact.Unread{}
		case err != nil && n == 0:
			why := read.unread(err)
			return fact.NotRead[map[string]Sighted](why), why
		case err != nil:
			return fact.Known(found), read.unread(err)
		}
		for _, event := range page.Events {
			reached = time.UnixMilli(aws.ToInt64(event.Timestamp))
			at := slices.IndexFunc(phrases, func(p Phrase) bool { return strings.Contains(aws.ToString(event.Message), p.Text) })
			if at < 0 {
				continue
			}
			one := found[phrases[at].Kind]
			if one.Count++; one.Count == 1 || reached.Before(one.First) {
				one.First = reached
			}
			if reached.After(one.Last) {
				one.Last = reached
			}
			found[phrases[at].Kind] = one
		}
	}
	return fact.Known(found), fact.Unread{}
}
