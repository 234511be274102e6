package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/permission"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
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
	// in is the type of what holds such resources, where they are listed of one holder at a time; none where a listing
	// gives all.
	in holding
	// listed is true where a listing tells all that matters: what identifies such a resource.
	listed bool
	// arn and name are the properties that hold the source's ARN and its name. Where no property holds the ARN, service and
	// the resource's id make it.
	arn, name, service string
	// calls are the calls of functions that the properties tell of; nil for those of the places.
	calls func(c *Collector, source resource) []calling
	// functions are the places of the functions' ARNs: names joined by dots, with [] behind a list's.
	functions []string
	// uses leaves out what is there and calls nothing; nil where everything does.
	uses func(properties map[string]any) bool
	// then looks at all resources of the type together; nil for nothing more.
	then func(c *Collector, ctx context.Context, found *sources, all []resource)
}

// holding is a type of resource that holds others.
type holding struct {
	typeName string
	// property is where the listing of what it holds wants its identifier.
	property string
	// read is true where the properties of the holder matter too.
	read bool
}

// resource is one that Cloud Control shows.
type resource struct {
	id         string
	properties map[string]any
	// holder is the one that holds it; nil for none.
	holder *resource
}

// calling is a call of a function; role is as which the source calls, empty where the function's policy decides.
type calling struct {
	function, role string
	// through is the role that takes on the other; empty where the service does so itself.
	through string
}

// text is the text of a property; empty for none.
func (r *resource) text(place ...string) string { return part{r.properties}.text(place...) }

// part is an object within properties, or a text that stands for what is not known.
type part struct{ value any }

