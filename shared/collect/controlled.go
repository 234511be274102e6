package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/permission"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
)

// ControlAPI is what is read through the Cloud Control API.
type ControlAPI interface {
	cloudcontrol.ListResourcesAPIClient
	GetResource(context.Context, *cloudcontrol.GetResourceInput, ...func(*cloudcontrol.Options)) (*cloudcontrol.GetResourceOutput, error)
}

var _ ControlAPI = (*cloudcontrol.Client)(nil)

// controlled is a type of resource of CloudFormation that calls functions and that nothing else reads. The properties
// are those of the type's page in the template reference.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
type controlled struct {
	kind fact.TriggerKind
	// plural is what such sources are for people.
	plural string
	// typeName is CloudFormation's name of the type.
	typeName string
	// arn and name are the properties that hold the source's ARN and its name.
	arn, name string
	// functions are the places of the functions' ARNs: names joined by dots, with [] behind a list's.
	functions []string
	// uses leaves out what is there and calls nothing; nil where everything does.
	uses func(properties map[string]any) bool
}

// controlledTypes lists what is read through the Cloud Control API. A new one is a row here and in package permission,
// which says what the type's handlers call.
func controlledTypes() []controlled {
	return []controlled{
		{
			kind: fact.TriggerAgent, plural: "Bedrock agents", typeName: "AWS::Bedrock::Agent", arn: "AgentArn", name: "AgentName",
			functions: []string{"ActionGroups[].ActionGroupExecutor.Lambda"},
		},
		{
			kind: fact.TriggerChatRoom, plural: "IVS chat rooms", typeName: "AWS::IVSChat::Room", arn: "Arn", name: "Name",
			functions: []string{"MessageReviewHandler.Uri"},
		},
		{
			kind: fact.TriggerDeviceAuthorizer, plural: "IoT authorizers", typeName: "AWS::IoT::Authorizer", arn: "Arn", name: "AuthorizerName",
			functions: []string{"AuthorizerFunctionArn"},
			uses:      func(p map[string]any) bool { return p["Status"] != "INACTIVE" },
		},
		{
			kind: fact.TriggerProvisioning, plural: "IoT provisioning templates", typeName: "AWS::IoT::ProvisioningTemplate", arn: "TemplateArn", name: "TemplateName",
			functions: []string{"PreProvisioningHook.TargetArn"},
			uses:      func(p map[string]any) bool { return fmt.Sprint(p["Enabled"]) != "false" },
		},
		{
			kind: fact.TriggerTransferServer, plural: "Transfer Family servers", typeName: "AWS::Transfer::Server", arn: "Arn", name: "ServerId",
			functions: []string{"IdentityProviderDetails.Function"},
		},
	}
}

// controlledReaders are a reader for each of the types.
func controlledReaders() []reader {
	var all []reader
	for _, one := range controlledTypes() {
		all = append(all, reader{
			facts: one.kind.Facts(), name: one.plural, off: permission.OtherTriggers,
			read: func(c *Collector, ctx context.Context) sources { return c.controlled(ctx, one) },
		})
	}
	return all
}

// controlled reads which functions the resources of a type call. A listing gives little but what a resource is called,
// so each is read. Their properties hold whatever people write there: only ARNs and names are kept.
//
// https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-list.html
func (c *Collector) controlled(ctx context.Context, one controlled) sources {
	found := sources{facts: one.kind.Facts()}
	list := call{
		Operation: "cloudformation:ListResources of " + one.typeName, Permission: "cloudformation:ListResources", Resource: "*",
	}
	var all []types.ResourceDescription
	pages := cloudcontrol.NewListResourcesPaginator(c.Control, &cloudcontrol.ListResourcesInput{TypeName: aws.String(one.typeName)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unreadHandler(err, one.typeName))
			break
		}
		all = append(all, page.ResourceDescriptions...)
	}
	each := make([]sources, len(all))
	forEach(ctx, len(all), func(ctx context.Context, i int) {
		each[i] = c.controlledResource(ctx, one, aws.ToString(all[i].Identifier))
	})
	found.join(each)
	return found
}

func (c *Collector) controlledResource(ctx context.Context, one controlled, id string) sources {
	found := sources{facts: one.kind.Facts()}
	get := call{
		Operation: fmt.Sprintf("cloudformation:GetResource of %s %s", one.typeName, id), Permission: "cloudformation:GetResource", Resource: "*",
	}
	out, err := c.Control.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: aws.String(one.typeName), Identifier: aws.String(id)})
	switch {
	case isNotFound(err):
		return found // deleted after it was listed
	case err != nil:
		found.missing(get.unreadHandler(err, one.typeName))
		return found
	}
	var properties map[string]any
	if out.ResourceDescription == nil || json.Unmarshal([]byte(aws.ToString(out.ResourceDescription.Properties)), &properties) != nil {
		found.missing(fact.Unread{Operation: get.Operation, Reason: get.Operation + " answered with no properties"})
		return found
	}
	if one.uses != nil && !one.uses(properties) {
		return found
	}
	arn, _ := properties[one.arn].(string)
	name, _ := properties[one.name].(string)
	source := fact.Trigger{Kind: one.kind, Source: arn, SourceID: id, SourceName: cmp.Or(name, id), Account: c.Account.ID}
	for _, place := range one.functions {
		for _, function := range textsAt(properties, strings.Split(place, ".")) {
			if arn == "" && mayBeFunction(function) {
				found.missing(fact.Unread{Reason: fmt.Sprintf("the ARN of the %s %s is not known", one.kind, source.SourceName)})
				break
			}
			found.add(source, function)
		}
	}
	return found
}

// unreadHandler says why Cloud Control gave no answer. It asks the type's service with the caller's credentials, so that a
// refusal may be about the service's own actions: those are named.
func (c call) unreadHandler(err error, typeName string) fact.Unread {
	why := c.unread(err)
	if why.Permission != "" {
		why.Reason += "; it takes " + strings.Join(permission.Handled(typeName), ", ") + " too"
	}
	return why
}

// textsAt are the texts at a place of properties. A part that nothing is known of is at every place below it.
func textsAt(value any, place []string) []string {
	if text, ok := value.(string); ok {
		if len(place) == 0 || len(iampolicy.UnknownNames(text)) > 0 {
			return []string{text}
		}
		return nil
	}
	if len(place) == 0 {
		return nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	name, isList := strings.CutSuffix(place[0], "[]")
	below := object[name]
	elements, ok := below.([]any)
	if !isList || !ok {
		return textsAt(below, place[1:])
	}
	var all []string
	for _, element := range elements {
		all = append(all, textsAt(element, place[1:])...)
	}
	return all
}
