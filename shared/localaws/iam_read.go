package localaws

import (
	"fmt"
	"net/url"
	"strings"
)

// IAM's answers as the query protocol writes them.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html and the pages of the
// other operations.
type (
	xmlRole struct {
		Path                     string
		RoleName                 string
		RoleID                   string `xml:"RoleId"`
		Arn                      string
		CreateDate               string
		AssumeRolePolicyDocument string
		Description              string       `xml:",omitempty"`
		MaxSessionDuration       int64        `xml:",omitempty"`
		PermissionsBoundary      *xmlBoundary `xml:",omitempty"`
		Tags                     *members[xmlTag]
		RoleLastUsed             *struct{} `xml:",omitempty"`

		// GetAccountAuthorizationDetails only
		RolePolicyList          *members[xmlPolicyDetail]
		AttachedManagedPolicies *members[xmlAttached]
		InstanceProfileList     *members[struct{}]
	}
	xmlBoundary struct {
		PermissionsBoundaryType string
		PermissionsBoundaryArn  string
	}
	xmlTag          struct{ Key, Value string }
	xmlPolicyDetail struct{ PolicyName, PolicyDocument string }
	xmlAttached     struct{ PolicyName, PolicyArn string }
	xmlPolicy       struct {
		PolicyName                    string
		PolicyID                      string `xml:"PolicyId"`
		Arn                           string
		Path                          string
		DefaultVersionID              string `xml:"DefaultVersionId"`
		AttachmentCount               int
		PermissionsBoundaryUsageCount int
		IsAttachable                  bool
		Description                   string `xml:",omitempty"`
		CreateDate                    string
		UpdateDate                    string
		PolicyVersionList             *members[xmlVersion]
	}
	xmlVersion struct {
		Document         string
		VersionID        string `xml:"VersionId"`
		IsDefaultVersion bool
		CreateDate       string
	}
)

// encoded is a policy document as IAM hands it out: escaped after RFC 3986, a space as %20.
func encoded(doc string) string { return strings.ReplaceAll(url.QueryEscape(doc), "+", "%20") }

func (r *role) xml() xmlRole {
	out := xmlRole{Path: r.path, RoleName: r.name, RoleID: r.id, Arn: r.arn, CreateDate: first(r.changed, bornText), AssumeRolePolicyDocument: encoded(r.trust)}
	if r.boundary != "" {
		out.PermissionsBoundary = &xmlBoundary{PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: r.boundary}
	}
	tags := members[xmlTag]{}
	for _, k := range sortedKeys(r.tags) {
		tags.Member = append(tags.Member, xmlTag{k, r.tags[k]})
	}
	out.Tags = &tags
	return out
}

// detail is the role with all its policies, as GetAccountAuthorizationDetails has it.
func (r *role) detail() xmlRole {
	x := r.xml()
	inline := members[xmlPolicyDetail]{}
	for _, name := range sortedKeys(r.inline) {
		inline.Member = append(inline.Member, xmlPolicyDetail{name, encoded(r.inline[name])})
	}
	attached := list(r.attachedXML())
	x.RolePolicyList, x.AttachedManagedPolicies, x.InstanceProfileList, x.RoleLastUsed = &inline, &attached, &members[struct{}]{}, &struct{}{}
	return x
}

func (r *role) attachedXML() []xmlAttached {
	var out []xmlAttached
	for _, arn := range r.attached {
		name := arn
		if !isUnknown(arn) {
			name = arn[strings.LastIndex(arn, "/")+1:]
		}
		out = append(out, xmlAttached{PolicyName: name, PolicyArn: arn})
	}
	return out
}

func (p *managedPolicy) xml() xmlPolicy {
	return xmlPolicy{
		PolicyName: p.name, PolicyID: p.id, Arn: p.arn, Path: p.path, DefaultVersionID: p.version, AttachmentCount: p.attachments,
		PermissionsBoundaryUsageCount: p.boundaries, IsAttachable: true, Description: p.description, CreateDate: bornText, UpdateDate: first(p.changed, bornText),
	}
}

func (p *managedPolicy) versionXML() xmlVersion {
	return xmlVersion{Document: encoded(p.document), VersionID: p.version, IsDefaultVersion: true, CreateDate: first(p.changed, bornText)}
}

