package collect

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Change is an event of CloudTrail that changed who may do what. Of its request nothing else is kept.
type Change struct {
	At time.Time
	// ID is the event's, and Event its name without the version that Lambda puts behind it.
	ID, Event string
	// By is the ARN of who made it, or the service that did for somebody; empty where the record does not say.
	By string
	// From is the address from which it was made, or the service that made it; empty where the record says neither. With is
	// the kind of client, in words.
	From, With string
	// Policy is the inline policy's name, the managed policy's ARN or the statement's id that it is about; empty for none.
	Policy string
	// Document is the policy, or the statement of a function's policy, that it wrote; empty where it wrote none.
	Document string
	// Version is the version of a managed policy that it made or made the default, and Default whether it is the default
	// since.
	Version string
	Default bool
	// Function is the name of the function whose configuration it wrote, and Sets what of that bears on permissions, each as
	// an ARN, an id or a word of AWS's: one that it left alone is not there. Whole tells that what is not there is not set
	// either, as of a function that was made.
	Function string
	Sets     map[Setting]string
	Whole    bool
}

// Setting is a part of a function's configuration that bears on permissions.
type Setting string

// The settings.
const (
	SetRole        Setting = "role"
	SetNetwork     Setting = "VPC"
	SetKey         Setting = "key of the environment"
	SetDeadLetter  Setting = "dead-letter target"
	SetTracing     Setting = "tracing"
	SetFileSystems Setting = "file systems"
)

// Subject is what changes are looked for of: the name by which events name it, and whether these are where global events
// are.
type Subject struct {
	Name   string
	Global bool
}

// narrowing are the events that may take a permission away or make it narrower, by their names without versions.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
// https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
var narrowing = []string{
	"PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary", "DeleteRole",
	"CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion",
	"AddPermission", "RemovePermission", "PutResourcePolicy", "DeleteResourcePolicy", "CreateFunction", "UpdateFunctionConfiguration", "UpdateAlias",
	"PutKeyPolicy", "RetireGrant", "RevokeGrant", "DisableKey", "ScheduleKeyDeletion",
	"PutBucketPolicy", "DeleteBucketPolicy", "PutBucketPublicAccessBlock", "SetQueueAttributes", "SetTopicAttributes",
}

// eventVersion is what Lambda puts behind the names of its events: RemovePermission20150331v2.
var eventVersion = regexp.MustCompile(`[0-9]{8}(v[0-9]+)?$`)

// change keeps who changed what from where, and what was written.
func (e *trailEvent) change() Change {
	var request struct {
		PolicyName, PolicyARN, PolicyDocument, VersionID, StatementID string
		SetAsDefault                                                  bool
		Policy                                                        json.RawMessage
		BucketPolicy                                                  json.RawMessage
		PermissionsBoundary                                           string
		Attributes                                                    map[string]json.RawMessage
		AttributeName, AttributeValue                                 string
	}
	var response struct {
		Statement     string
		PolicyVersion struct {
			VersionID        string
			IsDefaultVersion bool
		}
		Policy json.RawMessage
	}
	// What is not understood of a request or an answer is not known. Names of fields differ in case alone.
	_ = json.Unmarshal(e.record.RequestParameters, &request)
	_ = json.Unmarshal(e.record.ResponseElements, &response)
	who := &e.record.UserIdentity
	out := Change{
		At: e.at, ID: e.id, Event: eventVersion.ReplaceAllString(e.record.EventName, ""), By: cmp.Or(who.ARN, who.InvokedBy, who.PrincipalID),
		From: place(e.record.SourceIPAddress), With: client(e.record.SourceIPAddress, e.record.UserAgent),
		Policy: cmp.Or(request.PolicyARN, request.PermissionsBoundary, request.PolicyName, request.StatementID),
	}
	switch out.Event {
	case "PutRolePolicy", "UpdateAssumeRolePolicy":
		out.Document = request.PolicyDocument
	case "CreatePolicy":
		out.Document, out.Version, out.Default = request.PolicyDocument, "v1", true
		var made struct{ ARN string }
		if json.Unmarshal(response.Policy, &made) == nil && made.ARN != "" {
			out.Policy = made.ARN
		}
	case "CreatePolicyVersion":
		out.Document, out.Version, out.Default = request.PolicyDocument, response.PolicyVersion.VersionID, request.SetAsDefault || response.PolicyVersion.IsDefaultVersion
	case "SetDefaultPolicyVersion":
		out.Version, out.Default = request.VersionID, true
	case "AddPermission":
		out.Document = response.Statement
	case "PutKeyPolicy", "PutResourcePolicy":
		out.Document = textOf(request.Policy)
	case "PutBucketPolicy":
		out.Document = textOf(request.BucketPolicy)
	case "SetQueueAttributes":
		out.Document = textOf(request.Attributes["Policy"])
	case "SetTopicAttributes":
		if request.AttributeName == "Policy" {
			out.Document = request.AttributeValue
		}
	case "CreateFunction", "UpdateFunctionConfiguration":
		out.Function, out.Sets = configured(e.record.RequestParameters)
		out.Whole = out.Event == "CreateFunction"
	}
	if plain, err := url.PathUnescape(out.Document); err == nil && strings.HasPrefix(strings.TrimSpace(plain), "{") {
		out.Document = plain
	}
	if !json.Valid([]byte(out.Document)) {
		out.Document = "" // left out by CloudTrail, or cut
	}
	return out
}

// textOf is a policy that a record holds as text or as an object.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

var serviceName = regexp.MustCompile(`^[a-z0-9.-]{1,64}\.(amazonaws\.com(\.cn)?|aws\.internal)$`)

// place is an address or a service, and nothing else that a record may hold there.
func place(source string) string {
	if _, err := netip.ParseAddr(source); err == nil || serviceName.MatchString(source) || source == "AWS Internal" {
		return source
	}
	return ""
}

// client is the kind of client that a record names. The text itself is free, and stays here.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func client(source, agent string) string {
	agent = strings.ToLower(agent)
	for _, kind := range []struct{ holds, name string }{
		{"terraform", "Terraform"}, {"pulumi", "Pulumi"}, {"aws-cdk", "the AWS CDK"}, {"cloudformation", "CloudFormation"}, {"aws-cli", "the AWS CLI"}, {"aws-sam", "the SAM CLI"},
		{"console.amazonaws.com", "the console"}, {"signin.amazonaws.com", "the console"}, {"aws internal", "a service of AWS"}, {"mozilla", "the console"},
		{"boto3", "an SDK (Python)"}, {"botocore", "an SDK (Python)"}, {"aws-sdk-go", "an SDK (Go)"}, {"aws-sdk-java", "an SDK (Java)"}, {"aws-sdk-js", "an SDK (JavaScript)"},
	} {
		if strings.Contains(agent, kind.holds) || kind.name == "CloudFormation" && strings.HasPrefix(source, "cloudformation.") {
			return kind.name
		}
	}
	if serviceName.MatchString(source) {
		return "a service of AWS"
	}
	return "another client"
}
