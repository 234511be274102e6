package iampolicy

import (
	"fmt"
	"strings"
)

// principalKind is the kind of a caller.
type principalKind uint8

const (
	principalNone principalKind = iota
	principalAnonymous
	principalUser
	principalRole
	principalSession   // of an assumed role
	principalFederated // user session of GetFederationToken
	principalRoot
	principalService
	principalProvider  // an identity provider, as the Federated element names it
	principalCanonical // an S3 canonical user id
	principalOpaque    // a text with unknown parts that hide its kind
)

// Principal is who makes a request. Make one with ParsePrincipal or Service; the zero value is nobody.
type Principal struct {
	kind      principalKind
	text      string
	partition string
	account   string
	name      string // of the user, or of the role without its path
	session   string
	unknown   bool // the text has unknown parts
	entity    bool // it has an account and policies of its own
	linked    bool // it is a service-linked role
	derived   *derivedValues
}

// ParsePrincipal reads who makes a request: the ARN of a user, a role, an assumed-role session, a federated user or an
// account's root, an account id (its root user), a service principal such as "lambda.amazonaws.com", an identity
// provider's ARN or name for web identity and SAML, a canonical user id of 64 hexadecimal digits, or "*" for a caller
// that is not authenticated.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
func ParsePrincipal(s string) (Principal, error) {
	p := Principal{text: s, unknown: hasUnknown(s)}
	switch {
	case s == "":
		return Principal{}, fmt.Errorf("principal is empty")
	case s == "*":
		p.kind = principalAnonymous
	case isAccountID(s):
		p.kind, p.account = principalRoot, s
	case isCanonicalID(s):
		p.kind = principalCanonical
	case strings.HasPrefix(s, "arn:"):
		if err := p.parseARN(); err != nil {
			return Principal{}, err
		}
	case p.unknown:
		p.kind = principalOpaque
	case isServiceName(s):
		p.kind = principalService
	case isProviderName(s):
		p.kind = principalProvider
	default:
		return Principal{}, fmt.Errorf("principal %q is neither an ARN, an account id, a service nor *", clip(s))
	}
	if strings.ContainsAny(s, "*?") && p.kind != principalAnonymous {
		return Principal{}, fmt.Errorf("principal %q has a wildcard: a request has one caller", clip(s))
	}
	switch p.kind {
	case principalUser, principalRole, principalSession, principalFederated, principalRoot:
		p.entity = true
	}
	p.derived = p.deriveValues()
	return p, nil
}

// Service returns the service principal of that name, such as "lambda.amazonaws.com".
func Service(name string) Principal {
	p := Principal{kind: principalService, text: name, unknown: hasUnknown(name)}
	p.derived = p.deriveValues()
	return p
}

// String returns the principal as it was given.
func (p Principal) String() string { return p.text }

// Account returns the account id of the principal, empty for services, anonymous callers and providers.
func (p Principal) Account() string { return p.account }

func (p *Principal) parseARN() error {
	parts, ok := splitARN(p.text)
	if !ok {
		if p.unknown {
			p.kind = principalOpaque
			return nil
		}
		return fmt.Errorf("principal %q is not a complete ARN", clip(p.text))
	}
	p.partition, p.account = parts[arnPartition], parts[arnAccount]
	if p.account == "" {
		return fmt.Errorf("principal %q has no account id", clip(p.text))
	}
	if !isAccountID(p.account) && !hasUnknown(p.account) {
		return fmt.Errorf("principal %q has account %q, which is not of twelve digits", clip(p.text), clip(p.account))
	}
	resource := parts[arnResource]
	kind, rest, _ := strings.Cut(resource, "/")
	last := rest[strings.LastIndexByte(rest, '/')+1:]
	switch service := parts[arnService]; {
	case service == "iam" && resource == "root":
		p.kind = principalRoot
	case service == "iam" && kind == "user" && last != "":
		p.kind, p.name = principalUser, last
	case service == "iam" && kind == "role" && last != "":
		p.kind, p.name = principalRole, last
		p.linked = strings.HasPrefix(resource, serviceLinkedPath)
	case service == "iam" && (kind == "oidc-provider" || kind == "saml-provider") && rest != "":
		p.kind = principalProvider
		p.account = "" // the provider's, not the caller's
	case service == "sts" && kind == "assumed-role":
		name, session, found := strings.Cut(rest, "/")
		if !found || name == "" || session == "" {
			return fmt.Errorf("principal %q is not of the form assumed-role/ROLE/SESSION", clip(p.text))
		}
		p.kind, p.name, p.session = principalSession, name, session
	case service == "sts" && kind == "federated-user" && rest != "":
		p.kind, p.name = principalFederated, rest
	case p.unknown:
		p.kind = principalOpaque
	default:
		return fmt.Errorf("principal %q is not a user, role, session or root", clip(p.text))
	}
	return nil
}

// isServiceName reports whether s looks like a service principal: NAME.amazonaws.com, .com.cn or another suffix that
// AWS uses, such as lambda.us-east-1.amazonaws.com and delivery.logs.amazonaws.com.
func isServiceName(s string) bool {
	if strings.ContainsAny(s, "/: ") {
		return false
	}
	return strings.HasSuffix(s, ".amazonaws.com") || strings.HasSuffix(s, ".amazonaws.com.cn") ||
		strings.HasSuffix(s, ".amazon.com") && s != "www.amazon.com" || strings.HasSuffix(s, ".aws.internal") ||
		strings.HasSuffix(s, ".amazonaws.eu")
}

// isProviderName reports whether s is the host name of a web identity provider, such as accounts.google.com.
func isProviderName(s string) bool {
	return strings.Contains(s, ".") && !strings.ContainsAny(s, " :")
}

func isCanonicalID(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Service-linked roles are under a path that only AWS can use; by convention their names begin alike.
const (
	serviceLinkedPath = "role/aws-service-role/"
	serviceLinkedName = "AWSServiceRoleFor"
)

// serviceLinked tells of a case with control policies whether the caller is a service-linked role, which they do not bind
// (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html). A session's ARN does
// not tell the path that would: aws:PrincipalArn does, where the case has it.
func (c *Case) serviceLinked() tri {
	switch {
	case c.Principal.linked:
		return yes
	case c.Principal.kind != principalSession || len(c.SCPs) == 0 && len(c.RCPs) == 0:
		return no
	}
	for _, v := range c.Context.values["aws:principalarn"] {
		parts, _ := splitARN(v)
		return triOf(strings.HasPrefix(parts[arnResource], serviceLinkedPath))
	}
	if strings.HasPrefix(c.Principal.name, serviceLinkedName) {
		return maybe
	}
	return no
}
