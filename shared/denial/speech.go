package denial

import (
	"regexp"
	"strings"
)

// talks reports whether a text speaks about a denial instead of being one: documentation, a list of messages, a test's
// expectation, a pattern with places to fill in.
func talks(t *text, h *hit) bool {
	head := t.before(h.start, 140)
	// Only the sentence in front of it can introduce it.
	if at := strings.LastIndex(head, ". "); at >= 0 && len(head)-at > 60 {
		head = head[at+2:]
	}
	if introduces.MatchString(head) {
		return true
	}
	tail := t.after(min(h.end, len(t.low)), 60)
	if explains.MatchString(tail) {
		return true
	}
	return h.Principal != "" && placeholder.MatchString(h.Principal) || placeholder.MatchString(h.Action)
}

var (
	introduces = regexp.MustCompile(`(?:\bsuch as\b|\be\.g\.|\bfor example\b|\bfor instance\b|\bexamples?(?: of)?(?: errors?| messages?)?:|\bsample (?:error|message|output)|\b(?:if|when|whenever|in case|until|unless|where|once|because) (?:you|we|users?|i|they|it|someone|customers?|the \w+|a \w+|an \w+) (?:still |ever |then )?(?:gets?|sees?|receives?|encounters?|hits?|runs? into|returns?|says?|reports?|fails? with|throws?|logs?|shows?)\b|\b(?:you|users?|callers?|clients?) (?:may|might|can|could|will|should|would) (?:see|get|receive|encounter)|\blooks? like\b|\bmessages? like\b|\berrors? like\b|\blike (?:this|so|the following)|\bsimilar to\b|\bthe (?:following|common) (?:errors?|messages?|example)|\bcommon (?:errors?|causes?)|\bhow to (?:fix|solve|resolve|debug|handle|troubleshoot|read)|\bwhat (?:does|is|the)\b|\bwhy (?:do|does|am|is)\b|\bexpect(?:s|ed|ing)? (?:error|message|to|the)|\btoequal\(|\btocontain\(|\btothrow|\bassert|\bshould (?:say|fail|be|return|raise|answer)|\bmatches?\b.{0,12}["'/]|\bgrep\b|\bfilter[ -]?pattern|\bfilterpattern|\bstring literal|\b(?:text|phrase|words?|wording|string|sentence|message|error|code|exception) ["'` + "`" + `].{0,4}$|\bmeans? (?:that )?["']?$|\bknown (?:errors?|messages?)|\bcatalog(?:ue)?\b|\berror (?:reference|codes? (?:list|table)|table)|\bdocument(?:s|ed|ation)\b|\brunbook\b|\bfaq\b|\btodo\b|\bhandles? (?:the )?|\bcatch(?:es)? \(?|\bexcept (?:\w+\.)?|\bthrows? new |\bignor(?:e|es|ed|ing) (?:the |an? |any )?["']?$|\bretr(?:y|ies|ied) on\b|\bno longer\b|\bno more\b|\bwithout (?:an? |any |the )?["']?$|\bformerly\b|\bresolved\b.{0,30}$|\bfixed\b.{0,30}$|\bfixes\b.{0,30}$|\bused to (?:say|fail|answer)|\binstead of\b|\bdenials? (?:are|is)\b|\b(?:contains?|containing|include[sd]?) (?:the )?(?:text|string|phrase|words?)?:? ?["']?$)[^.!?]{0,70}$|(?:===?|!==?) ?["'` + "`" + `]$`)
	explains   = regexp.MustCompile(`^["'` + "`" + `.)]* ?(?:means\b|indicates\b|is (?:returned|raised|thrown|shown|what|the (?:error|message|usual|most))|usually\b|typically\b|is an error (?:code|message)|errors? (?:are|is|occurs?|means?)|says that)`)

	placeholder = regexp.MustCompile(`^(?:\$\{|\{\{?|%[svqd]|<(?:principal|user|arn|user-?arn|role|action|service|caller|principal[ _-]?arn)>$|\$[A-Z(]|PRINCIPAL$|ACTION$|USER(?:_ARN|NAME)?$|svc:Action$|service:Action$)`)
)

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
		if strings.Contains(around, mark) {
			return true
		}
	}
	return false
}

// foreignMarks are words of other authorities that share AWS's error codes or its way to say no.
var foreignMarks = []string{
	"googleapis.com", "storage.objects", "anonymous caller does not have", "gserviceaccount", "windows.net", "azure", "aliyuncs", "alibaba", "aliyun", "myhuaweicloud", "huaweicloud", "obs.", "myqcloud",
	"digitaloceanspaces", "cloudflarestorage", "backblazeb2", "minio", "wasabisys", "linodeobjects", "scw.cloud", "oraclecloud", "yandexcloud", "ceph",
	"mysql", "mariadb", "postgres", "psycopg", "pg::", "sqlstate", "ora-0", "mongodb", "mongoerror", "redis", "cassandra.", "snowflake", "bigquery", "clickhouse",
	"rbac", "kubectl", "serviceaccount:", "apiserver", "in the namespace", "at the cluster scope", "permission denied (publickey", "eacces", "errno 13", "ldap", "active directory", "samba", "smb:",
	"keycloak", "okta", "auth0", "github.com", "gitlab", "docker pull", "docker.io", "requested access to the resource", "spring", "vault", "grafana", "jenkins", "salesforce", "sharepoint", "shopify", "stripe", "twilio", "openfga", "nginx", "apache2",
}
