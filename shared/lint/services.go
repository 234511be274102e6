package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/iampolicy"
)

var (
	suffixed = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)
	wordlike = regexp.MustCompile(`-[a-z]{6}$`)
)

func secretSuffix() rule {
	return rule{
		id: "secret-suffix", title: "A secret's ARN lacks the six characters at its end.",
		page: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
		statement: func(s *statement) {
			for _, r := range s.resources {
				name, ok := strings.CutPrefix(r.name(), "secret:")
				if !ok || r.service() != "secretsmanager" || name == "" || s.malformed[r.text] {
					continue
				}
				right := r.text + "-??????"
				p := Problem{Confidence: Hint, Element: "Resource", Value: r.text, Replace: []string{right}, Do: "write " + right}
				switch {
				case strings.ContainsAny(name, "*?") || s.lists(right) || s.lists(r.text+"-*") || s.lists(r.text+"*"):
					continue
				case !suffixed.MatchString(name):
					p.Confidence = s.certainIf(true)
					p.Why = fmt.Sprintf("Secrets Manager adds a hyphen and six random characters to a secret's name, and %s has none", r.text)
				case wordlike.MatchString(name):
					p.Why = fmt.Sprintf("the last part of %s reads as a word and not as the six random characters that Secrets Manager adds", r.text)
				default:
					continue
				}
				s.report(p)
			}
		},
	}
}

// lists reports whether a resource of the statement is the text.
func (s *statement) lists(text string) bool {
	return slices.ContainsFunc(s.resources, func(r resource) bool { return r.text == text || r.all })
}

const kmsAliasPage = "https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html"

// kmsAliasOnly reports an action on keys in a statement whose KMS resources are
// aliases only.
func kmsAliasOnly(s *statement, a authref.Action) bool {
	if a.Service != "kms" {
		return false
	}
	aliases := 0
	for _, r := range s.resources {
		switch {
		case r.service() == "kms" && strings.HasPrefix(r.name(), "alias/"):
			aliases++
		case r.service() == "kms":
			return false
		}
	}
	return aliases > 0
}

func kmsAlias() rule {
	return rule{
		id: "kms-alias", title: "A KMS alias stands where the key's ARN is needed.", page: kmsAliasPage,
		statement: func(s *statement) {
			var hit []string
			for _, a := range s.actions {
				onKey, onAlias := false, false
				for _, k := range a.known {
					if k.Service != "kms" {
						continue
					}
					names := typeNames(k)
					onAlias = onAlias || slices.Contains(names, "alias")
					onKey = onKey || slices.Contains(names, "key") && !covers(k, s.resources)
				}
				if onKey && !onAlias {
					hit = append(hit, a.text)
				}
			}
			if len(hit) == 0 {
				return
			}
			for _, r := range s.resources {
				if r.service() != "kms" || !strings.HasPrefix(r.name(), "alias/") {
					continue
				}
				s.report(Problem{
					Confidence: s.certainIf(true), Element: "Resource", Value: r.text, Actions: hit,
					Why: fmt.Sprintf("%s: an alias ARN is never the resource of a request; KMS compares the ARN of the key behind it", words(hit)),
					Do: fmt.Sprintf("name the key's ARN, or %s:key/* with the condition ForAnyValue:StringLike kms:ResourceAliases %s",
						strings.Join(strings.SplitN(r.text, ":", 6)[:5], ":"), r.name()),
				})
			}
		},
	}
}

func tableIndex() rule {
	return rule{
		id: "dynamodb-index", title: "Query or Scan is allowed on a table and not on its indexes.",
		page: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/using-identity-based-policies.html",
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect") {
				return
			}
			for _, r := range s.resources {
				table, ok := strings.CutPrefix(r.name(), "table/")
				if !ok || r.service() != "dynamodb" || strings.ContainsAny(table, "/*") || s.doc.coversText(r.text+"/index/x", "dynamodb:Query") {
					continue
				}
				s.report(Problem{
					Confidence: Hint,
					Element:    "Resource", Value: r.text, Actions: s.named("dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"),
					Why:     "an index is a resource of its own: a Query or Scan of one is denied",
					Do:      fmt.Sprintf("add %s/index/* if the code reads an index", r.text),
					Replace: []string{r.text, r.text + "/index/*"},
				})
			}
		},
	}
}

// hasByName reports whether the statement holds one of the actions by name or by
// a wildcard within its service: a bare * says nothing about what is meant.
func (s *statement) hasByName(names ...string) bool { return len(s.named(names...)) > 0 }

