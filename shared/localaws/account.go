package localaws

import (
	"fmt"
	"maps"
	"strings"

	"permprobe/shared/stack"
)

// born is when everything that comes from a template was made.
const (
	bornText  = "2026-01-02T03:04:05Z"
	bornEpoch = 1767323045
)

// An account is what the stacks of one account id make. It does not change once New is done, but for the objects in buckets.
type account struct {
	id       string
	roles    map[string]*role          // by name
	users    map[string]*role          // by name
	groups   map[string]*role          // by name
	policies map[string]*managedPolicy // by ARN
	regions  map[string]*region
	buckets  map[string]*s3Bucket // by name
	// notifying are buckets that no template holds and of which one sets the notifications: nothing else of them is known.
	notifying map[string]*s3Bucket // by name
	stacks    map[string]string    // that own what there is, by its ARN
}

// A region is what an account holds in one.
type region struct {
	name, account, partition string

	functions map[string]*function      // by name
	mappings  map[string]map[string]any // by UUID
	restAPIs  map[string]*restAPI
	httpAPIs  map[string]*httpAPI
	logGroups map[string]map[string]any
	topics    map[string]*topic // by ARN

	subscriptions map[string]xmlSubscription
	filters       map[string][]map[string]any // by log group
	buses         map[string]*eventBus

	targetGroups map[string]*targetGroup   // by ARN
	userPools    map[string]map[string]any // by id
	secrets      map[string]map[string]any // by ARN
	configRules  map[string]map[string]any // by name
	topicRules   map[string]map[string]any // by name
	receiptRules map[string][]receiptRule  // by rule set
	holders      map[string]*holder        // by ARN
	alarms       map[string]alarm          // by name
	controlled   map[string][]controlled   // by type
	// deploymentRoles are the roles of CodeDeploy's groups, by application/group.
	deploymentRoles map[string]string

	callers callers
	keyring
}

func newAccount(id string) *account {
	return &account{id: id, roles: map[string]*role{}, users: map[string]*role{}, groups: map[string]*role{}, policies: map[string]*managedPolicy{}, regions: map[string]*region{}, buckets: map[string]*s3Bucket{}, notifying: map[string]*s3Bucket{}, stacks: map[string]string{}}
}

func newRegion(account, name string) *region {
	r := &region{
		name: name, account: account, partition: "aws", functions: map[string]*function{}, mappings: map[string]map[string]any{}, restAPIs: map[string]*restAPI{}, httpAPIs: map[string]*httpAPI{},
		logGroups: map[string]map[string]any{}, topics: map[string]*topic{}, buses: map[string]*eventBus{},
		subscriptions: map[string]xmlSubscription{}, filters: map[string][]map[string]any{},
		targetGroups: map[string]*targetGroup{}, userPools: map[string]map[string]any{}, secrets: map[string]map[string]any{},
		configRules: map[string]map[string]any{}, topicRules: map[string]map[string]any{}, receiptRules: map[string][]receiptRule{}, alarms: map[string]alarm{},
		holders: map[string]*holder{}, controlled: map[string][]controlled{}, deploymentRoles: map[string]string{},
		callers: newCallers(),
		keyring: newKeyring(),
	}
	switch {
	case strings.HasPrefix(name, "cn-"):
		r.partition = "aws-cn"
	case strings.HasPrefix(name, "us-gov-"):
		r.partition = "aws-us-gov"
	}
	r.buses["default"] = &eventBus{name: "default", arn: r.arn("events", "event-bus/default"), rules: map[string]*eventRule{}}
	return r
}

// arn is the ARN of something in the region.
func (r *region) arn(service, rest string) string {
	return "arn:" + r.partition + ":" + service + ":" + r.name + ":" + r.account + ":" + rest
}

// account is the one with the id; one that no stack is in is empty.
func (s *Server) account(id string) *account {
	if a := s.accounts[id]; a != nil {
		return a
	}
	return newAccount(id)
}

func (a *account) region(name string) *region {
	if r := a.regions[name]; r != nil {
		return r
	}
	return newRegion(a.id, name)
}

// tagsOf are the tags of a resource, as far as they are conditions of the operations that are served.
func (a *account) tagsOf(arn string) map[string]string {
	p := splitARN(arn)
	if p == nil {
		return nil
	}
	switch p[2] {
	case "lambda":
		if n, ok := strings.CutPrefix(p[5], "function:"); ok {
			if f := a.region(p[3]).functions[cut(n, ':', 2)[0]]; f != nil {
				return f.tags
			}
		}
	case "iam":
		if n, ok := strings.CutPrefix(p[5], "role/"); ok {
			if r := a.roles[n[strings.LastIndex(n, "/")+1:]]; r != nil {
				return r.tags
			}
		}
	}
	return nil
}

