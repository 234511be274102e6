package lint

import (
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/authref"
)

// covers reports whether some resource of the list can be one that a request for
// the action names.
func covers(a authref.Action, resources []resource) bool {
	for _, r := range resources {
		if r.all || coversOne(a, r) {
			return true
		}
	}
	return false
}

func coversOne(a authref.Action, r resource) bool {
	if a.WildcardOnly() {
		return acceptsARN(a, r)
	}
	pattern := r.pattern
	if r.parts != nil && !strict[r.service()] {
		// The reference writes an account, or for access points a Region, that
		// some ARNs of these types leave empty.
		parts := append([]string(nil), r.parts...)
		if parts[4] == "" {
			parts[4] = "any"
		}
		if parts[3] == "" && unlisted(r) {
			parts[3] = "any"
		}
		pattern = strings.Join(parts, ":")
	}
	for _, t := range a.Resources {
		if t.Type.Overlaps(pattern) || t.Type.Overlaps(r.pattern) {
			return true
		}
	}
	return false
}

// acceptsARN reports an action without a resource type that AWS nevertheless
// decides on an ARN:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-policies-s3.html (all buckets),
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-identity-based-access-control-cwl.html (log groups).
func acceptsARN(a authref.Action, r resource) bool {
	switch strings.ToLower(a.String()) {
	case "s3:listallmybuckets":
		return r.service() == "s3"
	case "logs:describeloggroups":
		return r.service() == "logs" && strings.HasPrefix(r.name(), "log-group:")
	}
	return false
}

// fault is a set of actions of a statement that fail for the same reason.
type fault struct {
	actions []string
	known   authref.Action // one of them
	sure    bool
}

// resourceType is the general rule: an action and the statement's resources do
// not fit, so the statement never applies to the action.
func resourceType() rule {
	return rule{
		id: "resource-type", title: "An action and the statement's resources do not fit.",
		page: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
		statement: func(s *statement) {
			if len(s.resources) == 0 {
				return
			}
			faults := map[string]*fault{}
			var order []string
			for _, a := range s.actions {
				if len(a.known) == 0 || a.unknown {
					continue
				}
				fits, typed := false, false
				for _, k := range a.known {
					fits = fits || covers(k, s.resources)
					typed = typed || !k.WildcardOnly()
				}
				if fits || !typed || s.allMalformed() {
					continue
				}
				sure := !s.inBundle(a)
				var example authref.Action
				for _, k := range a.known {
					if k.WildcardOnly() {
						sure = sure && (curatedStar(k) || !a.wild)
						continue
					}
					sure = sure && s.surelyUnfit(k)
					example = k
				}
				if kmsAliasOnly(s, example) {
					continue // has its own rule
				}
				id := fmt.Sprint(sure, typeNames(example))
				if faults[id] == nil {
					faults[id] = &fault{known: example, sure: sure}
					order = append(order, id)
				}
				faults[id].actions = append(faults[id].actions, a.text)
			}
			for _, id := range order {
				f := faults[id]
				value, replace := s.suggest(f.known)
				if len(replace) > 0 && s.usedByOther(value, f.actions) && value != replace[0] {
					replace = append([]string{value}, replace...)
				}
				p := Problem{
					Confidence: s.certainIf(f.sure), Element: "Resource", Value: value, Actions: f.actions, Replace: replace,
					Why: fmt.Sprintf("%s %s %s; %s", words(f.actions), verb(f.actions, "applies to", "apply to"), article(typeNames(f.known)), s.whatItIs(value)),
					Do:  "name " + article(typeNames(f.known)) + ": " + f.known.Resources[0].Type.Pattern,
				}
				if len(replace) > 0 {
					p.Do = "write " + words(replace)
				}
				s.report(p)
			}
		},
	}
}

// surelyUnfit reports whether AWS certainly never applies one of the resources to
// the action. Certainty needs a service whose types the reference has right, or a resource
// of a wholly different service.
func (s *statement) surelyUnfit(a authref.Action) bool {
	own := map[string]bool{}
	for _, t := range a.Resources {
		own[t.Type.Segments()[2]] = true
	}
	for _, r := range s.resources {
		if s.malformed[r.text] {
			continue
		}
		if r.parts == nil || strings.ContainsAny(r.parts[2], "*?") {
			return false
		}
		// What a wildcard at the beginning of the resource's part covers is not
		// plain, nor what one before an empty account does.
		if strings.HasPrefix(r.parts[5], "*") || strings.HasPrefix(r.parts[5], "?") || strings.Contains(r.parts[3], "*") && r.parts[4] == "" {
			return false
		}
		if !sureActions[a.Service] && !sureSingle[strings.ToLower(a.String())] && (own[r.service()] || !sureForeign[a.Service]) {
			return false
		}
		if softActions[strings.ToLower(a.String())] || unlisted(r) && r.service() != "s3" {
			return false
		}
		// Routes of WebSocket APIs have fewer parts than the reference says.
		if r.service() == "execute-api" && strings.ContainsAny(r.name(), "/*") {
			return false
		}
	}
	return true
}

