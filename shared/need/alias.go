package need

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/config"
	"permprobe/shared/fact"
)

// aliasOf is the name of the alias by which a call names a KMS key; empty where it names the key, and where the call is on the
// alias itself.
func aliasOf(action, resource string) string {
	arn, err := fact.ParseARN(resource)
	if err != nil || arn.Service != "kms" || !strings.HasPrefix(arn.Resource, "alias/") {
		return ""
	}
	if known, ok := authref.Lookup(action); !ok || len(known.TypesOf(resource)) > 0 {
		return ""
	}
	return arn.Resource
}

// Aliases are the ARNs of the aliases by which code is declared to call KMS, sorted.
func Aliases(account fact.Account, declared []config.Need) []string {
	names := map[string]bool{}
	for _, d := range declared {
		call := d.Call.In(account.Partition, account.ID, account.Region)
		if aliasOf(call.Action, call.Resource) != "" {
			names[call.Resource] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// byAlias makes a call by an alias one on the key that the alias stands for: on that IAM decides, and the request says by
// which alias it is made.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
func (n *Need) byAlias(facts *fact.Facts) {
	alias := aliasOf(n.Action, n.Resource)
	if alias == "" || !n.Unread.IsZero() {
		return
	}
	read := facts.KeyAliases[n.Resource]
	key, known := read.Value()
	switch why, _ := read.Unread(); {
	case known:
		n.Resource = key
		if _, via := n.Context["kms:ViaService"]; !via {
			n.Context["kms:RequestAlias"] = []string{alias} // services name keys by their ids
		}
	case read.IsAbsent():
		n.Unread = fact.Unread{Operation: "kms:DescribeKey", Reason: fmt.Sprintf("there is no alias %s in account %s: the code cannot call %s by it", alias, OwnerOf(n.Resource), n.Action)}
	default:
		why.Reason = fmt.Sprintf("which key %s stands for is not known, and permissions are decided on the key: %s", n.Resource, why.Reason)
		n.Unread = why
	}
}
