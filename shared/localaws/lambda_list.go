package localaws

import (
	"maps"
	"strconv"
	"strings"
)

// onFunction is the permission of an operation about a function or one of its versions and aliases: the ARN carries the
// qualifier of the request.
// See https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html.
func onFunction(action string) func(*call) []need {
	return func(c *call) []need {
		ref, ok := c.functionRef()
		if !ok {
			return []need{{action: action, resource: "*"}}
		}
		return []need{{action: action, resource: ref.arn(c.home().partition)}}
	}
}

func anywhere(action string) func(*call) []need {
	return func(*call) []need { return []need{{action: action, resource: "*"}} }
}

func (c *call) functionRef() (functionRef, bool) {
	ref, ok := parseFunction(c.path["FunctionName"], c.acct.id, c.region)
	if q := c.query.Get("Qualifier"); q != "" {
		if ref.qualifier != "" && ref.qualifier != q {
			return ref, false
		}
		ref.qualifier = q
	}
	return ref, ok
}

// function finds the function that the request names, and that its qualifier exists.
func (c *call) function() (*function, string, *apiError) {
	ref, ok := c.functionRef()
	if !ok {
		return nil, "", &apiError{Status: 400, Code: "InvalidParameterValueException", Message: "The function name, ARN or qualifier is not valid: " + c.path["FunctionName"]}
	}
	partition := c.home().partition
	arn := ref.arn(partition)
	bare := functionRef{account: ref.account, region: ref.region, name: ref.name}.arn(partition)
	if c.srv.gone[arn] || c.srv.gone[bare] {
		return nil, "", notFoundFunction(arn)
	}
	if ref.region != c.region {
		return nil, "", notFoundFunction(arn)
	}
	f := c.srv.account(ref.account).region(ref.region).functions[ref.name]
	if f == nil || ref.account != c.acct.id {
		return nil, "", unknown(c.svc, "function "+arn)
	}
	if !f.holds(ref.qualifier) {
		return nil, "", unknown(c.svc, "version or alias "+arn)
	}
	return f, ref.qualifier, nil
}

// pageOf pages a Lambda list under its member's name; answer makes what is answered of an item that is on the page.
func pageOf[T any](c *call, name string, all []T, def, max int, answer func(T) any) (any, error) {
	limit, ok := number(c.query.Get("MaxItems"), 10000)
	if !ok {
		return nil, validation("maxItems", c.query.Get("MaxItems"), "Member must have value between 1 and 10000")
	}
	cut, next, err := page(c, all, c.query.Get("Marker"), limit, def, max)
	if err != nil {
		return nil, err
	}
	page := []any{}
	for _, e := range cut {
		page = append(page, answer(e))
	}
	out := map[string]any{name: page}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}

// overlaid is an answer with what Options.Overlay has for its ARN.
func (s *Server) overlaid(arn string, answer map[string]any) map[string]any {
	over := s.opts.Overlay[arn]
	if over == nil {
		return answer
	}
	out := maps.Clone(answer)
	maps.Copy(out, over)
	return out
}

func asAny(m map[string]any) any { return m }

// A versionRef is a function's version in a list.
type versionRef struct {
	f         *function
	version   string
	qualified bool
}

func (v versionRef) answer() any { return v.f.configuration(v.version, v.qualified) }

func validation(member, value, constraint string) *apiError {
	return &apiError{Status: 400, Code: "ValidationException", Message: "1 validation error detected: Value '" + value + "' at '" + member + "' failed to satisfy constraint: " + constraint}
}

// lambdaListFunctions answers without state and runtime version, which only reading a single function gives, and caps a page
// at 50 functions.
// See https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html.
var lambdaListFunctions = operation{
	service: "lambda", name: "ListFunctions", method: "GET", path: "/2015-03-31/functions",
	needs: anywhere("lambda:ListFunctions"), shows: []string{"FunctionVersion", "MaxItems"},
	serve: func(c *call) (any, error) {
		all := c.query.Get("FunctionVersion")
		if all != "" && all != "ALL" {
			return nil, validation("functionVersion", all, "Member must satisfy enum value set: [ALL]")
		}
		var out []versionRef
		for _, f := range sortedValues(c.home().functions) {
			out = append(out, versionRef{f, "$LATEST", all != ""})
			if all != "" {
				for _, v := range f.versions {
					out = append(out, versionRef{f, v, true})
				}
			}
		}
		return pageOf(c, "Functions", out, 50, 50, versionRef.answer)
	},
}

