package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/iampolicy"
)

const principalPage = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"

var uniqueID = regexp.MustCompile(`^(AROA|AIDA|ANPA|AGPA|ANVA)[A-Z0-9]{4,}$`)

func principalDeleted() rule {
	return rule{
		id: "principal-deleted", title: "A principal is the id of a deleted role or user.", page: principalPage,
		statement: func(s *statement) {
			for _, p := range s.Principals() {
				if p.Type != "AWS" || !uniqueID.MatchString(p.Value) {
					continue
				}
				s.report(Problem{
					Confidence: s.certainIf(true), Element: "Principal", Value: p.Value,
					Why: fmt.Sprintf("IAM shows %s in place of the ARN because that role or user was deleted; one of the same name is another", p.Value),
					Do:  "write the ARN of the role or user that exists now",
				})
			}
		},
	}
}

// invokes reports whether the statement lets somebody invoke a function.
func (s *statement) invokes() bool {
	return s.allow && (s.has("lambda:InvokeFunction") || s.has("lambda:InvokeFunctionUrl"))
}

// bounded reports a condition under which "everybody" is not everybody.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html,
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html.
func (s *statement) bounded() bool {
	for _, key := range []string{
		"lambda:InvokedViaFunctionUrl", "lambda:FunctionUrlAuthType", "lambda:EventSourceToken", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount",
		"aws:PrincipalArn", "aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceIp", "aws:ResourceAccount",
	} {
		if slices.ContainsFunc(s.condition(key), needsKey) {
			return true
		}
	}
	return false
}

func principalOpen() rule {
	return rule{
		id: "lambda-open", title: "Anyone may invoke the function.",
		page: "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
		statement: func(s *statement) {
			if s.doc.policy.Kind() != iampolicy.Resource || !s.invokes() || s.bounded() || !s.hasByName("lambda:InvokeFunction") {
				return
			}
			for _, p := range s.Principals() {
				if p.Value == "*" && (p.Type == "" || p.Type == "AWS") {
					s.report(Problem{
						Confidence: Hint,
						Element:    "Principal", Value: "*", Actions: s.named("lambda:InvokeFunction"),
						Why: "everybody in every account may invoke the function directly", Do: "add Bool lambda:InvokedViaFunctionUrl true for a public URL, or name the caller",
					})
					return
				}
			}
		},
	}
}

func principalNoSource() rule {
	return rule{
		id: "lambda-no-source", title: "A service may invoke the function for any account.",
		page: "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
		statement: func(s *statement) {
			if s.doc.policy.Kind() != iampolicy.Resource || !s.invokes() {
				return
			}
			source := slices.ContainsFunc(append(s.condition("aws:SourceArn"), append(s.condition("aws:SourceOrgID"), s.condition("lambda:EventSourceToken")...)...), needsKey)
			account := slices.ContainsFunc(s.condition("aws:SourceAccount"), needsKey)
			for _, p := range s.Principals() {
				if p.Type != "Service" {
					continue
				}
				switch {
				case !source && !account:
					s.report(Problem{
						Confidence: Hint,
						Element:    "Principal", Value: p.Value,
						Why: fmt.Sprintf("%s may invoke the function on behalf of any account that has such a source", p.Value), Do: "add ArnLike aws:SourceArn and StringEquals aws:SourceAccount",
					})
				case p.Value == "s3.amazonaws.com" && !account:
					s.report(Problem{
						Confidence: Hint,
						Element:    "Principal", Value: p.Value,
						Why: "the ARN of a bucket names no account: whoever takes the name after the bucket is deleted may invoke the function", Do: "add StringEquals aws:SourceAccount",
					})
				}
			}
		},
	}
}

func principalAlarm() rule {
	const right = "lambda.alarms.cloudwatch.amazonaws.com"
	return rule{
		id: "lambda-alarm-principal", title: "CloudWatch alarms do not invoke as cloudwatch.amazonaws.com.",
		page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html",
		statement: func(s *statement) {
			if s.doc.policy.Kind() != iampolicy.Resource || !s.invokes() {
				return
			}
			for _, p := range s.Principals() {
				if p.Type != "Service" || p.Value != "cloudwatch.amazonaws.com" {
					continue
				}
				alarm := slices.ContainsFunc(s.condition("aws:SourceArn"), func(c iampolicy.Condition) bool {
					return slices.ContainsFunc(c.Values, func(v string) bool { return strings.Contains(v, ":alarm:") })
				})
				s.report(Problem{
					Confidence: s.certainIf(alarm), Element: "Principal", Value: p.Value,
					Why: "an alarm invokes a function as " + right, Replace: []string{right}, Do: "write " + right,
				})
			}
		},
	}
}

// optInRegions are Regions that are off until an account turns them on.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html.
var optInRegions = map[string]bool{
	"af-south-1": true, "ap-east-1": true, "ap-east-2": true, "ap-south-2": true, "ap-southeast-3": true, "ap-southeast-4": true, "ap-southeast-5": true,
	"ap-southeast-6": true, "ap-southeast-7": true, "ca-west-1": true, "eu-central-2": true, "eu-south-1": true, "eu-south-2": true, "il-central-1": true,
	"me-central-1": true, "me-south-1": true, "mx-central-1": true,
}

