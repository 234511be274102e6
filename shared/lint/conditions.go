package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/iampolicy"
)

const (
	conditionPage = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html"
	operatorPage  = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"
	globalPage    = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
)

// carried tells the actions of a statement that can carry a key from those that
// cannot; an action value with wildcards counts as carrying if one of its
// actions does.
func (s *statement) carried(key string) (with, without []string, sure bool) {
	sure = true
	for _, a := range s.actions {
		if a.all || a.unknown || len(a.known) == 0 {
			with = append(with, a.text)
			continue
		}
		carries := false
		for _, k := range a.known {
			if _, ok := k.Key(key); ok {
				carries = true
				break
			}
			sure = sure && (sureKeys[k.Service] || k.Service == "lambda")
		}
		if carries {
			with = append(with, a.text)
		} else {
			without = append(without, a.text)
		}
	}
	return with, without, sure
}

// sureKeys are services whose condition keys the reference lists in full.
var sureKeys = map[string]bool{
	"s3": true, "dynamodb": true, "sqs": true, "sns": true, "kms": true, "secretsmanager": true, "kinesis": true, "logs": true, "events": true,
	"states": true, "iam": true,
}

// serviceOfKey returns the IAM prefix in a key's name; ok is false for global
// keys and for keys of identity providers.
func serviceOfKey(key string) (string, bool) {
	prefix, _, ok := strings.Cut(strings.ToLower(key), ":")
	if !ok || prefix == "aws" || strings.Contains(prefix, ".") {
		return "", false
	}
	if _, global := authref.GlobalKey(key); global {
		return "", false
	}
	_, known := authref.Service(prefix)
	return prefix, known
}

func conditionKey() rule {
	return rule{
		id: "condition-key", title: "A condition asks for a key that the action never carries.",
		page: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
		statement: func(s *statement) {
			for _, c := range s.conditions {
				prefix, ok := serviceOfKey(c.Key)
				if !ok || !needsKey(c) || s.doc.policy.Kind() == iampolicy.Trust {
					continue
				}
				with, without, sure := s.carried(c.Key)
				if service, ok := authref.Service(prefix); ok {
					_, listed := service.Key(c.Key)
					sure = sure && listed // else it may be newer than the reference
				}
				if len(without) == 0 {
					continue
				}
				p := Problem{
					Confidence: s.certainIf(sure && s.namesAll(without)), Element: "Condition", Operator: c.Operator, Key: c.Key, Value: strings.Join(c.Values, ", "), Actions: without,
					Why: fmt.Sprintf("requests for %s never carry %s, so the condition fails and the statement never applies to %s", words(without), c.Key, verb(without, "it", "them")),
					Do:  fmt.Sprintf("move %s to a statement without this condition", words(without)),
				}
				if p.Confidence == Hint {
					p.Why = fmt.Sprintf("the reference does not list %s for %s: the condition probably fails always", c.Key, words(without))
				}
				if len(with) == 0 {
					p.Do = "remove the condition, or use a key that the action carries"
				}
				s.report(p)
			}
		},
	}
}

// namesAll reports whether none of the action values has wildcards.
func (s *statement) namesAll(texts []string) bool {
	return !slices.ContainsFunc(texts, func(t string) bool { return strings.ContainsAny(t, "*?") })
}

func conditionTag() rule {
	return rule{
		id: "condition-tag", title: "A condition asks for a tag that the action is not decided on.",
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html",
		statement: func(s *statement) {
			for _, c := range s.conditions {
				key := strings.ToLower(c.Key)
				if !strings.HasPrefix(key, "aws:resourcetag/") && !strings.HasPrefix(key, "aws:requesttag/") && key != "aws:tagkeys" || !needsKey(c) {
					continue
				}
				_, without, _ := s.carried(c.Key)
				if len(without) == 0 {
					continue
				}
				p := Problem{
					Confidence: Hint,
					Element:    "Condition", Operator: c.Operator, Key: c.Key, Value: strings.Join(c.Values, ", "), Actions: without,
					Why: fmt.Sprintf("the reference does not list %s for %s: the condition probably fails always", c.Key, words(without)),
					Do:  "use a key that the action carries",
				}
				if strings.HasPrefix(key, "aws:resourcetag/") && slices.Contains(s.services(), "s3") {
					p.Do = "for objects, use s3:ExistingObjectTag/" + c.Key[len("aws:ResourceTag/"):]
				}
				s.report(p)
			}
		},
	}
}

