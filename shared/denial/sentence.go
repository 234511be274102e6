package denial

import (
	"slices"
	"strings"
)

const troubleshootPage = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"

// sentences are IAM's own messages.
func sentences() []Recogniser {
	return []Recogniser{
		{
			ID: "iam-message", Text: "IAM's message: who may not do what, on what, and because of which kind of policy",
			Page:    troubleshootPage,
			Example: "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::tides/a because no identity-based policy allows the s3:GetObject action",
			anchors: []string{"not authorized to perform", "not authorised to perform"}, match: iamMessage,
		},
		{
			ID: "iam-message-tail", Text: "the end of IAM's message, its beginning being cut off",
			Page:    troubleshootPage,
			Example: "n:aws:s3:::tides/a because no identity-based policy allows the s3:GetObject action",
			anchors: []string{"policy allows the ", "policies allow the ", "with an explicit deny in a"}, match: iamTail,
		},
		{
			ID: "api-gateway-policy", Text: "API Gateway's own message when a policy refuses a call",
			Page:    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html",
			Example: `{"Message":"User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action"}`,
			anchors: []string{"is not authorized to access this resource"}, match: accessThisResource,
		},
		{
			ID: "assume-role", Text: "a service's message of a role that it may not assume for somebody",
			Page:    "https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service.html",
			Example: "User arn:aws:redshift:us-east-1:123456789012:dbuser:tides/loader is not authorized to assume IAM Role arn:aws:iam::123456789012:role/copy",
			anchors: []string{"not authorized to assume "}, match: assumeRole,
		},
		{
			ID: "permission-to-perform", Text: "consoles' message of an action that somebody has no permission for",
			Page:    troubleshootPage,
			Example: "You don't have permission to perform: kms:ListAliases on resource: *",
			anchors: []string{"have permission to perform", "have permissions to perform"}, match: permissionToPerform,
		},
		{
			ID: "console", Text: "the console's list: user, action, resources and context",
			Page:    troubleshootPage,
			Example: "You don't have permission to lambda:ListFunctions. User: arn:aws:iam::123456789012:user/ada Action: lambda:ListFunctions On resource(s): * Context: no identity-based policy allows the lambda:ListFunctions action",
			anchors: []string{"context: "}, match: console,
		},
	}
}

func iamMessage(t *text, i int, anchor string) (hit, bool) {
	h := hit{denied: true, start: i}
	h.Place = Ambiguous
	h.Principal, h.start = principalBefore(t, i)
	you := strings.HasSuffix(t.before(i, 10), "you are ")
	for _, anybody := range []string{" a user is ", " the user is ", " users are ", " a role is ", " the role is "} {
		if h.Principal == "" && strings.HasSuffix(" "+t.before(i, 20), anybody) {
			return hit{}, false // of people in general
		}
	}
	at := t.skip(i+len(anchor), `: "'`+"`(")
	for _, word := range []string{"the ", "following ", "operation", "operations", "actions", "action"} {
		if rest := t.low[at:]; strings.HasPrefix(rest, word) {
			at = t.skip(at+len(word), `: "'`+"`(")
		}
	}
	if strings.HasPrefix(t.low[at:], "this operation") {
		return thisOperation(t, h, at+len("this operation"), you)
	}
	action, end := t.word(at)
	action = strings.TrimRight(action, ",:")
	if first, _, several := strings.Cut(action, ","); several {
		action = first
	}
	if list := strings.Trim(action, "[]"); isAction(list) {
		action = list
	}
	h.end = end
	switch {
	case isAction(action):
		if !awsPrincipal(h.Principal) && !knownService(serviceOf(action)) {
			return hit{}, false // some application's own authorization
		}
		h.Action, h.Service = action, serviceOf(action)
	case redacted(action):
		if !awsPrincipal(h.Principal) {
			return hit{}, false
		}
		h.Action = action
		h.Service = redactedService(action)
	case t.atEnd(end):
		// Cut inside the action: the sentence stands, the action is what is left of it.
		service, _, ok := strings.Cut(strings.TrimRight(action, ".…"), ":")
		if !awsPrincipal(h.Principal) || h.Principal == "" || service != "" && !isName(service) {
			return hit{}, false
		}
		if ok {
			h.Service = strings.ToLower(service)
			if _, name, _ := strings.Cut(action, ":"); name != "" && isLetter(name[0]) {
				h.Action = action
			}
		}
		return h, true
	default:
		return hit{}, false
	}
	h.Resource, h.end = resourceAfter(t, h.end)
	if strings.HasPrefix(h.Resource, "acs:") || strings.HasPrefix(h.Principal, "acs:") {
		return hit{}, false // Alibaba Cloud words it alike
	}
	h.readReason(t, h.end)
	if h.Principal == "" && h.Reason == "" && h.Service != "" && !knownService(h.Service) && !strings.HasPrefix(h.Resource, "arn:") {
		return hit{}, false // nothing in it is AWS's
	}
	return h, true
}

