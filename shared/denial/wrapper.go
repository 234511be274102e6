package denial

import (
	"strings"
)

// wrappers are what SDKs and services put around a message, or give without one.
func wrappers() []Recogniser {
	codeAnchors := []string{"accessdenied", "unauthorizedoperation", "authorizationerror"}
	return []Recogniser{
		{
			ID: "botocore", Text: "the AWS CLI's and botocore's error: code and operation",
			Page:    "https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html",
			Example: "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
			anchors: []string{"an error occurred ("}, match: botocore,
		},
		{
			ID: "go-sdk-v2", Text: "the Go SDK's error: service, operation and code",
			Page:    "https://docs.aws.amazon.com/sdk-for-go/v2/developer-guide/handle-errors.html",
			Example: "operation error S3: GetObject, https response error StatusCode: 403, RequestID: 4NKM, HostID: x, api error AccessDenied: Access Denied",
			anchors: []string{"operation error "}, match: goSDK,
		},
		{
			ID: "java-sdk", Text: "the Java SDKs' suffix: service and status",
			Page:    "https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/handling-exceptions.html",
			Example: "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 4NKM)",
			anchors: []string{"(service: "}, match: javaSDK,
		},
		{
			ID: "ruby-sdk", Text: "the Ruby SDK's error class",
			Page:    "https://docs.aws.amazon.com/sdk-for-ruby/v3/developer-guide/handling-errors.html",
			Example: "Aws::S3::Errors::AccessDenied (Access Denied)",
			anchors: []string{"::errors::"}, match: rubySDK,
		},
		{
			ID: "php-sdk", Text: "the PHP SDK's message: operation and endpoint",
			Page:    "https://docs.aws.amazon.com/sdk-for-php/v3/developer-guide/getting-started_basic-usage.html",
			Example: "Error executing \"GetObject\" on \"https://tides.s3.amazonaws.com/a\"; AWS HTTP error: Client error: `GET https://tides.s3.amazonaws.com/a` resulted in a `403 Forbidden` response: <Error><Code>AccessDenied</Code>",
			anchors: []string{`error executing "`}, match: phpSDK,
		},
		{
			ID: "cloudformation-api", Text: "CloudFormation's message of a call that a resource handler made",
			Page:    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
			Example: "API: s3:CreateBucket Access Denied",
			anchors: []string{"api: "}, match: cloudFormationAPI,
		},
		{
			ID: "code", Text: "an error code as a key's value, an exception's name or the first word of an error",
			Page:    "https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html",
			Example: "AccessDeniedException: Access to KMS is not allowed",
			anchors: codeAnchors, match: errorCode,
		},
		{
			ID: "dead-letter", Text: "the attributes of an event that EventBridge could not deliver",
			Page:    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
			Example: `{"ERROR_CODE":{"StringValue":"NO_PERMISSIONS"},"RULE_ARN":{"StringValue":"arn:aws:events:us-east-1:123456789012:rule/hourly"}}`,
			anchors: []string{"no_permissions"}, match: deadLetter,
		},
		{
			ID: "forbidden", Text: "S3's refusal without a body: only the status",
			Page:    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html",
			Example: "Forbidden: Forbidden\n\tstatus code: 403, request id: 4NKM, host id: x",
			anchors: []string{"forbidden"}, match: forbidden,
		},
		{
			ID: "access-denied", Text: "S3's bare message",
			Page:    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html",
			Example: "Access Denied",
			anchors: []string{"access denied"}, match: accessDenied,
		},
		{
			ID: "queue-url", Text: "SQS's message that gives only the queue's URL",
			Page:    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-troubleshooting.html",
			Example: "Access to the resource https://sqs.us-east-1.amazonaws.com/123456789012/tides is denied.",
			anchors: []string{"access to the resource "}, match: accessToResource,
		},
	}
}

