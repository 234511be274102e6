package stack

import (
	"maps"
	"slices"
	"strings"
)

// Express is a value as the stack's template would write it: texts that hold the ARN or the id of one of its resources, or
// the account, Region or partition, become references to them, so that what was worked out for this account holds for
// every one that the template is deployed to. Keys of maps stay, and so do texts with anything unknown in them.
func (s *Stack) Express(v any) any { return s.expressUnder("", v) }

func (s *Stack) expressUnder(key string, v any) any {
	switch v := v.(type) {
	case string:
		return s.ExpressAs(key, v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.expressUnder(key, v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = s.expressUnder(key, value)
		}
		return out
	}
	return v
}

// ExpressAs is Express for a text that stands under a key, or in a list under it: the id of an API, or the name
// of a role or function, is one there where the key says so.
func (s *Stack) ExpressAs(key, text string) any {
	var named *Resource
	switch key {
	case "RestApiId", "ApiId":
		named = s.api(text)
	case "Bucket":
		named = s.named("AWS::S3::Bucket", text)
	case "Queues": // by their URLs
		for _, r := range s.OfType("AWS::SQS::Queue") {
			if r.Ref == text {
				named = r
			}
		}
	case "RoleName", "Roles":
		named = s.named("AWS::IAM::Role", text)
	case "FunctionName":
		named = s.named("AWS::Lambda::Function", text)
	case "Service": // of a principal that is a service of the Region
		if service, regional := strings.CutSuffix(text, "."+s.Options.Region+".amazonaws.com"); regional {
			return map[string]any{"Fn::Sub": escaped(service) + ".${AWS::Region}.amazonaws.com"}
		}
	}
	if named != nil {
		return map[string]any{"Ref": named.LogicalID}
	}
	return s.express(text)
}

// named is the resource of a type with a name; nil for none.
func (s *Stack) named(kind, name string) *Resource {
	for _, r := range s.OfType(kind) {
		if r.PhysicalID == name {
			return r
		}
	}
	return nil
}

// api is the API with an id; nil for none.
func (s *Stack) api(id string) *Resource {
	at := slices.IndexFunc(s.Resources, func(r *Resource) bool { return r.PhysicalID == id && strings.HasPrefix(kindOf(r.Type).id, "{id:") })
	if at < 0 {
		return nil
	}
	return s.Resources[at]
}

func (s *Stack) express(text string) any {
	if !s.onlyParameters(text) {
		return text
	}
	if text == s.Options.Account {
		return map[string]any{"Ref": "AWS::AccountId"}
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return s.ofParameters(text)
	}
	under := s.owner(text)
	if under != nil {
		refers, rest := under.arnReference(), text[len(under.ARN):]
		switch {
		case under.Ref == text:
			return map[string]any{"Ref": under.LogicalID}
		case refers == "":
		case rest == "" && refers == under.LogicalID:
			return map[string]any{"Ref": under.LogicalID}
		case rest == "":
			return map[string]any{"Fn::GetAtt": []any{under.LogicalID, strings.TrimPrefix(refers, under.LogicalID+".")}}
		default:
			return map[string]any{"Fn::Sub": "${" + refers + "}" + s.substitutable(rest)}
		}
	}
	for i, pseudo := range s.pseudos() {
		if parts[i] = s.substitutable(parts[i]); pseudo.value != "" && parts[i] == pseudo.value {
			parts[i] = "${" + pseudo.name + "}"
		}
	}
	var rest strings.Builder
	for _, one := range s.arnParts(text) {
		if one.of != nil {
			rest.WriteString("${" + one.of.LogicalID + "}")
		} else {
			rest.WriteString(s.substitutable(one.text))
		}
	}
	parts[5] = rest.String()
	if sub := strings.Join(parts, ":"); sub != text {
		return map[string]any{"Fn::Sub": sub}
	}
	return text
}

// pseudo is what a pseudo parameter of the stack stands for.
type pseudo struct{ value, name string }

// pseudos are the pseudo parameters in the place that they have in ARNs.
func (s *Stack) pseudos() [5]pseudo {
	return [...]pseudo{1: {s.Options.Partition, "AWS::Partition"}, 3: {s.Options.Region, "AWS::Region"}, 4: {s.Options.Account, "AWS::AccountId"}}
}

// owner is the resource whose ARN, or what Ref gives of it, the text is or goes on from: the one of the longest; nil for none.
func (s *Stack) owner(text string) *Resource {
	var owner *Resource
	for _, r := range s.Resources {
		if r.Ref == text {
			return r
		}
		if r.ARN != "" && (r.ARN == text || strings.HasPrefix(text, r.ARN+":") || strings.HasPrefix(text, r.ARN+"/")) && (owner == nil || len(owner.ARN) < len(r.ARN)) {
			owner = r
		}
	}
	return owner
}

// Owner is the resource whose ARN the text is or goes on from; nil for none.
func (s *Stack) Owner(text string) *Resource {
	if HasUnknown(text) || strings.Count(text, ":") < 5 {
		return nil
	}
	return s.owner(text)
}

// ByName is the ARN of a resource as the template would write it without referring to the resource; false where that is not
// known before the resource is there.
func (s *Stack) ByName(r *Resource) (any, bool) {
	parts := strings.SplitN(r.ARN, ":", 6)
	if !r.Named() || len(parts) < 6 || HasUnknown(r.ARN) {
		return nil, false
	}
	for i, pseudo := range s.pseudos() {
		if parts[i] = escaped(parts[i]); pseudo.value != "" && parts[i] == pseudo.value {
			parts[i] = "${" + pseudo.name + "}"
		}
	}
	parts[5] = escaped(parts[5])
	switch r.Type {
	case "AWS::ElasticLoadBalancingV2::TargetGroup": // behind the name stands an id
		parts[5] = parts[5][:strings.LastIndexByte(parts[5], '/')] + "/*"
	case "AWS::SES::ReceiptRule":
		for _, id := range r.References {
			if set := s.Find(id); set != nil && set.Type == "AWS::SES::ReceiptRuleSet" {
				parts[5] = strings.Replace(parts[5], "receipt-rule-set/"+set.PhysicalID+":", "receipt-rule-set/${"+id+"}:", 1)
			}
		}
	}
	return map[string]any{"Fn::Sub": strings.Join(parts, ":")}, true
}

// Part is a part of a text: the text itself, or what CloudFormation calls a resource, which the Text then names.
type Part struct {
	Text string
	// Of is the resource; nil for text that stands as it is.
	Of *Resource
}

// Generated divides an ARN where it holds what CloudFormation makes up: the names and ids of resources to which the template
// gives none. Where the whole ARN is what CloudFormation calls the resource, it is one part.
func (s *Stack) Generated(arn string) []Part {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || HasUnknown(arn) {
		return []Part{{Text: arn}}
	}
	if r := s.owner(arn); r != nil && (r.generated() || r.endsInID()) && r.Ref == r.ARN {
		all := []Part{{Text: r.LogicalID, Of: r}}
		if rest := arn[len(r.ARN):]; rest != "" {
			all = append(all, Part{Text: rest})
		}
		return all
	}
	all := []Part{{Text: strings.Join(parts[:5], ":") + ":"}}
	for _, one := range s.arnParts(arn) {
		if one.of != nil && one.of.generated() {
			all = append(all, Part{Text: one.of.LogicalID, Of: one.of})
			continue
		}
		if last := &all[len(all)-1]; last.Of == nil {
			last.Text += one.text
		} else {
			all = append(all, Part{Text: one.text})
		}
	}
	return all
}

// generated tells whether the template leaves the resource's name or id to CloudFormation.
func (r *Resource) generated() bool {
	if r.state.kind.name == "" {
		return r.state.kind.id != "" // types without either are not known well enough
	}
	name, given, err := r.stack.eval.property(r.state, r.state.kind.name)
	return err == nil && (!given || name == "")
}

// MadeUp tells whether CloudFormation makes up the resource's name, of its logical id and more.
func (r *Resource) MadeUp() bool { return r.state.kind.name != "" && r.generated() }

// endsInID tells whether the ARN holds an id that AWS makes up besides the name.
func (r *Resource) endsInID() bool {
	return strings.Contains(r.state.kind.arn, "{hex:") || strings.Contains(r.state.kind.arn, "{hash:") || strings.Contains(r.state.kind.arn, "{uuid}")
}

// Named tells whether the template gives the resource its name.
func (r *Resource) Named() bool { return r.state.kind.name != "" && !r.generated() }

// arnReference is what Fn::Sub refers to for the resource's ARN: its logical id where Ref gives it, with an attribute where
// one does; empty where nothing does.
func (r *Resource) arnReference() string {
	switch {
	case r.hasARN():
		return r.LogicalID + ".Arn"
	case r.Ref == r.ARN:
		return r.LogicalID
	}
	for _, name := range slices.Sorted(maps.Keys(r.state.kind.atts)) {
		if r.state.kind.atts[name] == "{ARN}" {
			return r.LogicalID + "." + name
		}
	}
	return ""
}

// arnPart is a part of the end of an ARN: a text, or the id that Ref gives of a resource.
type arnPart struct {
	text string
	of   *Resource
}

// arnParts divides the last part of an ARN where it holds ids of the stack's resources.
func (s *Stack) arnParts(arn string) []arnPart {
	parts := strings.SplitN(arn, ":", 6)
	rest := parts[5]
	if parts[2] == "execute-api" {
		id, route, _ := strings.Cut(rest, "/")
		api := s.api(id)
		if api == nil {
			return []arnPart{{text: rest}}
		}
		all := []arnPart{{text: id, of: api}, {text: "/"}}
		if name, guarded := strings.CutPrefix(route, "authorizers/"); guarded && name != "*" {
			all = append(all, arnPart{text: "authorizers/"})
			if guard := s.authorizer(name); guard != nil {
				return append(all, arnPart{text: name, of: guard})
			}
			return append(all, arnPart{text: name})
		}
		return append(all, arnPart{text: route})
	}
	owner := s.owner(arn)
	if owner == nil {
		return []arnPart{{text: rest}}
	}
	var all []arnPart
	for rest != "" {
		end := strings.IndexAny(rest, "/:")
		if end < 0 {
			end = len(rest)
		}
		one := arnPart{text: rest[:end]}
		for _, r := range s.Resources {
			if (r == owner || slices.Contains(owner.References, r.LogicalID)) && (r.Ref == one.text || r.PhysicalID == one.text && strings.HasSuffix(r.Ref, "|"+one.text)) {
				one.of = r
			}
		}
		all = append(all, one)
		if rest = rest[end:]; rest != "" {
			all, rest = append(all, arnPart{text: rest[:1]}), rest[1:]
		}
	}
	return all
}

// Referable is an ARN without the id of an authorizer that the document of an API of the stack declares: nothing refers to
// what it becomes, so that a star stands for it.
func (s *Stack) Referable(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "execute-api" {
		return arn
	}
	api, route, _ := strings.Cut(parts[5], "/")
	name, guarded := strings.CutPrefix(route, "authorizers/")
	if !guarded || s.api(api) == nil || s.authorizer(name) != nil {
		return arn
	}
	return strings.TrimSuffix(arn, name) + "*"
}

// authorizer is the authorizer of an API with an id; nil for none.
func (s *Stack) authorizer(id string) *Resource {
	for _, kind := range []string{"AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"} {
		if r := s.named(kind, id); r != nil {
			return r
		}
	}
	return nil
}

// escaped is text for Fn::Sub in which nothing is replaced.
func escaped(text string) string { return strings.ReplaceAll(text, "${", "${!") }

// withARN are the types whose ARN Fn::GetAtt gives as Arn, of those that fixes name.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
var withARN = []string{
	"AWS::Lambda::Function", "AWS::IAM::Role", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::Events::EventBus",
	"AWS::Logs::LogGroup", "AWS::DynamoDB::Table", "AWS::Kinesis::Stream", "AWS::KMS::Key", "AWS::Cognito::UserPool", "AWS::IoT::TopicRule",
	"AWS::KinesisFirehose::DeliveryStream", "AWS::EFS::FileSystem", "AWS::EFS::AccessPoint", "AWS::ECR::Repository", "AWS::CloudWatch::Alarm",
	"AWS::Config::ConfigRule", "AWS::Lex::BotAlias", "AWS::IoT::Authorizer", "AWS::CodeCommit::Repository",
}

func (r *Resource) hasARN() bool { return r.ARN != "" && slices.Contains(withARN, r.Type) }
