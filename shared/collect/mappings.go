package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// mappings is what was found of an account's event source mappings.
type mappings struct {
	found  []fact.Mapping
	unread []fact.Incomplete
}

func (m *mappings) missing(why fact.Unread) {
	m.unread = append(m.unread, fact.Incomplete{Kind: fact.KindMappings, Unread: why})
}

// mappings lists all of the region: one listing costs less than one for each function.
func (c *Collector) mappings(ctx context.Context) mappings {
	var out mappings
	list := call{Operation: "lambda:ListEventSourceMappings", Permission: "lambda:ListEventSourceMappings", Resource: "*"}
	pages := lambda.NewListEventSourceMappingsPaginator(c.Lambda, &lambda.ListEventSourceMappingsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			out.missing(list.unread(err))
			break
		}
		for i := range page.EventSourceMappings {
			out.add(&page.EventSourceMappings[i])
		}
	}
	return out
}

// disabled are the states in which nothing is polled, or soon will not be.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
var disabled = map[string]bool{"Disabling": true, "Disabled": true, "Deleting": true}

func (m *mappings) add(config *types.EventSourceMappingConfiguration) {
	if disabled[aws.ToString(config.State)] {
		return
	}
	mapping := fact.Mapping{ID: aws.ToString(config.UUID), Source: aws.ToString(config.EventSourceArn), Key: aws.ToString(config.KMSKeyArn)}
	function := aws.ToString(config.FunctionArn)
	ref, err := fact.ParseFunctionARN(function)
	if err != nil {
		what := fmt.Sprintf("which function the event source mapping %s of %s calls", mapping.ID, cmp.Or(mapping.Source, "a self-managed source"))
		why := fact.Unresolved(what, function)
		if why.IsZero() {
			why = fact.Unread{Reason: fmt.Sprintf("%s is not understood: %v", what, err)}
		}
		m.missing(why)
		return
	}
	if ref.Qualifier == "$LATEST" {
		ref.Qualifier = ""
	}
	mapping.Function = ref
	reduceSource(&mapping, config)
	mapping.Open = fact.Unresolved("whether the event source mapping is enabled", aws.ToString(config.State))
	for _, destination := range destinationsIn(ref, config.DestinationConfig) {
		if destination.Name == onFailure {
			mapping.OnFailure = destination
		}
	}
	m.found = append(m.found, mapping)
}

// keep puts the mappings of the functions that are looked at into the facts.
func (m *mappings) keep(facts *fact.Facts) {
	selected := map[string]bool{}
	for i := range facts.Functions {
		selected[facts.Functions[i].ARN] = true
	}
	for _, mapping := range m.found {
		if selected[mapping.Function.ARN] {
			facts.Mappings = append(facts.Mappings, mapping)
		}
	}
	slices.SortFunc(facts.Mappings, func(a, b fact.Mapping) int {
		return cmp.Or(cmp.Compare(a.Function.String(), b.Function.String()), cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	facts.Unread = append(facts.Unread, m.unread...)
}

// reduceSource keeps what says how the mapping gets at its source. Addresses of brokers, names of virtual hosts and
// scopes of tokens stay behind.
func reduceSource(mapping *fact.Mapping, config *types.EventSourceMappingConfiguration) {
	mapping.SelfManaged = config.SelfManagedEventSource != nil
	mapping.Topics = config.Topics
	for _, access := range config.SourceAccessConfigurations {
		mapping.Access = append(mapping.Access, reduceAccess(string(access.Type), access.URI))
	}
	var registry *types.KafkaSchemaRegistryConfig
	if kafka := config.AmazonManagedKafkaEventSourceConfig; kafka != nil {
		mapping.ConsumerGroup, registry = aws.ToString(kafka.ConsumerGroupId), kafka.SchemaRegistryConfig
	}
	if kafka := config.SelfManagedKafkaEventSourceConfig; kafka != nil {
		mapping.ConsumerGroup, registry = aws.ToString(kafka.ConsumerGroupId), kafka.SchemaRegistryConfig
	}
	if registry == nil {
		return
	}
	mapping.Registry = onlyARN(aws.ToString(registry.SchemaRegistryURI))
	for _, access := range registry.AccessConfigs {
		mapping.RegistryAccess = append(mapping.RegistryAccess, reduceAccess(string(access.Type), access.URI))
	}
}

// notSecret are the types of access whose value is no secret's ARN.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_SourceAccessConfiguration.html
var notSecret = []types.SourceAccessType{
	types.SourceAccessTypeVpcSubnet, types.SourceAccessTypeVpcSecurityGroup, types.SourceAccessTypeVirtualHost,
	types.SourceAccessTypeOauthbearerScope, types.SourceAccessTypeOauthbearerAudience,
	types.SourceAccessTypeOauthbearerLogicalCluster, types.SourceAccessTypeOauthbearerIdentityPool,
	types.SourceAccessTypeIamAuth, types.SourceAccessTypeIamOauthbearerAuth,
}

func reduceAccess(kind string, value *string) fact.Access {
	access := fact.Access{Type: kind}
	if !slices.Contains(notSecret, types.SourceAccessType(kind)) {
		access.Secret = onlyARN(aws.ToString(value))
	}
	return access
}

// onlyARN keeps an ARN, and the mark of a value that a template leaves open.
func onlyARN(text string) string {
	if _, err := fact.ParseARN(text); err != nil && len(iampolicy.UnknownNames(text)) == 0 {
		return ""
	}
	return text
}
