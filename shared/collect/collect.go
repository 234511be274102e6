// Package collect reads from AWS what the checks need and reduces it to facts. Nothing that could be secret
// leaves this package: environment values, descriptions and other free text are dropped here.
package collect

import (
	"context"
	"maps"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/permission"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/appsync"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3files"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"
)

// concurrency bounds the calls under way at once; the rate limits of package awsclient pace them.
const concurrency = 8

// Collector reads one account and region.
type Collector struct {
	Account      fact.Account
	Now          func() time.Time
	Lambda       LambdaAPI
	IAM          IAMAPI
	REST         RESTAPI
	HTTP         HTTPAPI
	Logs         LogsAPI
	Rules        RulesAPI
	Tags         TagsAPI
	Buckets      BucketsAPI
	Topics       TopicsAPI
	Balancers    BalancersAPI
	Pools        PoolsAPI
	Secrets      SecretsAPI
	ConfigRules  ConfigRulesAPI
	TopicRules   TopicRulesAPI
	ReceiptRules ReceiptRulesAPI
	Identities   IdentitiesAPI
	Alarms       AlarmsAPI
	Numbers      MetricsAPI
	Control      ControlAPI
	Scaling      ScalingAPI
	Queues       QueuesAPI
	Trail        TrailAPI

	Machines  MachinesAPI
	Schedules SchedulesAPI
	Pipes     PipesAPI
	Streams   StreamsAPI
	Graphs    GraphsAPI
	Tables    TablesAPI
	// Parameters is Systems Manager.
	Parameters ParametersAPI
	Kinesis    KinesisAPI
	Keys       KeysAPI
	Files      FilesAPI
	Registry   ImagesAPI
	Domains    DomainsAPI
	// Mounts is S3 Files, and Clusters is Amazon MSK.
	Mounts        MountsAPI
	Clusters      ClustersAPI
	Organizations OrganizationAPI
	// Points is S3's control plane.
	Points PointsAPI
	// PublicAccess is asked of buckets of other accounts, and AccountAccess of the accounts.
	PublicAccess  PublicAccessAPI
	AccountAccess AccountAccessAPI
	// Functions are the ARNs of the functions to look at, in mode named: they and their roles are read one by one, and nothing
	// is listed. nil lists all of the account and region.
	Functions []string
	// Images are the URIs of functions' container images by the functions' ARNs, where templates say them: of an account
	// only lambda:GetFunction would, which hands out the code and is never called. nil knows none.
	Images map[string]string
	// Held are the ARNs of all that templates hold, where they stand for the account; nil elsewhere.
	Held []string
	// MadeUp are the facts' names that CloudFormation makes up, where templates stand for the account; nil elsewhere.
	MadeUp map[string]string
	// Templates is true where the account is made of templates: what no API of AWS tells and templates do is read too.
	Templates bool
	// On are the optional reads that are switched on.
	On permission.Switches
	// OrganizationID is that of the organization that the account belongs to, where probe.yaml says it, or NoOrganization; empty
	// asks AWS where it matters.
	OrganizationID string
	// ReadRoles are the ARNs of the roles by which other accounts are read, by account; nil reads none.
	ReadRoles map[string]string

	others others
	block  accountBlock
}

