package stack

import (
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
	case "RoleName", "Roles":
		named = s.named("AWS::IAM::Role", text)
	case "FunctionName":
		named = s.named("AWS::Lambda::Function", text)
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
	if HasUnknown(text) {
		return text
	}
	if text == s.Options.Account {
		return map[string]any{"Ref": "AWS::AccountId"}
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return text
	}
	var under *Resource // the one of the longest ARN that the text begins with
	for _, r := range s.Resources {
		switch {
		case r.Ref == text:
			return map[string]any{"Ref": r.LogicalID}
		case !r.hasARN():
		case r.ARN == text:
			return map[string]any{"Fn::GetAtt": []any{r.LogicalID, "Arn"}}
		case strings.HasPrefix(text, r.ARN+":") || strings.HasPrefix(text, r.ARN+"/"):
			if under == nil || len(under.ARN) < len(r.ARN) {
				under = r
			}
		}
	}
	if under != nil {
		return map[string]any{"Fn::Sub": "${" + under.LogicalID + ".Arn}" + escaped(text[len(under.ARN):])}
	}
	for i, pseudo := range [...]struct{ value, name string }{1: {s.Options.Partition, "AWS::Partition"}, 3: {s.Options.Region, "AWS::Region"}, 4: {s.Options.Account, "AWS::AccountId"}} {
		if parts[i] = escaped(parts[i]); pseudo.value != "" && parts[i] == pseudo.value {
			parts[i] = "${" + pseudo.name + "}"
		}
	}
	parts[5] = s.ofAPI(parts[2], parts[5])
	if sub := strings.Join(parts, ":"); sub != text {
		return map[string]any{"Fn::Sub": sub}
	}
	return text
}

// ofAPI is the last part of an ARN with a reference in the place of an API's id.
func (s *Stack) ofAPI(service, rest string) string {
	id, route, _ := strings.Cut(rest, "/")
	api := s.api(id)
	if service != "execute-api" || api == nil {
		return escaped(rest)
	}
	return "${" + api.LogicalID + "}/" + escaped(route)
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
	"AWS::Config::ConfigRule",
}

func (r *Resource) hasARN() bool { return r.ARN != "" && slices.Contains(withARN, r.Type) }
