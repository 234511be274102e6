package need

import "permprobe/shared/fact"

// sampleStream stands for the log streams that Lambda creates. IAM decides a concrete name, so a policy
// that names streams by pattern is met as a real stream would meet it.
const sampleStream = "2026/01/01/[$LATEST]0a1b2c3d4e5f60718293a4b5c6d7e8f9"

// logs are the permissions to write the function's log. CreateLogGroup is needed only where nobody has
// created the group.
//
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
func logs(account fact.Account, function *fact.Function) []Need {
	group := LogGroupARN(account, function.LogGroup)
	base := Need{
		Kind: Identity, Purpose: Logs, Level: Required,
		Function: function.Ref(),
		Role:     function.Role,
		Context:  map[string][]string{sourceFunction: {function.ARN}},
		Grant:    group + ":*",
		Managed:  "service-role/AWSLambdaBasicExecutionRole",
	}
	// AWS decides the creation of a group on the group's ARN with an empty stream behind it.
	create := base.on("logs:CreateLogGroup", group+":log-stream:")
	create.Level = WhenGroupMissing
	return []Need{
		base.on("logs:CreateLogStream", group+":log-stream:"+sampleStream),
		base.on("logs:PutLogEvents", group+":log-stream:"+sampleStream),
		create,
	}
}

// LogGroupARN is the ARN of a log group without the ":*" that policies put behind it.
func LogGroupARN(account fact.Account, group string) string {
	return fact.ARN{
		Partition: account.Partition, Service: "logs", Region: account.Region, Account: account.ID,
		Resource: "log-group:" + group,
	}.String()
}
