package localaws_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"permprobe/shared/localaws"
	"permprobe/shared/stack"
)

// everywhere calls every read that takes no parameter, and those about the function f, g and each API.
func everywhere(t *testing.T, url string) {
	t.Helper()
	for _, r := range []struct{ scope, method, path, target, body string }{
		{"lambda", "GET", "/2015-03-31/functions?FunctionVersion=ALL", "", ""},
		{"lambda", "GET", "/2015-03-31/functions/f/policy", "", ""},
		{"lambda", "GET", "/2015-03-31/functions/worker/policy", "", ""},
		{"lambda", "GET", "/2015-03-31/functions/worker/aliases", "", ""},
		{"lambda", "GET", "/2015-03-31/functions/worker/versions", "", ""},
		{"lambda", "GET", "/2015-03-31/event-source-mappings", "", ""},
		{"lambda", "GET", "/2019-09-25/functions/f/event-invoke-config/list", "", ""},
		{"lambda", "GET", "/2021-10-31/functions/f/urls", "", ""},
		{"iam", "POST", "/", "", "Action=GetAccountAuthorizationDetails&Version=2010-05-08"},
		{"iam", "POST", "/", "", "Action=SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::123456789012:role/app/full&ActionNames.member.1=s3:GetObject"},
		{"apigateway", "GET", "/restapis", "", ""},
		{"apigateway", "GET", "/restapis/Tree/resources?embed=methods", "", ""},
		{"apigateway", "GET", "/restapis/Spec/resources?embed=methods", "", ""},
		{"apigateway", "GET", "/restapis/Tree/stages", "", ""},
		{"apigateway", "GET", "/restapis/Spec/authorizers", "", ""},
		{"apigateway", "GET", "/v2/apis", "", ""},
		{"apigateway", "GET", "/v2/apis/Long/routes", "", ""},
		{"apigateway", "GET", "/v2/apis/Spec/routes", "", ""},
		{"apigateway", "GET", "/v2/apis/Spec/integrations", "", ""},
		{"logs", "POST", "/", "Logs_20140328.DescribeLogGroups", "{}"},
		{"logs", "POST", "/", "Logs_20140328.DescribeSubscriptionFilters", `{"logGroupName":"/app"}`},
		{"events", "POST", "/", "AWSEvents.ListRules", "{}"},
		{"events", "POST", "/", "AWSEvents.ListTargetsByRule", `{"Rule":"hourly"}`},
		{"events", "POST", "/", "AWSEvents.ListEventBuses", "{}"},
		{"sns", "POST", "/", "", "Action=ListSubscriptions"},
		{"sns", "POST", "/", "", "Action=GetTopicAttributes&TopicArn=" + alerts},
		{"s3", "GET", "/uploads?notification", "", ""},
	} {
		status := send(t, url, r.scope, r.method, r.path, r.target, r.body)
		if status != 200 && status != 400 && status != 403 && status != 404 {
			t.Errorf("%s %s%s%s: %d", r.scope, r.path, r.target, r.body, status)
		}
	}
}

func send(t *testing.T, url, scope, method, path, target, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAADMIN/20261121/us-east-1/"+scope+"/aws4_request, SignedHeaders=host, Signature=0")
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

// with is the stack with one property of one resource changed.
func with(st *stack.Stack, i int, props map[string]any) *stack.Stack {
	out := *st
	out.Resources = append([]*stack.Resource(nil), st.Resources...)
	r := *st.Resources[i]
	r.Properties = props
	out.Resources[i] = &r
	return &out
}

// changed gives copies of v in which one value, at any depth, is each of the others.
func changed(v any, others []any, f func(any)) {
	for _, o := range others {
		f(o)
	}
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			changed(v[k], others, func(x any) {
				c := map[string]any{}
				for k, e := range v {
					c[k] = e
				}
				c[k] = x
				f(c)
			})
		}
	case []any:
		for i := range v {
			changed(v[i], others, func(x any) {
				c := append([]any(nil), v...)
				c[i] = x
				f(c)
			})
		}
	}
}

func TestAPropertyOfTheWrongTypeBreaksNothing(t *testing.T) {
	others := []any{int64(7), "", "⟦unknown⟧", "a⟦b:c⟧:d", true, []any{}, []any{[]any{"x"}}, map[string]any{}, map[string]any{"⟦k⟧": map[string]any{"$ref": "#/"}}}
	n := 0
	for name, text := range map[string]string{"lambda": lambdaTemplate, "iam": iamTemplate, "rest": restTemplate, "http": httpTemplate, "publish": publishTemplate, "triggers": triggersTemplate} {
		st := load(t, text)
		for i, r := range st.Resources {
			changed(r.Properties, others, func(x any) {
				props, ok := x.(map[string]any)
				if !ok {
					return
				}
				n++
				s, err := localaws.New(localaws.Options{}, with(st, i, props))
				if err != nil {
					t.Errorf("%s %s: %v", name, r.LogicalID, err)
					return
				}
				if n%97 != 0 {
					return // building is what most often breaks; asking about all of them takes long
				}
				h := httptest.NewServer(s)
				defer h.Close()
				everywhere(t, h.URL)
				if t.Failed() {
					t.Fatalf("%s: %s with %v", name, r.LogicalID, props)
				}
			})
		}
	}
	if n < 1000 {
		t.Errorf("only %d changes were tried", n)
	}
}