func conditionSource() rule {
	return rule{
		id: "condition-source", title: "An identity policy asks for a key that only calls by AWS services carry.", page: globalPage,
		statement: func(s *statement) {
			if kind := s.doc.policy.Kind(); kind != iampolicy.Identity && kind != iampolicy.Boundary {
				return
			}
			for _, key := range []string{"aws:SourceArn", "aws:SourceAccount"} {
				for _, c := range s.condition(key) {
					if !needsKey(c) {
						continue
					}
					s.report(Problem{
						Confidence: s.certainIf(s.doc.ctx.ExecutionRole), Element: "Condition", Operator: c.Operator, Key: c.Key, Value: strings.Join(c.Values, ", "),
						Why: fmt.Sprintf("%s is carried by calls of AWS services to resource policies and trust policies, not by calls of a role", c.Key),
						Do:  "to limit the role to one function, use ArnEquals lambda:SourceFunctionArn with the function's unqualified ARN",
					})
				}
			}
		},
	}
}

const sourceFunctionPage = "https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html"

// byLambda are actions that Lambda itself calls with the execution role, where
// the key is absent.
var byLambda = []string{
	"sqs:ReceiveMessage", "sqs:DeleteMessage", "kinesis:GetRecords", "kinesis:GetShardIterator", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
	"kafka-cluster:ReadData", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
}

func conditionSourceFunction() rule {
	return rule{
		id: "condition-source-function", title: "lambda:SourceFunctionArn is used where it cannot match.", page: sourceFunctionPage,
		statement: func(s *statement) {
			for _, c := range s.condition("lambda:SourceFunctionArn") {
				o := parseOperator(c.Operator)
				if strings.EqualFold(o.base, "Null") {
					continue
				}
				base := Problem{Confidence: Hint, Element: "Condition", Operator: c.Operator, Key: c.Key}
				if s.doc.policy.Kind() == iampolicy.Resource && needsKey(c) {
					p := base
					p.Confidence, p.Value = s.certainIf(true), strings.Join(c.Values, ", ")
					p.Why, p.Do = "resource policies do not support lambda:SourceFunctionArn", "use ArnEquals aws:PrincipalArn with the function's role"
					s.report(p)
					continue
				}
				for _, v := range c.Values {
					parts := strings.Split(v, ":")
					if len(parts) == 8 && parts[2] == "lambda" && parts[7] != "*" && !strings.Contains(v, "⟦") {
						p := base
						p.Confidence, p.Value = s.certainIf(needsKey(c)), v
						p.Why = fmt.Sprintf("the key holds the unqualified ARN of the function, never %s", v)
						p.Replace = []string{strings.Join(parts[:7], ":")}
						p.Do = "write " + p.Replace[0]
						s.report(p)
					}
				}
				if strings.HasPrefix(o.base, "String") {
					p := base
					p.Value = strings.Join(c.Values, ", ")
					p.Why, p.Do = "the key is an ARN, and its documented operators are ArnEquals and ArnLike", "use ArnEquals"
					s.report(p)
				}
				if actions := s.named(byLambda...); len(actions) > 0 && s.allow && needsKey(c) {
					p := base
					p.Value, p.Actions = strings.Join(c.Values, ", "), actions
					p.Why = fmt.Sprintf("Lambda itself calls %s for event sources and network interfaces, and its calls do not carry the key", words(actions))
					p.Do = "allow these actions without the condition, unless only the function's code calls them"
					s.report(p)
				}
			}
		},
	}
}

// keyType finds the type of a key as an action of the statement carries it.
func (s *statement) keyType(key string) authref.KeyType {
	for _, a := range s.actions {
		for _, k := range a.known {
			if found, ok := k.Key(key); ok {
				return found.Type
			}
		}
	}
	if prefix, ok := serviceOfKey(key); ok {
		if service, ok := authref.Service(prefix); ok {
			if found, ok := service.Key(key); ok {
				return found.Type
			}
		}
	}
	found, _ := authref.GlobalKey(key)
	return found.Type
}

func conditionWildcard() rule {
	return rule{
		id: "condition-wildcard", title: "StringEquals has a value with a wildcard.", page: operatorPage,
		statement: func(s *statement) {
			for _, c := range s.conditions {
				o := parseOperator(c.Operator)
				if !strings.EqualFold(o.base, "StringEquals") && !strings.EqualFold(o.base, "StringNotEquals") {
					continue
				}
				typ := s.keyType(c.Key)
				isARN := typ == authref.ARN || typ == authref.ArrayOfARN
				for _, v := range c.Values {
					if !strings.ContainsAny(open(v, true), "*?") || strings.Contains(v, "${") || strings.Contains(v, "⟦") || !isARN && !strings.HasPrefix(v, "arn:") {
						continue
					}
					// The key's value is an ARN, which holds neither character: nothing can be equal.
					to := strings.NewReplacer("StringEquals", "StringLike", "StringNotEquals", "StringNotLike").Replace(c.Operator)
					if isARN {
						to = strings.NewReplacer("StringEquals", "ArnLike", "StringNotEquals", "ArnNotLike").Replace(c.Operator)
					}
					s.report(Problem{
						Confidence: s.certainIf(isARN && needsKey(c)), Element: "Condition", Operator: c.Operator, Key: c.Key, Value: v,
						Why: fmt.Sprintf("%s compares %s as it is: no value holds the wildcard", o.base, v), Do: fmt.Sprintf("use %s", to),
					})
				}
			}
		},
	}
}

