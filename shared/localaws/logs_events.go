package localaws

import (
	"strings"
	"time"
)

// A LogLine is one event of a log group. A group that has lines exists.
type LogLine struct {
	Group, Stream string
	Time          time.Time
	Message       string
}

// logsFilterLogEvents gives the lines of a group, the earliest first unless the latest are asked for. Of filter patterns it
// knows those of optional terms alone: a line matches that holds one of them.
// See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html and
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
var logsFilterLogEvents = operation{
	service: "logs", name: "FilterLogEvents", shows: []string{"logGroupName", "startTime", "endTime", "startFromHead"},
	needs: func(c *call) []need {
		return []need{{action: "logs:FilterLogEvents", resource: c.home().arn("logs", "log-group:"+text(c.body["logGroupName"])+":log-stream:")}}
	},
	serve: func(c *call) (any, error) {
		group := text(c.body["logGroupName"])
		terms, ok := optionalTerms(text(c.body["filterPattern"]))
		if !ok {
			return nil, notImplemented(c.svc, c.name, "of filter patterns it knows optional terms alone")
		}
		from, hasFrom := integer(c.body["startTime"])
		until, hasUntil := integer(c.body["endTime"])
		exists := c.home().logGroups[group] != nil
		var all []map[string]any
		for _, line := range c.srv.opts.Logs {
			if line.Group != group {
				continue
			}
			exists = true
			at := line.Time.UnixMilli()
			if hasFrom && at < from || hasUntil && at > until || !holdsOne(line.Message, terms) {
				continue
			}
			all = append(all, map[string]any{
				"logStreamName": first(line.Stream, "stream"), "timestamp": at, "ingestionTime": at, "message": line.Message,
				"eventId": uuidOf("event", group, line.Stream, line.Time.String(), line.Message),
			})
		}
		if !exists {
			return nil, &apiError{Status: 400, Code: "ResourceNotFoundException", Message: "The specified log group does not exist."}
		}
		latest, told := boolean(c.body["startFromHead"])
		latest = told && !latest
		sorted(all, func(a, b map[string]any) bool {
			if x, y := a["timestamp"].(int64), b["timestamp"].(int64); x != y {
				return x < y != latest
			}
			return text(a["eventId"]) < text(b["eventId"])
		})
		limit, ok := number(text(c.body["limit"]), 10000)
		if !ok {
			return nil, invalid(c.svc, "1 validation error detected: Value '%s' at 'limit' failed to satisfy constraint: Member must have value between 1 and 10000", text(c.body["limit"]))
		}
		cut, token, err := page(c, all, text(c.body["nextToken"]), limit, 10000, 10000)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"events": append([]map[string]any{}, cut...), "searchedLogStreams": []any{}}
		if token != "" {
			out["nextToken"] = token
		}
		return out, nil
	},
}

// optionalTerms reads a pattern of terms with a question mark before them, in quotes where they hold spaces.
func optionalTerms(pattern string) (terms []string, ok bool) {
	for rest := strings.TrimSpace(pattern); rest != ""; rest = strings.TrimSpace(rest) {
		var term string
		if rest, ok = strings.CutPrefix(rest, "?"); !ok {
			return nil, false
		}
		if quoted, has := strings.CutPrefix(rest, `"`); has {
			if term, rest, ok = strings.Cut(quoted, `"`); !ok {
				return nil, false
			}
		} else {
			term, rest, _ = strings.Cut(rest, " ")
		}
		terms = append(terms, term)
	}
	return terms, true
}

func holdsOne(message string, terms []string) bool {
	for _, term := range terms {
		if strings.Contains(message, term) {
			return true
		}
	}
	return len(terms) == 0
}