// thisOperation reads EC2's message, which names nothing.
//
// See https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
func thisOperation(t *text, h hit, end int, you bool) (hit, bool) {
	if !you && !awsPrincipal(h.Principal) {
		return hit{}, false
	}
	next := t.after(end, 12)
	if len(next) > 1 && next[0] == ' ' && isLetter(next[1]) && !strings.HasPrefix(next, " because ") && !strings.HasPrefix(next, " with an ") &&
		!strings.HasPrefix(next, " encoded ") && !strings.HasPrefix(next, " user:") && !strings.HasPrefix(next, " status code") {
		return hit{}, false // "… this operation in this project": another program's sentence goes on
	}
	h.end = end
	if strings.Contains(t.after(end, 300), "encoded authorization failure message") ||
		strings.Contains(t.before(h.start, 300), "unauthorizedoperation") || strings.Contains(t.before(h.start, 300), "ec2") {
		h.Service = "ec2"
	}
	if at := strings.Index(t.after(end, 12), ": "); at >= 0 && at <= 1 {
		// Some services name the action behind it.
		if action, stop := t.word(end + at + 2); isAction(action) && knownService(serviceOf(action)) {
			h.Action, h.Service, h.end = action, serviceOf(action), stop
			h.Resource, h.end = resourceAfter(t, h.end)
		}
	}
	// Only how the sentence goes on can be its reason: the encoded message may say anything.
	h.readReason(t, h.end)
	return h, true
}

// maxPrincipal is how far in front of the sentence its subject may begin.
const maxPrincipal = 700

// principalBefore reads the subject of "… is not authorized" and where it begins.
func principalBefore(t *text, i int) (string, int) {
	end := i
	for _, verb := range []string{" is ", " are ", " was "} {
		if strings.HasSuffix(t.low[:end], verb) {
			end -= len(verb)
			break
		}
	}
	if end == i {
		return "", i
	}
	window := t.before(end, maxPrincipal)
	if at := strings.LastIndex(window, "authorized to"); at >= 0 {
		window = window[at:]
	}
	base := end - len(window)
	for _, label := range []string{"user", "role", "principal", "caller"} {
		at := strings.LastIndex(window, label)
		if at < 0 || at > 0 && (isLetter(window[at-1]) || window[at-1] == '/' || window[at-1] == '-' || window[at-1] == ':') {
			continue
		}
		from := t.skip(base+at+len(label), ": ")
		if from == base+at+len(label) || from >= end {
			continue
		}
		subject := strings.Trim(t.s[from:end], ` "'`+"`")
		if strings.Contains(subject, " ") && !redacted(subject) {
			words := strings.Fields(subject)
			switch {
			case strings.HasPrefix(words[0], "arn:"):
				subject = strings.TrimRight(words[0], ",")
			default:
				continue
			}
		}
		return subject, base + at
	}
	word := window[strings.LastIndexByte(window, ' ')+1:]
	if subject := strings.Trim(t.s[end-len(word):end], `"'`+"`([{"); strings.HasPrefix(subject, "arn:") || redacted(subject) ||
		strings.HasSuffix(subject, ".amazonaws.com") || subject == "anonymous" || strings.Contains(subject, ":assumed-role/") {
		return subject, end - len(word)
	}
	if word == "user" || word == "you" {
		return "", end - len(word)
	}
	return "", i
}

