package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadRolesAreByTheAccountThatTheyAreOf(t *testing.T) {
	file, err := ParseFile("probe.yaml", []byte("readRoles:\n  210987654321: arn:aws:iam::210987654321:role/audit/reader\n  \"012345678901\": arn:aws:iam::012345678901:role/reader\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"210987654321": "arn:aws:iam::210987654321:role/audit/reader", "012345678901": "arn:aws:iam::012345678901:role/reader"}
	if diff := cmp.Diff(want, file.ReadRoles); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestReadRolesThatCannotBeMeantAreNamedWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a list":                     {"readRoles: [a]\n", "probe.yaml:1: readRoles: a map"},
		"empty":                      {"readRoles: {}\n", "probe.yaml:1: readRoles: the map is empty"},
		"no id":                      {"readRoles:\n  prod: arn:aws:iam::210987654321:role/r\n", `probe.yaml:2: readRoles: "prod" is not an account's id`},
		"no role":                    {"readRoles:\n  210987654321:\n", "probe.yaml:2: readRoles: the role of account 210987654321 is an ARN, not nothing"},
		"the role's name alone":      {"readRoles:\n  210987654321: reader\n", `probe.yaml:2: readRoles: "reader" is not the ARN of a role`},
		"a user":                     {"readRoles:\n  210987654321: arn:aws:iam::210987654321:user/u\n", "probe.yaml:2: readRoles: "},
		"any role":                   {"readRoles:\n  210987654321: arn:aws:iam::210987654321:role/*\n", "probe.yaml:2: readRoles: "},
		"a role of another account":  {"readRoles:\n  210987654321: arn:aws:iam::123456789012:role/r\n", "probe.yaml:2: readRoles: the role is one of account 123456789012, not of 210987654321"},
		"the same account twice":     {"readRoles:\n  210987654321: arn:aws:iam::210987654321:role/r\n  210987654321: arn:aws:iam::210987654321:role/s\n", "probe.yaml:3"},
		"an id with a digit too few": {"readRoles:\n  21098765432: arn:aws:iam::21098765432:role/r\n", "probe.yaml:2: readRoles: "},
	} {
		_, err := ParseFile("probe.yaml", []byte(c.text), nil)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want %q, have %v", name, c.want, err)
		}
	}
}

func TestTheFileNamesTheOrganization(t *testing.T) {
	for text, want := range map[string]string{"organization: o-a1b2c3d4e5\n": "o-a1b2c3d4e5", "organization: none\n": "none", "": ""} {
		if file, err := ParseFile("probe.yaml", []byte(text), nil); err != nil || file.Organization != want {
			t.Errorf("%q: %q, %v", text, file.Organization, err)
		}
	}
	for text, want := range map[string]string{
		"organization: 123456789012\n": `probe.yaml:1: organization: "123456789012" is not the id of an organization, such as o-a1b2c3d4e5, nor none`,
		"organization:\n":              "probe.yaml:1: organization: the id of an organization such as o-a1b2c3d4e5 is needed, or none, not nothing",
		"organization: [o-1]\n":        "probe.yaml:1: organization: the id of an organization such as o-a1b2c3d4e5 is needed, or none, not a list",
	} {
		if _, err := ParseFile("probe.yaml", []byte(text), nil); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
