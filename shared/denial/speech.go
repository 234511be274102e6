package denial

import (
	"strings"
)

// talks reports whether a text speaks about a denial instead of being one: documentation, a list of messages, a test's
// expectation, a pattern with places to fill in.
func talks(t *text, h *hit) bool {
	// Only the sentence in front of it can introduce it.
	head := t.before(h.start, 110)
	if strings.Contains(head, "e.g. ") {
		return true
	}
	if at := strings.LastIndexAny(head, ".!?"); at >= 0 {
		head = head[at+1:]
	}
	if len(head) > 3 && introduces().MatchString(head) {
		return true
	}
	if h.Recogniser == "iam-message" && h.Principal == "" && asks().MatchString(head) {
		return true // who asks why it happened to them quotes the message with its principal
	}
	// Documentation introduces its examples a sentence or two earlier.
	page := t.before(h.start, 500)
	for _, mark := range []string{"following example", "example error", "fictional", "mateojackson", "error messages:", "possible errors"} {
		if strings.Contains(page, mark) {
			return true
		}
	}
	if h.Recogniser == "code" && catalogue(t, h) {
		return true
	}
	tail := t.after(min(h.end, len(t.low)), 60)
	if explains().MatchString(tail) {
		return true
	}
	return h.Principal != "" && placeholder().MatchString(h.Principal) || placeholder().MatchString(h.Action)
}

var (
	// Each is a way to lead up to a message that is quoted; the quotation begins soon behind it, in the same sentence.
	introduces = onDemand(`(?:` + strings.Join([]string{
		`\bsuch as\b`, `\bfor (?:example|instance)\b`, `\bexamples?(?: of)?(?: errors?| messages?)?:`, `\b(?:sample|example) (?:error|message|output|log)`,
		`\b(?:if|when|whenever|in case|until|unless|where|once) (?:you|we|users?|i|they|it|someone|customers?|the \w+|an? \w+) (?:still |ever |then )?(?:gets?|sees?|receives?|encounters?|hits?|runs? into|returns|says?|reports|fails with|throws|logs|shows)\b`,
		`\b(?:you|users?|callers?|clients?) (?:may|might|can|could|will|should|would) (?:see|get|receive|encounter)`,
		`\b(?:if|when|whenever|where|once|without)\b.{1,80}\byou (?:'ll |will |would |may |might |can )?(?:get|see|receive|meet)\b`,
		`\blooks? like\b`, `\b(?:messages?|errors?) like\b`, `\blike (?:this|so|the following)`, `\bsimilar to\b`, `\bcommon (?:errors?|causes?)`, `\bthe following (?:example|(?:errors?|messages?) (?:means?|appears?|is shown))`,
		`\bhow to (?:fix|solve|resolve|debug|handle|troubleshoot|read)`, `\bwhat (?:does|is)\b`, `\bexpect(?:s|ed|ing)? (?:error|message)s?\b`, `\bexpect\(`, `\bto(?:be|equal|contain|throw|match)\w*\(`,
		`\b(?:starts_?with|ends_?with|includes|contains|indexof|matches|equals|reply|replyonce|thenthrow|rejects\w*|mock\w*|stub\w*|httpresponse|jsonresponse)\(`, `\bassert\w*\b ?[('"]`, `\braise \w+\(`, `\b(?:new|errorf|newerror)\(["'` + "`" + `]?$`, `\bthrow new \w+\(`,
		`\bshould (?:say|fail|be|return|raise|answer)`, `\bmatches\b.{0,12}["'/]$`, `\bgrep (?:-\w+ )?["']?$`, `\bfilter[ -]?pattern`,
		`\b(?:text|phrase|words?|wording|string|sentence) ["'` + "`" + `].{0,4}$`, `\bmeans? (?:that )?["']?$`, `\bknown (?:errors?|messages?)`, `\b(?:error|message) catalog(?:ue)?\b`, `\bcatalog(?:ue)? of (?:error|message)s?\b`,
		`\berror (?:reference|codes? (?:list|table)|table)`, `\bdocumentation (?:says|lists|shows|has|of|for)\b`, `\bdocumented as\b`, `\bfaq(?: entry|:)`, `\b(?:our|the) wiki\b`, `\bignor(?:e|es|ed|ing) (?:the |an? |any )?["']?$`, `\bretr(?:y|ies) on\b`,
		`\bno longer (?:see|get|fail|seeing|getting)\w*`, `\bwithout (?:an? |any |the )?["']?$`, `\bresolved (?:the |an? )?["':]*$`, `\bfix(?:ed|es)? (?:the |an? )?["':]*$`, `\bused to (?:say|fail|answer)`,
		`\b(?:contains?|containing|includes?) (?:the )?(?:text|string|phrase|words?):? ?["']?$`,
	}, "|") + `)|(?:===?|!==?) ?["'` + "`" + `]$`)
	asks     = onDemand(`\bwhy (?:do|does|did|is|am|are|would|might|can)\b`)
	explains = onDemand(`^["'` + "`" + `.)]* ?(?:means\b|indicates\b|is (?:returned|raised|thrown|shown|what|the (?:error|message|usual|most))|usually\b|typically\b|is an error (?:code|message)|errors? (?:are|is|occurs?|means?)|says that|(?:this|that|the above)(?: error| message)? (?:means|indicates|is shown|appears when|occurs when|usually))`)

	placeholder = onDemand(`^(?:\$\{|\{\{?|%[svqd]|<(?:principal|user|arn|user-?arn|role|action|service|caller|principal[ _-]?arn)>$|\$[A-Z(]|PRINCIPAL$|ACTION$|USER(?:_ARN|NAME)?$|svc:Action$|service:Action$)`)
)