// refusal reports whether an error code is one of a refusal, and the service that the code itself names.
func refusal(code string) (service string, ok bool) {
	l := strings.ToLower(code)
	if at := strings.LastIndexAny(l, ".#:/\\"); at >= 0 {
		head := l[:at]
		l = l[at+1:]
		switch {
		case strings.HasPrefix(head, "java."), strings.HasPrefix(head, "javax."), strings.HasPrefix(head, "org."), strings.HasPrefix(head, "system."),
			strings.HasPrefix(head, "google"), strings.Contains(head, "azure"), strings.HasPrefix(head, "com.google"), strings.HasPrefix(head, "jakarta."),
			strings.Contains(head, "springframework"), strings.HasPrefix(head, "psycopg"), strings.HasPrefix(head, "com.") && !strings.HasPrefix(head, "com.amazon"),
			strings.HasPrefix(head, "http"):
			return "", false
		}
		if service = codeService(head); service == "" && !genericPackage(head) {
			return "", false
		}
	}
	switch l {
	case "accessdenied", "accessdeniedexception", "accessdeniedfault", "unauthorizedoperation", "authorizationerror", "authorizationerrorexception", "accessdeniederror":
	case "kmsaccessdeniedexception", "kmsaccessdenied", "kmsaccessdeniedfault":
		return "kms", true
	case "ec2accessdeniedexception":
		return "ec2", true
	case "invokeaccessdenied", "vpceaccessdenied":
	default:
		return "", false
	}
	if l == "unauthorizedoperation" && service == "" {
		service = "ec2"
	}
	return service, true
}

// genericPackage reports whether a package or prefix is one that AWS's SDKs put in front of an error, without a service.
func genericPackage(head string) bool {
	if strings.Contains(head, "aws") || strings.Contains(head, "amazon") || strings.Contains(head, "botocore") {
		return true
	}
	for _, w := range strings.FieldsFunc(head, func(c rune) bool { return strings.ContainsRune(".#:/\\", c) }) {
		switch w {
		case "model", "exception", "exceptions", "errors", "types", "client", "error", "service", "coral", "errorfactory", "errorcode", "code", "name":
		default:
			return false
		}
	}
	return true
}

// codeService reads the service out of an exception's package or a code's prefix.
func codeService(head string) string {
	words := strings.FieldsFunc(head, func(c rune) bool { return strings.ContainsRune(".#:/\\", c) })
	for i := len(words) - 1; i >= 0; i-- {
		switch w := words[i]; w {
		case "model", "exception", "errors", "types", "client", "aws", "amazon", "error", "com", "amazonaws", "services", "coral", "service", "awssdk", "software", "exceptions":
		default:
			if p := prefixFor(w); p != "" {
				return p
			}
		}
	}
	return ""
}

var (
	botocoreForm = onDemand(`^([^)]{1,80})\) when calling the ([A-Za-z0-9_]+) operation(?: \(reached max retries: \d+\))?:? ?`)
	botocoreCut  = onDemand(`^([^)]{1,80})\) when calling the ([A-Za-z0-9_]+)(?: o(?:p(?:e(?:r(?:a(?:t(?:i(?:on?)?)?)?)?)?)?)?)?$`)
	goForm       = onDemand(`^([A-Za-z0-9 _-]{1,60}): ([A-Za-z0-9]+)(?:,|$| )`)
	goCode       = onDemand(`(?:api error )?\b([A-Za-z0-9.]*(?:AccessDenied|UnauthorizedOperation|AuthorizationError|Forbidden)[A-Za-z]*):`)
	javaForm     = onDemand(`^([^;,()]{1,60})[;,] ?status code: (\d{3})([^)]{0,400})`)
	javaCode     = onDemand(`error code: ([^;,)]{1,80})`)
	phpForm      = onDemand(`^([A-Za-z0-9]+)" on "([^"]{1,1000})"`)
	apiForm      = onDemand(`^([a-z0-9-]+:[A-Za-z]+) (?:access denied|not authorized|you are not authorized|accessdenied)`)
	hostService  = onDemand(`^https?://(?:[a-z0-9.-]+\.)?(s3|sqs|sns|dynamodb|kms|lambda|secretsmanager|ssm|sts|states|events|kinesis|logs|firehose)(?:[.-][a-z0-9-]+)*\.amazonaws\.com`)
)

