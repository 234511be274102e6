package main

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/authref"
)

// compare reports the first difference between what the reader sees in the
// file and the source that the file was made from.
func compare(made *authref.Reference, src *source) error {
	if len(made.Services()) != len(src.services) {
		return fmt.Errorf("%d services, want %d", len(made.Services()), len(src.services))
	}
	for _, want := range src.services {
		got, ok := made.Service(strings.ToUpper(want.prefix))
		if !ok {
			return fmt.Errorf("service %s is missing", want.prefix)
		}
		if len(got.Actions()) != len(want.actions) || len(got.ResourceTypes()) != len(want.types) || len(got.ConditionKeys()) != len(want.keys) {
			return fmt.Errorf("service %s: %d actions, %d types, %d keys, want %d, %d, %d", want.prefix,
				len(got.Actions()), len(got.ResourceTypes()), len(got.ConditionKeys()), len(want.actions), len(want.types), len(want.keys))
		}
		for i, k := range want.keys {
			if g := got.ConditionKeys()[i]; g.Name != k.Key || string(g.Type) != k.Type {
				return fmt.Errorf("service %s: key %v, want %v", want.prefix, g, k)
			}
		}
		for _, t := range want.types {
			if g, ok := got.ResourceType(t.Key); !ok || g.Pattern != t.ARN || !slices.Equal(g.ConditionKeys, t.ConditionKeys) {
				return fmt.Errorf("service %s: resource type %v, want %v", want.prefix, g, t)
			}
		}
		for _, a := range want.actions {
			if err := compareAction(made, want.prefix, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func compareAction(made *authref.Reference, prefix string, want action) error {
	name := prefix + ":" + want.Name
	got, ok := made.Lookup(strings.ToLower(name))
	if !ok {
		return fmt.Errorf("action %s is missing", name)
	}
	if got.String() != name || got.Access != accessLevels[want.AccessLevel] || !slices.Equal(got.ConditionKeys, want.ConditionKeys) ||
		!slices.Equal(got.DependentActions, want.DependentActions) || len(got.Resources) != len(want.ResourceTypes) {
		return fmt.Errorf("action %s: %v, want %v", name, got, want)
	}
	for i, r := range want.ResourceTypes {
		g := got.Resources[i]
		if g.Type.Name != r.Name || g.Required != r.Required || !slices.Equal(g.ConditionKeys, r.ConditionKeys) || !slices.Equal(g.DependentActions, r.DependentActions) {
			return fmt.Errorf("action %s: resource %v, want %v", name, g, r)
		}
	}
	return nil
}
