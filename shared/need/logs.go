package need

import "permprobe/shared/fact"

// sampleStream stands for the log streams that Lambda creates. IAM decides a concrete name, so a policy
// that names streams by pattern is met as a real stream would meet it.
const sampleStream = "2026/01/01/[$LATEST]0a1b2c3d4e5f60718293a4b5c6d7e8f9"

// logsRow are the permissions to write the function's log. CreateLogGroup is needed only where nobody has
// created the group; AWS decides it on the group's ARN with an empty stream behind it.
func logsRow() Row {
	const page, managed = docs + "monitoring-cloudwatchlogs-loggroups.html", "service-role/AWSLambdaBasicExecutionRole"
	on := func(stream string) func(*subject) []target {
		return func(s *subject) []target {
			group := LogGroupARN(s.account, s.function.LogGroup)
			return []target{{resource: group + ":log-stream:" + stream, grant: group + ":*", keys: byCode(s)}}
		}
	}
	return Row{ID: "cloudwatch_logs", Name: "log", Purpose: Logs, Signal: "every function; `LoggingConfig.LogGroup`", Rules: []Rule{
		{Level: Required, Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: "the log group, with `:*` behind its ARN",
			Why: "Lambda writes the log as the role", Page: page, Managed: managed, on: on(sampleStream)},
		{Level: WhenGroupMissing, Actions: []string{"logs:CreateLogGroup"}, Resource: "the log group", When: "nobody has created it",
			Why: "Lambda creates the group when the function first runs", Page: page, Managed: managed, on: on("")},
	}}
}

// LogGroupARN is the ARN of a log group without the ":*" that policies put behind it.
func LogGroupARN(account fact.Account, group string) string {
	return fact.ARN{
		Partition: account.Partition, Service: "logs", Region: account.Region, Account: account.ID,
		Resource: "log-group:" + group,
	}.String()
}