// iamPage pages with MaxItems and Marker: 100 items unless asked, 1000 at most.
func iamPage[T any](c *call, all []T) (cut []T, marker string, err error) {
	limit, ok := number(c.form.Get("MaxItems"), 1000)
	if !ok {
		return nil, "", &apiError{Status: 400, Code: "ValidationError", Message: fmt.Sprintf("1 validation error detected: Value '%s' at 'maxItems' failed to satisfy constraint: Member must have value between 1 and 1000", c.form.Get("MaxItems"))}
	}
	cut, marker, e := page(c, all, c.form.Get("Marker"), limit, 100, 1000)
	if e != nil {
		return nil, "", e
	}
	return cut, marker, nil
}

var iamGetAccountAuthorizationDetails = operation{
	service: "iam", name: "GetAccountAuthorizationDetails",
	needs: anywhere("iam:GetAccountAuthorizationDetails"), shows: []string{"Filter", "MaxItems"},
	serve: func(c *call) (any, error) {
		filters := c.list("Filter")
		want := func(kind string) bool { return len(filters) == 0 || contains(filters, kind) }
		for i, f := range filters {
			if !contains([]string{"User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"}, f) {
				return nil, &apiError{Status: 400, Code: "ValidationError", Message: fmt.Sprintf("1 validation error detected: Value '%s' at 'filter.%d.member' failed to satisfy constraint: Member must satisfy enum value set: [LocalManagedPolicy, User, Group, AWSManagedPolicy, Role]", f, i+1)}
			}
		}
		var all []any
		if want("Role") {
			for _, r := range sortedValues(c.acct.roles) {
				all = append(all, r)
			}
		}
		if want("User") {
			for _, u := range sortedValues(c.acct.users) {
				all = append(all, u)
			}
		}
		if want("Group") {
			for _, g := range sortedValues(c.acct.groups) {
				all = append(all, g)
			}
		}
		for _, p := range c.srv.known(c.acct) {
			if p.aws() && want("AWSManagedPolicy") || !p.aws() && want("LocalManagedPolicy") {
				all = append(all, p)
			}
		}
		cut, marker, err := iamPage(c, all)
		if err != nil {
			return nil, err
		}
		var out struct {
			UserDetailList  members[xmlUser]
			GroupDetailList members[xmlGroup]
			RoleDetailList  members[xmlRole]
			Policies        members[xmlPolicy]
			IsTruncated     bool
			Marker          string `xml:",omitempty"`
		}
		for _, e := range cut {
			switch e := e.(type) {
			case *role:
				switch e.kind {
				case "user":
					out.UserDetailList.Member = append(out.UserDetailList.Member, e.userDetail())
				case "group":
					out.GroupDetailList.Member = append(out.GroupDetailList.Member, e.groupDetail())
				default:
					out.RoleDetailList.Member = append(out.RoleDetailList.Member, e.detail())
				}
			case *managedPolicy:
				x := e.xml()
				versions := list([]xmlVersion{e.versionXML()})
				x.PolicyVersionList = &versions
				out.Policies.Member = append(out.Policies.Member, x)
			}
		}
		out.IsTruncated, out.Marker = marker != "", marker
		return out, nil
	},
}

// onRole is the permission of an operation about the role that RoleName names.
func onRole(action string) func(*call) []need {
	return func(c *call) []need {
		name := c.form.Get("RoleName")
		arn := "arn:" + c.srv.opts.Partition + ":iam::" + c.acct.id + ":role/" + name
		if r := c.acct.roles[name]; r != nil {
			arn = r.arn
		}
		return []need{{action: action, resource: arn}}
	}
}

func onPolicy(action string) func(*call) []need {
	return func(c *call) []need { return []need{{action: action, resource: c.form.Get("PolicyArn")}} }
}

func (c *call) role() (*role, *apiError) {
	name := c.form.Get("RoleName")
	if name == "" {
		return nil, &apiError{Status: 400, Code: "ValidationError", Message: "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"}
	}
	if r := c.acct.roles[name]; r != nil {
		return r, nil
	}
	if c.srv.goneRole(c.acct.id, name) {
		return nil, noSuch("The role with name %s cannot be found.", name)
	}
	return nil, unknown(c.svc, "role "+name)
}

