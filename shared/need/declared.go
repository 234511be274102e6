package need

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/config"
	"permprobe/shared/fact"
)

// AssumeRole is the call by which code takes on another role.
const AssumeRole = "sts:AssumeRole"

// Assumes tells whether the need is a part of assuming a role, of which the role's trust policy decides: to assume it, to pass
// tags of the session, and to say who is behind it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
func (n *Need) Assumes() bool { return assumes(n.Action) }

func assumes(action string) bool {
	return strings.EqualFold(action, AssumeRole) || strings.EqualFold(action, "sts:TagSession") || strings.EqualFold(action, "sts:SetSourceIdentity")
}

// Declarations are the needs that users declare for the functions: calls of their code, which carry the function's own
// key.
func Declarations(facts *fact.Facts, declared []config.Need) []Need {
	var needs []Need
	for i := range facts.Functions {
		function := &facts.Functions[i]
		seen := map[string]int{}
		for j := range declared {
			meant, why := declaredFor(facts, function, &declared[j])
			if !meant && why.IsZero() {
				continue
			}
			n := declaration(facts.Account, function, &declared[j])
			n.byAlias(facts)
			if !why.IsZero() {
				n.Unread = why
			}
			// What is declared twice by different patterns is one need, which is required where one of them says so.
			key := strings.Join([]string{n.Action, n.Resource, n.Unread.Reason, fmt.Sprint(n.Context)}, "\x1f")
			if at, twice := seen[key]; twice {
				if n.Purpose == Declared && needs[at].Purpose == Optional {
					needs[at] = n
				}
				continue
			}
			seen[key] = len(needs)
			needs = append(needs, n)
		}
	}
	return needs
}

// declaredFor tells whether a declaration is about a function; not where the tags that it asks for could not be read.
func declaredFor(facts *fact.Facts, function *fact.Function, declared *config.Need) (bool, fact.Unread) {
	if len(declared.Functions) > 0 && !slices.ContainsFunc(declared.Functions, func(p string) bool {
		return config.Selects(p, function.Name, function.ARN)
	}) {
		return false, fact.Unread{}
	}
	if len(declared.Tags) == 0 {
		return true, fact.Unread{}
	}
	read := facts.Tagged[fact.TagsKey(declared.Tags)]
	if why, unread := read.Unread(); unread {
		return false, why
	}
	carry, _ := read.Value()
	return carry[function.ARN], fact.Unread{}
}

// declaration is one declared call of one function.
func declaration(account fact.Account, function *fact.Function, declared *config.Need) Need {
	call := declared.Call.In(account.Partition, account.ID, account.Region)
	n := Need{
		Kind: Identity, Purpose: Declared, Level: Required,
		Function: function.Ref(), Role: function.Role,
		Action: call.Action, Resource: call.Resource, Grant: call.Grant,
		Context: map[string][]string{sourceFunction: {function.ARN}},
		Subject: declared.Where,
	}
	switch {
	case declared.Seen && declared.Apart:
		n.Purpose = Refused
	case declared.Seen:
		n.Purpose = Seen
	case declared.Optional:
		n.Purpose = Optional
	}
	if declared.Reason != "" {
		n.Subject += " (" + declared.Reason + ")"
	}
	maps.Copy(n.Context, call.Context)
	if owner := OwnerOf(call.Resource); owner != "" && owner != account.ID {
		n.Context["aws:ResourceAccount"] = []string{owner}
	}
	n.throughPoint()
	n.intoDomain()
	if call.Unread != "" {
		n.Unread = fact.Unread{Reason: call.Unread}
	} else if alias := aliasOfPoint(n.Resource); alias != "" {
		n.Unread = fact.Unread{Reason: alias + " is the alias of an access point of S3, by which no policy knows it: declare the access point's ARN"}
	}
	return n
}

// OwnerOf is the account that a resource's ARN names; empty where it names none.
func OwnerOf(resource string) string {
	arn, err := fact.ParseARN(resource)
	if err != nil || arn.Account == "aws" {
		return ""
	}
	return arn.Account
}

// Assumed are the ARNs of the roles that code is declared to assume, sorted: whether they let it is in their trust
// policies.
func Assumed(account fact.Account, declared []config.Need) []string {
	roles := map[string]bool{}
	for _, d := range declared {
		if assumes(d.Call.Action) {
			roles[d.Call.In(account.Partition, account.ID, account.Region).Resource] = true
		}
	}
	return slices.Sorted(maps.Keys(roles))
}

// Undeclared are the ARNs of the functions of whose code no call is declared, in the order of the functions.
func Undeclared(facts *fact.Facts, needs []Need) []string {
	declared := map[string]bool{}
	for i := range needs {
		if n := &needs[i]; n.Purpose == Declared || n.Purpose == Optional {
			declared[n.Function.ARN] = true
		}
	}
	var without []string
	for i := range facts.Functions {
		if arn := facts.Functions[i].ARN; !declared[arn] {
			without = append(without, arn)
		}
	}
	return without
}
