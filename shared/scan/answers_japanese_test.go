package scan_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"permprobe/shared/finding"
	"permprobe/shared/render"
)

var verb = regexp.MustCompile(`%(?:\[\d\])?[sdq]`)

// sample is a sentence that a format makes.
func sample(format string) string {
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		return map[byte]string{'s': "x1", 'd': "3", 'q': `"q"`}[v[len(v)-1]]
	})
}

// said are the texts of the package's sources by what becomes of them: whole sentences, and pieces of answers.
func said(t *testing.T) (sentences, pieces []string) {
	t.Helper()
	text := func(e ast.Expr) string {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return ""
		}
		s, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	within := func(n ast.Node, take func(string)) {
		ast.Inspect(n, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok && text(e) != "" {
				take(text(e))
			}
			return true
		})
	}
	sentence := func(s string) { sentences = append(sentences, s) }
	piece := func(s string) { pieces = append(pieces, s) }
	for _, file := range []string{"symptom.go", "symptom_branches.go", "symptom_answers.go", "symptom_doors.go", "symptom_known.go", "diagnose.go", "claim.go", "granted.go", "changes.go", "changes_configuration.go", "symptom_private.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch name, _ := n.Fun.(*ast.Ident); {
				case name == nil:
				case name.Name == "pro" || name.Name == "con":
					if s := text(n.Args[1]); s != "%s" && s != "%s." && s != "The API's log says %s %s (%s)." && s != "%s answered %s 5xx and the function was not invoked once since %s." {
						sentence(s)
					}
				case name.Name == "cause":
					within(n.Args[1], sentence)
				}
			case *ast.KeyValueExpr:
				if key, _ := n.Key.(*ast.Ident); key != nil && (key.Name == "Title" || key.Name == "For" || key.Name == "Against") {
					within(n.Value, sentence)
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					field, _ := to.(*ast.SelectorExpr)
					if field == nil || i >= len(n.Rhs) {
						continue
					}
					switch field.Sel.Name {
					case "Effect", "Title":
						within(n.Rhs[i], sentence)
					case "Answer", "why":
						within(n.Rhs[i], piece)
					}
				}
			case *ast.FuncDecl:
				switch n.Name.Name {
				case "otherEffect":
					ast.Inspect(n.Body, func(n ast.Node) bool {
						if back, ok := n.(*ast.ReturnStmt); ok {
							within(back, sentence)
						}
						return true
					})
				case "unclear", "grantedBy":
					within(n.Body, piece)
				}
			}
			return true
		})
	}
	return sentences, pieces
}

// wholeAnswers are answers as they are made of several pieces.
func wholeAnswers() []string {
	granted := "If that was granted since, run it again: a change may take minutes to be known everywhere."
	refusedAgain := " If it is refused again, something decides that is not seen here: a session policy, a VPC endpoint policy, or another resource than the one the message names."
	out := []string{
		"Nothing can be said: the API could not be read.",
		`There is no API "q" in us-east-1 of account 123456789012: another account or Region, or it was deleted.`,
		"It is this: API Gateway may not invoke the function. The fix stands below.",
		"The first that a request meets: the function takes too long. There is more: calls are throttled; the function itself answers 500. The fix stands below.",
		"Nothing was found for certain. It may be: the request has no valid API key; AWS WAF blocks the request; the authorizer refuses the caller.",
		"Nothing was found, and not everything could be looked at: Lambda cannot start the function.",
		"Nothing that is known to give this status is there: it may be over, or be outside what is looked at (the network, a proxy or CDN before the API).",
		"The call was made as the role other, and app runs as app-role: the message is of something else, or the function was given another role since. Diagnose it for what runs as other.",
		"It is refused now as well (implicitDeny).",
		"It is refused now as well: A title of a finding. The message names another place, execution-role, than the evaluation, target-policy: a message names one policy even where several refuse, so the other one may come next. The message may be of 3 others of the function's findings as well: a check tells them.",
		"Not decided: nothing decides this call.",
		"Not decided: the message names no action, and nothing that is known of the function explains it.",
		"Not decided: the message does not say on which resource s3:GetObject was called, and nothing that is known of the function explains it.",
		"Not decided: the message names s3:GetObject on x, which is no call that IAM knows, and nothing that is known of the function explains it.",
		"Not decided: iam:GetRole is refused (AccessDenied): permprobe's role lacks it",
		"The message says that it was refused; it is allowed now, by what is read. " + granted + refusedAgain,
	}
	out = append(out, "It is refused now as well: A title of a finding. The account in the message is blanked out: the function's own was taken for it.")
	for _, ago := range []string{"less than a minute", "1 minute", "5 minutes", "1 hour", "5 hours", "1 day", "5 days"} {
		for _, by := range []string{"somebody", "arn:aws:iam::123456789012:user/ann"} {
			for _, end := range []string{", after it was refused: run it again.", ", moments before it was refused: a change takes a while to be known everywhere, so run it again."} {
				out = append(out, "The message says that it was refused, last at 2026-11-21T03:00:00Z; it is allowed now, by #1 in inline policy p of r. It was granted "+ago+" ago by "+by+" (PutRolePolicy of p at 2026-11-21T02:00:00Z)"+end+refusedAgain)
			}
		}
	}
	for _, guard := range []string{"session policy", "resource control policy", "VPC endpoint policy", "Block Public Access setting"} {
		out = append(out, "The message says that a "+guard+" refuses it. The role is allowed it by what is read, and whether that guardrail still refuses it is not among what is read: ask who owns it.")
	}
	return out
}