func botocore(t *text, i int, anchor string) (hit, bool) {
	at := i + len(anchor)
	window := t.s[at:min(len(t.s), at+300)]
	m := botocoreForm().FindStringSubmatchIndex(window)
	if m == nil {
		// What is cut at the end still says what was refused.
		if m = botocoreCut().FindStringSubmatchIndex(strings.TrimRight(window, " .…")); m == nil || at+len(window) < len(t.s) {
			return hit{}, false
		}
	}
	code, operation := t.s[at+m[2]:at+m[3]], t.s[at+m[4]:at+m[5]]
	h := hit{denied: true, weak: true, start: i, end: at + m[1]}
	h.Place = Ambiguous
	service, ok := refusal(code)
	switch {
	case ok:
	case code == "403" || strings.EqualFold(code, "Forbidden") || code == "ForbiddenException":
	default:
		return hit{}, false
	}
	if service == "kms" {
		h.Service = service // the key behind the called resource
		if s := operationService[strings.ToLower(operation)]; s == "kms" {
			h.setOperation(s, operation)
		}
	} else {
		h.setOperation(service, operation)
	}
	h.readBehind(t)
	return h, true
}

// readBehind reads what may follow a bare refusal: how it goes on names a policy or gives an authorization id.
func (h *hit) readBehind(t *text) {
	if m := authorizedID().FindStringSubmatch(t.s[min(h.end, len(t.s)):min(len(t.s), h.end+400)]); m != nil {
		h.AuthorizationID = trimmed(m[1])
	}
	message := t.after(min(h.end, len(t.s)), 200)
	if strings.Contains(message, "block public access") || strings.Contains(message, "blockpublic") {
		h.Place, h.Guardrail = Guardrails, BlockPublicAccess
	}
}

func goSDK(t *text, i int, anchor string) (hit, bool) {
	at := i + len(anchor)
	window := t.s[at:min(len(t.s), at+900)]
	if next := strings.Index(window, "operation error "); next >= 0 {
		window = window[:next]
	}
	m := goForm().FindStringSubmatchIndex(window)
	if m == nil {
		return hit{}, false
	}
	c := goCode().FindStringSubmatchIndex(window)
	if c == nil {
		return hit{}, false
	}
	code := window[c[2]:c[3]]
	if _, ok := refusal(code); !ok && code != "Forbidden" && code != "ForbiddenException" {
		return hit{}, false
	}
	h := hit{denied: true, weak: true, start: i, end: at + c[1]}
	h.Place = Ambiguous
	h.setOperation(prefixFor(window[m[2]:m[3]]), window[m[4]:m[5]])
	h.readBehind(t)
	return h, true
}

func javaSDK(t *text, i int, anchor string) (hit, bool) {
	at := i + len(anchor)
	m := javaForm().FindStringSubmatchIndex(t.low[at:min(len(t.low), at+600)])
	if m == nil {
		return hit{}, false
	}
	h := hit{denied: true, weak: true, start: i, end: at + m[1]}
	h.Place = Ambiguous
	h.Service = prefixFor(t.s[at+m[2] : at+m[3]])
	if c := javaCode().FindStringSubmatchIndex(t.low[at+m[6] : at+m[7]]); c != nil {
		code := t.s[at+m[6]+c[2] : at+m[6]+c[3]]
		if _, ok := refusal(code); !ok && !strings.EqualFold(code, "403 Forbidden") && !strings.EqualFold(code, "Forbidden") {
			return hit{}, false
		}
	} else {
		// Version 2 gives the code only as the exception's class in front of the message.
		head := t.before(i, 300)
		message := strings.TrimRight(head, " .")
		switch {
		case strings.HasSuffix(message, "access denied"), strings.HasSuffix(message, "forbidden"):
		case strings.HasSuffix(message, "null") && t.low[at+m[4]:at+m[5]] == "403" && h.Service == "s3":
		default:
			return hit{}, false
		}
	}
	h.start = messageStart(t, i)
	return h, true
}

