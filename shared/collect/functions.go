package collect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// LambdaAPI is what is read from Lambda.
type LambdaAPI interface {
	lambda.ListFunctionsAPIClient
	lambda.ListAliasesAPIClient
	lambda.ListVersionsByFunctionAPIClient
	lambda.ListFunctionEventInvokeConfigsAPIClient
	lambda.ListEventSourceMappingsAPIClient
	lambda.ListFunctionUrlConfigsAPIClient
	GetFunctionConfiguration(context.Context, *lambda.GetFunctionConfigurationInput, ...func(*lambda.Options)) (*lambda.GetFunctionConfigurationOutput, error)
	GetPolicy(context.Context, *lambda.GetPolicyInput, ...func(*lambda.Options)) (*lambda.GetPolicyOutput, error)
}

var _ LambdaAPI = (*lambda.Client)(nil)

// functions lists every function of the region; complete is false when the list may be short.
func (c *Collector) functions(ctx context.Context, facts *fact.Facts, values *environment) (all []fact.Function, complete bool) {
	list := call{Operation: "lambda:ListFunctions", Permission: "lambda:ListFunctions", Resource: "*"}
	pages := lambda.NewListFunctionsPaginator(c.Lambda, &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: fact.KindFunctions, Unread: list.unread(err)})
			return all, false
		}
		for i := range page.Functions {
			all = append(all, reduceFunction(&page.Functions[i]))
			values.keep(&page.Functions[i])
		}
	}
	slices.SortFunc(all, func(a, b fact.Function) int { return strings.Compare(a.ARN, b.ARN) })
	return all, true
}

// reduceFunction keeps what says something about permissions. The environment and the description stay behind.
func reduceFunction(f *types.FunctionConfiguration) fact.Function {
	function := fact.Function{
		ARN:  functionARN(f),
		Name: aws.ToString(f.FunctionName),
		Role: aws.ToString(f.Role),
	}
	if f.LoggingConfig != nil {
		function.LogGroup = aws.ToString(f.LoggingConfig.LogGroup)
	}
	if f.DeadLetterConfig != nil {
		function.DeadLetter = aws.ToString(f.DeadLetterConfig.TargetArn)
	}
	function.Timeout = time.Duration(aws.ToInt32(f.Timeout)) * time.Second
	function.Network = reduceNetwork(f)
	if f.TracingConfig != nil {
		function.Tracing = string(f.TracingConfig.Mode)
	}
	function.Configuration = configuration(f)
	for _, mount := range f.FileSystemConfigs {
		function.FileSystems = append(function.FileSystems, aws.ToString(mount.Arn))
	}
	for _, layer := range f.Layers {
		function.Layers = append(function.Layers, aws.ToString(layer.Arn))
	}
	if f.DurableConfig != nil {
		function.Durable, function.DurableKey = true, aws.ToString(f.DurableConfig.KMSKeyArn)
	}
	function.Variables = f.Environment != nil && (len(f.Environment.Variables) > 0 || f.Environment.Error != nil)
	function.Key, function.Image = aws.ToString(f.KMSKeyArn), f.PackageType == types.PackageTypeImage
	// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
	function.LogGroup = cmp.Or(function.LogGroup, "/aws/lambda/"+function.Name)
	return function
}

// configuration is a sum of what Lambda changes with every change of the function.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
func configuration(f *types.FunctionConfiguration) string {
	all := aws.ToString(f.RevisionId) + "\n" + aws.ToString(f.ConfigSha256) + "\n" + aws.ToString(f.LastModified)
	if len(all) == len("\n\n") {
		return ""
	}
	sum := sha256.Sum256([]byte(all))
	return hex.EncodeToString(sum[:8])
}

func joined(ids []string) string { return strings.Join(slices.Sorted(slices.Values(ids)), ",") }

