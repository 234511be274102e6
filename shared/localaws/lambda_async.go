package localaws

import ()

var invokeConfigShape = shape{
	{from: "MaximumEventAgeInSeconds", kind: kindInt}, {from: "MaximumRetryAttempts", kind: kindInt},
	{from: "DestinationConfig", kind: kindObject, of: shape{{from: "OnSuccess", kind: kindObject, of: shape{{from: "Destination"}}}, {from: "OnFailure", kind: kindObject, of: shape{{from: "Destination"}}}}},
}

func (b *builder) lambdaInvokeConfig() {
	b.then(func() {
		f, _, _ := b.functionOf(b.prop("FunctionName"))
		if f == nil {
			b.warn("the function %q of the invoke configuration is in no template", text(b.prop("FunctionName")))
			return
		}
		qualifier := first(text(b.prop("Qualifier")), "$LATEST")
		c := invokeConfigShape.project(b.res.Properties, asIs)
		c["FunctionArn"] = f.arn + ":" + qualifier
		c["LastModified"] = bornEpoch
		f.invoke[qualifier] = c
	})
}

func (b *builder) lambdaURL() {
	b.then(func() {
		f, qualifier, _ := b.functionOf(b.prop("TargetFunctionArn"))
		if f == nil {
			b.warn("the function %q of the URL is in no template", text(b.prop("TargetFunctionArn")))
			return
		}
		qualifier = first(text(b.prop("Qualifier")), qualifier)
		u := shape{{from: "AuthType"}, {from: "InvokeMode"}, {from: "Cors", kind: kindObject, of: shape{
			{from: "AllowCredentials", kind: kindBool}, {from: "AllowHeaders", kind: kindTexts}, {from: "AllowMethods", kind: kindTexts}, {from: "AllowOrigins", kind: kindTexts},
			{from: "ExposeHeaders", kind: kindTexts}, {from: "MaxAge", kind: kindInt},
		}}}.project(b.res.Properties, asIs)
		u["FunctionArn"] = qualified(f.arn, qualifier)
		u["CreationTime"], u["LastModifiedTime"] = bornText, bornText
		if u["InvokeMode"] == nil {
			u["InvokeMode"] = "BUFFERED"
		}
		u["FunctionUrl"] = b.res.Attribute("FunctionUrl")
		f.urls[qualifier] = u
	})
}

var lambdaListFunctionEventInvokeConfigs = operation{
	service: "lambda", name: "ListFunctionEventInvokeConfigs", method: "GET", path: "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
	needs: onFunction("lambda:ListFunctionEventInvokeConfigs"), shows: []string{"MaxItems"},
	serve: func(c *call) (any, error) {
		f, _, err := c.function()
		if err != nil {
			return nil, err
		}
		return pageOf(c, "FunctionEventInvokeConfigs", sortedValues(f.invoke), 50, 50, asAny)
	},
}

var lambdaListFunctionURLConfigs = operation{
	service: "lambda", name: "ListFunctionUrlConfigs", method: "GET", path: "/2021-10-31/functions/{FunctionName}/urls",
	needs: onFunction("lambda:ListFunctionUrlConfigs"), shows: []string{"MaxItems"},
	serve: func(c *call) (any, error) {
		f, _, err := c.function()
		if err != nil {
			return nil, err
		}
		return pageOf(c, "FunctionUrlConfigs", sortedValues(f.urls), 50, 50, asAny)
	},
}