func TestAnswersAreJapaneseWhole(t *testing.T) {
	sentences, pieces := said(t)
	if len(sentences) < 90 || len(pieces) < 20 {
		t.Fatalf("%d sentences and %d pieces of answers were found", len(sentences), len(pieces))
	}
	// What stands within sentences.
	var whole []string
	for _, one := range sentences {
		whole = append(whole, sample(one))
	}
	for _, what := range []string{"that the function's answer is malformed: it must be an object with a statusCode", "that the function failed"} {
		whole = append(whole, "The API's log says 3 times "+what+" (/aws/api, last at 2026-11-21T03:00:00Z).")
	}
	whole = append(whole, "It is not decided: nothing of the route was decided.", "It is not decided: nothing of the authorizer was decided.",
		"It is not decided: the policy names the route in a form of which AWS does not document that calls match it.",
		"It is not decided: iam:GetRole is refused (AccessDenied): permprobe's role lacks it.", "lambda:GetPolicy is refused (AccessDenied): permprobe's role lacks it.",
		"The API, with all its routes, answered once 5xx and the function was not invoked once since 2026-11-21T03:00:00Z.",
		"The route GET /notes/{id} answered 3 times 5xx and the function was not invoked once since 2026-11-21T03:00:00Z.",
		"No request of the API was counted since 2026-11-21T03:00:00Z: none came to it, or what is counted comes some minutes late.",
		"The API, with all its routes, answered 3 times 5xx since 2026-11-21T03:00:00Z, of 7 requests. Which of them is not told: detailed metrics are off for the route.",
		"The API, with all its routes, answered once 4xx since 2026-11-21T03:00:00Z. The metrics of the stage name no request of the route: none came, or its detailed metrics are younger.",
		"The API, with all its routes, answered no 5xx since 2026-11-21T03:00:00Z, of 1 request.", "The API, with all its routes, answered no 5xx since 2026-11-21T03:00:00Z.",
		"The route GET /notes/{id} answered once 5xx since 2026-11-21T03:00:00Z, of 1 request.", "The route GET /notes/{id} answered 2 times 5xx since 2026-11-21T03:00:00Z.",
		"The route GET /notes/{id} answered no 5xx since 2026-11-21T03:00:00Z, of 10 requests.", "The route GET /notes/{id} answered no 4xx since 2026-11-21T03:00:00Z.",
		"The stage prod lets 2.5 requests a second and 1 request at once through to GET /notes.", "The stage prod lets as many requests as the account may a second and 5 requests at once through to GET /notes.",
		"Its code was refused dynamodb:Query on arn:aws:dynamodb:us-east-1:123456789012:table/notes 3 times, last at 2026-11-21T03:00:00Z, as the log group /aws/lambda/notes tells.",
		"Its code was refused s3:GetObject once, last at 2026-11-21T03:00:00Z, as CloudTrail tells.",
		"It set the function's VPC: since then the role needs the permission.", "It set the function's key of the environment: since then the role needs the permission.",
		"It set the function's dead-letter target, for which the role needs the permission. What was set before is not in the history.",
		"It set the function's tracing: since then the role needs the permission.", "It set the function's file systems: since then the role needs the permission.",
		`Its log /g holds 1 line of the kind "crash", the last at 2026-11-21T03:00:00Z.`)
	fault := finding.Finding{ID: "1", Check: "R4", Title: "A title of a finding", Cause: "A cause of a finding. Of two sentences.", Function: "arn:aws:lambda:us-east-1:123456789012:function:app", Role: "arn:aws:iam::123456789012:role/r", Action: "s3:GetObject", Resource: "*"}
	whole = append(whole, "A title of a finding.", "A cause of a finding. Of two sentences.")
	answers := wholeAnswers()
	for _, one := range pieces {
		for _, part := range verb.Split(one, -1) {
			if part = strings.TrimSpace(part); len(part) > 8 && !slices.ContainsFunc(answers, func(a string) bool { return strings.Contains(a, part) }) && strings.Contains(part, " ") {
				t.Errorf("no example holds %q of an answer", part)
			}
		}
	}
	english := regexp.MustCompile(`(?i)\b(the|is|was|not|it|its|of|by|and|that|says|called)\b`)
	for _, one := range slices.Concat(whole, answers) {
		effect := one
		if strings.Contains(one, fault.Title) || one == fault.Cause {
			effect = "" // what changed is no finding
		}
		text := render.Japanese.Symptom(&finding.Symptom{
			Answer: one, HTTPStatus: 500, Findings: []finding.Finding{fault},
			Causes: []finding.Cause{{Title: one, Verdict: finding.CauseFound, For: []string{one}, Changes: []finding.Change{{Effect: effect, Event: "PutRolePolicy"}}}},
		})
		text, _, _ = strings.Cut(text, "R4  ")
		text = regexp.MustCompile(` 詳細 \(英語\): .*`).ReplaceAllString(text, "")
		if strings.Contains(text, "(英語)") || english.MatchString(text) {
			t.Errorf("add it to the answerings of package render: %q is\n%s", one, text)
		}
	}
}