// otherCodes are error codes that lists of errors hold beside a refusal.
var otherCodes = []string{
	"throttling", "validationexception", "resourcenotfound", "internalerror", "internalfailure", "internalserver", "serviceunavailable", "nosuchkey", "nosuchbucket", "slowdown",
	"invalidparameter", "missingparameter", "incompletesignature", "expiredtoken", "toomanyrequests", "limitexceeded", "optinrequired", "requestexpired", "invalidaction",
}

// catalogue reports whether a code stands among others, none of which comes with what an occurrence has: a request, an
// ARN, a time.
func catalogue(t *text, h *hit) bool {
	around := t.low[max(0, h.start-300):min(len(t.low), h.end+300)]
	n := 0
	for _, code := range otherCodes {
		if strings.Contains(around, code) {
			n++
		}
	}
	return n >= 2 && !strings.Contains(around, "arn:aws") && !strings.Contains(around, "request id") && !strings.Contains(around, "requestid")
}

// foreign reports whether another authority speaks.
func foreign(t *text, h *hit) bool {
	switch h.Recogniser {
	case "code", "access-denied":
	case "iam-message":
		if h.Principal != "" && awsPrincipal(h.Principal) {
			return false
		}
	default:
		return false // the form is AWS's alone
	}
	around := t.low[max(0, h.start-300):min(len(t.low), h.end+300)]
	for _, mark := range foreignMarks {
		// A mark begins a word: one inside another word is chance.
		if at := strings.Index(around, mark); at >= 0 && (at == 0 || !isLetter(around[at-1]) || strings.Contains(mark, ".")) {
			return true
		}
	}
	return false
}

// foreignMarks are words of other authorities that share AWS's error codes or its way to say no.
var foreignMarks = []string{
	"googleapis.com", "storage.objects", "anonymous caller does not have", "gserviceaccount", "windows.net", "azure", "aliyuncs", "alibaba", "aliyun", "myhuaweicloud", "huaweicloud", "myqcloud",
	"digitaloceanspaces", "cloudflarestorage", "backblazeb2", "minio", "wasabisys", "linodeobjects", "scw.cloud", "oraclecloud", "yandexcloud",
	"mysql", "mariadb", "postgres", "psycopg", "pg::", "sqlstate", "ora-0", "mongodb", "mongoerror", "cassandra.",
	"rbac", "kubectl", "serviceaccount:", "apiserver", "in the namespace", "at the cluster scope", "permission denied (publickey", "errno 13", "ldap", "active directory", "samba", "smb:",
	"keycloak", "docker pull", "docker.io", "requested access to the resource", "springframework", "eacces:",
}