// named returns the action values that cover one of the names.
func (s *statement) named(names ...string) []string {
	var out []string
	for _, a := range s.actions {
		if !a.all && slices.ContainsFunc(names, a.covers) {
			out = append(out, a.text)
		}
	}
	return out
}

// coversText reports whether an Allow statement of the policy covers the action
// on an ARN.
func (d *document) coversText(arn, action string) bool {
	for _, s := range d.statements {
		if s.allow && s.has(action) && slices.ContainsFunc(s.resources, func(r resource) bool { return r.all || globCovers(r.pattern, arn) }) {
			return true
		}
	}
	return false
}

// globCovers is a case-sensitive match of * and ?.
func globCovers(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func pathItself() rule {
	return rule{
		id: "ssm-path", title: "GetParametersByPath is allowed below a path and not on it.",
		page: "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html",
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("ssm:GetParametersByPath") {
				return
			}
			for _, r := range s.resources {
				base, ok := strings.CutSuffix(r.text, "/*")
				if !ok || r.service() != "ssm" || base == "" || strings.HasSuffix(base, ":parameter") || s.doc.coversText(open(base, true), "ssm:GetParametersByPath") {
					continue
				}
				s.report(Problem{
					Confidence: Hint,
					Element:    "Resource", Value: r.text, Actions: s.named("ssm:GetParametersByPath"),
					Why: "a request by path is decided on the path that it names, which this resource does not cover", Do: "add " + base,
					Replace: []string{base, r.text},
				})
			}
		},
	}
}

func doubleSlash() rule {
	return rule{
		id: "ssm-double-slash", title: "A parameter's ARN has two slashes before its name.",
		page: "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html",
		statement: func(s *statement) {
			for _, r := range s.resources {
				if r.service() != "ssm" || !strings.HasPrefix(r.name(), "parameter//") {
					continue
				}
				right := strings.Replace(r.text, ":parameter//", ":parameter/", 1)
				s.malformed[r.text] = true
				s.report(Problem{
					Confidence: s.certainIf(true), Element: "Resource", Value: r.text,
					Why:     "the slash that begins a parameter's name is the one after \"parameter\": no ARN has two",
					Replace: []string{right}, Do: "write " + right,
				})
			}
		},
	}
}

func domainPath() rule {
	return rule{
		id: "es-domain-path", title: "Requests to an OpenSearch domain are allowed on the domain without its paths.",
		page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut", "es:ESHttpDelete", "es:ESHttpHead", "es:ESHttpPatch") {
				return
			}
			for _, r := range s.resources {
				name, ok := strings.CutPrefix(r.name(), "domain/")
				if !ok || r.service() != "es" || strings.ContainsAny(name, "/*") || s.doc.coversText(r.text+"/x", "es:ESHttpGet") {
					continue
				}
				s.report(Problem{
					Confidence: Hint,
					Element:    "Resource", Value: r.text,
					Why: "a request is decided on the domain's ARN followed by the path, and this resource has none", Do: fmt.Sprintf("write %s/*", r.text),
					Replace: []string{r.text, r.text + "/*"},
				})
			}
		},
	}
}

const qualifierPage = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html"

func functionQualifier() rule {
	return rule{
		id: "lambda-qualifier", title: "A function's ARN covers calls with a qualifier only, or is written unusually.", page: qualifierPage,
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("lambda:InvokeFunction") {
				return
			}
			for _, r := range s.resources {
				rest, ok := strings.CutPrefix(r.name(), "function:")
				if !ok || r.service() != "lambda" {
					continue
				}
				p := Problem{Confidence: Hint, Element: "Resource", Value: r.text, Actions: s.named("lambda:InvokeFunction")}
				name, qualifier, qualified := strings.Cut(rest, ":")
				plain := strings.TrimSuffix(r.text, ":"+qualifier)
				switch {
				case qualified && qualifier == "*" && name != "*" && !s.doc.coversText(plain, "lambda:InvokeFunction"):
					p.Why = "the ARN covers calls with a version or alias only, and not those of the function's plain name"
					p.Do, p.Replace = "add "+plain, []string{plain, r.text}
				case qualified && qualifier == "$LATEST":
					p.Why = "a call without qualifier names the plain ARN: :$LATEST covers calls that say $LATEST"
					p.Do, p.Replace = "add "+plain, []string{plain, r.text}
				case r.parts[4] == "*" && r.parts[3] != "*":
					p.Why = "the account of the function is a wildcard, which Lambda's guide says its ARNs do not support, while an example there has it"
					p.Do = "write the account id"
					if s.doc.ctx.Account != "" {
						p.Replace = []string{strings.Replace(r.text, ":*:function:", ":"+s.doc.ctx.Account+":function:", 1)}
					}
				default:
					continue
				}
				s.report(p)
			}
		},
	}
}