// text is the text at a place; empty for none.
func (p part) text(place ...string) string {
	texts := textsAt(p.value, place)
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// has tells whether a property of the object is the given one, a text or true or false.
func (p part) has(name, value string) bool {
	object, ok := p.value.(map[string]any)
	return ok && fmt.Sprint(object[name]) == value
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
	all := c.controlledResources(ctx, &found, one)
	for _, r := range all {
		c.addControlled(&found, one, r)
	}
	if one.then != nil {
		one.then(c, ctx, &found, all)
	}
	return found
}

// controlledResources are the resources of a type, holder by holder. What cannot be read is missing from the sources.
func (c *Collector) controlledResources(ctx context.Context, found *sources, one controlled) []resource {
	holders := []resource{{}}
	if one.in.typeName != "" {
		holders = c.listed(ctx, found, one.in.typeName, nil)
		if one.in.read {
			holders = c.described(ctx, found, one.in.typeName, holders)
		}
	}
	each, missing := make([][]resource, len(holders)), make([]sources, len(holders))
	forEach(ctx, len(holders), func(ctx context.Context, i int) {
		missing[i].facts = found.facts
		var model map[string]string
		if one.in.typeName != "" {
			model = map[string]string{one.in.property: holders[i].id}
		}
		each[i] = c.listed(ctx, &missing[i], one.typeName, model)
		if !one.listed {
			each[i] = c.described(ctx, &missing[i], one.typeName, each[i])
		}
		for at := range each[i] {
			each[i][at].holder = &holders[i]
		}
	})
	found.join(missing)
	return slices.Concat(each...)
}

// listed are the resources of a type with the properties that identify them, of all or of what the model names.
func (c *Collector) listed(ctx context.Context, found *sources, typeName string, model map[string]string) []resource {
	list := call{Operation: "cloudformation:ListResources of " + typeName, Permission: "cloudformation:ListResources", Resource: "*"}
	in := &cloudcontrol.ListResourcesInput{TypeName: aws.String(typeName)}
	if model != nil {
		encoded, err := json.Marshal(model)
		if err != nil {
			found.missing(fact.Unread{Operation: list.Operation, Reason: fmt.Sprintf("%s: %v", list.Operation, err)})
			return nil
		}
		in.ResourceModel = aws.String(string(encoded))
		for _, name := range slices.Sorted(maps.Keys(model)) {
			list.Operation += " of " + model[name]
		}
	}
	var all []resource
	pages := cloudcontrol.NewListResourcesPaginator(c.Control, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		switch {
		case model != nil && isNotFound(err):
			return all // the holder was deleted after it was listed
		case isUnknownType(err):
			return nil
		case err != nil:
			found.missing(list.unreadHandler(err, typeName))
			return all
		}
		for _, d := range page.ResourceDescriptions {
			r := resource{id: aws.ToString(d.Identifier)}
			if text := aws.ToString(d.Properties); text != "" && json.Unmarshal([]byte(text), &r.properties) != nil {
				found.missing(fact.Unread{Operation: list.Operation, Reason: list.Operation + " answered with properties that are not understood"})
				continue
			}
			all = append(all, r)
		}
	}
	return all
}

// described are resources with all of their properties, without those that are gone.
func (c *Collector) described(ctx context.Context, found *sources, typeName string, listed []resource) []resource {
	each, missing := make([]resource, len(listed)), make([]sources, len(listed))
	forEach(ctx, len(listed), func(ctx context.Context, i int) {
		missing[i].facts = found.facts
		each[i].id = listed[i].id
		get := call{
			Operation: fmt.Sprintf("cloudformation:GetResource of %s %s", typeName, listed[i].id), Permission: "cloudformation:GetResource", Resource: "*",
		}
		out, err := c.Control.GetResource(ctx, &cloudcontrol.GetResourceInput{TypeName: aws.String(typeName), Identifier: aws.String(listed[i].id)})
		switch {
		case isNotFound(err): // deleted after it was listed
		case err != nil:
			missing[i].missing(get.unreadHandler(err, typeName))
		case out.ResourceDescription == nil || json.Unmarshal([]byte(aws.ToString(out.ResourceDescription.Properties)), &each[i].properties) != nil:
			missing[i].missing(fact.Unread{Operation: get.Operation, Reason: get.Operation + " answered with no properties"})
		}
	})
	found.join(missing)
	return slices.DeleteFunc(each, func(r resource) bool { return r.properties == nil })
}

// addControlled adds the calls of a resource to the sources.
func (c *Collector) addControlled(found *sources, one controlled, r resource) {
	if one.uses != nil && !one.uses(r.properties) {
		return
	}
	arn := r.text(one.arn)
	if one.service != "" {
		arn = c.inRegion(one.service, r.id)
	}
	source := fact.Trigger{Kind: one.kind, Source: arn, SourceID: r.id, SourceName: cmp.Or(r.text(one.name), r.id), Account: c.Account.ID}
	for _, call := range one.callings(c, r) {
		if arn == "" && mayBeFunction(call.function) {
			found.missing(fact.Unread{Reason: fmt.Sprintf("the ARN of the %s %s is not known", one.kind, source.SourceName)})
			return
		}
		source.Credentials, source.Through = call.role, call.through
		found.add(source, call.function)
	}
}

// inRegion is an ARN of the account and Region.
func (c *Collector) inRegion(service, resource string) string {
	return fact.ARN{Partition: c.Account.Partition, Service: service, Region: c.Account.Region, Account: c.Account.ID, Resource: resource}.String()
}

// callings are the calls that a resource makes.
func (one *controlled) callings(c *Collector, r resource) []calling {
	if one.calls != nil {
		return one.calls(c, r)
	}
	var all []calling
	for _, place := range one.functions {
		for _, function := range textsAt(r.properties, strings.Split(place, ".")) {
			all = append(all, calling{function: function})
		}
	}
	return all
}

// unreadHandler says why Cloud Control gave no answer. It asks the type's service with the caller's credentials, so that a
// refusal may be about the service's own actions: those are named.
func (c call) unreadHandler(err error, typeName string) fact.Unread {
	why := c.unread(err)
	if takes := permission.Handled(typeName); why.Permission != "" && len(takes) > 0 {
		why.Reason += "; it takes " + strings.Join(takes, ", ") + " too"
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

// objectsAt are the objects at a place of properties. What nothing is known of stays as it is: it is at every place below.
func objectsAt(value any, place ...string) []part {
	if len(place) == 0 {
		switch value := value.(type) {
		case map[string]any:
			return []part{{value}}
		case string:
			if len(iampolicy.UnknownNames(value)) > 0 {
				return []part{{value}}
			}
		}
		return nil
	}
	if text, ok := value.(string); ok && len(iampolicy.UnknownNames(text)) > 0 {
		return []part{{text}}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	name, isList := strings.CutSuffix(place[0], "[]")
	elements, ok := object[name].([]any)
	if !isList || !ok {
		return objectsAt(object[name], place[1:]...)
	}
	var all []part
	for _, element := range elements {
		all = append(all, objectsAt(element, place[1:]...)...)
	}
	return all
}