// sureActions are the services whose actions the reference ties to the right
// resource types, checked against each service's own documentation of the
// commonly used actions.
var sureActions = map[string]bool{
	"s3": true, "dynamodb": true, "sqs": true, "sns": true, "kms": true, "secretsmanager": true, "kinesis": true, "firehose": true,
	"kafka-cluster": true, "rds-db": true, "execute-api": true, "scheduler": true,
}

// sureSingle are single actions of other services of which the same holds.
var sureSingle = map[string]bool{
	"lambda:invokefunction": true, "lambda:invokeasync": true, "lambda:invokefunctionurl": true, "lambda:getfunction": true,
	"lambda:updatefunctioncode": true, "lambda:updatefunctionconfiguration": true, "lambda:getfunctionconfiguration": true,
	"lambda:addpermission": true, "lambda:publishversion": true, "lambda:checkpointdurableexecution": true,
	"lambda:getdurableexecution": true, "lambda:getdurableexecutionstate": true, "lambda:getdurableexecutionhistory": true,
	"events:putevents": true, "states:startexecution": true, "states:startsyncexecution": true, "states:describeexecution": true,
	"states:stopexecution": true, "states:getexecutionhistory": true, "states:describestatemachine": true,
	"logs:putlogevents": true, "logs:createlogstream": true,
	"ssm:getparameter": true, "ssm:getparameters": true, "ssm:getparametersbypath": true, "ssm:putparameter": true, "ssm:deleteparameter": true,
	"iam:passrole": true, "iam:getrole": true, "sts:assumerole": true,
	"iot:publish": true, "iot:subscribe": true, "iot:receive": true, "iot:connect": true,
	"cognito-idp:admingetuser": true, "cognito-idp:admincreateuser": true, "cognito-idp:adminupdateuserattributes": true,
	"ecr:batchgetimage": true, "ecr:getdownloadurlforlayer": true, "rds-data:executestatement": true, "rds-data:batchexecutestatement": true,
	"appsync:graphql": true,
}

// sureForeign are services that decide on resources of their own only, so that
// an ARN of another service never fits.
var sureForeign = map[string]bool{
	"s3": true, "dynamodb": true, "sqs": true, "sns": true, "kms": true, "secretsmanager": true, "lambda": true, "states": true, "events": true,
	"ecr": true, "cognito-idp": true, "iot": true, "logs": true, "ses": true, "athena": true, "appsync": true, "bedrock": true, "codebuild": true,
	"elasticfilesystem": true,
}

// softActions are actions of those services that AWS decides more loosely than
// the reference says, or where documents disagree.
var softActions = map[string]bool{
	"sns:unsubscribe": true, "sns:getsubscriptionattributes": true, "sns:setsubscriptionattributes": true, "sns:listsubscriptions": true,
	"kinesis:describestreamconsumer": true, "kinesis:deregisterstreamconsumer": true, "kinesis:registerstreamconsumer": true,
	"dynamodb:describestream": true, "kms:createalias": true, "kms:updatealias": true, "kms:deletealias": true,
	"execute-api:invalidatecache": true, "firehose:tagdeliverystream": true,
}

// curatedStar are actions without a resource type that are documented to need
// Resource "*". Others may be decided on an ARN by AWS all the same.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html,
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-policies-for-amazon-ec2.html,
// https://docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html.
func curatedStar(a authref.Action) bool {
	if !a.WildcardOnly() {
		return false
	}
	switch a.Service {
	case "ec2":
		return strings.HasPrefix(a.Name, "Describe")
	case "xray":
		return strings.HasPrefix(a.Name, "Put")
	}
	switch a.String() {
	case "ecr:GetAuthorizationToken", "kafka:GetBootstrapBrokers", "secretsmanager:GetRandomPassword", "secretsmanager:BatchGetSecretValue",
		"secretsmanager:ListSecrets", "ssm:DescribeParameters", "sts:GetCallerIdentity", "sts:GetWebIdentityToken":
		return true
	}
	return false
}

