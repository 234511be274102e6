package lint

import (
	"fmt"
	"regexp"
	"strings"

	"permprobe/shared/iampolicy"
)

var policyVariables = regexp.MustCompile(`\$\{[a-zA-Z0-9-]+:[^}]*\}`)

// people are the variables that a role's session has no value for.
var people = []string{"${aws:username}", "${aws:MultiFactorAuthAge}"}

func policyVariable() rule {
	return rule{
		id: "policy-variable", title: "A policy variable has no value for a role.",
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html",
		statement: func(s *statement) {
			for _, r := range s.resources {
				found := policyVariables.FindString(r.text)
				if found == "" || strings.HasPrefix(found, "${AWS::") {
					continue
				}
				p := Problem{Confidence: Hint, Element: "Resource", Value: r.text}
				switch {
				case s.doc.policy.Version() != "2012-10-17":
					p.Confidence = s.certainIf(true)
					p.Why = fmt.Sprintf("without Version 2012-10-17 %s is ordinary text, which no ARN holds", found)
					p.Do = "add \"Version\": \"2012-10-17\""
				case s.doc.ctx.ExecutionRole && hasAnyFold(r.text, people):
					p.Why = fmt.Sprintf("%s has no value in a role's session, so the resource matches nothing", found)
					p.Do = "name the resource, or use a session or principal tag"
				case s.doc.ctx.ExecutionRole && strings.Contains(strings.ToLower(found), "aws:principaltag/"):
					p.Why = fmt.Sprintf("%s has a value only if the role has this tag", found)
					p.Do = "tag the role, or name the resource"
				default:
					continue
				}
				s.report(p)
			}
		},
	}
}

func hasAnyFold(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(strings.ToLower(text), strings.ToLower(p)) {
			return true
		}
	}
	return false
}

func policyVersion() rule {
	return rule{
		id: "policy-version", title: "The policy is of the old version of the language.",
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
		document: func(d *document) {
			if d.policy.Version() == "2012-10-17" {
				return
			}
			d.report(Problem{
				Confidence: Advice,
				Element:    "Version", Value: d.policy.Version(),
				Why: "without Version 2012-10-17 policy variables are ordinary text", Do: "add \"Version\": \"2012-10-17\"", Replace: []string{"2012-10-17"},
			})
		},
	}
}

// Quotas that the kind of policy alone does not tell: that of a function's
// resource policy, and that of all inline policies of a role together.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
const (
	functionPolicyQuota = 20480
	inlineQuota         = 10240
)

func policySize() rule {
	return rule{
		id: "policy-size", title: "The policy is larger than AWS accepts.",
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
		document: func(d *document) {
			quota := d.policy.Kind().Quota()
			switch name := d.policy.Name(); {
			case awsManaged.MatchString(name):
				return // AWS's own may be larger
			case strings.HasPrefix(name, "inline "):
				quota = inlineQuota
			}
			if d.policy.Kind() == iampolicy.Resource && strings.Contains(d.ctx.Function, ":function:") {
				quota = functionPolicyQuota
			}
			if quota == 0 || d.policy.Size() <= quota {
				return
			}
			d.report(Problem{
				Confidence: Hint,
				Element:    "Statement",
				Why:        fmt.Sprintf("the policy has %d characters, and the quota of such policies is %d", d.policy.Size(), quota),
				Do:         "split the policy, or use wildcards",
			})
		},
	}
}

func notElements() rule {
	return rule{
		id: "not-element-allow", title: "An Allow names what it does not cover.",
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
		statement: func(s *statement) {
			if !s.allow {
				return
			}
			for element, values := range map[string][]string{"NotAction": s.NotActions(), "NotResource": s.NotResources()} {
				if len(values) > 0 {
					s.report(Problem{
						Confidence: Advice,
						Element:    element, Value: strings.Join(values, ", "),
						Why: fmt.Sprintf("%s in an Allow grants everything else, new services included", element), Do: "list what is allowed",
					})
				}
			}
		},
	}
}
