package lint

import (
	"fmt"
	"strings"

	"permprobe/shared/authref"
)

const actionPage = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"

func actionSyntax() rule {
	return rule{
		id: "action-syntax", title: "An action is not SERVICE:ACTION.", page: actionPage,
		statement: func(s *statement) {
			for _, a := range s.actions {
				if a.all || a.unknown {
					continue
				}
				switch {
				case !strings.Contains(a.text, ":"):
					s.report(Problem{
						Confidence: s.certainIf(true), Element: "Action", Value: a.text,
						Why: fmt.Sprintf("%q names no service, so no request has this action", a.text),
						Do:  "write the action as SERVICE:ACTION", Replace: withService(s, a.text),
					})
				case strings.ContainsAny(a.prefix, "*?"):
					s.report(Problem{
						Confidence: s.certainIf(true), Element: "Action", Value: a.text,
						Why: fmt.Sprintf("the service of %q is a wildcard, which IAM does not allow before the colon", a.text),
						Do:  "list the services one by one",
					})
				case strings.TrimSpace(a.text) != a.text || strings.ContainsAny(a.text, ", "):
					s.report(Problem{
						Confidence: s.certainIf(true), Element: "Action", Value: a.text,
						Why: fmt.Sprintf("%q holds a space or a comma; IAM compares it as it is", a.text),
						Do:  "write each action as a value of its own",
					})
				}
			}
		},
	}
}

// withService completes an action without a service if the statement's
// resources are all of one service that has this action.
func withService(s *statement, name string) []string {
	service := ""
	for _, r := range s.resources {
		if r.service() == "" || service != "" && r.service() != service {
			return nil
		}
		service = r.service()
	}
	if known, ok := authref.Lookup(service + ":" + name); ok {
		return []string{known.String()}
	}
	return nil
}

