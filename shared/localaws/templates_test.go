package localaws_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"net/http/httptest"
	"net/url"

	"permprobe/shared/iampolicy"
	"permprobe/shared/localaws"
	"permprobe/shared/stack"
)

// Real templates are read where PERMPROBE_TEMPLATES names a folder of them: NAME.json with parameters in NAME.params.json.
func TestEveryRealTemplateIsServed(t *testing.T) {
	folder := os.Getenv("PERMPROBE_TEMPLATES")
	if folder == "" {
		t.Skip("PERMPROBE_TEMPLATES is not set")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	n, functions, policies, apis, cells, undecided := 0, 0, 0, 0, 0, 0
	for _, file := range files {
		if strings.HasSuffix(file, ".params.json") {
			continue
		}
		n++
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := stack.Options{}
			if p, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".params.json"); err == nil {
				if err := json.Unmarshal(p, &o.Parameters); err != nil {
					t.Fatal(err)
				}
			}
			st, err := stack.Load(file, data, o)
			if err != nil {
				t.Fatal(err)
			}
			s, err := localaws.New(localaws.Options{PageSize: 3}, st)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range s.Warnings() {
				t.Log(w)
			}
			h := httptest.NewServer(s)
			defer h.Close()
			f, p, a, c, u := walk(t, client(h.URL, admin))
			functions, policies, apis, cells, undecided = functions+f, policies+p, apis+a, cells+c, undecided+u
		})
	}
	if n == 0 {
		t.Errorf("no templates in %s", folder)
	}
	t.Logf("%d templates: %d functions, %d function policies, %d APIs, %d of %d simulated cells undecided", n, functions, policies, apis, undecided, cells)
}

// notKnown accepts the one error that an honest answer may be.
func notKnown(t *testing.T, what string, err error) {
	t.Helper()
	if code, _, message := apiErr(t, err); code != localaws.NotInTemplates || !strings.Contains(message, "knows nothing about") {
		t.Errorf("%s: %v", what, err)
	} else {
		t.Logf("%s: %s", what, message)
	}
}

func walk(t *testing.T, cfg aws.Config) (functions, policies, apis, cells, undecided int) {
	ctx := context.Background()
	lc, ic := lambda.NewFromConfig(cfg), iam.NewFromConfig(cfg)
	roles := map[string]bool{}
	for p := iam.NewGetAccountAuthorizationDetailsPaginator(ic, &iam.GetAccountAuthorizationDetailsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.RoleDetailList {
			roles[*r.Arn] = true
			parse(t, *r.RoleName+" trust", *r.AssumeRolePolicyDocument, iampolicy.Trust)
			for _, d := range r.RolePolicyList {
				parse(t, *r.RoleName+" "+*d.PolicyName, *d.PolicyDocument, iampolicy.Identity)
			}
		}
		for _, m := range out.Policies {
			parse(t, *m.Arn, *m.PolicyVersionList[0].Document, iampolicy.Identity)
		}
	}
	for p := lambda.NewListFunctionsPaginator(lc, &lambda.ListFunctionsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.Functions {
			functions++
			got, err := lc.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: f.FunctionArn})
			if err == nil {
				policies++
				parse(t, *f.FunctionName, url.QueryEscape(*got.Policy), iampolicy.Resource)
			} else if code, _, _ := apiErr(t, err); code != "ResourceNotFoundException" {
				t.Error(err)
			}
			sim, err := ic.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
				PolicySourceArn: f.Role, ActionNames: []string{"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments"},
				ResourceArns: []string{"arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/" + *f.FunctionName + ":log-stream:s"},
			})
			switch {
			case roles[*f.Role] && err != nil:
				t.Error(err)
			case err != nil:
				if code, _, _ := apiErr(t, err); code == "InvalidInput" && strings.Contains(*f.Role, "⟦") {
					t.Log(err)
				} else {
					notKnown(t, "role of "+*f.FunctionName, err)
				}
			default:
				cells += 3
				undecided += 3
				for _, e := range sim.EvaluationResults {
					undecided -= len(e.ResourceSpecificResults)
				}
			}
		}
	}
	for p := lambda.NewListEventSourceMappingsPaginator(lc, &lambda.ListEventSourceMappingsInput{}); p.HasMorePages(); {
		if _, err := p.NextPage(ctx); err != nil {
			t.Fatal(err)
		}
	}
	rest := apigateway.NewFromConfig(cfg)
	for p := apigateway.NewGetRestApisPaginator(rest, &apigateway.GetRestApisInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range out.Items {
			apis++
			for p := apigateway.NewGetResourcesPaginator(rest, &apigateway.GetResourcesInput{RestApiId: a.Id, Embed: []string{"methods"}}); p.HasMorePages(); {
				if _, err := p.NextPage(ctx); err != nil {
					notKnown(t, *a.Id, err)
					break
				}
			}
			if _, err := rest.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: a.Id}); err != nil {
				t.Error(err)
			}
		}
	}
	v2 := apigatewayv2.NewFromConfig(cfg)
	apiList, err := v2.GetApis(ctx, &apigatewayv2.GetApisInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range apiList.Items {
		apis++
		if _, err := v2.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: a.ApiId}); err != nil {
			notKnown(t, *a.ApiId, err)
		}
		if _, err := v2.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: a.ApiId}); err != nil {
			notKnown(t, *a.ApiId, err)
		}
		for _, f := range []func() error{
			func() error {
				_, err := v2.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: a.ApiId})
				return err
			},
			func() error {
				_, err := v2.GetAuthorizers(ctx, &apigatewayv2.GetAuthorizersInput{ApiId: a.ApiId})
				return err
			},
		} {
			if err := f(); err != nil {
				notKnown(t, *a.ApiId, err)
			}
		}
	}
	ev := eventbridge.NewFromConfig(cfg)
	buses, err := ev.ListEventBuses(ctx, &eventbridge.ListEventBusesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range buses.EventBuses {
		rules, err := ev.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: b.Name})
		if err != nil {
			t.Error(err)
			continue
		}
		for _, r := range rules.Rules {
			if _, err := ev.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: r.Name, EventBusName: b.Name}); err != nil {
				t.Error(err)
			}
		}
	}
	return functions, policies, apis, cells, undecided
}

func parse(t *testing.T, what, escaped string, kind iampolicy.Kind) {
	t.Helper()
	doc, err := url.PathUnescape(escaped)
	if strings.Contains(escaped, "+") {
		doc, err = url.QueryUnescape(escaped)
	}
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if _, err := iampolicy.Parse([]byte(doc), kind); err != nil {
		t.Errorf("%s: %v in %s", what, err, doc)
	}
}