func functionUnqualified() rule {
	return rule{
		id: "lambda-unqualified", title: "A function may be called by its plain name only.", page: qualifierPage,
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("lambda:InvokeFunction") || s.doc.policy.Kind() == iampolicy.Resource {
				return
			}
			for _, r := range s.resources {
				name, ok := strings.CutPrefix(r.name(), "function:")
				if !ok || r.service() != "lambda" || strings.ContainsAny(name, ":*?") || s.doc.coversText(r.text+":x", "lambda:InvokeFunction") {
					continue
				}
				s.report(Problem{
					Confidence: Advice, Element: "Resource", Value: r.text, Actions: s.named("lambda:InvokeFunction"),
					Why: "the ARN covers calls of the function's plain name, and not those that name a version or alias",
					Do:  fmt.Sprintf("add %s:* if the caller names one", r.text), Replace: []string{r.text, r.text + ":*"},
				})
			}
		},
	}
}

var version = regexp.MustCompile(`^(\d+|\$LATEST|.*[*?].*)$`)

func durableVersion() rule {
	return rule{
		id: "lambda-durable-version", title: "A durable execution is named below an alias.",
		page: "https://docs.aws.amazon.com/lambda/latest/dg/durable-security.html",
		statement: func(s *statement) {
			if !s.hasByName("lambda:CheckpointDurableExecution", "lambda:GetDurableExecution", "lambda:GetDurableExecutionState", "lambda:GetDurableExecutionHistory") {
				return
			}
			for _, r := range s.resources {
				name, _, ok := strings.Cut(r.name(), "/durable-execution/")
				parts := strings.Split(name, ":")
				if !ok || r.service() != "lambda" || len(parts) != 3 || version.MatchString(parts[2]) {
					continue
				}
				right := strings.Replace(r.text, ":"+parts[2]+"/durable-execution/", ":*/durable-execution/", 1)
				s.report(Problem{
					Confidence: s.certainIf(true), Element: "Resource", Value: r.text,
					Why:     fmt.Sprintf("a durable execution belongs to a version: its ARN never holds the alias %q", parts[2]),
					Replace: []string{right}, Do: "write " + right,
				})
			}
		},
	}
}

func appsyncFields() rule {
	return rule{
		id: "appsync-fields", title: "GraphQL is allowed on an API and not on its fields.",
		page: "https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html",
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("appsync:GraphQL") {
				return
			}
			for _, r := range s.resources {
				id, ok := strings.CutPrefix(r.name(), "apis/")
				if !ok || r.service() != "appsync" || strings.ContainsAny(id, "/*") || s.doc.coversText(r.text+"/types/Query/fields/x", "appsync:GraphQL") {
					continue
				}
				s.report(Problem{
					Confidence: Hint,
					Element:    "Resource", Value: r.text,
					Why: "a query is decided on each field that it names, and the API's ARN covers no field", Do: fmt.Sprintf("write %s/*", r.text),
					Replace: []string{r.text, r.text + "/*"},
				})
			}
		},
	}
}

// needsType returns the resources of one type that a statement names for an action which is decided on a second type
// too, if no statement of the policy names that one.
func needsType(s *statement, action, service, have, missing string) []string {
	var hit []string
	if !s.allow || !s.hasByName(action) {
		return nil
	}
	for _, r := range s.resources {
		if r.service() == service && strings.HasPrefix(r.name(), have) {
			hit = append(hit, r.text)
		}
	}
	if len(hit) == 0 {
		return nil
	}
	for _, o := range s.doc.statements {
		if !o.allow || !o.has(action) {
			continue
		}
		for _, r := range o.resources {
			if r.all || r.service() == service && (strings.HasPrefix(r.name(), missing) || strings.HasPrefix(r.name(), "*")) || r.parts == nil {
				return nil
			}
		}
	}
	return hit
}

func interfaceSubnets() rule {
	return rule{
		id: "ec2-interface-subnet", title: "CreateNetworkInterface is allowed on one of the types that it needs.",
		page: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
		statement: func(s *statement) {
			for have, missing := range map[string]string{"network-interface/": "subnet/", "subnet/": "network-interface/"} {
				for _, value := range needsType(s, "ec2:CreateNetworkInterface", "ec2", have, missing) {
					s.report(Problem{
						Confidence: Hint,
						Element:    "Resource", Value: value, Actions: s.named("ec2:CreateNetworkInterface"),
						Why: fmt.Sprintf("each request is decided on the interface and on the subnet, and this policy names no %s", strings.TrimSuffix(missing, "/")),
						Do:  "allow it on Resource \"*\", or on subnet, network-interface and security-group",
					})
				}
			}
		},
	}
}