// resourcePolicy is the policy that AWS consults for a resource besides the caller's own, or empty.
func (a *account) resourcePolicy(arn string) string {
	p := splitARN(arn)
	if p == nil {
		return ""
	}
	if h := a.region(p[3]).holders[arn]; h != nil {
		return h.policy
	}
	switch p[2] {
	case "ecr":
		if n, ok := strings.CutPrefix(p[5], "repository/"); ok {
			if r := a.region(p[3]).repositories[n]; r != nil {
				return r.policy
			}
		}
	case "kms":
		if key := a.region(p[3]).key(arn); key != nil {
			return key.policy
		}
	case "s3":
		if b := a.buckets[strings.SplitN(p[5], "/", 2)[0]]; b != nil {
			return b.policy
		}
	case "sns":
		if t := a.region(p[3]).topics[arn]; t != nil {
			return t.policy
		}
	case "events":
		if n, ok := strings.CutPrefix(p[5], "event-bus/"); ok {
			if b := a.region(p[3]).buses[n]; b != nil {
				return b.policy
			}
		}
	case "lambda":
		if n, ok := strings.CutPrefix(p[5], "function:"); ok {
			parts := cut(n, ':', 2)
			if f := a.region(p[3]).functions[parts[0]]; f != nil {
				return f.policy(strings.Join(parts[1:], ""))
			}
		}
	}
	return ""
}

// A builder makes accounts of stacks: first what stands alone, then, when all stacks are known, what refers to others.
type builder struct {
	srv      *Server
	warnings []Warning
	later    []func()
	lost     map[lost]bool
	st       *stack.Stack
	res      *stack.Resource
}

// lost is something of a stack that another stack already has under the name. What refers to it is left out too, because
// it is not about the other one.
type lost struct {
	st         *stack.Stack
	what, name string
}

func (b *builder) isLost(what, name string) bool { return b.lost[lost{b.st, what, name}] }

// makers make what a resource type stands for; a maker may leave work for when all stacks are known (builder.then).
func makers() map[string]func(*builder) {
	return map[string]func(*builder){
		"AWS::Lambda::Function":                    (*builder).lambdaFunction,
		"AWS::Lambda::Version":                     (*builder).lambdaVersion,
		"AWS::Lambda::Alias":                       (*builder).lambdaAlias,
		"AWS::Lambda::Permission":                  (*builder).lambdaPermission,
		"AWS::Lambda::ResourcePolicy":              (*builder).lambdaResourcePolicy,
		"AWS::Lambda::EventSourceMapping":          (*builder).lambdaMapping,
		"AWS::Lambda::EventInvokeConfig":           (*builder).lambdaInvokeConfig,
		"AWS::Lambda::Url":                         (*builder).lambdaURL,
		"AWS::IAM::Role":                           (*builder).iamRole,
		"AWS::IAM::Policy":                         (*builder).iamPolicy,
		"AWS::IAM::RolePolicy":                     (*builder).iamRolePolicy,
		"AWS::IAM::ManagedPolicy":                  (*builder).iamManagedPolicy,
		"AWS::IAM::User":                           (*builder).iamUser,
		"AWS::IAM::Group":                          (*builder).iamGroup,
		"AWS::IAM::UserPolicy":                     (*builder).iamPersonPolicy,
		"AWS::IAM::GroupPolicy":                    (*builder).iamPersonPolicy,
		"AWS::IAM::UserToGroupAddition":            (*builder).iamMembership,
		"AWS::ApiGateway::RestApi":                 (*builder).restAPI,
		"AWS::ApiGateway::Resource":                (*builder).restResource,
		"AWS::ApiGateway::Method":                  (*builder).restMethod,
		"AWS::ApiGateway::Deployment":              (*builder).restDeployment,
		"AWS::ApiGateway::Stage":                   (*builder).restStage,
		"AWS::ApiGateway::Authorizer":              (*builder).restAuthorizer,
		"AWS::WAFv2::WebACLAssociation":            (*builder).firewall,
		"AWS::ApiGatewayV2::Api":                   (*builder).httpAPI,
		"AWS::ApiGatewayV2::Integration":           (*builder).httpIntegration,
		"AWS::ApiGatewayV2::Route":                 (*builder).httpRoute,
		"AWS::ApiGatewayV2::Stage":                 (*builder).httpStage,
		"AWS::ApiGatewayV2::Authorizer":            (*builder).httpAuthorizer,
		"AWS::Logs::LogGroup":                      (*builder).logGroup,
		"AWS::Logs::SubscriptionFilter":            (*builder).logFilter,
		"AWS::SNS::Topic":                          (*builder).snsTopic,
		"AWS::SNS::Subscription":                   (*builder).snsSubscription,
		"AWS::SNS::TopicPolicy":                    (*builder).snsTopicPolicy,
		"AWS::SNS::TopicInlinePolicy":              (*builder).snsTopicInlinePolicy,
		"AWS::Events::EventBus":                    (*builder).eventBus,
		"AWS::Events::Rule":                        (*builder).eventRule,
		"AWS::S3::Bucket":                          (*builder).s3Bucket,
		"Custom::S3BucketNotifications":            (*builder).customNotifications,
		"AWS::ElasticLoadBalancingV2::TargetGroup": (*builder).targetGroup,
		"AWS::Cognito::UserPool":                   (*builder).userPool,
		"AWS::SecretsManager::Secret":              (*builder).secret,
		"AWS::SecretsManager::RotationSchedule":    (*builder).rotation,
		"AWS::Config::ConfigRule":                  (*builder).configRule,
		"AWS::IoT::TopicRule":                      (*builder).topicRule,
		"AWS::SES::ReceiptRuleSet":                 (*builder).receiptRuleSet,
		"AWS::SES::ReceiptRule":                    (*builder).receiptRule,
		"AWS::CloudWatch::Alarm":                   (*builder).metricAlarm,
		"AWS::CloudWatch::CompositeAlarm":          (*builder).compositeAlarm,
		"AWS::CloudWatch::LogAlarm":                (*builder).logAlarm,
		"AWS::S3::BucketPolicy":                    (*builder).s3BucketPolicy,
		"AWS::StepFunctions::StateMachine":         (*builder).stateMachine,
		"AWS::Scheduler::Schedule":                 (*builder).schedule,
		"AWS::Pipes::Pipe":                         (*builder).pipe,
		"AWS::KinesisFirehose::DeliveryStream":     (*builder).deliveryStream,
		"AWS::AppSync::GraphQLApi":                 (*builder).graphAPI,
		"AWS::AppSync::DataSource":                 (*builder).dataSource,
	}
}

