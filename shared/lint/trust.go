package lint

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/iampolicy"
)

const rolePage = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"

// trusts reports whether an Allow statement names the service principal.
func (d *document) trusts(service string) bool {
	for _, s := range d.statements {
		if s.allow && s.names(service) {
			return true
		}
	}
	return false
}

func (s *statement) names(service string) bool {
	return slices.ContainsFunc(s.Principals(), func(p iampolicy.PrincipalValue) bool {
		return p.Type == "Service" && p.Value == service || p.Value == "*" || strings.Contains(p.Value, "⟦")
	})
}

func trustPrincipal() rule {
	return rule{
		id: "trust-principal", title: "The trust policy of an execution role does not name Lambda.", page: rolePage,
		document: func(d *document) {
			if d.policy.Kind() != iampolicy.Trust || !d.ctx.ExecutionRole {
				return
			}
			wanted := map[string]string{"lambda.amazonaws.com": rolePage}
			if d.ctx.Edge {
				wanted["edgelambda.amazonaws.com"] = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html"
			}
			for service, page := range wanted {
				if d.trusts(service) {
					continue
				}
				p := Problem{
					Confidence: Certain, Element: "Principal", Page: page,
					Why: fmt.Sprintf("no statement lets %s assume the role", service), Do: "allow sts:AssumeRole to " + service,
				}
				s, value := d.misspelt(service)
				if s == nil {
					d.report(p)
					continue
				}
				p.Value, p.Replace = value, []string{service}
				p.Why += fmt.Sprintf("; %s is another principal", value)
				s.report(p)
			}
		},
	}
}

// misspelt finds the service principal that was probably meant.
func (d *document) misspelt(service string) (*statement, string) {
	short, _, _ := strings.Cut(service, ".")
	for _, s := range d.statements {
		for _, p := range s.Principals() {
			if s.allow && p.Type == "Service" && (strings.HasPrefix(p.Value, short) || strings.HasPrefix(p.Value, "aws."+short)) {
				return s, p.Value
			}
		}
	}
	return nil, ""
}

func trustAction() rule {
	return rule{
		id: "trust-action", title: "The trust policy lets Lambda do something else than sts:AssumeRole.", page: rolePage,
		document: func(d *document) {
			if d.policy.Kind() != iampolicy.Trust {
				return
			}
			var first *statement
			for _, s := range d.statements {
				if !s.allow || !s.names("lambda.amazonaws.com") {
					continue
				}
				if s.has("sts:AssumeRole") || len(s.NotActions()) > 0 || slices.ContainsFunc(s.actions, func(a action) bool { return a.unknown }) {
					return
				}
				if first == nil {
					first = s
				}
			}
			if first == nil || len(first.actions) == 0 {
				return
			}
			first.report(Problem{
				Confidence: Certain, Element: "Action", Value: first.actions[0].text,
				Why: "Lambda assumes the role by sts:AssumeRole, and no statement for lambda.amazonaws.com allows it", Replace: []string{"sts:AssumeRole"}, Do: "write sts:AssumeRole",
			})
		},
	}
}

func trustSource() rule {
	return rule{
		id: "trust-source", title: "The trust policy is limited to another function.", page: rolePage,
		statement: func(s *statement) {
			ctx := s.doc.ctx
			if s.doc.policy.Kind() != iampolicy.Trust || !s.allow || ctx.Function == "" || !s.names("lambda.amazonaws.com") {
				return
			}
			for _, c := range s.condition("aws:SourceArn") {
				if !needsKey(c) || slices.ContainsFunc(c.Values, func(v string) bool { return globCovers(open(v, true), ctx.Function) }) {
					continue
				}
				s.report(Problem{
					// Another statement may let this function in.
					Confidence: s.certainIf(len(s.doc.statements) == 1), Element: "Condition", Operator: c.Operator, Key: c.Key, Value: c.Values[0],
					Why: fmt.Sprintf("Lambda assumes the role for %s, which the condition does not cover", ctx.Function), Replace: []string{ctx.Function}, Do: "write " + ctx.Function,
				})
			}
		},
	}
}