func catalogResources() rule {
	return rule{
		id: "glue-catalog", title: "A Glue table is named without its database and catalog.",
		page: "https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html",
		statement: func(s *statement) {
			for _, action := range []string{"glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions"} {
				if !s.hasByName(action) {
					continue
				}
				var lacking []string
				values := needsType(s, action, "glue", "table/", "database/")
				if values != nil {
					lacking = append(lacking, "database")
				}
				if more := needsType(s, action, "glue", "table/", "catalog"); more != nil {
					lacking, values = append(lacking, "catalog"), more
				}
				if len(values) == 0 {
					continue
				}
				s.report(Problem{
					Confidence: Hint,
					Element:    "Resource", Value: values[0], Actions: s.named(action),
					Why: fmt.Sprintf("each request is decided on the table, its database and the catalog, and this policy names no %s", words(lacking)),
					Do:  "add the ARNs of the catalog and of database/NAME",
				})
				return
			}
		},
	}
}

func profileModels() rule {
	return rule{
		id: "bedrock-profile-models", title: "An inference profile is allowed without its models.",
		page: "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html",
		statement: func(s *statement) {
			for _, value := range needsType(s, "bedrock:InvokeModel", "bedrock", "inference-profile/", "foundation-model/") {
				s.report(Problem{
					Confidence: Hint,
					Element:    "Resource", Value: value, Actions: s.named("bedrock:InvokeModel"),
					Why: "a call through an inference profile is decided on the profile and on the model in each Region that it may be sent to",
					Do:  "add the foundation-model ARNs of the profile's Regions",
				})
			}
		},
	}
}

func secretOfDataAPI() rule {
	return rule{
		id: "rds-data-secret", title: "The data API is allowed without the secret that it reads.",
		page: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.access.html",
		statement: func(s *statement) {
			actions := s.named("rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement")
			if !s.allow || len(actions) == 0 || s.doc.allows("secretsmanager:GetSecretValue") {
				return
			}
			s.report(Problem{
				Confidence: Hint,
				Element:    "Action", Actions: actions,
				Why: "a call of the data API reads the database's credentials from a secret as the caller, and this policy does not allow that",
				Do:  "add secretsmanager:GetSecretValue on the secret, unless another policy of the role has it",
			})
		},
	}
}

// allows reports whether some Allow statement covers the action.
func (d *document) allows(action string) bool {
	return slices.ContainsFunc(d.statements, func(s *statement) bool { return s.allow && s.has(action) })
}

func urlWithoutInvoke() rule {
	return rule{
		id: "lambda-url-invoke", title: "A function URL's callers have one of the two permissions.",
		page: "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
		statement: func(s *statement) {
			if !s.allow || !s.hasByName("lambda:InvokeFunctionUrl") || s.doc.allows("lambda:InvokeFunction") {
				return
			}
			s.report(Problem{
				Confidence: Hint,
				Element:    "Action", Actions: s.named("lambda:InvokeFunctionUrl"),
				Why: "a call of a function URL needs lambda:InvokeFunctionUrl and lambda:InvokeFunction, and this policy has the first only",
				Do:  "add lambda:InvokeFunction with the condition Bool lambda:InvokedViaFunctionUrl true",
			})
		},
	}
}

func kmsPair() rule {
	return rule{
		id: "kms-pair", title: "A key is allowed for one direction only.",
		page: "https://docs.aws.amazon.com/kms/latest/developerguide/services-s3.html",
		document: func(d *document) {
			decrypts, generates := d.allows("kms:Decrypt"), d.allows("kms:GenerateDataKey")
			report := func(write *statement, actions []string, why, do string) {
				write.report(Problem{Confidence: Advice, Element: "Action", Actions: actions, Why: why, Do: do})
			}
			for _, s := range d.statements {
				if !s.allow {
					continue
				}
				if actions := s.named("s3:PutObject"); len(actions) > 0 && decrypts && !generates {
					report(s, actions, "writing an object under a customer key needs kms:GenerateDataKey, and this policy allows kms:Decrypt only", "add kms:GenerateDataKey on the bucket's key if the function writes under it")
				}
				if actions := s.named("sqs:SendMessage", "sns:Publish"); len(actions) > 0 && decrypts != generates {
					report(s, actions, "sending to an encrypted queue or topic needs kms:GenerateDataKey and kms:Decrypt, and this policy allows one of them", "allow both on the key")
				}
			}
		},
	}
}

