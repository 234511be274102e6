package fact

import "strings"

// Origin is what a source ARN in a function's policy names, as far as AWS answers for certain whether it exists.
type Origin struct {
	// Kind is that of the facts about such sources.
	Kind Kind
	// ARN stands for the whole source: arn:…:execute-api:…:API, a rule's ARN, a bucket's.
	ARN string
	// ID is the API's id, the rule's or the bucket's name, of a receipt rule the set's and its own with a slash between; Bus is
	// the rule's event bus.
	ID, Bus string
	// Word is what it is for people: "API".
	Word string
}

// OriginOf finds out what a source ARN of the account and Region names; false where it names several, something of
// another account or Region, or something else. The ARN of a bucket has neither: whose it is must be known otherwise.
func OriginOf(source string, account Account) (Origin, bool) {
	arn, err := ParseARN(source)
	if err != nil || arn.Partition != account.Partition {
		return Origin{}, false
	}
	own := arn.Region == account.Region && arn.Account == account.ID
	o := Origin{ARN: source}
	switch {
	case arn.Service == "execute-api" && own:
		o.ID, _, _ = strings.Cut(arn.Resource, "/")
		arn.Resource = o.ID
		o.Kind, o.Word, o.ARN = KindAPIs, "API", arn.String()
	case arn.Service == "events" && own:
		name, rule := strings.CutPrefix(arn.Resource, "rule/")
		if !rule {
			return Origin{}, false
		}
		o.Kind, o.Word, o.Bus, o.ID = KindRules, "event rule", "default", name
		if at := strings.LastIndexByte(name, '/'); at >= 0 { // names of partners' buses hold slashes, those of rules none
			o.Bus, o.ID = name[:at], name[at+1:]
		}
	case arn.Service == "logs" && own:
		// The calls carry the group's ARN with a star for its streams, which stands for the group itself.
		name, group := strings.CutPrefix(strings.TrimSuffix(arn.Resource, ":*"), "log-group:")
		if !group || strings.Contains(name, ":") {
			return Origin{}, false
		}
		arn.Resource = "log-group:" + name
		o.Kind, o.Word, o.ID, o.ARN = KindFilters, "log group", name, arn.String()
	case arn.Service == "ses" && own:
		set, rule, of := strings.Cut(strings.TrimPrefix(arn.Resource, "receipt-rule-set/"), ":receipt-rule/")
		if !of || set == arn.Resource || set == "" || rule == "" {
			return Origin{}, false
		}
		o.Kind, o.Word, o.ID = KindReceiptRules, "SES receipt rule", set+"/"+rule
	case arn.Service == "s3" && arn.Region == "" && arn.Account == "":
		o.Kind, o.Word, o.ID = KindBuckets, "bucket", arn.Resource
	default:
		for _, named := range namedOrigins {
			if id, found := strings.CutPrefix(arn.Resource, named.before); found && own && arn.Service == named.service && strings.Count(id, "/") == named.slashes && !strings.Contains(id, ":") {
				o.Kind, o.Word, o.ID = named.kind, named.word, id
			}
		}
	}
	if o.ID == "" || strings.ContainsAny(o.ARN, "*?$⟦") {
		return Origin{}, false
	}
	return o, true
}

// namedOrigins are further sources of which AWS tells for certain whether they exist, by the form of their ARNs.
var namedOrigins = []struct {
	service, before string
	slashes         int
	kind            Kind
	word            string
}{
	{"sns", "", 0, KindTopics, "topic"},
	{"cloudwatch", "alarm:", 0, KindAlarms, "CloudWatch alarm"},
	{"config", "config-rule/", 0, KindConfigRules, "AWS Config rule"},
	{"iot", "rule/", 0, KindTopicRules, "IoT rule"},
	{"cognito-idp", "userpool/", 0, KindUserPools, "user pool"},
	{"elasticloadbalancing", "targetgroup/", 1, KindTargetGroups, "target group"},
	{"secretsmanager", "secret:", 0, KindRotations, "secret"},
	{"bedrock", "agent/", 0, KindAgents, "Bedrock agent"},
	{"ivschat", "room/", 0, KindChatRooms, "chat room"},
	{"iot", "authorizer/", 0, KindDeviceAuthorizers, "IoT authorizer"},
	{"iot", "provisioningtemplate/", 0, KindProvisioning, "IoT provisioning template"},
	{"transfer", "server/", 0, KindTransferServers, "Transfer Family server"},
	{"lex", "bot-alias/", 1, KindBots, "Lex bot's alias"},
	{"vpc-lattice", "targetgroup/", 0, KindLattices, "VPC Lattice target group"},
}
