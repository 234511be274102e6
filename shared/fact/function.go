package fact

import (
	"time"

	"permprobe/shared/iampolicy"
)

// Function is what the configuration of a function says about permissions. Environment variables,
// descriptions and other free text are left out.
type Function struct {
	// ARN is the unqualified ARN.
	ARN  string
	Name string
	// Role is the ARN of the execution role of $LATEST.
	Role string
	// LogGroup is the name of the log group that the function writes to.
	LogGroup string
	// Timeout is how long an invocation may take; zero where that is not known.
	Timeout time.Duration
	// DeadLetter is the ARN of the dead-letter queue or topic; empty where there is none. It is that of every
	// version, too.
	DeadLetter string
	// Network is how the function reaches a VPC.
	Network Network
	// Tracing is the mode of X-Ray tracing: Active, PassThrough, or empty where there is none.
	Tracing string
	// Configuration tells one configuration of the function from another; empty where nothing does.
	Configuration string
	// FileSystems are the ARNs of the access points that the function mounts.
	FileSystems []string
	// Layers are the ARNs of the versions of its layers.
	Layers []string
	// Durable tells that its executions are durable, and DurableKey is the ARN of the key for their state; empty where
	// AWS's own key is used.
	Durable    bool
	DurableKey string
	// Key is the ARN of the customer's key for the environment; empty where AWS's own key is used.
	Key string
	// Variables tells that the environment holds variables, of which nothing else is kept here.
	Variables bool
	// Image tells that the code is a container image, and Repository is the ARN of its repository; empty where it is not
	// known: only lambda:GetFunction shows it, or a template.
	Image      bool
	Repository string
}

// Network is how a function reaches a VPC.
type Network struct {
	// Attached tells that Lambda makes network interfaces for the function with its role. It does not for
	// functions on a capacity provider, which has the network and a role of its own.
	Attached bool
	// Provided tells that the function is on a capacity provider, and Provider is its ARN; empty where it is not known.
	Provided bool
	Provider string
	// VPC is the id of the VPC; empty where it is not known.
	VPC string
	// Subnets and SecurityGroups are their ids, sorted, with commas between them.
	Subnets, SecurityGroups string
	// Open says why it is not known whether the function is attached; zero where it is.
	Open Unread
}

// TracingActive is the mode in which Lambda itself records traces.
const TracingActive = "Active"

// Ref names the function without a qualifier.
func (f Function) Ref() FunctionRef { return FunctionRef{ARN: f.ARN} }

// Role is an IAM role as GetAccountAuthorizationDetails shows it.
type Role struct {
	ARN string
	// ID is the role's unique id (AROA…), which changes when a role is deleted and created again.
	ID string
	// Trust is the role's trust policy; unread where the document could not be understood.
	Trust Read[*iampolicy.Policy]
	// TrustJSON is the trust policy's text, for evidence.
	TrustJSON string
	// Policies are the inline and attached permission policies. A policy that could not be read makes the
	// whole list unread, because any of them may grant or deny.
	Policies Read[[]*iampolicy.Policy]
	// Boundary is the permissions boundary; absent where the role has none.
	Boundary Read[*iampolicy.Policy]
	// Created is when the role was made; zero where that is not known.
	Created time.Time
	// Changes are when its managed policies and its boundary got their present text. Inline policies, the trust policy and
	// what is attached carry no dates.
	Changes []Change
}

// Change is when a managed policy got its present text.
type Change struct {
	// Policy is the ARN.
	Policy string
	Time   time.Time
}

// ResourcePolicy is a resource-based policy.
type ResourcePolicy struct {
	Policy *iampolicy.Policy
	// JSON is the policy's text, for evidence.
	JSON string
}

// LogGroup is a log group that exists.
type LogGroup struct{ Name string }
