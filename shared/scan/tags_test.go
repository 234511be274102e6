package scan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/config"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/scan/scantest"

	"github.com/google/go-cmp/cmp"
)

// untrusted is an account of functions that all have a fault, with and without tags.
func untrusted() []byte {
	var b strings.Builder
	b.WriteString("Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n" +
		"      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: \"sts:AssumeRole\"}]}\n" +
		"      ManagedPolicyArns: [\"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\"]\n")
	for name, tags := range map[string]string{
		"bare": "[]", "shop": "[{Key: team, Value: shop}]", "shopprod": "[{Key: team, Value: shop}, {Key: stage, Value: prod}]",
		"billing": "[{Key: team, Value: billing}, {Key: stage, Value: prod}]",
	} {
		fmt.Fprintf(&b, "  %s: {Type: AWS::Lambda::Function, Properties: {FunctionName: %s, Role: !GetAtt Role.Arn, Tags: %s}}\n", name, name, tags)
	}
	return []byte(b.String())
}

func TestTagsSelectTheFunctionsThatAScheduledScanChecks(t *testing.T) {
	for name, c := range map[string]struct {
		file config.File
		want []string
	}{
		"no tags":           {config.File{Functions: []string{"*"}}, []string{"bare", "billing", "shop", "shopprod"}},
		"a key":             {config.File{Functions: []string{"*"}, Tags: map[string][]string{"team": {}}}, []string{"billing", "shop", "shopprod"}},
		"a value":           {config.File{Functions: []string{"*"}, Tags: map[string][]string{"team": {"shop"}}}, []string{"shop", "shopprod"}},
		"one of two values": {config.File{Functions: []string{"*"}, Tags: map[string][]string{"team": {"shop", "billing"}}}, []string{"billing", "shop", "shopprod"}},
		"two tags":          {config.File{Functions: []string{"*"}, Tags: map[string][]string{"team": {"shop"}, "stage": {"prod"}}}, []string{"shopprod"}},
		"names and tags":    {config.File{Functions: []string{"shop*"}, Tags: map[string][]string{"stage": {"prod"}}}, []string{"shopprod"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := scantest.New(t, localaws.Options{PageSize: 1}, nil, scantest.Parse(t, "tags.yaml", untrusted(), nil))
			w.Scanner.File = c.file
			var have []string
			for _, f := range w.Scan(t).Findings {
				_, name, _ := strings.Cut(f.Function, ":function:")
				have = append(have, name)
			}
			if diff := cmp.Diff(c.want, have); diff != "" {
				t.Errorf("functions (-want +have):\n%s", diff)
			}
		})
	}
}

func TestTagsThatCannotBeReadAreAGapAndNothingIsPassed(t *testing.T) {
	w := scantest.New(t, localaws.Options{Faults: []localaws.Fault{{Service: "tagging", Operation: "GetResources", From: 2, Code: "AccessDeniedException"}}, PageSize: 1},
		nil, scantest.Parse(t, "tags.yaml", untrusted(), nil))
	w.Scanner.File = config.File{Functions: []string{"*"}, Tags: map[string][]string{"team": nil}}
	report := w.Scan(t)
	if len(report.Gaps) == 0 || report.Gaps[0].Permission != "tag:GetResources" || report.Status == "ok" {
		t.Errorf("status %s, gaps %+v", report.Status, report.Gaps)
	}
}

func TestTheOwnersOfFunctionsRouteTheDigest(t *testing.T) {
	w := scantest.New(t, localaws.Options{PageSize: 1}, nil, scantest.Parse(t, "tags.yaml", untrusted(), nil))
	w.Scanner.File = config.File{Functions: []string{"*"}, OwnerTag: "team"}
	report := w.Scan(t)
	have := map[string]string{}
	for _, f := range report.Findings {
		_, name, _ := strings.Cut(f.Function, ":function:")
		have[name] = f.Owner
	}
	if diff := cmp.Diff(map[string]string{"bare": "", "shop": "shop", "shopprod": "shop", "billing": "billing"}, have); diff != "" || len(report.Gaps) > 0 {
		t.Errorf("gaps %+v, owners (-want +have):\n%s", report.Gaps, diff)
	}
	if got := w.AWS.Published()[0].Attributes["owner"]; got != `["billing","shop"]` {
		t.Errorf("the attribute is %q", got)
	}
}

func TestWithoutAnOwnerTagNoTagIsReadButTheOneOfDataSources(t *testing.T) {
	w := scantest.New(t, localaws.Options{}, nil, scantest.Parse(t, "account.yaml", account(2), nil))
	_, calls := counted(t, w, scheduled, "one")
	if calls["GetResources"] != 1 {
		t.Errorf("%v", calls)
	}
}

func TestOwnersThatCannotBeReadAreAGapAndTheFindingsAreTold(t *testing.T) {
	w := scantest.New(t, localaws.Options{Faults: []localaws.Fault{{Service: "tagging", Operation: "GetResources", Code: "AccessDeniedException"}}},
		nil, scantest.Parse(t, "account.yaml", account(2, 1), nil))
	w.Scanner.File = config.File{Functions: []string{"*"}, OwnerTag: "team"}
	report := w.Scan(t)
	unread := func(g finding.Gap) bool { return g.Permission != "tag:GetResources" }
	// One for the owners, one for the data sources of CloudWatch, which are known by a tag.
	if len(report.Findings) != 1 || len(report.Gaps) != 2 || slices.ContainsFunc(report.Gaps, unread) || len(w.AWS.Published()) != 1 {
		t.Errorf("%d findings, gaps %+v", len(report.Findings), report.Gaps)
	}
	if _, there := w.AWS.Published()[0].Attributes["owner"]; there {
		t.Error("the digest names an owner")
	}
}