// resourceAfter reads "on resource: R" behind the action. "The resource associated with this ciphertext" names none.
func resourceAfter(t *text, at int) (string, int) {
	from := t.skip(at, ` "'`+"`,)]")
	rest := t.low[from:min(len(t.low), from+64)]
	if tail, ok := strings.CutPrefix(rest, "action "); ok {
		rest, from = tail, from+len("action ")
	}
	for _, lead := range []string{"on resources", "on resource", "on the resource", "against resource", "for resource", "on the following resource", "with resource"} {
		tail, ok := strings.CutPrefix(rest, lead)
		if !ok {
			continue
		}
		if strings.HasPrefix(tail, " associated with") {
			return "", from + len(lead)
		}
		return t.resource(t.skip(from+len(lead), ": ="))
	}
	for _, lead := range []string{"on: ", "on "} {
		if tail, ok := strings.CutPrefix(rest, lead); ok && (strings.HasPrefix(strings.TrimLeft(tail, `"'`), "arn:") || strings.HasPrefix(tail, "https://") || strings.HasPrefix(tail, "*")) {
			return t.resource(from + len(lead))
		}
	}
	return "", at
}

// resource reads a resource as printed, which may be two words: role NAME.
func (t *text) resource(at int) (string, int) {
	start := t.skip(at, " ")
	for _, lead := range []string{"because ", "with an explicit "} {
		if strings.HasPrefix(t.low[start:], lead) {
			return "", start
		}
	}
	r, end := t.value(start)
	if start < len(t.s) && (t.s[start] == '"' || t.s[start] == '\'' || t.s[start] == '`') {
		return r, end
	}
	switch strings.ToLower(r) {
	case "role", "user", "group", "policy", "alias", "key", "table", "queue", "topic", "function", "bucket", "secret", "parameter", "mfa", "stream", "log-group":
		if next, stop := t.word(t.skip(end, " ")); next != "" && next != "because" && next != "with" && !strings.HasPrefix(next, "(") {
			return r + " " + next, stop
		}
		return r, end
	case "instance", "server":
		for _, second := range []string{" profile ", " certificate "} {
			if strings.HasPrefix(t.low[end:], second) {
				next, stop := t.word(end + len(second))
				return r + second + next, stop
			}
		}
		return r, end
	}
	if strings.HasPrefix(r, "arn:") && end < len(t.s) && t.s[end] == ' ' && strings.HasSuffix(t.s[start:end], r) {
		// An object's key may hold spaces. The reason behind it says where it ends.
		window := t.low[end:min(len(t.low), end+256)]
		if stop := reasonStart(window); stop > 1 && !strings.ContainsAny(window[:stop], `:("[{;`) &&
			!strings.Contains(window[:stop], ". ") && !strings.Contains(window[:stop], ", ") && !strings.Contains(window[:stop], " is ") {
			return r + strings.TrimRight(t.s[end:end+stop], " "), end + stop
		}
	}
	return r, end
}

func reasonStart(window string) int {
	stop := strings.Index(window, " because ")
	if deny := strings.Index(window, " with an explicit deny"); deny >= 0 && (stop < 0 || deny < stop) {
		stop = deny
	}
	return stop
}