// messageStart moves from a suffix to the bare message in front of it.
func messageStart(t *text, i int) int {
	head := strings.TrimRight(t.before(i, 40), " ")
	for _, m := range []string{"access denied", "forbidden", "null"} {
		if strings.HasSuffix(head, m) {
			return i - 1 - len(m)
		}
	}
	return i
}

func rubySDK(t *text, i int, anchor string) (hit, bool) {
	from := i
	for from > 0 && (isLetter(t.s[from-1]) || t.s[from-1] == ':' || t.s[from-1] >= '0' && t.s[from-1] <= '9') && i-from < 80 {
		from--
	}
	end := i + len(anchor)
	for end < len(t.s) && isLetter(t.s[end]) {
		end++
	}
	if !strings.HasPrefix(t.low[from:], "aws::") {
		return hit{}, false
	}
	for _, told := range []string{"rescue ", "raise ", "raises ", "raise_error(", "raise_error ", "rescue_from ", "when ", "retry_on ", "discard_on "} {
		if strings.HasSuffix(t.before(from, 16), told) {
			return hit{}, false // a program, or what a test expects
		}
	}
	service, ok := refusal(strings.ReplaceAll(t.s[from:end], "::", ":"))
	if !ok && t.low[i+len(anchor):end] != "forbidden" {
		return hit{}, false
	}
	if !ok {
		service = codeService(strings.ReplaceAll(t.low[from:i], "::", ":"))
	}
	h := hit{denied: true, weak: true, start: from, end: end}
	h.Service, h.Place = service, Ambiguous
	return h, true
}

func phpSDK(t *text, i int, anchor string) (hit, bool) {
	at := i + len(anchor)
	m := phpForm().FindStringSubmatchIndex(t.s[at:min(len(t.s), at+2200)])
	if m == nil {
		return hit{}, false
	}
	rest := t.after(at+m[1], 1500)
	if next := strings.Index(rest, `error executing "`); next >= 0 {
		rest = rest[:next]
	}
	if !strings.Contains(rest, "accessdenied") && !strings.Contains(rest, "unauthorizedoperation") && !strings.Contains(rest, "authorizationerror") {
		return hit{}, false
	}
	h := hit{denied: true, weak: true, start: i, end: at + m[1]}
	service := ""
	if host := hostService().FindStringSubmatch(t.low[at+m[4] : at+m[5]]); host != nil {
		service = host[1]
	}
	h.setOperation(service, t.s[at+m[2]:at+m[3]])
	h.Place = Ambiguous
	return h, true
}

func cloudFormationAPI(t *text, i int, anchor string) (hit, bool) {
	at := i + len(anchor)
	window := t.s[at:min(len(t.s), at+200)]
	action, rest, ok := strings.Cut(window, " ")
	if !ok || !isAction(action) || !knownService(serviceOf(action)) {
		return hit{}, false
	}
	rest = lower(rest)
	if !strings.HasPrefix(rest, "access denied") && !strings.HasPrefix(rest, "accessdenied") && !strings.HasPrefix(rest, "you are not authorized") && !strings.HasPrefix(rest, "not authorized") {
		return hit{}, false
	}
	h := hit{denied: true, start: i, end: at + len(action)}
	h.Action, h.Service, h.Place = action, serviceOf(action), Ambiguous
	if !strings.HasPrefix(rest, "access") {
		h.weak = true // the sentence follows
	}
	h.readBehind(t)
	return h, true
}