func TestTaggedFunctionsAreListedInBulk(t *testing.T) {
	s, err := localaws.New(localaws.Options{}, load(t, probe()))
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	defer h.Close()
	for filter, want := range map[string]string{
		`{"ResourceTypeFilters":["lambda:function"],"TagFilters":[{"Key":"team"}]}`:                 `{"PaginationToken":"","ResourceTagMappingList":[{"ResourceARN":"arn:aws:lambda:us-east-1:123456789012:function:f","Tags":[{"Key":"aws:cloudformation:logical-id","Value":"F"},{"Key":"aws:cloudformation:stack-name","Value":"app"},{"Key":"team","Value":"blue"}]}]}`,
		`{"ResourceTypeFilters":["lambda"],"TagFilters":[{"Key":"team","Values":["green","red"]}]}`: `{"PaginationToken":"","ResourceTagMappingList":[]}`,
		`{"ResourceTypeFilters":["sqs"]}`: `{"PaginationToken":"","ResourceTagMappingList":[]}`,
	} {
		req, err := http.NewRequest("POST", h.URL, strings.NewReader(filter))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAADMIN/20261121/us-east-1/tagging/aws4_request, SignedHeaders=host, Signature=0")
		req.Header.Set("X-Amz-Target", "ResourceGroupsTaggingAPI_20170126.GetResources")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(b) != want {
			t.Errorf("%s: got %s, %v", filter, b, err)
		}
	}
}

func TestOddRequestsAreRefused(t *testing.T) {
	s, err := localaws.New(localaws.Options{}, load(t, lambdaTemplate))
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	defer h.Close()
	for _, r := range []struct {
		scope, method, path, target, body string
		want                              int
	}{
		{"lambda", "GET", "/", "", "", 501},
		{"lambda", "GET", "/2015-03-31/functions/%2F%00/policy", "", "", 403},
		{"lambda", "GET", "/2015-03-31/functions/a:b:c:d/policy", "", "", 400},
		{"lambda", "GET", "/2015-03-31/functions?MaxItems=0", "", "", 400},
		{"lambda", "GET", "/2015-03-31/functions?MaxItems=many", "", "", 400},
		{"lambda", "GET", "/2015-03-31/functions?Marker=bogus", "", "", 400},
		{"lambda", "GET", "/2015-03-31/functions?FunctionVersion=SOME", "", "", 400},
		{"iam", "POST", "/", "", "%zz", 400},
		{"iam", "POST", "/", "", "", 400},
		{"iam", "POST", "/", "", "Action=GetRole", 400},
		{"iam", "POST", "/", "", "Action=GetAccountAuthorizationDetails&Marker=eA", 400},
		{"iam", "POST", "/", "", "Action=GetAccountAuthorizationDetails&Filter.member.1=Everything", 400},
		{"events", "POST", "/", "", "{}", 400},
		{"events", "POST", "/", "AWSEvents.PutEvents", "[", 400},
		{"events", "POST", "/", "AWSEvents.PutEvents", `{"Entries":"x"}`, 200},
		{"events", "POST", "/", "AWSEvents.PutEvents", `{}`, 400},
		{"logs", "POST", "/", "Logs_20140328.DescribeLogGroups", `{"limit":51}`, 400},
		{"sns", "POST", "/", "", "Action=Publish", 400},
		{"s3", "PUT", "/", "", "x", 501},
		{"s3", "PUT", "/nosuch/key", "", "x", 404},
		{"quicksight", "GET", "/accounts", "", "", 501},
	} {
		if got := send(t, h.URL, r.scope, r.method, r.path, r.target, r.body); got != r.want {
			t.Errorf("%s %s %s %s: got %d, want %d", r.scope, r.path, r.target, r.body, got, r.want)
		}
	}
	for _, header := range []string{"", "Basic x", "AWS4-HMAC-SHA256 Credential=a/b", "AWS4-HMAC-SHA256 Credential=/20261121/us-east-1/iam/aws4_request"} {
		req, err := http.NewRequest("POST", h.URL, strings.NewReader("Action=GetRole"))
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 403 {
			t.Errorf("%q: %s", header, resp.Status)
		}
	}
	if got := fmt.Sprint(len(s.Calls())); got != "25" {
		t.Errorf("%s calls were recorded, want 25", got)
	}
}
