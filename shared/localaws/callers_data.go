package localaws

import "slices"

func (b *builder) pipe() {
	b.then(func() {
		home, name := b.home(), b.res.PhysicalID
		arn := home.arn("pipes", "pipe/"+name)
		if !once(b, home.callers.pipes, arn, "pipe") {
			return
		}
		p := shape{{from: "Source"}, {from: "Target"}, {from: "Enrichment"}, {from: "RoleArn"}, {from: "DesiredState"}, {from: "Description"}}.project(b.res.Properties, asIs)
		p["Arn"], p["Name"], p["CreationTime"], p["LastModifiedTime"] = arn, name, bornEpoch, bornEpoch
		p["DesiredState"] = first(text(p["DesiredState"]), "RUNNING")
		p["CurrentState"] = p["DesiredState"]
		home.callers.pipes[arn] = p
	})
}

// See https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_ListPipes.html.
var pipesListPipes = operation{
	service: "pipes", name: "ListPipes", method: "GET", path: "/v1/pipes", needs: anywhere("pipes:ListPipes"), shows: []string{"Limit"},
	serve: func(c *call) (any, error) {
		var all []any
		for _, p := range sortedValues(c.home().callers.pipes) {
			all = append(all, some(p, "Arn", "Name", "Source", "Target", "Enrichment", "DesiredState", "CurrentState", "CreationTime", "LastModifiedTime"))
		}
		return listPage(c, "Pipes", all, c.query.Get("Limit"), "NextToken", 100)
	},
}

// See https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DescribePipe.html.
var pipesDescribePipe = operation{
	service: "pipes", name: "DescribePipe", method: "GET", path: "/v1/pipes/{Name}",
	needs: func(c *call) []need {
		return []need{{action: "pipes:DescribePipe", resource: c.home().arn("pipes", "pipe/"+c.path["Name"])}}
	},
	serve: func(c *call) (any, error) {
		arn := c.home().arn("pipes", "pipe/"+c.path["Name"])
		if p := c.home().callers.pipes[arn]; p != nil {
			return p, nil
		}
		return nil, unknown(c.svc, "pipe "+arn)
	},
}

// processing is the part of a destination that calls functions.
var processing = member{from: "ProcessingConfiguration", kind: kindObject, of: shape{
	{from: "Enabled", kind: kindBool},
	{from: "Processors", kind: kindObjects, of: shape{
		{from: "Type"}, {from: "Parameters", kind: kindObjects, of: shape{{from: "ParameterName"}, {from: "ParameterValue"}}},
	}},
}}

// destinations are the kinds of destinations of a delivery stream, as templates and as the API name them.
var destinations = func() shape {
	var all shape
	for from, to := range map[string]string{
		"ExtendedS3DestinationConfiguration": "ExtendedS3DestinationDescription", "RedshiftDestinationConfiguration": "RedshiftDestinationDescription",
		"ElasticsearchDestinationConfiguration":              "ElasticsearchDestinationDescription",
		"AmazonopensearchserviceDestinationConfiguration":    "AmazonopensearchserviceDestinationDescription",
		"AmazonOpenSearchServerlessDestinationConfiguration": "AmazonOpenSearchServerlessDestinationDescription",
		"SplunkDestinationConfiguration":                     "SplunkDestinationDescription",
		"HttpEndpointDestinationConfiguration":               "HttpEndpointDestinationDescription",
		"SnowflakeDestinationConfiguration":                  "SnowflakeDestinationDescription",
		"IcebergDestinationConfiguration":                    "IcebergDestinationDescription",
	} {
		of := shape{{from: "RoleARN"}, {from: "RoleArn", to: "RoleARN"}, processing,
			{from: "S3Configuration", to: "S3DestinationDescription", kind: kindObject, of: shape{{from: "RoleARN"}}}}
		all = append(all, member{from: from, to: to, kind: kindObject, of: of})
	}
	return all
}()

func (b *builder) deliveryStream() {
	b.then(func() {
		home, name := b.home(), b.res.PhysicalID
		arn := first(b.res.ARN, home.arn("firehose", "deliverystream/"+name))
		if !once(b, home.callers.streams, arn, "delivery stream") {
			return
		}
		d := destinations.project(b.res.Properties, asIs)
		d["DestinationId"] = "destinationId-000000000001"
		home.callers.streams[arn] = map[string]any{
			"DeliveryStreamName": name, "DeliveryStreamARN": arn, "DeliveryStreamStatus": "ACTIVE", "VersionId": "1", "HasMoreDestinations": false,
			"DeliveryStreamType": first(text(b.prop("DeliveryStreamType")), "DirectPut"), "Destinations": []any{d},
		}
	})
}

