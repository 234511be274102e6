package collect

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// environment holds the values of functions' environment variables, by the functions' ARNs, until they are reduced to the
// resources that they name. It never leaves this package.
type environment struct {
	mu     sync.Mutex
	values map[string][]string
}

func newEnvironment() *environment { return &environment{values: map[string][]string{}} }

// mostValue is longer than any ARN or queue URL.
const mostValue = 1024

// keep takes over what may name a resource: other values are dropped at once.
func (e *environment) keep(f *types.FunctionConfiguration) {
	if f.Environment == nil {
		return
	}
	function := functionARN(f)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, value := range f.Environment.Variables {
		if len(value) <= mostValue && mayName.MatchString(value) {
			e.values[function] = append(e.values[function], value)
		}
	}
}

var (
	// mayName is the characters of names, ARNs and queue URLs.
	mayName = regexp.MustCompile(`^[a-zA-Z0-9/][a-zA-Z0-9_.:/+=,@-]*$`)
	// resourceARN is an ARN of the kinds that environment variables name, without wildcards.
	resourceARN = regexp.MustCompile(`^arn:aws[a-z-]*:(s3|sqs|sns|dynamodb|kinesis|firehose|secretsmanager|ssm|kms|lambda|states|events|ecr|es|kafka|ses):([a-z0-9-]*):([0-9]{12})?:[a-zA-Z0-9_./:+=,@-]+$`)
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
	queueURL = regexp.MustCompile(`^https://sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([0-9]{12})/([a-zA-Z0-9_-]{1,80}(?:\.fifo)?)$`)
)

// named reduces the values to the ARNs of resources that they name, for every function: an ARN, a queue's URL, or the
// name of a resource that a policy of the function's role names, too. Nothing else of a value is kept.
func (e *environment) named(account fact.Account, facts *fact.Facts) {
	granted := map[string]map[string]string{} // ARNs by name, by role
	for i := range facts.Functions {
		function := &facts.Functions[i]
		values := e.values[function.ARN]
		if len(values) == 0 {
			continue
		}
		names, done := granted[function.Role]
		if !done {
			names = grantedNames(facts, function.Role)
			granted[function.Role] = names
		}
		for _, value := range values {
			arn := names[value]
			if m := queueURL.FindStringSubmatch(value); m != nil {
				arn = fact.ARN{Partition: account.Partition, Service: "sqs", Region: m[1], Account: m[2], Resource: m[3]}.String()
			} else if resourceARN.MatchString(value) {
				arn = value
			}
			if arn != "" && !slices.Contains(facts.Named[function.ARN], arn) {
				facts.Named[function.ARN] = append(facts.Named[function.ARN], arn)
			}
		}
		slices.Sort(facts.Named[function.ARN])
	}
}

// grantedNames are the names of the resources that the policies of a role name literally, with their ARNs.
func grantedNames(facts *fact.Facts, arn string) map[string]string {
	names := map[string]string{}
	role, _ := facts.Roles[arn].Value()
	policies, _ := role.Policies.Value()
	for _, policy := range policies {
		for _, statement := range policy.Statements() {
			if statement.Effect() != iampolicy.Allow {
				continue
			}
			for _, resource := range statement.Resources() {
				if name, base := nameOf(resource); name != "" {
					names[name] = base
				}
			}
		}
	}
	return names
}

// nameOf is the name by which code calls the resource of a policy, with its ARN; empty where the policy leaves the name open.
func nameOf(resource string) (name, arn string) {
	parsed, err := fact.ParseARN(resource)
	if err != nil || strings.ContainsAny(parsed.Service+parsed.Region+parsed.Account, "*?") {
		return "", ""
	}
	name = parsed.Resource
	switch parsed.Service {
	case "s3":
		name, _, _ = strings.Cut(name, "/")
		parsed.Resource = name
	case "dynamodb", "kinesis", "firehose", "events":
		kind, rest, _ := strings.Cut(name, "/")
		name, _, _ = strings.Cut(rest, "/")
		parsed.Resource = kind + "/" + name
	case "lambda", "states":
		_, name, _ = strings.Cut(name, ":")
	case "ssm":
		name = strings.TrimPrefix(name, "parameter")
	case "sqs", "sns":
	default:
		return "", ""
	}
	// A name this short is a word that means something else.
	if len(name) < 3 || strings.ContainsAny(name, "*?") {
		return "", ""
	}
	return name, parsed.String()
}

// functionARN is the unqualified ARN of a function.
func functionARN(f *types.FunctionConfiguration) string {
	arn := aws.ToString(f.FunctionArn)
	// ListFunctions gives unqualified ARNs; a qualifier would make one function two.
	if ref, err := fact.ParseFunctionARN(arn); err == nil {
		return ref.ARN
	}
	return arn
}
