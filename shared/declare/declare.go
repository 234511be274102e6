// Package declare is the language in which users say what the code of a function calls: actions on resources,
// shorthands for the usual ones ("read: s3://bucket/prefix/"), and policy documents. It turns each into the
// calls that IAM decides and refuses what cannot be meant.
//
// A declaration is read before it is known in which account it will be checked, so resources hold CloudFormation's
// pseudo parameters until In fills them.
package declare

import (
	"cmp"
	"strings"
)

// The pseudo parameters that stand in resources for the account that is checked. Users may write them too.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
const (
	Partition = "${AWS::Partition}"
	Region    = "${AWS::Region}"
	Account   = "${AWS::AccountId}"
)

// Call is one action on one resource that code calls.
type Call struct {
	// Action is spelled as the Service Authorization Reference does; empty where Unread is not.
	Action string
	// Resource is one concrete resource, or * for an action that has no resource type.
	Resource string
	// Grant is what a policy names to grant the call, where that is not Resource: everything under a prefix.
	Grant string
	// Context holds the request keys that the call certainly carries beyond those that every call does.
	Context map[string][]string
	// Unread says why no concrete call follows from what was declared; empty where one does.
	Unread string
}

// viaService is the request key that names the service that calls KMS for the caller.
const viaService = "kms:ViaService"

// ViaService is the value of kms:ViaService in calls that a service makes with the permissions of who calls it. AWS's
// pages name services by amazonaws.com alone; which names calls in China carry is not documented: false, and what depends
// on the key is undecided there.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func ViaService(partition, region, service string) (string, bool) {
	if partition == "aws-cn" {
		return "", false
	}
	return service + "." + region + ".amazonaws.com", true
}

// Granted is the resource that a policy names to grant the call.
func (c Call) Granted() string { return cmp.Or(c.Grant, c.Resource) }

// In is the call in an account and region.
func (c Call) In(partition, account, region string) Call {
	fill := strings.NewReplacer(Partition, partition, Region, region, Account, account)
	c.Resource, c.Grant = fill.Replace(c.Resource), fill.Replace(c.Grant)
	if len(c.Context) > 0 {
		context := make(map[string][]string, len(c.Context))
		for name, values := range c.Context {
			if _, documented := ViaService(partition, region, ""); name == viaService && !documented {
				continue
			}
			filled := make([]string, len(values))
			for i, value := range values {
				filled[i] = fill.Replace(value)
			}
			context[name] = filled
		}
		c.Context = context
	}
	return c
}

// sample stands for a key, a parameter or a name under a prefix. IAM decides one concrete name: an asterisk in a
// request is an asterisk.
const sample = "permprobe-sample"

// concrete fills the pseudo parameters so that the form of a resource can be looked at.
func concrete(resource string) string {
	return Call{Resource: resource}.In("aws", "123456789012", "us-east-1").Resource
}
