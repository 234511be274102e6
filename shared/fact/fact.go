// Package fact holds what is known about an account's functions, roles, triggers and targets, and what
// could not be read. It is filled by package collect and never calls AWS itself.
package fact

import (
	"fmt"
	"time"
)

// Account says where the facts come from.
type Account struct {
	// Partition is aws, aws-cn, aws-us-gov, …
	Partition string
	// ID is the account's twelve digits.
	ID     string
	Region string
}

// Unread is why something is not known. It becomes a gap in the report.
type Unread struct {
	// Operation is the SDK operation that did not answer, for example "lambda:GetPolicy"; empty when
	// nothing was asked.
	Operation string
	// Permission and Resource are the IAM action and ARN that the probe lacks, where that is why.
	Permission, Resource string
	// Reason is one sentence for people.
	Reason string
	// Elsewhere is true where templates stand for the account and none of them holds what was asked for: it may be there
	// all the same.
	Elsewhere bool
	// OutOfTime is true where the end of the run is why: another run may know it.
	OutOfTime bool
}

// IsZero tells whether u says nothing.
func (u Unread) IsZero() bool { return u == Unread{} }

func (u Unread) String() string {
	if u.Permission != "" {
		return fmt.Sprintf("%s (missing %s on %s)", u.Reason, u.Permission, u.Resource)
	}
	return u.Reason
}

type state uint8

const (
	stateUnread state = iota // the zero value must never pass for known or absent
	stateKnown
	stateAbsent
)

// Read is something that was asked of AWS: its value, its proven absence, or the reason why neither is
// known. The zero value is unread.
type Read[T any] struct {
	value  T
	unread Unread
	state  state
}

// Known is a value that AWS returned.
func Known[T any](value T) Read[T] { return Read[T]{value: value, state: stateKnown} }

// Absent is what AWS said does not exist, by a specific not-found code.
func Absent[T any]() Read[T] { return Read[T]{state: stateAbsent} }

// NotRead is what could not be read.
func NotRead[T any](why Unread) Read[T] { return Read[T]{unread: why} }

// Value is the value, and whether it is known.
func (r Read[T]) Value() (T, bool) { return r.value, r.state == stateKnown }

// IsAbsent tells whether AWS said that there is none.
func (r Read[T]) IsAbsent() bool { return r.state == stateAbsent }

// Unread is why nothing is known; false when something is.
func (r Read[T]) Unread() (Unread, bool) {
	if r.state != stateUnread {
		return Unread{}, false
	}
	if r.unread.IsZero() {
		return Unread{Reason: "it was not read"}, true
	}
	return r.unread, true
}

