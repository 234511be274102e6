package collect

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// distributions adds what distributions of CloudFront call: function URLs, as the service, where the origin has an access
// control; and functions at the edge, which Lambda@Edge copies from us-east-1. What they do in another Region is for a
// scan of that one.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
func distributions(c *Collector, _ context.Context, found *sources, all []resource) {
	for _, d := range all {
		source := fact.Trigger{
			Source:   fact.ARN{Partition: c.Account.Partition, Service: "cloudfront", Account: c.Account.ID, Resource: "distribution/" + d.id}.String(),
			SourceID: d.id, SourceName: d.id, Account: c.Account.ID,
		}
		for _, origin := range objectsAt(d.properties, "DistributionConfig", "Origins[]") {
			source.Kind = fact.TriggerDistribution
			if origin.text("OriginAccessControlId") != "" {
				c.addOrigin(found, source, origin)
			}
		}
		for _, behaviour := range []string{"DefaultCacheBehavior", "CacheBehaviors[]"} {
			for _, association := range objectsAt(d.properties, "DistributionConfig", behaviour, "LambdaFunctionAssociations[]") {
				source.Kind = fact.TriggerEdge
				function := association.text("LambdaFunctionARN")
				if arn, err := fact.ParseARN(function); err != nil || arn.Region == c.Account.Region {
					found.add(source, function)
				}
			}
		}
	}
}

// addOrigin adds the distribution where its origin is the URL of a function of the Region: of which one is found when the
// URLs are known.
func (c *Collector) addOrigin(found *sources, source fact.Trigger, origin part) {
	host := strings.ToLower(origin.text("DomainName"))
	if names := iampolicy.UnknownNames(origin.text("DomainName")); len(names) > 0 {
		if len(objectsAt(origin.value, "CustomOriginConfig")) > 0 {
			found.missing(fact.Unread{Reason: fmt.Sprintf("which function URL the distribution %s sends requests to depends on %s, which is not known",
				source.SourceName, strings.Join(names, ", "))})
		}
		return
	}
	if !strings.Contains(host, ".lambda-url."+c.Account.Region+".") {
		return
	}
	source.Host = host
	source.Routes = []fact.Route{{Label: source.SourceName, Pattern: source.Source, Requests: []string{source.Source}}}
	found.triggers = append(found.triggers, source)
}

// hostOf is the name of the host in a URL; empty where there is none.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Host)
}

// behind finds the functions whose URLs distributions send requests to. A URL that asks nobody who they are needs no
// permission for CloudFront. One that is not known belongs to a function that is not looked at, or its URL was not read;
// missing tells which, where every function is looked at.
func behind(triggers []fact.Trigger, missing func(t *fact.Trigger)) []fact.Trigger {
	urls := map[string]*fact.Trigger{}
	for i := range triggers {
		if t := &triggers[i]; t.Kind.IsURL() && t.Host != "" {
			urls[t.Host] = t
		}
	}
	var kept []fact.Trigger
	for _, t := range triggers {
		if t.Kind != fact.TriggerDistribution {
			kept = append(kept, t)
			continue
		}
		switch of := urls[t.Host]; {
		case of == nil:
			missing(&t)
		case of.Kind == fact.TriggerURL:
			t.Function = of.Function
			kept = append(kept, t)
		}
	}
	return kept
}
