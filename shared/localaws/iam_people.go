package localaws

import (
	"strings"

	"permprobe/shared/stack"
)

// identities are the roles, users and groups of the account, each kind sorted by name.
func (a *account) identities() []*role {
	return append(append(sortedValues(a.roles), sortedValues(a.users)...), sortedValues(a.groups)...)
}

// identity is the role, user or group that an ARN names in full, or nil.
func (a *account) identity(arn string) *role {
	p := splitARN(arn)
	if p == nil || p[2] != "iam" || p[4] != a.id {
		return nil
	}
	kind, rest, _ := strings.Cut(p[5], "/")
	name := rest[strings.LastIndex(rest, "/")+1:]
	found := map[string]map[string]*role{"role": a.roles, "user": a.users, "group": a.groups}[kind][name]
	if found == nil || found.arn != arn {
		return nil
	}
	return found
}

func (b *builder) iamUser() {
	a := b.acct()
	b.person(a.users, "user", "AIDA", func(u *role) {
		u.boundary, u.tags = text(b.prop("PermissionsBoundary")), tagMap(b.prop("Tags"))
		u.groups = append(u.groups, texts(b.prop("Groups"))...)
	})
}

func (b *builder) iamGroup() {
	b.person(b.acct().groups, "group", "AGPA", func(*role) {})
}

// person keeps a user or group under its name.
func (b *builder) person(all map[string]*role, kind, prefix string, more func(*role)) {
	a, r := b.acct(), b.res
	path := first(text(b.prop("Path")), "/")
	arn := first(r.ARN, "arn:"+b.home().partition+":iam::"+a.id+":"+kind+path+r.PhysicalID)
	if b.srv.gone[arn] || !once(b, all, r.PhysicalID, kind) {
		return
	}
	one := &role{
		kind: kind, name: r.PhysicalID, arn: arn, path: path, id: iamID(prefix, arn),
		inline: map[string]string{}, attached: texts(b.prop("ManagedPolicyArns")),
	}
	more(one)
	for _, p := range items(b.prop("Policies")) {
		switch p := p.(type) {
		case map[string]any:
			one.inline[text(p["PolicyName"])] = documentText(p["PolicyDocument"], identityPolicy, "")
		case string:
			one.inline[p] = unknownDocument(p, identityPolicy)
		}
	}
	all[r.PhysicalID] = one
}

// people are the users and groups that the properties Users and Groups name. One that no template holds is left out.
func (b *builder) people() []*role {
	a := b.acct()
	return append(b.members("user", a.users, b.prop("Users")), b.members("group", a.groups, b.prop("Groups"))...)
}

func (b *builder) members(kind string, all map[string]*role, v any) (out []*role) {
	for _, name := range texts(v) {
		switch one := all[name]; {
		case one != nil:
			out = append(out, one)
		case stack.HasUnknown(name):
			b.warn("which %s it is for is not known", kind)
		default:
			b.warn("%s %q is in no template", kind, name)
		}
	}
	return out
}

// iamPersonPolicy is an inline policy of one user or group as a resource of its own.
func (b *builder) iamPersonPolicy() {
	b.then(func() {
		a := b.acct()
		for _, one := range append(b.members("user", a.users, b.prop("UserName")), b.members("group", a.groups, b.prop("GroupName"))...) {
			one.inline[first(text(b.prop("PolicyName")), b.res.LogicalID)] = documentText(b.prop("PolicyDocument"), identityPolicy, b.maybe())
		}
	})
}

func (b *builder) iamMembership() {
	b.then(func() {
		for _, user := range b.members("user", b.acct().users, b.prop("Users")) {
			if group := text(b.prop("GroupName")); !contains(user.groups, group) {
				user.groups = append(user.groups, group)
			}
		}
	})
}

// Users and groups as GetAccountAuthorizationDetails has them.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html and API_GroupDetail.html.
type (
	xmlUser struct {
		Path                    string
		UserName                string
		UserID                  string `xml:"UserId"`
		Arn                     string
		CreateDate              string
		UserPolicyList          *members[xmlPolicyDetail]
		GroupList               *members[string]
		AttachedManagedPolicies *members[xmlAttached]
		PermissionsBoundary     *xmlBoundary `xml:",omitempty"`
		Tags                    *members[xmlTag]
	}
	xmlGroup struct {
		Path                    string
		GroupName               string
		GroupID                 string `xml:"GroupId"`
		Arn                     string
		CreateDate              string
		GroupPolicyList         *members[xmlPolicyDetail]
		AttachedManagedPolicies *members[xmlAttached]
	}
)

func (r *role) userDetail() xmlUser {
	x := r.detail()
	groups := list(append([]string{}, r.groups...))
	return xmlUser{
		Path: x.Path, UserName: x.RoleName, UserID: x.RoleID, Arn: x.Arn, CreateDate: x.CreateDate, UserPolicyList: x.RolePolicyList,
		GroupList: &groups, AttachedManagedPolicies: x.AttachedManagedPolicies, PermissionsBoundary: x.PermissionsBoundary, Tags: x.Tags,
	}
}

func (r *role) groupDetail() xmlGroup {
	x := r.detail()
	return xmlGroup{
		Path: x.Path, GroupName: x.RoleName, GroupID: x.RoleID, Arn: x.Arn, CreateDate: x.CreateDate,
		GroupPolicyList: x.RolePolicyList, AttachedManagedPolicies: x.AttachedManagedPolicies,
	}
}