func TestADiagnosisInJapaneseHasNoEnglishOfItsOwn(t *testing.T) {
	d := &finding.Diagnosis{Account: "1", Region: "2", Function: "arn:aws:lambda:us-east-1:123456789012:function:app", Role: "arn:aws:iam::123456789012:role/r", Status: finding.ReportIncomplete}
	for _, outcome := range []finding.Outcome{finding.Confirmed, finding.Contradicted, finding.Undecided} {
		for _, place := range []finding.Place{finding.PlaceExecutionRole, finding.PlaceInvoke, finding.PlaceTarget, finding.PlaceGuardrail, finding.PlaceConfiguration, finding.PlaceAmbiguous} {
			d.Denials = append(d.Denials, finding.DiagnosedDenial{
				Outcome: outcome, Place: place, Decision: "implicitDeny", Policy: "inline policy p of r", StatementID: "#1", Answer: "It is refused now as well (explicitDeny).",
				Said: finding.Said{Guardrail: "scp", Principal: "p"},
				Seen: []finding.Seen{{Source: "CloudTrail", Count: 2, First: "2026-11-20T00:00:00Z", Last: "2026-11-21T00:00:00Z"}, {Source: "CloudTrail", Count: 1, First: "2026-11-21T00:00:00Z", Last: "2026-11-21T00:00:00Z"}},
				Changes: []finding.Change{{Time: "2026-11-21T00:00:00Z", Event: "PutRolePolicy", Policy: "p", By: "ann", From: "192.0.2.7", With: "Terraform", Effect: "It deleted the role.", Before: "{}", After: "{}"},
					{Certain: true, Event: "DeleteRole", Effect: "It deleted the role."}},
			})
		}
	}
	d.Summary.Others = 3
	d.Gaps = []finding.Gap{{Reason: "iam:GetRole is refused (AccessDenied): permprobe's role lacks it", Permission: "iam:GetRole"}}
	d.Finish()
	text := render.Japanese.Diagnosis(d)
	if left := regexp.MustCompile(`(?i)\b(the|is|was|not|it|of|by|and|seen|place|decision|account|times?|from|with|before|after|runs)\b`).FindString(text); left != "" || strings.Contains(text, "(英語)") {
		t.Errorf("it holds %q:\n%s", left, text)
	}
}