// See https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListDeliveryStreams.html: a page begins behind the name that is given.
var firehoseListDeliveryStreams = operation{
	service: "firehose", name: "ListDeliveryStreams", needs: anywhere("firehose:ListDeliveryStreams"), shows: []string{"Limit"},
	serve: func(c *call) (any, error) {
		names := []string{}
		for _, s := range c.home().callers.streams {
			if name := text(s["DeliveryStreamName"]); name > text(c.body["ExclusiveStartDeliveryStreamName"]) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		limit, ok := number(text(c.body["Limit"]), 10000)
		if !ok {
			return nil, invalid(c.svc, "the limit %q is not a number", text(c.body["Limit"]))
		}
		if limit == 0 {
			limit = 10
		}
		if size := c.srv.opts.PageSize; size > 0 {
			limit = min(limit, size)
		}
		more := len(names) > limit
		if more {
			names = names[:limit]
		}
		return map[string]any{"DeliveryStreamNames": names, "HasMoreDeliveryStreams": more}, nil
	},
}

// See https://docs.aws.amazon.com/firehose/latest/APIReference/API_DescribeDeliveryStream.html.
var firehoseDescribeDeliveryStream = operation{
	service: "firehose", name: "DescribeDeliveryStream", shows: []string{"DeliveryStreamName"},
	needs: func(c *call) []need {
		return []need{{action: "firehose:DescribeDeliveryStream", resource: c.home().arn("firehose", "deliverystream/"+text(c.body["DeliveryStreamName"]))}}
	},
	serve: func(c *call) (any, error) {
		arn := c.home().arn("firehose", "deliverystream/"+text(c.body["DeliveryStreamName"]))
		if s := c.home().callers.streams[arn]; s != nil {
			return map[string]any{"DeliveryStreamDescription": s}, nil
		}
		return nil, unknown(c.svc, "delivery stream "+arn)
	},
}

// graphAuthorizers is the part of a GraphQL API that says who asks which function who may call it.
var graphAuthorizers = func() shape {
	config := member{from: "LambdaAuthorizerConfig", kind: kindObject, of: shape{{from: "AuthorizerUri"}}}
	return shape{
		{from: "AuthenticationType"}, config,
		{from: "AdditionalAuthenticationProviders", kind: kindObjects, of: shape{{from: "AuthenticationType"}, config}},
	}
}()

func (b *builder) graphAPI() {
	home, id := b.home(), b.res.PhysicalID
	if once(b, home.callers.graphs, id, "GraphQL API") {
		g := graphAuthorizers.project(b.res.Properties, lowerFirst)
		g["apiId"], g["arn"], g["name"], g["apiType"] = id, home.arn("appsync", "apis/"+id), text(b.prop("Name")), first(text(b.prop("ApiType")), "GRAPHQL")
		home.callers.graphs[id] = g
	}
}

func (b *builder) dataSource() {
	b.then(func() {
		home, api := b.home(), text(b.prop("ApiId"))
		d := shape{
			{from: "Name"}, {from: "Type"}, {from: "Description"}, {from: "ServiceRoleArn"},
			{from: "LambdaConfig", kind: kindObject, of: shape{{from: "LambdaFunctionArn"}}},
		}.project(b.res.Properties, lowerFirst)
		d["dataSourceArn"] = home.arn("appsync", "apis/"+api+"/datasources/"+text(d["name"]))
		home.callers.data[api] = append(home.callers.data[api], d)
		if home.callers.graphs[api] == nil {
			home.callers.graphs[api] = map[string]any{"apiId": api, "arn": home.arn("appsync", "apis/"+api), "name": api, "apiType": "GRAPHQL"}
		}
	})
}

// See https://docs.aws.amazon.com/appsync/latest/APIReference/API_ListGraphqlApis.html.
var appsyncListGraphqlAPIs = operation{
	service: "appsync", name: "ListGraphqlApis", method: "GET", path: "/v1/apis", needs: anywhere("appsync:ListGraphqlApis"), shows: []string{"maxResults"},
	serve: func(c *call) (any, error) {
		var all []any
		for _, g := range sortedValues(c.home().callers.graphs) {
			all = append(all, g)
		}
		return listPage(c, "graphqlApis", all, c.query.Get("maxResults"), "nextToken", 25)
	},
}

// See https://docs.aws.amazon.com/appsync/latest/APIReference/API_ListDataSources.html.
var appsyncListDataSources = operation{
	service: "appsync", name: "ListDataSources", method: "GET", path: "/v1/apis/{apiId}/datasources", shows: []string{"maxResults"},
	needs: func(c *call) []need {
		return []need{{action: "appsync:ListDataSources", resource: "*"}}
	},
	serve: func(c *call) (any, error) {
		if c.home().callers.graphs[c.path["apiId"]] == nil {
			return nil, unknown(c.svc, "GraphQL API "+c.path["apiId"])
		}
		var all []any
		for _, d := range c.home().callers.data[c.path["apiId"]] {
			all = append(all, d)
		}
		return listPage(c, "dataSources", all, c.query.Get("maxResults"), "nextToken", 25)
	},
}