func conditionType() rule {
	return rule{
		id: "condition-type", title: "An operator does not fit the type of its key.", page: operatorPage,
		statement: func(s *statement) {
			for _, c := range s.conditions {
				o := parseOperator(c.Operator)
				if !strings.HasPrefix(o.base, "String") {
					continue
				}
				right := ""
				switch s.keyType(c.Key) {
				case authref.Bool:
					right = "Bool"
				case authref.Numeric:
					right = "NumericEquals"
				case authref.Date:
					right = "DateEquals"
				default:
					continue
				}
				s.report(Problem{
					Confidence: Hint,
					Element:    "Condition", Operator: c.Operator, Key: c.Key, Value: strings.Join(c.Values, ", "),
					Why: fmt.Sprintf("%s is no text: %s may match, and the documented operator is %s", c.Key, o.base, right), Do: "use " + right + " or one of its kind",
				})
			}
		},
	}
}

func conditionForAll() rule {
	return rule{
		id: "condition-for-all", title: "ForAllValues in an Allow is also true when the key is absent.",
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
		statement: func(s *statement) {
			for _, c := range s.conditions {
				if !s.allow || !strings.EqualFold(parseOperator(c.Operator).set, "ForAllValues") {
					continue
				}
				guarded := slices.ContainsFunc(s.condition(c.Key), func(o iampolicy.Condition) bool {
					return strings.EqualFold(o.Operator, "Null") && needsKey(o)
				})
				if !guarded {
					s.report(Problem{
						Confidence: Advice,
						Element:    "Condition", Operator: c.Operator, Key: c.Key, Value: strings.Join(c.Values, ", "),
						Why: fmt.Sprintf("a request without %s meets the condition", c.Key), Do: fmt.Sprintf("add Null %s false", c.Key),
					})
				}
			}
		},
	}
}

// personKeys are keys that a person's session carries and a function's does not.
var personKeys = map[string]string{
	"aws:multifactorauthpresent": "sessions of a function have no second factor",
	"aws:multifactorauthage":     "sessions of a function have no second factor",
	"aws:sourceip":               "a function calls from addresses of AWS or of its VPC",
	"aws:username":               "a role's session has no user name",
}

func conditionPlace() rule {
	return rule{
		id: "condition-person", title: "An execution role is limited by a key of people's sessions.", page: globalPage,
		statement: func(s *statement) {
			if !s.doc.ctx.ExecutionRole || !s.allow || s.doc.policy.Kind() != iampolicy.Identity {
				return
			}
			for _, c := range s.conditions {
				why, ok := personKeys[strings.ToLower(c.Key)]
				if ok && needsKey(c) && !(len(c.Values) == 1 && strings.EqualFold(c.Values[0], "false")) {
					s.report(Problem{
						Confidence: Hint,
						Element:    "Condition", Operator: c.Operator, Key: c.Key, Value: strings.Join(c.Values, ", "),
						Why: why + ", so the condition on " + c.Key + " probably fails", Do: "use aws:SourceVpc, aws:SourceVpce or lambda:SourceFunctionArn",
					})
				}
			}
		},
	}
}

func kmsAliasValue() rule {
	return rule{
		id: "kms-alias-value", title: "A condition on a key's aliases names an ARN.", page: kmsAliasPage,
		statement: func(s *statement) {
			for _, key := range []string{"kms:RequestAlias", "kms:ResourceAliases"} {
				for _, c := range s.condition(key) {
					for _, v := range c.Values {
						_, name, ok := strings.Cut(v, ":alias/")
						if !ok || !strings.HasPrefix(v, "arn:") {
							continue
						}
						s.report(Problem{
							Confidence: s.certainIf(needsKey(c)), Element: "Condition", Operator: c.Operator, Key: c.Key, Value: v,
							Why: fmt.Sprintf("%s holds names of aliases, alias/NAME, and never an ARN", c.Key), Replace: []string{"alias/" + name}, Do: "write alias/" + name,
						})
					}
				}
			}
		},
	}
}

