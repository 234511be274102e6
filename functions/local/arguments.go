package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/stack"
)

// parse reads flags and files in any order, as people type them; behind -- everything is a file.
func parse(set *flag.FlagSet, args []string) (files []string, err error) {
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		left := set.Args()
		if len(left) == 0 {
			return files, nil
		}
		if read := len(args) - len(left); read > 0 && args[read-1] == "--" {
			return append(files, left...), nil
		}
		files, args = append(files, left[0]), left[1:]
	}
}

// parameters collects -param NAME=VALUE.
type parameters map[string]string

func (p parameters) String() string { return "" }

func (p parameters) Set(text string) error {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return fmt.Errorf("%q is not of the form NAME=VALUE", text)
	}
	p[name] = value
	return nil
}

// target is the account and region that templates are read for, with their parameters.
type target struct {
	account, region string
	params          parameters
}

// targetFlags declares the flags of commands that take templates.
func targetFlags(set *flag.FlagSet) *target {
	t := &target{params: parameters{}}
	set.StringVar(&t.account, "account", stack.DefaultAccount, "the account of the templates")
	set.StringVar(&t.region, "region", "us-east-1", "the region of the templates")
	set.Var(t.params, "param", "a parameter of the templates, NAME=VALUE")
	return t
}

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	regionName = regexp.MustCompile(`^[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}$`)
)

func (t *target) options() (stack.Options, error) {
	if !accountID.MatchString(t.account) {
		return stack.Options{}, fmt.Errorf("-account %q is not an account's id of 12 digits", t.account)
	}
	if !regionName.MatchString(t.region) {
		return stack.Options{}, fmt.Errorf("-region %q is not the name of a region, such as eu-central-1", t.region)
	}
	return stack.Options{Account: t.account, Region: t.region, Parameters: t.params}, nil
}

// ofAccount divides "210987654321=ledger.yaml": a template of another account than the others.
var ofAccount = regexp.MustCompile(`^([0-9]{12})=(.+)$`)

// loadTemplates reads templates that together make an account and, where they name others, those. The account itself comes
// first.
func loadTemplates(files []string, o stack.Options) ([]*stack.Stack, error) {
	own := cmp.Or(o.Account, stack.DefaultAccount)
	order, by := []string{own}, map[string][]string{}
	for _, file := range files {
		account := own
		if before, _, marked := strings.Cut(file, "="); marked && strings.Trim(before, "0123456789-") == "" && !ofAccount.MatchString(file) {
			return nil, fmt.Errorf("%q is not of the form ACCOUNT=TEMPLATE: the id of an account has 12 digits; a file of that name is ./%s", file, file)
		}
		if named := ofAccount.FindStringSubmatch(file); named != nil {
			account, file = named[1], named[2]
		}
		if !slices.Contains(order, account) {
			order = append(order, account)
		}
		by[account] = append(by[account], file)
	}
	if len(by[own]) == 0 {
		return nil, fmt.Errorf("no template of account %s: name at least one file", own)
	}
	var stacks []*stack.Stack
	for _, account := range order {
		o.Account, o.Imports = account, nil
		more, err := loadAccount(by[account], o)
		if err != nil {
			return nil, err
		}
		stacks = append(stacks, more...)
	}
	return stacks, nil
}

// loadAccount reads the templates of one account.
func loadAccount(files []string, o stack.Options) ([]*stack.Stack, error) {
	o.Several = len(files) > 1
	texts := make([][]byte, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the template: %w", err)
		}
		texts[i] = data
	}
	// What one template exports another imports, which may export something of it in turn: at the latest after a round for
	// each template all is known that can be.
	var stacks []*stack.Stack
	for range files {
		stacks = stacks[:0:0]
		for i, file := range files {
			o.ReadFile = readBelow(file)
			one, err := stack.Load(file, texts[i], o)
			if err != nil {
				return nil, err
			}
			stacks = append(stacks, one)
		}
		exported := exports(stacks)
		if reflect.DeepEqual(exported, o.Imports) || len(exported) == 0 {
			break
		}
		o.Imports = exported
	}
	return stacks, nil
}

// exports are the values that stacks export, without names that several give, which no account can hold.
func exports(stacks []*stack.Stack) map[string]any {
	all, twice := map[string]any{}, map[string]bool{}
	for _, one := range stacks {
		for name, value := range one.Exports {
			_, known := all[name]
			twice[name] = twice[name] || known
			all[name] = value
		}
	}
	maps.DeleteFunc(all, func(name string, _ any) bool { return twice[name] })
	return all
}

// warn prints what CloudFormation may refuse about the templates themselves, and parameters that none of them has:
// most likely a name is wrong. Neither is a finding.
func warn(out io.Writer, stacks []*stack.Stack) {
	for _, one := range stacks {
		for _, w := range one.Warnings {
			fmt.Fprintf(out, "%s:%d: warning: %s\n", one.File, w.Line, w.Msg)
		}
	}
	for _, name := range stacks[0].UnusedParameters {
		if !slices.ContainsFunc(stacks, func(s *stack.Stack) bool { return !slices.Contains(s.UnusedParameters, name) }) {
			fmt.Fprintf(out, "warning: no template has the parameter %q\n", name)
		}
	}
}
