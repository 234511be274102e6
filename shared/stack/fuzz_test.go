package stack_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/stack"
)

// FuzzLoad looks for input that panics, gives an error of several lines or
// without its type, or resolves differently the second time.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(bench), "app.yaml")
	for _, seed := range []string{
		"Resources: {R: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt X.Arn}}, X: {Type: AWS::IAM::Role, Properties: {Path: !Sub '/${AWS::Region}/'}}}",
		"Resources: {V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}, F: {Type: AWS::Lambda::Function}}",
		"Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L: [N, [a, b], {'R${N}': {Type: Custom::R, Properties: {V: !Ref N}}}]",
		"Resources: &a {R: {Type: Custom::R, Properties: {<<: {A: 1}, V: !Cidr [10.0.0.0/8, 4, 5]}}}",
		"Parameters: {P: {Type: Number, Default: 1e400}, L: {Type: List<Number>, Default: '1, 2'}}\nResources: {R: {Type: Custom::R, Properties: {V: [!Ref P, !Ref L, !Select [0, !Ref L]]}}}",
		"Resources: {R: {Type: AWS::Events::Rule, Properties: {EventBusName: '⟦x⟧'}}, L: {Type: AWS::ElasticLoadBalancingV2::Listener}}",
	} {
		f.Add([]byte(seed), "app.yaml")
	}
	for _, seed := range []string{
		`{"Resources":{"R":{"Type":"Custom::R","Properties":{"V":{"Fn::Split":[",",{"Fn::Sub":["${a}",{"a":"\ud83d\ude00"}]}]}}}}}`,
		`{"Conditions":{"C":{"Fn::Equals":[{"Ref":"P"},""]}},"Parameters":{"P":{"Type":"String","NoEcho":true}},"Resources":{"R":{"Type":"Custom::R","Condition":"C","Properties":{"V":{"Fn::If":["C",1.5e3,{"Fn::ToJsonString":{"a":[null]}}]}}}}}`,
	} {
		f.Add([]byte(seed), "app.json")
	}
	if os.Getenv("PERMPROBE_TEMPLATES") != "" {
		for _, file := range corpus(f) {
			if data, _ := readTemplate(f, file); len(data) < 8<<10 {
				f.Add(data, "app.json")
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, file string) {
		s, err := stack.Load(file, data, stack.Options{})
		if err != nil {
			var e *stack.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			if e.Msg == "" || e.Line < 0 || e.Column < 0 {
				t.Fatalf("%#v", e)
			}
			e.File = "" // the caller's own text
			if strings.ContainsAny(e.Error(), "\n\r") {
				t.Fatalf("several lines: %q", e)
			}
			return
		}
		for _, r := range s.Resources {
			if r.Line < 1 || r.Column < 1 || r.LogicalID == "" || r.Type == "" || r.Properties == nil {
				t.Fatalf("%#v", r)
			}
			if utf8.ValidString(file) && !utf8.ValidString(r.PhysicalID+r.ARN+r.Ref) {
				t.Fatalf("%q %q %q", r.PhysicalID, r.ARN, r.Ref)
			}
			for k := range r.Properties {
				if line, col := r.Position(k, 0, "x"); line < 1 || col < 1 {
					t.Fatalf("%s at %d:%d", k, line, col)
				}
			}
		}
		again, err := stack.Load(file, data, stack.Options{})
		if err != nil {
			t.Fatalf("the second time: %v", err)
		}
		if diff := cmp.Diff(dump(t, s), dump(t, again)); diff != "" {
			t.Fatal(diff)
		}
	})
}