func resourceStar() rule {
	return rule{
		id: "resource-star", title: "An action without resource types is limited to an ARN.",
		page: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
		statement: func(s *statement) {
			if len(s.resources) == 0 || s.allMalformed() {
				return
			}
			sure, hint := []string(nil), []string(nil)
			for _, a := range s.actions {
				if len(a.known) == 0 || a.unknown {
					continue
				}
				certain, star := true, true
				for _, k := range a.known {
					star = star && k.WildcardOnly() && !covers(k, s.resources)
					certain = certain && curatedStar(k)
				}
				switch {
				case !star:
				case certain && !s.nearlyAll() && !s.inBundle(a):
					sure = append(sure, a.text)
				default:
					hint = append(hint, a.text)
				}
			}
			report := func(actions []string, confidence Confidence, one, several string) {
				if len(actions) == 0 {
					return
				}
				p := Problem{
					Confidence: confidence, Element: "Resource", Value: s.resources[0].text, Actions: actions,
					Why: fmt.Sprintf(verb(actions, one, several), words(actions)),
					Do:  fmt.Sprintf("put %s in a statement with Resource \"*\"", words(actions)),
				}
				if len(actions) == len(s.actions) && len(s.resources) == 1 {
					p.Replace, p.Do = []string{"*"}, "write *"
				}
				s.report(p)
			}
			report(sure, s.certainIf(true), "%s has no resource: only Resource \"*\" allows it", "%s have no resource: only Resource \"*\" allows them")
			report(hint, Hint, "the reference lists no resource type for %s: probably only Resource \"*\" allows it",
				"the reference lists no resource type for %s: probably only Resource \"*\" allows them")
		},
	}
}

// nearlyAll reports resources such as arn:aws:ec2:*:*:subnet/*, which cover
// every resource of a kind: AWS writes them itself for such actions, and does
// not say whether they count as "*".
func (s *statement) nearlyAll() bool {
	for _, r := range s.resources {
		if r.parts == nil || strings.Trim(r.parts[5], "*") == "" || r.parts[3] == "*" && r.parts[4] == "*" {
			return true
		}
	}
	return false
}

func (s *statement) allMalformed() bool {
	for _, r := range s.resources {
		if !s.malformed[r.text] {
			return false
		}
	}
	return true
}

// resourceUnused reports a resource of a service that none of the statement's
// actions has to do with.
func resourceUnused() rule {
	return rule{
		id: "resource-unused", title: "A resource belongs to none of the statement's actions.", page: resourcePage,
		statement: func(s *statement) {
			var known []authref.Action
			for _, a := range s.actions {
				if len(a.known) == 0 {
					return
				}
				known = append(known, a.known...)
			}
			reported := false
			for _, p := range s.doc.problems {
				reported = reported || p.Ref.Statement == s.Statement && (p.ID == "resource-type" || p.ID == "resource-star" || p.ID == "kms-alias")
			}
			if reported {
				return
			}
			for _, r := range s.resources {
				if r.all || r.parts == nil || s.malformed[r.text] || strings.ContainsAny(r.parts[2], "*?") {
					continue
				}
				foreign := true
				for _, k := range known {
					if coversOne(k, r) || k.Service == r.service() {
						foreign = false
						break
					}
					for _, t := range k.Resources {
						foreign = foreign && t.Type.Segments()[2] != r.service()
					}
				}
				if foreign {
					s.report(Problem{
						Confidence: Hint,
						Element:    "Resource", Value: r.text,
						Why: fmt.Sprintf("none of the statement's actions has to do with a resource of %s", r.service()),
						Do:  "remove the resource, or add the actions that are meant for it",
					})
				}
			}
		},
	}
}

