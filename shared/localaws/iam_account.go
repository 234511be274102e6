package localaws

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"permprobe/shared/iampolicy"
	"permprobe/shared/stack"
)

// A role is an IAM role; users and groups are kept as roles without a trust policy.
type role struct {
	kind                string   // "user" or "group"; empty for a role
	groups              []string // of a user, by name
	name, arn, path, id string
	changed             string // when it was made; empty for long ago
	trust               string // document
	description         string
	session             int64             // longest, in seconds
	inline              map[string]string // documents by policy name
	attached            []string          // ARNs, in the order of attaching
	boundary            string            // ARN
	tags                map[string]string

	parsed sync.Once
	set    policySet
}

type managedPolicy struct {
	name, arn, path, id string
	changed             string // when its default version was made; empty for long ago
	description         string
	document            string
	version             string // of the default version, like v1
	attachments         int
	boundaries          int
}

func (p *managedPolicy) aws() bool { return strings.Contains(p.arn, ":iam::aws:policy/") }

// iamID is a unique id in IAM's form.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
func iamID(prefix, arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

func (b *builder) iamRole() {
	a, r := b.acct(), b.res
	arn := first(r.ARN, "arn:"+b.home().partition+":iam::"+a.id+":role/"+r.PhysicalID)
	if b.srv.goneRole(a.id, r.PhysicalID) || !once(b, a.roles, r.PhysicalID, "role") {
		return
	}
	ro := &role{
		name: r.PhysicalID, arn: arn, path: first(text(b.prop("Path")), "/"), id: iamID("AROA", arn), description: text(b.prop("Description")),
		session: 3600, inline: map[string]string{}, boundary: text(b.prop("PermissionsBoundary")), tags: tagMap(b.prop("Tags")),
		trust: documentText(b.prop("AssumeRolePolicyDocument"), trustPolicy, ""), attached: texts(b.prop("ManagedPolicyArns")),
	}
	if n, ok := integer(b.prop("MaxSessionDuration")); ok {
		ro.session = n
	}
	for _, p := range items(b.prop("Policies")) {
		switch p := p.(type) {
		case map[string]any:
			ro.inline[text(p["PolicyName"])] = documentText(p["PolicyDocument"], identityPolicy, "")
		case string:
			ro.inline[p] = unknownDocument(p, identityPolicy)
		}
	}
	a.roles[r.PhysicalID] = ro
}

// rolesOf are the roles that a Roles property names. Those that no template holds are left out; where a name is not known, it
// may be any role of the stack, and maybe says so.
func (b *builder) rolesOf(v any) (roles []*role, maybe string) {
	a := b.acct()
	for _, name := range texts(v) {
		if b.isLost("role", name) {
			continue
		}
		if r := a.roles[name]; r != nil {
			roles = append(roles, r)
			continue
		}
		if !stack.HasUnknown(name) || imported(name) {
			b.warn("role %q is in no template", name)
			continue
		}
		b.warn("which role it is for is not known")
		maybe = name
		for _, r := range b.st.OfType("AWS::IAM::Role") {
			if r := a.roles[r.PhysicalID]; r != nil {
				roles = append(roles, r)
			}
		}
	}
	return roles, maybe
}

func (b *builder) iamPolicy() {
	b.then(func() {
		roles, maybe := b.rolesOf(b.prop("Roles"))
		for _, r := range append(roles, b.people()...) {
			r.inline[first(text(b.prop("PolicyName")), b.res.LogicalID)] = documentText(b.prop("PolicyDocument"), identityPolicy, first(maybe, b.maybe()))
		}
	})
}

func (b *builder) iamRolePolicy() {
	b.then(func() {
		roles, maybe := b.rolesOf(b.prop("RoleName"))
		for _, r := range roles {
			r.inline[first(text(b.prop("PolicyName")), b.res.LogicalID)] = documentText(b.prop("PolicyDocument"), identityPolicy, first(maybe, b.maybe()))
		}
	})
}

func (b *builder) iamManagedPolicy() {
	a := b.acct()
	name := first(text(b.prop("ManagedPolicyName")), b.res.LogicalID)
	path := first(text(b.prop("Path")), "/")
	arn := first(b.res.ARN, "arn:"+b.home().partition+":iam::"+a.id+":policy"+path+name)
	if !once(b, a.policies, arn, "managed policy") {
		return
	}
	p := &managedPolicy{name: name, arn: arn, path: path, id: iamID("ANPA", arn), description: text(b.prop("Description")), version: "v1"}
	a.policies[arn] = p
	p.document = documentText(b.prop("PolicyDocument"), identityPolicy, b.maybe())
	b.then(func() {
		roles, maybe := b.rolesOf(b.prop("Roles"))
		if maybe != "" {
			p.document = documentText(b.prop("PolicyDocument"), identityPolicy, maybe)
		}
		for _, r := range append(roles, b.people()...) {
			if !contains(r.attached, arn) {
				r.attached = append(r.attached, arn)
			}
		}
	})
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// managedJSON holds the default versions of AWS-managed policies that functions' roles use, as AWS publishes them.
// See https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html.
//
//go:embed managed.json
var managedJSON []byte

type managedEntry struct {
	Path     string          `json:"path"` // with slashes, like /service-role/
	Name     string          `json:"name"`
	Version  string          `json:"version"`
	Document json.RawMessage `json:"document"`
}

// managedEntries parses the embedded table once, by path and name; nobody changes what it gives.
var managedEntries = sync.OnceValues(func() (map[string]managedEntry, error) {
	var entries []managedEntry
	if err := json.Unmarshal(managedJSON, &entries); err != nil {
		return nil, fmt.Errorf("read the AWS-managed policies: %w", err)
	}
	out := map[string]managedEntry{}
	for _, e := range entries {
		out[e.Path+e.Name] = e
	}
	return out, nil
})

// awsManaged is an AWS-managed policy that is known by content, or nil.
func awsManaged(arn string) (*managedPolicy, error) {
	p := splitARN(arn)
	if p == nil || p[2] != "iam" || p[4] != "aws" {
		return nil, nil
	}
	entries, err := managedEntries()
	if err != nil {
		return nil, err
	}
	e, ok := entries[strings.TrimPrefix(p[5], "policy")]
	if !ok {
		return nil, nil
	}
	return &managedPolicy{name: e.Name, arn: arn, path: e.Path, id: iamID("ANPA", arn), document: string(e.Document), version: e.Version}, nil
}

// addManaged gives every account the AWS-managed policies and those of the options.
func (b *builder) addManaged(extra map[string]string) error {
	for _, arn := range sortedKeys(extra) {
		p := splitARN(arn)
		if p == nil || p[2] != "iam" || !strings.HasPrefix(p[5], "policy/") {
			return fmt.Errorf("%q is not the ARN of a managed policy", arn)
		}
		if _, err := iampolicy.Parse([]byte(extra[arn]), iampolicy.Identity); err != nil {
			return fmt.Errorf("managed policy %q: %w", arn, err)
		}
	}
	b.srv.extra = extra
	_, err := managedEntries()
	return err
}

// managedPolicy finds a managed policy that is known by content: of the account, of the options, of AWS.
func (s *Server) managedPolicy(a *account, arn string) *managedPolicy {
	if p := a.policies[arn]; p != nil {
		return p
	}
	if doc, ok := s.extra[arn]; ok {
		path := strings.TrimPrefix(splitARN(arn)[5], "policy")
		i := strings.LastIndex(path, "/")
		return &managedPolicy{name: path[i+1:], arn: arn, path: path[:i+1], id: iamID("ANPA", arn), document: doc, version: "v1"}
	}
	p, err := awsManaged(arn)
	if err != nil { // New has read the table
		return nil
	}
	return p
}

// known are all managed policies of an account whose content is known, by ARN, with how often they are attached: its own, and
// of the others those in use.
func (s *Server) known(a *account) []*managedPolicy {
	used := map[string]*managedPolicy{}
	for arn, p := range a.policies {
		c := *p
		used[arn] = &c
	}
	count := func(arn string) *managedPolicy {
		if used[arn] == nil {
			p := s.managedPolicy(a, arn)
			if p == nil {
				return nil
			}
			c := *p
			used[arn] = &c
		}
		return used[arn]
	}
	for _, r := range a.identities() {
		for _, arn := range r.attached {
			if p := count(arn); p != nil {
				p.attachments++
			}
		}
		if r.boundary != "" {
			if p := count(r.boundary); p != nil {
				p.boundaries++
			}
		}
	}
	return sortedValues(used)
}

// A policySet is what decides for a role.
type policySet struct {
	identity []*iampolicy.Policy
	boundary *iampolicy.Policy
	from     map[*iampolicy.Policy]origin
}

// An origin says where a policy of a simulation is from.
type origin struct {
	id   string // SourcePolicyId
	kind string // as PolicyIdentifier's PolicyType
	arn  string // managed policies
	name string // inline policies
	text string
}

// policiesOf is every policy of a role; the set is shared and must not be changed.
func (s *Server) policiesOf(a *account, r *role) policySet {
	r.parsed.Do(func() { r.set = s.parseRole(a, r) })
	return r.set
}

// parseRole parses a role's policies. A managed policy that is not known by content may allow and deny everything.
func (s *Server) parseRole(a *account, r *role) policySet {
	set := policySet{from: map[*iampolicy.Policy]origin{}}
	add := func(doc string, kind iampolicy.Kind, o origin) *iampolicy.Policy {
		p, err := iampolicy.Parse([]byte(doc), kind)
		if err != nil {
			// AWS would not have stored it; nothing can be said about what it grants.
			doc = unknownDocument(stack.Unknown("invalid policy "+o.id), identityPolicy)
			if p, err = iampolicy.Parse([]byte(doc), kind); err != nil {
				return nil
			}
		}
		p = p.WithName(o.id)
		o.text = doc
		set.from[p] = o
		return p
	}
	document := func(arn string) (string, string) {
		if p := s.managedPolicy(a, arn); p != nil {
			return p.document, p.name
		}
		return unknownDocument(marker("policy "+arn, arn), identityPolicy), arn[strings.LastIndex(arn, "/")+1:]
	}
	for _, name := range sortedKeys(r.inline) {
		if p := add(r.inline[name], iampolicy.Identity, origin{id: first(r.kind, "role") + "_" + r.name + "_" + name, kind: "inline", name: name}); p != nil {
			set.identity = append(set.identity, p)
		}
	}
	for _, arn := range r.attached {
		kind := "user-managed"
		if strings.Contains(arn, ":iam::aws:policy/") {
			kind = "aws-managed"
		}
		doc, name := document(arn)
		if p := add(doc, iampolicy.Identity, origin{id: name, kind: kind, arn: arn}); p != nil {
			set.identity = append(set.identity, p)
		}
	}
	for _, name := range r.groups {
		group := a.groups[name]
		if group == nil {
			doc := unknownDocument(marker("group "+name, name), identityPolicy)
			if p := add(doc, iampolicy.Identity, origin{id: "group_" + name, kind: "inline", name: name}); p != nil {
				set.identity = append(set.identity, p)
			}
			continue
		}
		of := s.policiesOf(a, group)
		set.identity = append(set.identity, of.identity...)
		for p, o := range of.from {
			set.from[p] = o
		}
	}
	if r.boundary != "" {
		doc, name := document(r.boundary)
		set.boundary = add(doc, iampolicy.Boundary, origin{id: name, kind: "permission-boundary", arn: r.boundary})
	}
	return set
}

// marker is the unknown's own marker, or a new one with the name.
func marker(name, v string) string {
	if isUnknown(v) {
		return v
	}
	return stack.Unknown(name)
}

// goneRole reports that a role is known not to exist.
func (s *Server) goneRole(account, name string) bool {
	for arn := range s.gone {
		if p := splitARN(arn); p != nil && p[2] == "iam" && p[4] == account && strings.HasPrefix(p[5], "role/") && p[5][strings.LastIndex(p[5], "/")+1:] == name {
			return true
		}
	}
	return false
}