func principalOptIn() rule {
	return rule{
		id: "lambda-sns-opt-in", title: "A topic of an opt-in Region delivers across Regions under a regional principal.",
		page: "https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html",
		statement: func(s *statement) {
			if s.doc.policy.Kind() != iampolicy.Resource || !s.invokes() || s.doc.ctx.Region == "" {
				return
			}
			for _, p := range s.Principals() {
				if p.Type != "Service" || p.Value != "sns.amazonaws.com" {
					continue
				}
				for _, c := range s.condition("aws:SourceArn") {
					for _, v := range c.Values {
						parts := strings.SplitN(v, ":", 6)
						if len(parts) != 6 || parts[2] != "sns" || !optInRegions[parts[3]] || parts[3] == s.doc.ctx.Region {
							continue
						}
						s.report(Problem{
							Confidence: Hint,
							Element:    "Principal", Value: p.Value,
							Why:     fmt.Sprintf("a topic in the opt-in Region %s invokes a function of another Region as sns.%s.amazonaws.com", parts[3], parts[3]),
							Replace: []string{"sns." + parts[3] + ".amazonaws.com"}, Do: "write sns." + parts[3] + ".amazonaws.com",
						})
					}
				}
			}
		},
	}
}

// sourceForm checks the value of aws:SourceArn against what the calling service
// puts there.
func sourceForm() rule {
	return rule{
		id: "lambda-source-form", title: "A SourceArn has a form that the service never sends.",
		page: "https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html",
		statement: func(s *statement) {
			if s.doc.policy.Kind() != iampolicy.Resource || !s.invokes() {
				return
			}
			principals := s.Principals()
			if len(principals) != 1 || principals[0].Type != "Service" {
				return
			}
			for _, c := range s.condition("aws:SourceArn") {
				if !needsKey(c) {
					continue
				}
				for _, v := range c.Values {
					if p, bad := badSource(principals[0].Value, v); bad {
						p.Confidence = s.certainIf(p.Confidence == Certain)
						p.Element, p.Operator, p.Key, p.Value = "Condition", c.Operator, c.Key, v
						s.report(p)
					}
				}
			}
		},
	}
}

var anyMethod = regexp.MustCompile(`/ANY(/|$)`)

// badSource says what is wrong with a source ARN for a service principal.
func badSource(principal, v string) (Problem, bool) {
	parts := strings.SplitN(v, ":", 6)
	switch {
	case strings.HasPrefix(v, "⟦"):
		return Problem{}, false
	case principal == "s3.amazonaws.com" && len(parts) == 6 && strings.Contains(parts[5], "/"):
		bucket, _, _ := strings.Cut(v, "/")
		return Problem{
			Confidence: Certain, Why: "S3 sends the bucket's ARN, never that of an object", Replace: []string{bucket}, Do: "write " + bucket,
			Page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
		}, true
	case (principal == "logs.amazonaws.com" || strings.HasPrefix(principal, "logs.")) && len(parts) == 6 && parts[2] == "logs" &&
		strings.HasPrefix(parts[5], "log-group:") && !strings.Contains(parts[5], "*") && !strings.Contains(v, "⟦"):
		right := strings.TrimSuffix(v, ":") + ":*"
		return Problem{
			Confidence: Certain, Why: "CloudWatch Logs sends the log group's ARN with \":*\" at its end", Replace: []string{right}, Do: "write " + right,
			Page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
		}, true
	case principal != "apigateway.amazonaws.com":
		return Problem{}, false
	case len(parts) == 6 && parts[2] == "apigateway":
		return Problem{
			Confidence: Certain, Why: "API Gateway sends an ARN of execute-api, never that of the API as a resource",
			Do: "write arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH",
		}, true
	case strings.HasPrefix(v, "https://"):
		return Problem{Confidence: Certain, Why: "the value is a URL, and API Gateway sends an ARN", Do: "write arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH"}, true
	case len(parts) != 6 || parts[2] != "execute-api":
		return Problem{}, false
	case anyMethod.MatchString(parts[5]):
		right := anyMethod.ReplaceAllString(v, "/*$1")
		return Problem{Confidence: Hint, Why: "the method in the ARN is the request's; a method ANY is written *", Replace: []string{right}, Do: "write " + right}, true
	case strings.Count(parts[5], "/") > 3 && strings.HasSuffix(parts[5], "/") && !strings.Contains(v, "⟦"):
		right := strings.TrimSuffix(v, "/")
		return Problem{Confidence: Hint, Why: "the ARN of a path other than the root has no slash at its end", Replace: []string{right}, Do: "write " + right}, true
	case !strings.ContainsAny(parts[5], "/*⟦"):
		return Problem{Confidence: Hint, Why: "the ARN names no stage, method and path", Replace: []string{v + "/*"}, Do: "write " + v + "/*"}, true
	}
	return Problem{}, false
}

func sourceAccounts() rule {
	return rule{
		id: "source-accounts", title: "SourceArn and SourceAccount name different accounts.", page: globalPage,
		statement: func(s *statement) {
			var accounts []string
			for _, c := range s.condition("aws:SourceAccount") {
				if parseOperator(c.Operator).negated() {
					return
				}
				accounts = append(accounts, c.Values...)
			}
			if len(accounts) == 0 || slices.ContainsFunc(accounts, func(a string) bool { return !accountForm.MatchString(a) }) {
				return
			}
			for _, c := range s.condition("aws:SourceArn") {
				if !needsKey(c) {
					continue
				}
				for _, v := range c.Values {
					parts := strings.SplitN(v, ":", 6)
					if len(parts) != 6 || !accountForm.MatchString(parts[4]) || slices.Contains(accounts, parts[4]) {
						continue
					}
					s.report(Problem{
						Confidence: s.certainIf(len(c.Values) == 1), Element: "Condition", Operator: "StringEquals", Key: "aws:SourceAccount", Value: accounts[0],
						Why: fmt.Sprintf("the source %s belongs to account %s: no request meets both conditions", v, parts[4]), Replace: []string{parts[4]}, Do: "write " + parts[4],
					})
				}
			}
		},
	}
}