func iamTail(t *text, i int, anchor string) (hit, bool) {
	head := t.before(i, 1200)
	if strings.Contains(head, "authorized to ") || i > 2100 {
		return hit{}, false // not cut: the message itself is looked at elsewhere
	}
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place = Ambiguous
	if rest, ok := strings.CutPrefix(head, "resource: "); ok && len(head) == i {
		h.Resource, _ = t.resource(i - len(rest))
		h.start = 0
	} else if at := strings.LastIndex(head, "on resource"); at >= 0 {
		h.Resource, _ = resourceAfter(t, i-len(head)+at)
		h.start = i - len(head) + at
		if before := strings.Fields(t.s[max(0, h.start-200):h.start]); len(before) > 0 && isAction(before[len(before)-1]) {
			h.Action = before[len(before)-1]
			h.Service = serviceOf(h.Action)
		}
	}
	from := i
	if strings.HasPrefix(anchor, "polic") {
		if from = i - len(head) + strings.LastIndex(head, "because no "); from < i-len(head) {
			return hit{}, false
		}
		if i-from > 60 || h.Resource == "" && from > 0 && strings.IndexByte("\"'`", t.s[from-1]) >= 0 {
			return hit{}, false // a quotation is no cut message
		}
		action, _ := t.word(i + len(anchor))
		if !isAction(action) || !knownService(serviceOf(action)) {
			return hit{}, false
		}
	} else if h.Resource == "" {
		return hit{}, false // "with an explicit deny in a policy" alone is how people write
	}
	h.readReason(t, from)
	return h, h.Reason != ""
}

func console(t *text, i int, anchor string) (hit, bool) {
	head := t.before(i, 900)
	base := i - len(head)
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place = Ambiguous
	action := strings.LastIndex(head, "action: ")
	user := strings.LastIndex(head, "user: ")
	if action < 0 || user < 0 || user > action {
		return hit{}, false
	}
	h.Action, _ = t.word(base + action + len("action: "))
	if !isAction(h.Action) {
		return hit{}, false
	}
	h.Service = serviceOf(h.Action)
	h.Principal, _ = t.word(base + user + len("user: "))
	h.start = base + user
	for _, label := range []string{"on resource(s): ", "on resource: ", "resource: "} {
		if at := strings.LastIndex(head, label); at > action {
			h.Resource, _ = t.resource(base + at + len(label))
			break
		}
	}
	if at := h.end; strings.HasPrefix(t.low[at:], "no ") {
		h.because(t, at, min(len(t.low), at+maxReason))
	} else {
		h.readReason(t, at)
	}
	return h, h.Reason != ""
}

func accessThisResource(t *text, i int, anchor string) (hit, bool) {
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place = Ambiguous
	h.readReason(t, h.end)
	if h.Place == Ambiguous && h.Action == "" {
		return hit{}, false // a custom authorizer's answer reads the same without the kind of policy
	}
	h.Principal, h.start = principalBefore(t, i)
	return h, true
}

// permissionToPerform reads an action of AWS's and what it was called on.
func permissionToPerform(t *text, i int, anchor string) (hit, bool) {
	head := strings.TrimRight(t.before(i, 40), " ")
	lacks := false
	for _, not := range []string{"you don't", "you do not", "user doesn't", "user does not", "role doesn't", "role does not"} {
		lacks = lacks || strings.HasSuffix(head, not)
	}
	for _, whether := range []string{"if you", "if the", "when you", "when the", "in case", "unless", "where the", "that you", "because you", "means you"} {
		if strings.Contains(head, whether) {
			return hit{}, false
		}
	}
	at := t.skip(i+len(anchor), `: "'`+"`")
	if rest, the := strings.CutPrefix(t.low[at:], "the "); the {
		at = len(t.low) - len(rest)
	}
	action, end := t.word(at)
	action = strings.TrimRight(action, ",:")
	if !lacks || !isAction(action) || !knownService(serviceOf(action)) {
		return hit{}, false
	}
	h := hit{denied: true, start: i, end: end}
	h.Action, h.Service, h.Place = action, serviceOf(action), Ambiguous
	h.Resource, h.end = resourceAfter(t, end)
	h.readReason(t, h.end)
	return h, true
}

