package config

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// maxReadRoles keeps the parameter of the stack that repeats the roles within what CloudFormation takes, 4096 characters.
const maxReadRoles = 50

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	roleARN   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/[A-Za-z0-9+=,.@_/-]+$`)
)

// readRolesSetting maps the id of an account to the ARN of the role in it by which its resources are read.
func readRolesSetting(value *yaml.Node) (map[string]string, *settingError) {
	switch {
	case value.Kind != yaml.MappingNode:
		return nil, wrong(value, "a map from the id of an account to the ARN of a role in it is needed, not %s", kindOf(value))
	case len(value.Content) == 0:
		return nil, wrong(value, "the map is empty: leave it out to read this account alone")
	case len(value.Content)/2 > maxReadRoles:
		return nil, wrong(value, "%d accounts are more than the %d that are taken", len(value.Content)/2, maxReadRoles)
	}
	roles := map[string]string{}
	for i := 0; i < len(value.Content); i += 2 {
		key, role := value.Content[i], value.Content[i+1]
		switch _, twice := roles[key.Value]; {
		case key.Kind != yaml.ScalarNode || !accountID.MatchString(key.Value):
			return nil, wrong(key, "%s is not an account's id of 12 digits", short(key.Value))
		case twice:
			return nil, wrong(key, "account %s is given twice", key.Value)
		case role.Kind != yaml.ScalarNode || isNull(role):
			return nil, wrong(role, "the role of account %s is an ARN, not %s", key.Value, kindOf(role))
		}
		switch m := roleARN.FindStringSubmatch(role.Value); {
		case m == nil:
			return nil, wrong(role, "%s is not the ARN of a role, such as arn:aws:iam::%s:role/permprobe-reader", short(role.Value), key.Value)
		case m[1] != key.Value:
			return nil, wrong(role, "the role is one of account %s, not of %s", m[1], key.Value)
		}
		roles[key.Value] = role.Value
	}
	return roles, nil
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
var organizationID = regexp.MustCompile(`^(o-[a-z0-9]{10,32}|none)$`)

// organizationSetting is the id of the organization that the account belongs to, or none.
func organizationSetting(value *yaml.Node) (string, *settingError) {
	if value.Kind != yaml.ScalarNode || isNull(value) {
		return "", wrong(value, "the id of an organization such as o-a1b2c3d4e5 is needed, or none, not %s", kindOf(value))
	}
	if !organizationID.MatchString(value.Value) {
		return "", wrong(value, "%s is not the id of an organization, such as o-a1b2c3d4e5, nor none", short(value.Value))
	}
	return value.Value, nil
}