// unread are types whose effect on what is served is not modelled, with what is lost.
var unread = map[string]string{
	"AWS::CloudFormation::Stack":                    "the nested stack's template is not read",
	"AWS::CloudFormation::StackSet":                 "the stack set's template is not read",
	"AWS::Lambda::LayerVersionPermission":           "layers are not modelled",
	"AWS::ApiGatewayV2::ApiGatewayManagedOverrides": "the overrides of a quick-created API are not applied",
}

func (b *builder) warn(format string, args ...any) {
	w := Warning{Msg: fmt.Sprintf(format, args...)}
	if b.st != nil {
		w.Stack = b.st.Name
	}
	if b.res != nil {
		w.LogicalID = b.res.LogicalID
	}
	b.warnings = append(b.warnings, w)
}

func (b *builder) addStack(st *stack.Stack) {
	all, holders := makers(), holderMakers()
	maps.Copy(all, keyringMakers())
	maps.Copy(all, controlledMakers())
	for _, r := range st.Resources {
		b.st, b.res = st, r
		if stacks := b.acct().stacks; r.ARN != "" && stacks[r.ARN] == "" {
			stacks[r.ARN] = st.Name
		}
		if hold := holders[r.Type]; hold != nil {
			hold(b)
		}
		switch make := all[r.Type]; {
		case make != nil:
			make(b)
		case holders[r.Type] != nil:
		case unread[r.Type] != "":
			b.warn("%s: %s", r.Type, unread[r.Type])
		case strings.HasPrefix(r.Type, "AWS::Serverless::"):
			b.warn("%s: what SAM makes of it is not known here", r.Type)
		}
	}
}

// then runs when all stacks are known, in the order of the templates.
func (b *builder) then(f func()) {
	st, res := b.st, b.res
	b.later = append(b.later, func() {
		b.st, b.res = st, res
		f()
	})
}

func (b *builder) finish() {
	for len(b.later) > 0 {
		now := b.later
		b.later = nil
		for _, f := range now {
			f()
		}
	}
	b.st, b.res = nil, nil
}

func (b *builder) account(id string) *account {
	a := b.srv.accounts[id]
	if a == nil {
		a = newAccount(id)
		b.srv.accounts[id] = a
	}
	return a
}

// acct is the account of the stack that is read.
func (b *builder) acct() *account { return b.account(b.st.Options.Account) }

// home is the region of the stack that is read.
func (b *builder) home() *region {
	a, name := b.acct(), b.st.Options.Region
	r := a.regions[name]
	if r == nil {
		r = newRegion(a.id, name)
		r.partition = first(b.st.Options.Partition, r.partition)
		r.buses["default"].arn = r.arn("events", "event-bus/default")
		a.regions[name] = r
	}
	return r
}

func (b *builder) prop(name string) any { return b.res.Properties[name] }

// maybe is the marker of what may not be created, or empty.
func (b *builder) maybe() string {
	if !b.res.Conditional {
		return ""
	}
	return stack.Unknown("Condition " + first(b.res.Condition, "of "+b.res.LogicalID))
}

// once reports that a name is still free; the first stack that uses it has it.
func once[V any](b *builder, m map[string]V, name, what string) bool {
	if _, taken := m[name]; taken {
		b.warn("%s %q is there already; this one is left out", what, name)
		if b.lost == nil {
			b.lost = map[lost]bool{}
		}
		b.lost[lost{b.st, what, name}] = true
		return false
	}
	return true
}

func tagMap(v any) map[string]string {
	out := map[string]string{}
	for _, e := range items(v) {
		if t := object(e); t != nil && text(t["Key"]) != "" {
			out[text(t["Key"])] = text(t["Value"])
		}
	}
	for k, e := range object(v) { // API Gateway V2 has a map
		out[k] = text(e)
	}
	return out
}
