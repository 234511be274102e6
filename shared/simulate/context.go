package simulate

import (
	"slices"
	"strings"

	"permprobe/shared/decide"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// entries are the request keys of a call, sorted by name. A key without a value is one that is absent.
func entries(context decide.RequestContext) []types.ContextEntry {
	keys := context.Keys()
	names := make([]string, 0, len(keys))
	for name := range keys {
		if len(keys[name]) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := make([]types.ContextEntry, 0, len(names))
	for _, name := range names {
		out = append(out, types.ContextEntry{
			ContextKeyName:   aws.String(name),
			ContextKeyType:   keyType(name, len(keys[name])),
			ContextKeyValues: keys[name],
		})
	}
	return out
}

// keyType is the type that a key's values have. Key names are compared without case.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func keyType(name string, values int) types.ContextKeyTypeEnum {
	switch strings.ToLower(name) {
	case "aws:securetransport", "aws:multifactorauthpresent", "aws:viaawsservice", "aws:principalisawsservice":
		return types.ContextKeyTypeEnumBoolean
	case "aws:currenttime", "aws:tokenissuetime":
		return types.ContextKeyTypeEnumDate
	case "aws:multifactorauthage":
		return types.ContextKeyTypeEnumNumeric
	case "aws:sourceip", "aws:vpcsourceip":
		return types.ContextKeyTypeEnumIp
	}
	if values > 1 {
		return types.ContextKeyTypeEnumStringList
	}
	return types.ContextKeyTypeEnumString
}
