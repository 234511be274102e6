package lint

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/authref"
)

const resourcePage = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"

func resourceSyntax() rule {
	return rule{
		id: "resource-syntax", title: "A resource is neither an ARN nor *.", page: resourcePage,
		statement: func(s *statement) {
			for _, r := range s.resources {
				if r.all || r.parts != nil {
					continue
				}
				p := Problem{Confidence: Hint, Element: "Resource", Value: r.text, Do: "write the full ARN"}
				switch {
				case strings.HasPrefix(r.pattern, "arn:"):
					if strings.Contains(r.pattern, "*") {
						continue // arn:aws:s3*: a wildcard covers the missing parts
					}
					p.Confidence = s.certainIf(true)
					p.Why = fmt.Sprintf("an ARN has six parts between colons, and %s has %d", r.text, strings.Count(r.text, ":")+1)
				case strings.HasPrefix(r.pattern, "*") && !strings.HasPrefix(r.text, "*"):
					continue // begins with a value that is not known
				case strings.HasPrefix(r.pattern, "*"):
					p.Why = fmt.Sprintf("%s is neither an ARN nor the single character *", r.text)
				default:
					p.Confidence = s.certainIf(true)
					p.Why = fmt.Sprintf("%s is no ARN, and IAM compares ARNs only", r.text)
					p.Replace = s.arnOf(r.text)
					if len(p.Replace) > 0 {
						p.Do = "write " + words(p.Replace)
					}
				}
				s.malformed[r.text] = true
				s.report(p)
			}
		},
	}
}