// assumeRole reads who may not assume which role, where both are AWS's.
func assumeRole(t *text, i int, anchor string) (hit, bool) {
	at := i + len(anchor)
	for _, word := range []string{"the ", "iam ", "role ", "roles "} {
		if strings.HasPrefix(t.low[at:], word) {
			at += len(word)
		}
	}
	role, end := t.value(t.skip(at, ": "))
	h := hit{denied: true, end: end}
	h.Principal, h.start = principalBefore(t, i)
	if !strings.HasPrefix(role, "arn:") || h.Principal == "" || !awsPrincipal(h.Principal) {
		return hit{}, false
	}
	h.Service, h.Action, h.Resource, h.Place = "sts", "sts:AssumeRole", role, Ambiguous
	h.readReason(t, end)
	return h, true
}

// kind is a kind of policy that a message can name.
type kind struct {
	names     []string
	place     Place
	guardrail Guardrail
}

// kinds lists them, longer names first where one begins another.
var kinds = []kind{
	{[]string{"identity-based polic", "identity based polic"}, ExecutionRole, ""},
	{[]string{"resource-based polic", "resource based polic"}, TargetPolicy, ""},
	{[]string{"permissions boundar", "permission boundar", "permissions-boundar"}, Guardrails, Boundary},
	{[]string{"session polic", "sessions polic"}, Guardrails, Session},
	{[]string{"service control polic"}, Guardrails, SCP},
	{[]string{"resource control polic"}, Guardrails, RCP},
	{[]string{"vpc endpoint polic", "vpce polic", "vpc-endpoint polic"}, Guardrails, VPCEndpoint},
	{[]string{"role trust polic", "trust polic", "assume role polic"}, TargetPolicy, ""},
}

// kindAt reads the kind of policy that a phrase begins with. A phrase that the text cuts is read as far as all kinds
// that it may be agree.
func kindAt(phrase string, cut bool) (kind, bool) {
	var found kind
	n := 0
	for _, k := range kinds {
		for _, name := range k.names {
			switch {
			case strings.HasPrefix(phrase, name):
				return k, true
			case cut && phrase != "" && strings.HasPrefix(name, phrase):
				if n == 0 || found.place != k.place || found.guardrail != k.guardrail {
					n++
				}
				found = k
			}
		}
	}
	return found, n == 1
}

// maxReason is how far behind the resource the reason may begin.
const maxReason = 400

var (
	allowsAction = onDemand(`^[a-z -]*\ballows?(?: access)?(?: to)? (?:the )?["'` + "`" + `]?([A-Za-z0-9-]+:[A-Za-z0-9*_]+)`)
	policyARN    = onDemand(`^(?:y|ies|)[,:;"'( ]*(?:the [\w:*-]+ action[,:;"' ]*)?(?:allows? the [\w:*-]+ action[.,:;"'( ]*)?(?:transitively through a service control policy[,:; ]*)?(?:with )?(?:the )?(?:policy )?(?:arn)?[:="'( ]*(arn:[^\s"'<>\\]+)`)
	authorizedID = onDemand(`(?i)\bauthorization[ _-]?id["']?\s?[:=]?\s?["']?([A-Za-z0-9*<][A-Za-z0-9_./+=*<>-]*)`)
)

