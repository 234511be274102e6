package iampolicy

import (
	"fmt"
	"strings"
)

// principalElements are the types of principal in the order in which they are printed.
var principalElements = [...]string{"AWS", "CanonicalUser", "Federated", "Service"}

type entryKind uint8

const (
	entryNone      entryKind = iota // an empty list: it keeps the element
	entryAny                        // everybody
	entryAccount                    // delegation to an account
	entryRole                       // a role and its sessions
	entrySession                    // one session of a role
	entryUser                       // a user
	entryFederated                  // one federated user session
	entryService
	entryProvider
	entryCanonical
	entryNobody  // matches nobody by name: an id such as AROA…, a wildcard inside an ARN
	entryUnclear // AWS does not say whom it matches: a wildcard service or provider
	entryUnknown // has unknown parts
)

// principalEntry is one principal of a Principal or NotPrincipal element.
type principalEntry struct {
	kind      entryKind
	element   string
	text      string
	partition string // empty for a bare account id, which is of any partition
	account   string
	name      string
	session   string
	tokens    []token // of entryUnknown
}

func newPrincipalEntry(element, text string) (principalEntry, error) {
	e := principalEntry{element: element, text: text}
	if text == "" {
		return e, fmt.Errorf("principal is empty")
	}
	if hasUnknown(text) {
		e.kind, e.tokens = entryUnknown, lex(text, false, false)
		return e, nil
	}
	switch element {
	case "Service":
		e.kind = entryService
		if strings.ContainsAny(text, "*?") {
			e.kind = entryUnclear
		}
	case "Federated":
		e.kind = entryProvider
		if strings.ContainsAny(text, "*?") {
			e.kind = entryUnclear
		}
	case "CanonicalUser":
		e.kind = entryCanonical
	default:
		return e, e.parseAWS()
	}
	return e, nil
}

func (e *principalEntry) parseAWS() error {
	switch {
	case e.text == "*":
		e.kind = entryAny
		return nil
	case isAccountID(e.text):
		e.kind, e.account = entryAccount, e.text
		return nil
	case isUniqueID(e.text):
		e.kind = entryNobody
		return nil
	}
	parts, ok := splitARN(e.text)
	if !ok {
		return fmt.Errorf("principal %q is neither an ARN, an account id nor \"*\"", clip(e.text))
	}
	if strings.ContainsAny(e.text, "*?") {
		e.kind = entryNobody
		return nil
	}
	e.partition, e.account = parts[arnPartition], parts[arnAccount]
	kind, rest, _ := strings.Cut(parts[arnResource], "/")
	e.name = rest[strings.LastIndexByte(rest, '/')+1:]
	switch service := parts[arnService]; {
	case service == "iam" && parts[arnResource] == "root":
		e.kind = entryAccount
	case service == "iam" && kind == "role" && e.name != "":
		e.kind = entryRole
	case service == "iam" && kind == "user" && e.name != "":
		e.kind = entryUser
	case service == "sts" && kind == "assumed-role" && e.name != "":
		e.kind = entrySession
		e.name, e.session, _ = strings.Cut(rest, "/")
	case service == "sts" && kind == "federated-user" && e.name != "":
		e.kind = entryFederated
	case service == "cloudfront" || service == "iam":
		// An origin access identity, which is no caller that can be asked about here; a group or another entity,
		// which is no principal.
		e.kind = entryNobody
	default:
		return fmt.Errorf("principal %q is not a user, role, session or account", clip(e.text))
	}
	return nil
}