var (
	queueHost  = regexp.MustCompile(`^sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)
	bucketHost = regexp.MustCompile(`^([a-z0-9][a-z0-9.-]*)\.s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?$`)
	keyID      = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)
)

// arnOf gives the ARN of what a URL or a bare name in a Resource means, where the
// text and the context say enough.
func (s *statement) arnOf(text string) []string {
	ctx := s.doc.ctx
	partition := ctx.Partition
	if partition == "" {
		partition = "aws"
	}
	if strings.ContainsAny(text, "⟦") {
		return nil
	}
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		path := strings.TrimPrefix(u.Path, "/")
		switch {
		case u.Scheme == "s3" && u.Host != "":
			return []string{"arn:" + partition + ":s3:::" + strings.TrimSuffix(u.Host+"/"+path, "/")}
		case u.Scheme == "https" && queueHost.MatchString(u.Host):
			account, queue, ok := strings.Cut(path, "/")
			if ok {
				return []string{fmt.Sprintf("arn:%s:sqs:%s:%s:%s", partition, queueHost.FindStringSubmatch(u.Host)[1], account, queue)}
			}
		case u.Scheme == "https" && bucketHost.MatchString(u.Host):
			return []string{"arn:" + partition + ":s3:::" + strings.TrimSuffix(bucketHost.FindStringSubmatch(u.Host)[1]+"/"+path, "/")}
		}
		return nil
	}
	services := s.services()
	if len(services) != 1 || ctx.Region == "" || ctx.Account == "" {
		return nil
	}
	form := map[string]string{
		"dynamodb": "table/%s", "sqs": "%s", "sns": "%s", "lambda": "function:%s", "kinesis": "stream/%s", "secretsmanager": "secret:%s-??????",
		"states": "stateMachine:%s", "events": "event-bus/%s", "firehose": "deliverystream/%s",
	}[services[0]]
	if services[0] == "kms" && keyID.MatchString(text) {
		form = "key/%s"
	}
	if form == "" || strings.ContainsAny(text, "/: ") {
		return nil
	}
	return []string{fmt.Sprintf("arn:%s:%s:%s:%s:"+form, partition, services[0], ctx.Region, ctx.Account, text)}
}

func resourceLiteralReference() rule {
	return rule{
		id: "resource-literal-reference", title: "A template's reference was left in the text.",
		page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html",
		statement: func(s *statement) {
			for _, r := range s.resources {
				bad := ""
				if i := strings.Index(r.text, "${AWS::"); i >= 0 {
					bad = "${AWS::…}"
				}
				if bad == "" {
					for _, part := range strings.FieldsFunc(r.text, func(c rune) bool { return c == ':' || c == '/' }) {
						if part == "undefined" || part == "null" || part == "None" || part == "[object Object]" {
							bad = part
						}
					}
				}
				if bad == "" {
					continue
				}
				s.report(Problem{
					Confidence: s.certainIf(strings.HasPrefix(bad, "$")), Element: "Resource", Value: r.text,
					Why: fmt.Sprintf("%s holds %s as text: the template or program that wrote the policy did not fill it in", r.text, bad),
					Do:  "resolve the value before the policy is written (in a template: Fn::Sub)",
				})
				if strings.HasPrefix(bad, "$") {
					s.malformed[r.text] = true
				}
			}
		},
	}
}

// strict are the services whose resources all have a Region and an account, so
// that an ARN without one is that of no resource.
var strict = map[string]bool{
	"dynamodb": true, "sqs": true, "sns": true, "kms": true, "secretsmanager": true, "kinesis": true, "firehose": true, "lambda": true, "states": true,
	"logs": true, "rds-db": true,
}

// formed are the services whose ARNs are compared with the forms that the
// reference has.
var formed = map[string]bool{
	"s3": true, "dynamodb": true, "sqs": true, "sns": true, "kms": true, "secretsmanager": true, "kinesis": true, "firehose": true,
	"lambda": true, "states": true, "logs": true, "iam": true, "rds-db": true, "bedrock": true, "cloudfront": true, "route53": true, "ssm": true,
}

func resourceForm() rule {
	return rule{
		id: "resource-form", title: "No resource of the service has an ARN of this form.", page: resourcePage,
		statement: func(s *statement) {
			for _, r := range s.resources {
				if r.parts == nil || s.malformed[r.text] || !formed[r.service()] || fitsService(r) {
					continue
				}
				p := Problem{Confidence: Hint, Element: "Resource", Value: r.text}
				fault, known := formFault(r)
				if !known && slices.Contains(s.services(), r.service()) {
					continue // the rules that compare with the actions say more
				}
				p.Confidence, p.Why, p.Replace = s.certainIf(known), fault.why, fault.replace
				p.Do = "write the ARN as the service's page shows it"
				if len(p.Replace) > 0 {
					p.Do = "write " + words(p.Replace)
				}
				s.malformed[r.text] = known
				s.report(p)
			}
		},
	}
}

// emptyAccount are services with ARNs that leave the account empty where the
// reference demands one: SSM's public parameters, models, and so on.
var emptyAccount = map[string]bool{"ssm": true, "bedrock": true, "iam": true}

func fitsService(r resource) bool {
	service, ok := authref.Service(r.service())
	if !ok || r.service() == "ssm" && !strings.HasPrefix(r.name(), "parameter") || unlisted(r) {
		return true
	}
	pattern := r.pattern
	if r.parts[4] == "" && emptyAccount[r.service()] {
		parts := append([]string(nil), r.parts...)
		parts[4] = "any"
		pattern = strings.Join(parts, ":")
	}
	for _, t := range service.ResourceTypes() {
		if t.Overlaps(pattern) || t.Overlaps(r.pattern) {
			return true
		}
	}
	return false
}

// unlisted reports resources that services decide on and the reference does not
// list: applications and endpoints of mobile push, objects of multi-Region access
// points and newer kinds of S3 resources.
// https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-application-as-subscriber.html,
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html.
func unlisted(r resource) bool {
	name := r.name()
	switch r.service() {
	case "sns":
		return strings.HasPrefix(name, "app/") || strings.HasPrefix(name, "endpoint/")
	case "s3":
		return (r.parts[3] != "" || r.parts[4] != "") && s3Kinds.MatchString(name)
	}
	return false
}

var s3Kinds = regexp.MustCompile(`^(accesspoint|async-request|job|storage-lens[a-z-]*|access-grants|outpost|bucket)/`)

var (
	shortName  = regexp.MustCompile(`^[A-Za-z0-9_.*?-]+$`)
	typedQueue = regexp.MustCompile(`^(queue|topic|queues|topics)[/:](.+)$`)
)

type formProblem struct {
	why     string
	replace []string
}

// formFault says what is wrong with an ARN that fits no resource type, and the
// right ARN if that follows. It is known if the fault is one that no new kind of
// resource can explain.
func formFault(r resource) (found formProblem, known bool) {
	why, replace := namedFault(r)
	if why == "" {
		return formProblem{why: fmt.Sprintf("%s has none of the forms that ARNs of %s have", r.text, r.service())}, false
	}
	return formProblem{why, replace}, true
}

func namedFault(r resource) (why string, replace []string) {
	parts := append([]string(nil), r.parts...)
	with := func(i int, value string) []string {
		parts[i] = value
		out := strings.Join(parts, ":")
		fixed := newResource(out, true)
		if !fitsService(fixed) || strings.Contains(r.text, "⟦") || strings.Contains(r.text, "${") {
			return nil
		}
		return []string{out}
	}
	name := parts[5]
	switch service := parts[2]; service {
	case "s3":
		if parts[3] != "" || parts[4] != "" {
			parts[3] = ""
			return fmt.Sprintf("ARNs of buckets and objects have no Region and no account, and %s has", r.text), with(4, "")
		}
	case "iam", "cloudfront", "route53":
		if parts[3] != "" {
			return fmt.Sprintf("ARNs of %s have no Region, and %s has", service, r.text), with(3, "")
		}
	case "sqs", "sns":
		if m := typedQueue.FindStringSubmatch(name); m != nil {
			return fmt.Sprintf("the name follows the account directly in an ARN of %s, without %q", service, m[1]), with(5, m[2])
		}
		if topic, _, ok := strings.Cut(name, ":"); ok && service == "sns" {
			return fmt.Sprintf("%s is the ARN of a subscription; permissions are on the topic", r.text), with(5, topic)
		}
	case "dynamodb":
		if shortName.MatchString(name) {
			return fmt.Sprintf("the ARN of a table has \"table/\" before the name, and %s has not", r.text), with(5, "table/"+name)
		}
	case "kinesis":
		if shortName.MatchString(name) {
			return fmt.Sprintf("the ARN of a stream has \"stream/\" before the name, and %s has not", r.text), with(5, "stream/"+name)
		}
	case "firehose":
		if shortName.MatchString(name) {
			return fmt.Sprintf("the ARN of a delivery stream has \"deliverystream/\" before the name, and %s has not", r.text), with(5, "deliverystream/"+name)
		}
	case "lambda":
		if strings.HasPrefix(name, "function/") {
			return "the ARN of a function has a colon after \"function\"", with(5, "function:"+strings.TrimPrefix(name, "function/"))
		}
		if shortName.MatchString(name) {
			return fmt.Sprintf("the ARN of a function has \"function:\" before the name, and %s has not", r.text), with(5, "function:"+name)
		}
	case "states":
		for _, typ := range []string{"stateMachine", "execution", "activity", "express"} {
			if rest, ok := strings.CutPrefix(name, typ+"/"); ok {
				return fmt.Sprintf("ARNs of Step Functions have a colon after %q, and %s has a slash", typ, r.text), with(5, typ+":"+rest)
			}
		}
	case "secretsmanager":
		if rest, ok := strings.CutPrefix(name, "secret/"); ok {
			return "the ARN of a secret has a colon after \"secret\"", with(5, "secret:"+rest)
		}
	case "logs":
		if rest, ok := strings.CutPrefix(name, "log-group/"); ok {
			return "the ARN of a log group has a colon after \"log-group\"", with(5, "log-group:/"+rest)
		}
	case "kms":
		if keyID.MatchString(name) {
			return fmt.Sprintf("the ARN of a key has \"key/\" before the id, and %s has not", r.text), with(5, "key/"+name)
		}
	case "bedrock":
		if strings.HasPrefix(name, "foundation-model/") && parts[4] != "" {
			return "foundation models belong to no account: the account in their ARN is empty", with(4, "")
		}
	case "ssm":
		if rest, ok := strings.CutPrefix(name, "parameter"); ok && !strings.HasPrefix(rest, "/") {
			return fmt.Sprintf("the ARN of a parameter has a slash after \"parameter\", and %s has not", r.text), with(5, "parameter/"+strings.TrimPrefix(rest, ":"))
		}
	}
	if !strict[parts[2]] {
		return "", nil
	}
	for _, empty := range []struct {
		i    int
		what string
	}{{3, "Region"}, {4, "account"}} {
		if r.parts[empty.i] != "" {
			continue
		}
		filled := append([]string(nil), r.parts...)
		filled[empty.i] = "any"
		if fitsService(newResource(strings.Join(filled, ":"), true)) {
			return fmt.Sprintf("the ARN has an empty %s, which no resource of %s has", empty.what, parts[2]), nil
		}
	}
	return "", nil
}

func objectWithoutKey() rule {
	return rule{
		id: "object-without-key", title: "A resource ends in the slash behind the bucket.",
		page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
		statement: func(s *statement) {
			for _, r := range s.resources {
				bucket, key, slash := strings.Cut(r.name(), "/")
				if r.parts == nil || r.service() != "s3" || r.parts[3]+r.parts[4] != "" || s.malformed[r.text] || !slash || key != "" || bucket == "" {
					continue
				}
				fixed := r.text + "*"
				s.malformed[r.text] = true
				s.report(Problem{
					Confidence: s.certainIf(true), Element: "Resource", Value: r.text,
					Why: fmt.Sprintf("%s is neither the bucket nor an object in it: the key of an object has at least one character", r.text),
					Do:  "write " + fixed, Replace: []string{fixed},
				})
			}
		},
	}
}

var regexpParts = regexp.MustCompile(`\([^)]*\|[^)]*\)|\[[^\]]+\][+*]?|\\[dwsDWS]|\{\d+(,\d*)?\}|\^|\$$`)

// plainNames are the services whose resource names hold letters, digits and a
// few marks, none of which a regular expression needs.
var plainNames = map[string]bool{
	"dynamodb": true, "sqs": true, "sns": true, "lambda": true, "kinesis": true, "firehose": true, "kms": true, "states": true, "events": true,
	"logs": true, "secretsmanager": true, "ssm": true, "iam": true,
}

func resourceRegexp() rule {
	return rule{
		id: "resource-regexp", title: "A resource is written as a regular expression.", page: resourcePage,
		statement: func(s *statement) {
			for _, r := range s.resources {
				if r.parts == nil || s.malformed[r.text] {
					continue
				}
				found := regexpParts.FindString(r.name())
				if found == "" {
					continue
				}
				s.malformed[r.text] = plainNames[r.service()]
				s.report(Problem{
					Confidence: s.certainIf(plainNames[r.service()]), Element: "Resource", Value: r.text,
					Why:     fmt.Sprintf("%q in %s is read as it stands: a Resource knows the wildcards * and ? only", found, r.text),
					Do:      "list each resource, or use * and ?",
					Replace: alternatives(r.text),
				})
			}
		},
	}
}

var choice = regexp.MustCompile(`\(([A-Za-z0-9_|-]+)\)`)

// alternatives writes out a single choice, table/(a|b), as two resources.
func alternatives(text string) []string {
	m := choice.FindAllStringSubmatchIndex(text, -1)
	if len(m) != 1 || !strings.Contains(text[m[0][2]:m[0][3]], "|") {
		return nil
	}
	var out []string
	for _, one := range strings.Split(text[m[0][2]:m[0][3]], "|") {
		out = append(out, text[:m[0][0]]+one+text[m[0][1]:])
	}
	if regexpParts.MatchString(out[0]) {
		return nil
	}
	return out
}

// partitions are those that AWS documents or that its SDKs know.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html.
var partitions = map[string]bool{
	"aws": true, "aws-cn": true, "aws-us-gov": true, "aws-iso": true, "aws-iso-b": true, "aws-iso-e": true, "aws-iso-f": true, "aws-eusc": true,
}

const arnPage = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"

func resourcePartition() rule {
	return rule{
		id: "resource-partition", title: "A resource is in another partition than its user.", page: arnPage,
		statement: func(s *statement) {
			ctx := s.doc.ctx
			for _, r := range s.resources {
				if r.parts == nil || strings.ContainsAny(r.parts[1], "*?") || s.malformed[r.text] {
					continue
				}
				p := Problem{Confidence: Hint, Element: "Resource", Value: r.text}
				fixed := func(partition string) {
					rest := strings.TrimPrefix(r.text, "arn:"+r.parts[1])
					// A partition has regions of its own.
					if region := r.parts[3]; partitions[r.parts[1]] && ctx.Region != "" && region != "" && !strings.ContainsAny(region, "*?") {
						rest = strings.Replace(rest, ":"+region+":", ":"+ctx.Region+":", 1)
					}
					p.Replace = []string{"arn:" + partition + rest}
					p.Do = "write " + p.Replace[0]
				}
				switch {
				case !partitions[r.parts[1]]:
					p.Confidence = s.certainIf(true)
					p.Why = fmt.Sprintf("there is no partition %q", r.parts[1])
					p.Do = "write aws, aws-cn or aws-us-gov (in a template: ${AWS::Partition})"
					if ctx.Partition != "" {
						fixed(ctx.Partition)
					}
				case ctx.Partition != "" && r.parts[1] != ctx.Partition:
					// A list that names the same resource in each partition is meant to fit several.
					p.Confidence = s.certainIf(!s.otherPartition(r, ctx.Partition))
					p.Why = fmt.Sprintf("the resource is in partition %s and the function in %s; no request crosses partitions", r.parts[1], ctx.Partition)
					fixed(ctx.Partition)
				default:
					continue
				}
				s.report(p)
			}
		},
	}
}

func (s *statement) otherPartition(r resource, partition string) bool {
	for _, o := range s.resources {
		if o.parts != nil && o.parts[1] == partition && o.parts[2] == r.parts[2] {
			return true
		}
	}
	return false
}

var regionForm = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$`)

