// Package need turns facts into needs: the permissions that must be granted for the functions to work,
// each with the reason why and the request that AWS will decide.
package need

import (
	"cmp"

	"permprobe/shared/fact"
)

// Kind says whose policy must grant a need.
type Kind uint8

// The kinds of needs.
const (
	// Trust is the role's trust policy: may the service assume the role?
	Trust Kind = iota + 1
	// Identity is the role's permissions: may the role call the action?
	Identity
	// Invoke is the function's resource-based policy: may the trigger call the function?
	Invoke
	// Exposure is the function's resource-based policy again: does it let in whom nobody wants? Such calls are
	// made for checks and are not among the needs of All.
	Exposure
	// Service is the policy of a KMS key: may the service that holds what it encrypts use it, under its own name?
	Service
	// Pull is a repository's policy: may Lambda get the function's image? None of All either.
	Pull
	// Leftover is a permission of the function's resource-based policy whose source is gone. None of All either.
	Leftover
)

// Purpose is what a need is for; checks select needs by it.
type Purpose string

// The purposes.
const (
	Start   Purpose = "start the function"
	Logs    Purpose = "write logs"
	Network Purpose = "reach its VPC"
	Traces  Purpose = "send traces"
	Poll    Purpose = "poll its event sources"
	Objects Purpose = "reach the objects of a bucket"
	Listing Purpose = "list a bucket"
	Deliver Purpose = "deliver results"
	Meant   Purpose = "do what a policy was written for"
	// Declared calls are those that users say the code makes, Optional ones those that it does without.
	Declared Purpose = "make the declared calls"
	Optional Purpose = "make the declared calls that are optional"
	// Seen calls are those that the function certainly made: they were refused.
	Seen Purpose = "make the calls that were refused"
	// Refused calls are the same in a scan, each by itself: it is remembered until it is granted.
	Refused Purpose = "make a call that was refused"
	// Inferred calls are those that its environment variables and its role's policies together speak of.
	Inferred Purpose = "use what its environment names"
	Mount    Purpose = "mount file systems"
	Image    Purpose = "get its image"
	// Features is what the function's own features call: durable executions, extensions, deployment hooks.
	Features Purpose = "run its features"
	// Deploy is what who deploys a function needs, not the function.
	Deploy Purpose = "create, update and delete functions"
	// Excess is what a role may do and nothing known needs; no need is made of it.
	Excess Purpose = "do what nothing known needs"
)

// Level tells needs that must hold from those that depend on something else.
type Level uint8

// The levels.
const (
	Required Level = iota + 1
	// WhenGroupMissing needs count only where the log group does not exist.
	WhenGroupMissing
	// Recommended permissions are AWS's advice: what needs them works without. No need is made of them.
	Recommended
)

func (l Level) String() string {
	switch l {
	case Required:
		return "required"
	case WhenGroupMissing:
		return "required while the log group is missing"
	case Recommended:
		return "recommended"
	}
	return "unknown"
}

// Need is one permission that must be granted. It is the request that AWS decides.
type Need struct {
	Kind    Kind
	Purpose Purpose
	Level   Level
	// Function is the function that fails without the permission.
	Function fact.FunctionRef
	// Role is the role concerned: assumed (Trust) or calling (Identity).
	Role string
	// Principal is the service that calls, for Trust, Invoke and Service.
	Principal string
	// Also is a second name of the principal for Invoke; a policy may name either. Empty for none.
	Also     string
	Action   string
	Resource string
	// Context holds the request keys that the call carries beyond those that every call does. A key without
	// values is one that the call certainly does not carry.
	Context map[string][]string
	// Grant is the resource that a policy names to grant the need, where that is not Resource: a pattern
	// for what Lambda names itself.
	Grant string
	// Managed is the path and name of the AWS-managed policy that grants the need; empty where there is none.
	Managed string
	// Row is the id of the row that the need was derived from, Why its reason, and Page the page of AWS's
	// documentation that says so; empty where it was not derived from one.
	Row, Why, Page string
	// Either is the same for needs of one subject of which one must be granted; empty for a need of its own.
	Either string
	// Open is Resource with what is not known about it marked, where Resource is a sample; empty where it is not.
	Open string
	// Scoped says why a grant on some resources only may be enough; empty where it is not.
	Scoped string
	// Subject says for people what the need is about, where the function has several of the kind: "dead-letter
	// queue ARN".
	Subject string
	// Presumed says why it is not known whether the need arises at all: a deny is then no fault but a gap.
	// Zero where it does arise.
	Presumed fact.Unread
	// Trigger and Route are what calls the function, for Invoke.
	Trigger *fact.Trigger
	Route   *fact.Route
	// Doubtful marks a request whose exact form AWS does not document: an allow of it alone makes the
	// route undecided rather than granted.
	Doubtful bool
	// Form names one of several forms that a request may have, where AWS does not document which keys it carries: the
	// request is allowed or denied only where every form is. Empty where there is one.
	Form string
	// Via is the ARN of the resource through which a key is used that encrypts it; empty where the need is not that.
	Via string
	// Spared says when the call works without the permission, "if the code …"; empty where it never does.
	Spared string
	// Sealed names the key, "aws/sqs", that AWS manages for a service in another account, where that encrypts what is called:
	// it lets nobody but its own account in, whatever the role may. Empty for other needs.
	Sealed string
	// Unread says why the need cannot even be stated; everything about it is then a gap.
	Unread fact.Unread
}

// Granted is the resource that a policy names to grant the need.
func (n *Need) Granted() string { return cmp.Or(n.Grant, n.Resource) }

// on is the need for one action on one resource.
func (n Need) on(action, resource string) Need {
	n.Action, n.Resource = action, resource
	return n
}

// sourceFunction is the request key by which Lambda says for which function a role calls. Calls from the
// execution environment carry it, those of Lambda's own pollers and of its network management do not.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
const sourceFunction = "lambda:SourceFunctionArn"

// OfCode returns the needs of the functions' own configuration. They follow from the functions alone, and
// they are most questions to the simulator, so they can be asked while everything else is read.
func OfCode(facts *fact.Facts) []Need {
	var needs []Need
	for i := range facts.Functions {
		needs = append(needs, ofFeatures(facts, &facts.Functions[i])...)
	}
	return needs
}

// All returns the needs of every function, in the order of the functions and then of the purposes.
func All(facts *fact.Facts) []Need {
	var needs []Need
	for i := range facts.Functions {
		function := &facts.Functions[i]
		needs = append(needs, start(facts.Account, function))
		needs = append(needs, ofFeatures(facts, function)...)
		needs = append(needs, published(facts, function)...)
		needs = append(needs, polls(facts, function)...)
		needs = append(needs, results(facts, function)...)
	}
	for i := range facts.Triggers {
		if facts.Triggers[i].Kind.IsURL() {
			needs = append(needs, byURL(facts, &facts.Triggers[i])...)
			continue
		}
		if facts.Triggers[i].Kind == fact.TriggerEdge {
			needs = append(needs, atEdge(facts, &facts.Triggers[i])...)
			continue
		}
		needs = append(needs, trigger(facts.Account, &facts.Triggers[i])...)
		needs = append(needs, sends(facts, &facts.Triggers[i])...)
	}
	return needs
}