// isUniqueID reports whether s is a unique id such as AROA…, which a policy shows for a principal that was deleted
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
func isUniqueID(s string) bool {
	if len(s) < 5 {
		return false
	}
	switch s[:4] {
	case "AROA", "AIDA", "AGPA", "ANPA", "AIPA", "APKA", "ASCA", "ABIA", "ACCA", "AKIA", "ASIA", "ANVA":
	default:
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// grantKind says how a statement names the caller, which decides what else limits an allow
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-id-rdp.html).
type grantKind uint8

const (
	grantDirect  grantKind = iota // everybody, a user, a session, a service: no implicit deny limits it
	grantRole                     // by the role's ARN: boundary and session policy limit it
	grantAccount                  // by the account: it only delegates to the account's own policies
	grantKinds
)

// named tells for each way of naming whether a statement names the caller.
type named [grantKinds]tri

func (n named) any() tri { return n[grantDirect].or(n[grantRole]).or(n[grantAccount]) }

func (n named) and(t tri) named {
	for i := range n {
		n[i] = n[i].and(t)
	}
	return n
}

func (n named) or(m named) named {
	for i := range n {
		n[i] = n[i].or(m[i])
	}
	return n
}

func direct(t tri) named { return named{grantDirect: t} }

// names tells whether the entry names the caller. It allocates only for unknown parts.
func (e *principalEntry) names(c *Case) named {
	p := &c.Principal
	switch e.kind {
	case entryAny:
		return direct(yes)
	case entryNone, entryNobody:
		return named{}
	case entryUnknown:
		return e.mayName(p)
	case entryUnclear:
		return direct(triOf(e.element == "Service" && p.kind == principalService || e.element == "Federated" && c.isProvider()).doubted())
	case entryService:
		return direct(p.equals(principalService, e.text))
	case entryProvider:
		if c.isProvider() {
			return direct(triOf(p.text == e.text))
		}
		return direct(p.equals(principalProvider, e.text))
	case entryCanonical:
		if p.entity {
			// It may be the canonical id of the caller's account.
			return named{grantAccount: maybe}
		}
		return direct(p.equals(principalCanonical, e.text))
	}
	if p.unknown {
		return e.mayName(p)
	}
	if !p.entity || p.account != e.account || p.partition != e.partition && p.partition != "" && e.partition != "" {
		return named{}
	}
	switch e.kind {
	case entryAccount:
		return named{grantAccount: yes}
	case entryRole:
		if p.kind == principalRole && p.text == e.text || p.kind == principalSession && p.name == e.name {
			return named{grantRole: yes}
		}
	case entrySession:
		return direct(triOf(p.kind == principalSession && p.name == e.name && p.session == e.session))
	case entryUser:
		if p.kind == principalFederated {
			// It covers the sessions that the user federated, of which a session's name does not tell.
			return named{grantRole: maybe}
		}
		return direct(triOf(p.kind == principalUser && p.text == e.text))
	case entryFederated:
		return direct(triOf(p.kind == principalFederated && p.text == e.text))
	}
	return named{}
}

// equals compares a principal of one kind by its text.
func (p *Principal) equals(kind principalKind, text string) tri {
	if p.kind == principalOpaque || p.kind == kind && p.unknown {
		return matchUnknown([]token{{kind: tokenText, text: text}}, p.text)
	}
	return triOf(p.kind == kind && p.text == text)
}

// isProvider reports whether the caller is an identity provider's user: some providers have names like services.
func (c *Case) isProvider() bool {
	return c.Principal.kind == principalProvider ||
		c.Principal.kind == principalService && (strings.EqualFold(c.Action, "sts:AssumeRoleWithWebIdentity") || strings.EqualFold(c.Action, "sts:AssumeRoleWithSAML"))
}

// mayName is names where the entry or the caller has unknown parts: maybe, unless the known parts differ from every
// form in which an entry could name the caller.
func (e *principalEntry) mayName(p *Principal) named {
	tokens := e.tokens
	if tokens == nil {
		tokens = []token{{kind: tokenText, text: e.text}}
	}
	fits := func(text string) tri { return matchUnknown(tokens, text).doubted() }
	var n named
	if p.entity || p.kind == principalOpaque {
		partition := p.partition
		if partition == "" {
			partition = Unknown("partition")
		}
		account := p.account
		if account == "" {
			account = Unknown("account")
		}
		n[grantAccount] = fits(account).or(fits("arn:" + partition + ":iam::" + account + ":root"))
		if p.kind == principalSession {
			n[grantRole] = fits("arn:" + partition + ":iam::" + account + ":role/" + Unknown(rolePath) + p.name)
		}
	}
	if p.kind == principalRole {
		n[grantRole] = fits(p.text)
	} else if p.kind != principalAnonymous {
		n[grantDirect] = fits(p.text)
	}
	n[grantDirect] = n[grantDirect].or(fits("*"))
	return n
}

// principal tells whether the statement's principal elements name the caller. A statement of a policy that names
// principals and has none matches nobody.
func (s *Statement) principal(c *Case, kind Kind) named {
	if !kind.hasPrincipal() {
		return direct(yes)
	}
	if !s.hasPrincipal {
		return named{}
	}
	if s.notPrincipal {
		return direct(s.exempts(c).not())
	}
	var n named
	for i := range s.principals {
		n = n.or(s.principals[i].names(c))
	}
	return n
}

// exempts tells whether NotPrincipal lists the caller. AWS says that an entry should be accompanied by the account, and
// for a session by its role too, and that otherwise the statement might apply all the same: to list only some of them
// is undetermined. With Deny, it always applies to a principal that has a permissions boundary.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html.
func (s *Statement) exempts(c *Case) tri {
	p := &c.Principal
	if s.effect == Deny && c.Boundary != nil && p.entity && p.kind != principalRoot {
		return no
	}
	var n named
	var exact tri // the caller's own ARN is listed
	for i := range s.principals {
		m := s.principals[i].names(c)
		if s.principals[i].kind == entryAny {
			return yes
		}
		n = n.or(m)
		exact = exact.or(m[grantDirect])
	}
	account, role := n[grantAccount], n[grantRole]
	switch p.kind {
	case principalRoot:
		return account.or(exact)
	case principalSession:
		if exact.or(role) == no {
			return no
		}
		return partly(account.and(role).and(exact))
	case principalRole:
		if role == no {
			return no
		}
		return partly(account.and(role))
	case principalUser, principalFederated:
		if exact == no {
			return no
		}
		return partly(account.and(exact))
	}
	return n.any()
}

// partly turns a no into maybe.
func partly(t tri) tri { return t.or(maybe) }