func resourceRegion() rule {
	return rule{
		id: "resource-region", title: "A resource is in another Region than the function.", page: arnPage,
		statement: func(s *statement) {
			for _, r := range s.resources {
				if r.parts == nil || r.parts[3] == "" || strings.ContainsAny(r.parts[3], "*?") || s.malformed[r.text] {
					continue
				}
				switch {
				case !regionForm.MatchString(r.parts[3]):
					s.report(Problem{
						Confidence: Hint,
						Element:    "Resource", Value: r.text,
						Why: fmt.Sprintf("%q does not have the form of a Region", r.parts[3]),
						Do:  "write the Region's code, as eu-west-1",
					})
				case s.doc.ctx.Region != "" && r.parts[3] != s.doc.ctx.Region && !s.namesRegion(s.doc.ctx.Region, r.parts[2]):
					s.report(Problem{
						Confidence: Hint,
						Element:    "Resource", Value: r.text,
						Why:     fmt.Sprintf("the resource is in %s and the function in %s: right only if the function calls another Region", r.parts[3], s.doc.ctx.Region),
						Do:      "write the Region in which the resource is",
						Replace: []string{strings.Replace(r.text, ":"+r.parts[3]+":", ":"+s.doc.ctx.Region+":", 1)},
					})
				}
			}
		},
	}
}