// suggest picks the resource that was probably meant for the action and what to
// write instead, if that follows from the text.
func (s *statement) suggest(a authref.Action) (value string, replace []string) {
	own := map[string]bool{}
	for _, t := range a.Resources {
		own[t.Type.Segments()[2]] = true
	}
	best := s.resources[0]
	for _, r := range s.resources {
		if own[r.service()] && !own[best.service()] {
			best = r
		}
	}
	if best.parts == nil || strings.Contains(best.text, "⟦") {
		return best.text, nil
	}
	text := best.text
	try := func(fixed string) []string {
		if covers(a, []resource{newResource(fixed, true)}) {
			return []string{fixed}
		}
		return nil
	}
	name := best.name()
	switch a.Service {
	case "s3":
		if i := strings.Index(text, "/"); i >= 0 && !strings.Contains(name, "accesspoint/") {
			if fixed := try(text[:i]); fixed != nil {
				return text, fixed
			}
		}
		if strings.HasPrefix(name, "accesspoint/") {
			return text, try(text + "/object/*")
		}
		return text, try(strings.TrimSuffix(text, "/") + "/*")
	case "dynamodb":
		return text, try(text + "/stream/*")
	case "logs":
		return text, try(strings.TrimSuffix(text, ":") + ":*")
	case "kinesis":
		return text, try(text + "/consumer/*")
	case "states":
		if strings.HasPrefix(name, "stateMachine:") {
			return text, try(strings.Replace(text, ":stateMachine:", ":execution:", 1) + ":*")
		}
		if strings.HasPrefix(name, "execution:") {
			machine := strings.SplitN(name, ":", 3)
			return text, try(strings.Join(best.parts[:5], ":") + ":stateMachine:" + machine[1])
		}
	case "iot":
		if strings.HasPrefix(name, "topic/") {
			return text, try(strings.Replace(text, ":topic/", ":topicfilter/", 1))
		}
		if strings.HasPrefix(name, "topicfilter/") {
			return text, try(strings.Replace(text, ":topicfilter/", ":topic/", 1))
		}
	case "kafka-cluster":
		for _, from := range []string{"cluster/", "topic/", "group/"} {
			rest, ok := strings.CutPrefix(name, from)
			if !ok {
				continue
			}
			ids := strings.SplitN(rest, "/", 3)
			head := strings.Join(best.parts[:5], ":") + ":"
			if len(ids) < 2 {
				return text, nil
			}
			for _, to := range []string{"cluster/" + ids[0] + "/" + ids[1], "topic/" + ids[0] + "/" + ids[1] + "/*", "group/" + ids[0] + "/" + ids[1] + "/*"} {
				if fixed := try(head + to); fixed != nil {
					return text, fixed
				}
			}
		}
	case "sts":
		if rest, ok := strings.CutPrefix(name, "assumed-role/"); ok {
			role, _, _ := strings.Cut(rest, "/")
			return text, try(fmt.Sprintf("arn:%s:iam::%s:role/%s", best.parts[1], best.parts[4], role))
		}
	case "lambda":
		if strings.Contains(strings.ToLower(a.Name), "durable") {
			return text, try(text + ":*")
		}
	case "execute-api":
		return text, try(strings.TrimSuffix(text, "/*") + "/*/*/*")
	case "appsync":
		return text, try(text + "/*")
	}
	return text, nil
}

// usedByOther reports whether an action outside the list needs the resource, so
// that it must stay beside the new one.
func (s *statement) usedByOther(value string, actions []string) bool {
	i := slices.IndexFunc(s.resources, func(r resource) bool { return r.text == value })
	if i < 0 {
		return false
	}
	for _, a := range s.actions {
		if slices.Contains(actions, a.text) {
			continue
		}
		if a.all || len(a.known) == 0 {
			return true
		}
		for _, k := range a.known {
			if !k.WildcardOnly() && coversOne(k, s.resources[i]) {
				return true
			}
		}
	}
	return false
}

// whatItIs says what kind of resource a value names.
func (s *statement) whatItIs(value string) string {
	i := slices.IndexFunc(s.resources, func(r resource) bool { return r.text == value })
	if i >= 0 && s.resources[i].parts != nil {
		if service, ok := authref.Service(s.resources[i].service()); ok {
			var names []string
			for _, t := range service.ResourceTypes() {
				if t.Overlaps(s.resources[i].pattern) {
					names = append(names, t.Name)
				}
			}
			if len(names) > 0 && len(names) < 4 {
				return fmt.Sprintf("%s names %s of %s", value, article(names), s.resources[i].service())
			}
		}
	}
	return value + " names none"
}

func typeNames(a authref.Action) []string {
	var out []string
	for _, t := range a.Resources {
		out = append(out, t.Type.Name)
	}
	return out
}

// article joins type names for a sentence.
func article(names []string) string {
	if len(names) == 0 {
		return "no resource"
	}
	list := strings.Replace(words(names), " and ", " or ", 1)
	if strings.ContainsRune("aeiouAEIOU", rune(list[0])) {
		return "an " + list
	}
	return "a " + list
}

func verb(list []string, one, several string) string {
	if len(list) == 1 {
		return one
	}
	return several
}
