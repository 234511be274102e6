// Package authref is the AWS Service Authorization Reference, embedded: every
// IAM action with its access level, the resource types it can be limited to and
// the condition keys that a request for it can carry.
//
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html,
// as republished by the npm package that NOTICE names. The reference trails new
// AWS features by weeks, and some of its resource types are looser or stricter
// than what services enforce, so "not listed" is a strong hint and not a proof.
//
// Nothing is read before it is asked for: a lookup decompresses the one block
// of some ten services that holds the prefix. Everything returned is shared and
// must not be modified.
package authref

import (
	_ "embed"
	"sync"
)

//go:generate go run ./internal/generate -out reference.bin

//go:embed reference.bin
var embedded string

// The embedded file is parsed once, on first use; a package that is imported
// and not asked costs nothing at a cold start.
var reference = sync.OnceValue(func() *Reference {
	r, err := open(embedded)
	if err != nil {
		// Only a broken build gets here: a test opens and checks this file.
		panic("authref: the embedded reference is damaged: " + err.Error())
	}
	return r
})

// Embedded returns the reference that this package embeds.
func Embedded() *Reference { return reference() }

// Lookup finds an action by its full name, "s3:GetObject", in any case.
func Lookup(action string) (Action, bool) { return reference().Lookup(action) }

// Service finds a service by its IAM prefix, "s3", in any case.
func Service(prefix string) (*ServiceInfo, bool) { return reference().Service(prefix) }

// Services lists the IAM prefixes of all services, sorted.
func Services() []string { return reference().Services() }

// Version says which data is embedded: the package's release and, after a
// space, the day of the Service Authorization Reference it was made from
// (2006-01-02).
func Version() string { return reference().Version() }

// ExpandAction lists the actions, as "s3:GetObject", that an action pattern of
// a policy covers, sorted; wildcards are * and ?, letters compare without case.
// A pattern without a service ("*") covers every action of every service.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html.
func ExpandAction(pattern string) []string { return reference().ExpandAction(pattern) }

// GlobalKey finds a global condition key (aws:PrincipalOrgID,
// lambda:SourceFunctionArn, …) by name in any case; keys with a part to fill in,
// such as aws:PrincipalTag/team, are found by their pattern.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
func GlobalKey(name string) (ConditionKey, bool) { return reference().GlobalKey(name) }