func kmsRequestAlias() rule {
	return rule{
		id: "kms-request-alias", title: "kms:RequestAlias limits calls that services make with the key's id.", page: kmsAliasPage,
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("kms:Decrypt", "kms:GenerateDataKey") {
				return
			}
			for _, c := range s.condition("kms:RequestAlias") {
				if needsKey(c) {
					s.report(Problem{
						Confidence: Hint,
						Element:    "Condition", Operator: c.Operator, Key: c.Key, Value: strings.Join(c.Values, ", "),
						Why: "a service that encrypts for the caller names the key's id, so kms:RequestAlias is absent then", Do: "use ForAnyValue:StringEquals kms:ResourceAliases",
					})
				}
			}
		},
	}
}

var (
	viaService    = regexp.MustCompile(`^[a-z0-9-]+\.(amazonaws\.com(\.cn)?)$`)
	viaServiceARN = regexp.MustCompile(`^[a-z0-9*?-]+(\.[a-z0-9*?-]+)?\.(amazonaws\.com(\.cn)?|\*)$`)
)

func kmsViaService() rule {
	return rule{
		id: "kms-via-service", title: "A value of kms:ViaService is not SERVICE.REGION.amazonaws.com.",
		page: "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
		statement: func(s *statement) {
			for _, c := range s.condition("kms:ViaService") {
				if !strings.HasPrefix(parseOperator(c.Operator).base, "String") {
					continue
				}
				exact := strings.EqualFold(parseOperator(c.Operator).base, "StringEquals")
				for _, v := range c.Values {
					p := Problem{Confidence: s.certainIf(needsKey(c)), Element: "Condition", Operator: c.Operator, Key: c.Key, Value: v}
					switch {
					case strings.ContainsAny(v, "⟦$"):
						continue
					case exact && strings.ContainsAny(v, "*?"):
						p.Why, p.Do = fmt.Sprintf("StringEquals compares %s as it is: no value holds the wildcard", v), "use StringLike"
					case viaService.MatchString(v):
						p.Why = fmt.Sprintf("the key holds the service with its Region, and %s has none", v)
						p.Do = "write SERVICE.REGION.amazonaws.com"
						if s.doc.ctx.Region != "" {
							p.Replace = []string{strings.Replace(v, ".", "."+s.doc.ctx.Region+".", 1)}
							p.Do = "write " + p.Replace[0]
						}
					case !strings.ContainsAny(v, "*?") && !viaServiceARN.MatchString(v):
						p.Confidence = Hint
						p.Why, p.Do = fmt.Sprintf("%s is not of the form SERVICE.REGION.amazonaws.com", v), "write SERVICE.REGION.amazonaws.com"
					default:
						continue
					}
					s.report(p)
				}
			}
		},
	}
}

func kmsContextObject() rule {
	return rule{
		id: "kms-context-object", title: "An encryption context names objects where a bucket key uses the bucket.",
		page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
		statement: func(s *statement) {
			for _, c := range s.condition("kms:EncryptionContext:aws:s3:arn") {
				objects, buckets := []string(nil), false
				for _, v := range c.Values {
					_, name, ok := strings.Cut(open(v, true), ":::")
					if ok && strings.Contains(name, "/") {
						objects = append(objects, v)
					} else {
						buckets = true
					}
				}
				if len(objects) == 0 || buckets || !needsKey(c) {
					continue
				}
				bucket, _, _ := strings.Cut(objects[0], "/")
				s.report(Problem{
					Confidence: Hint,
					Element:    "Condition", Operator: c.Operator, Key: c.Key, Value: objects[0],
					Why: "with a bucket key the context holds the bucket's ARN and not the object's", Do: fmt.Sprintf("add %s if the bucket has a bucket key", bucket),
					Replace: []string{bucket, objects[0]},
				})
			}
		},
	}
}

func passedService() rule {
	return rule{
		id: "passrole-service", title: "iam:PassedToService is not a service principal.",
		page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html",
		statement: func(s *statement) {
			for _, c := range s.condition("iam:PassedToService") {
				for _, v := range c.Values {
					if strings.ContainsAny(v, "*?⟦$.") || v == "" {
						continue
					}
					s.report(Problem{
						Confidence: s.certainIf(needsKey(c)), Element: "Condition", Operator: c.Operator, Key: c.Key, Value: v,
						Why: fmt.Sprintf("the key holds a service principal, and %q is none", v), Replace: []string{v + ".amazonaws.com"}, Do: "write " + v + ".amazonaws.com",
					})
				}
			}
		},
	}
}