// codeKeys are the keys whose value is an error code.
var codeKeys = []string{"code", "error", "exception", "errortype", "error_type", "errorname", "type", "name", "class", "kind", "reason"}

// assignable is how many of codeKeys mean an error code in key=value too, where markup has attributes of the other names.
const assignable = 6

func errorCode(t *text, i int, anchor string) (hit, bool) {
	from, end := i, i+len(anchor)
	for from > 0 && codeChar(t.s[from-1]) && i-from < 120 {
		from--
	}
	for end < len(t.s) && codeChar(t.s[end]) && end-i < 60 {
		end++
	}
	word := strings.TrimRight(t.s[from:end], ".:/")
	end = from + len(word)
	if at := strings.IndexAny(word, ":"); at >= 0 {
		// A code in front of the anchor is another word: errorCode:AccessDenied.
		if head := word[:at]; !strings.Contains(word, "::") && !strings.Contains(head, "#") {
			from += strings.LastIndexByte(word, ':') + 1
			word = t.s[from:end]
		}
	}
	service, ok := refusal(word)
	if !ok {
		return hit{}, false
	}
	h := hit{denied: true, weak: true, start: from, end: end}
	h.Service, h.Place = service, Ambiguous
	if strings.HasPrefix(strings.ToLower(word[strings.LastIndexAny(word, ".#/")+1:]), "ec2accessdenied") {
		h.Service = "ec2"
	}
	if !codeContext(t, from, end, word) {
		return hit{}, false
	}
	h.nextTo(t)
	return h, true
}

func codeChar(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9' || c == '.' || c == '_' || c == ':' || c == '#' || c == '/'
}

// codeContext reports whether a code stands where an error puts it, rather than in a sentence or a list.
func codeContext(t *text, from, end int, word string) bool {
	head := strings.TrimRight(t.before(from, 80), " ")
	tail := t.after(end, 80)
	if strings.HasPrefix(tail, "*") || strings.Contains(head[max(0, len(head)-20):], "$.") {
		return false // a pattern that looks for it
	}
	qualified := strings.HasPrefix(word, "com.amazon") || strings.HasPrefix(word, "software.amazon") || strings.HasPrefix(word, "botocore.") || strings.HasPrefix(word, "Amazon.") || strings.HasPrefix(word, "aws.sdk")
	switch {
	case strings.HasSuffix(head, "api error"), strings.HasSuffix(head, "error code:"), strings.HasSuffix(head, "handlererrorcode:"), strings.HasSuffix(head, "unhandled error ("):
		return true
	case strings.HasSuffix(head, " 403") && !strings.HasPrefix(tail, ","):
		return true // S3's access log
	case strings.HasPrefix(tail, " (client): "):
		return true // PHP
	case qualified && (strings.HasPrefix(tail, ":") || strings.HasPrefix(tail, " (") || strings.HasPrefix(strings.TrimLeft(tail, "\"'"), "") && t.atEnd(end)):
		return true
	}
	// A key and its value. A list of codes is what a pattern looks for.
	if quoted := strings.TrimRight(head, `"'`); len(quoted) < len(head) {
		if quoted = strings.TrimRight(quoted, " "); strings.HasSuffix(quoted, "[") || strings.HasSuffix(quoted, `",`) || strings.HasSuffix(quoted, "',") {
			return false
		}
		if strings.HasSuffix(quoted, ",") && strings.HasPrefix(strings.TrimLeft(tail, `"'`), ")") {
			return false // the last argument of a call: a program looks for it
		}
	}
	open := strings.TrimRight(head, `"'`+"` ")
	open = strings.TrimSuffix(open, "some(")
	open = strings.TrimRight(open, `"'[( `)
	if strings.HasSuffix(open, ":") || strings.HasSuffix(open, "=") || strings.HasSuffix(open, ">") {
		key := strings.TrimRight(open, `:=>"' `)
		keys := codeKeys
		if strings.HasSuffix(open, "=") {
			keys = codeKeys[:assignable]
			if strings.HasSuffix(open, " =") {
				return false // a program or a query, not a log
			}
		}
		for _, k := range keys {
			if strings.HasSuffix(key, k) && !listFollows(tail) {
				return true
			}
		}
		if strings.HasSuffix(key, "stringvalue") && strings.Contains(t.before(from, 80), "error_code") {
			return true
		}
	}
	if strings.HasPrefix(tail, ":") && len(tail) > 2 && !definition(tail[1:]) {
		// The first word of an error: at the start, behind a log's prefix, or behind another error.
		return startsError(head)
	}
	if strings.HasSuffix(head, "(") && !strings.HasSuffix(head, "error (") && !strings.HasSuffix(head, "exception (") && !strings.HasSuffix(head, "failed (") {
		return false // said in passing
	}
	if t.atEnd(end) || strings.HasPrefix(tail, " at ") {
		return startsError(head)
	}
	return false
}