func noSuch(format string, args ...any) *apiError {
	return &apiError{Status: 404, Code: "NoSuchEntity", Message: fmt.Sprintf(format, args...)}
}

var iamGetRole = operation{
	service: "iam", name: "GetRole", needs: onRole("iam:GetRole"), shows: []string{"RoleName"},
	serve: func(c *call) (any, error) {
		r, err := c.role()
		if err != nil {
			return nil, err
		}
		x := r.xml()
		x.Description, x.MaxSessionDuration, x.RoleLastUsed = r.description, r.session, &struct{}{}
		return struct{ Role xmlRole }{x}, nil
	},
}

var iamListAttachedRolePolicies = operation{
	service: "iam", name: "ListAttachedRolePolicies", needs: onRole("iam:ListAttachedRolePolicies"), shows: []string{"RoleName", "MaxItems"},
	serve: func(c *call) (any, error) {
		r, e := c.role()
		if e != nil {
			return nil, e
		}
		cut, marker, err := iamPage(c, r.attachedXML())
		if err != nil {
			return nil, err
		}
		return struct {
			AttachedPolicies members[xmlAttached]
			IsTruncated      bool
			Marker           string `xml:",omitempty"`
		}{list(cut), marker != "", marker}, nil
	},
}

var iamListRolePolicies = operation{
	service: "iam", name: "ListRolePolicies", needs: onRole("iam:ListRolePolicies"), shows: []string{"RoleName", "MaxItems"},
	serve: func(c *call) (any, error) {
		r, e := c.role()
		if e != nil {
			return nil, e
		}
		cut, marker, err := iamPage(c, sortedKeys(r.inline))
		if err != nil {
			return nil, err
		}
		return struct {
			PolicyNames members[string]
			IsTruncated bool
			Marker      string `xml:",omitempty"`
		}{list(cut), marker != "", marker}, nil
	},
}

var iamGetRolePolicy = operation{
	service: "iam", name: "GetRolePolicy", needs: onRole("iam:GetRolePolicy"), shows: []string{"RoleName", "PolicyName"},
	serve: func(c *call) (any, error) {
		r, err := c.role()
		if err != nil {
			return nil, err
		}
		name := c.form.Get("PolicyName")
		doc, ok := r.inline[name]
		if !ok {
			return nil, noSuch("The role policy with name %s cannot be found.", name)
		}
		return struct{ RoleName, PolicyName, PolicyDocument string }{r.name, name, encoded(doc)}, nil
	},
}

// policyAsked finds the managed policy of PolicyArn, with how often it is attached.
func (c *call) policyAsked() (*managedPolicy, *apiError) {
	arn := c.form.Get("PolicyArn")
	for _, p := range c.srv.known(c.acct) {
		if p.arn == arn {
			return p, nil
		}
	}
	if p := c.srv.managedPolicy(c.acct, arn); p != nil {
		return p, nil
	}
	if p := splitARN(arn); p == nil {
		return nil, &apiError{Status: 400, Code: "InvalidInput", Message: fmt.Sprintf("ARN %s is not valid.", arn)}
	}
	return nil, unknown(c.svc, "policy "+arn)
}

var iamGetPolicy = operation{
	service: "iam", name: "GetPolicy", needs: onPolicy("iam:GetPolicy"), shows: []string{"PolicyArn"},
	serve: func(c *call) (any, error) {
		p, err := c.policyAsked()
		if err != nil {
			return nil, err
		}
		return struct{ Policy xmlPolicy }{p.xml()}, nil
	},
}

var iamGetPolicyVersion = operation{
	service: "iam", name: "GetPolicyVersion", needs: onPolicy("iam:GetPolicyVersion"), shows: []string{"PolicyArn", "VersionId"},
	serve: func(c *call) (any, error) {
		p, err := c.policyAsked()
		if err != nil {
			return nil, err
		}
		if v := c.form.Get("VersionId"); v != p.version {
			return nil, noSuch("Policy %s version %s does not exist or is not attachable.", p.arn, v)
		}
		return struct{ PolicyVersion xmlVersion }{p.versionXML()}, nil
	},
}