// New makes a Collector whose clients share the configuration.
func New(cfg aws.Config, account fact.Account) *Collector {
	return &Collector{
		Account:      account,
		Now:          time.Now,
		Lambda:       lambda.NewFromConfig(cfg),
		IAM:          iam.NewFromConfig(cfg),
		REST:         apigateway.NewFromConfig(cfg),
		HTTP:         apigatewayv2.NewFromConfig(cfg),
		Logs:         cloudwatchlogs.NewFromConfig(cfg),
		Rules:        eventbridge.NewFromConfig(cfg),
		Tags:         resourcegroupstaggingapi.NewFromConfig(cfg),
		Buckets:      s3.NewFromConfig(cfg),
		Topics:       sns.NewFromConfig(cfg),
		Balancers:    elasticloadbalancingv2.NewFromConfig(cfg),
		Pools:        cognitoidentityprovider.NewFromConfig(cfg),
		Secrets:      secretsmanager.NewFromConfig(cfg),
		ConfigRules:  configservice.NewFromConfig(cfg),
		TopicRules:   iot.NewFromConfig(cfg),
		ReceiptRules: ses.NewFromConfig(cfg),
		Identities:   ses.NewFromConfig(cfg),
		Alarms:       cloudwatch.NewFromConfig(cfg),
		Numbers:      cloudwatch.NewFromConfig(cfg),
		Control:      cloudcontrol.NewFromConfig(cfg),
		Scaling:      autoscaling.NewFromConfig(cfg),
		Queues:       sqs.NewFromConfig(cfg),
		Trail:        cloudtrail.NewFromConfig(cfg),

		Machines:   sfn.NewFromConfig(cfg),
		Schedules:  scheduler.NewFromConfig(cfg),
		Pipes:      pipes.NewFromConfig(cfg),
		Streams:    firehose.NewFromConfig(cfg),
		Graphs:     appsync.NewFromConfig(cfg),
		Tables:     dynamodb.NewFromConfig(cfg),
		Parameters: ssm.NewFromConfig(cfg),
		Kinesis:    kinesis.NewFromConfig(cfg),
		Keys:       kms.NewFromConfig(cfg),
		Files:      efs.NewFromConfig(cfg),
		Registry:   ecr.NewFromConfig(cfg),
		Domains:    opensearch.NewFromConfig(cfg),
		Mounts:     s3files.NewFromConfig(cfg),
		Clusters:   kafka.NewFromConfig(cfg),

		Organizations: organizations.NewFromConfig(cfg),
		Points:        controlOf(cfg),
		PublicAccess:  s3.NewFromConfig(cfg),
		AccountAccess: controlOf(cfg),

		others: others{config: cfg, sts: sts.NewFromConfig(cfg)},
	}
}

// Known are told while the rest is read, each in facts of its own, perhaps at the same time; nil for nobody.
type Known struct {
	// Roles gets the functions and their roles, and Mappings their event source mappings besides.
	Roles, Mappings func(*fact.Facts)
}