// readReason reads the reason, the kind of policy, the policy and the authorization id from at up to the next message.
func (h *hit) readReason(t *text, at int) {
	at = min(at, len(t.s))
	window := t.after(at, 3000)
	for _, next := range []string{"authorized to perform", "user: ", "an error occurred (", "operation error "} {
		if stop := strings.Index(window, next); stop >= 0 {
			window = window[:stop]
		}
	}
	if m := authorizedID().FindStringSubmatchIndex(t.s[at : at+len(window)]); m != nil {
		h.AuthorizationID = trimmed(t.s[at+m[2] : at+m[3]])
		h.end = max(h.end, at+m[3])
	}
	near := window[:min(len(window), maxReason)]
	implicit, explicit := strings.Index(near, "because "), strings.Index(near, "explicit deny")
	switch {
	case implicit >= 0 && (explicit < 0 || implicit < explicit):
		h.because(t, at+implicit+len("because "), at+len(window))
	case explicit >= 0:
		h.explicit(t, at+explicit+len("explicit deny"), at+len(window))
	case truncatedReason(near):
		h.Reason = ExplicitDeny
	}
}

// truncatedReason: "with an expl…" can only go on as an explicit deny.
func truncatedReason(near string) bool {
	near = strings.TrimRight(near, " .…\"'}])")
	at := strings.LastIndex(near, "with an e")
	return at >= 0 && strings.HasPrefix("with an explicit deny", near[at:])
}

func (h *hit) because(t *text, at, limit int) {
	rest := t.low[at:limit]
	cut := limit-at < 60 && t.cutAt(limit)
	h.end = max(h.end, at)
	switch {
	case strings.HasPrefix(rest, "the resource does not exist"), strings.HasPrefix(rest, "the role or resource"):
		return // one of three reasons: ambiguous
	case strings.HasPrefix(rest, "public ") || strings.HasPrefix(rest, "the public ") || strings.Contains(rest[:min(len(rest), 160)], "block public access"):
		if blocked := rest[:min(len(rest), 200)]; strings.Contains(blocked, "block") || strings.Contains(blocked, "restrictpublicbuckets") || strings.Contains(blocked, "prevented") {
			h.Place, h.Guardrail = Guardrails, BlockPublicAccess
		}
		return
	case strings.HasPrefix(rest, "the role trust policy"), strings.HasPrefix(rest, "the trust policy"):
		h.Reason = ImplicitDeny
		h.blame(kinds[len(kinds)-1])
		return
	case strings.Contains(rest[:min(len(rest), 60)], "explicit deny"):
		h.explicit(t, at+strings.Index(rest, "explicit deny")+len("explicit deny"), limit)
		return
	}
	phrase, ok := strings.CutPrefix(rest, "no ")
	if !ok {
		if cut && strings.TrimRight(rest, " .…\"'}])") == "no" {
			h.Reason = ImplicitDeny
		}
		return
	}
	h.Reason = ImplicitDeny
	at += len("no ")
	bound := phrase[:min(len(phrase), 120)]
	if m := allowsAction().FindStringSubmatchIndex(strings.TrimLeft(bound, "")); m != nil && h.Action == "" {
		h.Action = t.s[at+m[2] : at+m[3]]
		h.Service = serviceOf(h.Action)
	}
	k, known := kindAt(strings.TrimRight(bound, " .…\"'}])"), cut)
	if !known {
		return
	}
	h.blame(k)
	h.policy(t, at, limit)
}

func (h *hit) explicit(t *text, at, limit int) {
	h.Reason = ExplicitDeny
	h.end = max(h.end, at)
	rest := t.low[at:limit]
	cut := limit-at < 60 && t.cutAt(limit)
	phrase := strings.TrimLeft(rest, " ")
	for _, lead := range []string{"in ", "a ", "an ", "the ", "one or more ", "of "} {
		phrase = strings.TrimPrefix(phrase, lead)
	}
	if strings.Contains(rest[:min(len(rest), 120)], "transitively through a service control policy") {
		h.blame(kind{place: Guardrails, guardrail: SCP})
		h.policy(t, at, limit)
		return
	}
	phrase = strings.TrimRight(phrase[:min(len(phrase), 60)], " .…\"'}])")
	if cut && slices.Contains([]string{"i", "in", "a", "an", "t", "th", "the"}, phrase) {
		phrase = "" // cut in front of the kind
	}
	k, known := kindAt(phrase, cut)
	if !known {
		h.policy(t, at, limit)
		return
	}
	h.blame(k)
	h.policy(t, at, limit)
}