// listFollows reports whether a code is one of a list: an enumeration of codes is no error.
func listFollows(tail string) bool {
	rest := strings.TrimLeft(tail, `"'`)
	if !strings.HasPrefix(rest, ",") && !strings.HasPrefix(rest, "|") {
		return false
	}
	rest = strings.TrimLeft(rest, `,| "'`)
	word := rest
	if stop := strings.IndexAny(rest, `"',| :)]`); stop >= 0 {
		word = rest[:stop]
		if strings.HasPrefix(rest[stop:], `":`) || strings.HasPrefix(rest[stop:], `':`) || strings.HasPrefix(rest[stop:], ":") {
			return false // the next key
		}
	}
	return strings.HasSuffix(word, "exception") || strings.HasSuffix(word, "error") || strings.HasPrefix(word, "throttl")
}

// definition reports whether what follows a code explains it.
func definition(tail string) bool {
	tail = strings.TrimLeft(tail, ` "'`)
	for _, lead := range []string{"%", "{}", "raised when", "thrown when", "returned when", "returned if", "occurs when", "the caller ", "indicates", "when ", "if ", "this error", "means", "exception thrown", "you need", "an error", "missing permission", "403", "check ", "retry"} {
		if strings.HasPrefix(tail, lead) {
			return true
		}
	}
	return false
}

var logPrefix = onDemand(`(?:^|[\]>}|)⨯✖❌✘🚨-]|\b(?:error|err|errors|fatal|warn|warning|exception|failed|failure|caused by|cause|message|msg|panic|critical|severe|uncaught|unhandled|rejection|trace|stderr|occurred|reason|response|got|received|with|invoke error|promise)\b|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?z?|[:({\["'])[ "':(\[{]*$`)

// startsError reports whether a text in front of a word is nothing or what logs and programs put before an error.
func startsError(head string) bool { return logPrefix().MatchString(head) }

// nextTo reads the resource and the principal that XML bodies and error objects hold beside a code.
func (h *hit) nextTo(t *text) {
	window := t.after(h.end, 1500)
	base := h.end
	if at := strings.Index(window, "<resource>"); at >= 0 && strings.HasPrefix(window, "</code>") {
		if stop := strings.IndexByte(window[at+10:], '<'); stop > 0 {
			h.Resource = t.s[base+at+10 : base+at+10+stop]
		}
	}
	h.readBehind(t)
}

func deadLetter(t *text, i int, anchor string) (hit, bool) {
	around := t.before(i, 200)
	if !strings.Contains(around, "error_code") && !strings.Contains(around, "errorcode") {
		return hit{}, false
	}
	h := hit{denied: true, start: i, end: i + len(anchor)}
	h.Place = Ambiguous
	return h, true
}