var lambdaGetFunctionConfiguration = operation{
	service: "lambda", name: "GetFunctionConfiguration", method: "GET", path: "/2015-03-31/functions/{FunctionName}/configuration",
	needs: onFunction("lambda:GetFunctionConfiguration"), shows: []string{"Qualifier"},
	serve: func(c *call) (any, error) {
		f, qualifier, err := c.function()
		if err != nil {
			return nil, err
		}
		version := first(qualifier, "$LATEST")
		if a := f.aliases[qualifier]; a != nil {
			version = text(a["FunctionVersion"])
		}
		conf := f.configuration(version, false)
		conf["FunctionArn"] = f.arn
		if qualifier != "" {
			conf["FunctionArn"] = f.arn + ":" + qualifier
		}
		c.srv.setState(c.home(), f, conf)
		if runtime := text(conf["Runtime"]); runtime != "" {
			conf["RuntimeVersionConfig"] = map[string]any{"RuntimeVersionArn": "arn:" + c.home().partition + ":lambda:" + c.region + "::runtime:" + strings.ReplaceAll(uuidOf(runtime), "-", "")}
		}
		return c.srv.overlaid(text(conf["FunctionArn"]), conf), nil
	},
}

var lambdaListVersionsByFunction = operation{
	service: "lambda", name: "ListVersionsByFunction", method: "GET", path: "/2015-03-31/functions/{FunctionName}/versions",
	needs: onFunction("lambda:ListVersionsByFunction"), shows: []string{"MaxItems"},
	serve: func(c *call) (any, error) {
		f, _, err := c.function()
		if err != nil {
			return nil, err
		}
		out := []versionRef{{f, "$LATEST", true}}
		for _, v := range f.versions {
			out = append(out, versionRef{f, v, true})
		}
		return pageOf(c, "Versions", out, 50, 50, versionRef.answer)
	},
}

var lambdaListAliases = operation{
	service: "lambda", name: "ListAliases", method: "GET", path: "/2015-03-31/functions/{FunctionName}/aliases",
	needs: onFunction("lambda:ListAliases"), shows: []string{"FunctionVersion", "MaxItems"},
	serve: func(c *call) (any, error) {
		f, _, err := c.function()
		if err != nil {
			return nil, err
		}
		var out []map[string]any
		for _, a := range sortedValues(f.aliases) {
			if v := c.query.Get("FunctionVersion"); v == "" || v == text(a["FunctionVersion"]) {
				out = append(out, a)
			}
		}
		return pageOf(c, "Aliases", out, 50, 50, asAny)
	},
}

// lambdaListEventSourceMappings lists the account's mappings, or those of one source or function; 100 a page.
// See https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html.
var lambdaListEventSourceMappings = operation{
	service: "lambda", name: "ListEventSourceMappings", method: "GET", path: "/2015-03-31/event-source-mappings",
	needs: anywhere("lambda:ListEventSourceMappings"), shows: []string{"FunctionName", "EventSourceArn", "MaxItems"},
	serve: func(c *call) (any, error) {
		want := c.query.Get("FunctionName")
		if want != "" {
			c.path = map[string]string{"FunctionName": want}
			if _, _, err := c.function(); err != nil {
				return nil, err
			}
			ref, _ := c.functionRef()
			want = ref.arn(c.home().partition)
		}
		var out []map[string]any
		for _, m := range sortedValues(c.home().mappings) {
			if s := c.query.Get("EventSourceArn"); s != "" && s != m["EventSourceArn"] {
				continue
			}
			if want == "" || want == m["FunctionArn"] {
				out = append(out, c.srv.overlaid(text(m["EventSourceMappingArn"]), m))
			}
		}
		return pageOf(c, "EventSourceMappings", out, 100, 100, asAny)
	},
}

var lambdaGetPolicy = operation{
	service: "lambda", name: "GetPolicy", method: "GET", path: "/2015-03-31/functions/{FunctionName}/policy",
	needs: onFunction("lambda:GetPolicy"), shows: []string{"Qualifier"},
	serve: func(c *call) (any, error) {
		f, qualifier, err := c.function()
		if err != nil {
			return nil, err
		}
		doc := f.policy(qualifier)
		if doc == "" {
			return nil, &apiError{Status: 404, Code: "ResourceNotFoundException", Message: "The resource you requested does not exist."}
		}
		return map[string]any{"Policy": doc, "RevisionId": uuidOf(f.arn, qualifier, strconv.Itoa(len(doc)), doc)}, nil
	},
}