// Facts is everything that one run knows of one account and region.
type Facts struct {
	Account Account
	// Time is when the facts were read; conditions on the time of a call are decided for it.
	Time time.Time
	// Functions are in the order in which the run works: sorted by ARN, beginning anywhere and going round.
	Functions []Function
	// Listed is how many functions the account has in the Region, whether they are looked at or not. It counts those that
	// are known where the listing is incomplete.
	Listed int
	// Roles holds an entry for every role that a function runs as, by ARN.
	Roles map[string]Read[Role]
	// Running are the roles that the functions of the region run as, selected or not; nil where some may be missing.
	Running map[string]bool
	// Runners counts the functions of the region that run as each of those roles; nil where some may be missing.
	Runners map[string]int
	// Existing are the ARNs of all that there is in the account and Region, sorted, by service (lambda: functions, iam:
	// roles); a service of which some may be missing has no entry.
	Existing map[string][]string
	// Seen are the ARNs of resources that listings made for other reasons showed to exist, sorted: buckets, secrets, topics
	// with subscriptions, polled queues and streams, and, where templates stand for the account, all that they hold. Of no
	// service they need to be all.
	Seen []string
	// MadeUp are, where templates stand for the account, the ARNs of what CloudFormation names, as far as the name, with what it
	// would name it in the place: STACK-LOGICALID- and an open end. Nil elsewhere.
	MadeUp map[string]string
	// APIs are the account's APIs of API Gateway by id, as far as they were listed, each with its policy and with what its
	// methods ask of callers; nil where they were not.
	APIs map[string]Read[API]
	// Spare are the roles whose trust policies name Lambda and that no function of the region runs as, sorted by ARN;
	// none where it is not known which roles functions run as.
	Spare []Role
	// Triggers are sorted by function, kind and source.
	Triggers []Trigger
	// Policies holds the resource-based policy of every function that is looked at, of every
	// qualifier that a trigger calls, and of the aliases of functions that a trigger may not call.
	Policies map[FunctionRef]Read[ResourcePolicy]
	// LogGroups holds, for log groups that were asked for, whether they exist, by name.
	LogGroups map[string]Read[LogGroup]
	// Mappings are those of the functions, sorted by function, source and id.
	Mappings []Mapping
	// VersionRoles holds the ARNs of the roles that a version or alias runs as, for those that something calls and those
	// that a mapping or a destination belongs to: a version keeps the role that it was published with, and an alias that
	// shifts traffic runs two versions. The first is that of the version that the alias names.
	VersionRoles map[FunctionRef]Read[[]string]
	// VersionStates holds those of the same versions and aliases of which Lambda gives a code why they do not run.
	VersionStates map[FunctionRef]State
	// Destinations holds where the asynchronous invocations of every function report to, by the function's
	// ARN, sorted by qualifier and name.
	Destinations map[string]Read[[]Destination]
	// URLs are the functions, by ARN, whose URLs are all among the triggers; none where they are not read.
	URLs map[string]bool
	// Sources are the kinds of triggers with how far they were read; empty where there is no function to look at.
	Sources []Source
	// Named are the ARNs of resources that environment variables of functions name, sorted, by the function's ARN; of the
	// variables nothing else is kept.
	Named map[string][]string
	// Tagged are the ARNs of the functions that carry tags which a declaration asks for, by TagsKey.
	Tagged map[string]Read[map[string]bool]
	// Targets holds the resources with policies of their own that needs are calls on, by ARN; absent where there is no
	// such resource.
	Targets map[string]Read[Target]
	// Organization is the id of the organization that the account belongs to; absent where it belongs to none. It is read
	// only where a decision depends on it.
	Organization Read[string]
	// Origins holds, for sources that function policies name and no trigger shows, whether they exist, by ARN.
	Origins map[string]Read[Origin]
	// HolderKeys holds the KMS keys that encrypt DynamoDB tables and streams of Kinesis, and with them what a table's stream
	// and a stream's consumers give out, by the ARNs of the tables and streams (Target.Holder), as the services name the keys;
	// empty where there is none but the service's own.
	HolderKeys map[string]Read[string]
	// AccessPoints holds the ARNs of the file systems that access points of EFS belong to, by the access points' ARNs.
	AccessPoints map[string]Read[string]
	// KeyAliases holds the ARNs of the keys that aliases stand for, by the aliases' ARNs.
	KeyAliases map[string]Read[string]
	// States holds whether Lambda can start the functions whose configuration makes that doubtful (Function.Stateful), by
	// ARN, and perhaps others.
	States map[string]Read[State]
	// TargetStacks are the names of the stacks that own called resources which refuse calls, by ARN.
	TargetStacks map[string]string
	// Stacks are the names of the stacks that own functions, by ARN; empty where no fix asked for them.
	Stacks map[string]string
	// SAM and CDK tell of which functions, by ARN, a stack's template was made so: of SAM by the tag that it sets, of the CDK
	// by the form of the logical id.
	SAM, CDK map[string]bool
	// Terraform tells of which functions, by ARN, the tags say that Terraform manages them.
	Terraform map[string]bool
	// Aliases are the aliases of functions whose deployment is asked about, by the function's ARN.
	Aliases map[string]Read[[]FunctionRef]
	// Owners are the owners of functions, by ARN, as the tag says that is asked for; absent functions have none.
	Owners Read[map[string]string]
	// Unread is what could not be read at all: a listing, or an API's routes.
	Unread []Incomplete
}

// Incomplete is a part of the account that could not be read, with the checks that it leaves undecided.
type Incomplete struct {
	Unread Unread
	// Kind of the facts that are missing.
	Kind Kind
	// Function is the ARN of the function concerned; empty when it may be any.
	Function string
}

// Kind names a kind of fact, so that a check can say which ones it needs.
type Kind string

// The kinds of facts.
const (
	KindFunctions    Kind = "functions"
	KindRoles        Kind = "roles"
	KindPolicies     Kind = "function policies"
	KindVersions     Kind = "versions"
	KindMappings     Kind = "event source mappings"
	KindDestinations Kind = "destinations"
	KindLogGroups    Kind = "log groups"
	KindDecisions    Kind = "simulator answers"
)