func forbidden(t *text, i int, anchor string) (hit, bool) {
	tail := t.after(i+len(anchor), 300)
	head := t.before(i, 200)
	h := hit{denied: true, weak: true, start: i, end: i + len(anchor)}
	h.Place = Ambiguous
	switch {
	case strings.HasPrefix(tail, ": forbidden status code: 403, request id: "): // Go, version 1
	case strings.HasPrefix(tail, ": null at request.extracterror") && strings.Contains(tail, "aws-sdk"): // JavaScript, version 2
	case strings.HasPrefix(tail, ": null") && strings.Contains(t.after(i, 700), "aws-sdk/lib"):
	case strings.HasSuffix(head, "api error ") && !strings.Contains(head, "operation error"):
	default:
		return hit{}, false
	}
	return h, true
}

func accessDenied(t *text, i int, anchor string) (hit, bool) {
	end := i + len(anchor)
	exact := t.s[i:end] == "Access Denied"
	head, tail := strings.TrimRight(t.before(i, 120), " "), t.after(end, 60)
	h := hit{denied: true, weak: true, start: i, end: end}
	h.Place = Ambiguous
	ends := t.atEnd(end)
	if strings.HasSuffix(head, "message>") {
		return hit{}, false // the code beside it says so
	}
	switch {
	case !exact:
		return hit{}, false
	case (strings.HasSuffix(head, "s3exception:") || strings.HasSuffix(head, "s3serviceexception:")) && !strings.HasPrefix(tail, " for "):
		h.Service = "s3"
	case ends && plainPrefix(t.low[:i]):
	case ends && strings.HasSuffix(head, ":") && cloudWord().MatchString(head):
	case strings.HasSuffix(strings.TrimRight(head, `"' `), `errormessage":`) || strings.HasSuffix(strings.TrimRight(head, `"' `), "errormessage:"), strings.HasSuffix(strings.TrimRight(head, `"' `), `"message":`):
		around := t.before(i, 600) + t.after(i, 600)
		if !strings.Contains(around, "aws") && !strings.Contains(around, "s3") && !strings.Contains(around, "amazon") && !strings.Contains(around, "errortype") {
			return hit{}, false
		}
	case strings.HasPrefix(tail, " at ") && startsError(head) && strings.Contains(t.after(end, 900), "aws"):
	case strings.HasPrefix(tail, " (request id") || strings.HasPrefix(tail, " status code: 403, request id"):
	default:
		return hit{}, false
	}
	h.readBehind(t)
	return h, true
}

var cloudWord = onDemand(`(?:^|[^a-z])(?:s3|aws|amazon|boto3?|bucket|lambda)(?:[^a-z]|$)`)

var onlyPrefix = onDemand(`^(?:[\[(]?(?:error|err|fatal|warn|warning|info|debug|critical|severe|trace)[\])]?[: |-]*|[0-9t:.,z+/ |-]+|\[[^\]]{0,60}\][: ]*|[0-9a-f]{8}-[0-9a-f-]{27}[: ]*|(?:s3|aws|message|msg|exception|uncaught|clienterror|s3 error|aws error|response)[: =]+|[:"'{ =>|-]+)*$`)

// plainPrefix reports whether a text is only a log's time, level and request id.
func plainPrefix(head string) bool { return len(head) < 200 && onlyPrefix().MatchString(head) }

func accessToResource(t *text, i int, anchor string) (hit, bool) {
	resource, end := t.value(i + len(anchor))
	if !strings.HasPrefix(t.low[min(end, len(t.low)):], " is denied") || resource == "" {
		return hit{}, false
	}
	h := hit{denied: true, start: i, end: end}
	h.Resource, h.Place = resource, Ambiguous
	if host := hostService().FindStringSubmatch(strings.ToLower(resource)); host != nil {
		h.Service = host[1]
	} else if parts := strings.SplitN(resource, ":", 4); len(parts) == 4 && parts[0] == "arn" {
		h.Service = parts[2]
	} else if !strings.Contains(t.before(i, 200), "accessdenied") {
		return hit{}, false
	}
	h.readReason(t, end)
	return h, true
}