// cutAt reports whether the text ends at limit: then a phrase may be cut there.
func (t *text) cutAt(limit int) bool { return limit == len(t.s) }

// blame sets the place that a kind of policy stands for.
func (h *hit) blame(k kind) {
	h.Place, h.Guardrail = k.place, k.guardrail
	if k.place != TargetPolicy {
		return
	}
	action := strings.ToLower(h.Action)
	trust := len(k.names) > 0 && strings.HasPrefix(k.names[0], "role trust")
	switch {
	case trust && strings.HasPrefix(strings.ToLower(h.Principal), "lambda.amazonaws.com"):
		h.Place = ExecutionRole // Lambda itself assumes the role
	case strings.HasPrefix(action, "lambda:invoke"):
		h.Place = InvokePermission
	}
}

// policy reads the ARN of the policy that a message names behind the kind.
func (h *hit) policy(t *text, at, limit int) {
	window := t.s[at:min(limit, at+600)]
	low := t.low[at : at+len(window)]
	for from := 0; ; {
		i := strings.Index(low[from:], "polic")
		if b := strings.Index(low[from:], "boundar"); b >= 0 && (i < 0 || b < i) {
			i = b + len("boundar") - len("polic")
		}
		if i < 0 {
			return
		}
		from += i + len("polic")
		if m := policyARN().FindStringSubmatchIndex(low[from:]); m != nil {
			h.PolicyARN = trimmed(window[from+m[2] : from+m[3]])
			h.end = max(h.end, at+from+m[3])
			return
		}
	}
}

// isAction reports whether a word is the name of an IAM action: service:Action.
func isAction(w string) bool {
	service, name, ok := strings.Cut(w, ":")
	if !ok || !isName(service) || name == "" {
		return false
	}
	for _, c := range []byte(name) {
		if !isLetter(c) && (c < '0' || c > '9') && c != '*' && c != '_' && c != '-' {
			return false
		}
	}
	return isLetter(name[0]) || name[0] == '*'
}

func isName(w string) bool {
	if w == "" || !isLetter(w[0]) && (w[0] < '0' || w[0] > '9') {
		return false
	}
	for _, c := range []byte(w) {
		if !isLetter(c) && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func serviceOf(action string) string {
	service, _, _ := strings.Cut(action, ":")
	return strings.ToLower(service)
}

// redacted reports whether a word or phrase was blanked: ***, <redacted>, [REDACTED], XXXX.
func redacted(w string) bool {
	if w == "" {
		return false
	}
	l := strings.ToLower(w)
	if strings.Contains(w, "***") || strings.Contains(l, "redact") || strings.Contains(l, "xxxx") || strings.Contains(l, "masked") ||
		strings.Contains(l, "hidden") || strings.Contains(l, "scrubbed") || strings.Contains(w, "####") || strings.Contains(w, "████") {
		return true
	}
	return w[0] == '<' && w[len(w)-1] == '>' || w[0] == '[' && w[len(w)-1] == ']'
}

func redactedService(action string) string {
	if service, _, ok := strings.Cut(action, ":"); ok && isName(service) && !redacted(service) {
		return strings.ToLower(service)
	}
	return ""
}

// awsPrincipal reports whether a subject can be one of AWS's: an ARN, a service, one that was blanked, or none.
func awsPrincipal(p string) bool {
	return p == "" || strings.HasPrefix(p, "arn:") || redacted(p) || p == "anonymous" || strings.HasSuffix(p, ".amazonaws.com") ||
		strings.Contains(p, ":assumed-role/") || strings.Contains(p, ":user/") || strings.HasPrefix(p, "AROA") || strings.HasPrefix(p, "AIDA")
}
