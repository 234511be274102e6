package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"

	"permprobe/shared/finding"
	"permprobe/shared/stack"
)

// readers are roles by which `check` reads the other accounts of which it has templates, by account, with the stacks that hold
// the roles. Nothing is refused to them: what the templates say of the accounts is all that there is.
func readers(stacks []*stack.Stack) (roles map[string]string, with []*stack.Stack, err error) {
	roles, with = map[string]string{}, slices.Clone(stacks)
	own := stacks[0].Options
	for _, one := range stacks {
		o := one.Options
		if o.Account == own.Account || roles[o.Account] != "" {
			continue
		}
		reader, err := stack.Load("reader.yaml", fmt.Appendf(nil, `Resources:
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: permprobe-check-reads-templates
      AssumeRolePolicyDocument: {Statement: {Effect: Allow, Principal: {AWS: "%s"}, Action: "sts:AssumeRole"}}
`, own.Account), stack.Options{Account: o.Account, Region: o.Region, Partition: o.Partition, StackName: "permprobe-check"})
		if err != nil {
			return nil, nil, fmt.Errorf("read account %s: %w", o.Account, err)
		}
		roles[o.Account], with = reader.Find("Reader").ARN, append(with, reader)
	}
	return roles, with, nil
}

// otherAccounts are those of the templates besides the first one's, in their order.
func otherAccounts(stacks []*stack.Stack) []string {
	var others []string
	for _, one := range stacks {
		if account := one.Options.Account; account != stacks[0].Options.Account && !slices.Contains(others, account) {
			others = append(others, account)
		}
	}
	return others
}

// withReaders are the read roles of a configuration, and those by which templates are read in their place.
func withReaders(configured, roles map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, configured)
	maps.Copy(all, roles)
	return all
}

// notSeen is how gaps say that another account was not looked at. They name accounts for other reasons, too.
var notSeen = regexp.MustCompile(`(?:whether account ([0-9]{12}) lets|belongs to account ([0-9]{12}), where|in account ([0-9]{12}) by a role)`)

// hint says which other accounts' templates would decide what the report leaves open.
func hint(out io.Writer, stacks []*stack.Stack, report *finding.Report) {
	var missing []string
	for _, gap := range report.Gaps {
		for _, named := range notSeen.FindAllStringSubmatch(gap.Reason, -1) {
			account := cmp.Or(named[1:]...)
			has := slices.ContainsFunc(stacks, func(one *stack.Stack) bool { return one.Options.Account == account })
			if !has && !slices.Contains(missing, account) {
				missing = append(missing, account)
			}
		}
	}
	slices.Sort(missing)
	for _, account := range missing {
		fmt.Fprintf(out, "note: what account %s holds is in none of the templates: give its own, too, as %[1]s=FILE\n", account)
	}
}