// apiNames are operations of APIs and SDKs that are no IAM actions, and the
// actions that authorize them.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html,
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html,
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-prereq.html.
var apiNames = map[string][]string{
	"lambda:invoke":                         {"lambda:InvokeFunction"},
	"lambda:invokewithresponsestream":       {"lambda:InvokeFunction"},
	"s3:headobject":                         {"s3:GetObject"},
	"s3:headbucket":                         {"s3:ListBucket"},
	"s3:listobjects":                        {"s3:ListBucket"},
	"s3:listobjectsv2":                      {"s3:ListBucket"},
	"s3:listbuckets":                        {"s3:ListAllMyBuckets"},
	"s3:deleteobjects":                      {"s3:DeleteObject"},
	"s3:copyobject":                         {"s3:GetObject", "s3:PutObject"},
	"s3:uploadpart":                         {"s3:PutObject"},
	"s3:createmultipartupload":              {"s3:PutObject"},
	"s3:getbucketencryption":                {"s3:GetEncryptionConfiguration"},
	"s3:putbucketencryption":                {"s3:PutEncryptionConfiguration"},
	"s3:getbucketlifecycleconfiguration":    {"s3:GetLifecycleConfiguration"},
	"s3:getbucketnotificationconfiguration": {"s3:GetBucketNotification"},
	"s3:putbucketnotificationconfiguration": {"s3:PutBucketNotification"},
	"dynamodb:transactwriteitems":           {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"},
	"dynamodb:transactgetitems":             {"dynamodb:GetItem"},
	"sqs:sendmessagebatch":                  {"sqs:SendMessage"},
	"sqs:deletemessagebatch":                {"sqs:DeleteMessage"},
	"sqs:changemessagevisibilitybatch":      {"sqs:ChangeMessageVisibility"},
	"sns:publishbatch":                      {"sns:Publish"},
	"kafka:produce":                         {"kafka-cluster:WriteData"},
	"bedrock:converse":                      {"bedrock:InvokeModel"},
	"bedrock:conversestream":                {"bedrock:InvokeModelWithResponseStream"},
	"logs:putlogevent":                      {"logs:PutLogEvents"},
	"dynamodb:executestatement":             {"dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"},
	"secretsmanager:getsecret":              {"secretsmanager:GetSecretValue"},
	"ssm:getparameterbypath":                {"ssm:GetParametersByPath"},
	"events:putevent":                       {"events:PutEvents"},
	"apigateway:posttoconnection":           {"execute-api:ManageConnections"},
	"execute-api:posttoconnection":          {"execute-api:ManageConnections"},
	"cloudwatch:putmetrics":                 {"cloudwatch:PutMetricData"},
	"xray:puttracesegment":                  {"xray:PutTraceSegments"},
}

// growing are services whose actions come faster than the reference, or that
// keep undocumented ones: an unknown name there is never certain.
func growing(prefix string) bool {
	return prefix == "lambda" || strings.HasPrefix(prefix, "s3") || strings.HasPrefix(prefix, "bedrock") || prefix == "ec2" || prefix == "sagemaker"
}

// retired are actions that old default policies of AWS still hold and the
// reference has dropped.
var retired = map[string]bool{"sns:receive": true}

func actionUnknown() rule {
	return rule{
		id: "action-unknown", title: "An action does not exist.",
		page: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
		statement: func(s *statement) {
			for _, a := range s.actions {
				if a.all || a.unknown || len(a.known) > 0 || strings.ContainsAny(a.prefix, "*? ,") || a.name == "" || retired[strings.ToLower(a.text)] {
					continue
				}
				service, ok := authref.Service(a.prefix)
				if !ok {
					if _, ok := apiNames[strings.ToLower(a.text)]; !ok {
						continue
					}
				}
				p := Problem{Confidence: Hint, Element: "Action", Value: a.text, Actions: []string{a.text}}
				if right, ok := apiNames[strings.ToLower(a.text)]; ok {
					// Beside the right action the wrong one is only idle.
					p.Confidence, p.Replace = s.certainIf(!s.doc.allowAll(right)), right
					p.Why = fmt.Sprintf("%s is the name of an API operation or a slip, and no IAM action", a.text)
					p.Do = fmt.Sprintf("allow %s, which authorizes it", words(right))
					s.report(p)
					continue
				}
				p.Why = fmt.Sprintf("the reference of %s lists no action that %s covers", lastWord(authref.Version()), a.text)
				p.Do = "check the name in the service's list of actions"
				if !a.wild {
					name, far := nearestAction(service, a.name)
					if far <= 2 {
						p.Why += fmt.Sprintf("; the nearest is %s:%s", service.Prefix(), name)
						p.Do = fmt.Sprintf("write %s:%s if that is meant", service.Prefix(), name)
						p.Replace = []string{service.Prefix() + ":" + name}
						// A slip of the pen is not a new action, which would differ by a plural or a number.
						p.Confidence = s.certainIf(!growing(a.prefix) && !sameButEnding(a.name, name))
					}
				}
				s.report(p)
			}
		},
	}
}

// allowAll reports whether the policy's Allow statements cover all the actions.
func (d *document) allowAll(actions []string) bool {
	for _, a := range actions {
		if !d.allows(a) {
			return false
		}
	}
	return true
}

func lastWord(text string) string { return text[strings.LastIndexByte(text, ' ')+1:] }

// sameButEnding reports whether two names differ at their end only, as a plural
// or a new version of an operation does.
func sameButEnding(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

func nearestAction(service *authref.ServiceInfo, name string) (string, int) {
	best, least := "", len(name)
	for _, a := range service.Actions() {
		if d := distance(strings.ToLower(a.Name), strings.ToLower(name), least); d < least {
			best, least = a.Name, d
		}
	}
	return best, least
}

// otherPrefixes are names that people give to services, and their IAM prefixes.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
var otherPrefixes = map[string]string{
	"eventbridge": "events", "cloudwatchevents": "events", "cloudwatchlogs": "logs", "cloudwatch-logs": "logs", "stepfunctions": "states",
	"step-functions": "states", "sfn": "states", "dynamodbstreams": "dynamodb", "dynamodb-streams": "dynamodb", "secretmanager": "secretsmanager",
	"secrets-manager": "secretsmanager", "secretmanagers": "secretsmanager", "cognito": "cognito-idp", "msk": "kafka", "opensearch": "es",
	"elasticsearch": "es", "efs": "elasticfilesystem", "apigatewayv2": "apigateway", "elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing",
	"parameterstore": "ssm", "x-ray": "xray", "kinesisfirehose": "firehose", "kinesis-firehose": "firehose", "bedrock-runtime": "bedrock",
	"rdsdata": "rds-data", "eventbridgescheduler": "scheduler", "sesv2": "ses", "amazons3": "s3",
}

func serviceUnknown() rule {
	return rule{
		id: "service-unknown", title: "An action's service prefix does not exist.", page: actionPage,
		statement: func(s *statement) {
			for _, a := range s.actions {
				if a.all || a.unknown || a.prefix == "" || a.name == "" || len(a.known) > 0 || strings.ContainsAny(a.prefix, "*? ,") {
					continue
				}
				if _, ok := authref.Service(a.prefix); ok {
					continue
				}
				if _, ok := apiNames[strings.ToLower(a.text)]; ok {
					continue
				}
				p := Problem{
					Confidence: Hint,
					Element:    "Action", Value: a.text, Actions: []string{a.text},
					Why: fmt.Sprintf("the reference of %s knows no service with the prefix %q", lastWord(authref.Version()), a.prefix),
					Do:  "take the prefix from the service's list of actions",
				}
				right, slip := otherPrefixes[a.prefix]
				if !slip {
					right, slip = nearestService(a.prefix)
				}
				if slip {
					full := right + ":" + a.name
					if known, ok := authref.Lookup(full); ok {
						full = known.String()
					}
					if len(authref.ExpandAction(full)) > 0 {
						p.Why = fmt.Sprintf("IAM knows no service with the prefix %q; this one's is %q", a.prefix, right)
						p.Do, p.Replace = fmt.Sprintf("write %s", full), []string{full}
						p.Confidence = s.certainIf(true)
					}
				}
				s.report(p)
			}
		},
	}
}

// nearestService finds the one prefix that is a single slip away from a prefix
// that is long enough for this to mean something.
func nearestService(prefix string) (string, bool) {
	if len(prefix) < 5 {
		return "", false
	}
	found := ""
	for _, s := range authref.Services() {
		if distance(s, prefix, 2) <= 1 {
			if found != "" {
				return "", false
			}
			found = s
		}
	}
	return found, found != ""
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours between two texts; it gives up at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least >= limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