// reduceNetwork tells whether Lambda attaches the function to a VPC.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
func reduceNetwork(f *types.FunctionConfiguration) fact.Network {
	vpc := f.VpcConfig
	if provider := f.CapacityProviderConfig; provider != nil {
		network := fact.Network{Provided: true}
		if managed := provider.LambdaManagedInstancesCapacityProviderConfig; managed != nil {
			network.Provider = aws.ToString(managed.CapacityProviderArn)
		}
		return network
	}
	if vpc == nil || aws.ToString(vpc.VpcId) == "" && len(vpc.SubnetIds) == 0 {
		return fact.Network{}
	}
	network := fact.Network{Attached: true, VPC: aws.ToString(vpc.VpcId), Subnets: joined(vpc.SubnetIds), SecurityGroups: joined(vpc.SecurityGroupIds)}
	// A template whose whole configuration is one value that is left open may say that there is none.
	if len(vpc.SubnetIds) == 1 && slices.Equal(vpc.SubnetIds, vpc.SecurityGroupIds) {
		network.Open = fact.Unresolved("whether the function is in a VPC", vpc.SubnetIds[0])
	}
	return network
}

// from turns a list that is sorted by ARN round, so that it begins at the ARN or at what follows it.
func from(arn string, functions []fact.Function) []fact.Function {
	at, _ := slices.BinarySearchFunc(functions, arn, func(f fact.Function, arn string) int { return strings.Compare(f.ARN, arn) })
	return slices.Concat(functions[at:], functions[:at])
}

// unqualified names every function that is looked at.
func unqualified(facts *fact.Facts) []fact.FunctionRef {
	refs := make([]fact.FunctionRef, len(facts.Functions))
	for i := range facts.Functions {
		refs[i] = facts.Functions[i].Ref()
	}
	return refs
}

// qualified names every qualifier that a trigger calls, once, in the order of the functions.
func qualified(facts *fact.Facts) []fact.FunctionRef {
	var refs []fact.FunctionRef
	for i := range facts.Triggers {
		if t := &facts.Triggers[i]; t.Function.Qualifier != "" && t.Unread.IsZero() && !slices.Contains(refs, t.Function) {
			refs = append(refs, t.Function)
		}
	}
	order(facts, refs)
	return refs
}

// order sorts functions and qualifiers as the functions are, so that reading stops where the run does.
func order(facts *fact.Facts, refs []fact.FunctionRef) {
	place := make(map[string]int, len(facts.Functions))
	for i := range facts.Functions {
		place[facts.Functions[i].ARN] = i
	}
	slices.SortStableFunc(refs, func(a, b fact.FunctionRef) int { return cmp.Compare(place[a.ARN], place[b.ARN]) })
}

// readPolicies reads the resource-based policies of the functions and qualifiers.
func (c *Collector) readPolicies(ctx context.Context, facts *fact.Facts, refs []fact.FunctionRef) {
	read := make([]fact.Read[fact.ResourcePolicy], len(refs))
	forEach(ctx, len(refs), func(ctx context.Context, i int) { read[i] = c.policy(ctx, refs[i]) })
	for i, ref := range refs {
		facts.Policies[ref] = read[i]
	}
}

func (c *Collector) policy(ctx context.Context, ref fact.FunctionRef) fact.Read[fact.ResourcePolicy] {
	get := call{Operation: "lambda:GetPolicy", Permission: "lambda:GetPolicy", Resource: ref.String()}
	in := &lambda.GetPolicyInput{FunctionName: aws.String(ref.ARN)}
	if ref.Qualifier != "" {
		in.Qualifier = aws.String(ref.Qualifier)
	}
	out, err := c.Lambda.GetPolicy(ctx, in)
	switch {
	case isNotFound(err):
		return fact.Absent[fact.ResourcePolicy]()
	case err != nil:
		return fact.NotRead[fact.ResourcePolicy](get.unread(err))
	}
	text := aws.ToString(out.Policy)
	policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
	if err != nil {
		return fact.NotRead[fact.ResourcePolicy](fact.Unread{Operation: get.Operation,
			Reason: "the policy of " + ref.String() + " is not understood: " + err.Error()})
	}
	return fact.Known(fact.ResourcePolicy{Policy: policy.WithName("policy of " + displayName(ref)), JSON: text})
}

func displayName(ref fact.FunctionRef) string {
	if ref.Qualifier == "" {
		return ref.Name()
	}
	return ref.Name() + ":" + ref.Qualifier
}