// Collect reads the selected functions and everything that concerns them. It does not fail: what could not
// be read is in the facts as unread.
func (c *Collector) Collect(ctx context.Context, selection Selection, known Known) *fact.Facts {
	facts := &fact.Facts{
		Account:      c.Account,
		MadeUp:       c.MadeUp,
		Time:         c.Now(),
		Roles:        map[string]fact.Read[fact.Role]{},
		Policies:     map[fact.FunctionRef]fact.Read[fact.ResourcePolicy]{},
		LogGroups:    map[string]fact.Read[fact.LogGroup]{},
		Destinations: map[string]fact.Read[[]fact.Destination]{},
		VersionRoles: map[fact.FunctionRef]fact.Read[[]string]{}, VersionStates: map[fact.FunctionRef]fact.State{},
		Tagged:   map[string]fact.Read[map[string]bool]{},
		Named:    map[string][]string{},
		Existing: map[string][]string{},
		Targets:  map[string]fact.Read[fact.Target]{},
		States:   map[string]fact.Read[fact.State]{},
		URLs:     map[string]bool{},

		Organization: c.ownOrganization(),
	}
	list := c.functions
	if c.Functions != nil {
		list = c.namedFunctions
	}
	values := newEnvironment()
	all, complete := list(ctx, facts, values)
	facts.Listed = len(all)
	if complete {
		facts.Running, facts.Runners = make(map[string]bool, len(all)), make(map[string]int, len(all))
		facts.Existing["lambda"] = make([]string, len(all))
		for i := range all {
			facts.Existing["lambda"][i] = all[i].ARN
			facts.Running[all[i].Role] = true
			facts.Runners[all[i].Role]++
		}
	}
	var tagged map[string]bool
	if len(selection.Tags) > 0 {
		read := c.tagged(ctx, selection.Tags)
		if why, unread := read.Unread(); unread {
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: fact.KindFunctions, Unread: why})
			return facts // which functions are meant is not known
		}
		tagged, _ = read.Value()
	}
	listed := map[string]bool{}
	for _, function := range all {
		listed[function.ARN] = true
		if selection.Matches(function.Name, function.ARN) && (tagged == nil || tagged[function.ARN]) {
			function.Repository = fact.RepositoryOf(c.Account.Partition, c.Images[function.ARN])
			facts.Functions = append(facts.Functions, function)
		}
	}
	facts.Functions = from(selection.From, facts.Functions)
	if len(facts.Functions) == 0 {
		return facts // nothing to ask about, or nothing known that one could ask about
	}
	var remembered Remembered
	if selection.Remembered != nil {
		remembered = selection.Remembered(facts.Functions)
	}
	var group errgroup.Group
	if selection.OwnerTag != "" {
		group.Go(func() error { facts.Owners = c.owners(ctx, selection.OwnerTag); return nil })
	}
	roles := make(chan struct{})
	polled := early(facts) // before anybody writes to the facts; what is read with the roles is added once they are there
	var spare *bulk
	group.Go(func() error {
		c.groups(ctx, selection.Groups, facts)
		c.accessPoints(ctx, facts)
		c.keyAliases(ctx, selection.Aliases, facts)
		if c.Functions != nil {
			c.namedRoles(ctx, facts, selection.Roles)
		} else {
			spare = c.bulkRoles(ctx, facts, selection.Roles)
		}
		values.named(c.Account, facts)
		close(roles)
		if known.Roles != nil {
			known.Roles(early(facts))
		}
		return nil
	})
	var states map[string]fact.Read[fact.State]
	group.Go(func() error { states = c.states(ctx, facts.Functions, facts.States); return nil })
	var mapped mappings
	group.Go(func() error {
		// They share a quota, and more waits for the mappings, which are a few pages.
		mapped = c.mappings(ctx)
		group.Go(func() error { c.destinations(ctx, facts, remembered.Destinations); return nil })
		mapped.keep(polled)
		c.versionRoles(ctx, polled)
		<-roles
		polled.AccessPoints, polled.KeyAliases = facts.AccessPoints, maps.Clone(facts.KeyAliases)
		if known.Mappings != nil {
			known.Mappings(polled)
		}
		return nil
	})
	// The policies of what sources call at another qualifier wait for the sources, and policies have a quota of
	// their own: they need not wait for anything else.
	var found sources
	var called errgroup.Group
	called.Go(func() error { c.readPolicies(ctx, facts, unqualified(facts)); return nil })
	var read []fact.Source
	called.Go(func() error { found, read = c.triggers(ctx, facts.Functions, remembered); return nil })
	group.Go(func() error {
		_ = called.Wait()
		facts.Unread = append(facts.Unread, found.unread...)
		facts.Triggers = append(facts.Triggers, found.triggers...)
		facts.APIs = found.apis
		c.keepTriggers(facts, listed, complete)
		c.readPolicies(ctx, facts, qualified(facts))
		return nil
	})
	// The readers report what they could not read instead of failing.
	_ = group.Wait()
	maps.Copy(facts.States, states)
	mapped.keep(facts)
	facts.Seen = c.seen(found, mapped)
	if c.On.On(permission.FunctionUrls) {
		for _, arn := range urlsRead(facts.Functions, found.unread) {
			facts.URLs[arn] = true
		}
	}
	maps.Copy(facts.VersionRoles, polled.VersionRoles)
	maps.Copy(facts.VersionStates, polled.VersionStates)
	facts.Sources = append(read, fact.Source{Name: "event source mappings", Unread: notListed(mapped.unread)})
	c.versionRoles(ctx, facts)
	c.formerRoles(ctx, facts)
	c.callingRoles(ctx, facts, spare)
	return facts
}

// early are facts that hold the functions and their roles, which must be read before they are looked at.
func early(facts *fact.Facts) *fact.Facts {
	return &fact.Facts{
		Account: facts.Account, Time: facts.Time, Functions: facts.Functions, Roles: facts.Roles, Tagged: facts.Tagged, Named: facts.Named,
		AccessPoints: facts.AccessPoints,
		KeyAliases:   maps.Clone(facts.KeyAliases),
		VersionRoles: map[fact.FunctionRef]fact.Read[[]string]{}, VersionStates: map[fact.FunctionRef]fact.State{},
	}
}

// forEach runs read for every index, bounded. Results are written by index, so order does not depend on time.
func forEach(ctx context.Context, n int, read func(ctx context.Context, i int)) {
	var group errgroup.Group
	group.SetLimit(concurrency)
	for i := range n {
		group.Go(func() error { read(ctx, i); return nil })
	}
	_ = group.Wait() // read never fails: it records what it could not read
}
