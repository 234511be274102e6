package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// source is the content of the archive, sorted.
type source struct {
	license  string
	day      string // 2006-01-02
	globals  []key
	services []service
}

type service struct {
	prefix  string
	actions []action
	types   []resourceType
	keys    []key
}

type action struct {
	Name             string
	AccessLevel      string
	ConditionKeys    []string
	DependentActions []string
	ResourceTypes    []struct {
		Name             string
		Required         bool
		ConditionKeys    []string
		DependentActions []string
	}
}

type resourceType struct {
	Key           string
	ARN           string
	ConditionKeys []string
}

type key struct{ Key, Type string }

// The package keeps its table of global keys in code only.
var globalKey = regexp.MustCompile(`key: '([^']+)',\s+category: '[^']+',\s+type: '([^']+)'`)

func readArchive(archive []byte) (*source, error) {
	zr, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	src := &source{}
	services := map[string]*service{}
	of := func(name string) *service {
		prefix := strings.TrimSuffix(path.Base(name), ".json")
		if services[prefix] == nil {
			services[prefix] = &service{prefix: prefix}
		}
		return services[prefix]
	}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read archive: %w", err)
		}
		content, err := io.ReadAll(tr)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", h.Name, err)
		}
		name := strings.TrimPrefix(h.Name, "package/")
		switch {
		case name == "LICENSE" || name == "LICENSE.txt" || name == "LICENSE.md":
			src.license = string(content)
		case name == "package.json":
			var p struct{ UpdatedAt string }
			err = json.Unmarshal(content, &p)
			src.day, _, _ = strings.Cut(p.UpdatedAt, "T")
		case name == "dist/cjs/globalConditionKeys.js":
			for _, m := range globalKey.FindAllStringSubmatch(string(content), -1) {
				src.globals = append(src.globals, key{spell(m[1]), m[2]})
			}
		case path.Dir(name) == "data/actions":
			of(name).actions, err = values(content, func(a action) string { return a.Name })
		case path.Dir(name) == "data/resourceTypes":
			of(name).types, err = values(content, func(t resourceType) string { return t.Key })
		case path.Dir(name) == "data/conditionKeys":
			of(name).keys, err = values(content, func(k key) string { return k.Key })
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", h.Name, err)
		}
	}
	for _, s := range services {
		s.spellKeys()
		s.addUnlistedKeys()
		src.services = append(src.services, *s)
	}
	slices.SortFunc(src.services, func(a, b service) int { return cmp.Compare(a.prefix, b.prefix) })
	slices.SortFunc(src.globals, func(a, b key) int { return byName(a.Key, b.Key) })
	if len(src.services) == 0 || len(src.globals) == 0 || src.day == "" || src.license == "" {
		return nil, fmt.Errorf("archive has %d services, %d global keys, date %q, %d bytes of license", len(src.services), len(src.globals), src.day, len(src.license))
	}
	return src, nil
}

// values reads a JSON object whose keys are the lower-case names of its values.
func values[T any](content []byte, name func(T) string) ([]T, error) {
	var entries map[string]T
	if err := json.Unmarshal(content, &entries); err != nil {
		return nil, err
	}
	var out []T
	for k, v := range entries {
		if k != strings.ToLower(name(v)) {
			return nil, fmt.Errorf("entry %q is named %q", k, name(v))
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b T) int { return byName(name(a), name(b)) })
	return out, nil
}

func byName(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }

// spell writes the part of a key that is to be filled in as ${…}, which the
// source also writes <key>, tag-key or not at all.
func spell(key string) string {
	if strings.HasSuffix(strings.ToLower(key), "tag/") {
		return key + "${TagKey}"
	}
	if name, ok := strings.CutSuffix(key, "/tag-key"); ok {
		return name + "/${TagKey}"
	}
	return strings.NewReplacer("<", "${", ">", "}").Replace(key)
}

func (s *service) spellKeys() {
	all := func(keys []string) {
		for i, k := range keys {
			keys[i] = spell(k)
		}
	}
	for i := range s.keys {
		s.keys[i].Key = spell(s.keys[i].Key)
	}
	for _, t := range s.types {
		all(t.ConditionKeys)
	}
	for _, a := range s.actions {
		all(a.ConditionKeys)
		for _, r := range a.ResourceTypes {
			all(r.ConditionKeys)
		}
	}
}

// addUnlistedKeys adds the keys that actions and resource types name and the
// service's own list of keys lacks; their type is not known.
func (s *service) addUnlistedKeys() {
	known := map[string]bool{}
	for _, k := range s.keys {
		known[k.Key] = true
	}
	add := func(keys []string) {
		for _, k := range keys {
			if !known[k] {
				known[k] = true
				s.keys = append(s.keys, key{Key: k})
			}
		}
	}
	for _, t := range s.types {
		add(t.ConditionKeys)
	}
	for _, a := range s.actions {
		add(a.ConditionKeys)
		for _, r := range a.ResourceTypes {
			add(r.ConditionKeys)
		}
	}
	slices.SortFunc(s.keys, func(a, b key) int { return byName(a.Key, b.Key) })
}