func edgeLogs() rule {
	return rule{
		id: "edge-logs-region", title: "A Lambda@Edge function may log in one Region only.",
		page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html",
		statement: func(s *statement) {
			if !s.doc.ctx.Edge || !s.allow || !s.hasByName("logs:PutLogEvents", "logs:CreateLogStream", "logs:CreateLogGroup") {
				return
			}
			for _, r := range s.resources {
				if r.service() == "logs" && r.parts[3] != "" && !strings.ContainsAny(r.parts[3], "*?") {
					s.report(Problem{
						Confidence: Hint,
						Element:    "Resource", Value: r.text,
						Why:     fmt.Sprintf("the function logs in the Region nearest to each viewer, and this resource covers %s only", r.parts[3]),
						Do:      "write * for the Region",
						Replace: []string{strings.Replace(r.text, ":"+r.parts[3]+":", ":*:", 1)},
					})
				}
			}
		},
	}
}

func logGroupOther() rule {
	return rule{
		id: "logs-other-group", title: "A function may log, but not to its own log group.",
		page: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
		document: func(d *document) {
			if d.ctx.LogGroup == "" || !d.ctx.ExecutionRole || d.policy.Kind() != iampolicy.Identity {
				return
			}
			own := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s:log-stream:x", d.ctx.Partition, d.ctx.Region, d.ctx.Account, d.ctx.LogGroup)
			if d.ctx.Partition == "" || d.ctx.Region == "" || d.ctx.Account == "" || d.coversText(own, "logs:PutLogEvents") {
				return
			}
			for _, s := range d.statements {
				if !s.allow || !s.hasByName("logs:PutLogEvents") {
					continue
				}
				for _, r := range s.resources {
					name, ok := strings.CutPrefix(r.name(), "log-group:")
					if !ok || s.malformed[r.text] {
						continue
					}
					right := strings.TrimSuffix(own, "log-stream:x") + "*"
					s.report(Problem{
						Confidence: Hint, Element: "Resource", Value: r.text,
						Why: fmt.Sprintf("the function logs to %s, and this policy allows %s only", d.ctx.LogGroup, strings.TrimSuffix(name, ":*")),
						Do:  "write " + right, Replace: []string{right},
					})
				}
			}
		},
	}
}

func listMissing() rule {
	return rule{
		id: "s3-list-missing", title: "Objects may be read and their bucket not listed.",
		page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
		statement: func(s *statement) {
			actions := s.named("s3:GetObject")
			if !s.allow || len(actions) == 0 || s.doc.allows("s3:ListBucket") {
				return
			}
			s.report(Problem{
				Confidence: Advice, Element: "Action", Actions: actions,
				Why: "without s3:ListBucket on the bucket a missing object answers 403 and not 404",
				Do:  "add s3:ListBucket on the bucket if the code tells missing objects apart",
			})
		},
	}
}

// readers are actions that go with others in the policies that AWS maintains for
// event sources and networks.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaKinesisExecutionRole.html,
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html.
var readers = []struct {
	action, managed string
	needs           []string
}{
	{"kinesis:GetRecords", "AWSLambdaKinesisExecutionRole", []string{"kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards", "kinesis:SubscribeToShard"}},
	{"ec2:CreateNetworkInterface", "AWSLambdaVPCAccessExecutionRole", []string{"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"}},
}

func managedGap() rule {
	return rule{
		id: "managed-gap", title: "A hand-made policy lacks actions that AWS's own policy for the purpose has.",
		page: "https://docs.aws.amazon.com/lambda/latest/dg/permissions-managed-policies.html",
		statement: func(s *statement) {
			if !s.allow || !s.doc.ctx.ExecutionRole {
				return
			}
			for _, set := range readers {
				actions := s.named(set.action)
				if len(actions) == 0 {
					continue
				}
				var lacking []string
				for _, need := range set.needs {
					if !s.doc.allows(need) {
						lacking = append(lacking, need)
					}
				}
				if len(lacking) > 0 {
					s.report(Problem{
						Confidence: Advice, Element: "Action", Actions: actions,
						Why: fmt.Sprintf("%s allows %s beside it", set.managed, words(lacking)),
						Do:  fmt.Sprintf("attach %s, or add these actions", set.managed),
					})
				}
			}
		},
	}
}
