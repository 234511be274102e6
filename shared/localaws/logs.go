package localaws

import (
	"regexp"
	"strings"
)

func (b *builder) logGroup() {
	home, r := b.home(), b.res
	if !once(b, home.logGroups, r.PhysicalID, "log group") {
		return
	}
	g := home.newLogGroup(r.PhysicalID)
	g["logGroupClass"] = first(text(b.prop("LogGroupClass")), "STANDARD")
	if n, ok := integer(b.prop("RetentionInDays")); ok {
		g["retentionInDays"] = n
	}
	if k := text(b.prop("KmsKeyId")); k != "" {
		g["kmsKeyId"] = k
	}
	home.logGroups[r.PhysicalID] = g
}

func (r *region) newLogGroup(name string) map[string]any {
	return map[string]any{
		"logGroupName": name, "creationTime": int64(bornEpoch) * 1000, "metricFilterCount": 0, "storedBytes": 0,
		"arn": r.arn("logs", "log-group:"+name+":*"), "logGroupArn": r.arn("logs", "log-group:"+name), "logGroupClass": "STANDARD",
	}
}

// ownLogGroup tells whether a group is that of a function of the account and Region: Lambda makes it when the function first
// writes, so that one that no template holds is not there yet.
func (c *call) ownLogGroup(name string) bool {
	if function, usual := strings.CutPrefix(name, "/aws/lambda/"); usual && c.home().functions[function] != nil {
		return true
	}
	for _, f := range c.home().functions {
		if text(object(f.conf["LoggingConfig"])["LogGroup"]) == name {
			return true
		}
	}
	return false
}

// groupIdentifier is what a log group may be asked for by: its name or its ARN.
var groupIdentifier = regexp.MustCompile(`^[\w#+=/:,.@-]+$`)

// takesGroups checks the groups that a call names, of which the templates must say whether they are there: the groups of
// functions are, or Lambda makes them, and of others nothing is known that no template holds.
func (c *call) takesGroups(names []string, besides string) error {
	if len(names) == 0 {
		return nil
	}
	if len(names) > 50 {
		return invalid(c.svc, "1 validation error detected: Value at 'logGroupIdentifiers' failed to satisfy constraint: Member must have length less than or equal to 50")
	}
	if besides != "" {
		return invalid(c.svc, "LogGroup identifiers and other filters are mutually exclusive parameters.")
	}
	for _, name := range names {
		if !groupIdentifier.MatchString(name) {
			return invalid(c.svc, "1 validation error detected: Value '%s' at 'logGroupIdentifiers' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*", name)
		}
		if arn := c.home().arn("logs", "log-group:"); strings.HasPrefix(name, "arn:") {
			name = strings.TrimPrefix(name, arn)
		}
		if c.home().logGroups[name] == nil && !c.ownLogGroup(name) && name != insightsGroup && !c.srv.gone[c.home().arn("logs", "log-group:"+name)] {
			return unknown(c.svc, "log group "+name)
		}
	}
	return nil
}

// insightsGroup is the group that the extension of Lambda Insights makes.
const insightsGroup = "/aws/lambda-insights"

// logsDescribeLogGroups lists log groups, and of those that are asked for by name what a function's policy names; it is authorized against the prefix that is asked for, with the stream part that the
// service adds.
// See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html.
var logsDescribeLogGroups = operation{
	service: "logs", name: "DescribeLogGroups", shows: []string{"logGroupNamePrefix", "logGroupNamePattern", "limit"},
	needs: func(c *call) []need {
		return []need{{action: "logs:DescribeLogGroups", resource: c.home().arn("logs", "log-group:"+text(c.body["logGroupNamePrefix"])+":log-stream:")}}
	},
	serve: func(c *call) (any, error) {
		prefix, pattern := text(c.body["logGroupNamePrefix"]), text(c.body["logGroupNamePattern"])
		if prefix != "" && pattern != "" {
			return nil, invalid(c.svc, "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
		}
		names := texts(c.body["logGroupIdentifiers"])
		if err := c.takesGroups(names, prefix+pattern+text(c.body["logGroupClass"])); err != nil {
			return nil, err
		}
		var all []any
		for _, name := range sortedKeys(c.home().logGroups) {
			g := c.home().logGroups[name]
			if c.srv.gone[text(g["logGroupArn"])] {
				continue
			}
			if !strings.HasPrefix(name, prefix) || !strings.Contains(strings.ToLower(name), strings.ToLower(pattern)) {
				continue
			}
			if len(names) > 0 && !contains(names, name) && !contains(names, text(g["logGroupArn"])) {
				continue
			}
			if class := text(c.body["logGroupClass"]); class != "" && class != g["logGroupClass"] {
				continue
			}
			all = append(all, g)
		}
		if prefix != "" {
			for _, name := range c.named("logs", "log-group:") {
				if strings.HasPrefix(name, prefix) && c.home().logGroups[name] == nil && !c.ownLogGroup(name) {
					all = append(all, c.home().newLogGroup(name))
				}
			}
		}
		limit, ok := number(text(c.body["limit"]), 50)
		if !ok {
			return nil, invalid(c.svc, "1 validation error detected: Value '%s' at 'limit' failed to satisfy constraint: Member must have value between 1 and 50", text(c.body["limit"]))
		}
		cut, token, err := page(c, all, text(c.body["nextToken"]), limit, 50, 50)
		if err != nil {
			return nil, err
		}
		out := map[string]any{"logGroups": append([]any{}, cut...)}
		if token != "" {
			out["nextToken"] = token
		}
		return out, nil
	},
}