// namesRegion reports whether another resource of the service is in the Region:
// then the list of Regions is on purpose.
func (s *statement) namesRegion(region, service string) bool {
	for _, r := range s.resources {
		if r.parts != nil && r.parts[2] == service && (r.parts[3] == region || strings.Contains(r.parts[3], "*")) {
			return true
		}
	}
	return false
}

// exampleAccounts are the account ids of AWS's documentation.
var exampleAccounts = map[string]bool{"123456789012": true, "111122223333": true, "444455556666": true, "777788889999": true, "000000000000": true, "111111111111": true}

func resourceAccount() rule {
	return rule{
		id: "resource-account", title: "A resource is in another account than the function.", page: arnPage,
		statement: func(s *statement) {
			own := s.doc.ctx.Account
			for _, r := range s.resources {
				if r.parts == nil || own == "" || s.malformed[r.text] || r.parts[4] == "" || r.parts[4] == own || r.parts[4] == "aws" || strings.ContainsAny(r.parts[4], "*?") {
					continue
				}
				p := Problem{Confidence: Hint, Element: "Resource", Value: r.text}
				switch {
				case exampleAccounts[r.parts[4]]:
					p.Why = fmt.Sprintf("%s is an account id of AWS's examples, and the function is in %s", r.parts[4], own)
					p.Do = "write the id of the account that owns the resource"
					p.Replace = []string{strings.Replace(r.text, ":"+r.parts[4]+":", ":"+own+":", 1)}
				case !accountForm.MatchString(r.parts[4]):
					// Names such as cloudfront or cloudwatch stand in the account's place of some ARNs.
					continue
				case r.parts[2] == "lambda" && strings.HasPrefix(r.parts[5], "layer:"):
					continue // layers of other accounts are ordinary
				default:
					p.Why = fmt.Sprintf("the resource is in account %s and the function in %s: the owner's policy must allow the call too", r.parts[4], own)
					p.Do = "check the account id, and the policy of the resource in that account"
				}
				s.report(p)
			}
		},
	}
}

var accountForm = regexp.MustCompile(`^\d{12}$`)
