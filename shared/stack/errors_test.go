package stack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"permprobe/shared/stack"
)

// Every way in which a template can be wrong gives one line with its place.
func TestAWrongTemplateIsOneClearErrorWithItsPlace(t *testing.T) {
	const head = "Parameters: {P: {Type: String, Default: p}, L: {Type: CommaDelimitedList, Default: 'a,b'}}\n" +
		"Mappings: {M: {a: {b: c}}}\nConditions: {C: !Equals [a, a]}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n  R:\n    Type: Custom::R\n    Properties:\n      V: "
	const sam = "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: "
	for name, c := range map[string]struct{ text, want string }{
		"empty":                                     {"", "t.yaml: the template is empty"},
		"only comments":                             {"# nothing\n", "t.yaml: the template is empty"},
		"a list":                                    {"- a\n", "t.yaml:1:1: a template is a map with Resources, found a list"},
		"prose":                                     {"hello world", "t.yaml:1:1: a template is a map with Resources, found a string"},
		"no Resources":                              {"Description: x\n", "t.yaml:1:1: the template has no Resources"},
		"empty Resources":                           {"Resources: {}\n", "t.yaml:1:12: Resources: Resources is empty"},
		"Resources is a list":                       {"Resources: [a]\n", "t.yaml:1:12: Resources: Resources wants a map, found a list"},
		"unknown section":                           {"version: 3\nResources: {R: {Type: Custom::R}}", "t.yaml:1:1: version: unknown section \"version\": not a CloudFormation template?"},
		"version":                                   {"AWSTemplateFormatVersion: 2010-09-08\nResources: {R: {Type: Custom::R}}", `t.yaml:1:27: AWSTemplateFormatVersion: AWSTemplateFormatVersion is 2010-09-09, found "2010-09-08"`},
		"resource without type":                     {"Resources:\n  R: {Properties: {}}", "t.yaml:2:3: Resources.R: Type is missing"},
		"resource is text":                          {"Resources:\n  R: x", "t.yaml:2:6: Resources.R: a resource wants a map, found a string"},
		"type is a list":                            {"Resources:\n  R: {Type: [a]}", "t.yaml:2:13: Resources.R.Type: Type wants text, found a list"},
		"unknown attribute":                         {"Resources:\n  R: {Type: Custom::R, Propertys: {}}", `t.yaml:2:24: Resources.R.Propertys: unknown resource attribute "Propertys"`},
		"properties is a list":                      {"Resources:\n  R: {Type: Custom::R, Properties: []}", "t.yaml:2:36: Resources.R.Properties: Properties wants a map, found a list"},
		"logical id":                                {"Resources:\n  R-1: {Type: Custom::R}", `t.yaml:2:3: Resources.R-1: a logical id has letters and digits only, found "R-1"`},
		"parameter and resource":                    {"Parameters: {R: {Type: String}}\nResources:\n  R: {Type: Custom::R}", `t.yaml:3:3: Resources.R: "R" is a parameter and a resource`},
		"DependsOn nothing":                         {"Resources:\n  R: {Type: Custom::R, DependsOn: [X]}", `t.yaml:2:36: Resources.R.DependsOn[0]: DependsOn names "X", which is no resource of the template`},
		"unknown condition":                         {"Resources:\n  R: {Type: Custom::R, Condition: X}", `t.yaml:2:35: Resources.R.Condition: no condition "X" is defined`},
		"condition of itself":                       {"Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources: {R: {Type: Custom::R}}", `t.yaml:1:47: Conditions.B.Fn::Not[0].Condition: the condition "A" depends on itself`},
		"output without value":                      {"Resources: {R: {Type: Custom::R}}\nOutputs:\n  O: {Description: d}", "t.yaml:3:3: Outputs.O: the output has no Value"},
		"SAM without its transform":                 {"Resources:\n  F: {Type: AWS::Serverless::Function}", "t.yaml:2:13: Resources.F.Type: AWS::Serverless::Function needs Transform: AWS::Serverless-2016-10-31"},
		"SAM property that is not known":            {sam + "{Policys: x}", `t.yaml:5:18: Resources.F.Properties.Policys: AWS::Serverless::Function has no property "Policys" that is known here`},
		"SAM event that is not known":               {sam + "{Events: {E: {Type: Pigeon}}}", `t.yaml:5:37: Resources.F.Properties.Events.E.Type: no kind of event "Pigeon" is known for AWS::Serverless::Function`},
		"SAM property of an event":                  {sam + "{Events: {E: {Type: SQS, Properties: {Que: q}}}}", `t.yaml:5:55: Resources.F.Properties.Events.E.Properties.Que: the event SQS has no property "Que" that is known here`},
		"SAM event without its source":              {sam + "{Events: {E: {Type: SQS}}}", `t.yaml:5:30: Resources.F.Properties.Events.E: the event SQS wants Queue`},
		"SAM policy template":                       {sam + "{Policies: [{SQSPolerPolicy: {QueueName: q}}]}", `t.yaml:5:29: Resources.F.Properties.Policies[0]: an entry of Policies is`},
		"SAM policy template without its parameter": {sam + "{Policies: [{SQSPollerPolicy: {}}]}", `t.yaml:5:29: Resources.F.Properties.Policies[0]: the policy template SQSPollerPolicy wants the parameter QueueName`},
		"SAM events by a condition":                 {sam + "{Events: !If [A, B, C]}", `t.yaml:5:26: Resources.F.Properties.Events: Events wants a map that is written out, found Fn::If`},
		"SAM alias of a function":                   {sam + "{AutoPublishAlias: !GetAtt A.B}", `t.yaml:5:36: Resources.F.Properties.AutoPublishAlias: AutoPublishAlias wants text or a Ref to a parameter with a value, found Fn::GetAtt`},
		"SAM id that is there already":              {sam + "{}\n  FRole: {Type: AWS::SQS::Queue}", `t.yaml:6:3: Resources.FRole: SAM gives the logical id "FRole" to the AWS::IAM::Role that it makes of F: it is there already`},
		"SAM attribute":                             {sam + "{}\n    Propertys: {}", `t.yaml:6:5: Resources.F.Propertys: unknown resource attribute "Propertys"`},
		"SAM bucket of another stack":               {sam + "{Events: {E: {Type: S3, Properties: {Bucket: other, Events: x}}}}", `the event S3 wants Bucket to be a Ref to a AWS::S3::Bucket of the same template`},
		"SAM API of another stack":                  {sam + "{Events: {E: {Type: Api, Properties: {RestApiId: !ImportValue x, Path: /a, Method: get}}}}", `RestApiId wants an AWS::Serverless::Api of the same template`},
		"SAM globals":                               {"Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Policies: []}}\nResources:\n  F: {Type: AWS::Serverless::Function}", `t.yaml:2:22: Globals.Function.Policies: Globals.Function takes no "Policies"`},
		"Ref of a function":                         {head + "{Ref: {'Fn::Sub': X}}", "t.yaml:9:16: Resources.R.Properties.V.Ref: Ref wants the name of a parameter or resource, found a map"},
		"duplicate key":                             {"Resources:\n  R: {Type: Custom::R}\n  S: {Type: Custom::S}\n  R: {Type: Custom::T}", `t.yaml:4:3: YAML: duplicate key "R", first at line 2`},
		"unknown tag":                               {head + "!Foo x", "t.yaml:9:10: YAML: unknown tag !Foo"},
		"language tag":                              {head + "!!python/object:os x", "t.yaml:9:10: YAML: unknown tag !!python/object:os"},
		"binary":                                    {head + "!!binary aGk=", "t.yaml:9:10: YAML: CloudFormation does not support the tag !!binary"},
		"bad indentation":                           {"Resources:\n  R: {Type: Custom::R}\n Q: x\n", "t.yaml:3:2: YAML: did not find expected key"},
		"unclosed":                                  {"Resources:\n  R: {Type: Custom::R\n", "t.yaml:"},
		"flow list that ends as a map":              {"Resources:\n  A: {Type: [}\n", "t.yaml:2:3: YAML: did not find expected node content"},
		"fault in the first line":                   {"a: [}\nResources: {}\n", "t.yaml:1:1: YAML: did not find expected node content"},
		"missing colon":                             {"Resources:\n  R:\n    Type Custom::R\n    Properties: {}\n", "t.yaml:4:5: YAML: mapping values are not allowed in this context"},
		"list inside a map":                         {"Resources:\n  R:\n    Type: Custom::R\n    - a\n", "t.yaml:3:5: YAML: did not find expected"},
		"unclosed quote":                            {"Resources:\n  R:\n    Type: \"x\n", "YAML: found unexpected end of stream"},
		"tab":                                       {"Resources:\n\tR: {Type: Custom::R}\n", "t.yaml:2:2: YAML: found character that cannot start any token"},
		"second document":                           {"Resources: {R: {Type: Custom::R}}\n---\na: b\n", "t.yaml:2:1: YAML: a second document"},
		"anchor in itself":                          {"Resources: &a\n  R: *a\n", `t.yaml:2:6: YAML: the anchor "a" holds itself`},
		"unknown anchor":                            {"Resources: *a\n", "t.yaml: YAML: unknown anchor 'a' referenced"},
		"map as key":                                {"Resources:\n  ? {a: b}\n  : c\n", "t.yaml:2:5: YAML: a key must be text"},
		"invalid UTF-8":                             {"Resources:\n  é\xff: x", "t.yaml:2:4: the text is not valid UTF-8"},
		"unknown intrinsic":                         {head + "{'Fn::Foo': x}", "t.yaml:9:11: Resources.R.Properties.V.Fn::Foo: unknown intrinsic function Fn::Foo"},
		"rule intrinsic":                            {head + "!Contains [[a], a]", "t.yaml:9:10: Resources.R.Properties.V.Fn::Contains: Fn::Contains is for Rules only"},
		"intrinsic beside keys":                     {head + "{a: b, 'Fn::Sub': x}", "t.yaml:9:17: Resources.R.Properties.V.Fn::Sub: Fn::Sub must be the only key of its map"},
		"Ref of nothing":                            {head + "!Ref X", `t.yaml:9:10: Resources.R.Properties.V.Ref: "X" is no parameter, pseudo parameter or resource of the template`},
		"Ref of a list":                             {head + "{Ref: [a]}", "t.yaml:9:16: Resources.R.Properties.V.Ref: Ref wants the name of a parameter or resource, found a list"},
		"pseudo parameter":                          {head + "!Ref AWS::Regio", `t.yaml:9:10: Resources.R.Properties.V.Ref: unknown pseudo parameter "AWS::Regio"`},
		"GetAtt of nothing":                         {head + "!GetAtt X.Arn", `t.yaml:9:10: Resources.R.Properties.V.Fn::GetAtt: "X" is no parameter, pseudo parameter or resource`},
		"GetAtt without attribute":                  {head + "!GetAtt Q", `t.yaml:9:10: Resources.R.Properties.V.Fn::GetAtt: Fn::GetAtt wants Resource.Attribute, found "Q"`},
		"GetAtt of a parameter":                     {head + "!GetAtt P.Arn", `"P" is no parameter, pseudo parameter or resource`},
		"Sub of nothing":                            {head + "!Sub 'a${X}'", `t.yaml:9:10: Resources.R.Properties.V.Fn::Sub: "X" is no parameter`},
		"Sub of a shell variable":                   {head + "!Sub 'a${X:-y}'", `t.yaml:9:10: Resources.R.Properties.V.Fn::Sub: Fn::Sub holds the variable "X:-y"`},
		"Sub without end":                           {head + "!Sub 'a${X'", "Fn::Sub holds ${ without }"},
		"Sub of a list":                             {head + "!Sub '${L}'", "Fn::Sub wants text for ${L}, found a list"},
		"Sub with too much":                         {head + "!Sub [a, {}, b]", "Fn::Sub wants 2 values, found 3"},
		"Sub with a map":                            {head + "!Sub {a: b}", "Fn::Sub wants text, found a map"},
		"Join of text":                              {head + "!Join [',', a]", "t.yaml:9:22: Resources.R.Properties.V.Fn::Join[1]: Fn::Join wants a list, found text"},
		"Join of maps":                              {head + "!Join [',', [{a: b}]]", "Fn::Join wants text, item 0 is a map"},
		"Select below zero":                         {head + "!Select [-1, [a]]", `Fn::Select's index is a number from 0, found "-1"`},
		"Split by nothing":                          {head + "!Split ['', a]", "Fn::Split's delimiter is empty"},
		"FindInMap without map":                     {head + "!FindInMap [N, a, b]", `t.yaml:9:22: Resources.R.Properties.V.Fn::FindInMap[0]: Fn::FindInMap finds no "N" in Mappings`},
		"FindInMap without key":                     {head + "!FindInMap [M, a, x]", `t.yaml:9:28: Resources.R.Properties.V.Fn::FindInMap[2]: Fn::FindInMap finds no "x" in the mapping M.a`},
		"If without condition":                      {head + "!If [X, a, b]", `t.yaml:9:15: Resources.R.Properties.V.Fn::If[0]: no condition "X" is defined`},
		"If with two":                               {head + "!If [C, a]", "Fn::If wants 3 values, found 2"},
		"Cidr beyond the block":                     {head + "!Cidr [10.0.0.0/24, 5, 6]", "Fn::Cidr's block holds 4 subnets of that size, not 5"},
		"Cidr of text":                              {head + "!Cidr [x, 1, 6]", `Fn::Cidr wants an address block, found "x"`},
		"Length of text":                            {head + "!Length x", "Fn::Length wants a list, found text"},
		"loop without list":                         {head + "{'Fn::ForEach::X': a}", "t.yaml:9:29: Resources.R.Properties.V.Fn::ForEach::X: Fn::ForEach::X wants a list, found a string"},
		"loop with the same key":                    {head + "{'Fn::ForEach::X': [I, [a, b], {k: v}]}", `Fn::ForEach::X gives the key "k" twice`},
		"circle of two":                             {"Resources:\n  A: {Type: Custom::A, Properties: {V: !Ref B}}\n  B: {Type: Custom::B, DependsOn: A}", "t.yaml:3:35: Resources.B.DependsOn: circular dependency: A → B → A"},
		"circle of names":                           {"Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt B.QueueName}}\n  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt A.QueueName}}", "circular dependency: B → A → B"},
		"circle of ARNs":                            {"Resources:\n  A: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref B}}\n  B: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref A}}", "circular dependency: B → A → B"},
		"itself":                                    {"Resources:\n  A: {Type: Custom::A, Properties: {V: !Ref A}}", "t.yaml:2:40: Resources.A.Properties.V.Ref: circular dependency: A → A"},
		"nested too deep":                           {head + strings.Repeat("[", 300) + strings.Repeat("]", 300), "YAML: nested deeper than 200 levels"},
		"versions of their own name":                {"Resources:\n  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !GetAtt V.Version}}", "circular dependency: V"},
		"parameter default is a list":               {"Parameters: {P: {Type: String, Default: [a]}}\nResources: {R: {Type: Custom::R}}", "t.yaml:1:41: Parameters.P.Default: a default wants text or a number, found a list"},
		"transform is a number":                     {"Transform: [[a]]\nResources: {R: {Type: Custom::R}}", "t.yaml:1:13: Transform[0]: Transform wants macro names, found a list"},
	} {
		t.Run(name, func(t *testing.T) {
			e := refused(t, "t.yaml", c.text)
			if got := e.Error(); !strings.Contains(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWrongJSONIsOneClearErrorWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"cut off":           {"{\n \"Resources\": {", "t.json:2:16: JSON: expected a key in double quotes, found the end"},
		"trailing comma":    {"{\"Resources\": {},\n}", "t.json:2:1: JSON: expected a key in double quotes, found '}'"},
		"single quotes":     {"{'Resources': 1}", `t.json:1:2: JSON: expected a key in double quotes, found '\''`},
		"no colon":          {`{"Resources" {}}`, `t.json:1:14: JSON: expected ':' after the key "Resources", found '{'`},
		"no comma":          {"{\"a\": 1\n \"b\": 2}", "t.json:2:2: JSON: expected ',' or '}', found '\"'"},
		"array":             {`{"a": [1 2]}`, "t.json:1:10: JSON: expected ',' or ']', found '2'"},
		"word":              {`{"a": nil}`, "t.json:1:7: JSON: expected a value, found 'n'"},
		"leading zero":      {`{"a": 01}`, "JSON: a number with a leading zero"},
		"number":            {`{"a": 1.}`, "JSON: a malformed number"},
		"exponent":          {`{"a": 1e}`, "JSON: a malformed number"},
		"minus":             {`{"a": -}`, "JSON: a malformed number"},
		"escape":            {`{"a": "\x"}`, "JSON: unknown escape in a string"},
		"unicode":           {`{"a": "\u12"}`, `JSON: \u without four hexadecimal digits`},
		"surrogate":         {`{"a": "\ud800x"}`, "JSON: half of a surrogate pair"},
		"newline in string": {"{\"a\": \"x\ny\"}", "JSON: a control character inside a string"},
		"unclosed string":   {`{"a": "x`, "JSON: a string that does not end"},
		"escape at the end": {`{"a": "x\`, "JSON: a string that does not end"},
		"more":              {"{} {}", "t.json:1:4: JSON: text after the end of the template"},
		"duplicate key":     {"{\"a\": 1,\n \"b\": {\"x\": 1, \"x\": 2}}", `t.json:2:16: JSON: duplicate key "x", first at line 2`},
		"depth":             {`{"a": ` + strings.Repeat("[", 500), "JSON: nested deeper than 200 levels"},
		"intrinsic":         {`{"Resources": {"R": {"Type": "Custom::R", "Properties": {"V": {"Ref": "X"}}}}}`, `t.json:1:71: Resources.R.Properties.V.Ref: "X" is no parameter`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refused(t, "t.json", c.text).Error(); !strings.Contains(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestJSONTextIsReadExactly(t *testing.T) {
	s, err := stack.Load("t.json", []byte("\xef\xbb\xbf"+`{"Resources": {"R": {"Type": "Custom::R", "Properties": {"V": "a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é", "N": -0.5e+2}}}}`), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Find("R").Properties
	if p["V"] != "a\"\\/\b\f\n\r\té😀é" || p["N"] != -50.0 {
		t.Errorf("%q %v", p["V"], p["N"])
	}
}

func TestYAMLThatBeginsWithABraceIsRead(t *testing.T) {
	if s := load(t, "{Resources: {R: {Type: Custom::R}}}"); len(s.Resources) != 1 {
		t.Errorf("%d resources", len(s.Resources))
	}
	if e := refused(t, "t.json", "{Resources: {R: {Type: Custom::R}}}"); !strings.Contains(e.Error(), "JSON") {
		t.Errorf("%v", e)
	}
}

func TestAliasesAndMergesAreExpandedWithAWarning(t *testing.T) {
	s := load(t, `
Resources:
  A:
    Type: Custom::A
    Properties: &p {X: 1, Y: [a]}
  B:
    Type: Custom::B
    Properties:
      <<: *p
      X: 2
`)
	if p := s.Find("B").Properties; p["X"] != int64(2) || fmt.Sprint(p["Y"]) != "[a]" || len(s.Warnings) != 1 {
		t.Errorf("%v %v", p, s.Warnings)
	}
}

func TestTemplatesThatGrowWithoutBoundAreRefusedQuickly(t *testing.T) {
	laughs := "Metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 20; i++ {
		laughs += fmt.Sprintf("  a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	doubling := "x"
	for range 60 {
		doubling = `{"Fn::Sub": ["${a}${a}${a}${a}", {"a": ` + doubling + `}]}`
		if len(doubling) == len(`{"Fn::Sub": ["${a}${a}${a}${a}", {"a": x}]}`) {
			doubling = strings.Replace(doubling, "x", `"x"`, 1)
		}
	}
	chain := ""
	for i := range 3000 {
		chain += fmt.Sprintf("  R%d: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt R%d.QueueName}}\n", i, i+1)
	}
	twice := ""
	for i := range 100 {
		twice += fmt.Sprintf("  R%d: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Join ['', [!Ref R%d, !Ref R%d]]}}\n", i, i+1, i+1)
	}
	loops := `{V: 1}`
	for i := range 12 {
		loops = fmt.Sprintf(`{"Fn::ForEach::L%d": [I%d, [a, b, c, d, e, f, g, h, i, j], {"${I%d}": %s}]}`, i, i, i, loops)
	}
	const resources = "\nResources:\n  R0000: {Type: Custom::R, Properties: {V: "
	for name, c := range map[string]struct{ text, want string }{
		"aliases":       {laughs + "Resources: {R: {Type: Custom::R}}", "expands to more than"},
		"text":          {resources + doubling + "}}", "the text has more than"},
		"chained names": {"Resources:\n" + chain + "  R3000: {Type: AWS::SQS::Queue}\n", "depend on one another"},
		"doubled ARNs":  {"Resources:\n" + twice + "  R100: {Type: AWS::SNS::Topic}\n", "the text has more than"},
		"loops":         {"Transform: AWS::LanguageExtensions" + resources + loops + "}}", "more than"},
		"bytes of YAML": {"Resources: {R: {Type: Custom::R}} #" + strings.Repeat("x", 4<<20), "at most 4194304 of YAML are read"},
		"bytes":         {"Resources: {R: {Type: Custom::R}} #" + strings.Repeat("x", 8<<20), "at most 8388608 are read"},
		"values":        {`{"Resources": [` + strings.Repeat("1,", 2<<20) + `1]}`, "expands to more than"},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			e := refused(t, "t.yaml", c.text)
			if !strings.Contains(e.Error(), c.want) {
				t.Errorf("%v", e)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			t.Logf("%v after %v", e, time.Since(begin))
		})
	}
}

func TestALongChainOfDependenciesIsNoCircle(t *testing.T) {
	text := "Resources:\n  R0: {Type: Custom::R}\n"
	for i := range 3000 {
		text += fmt.Sprintf("  R%d: {Type: Custom::R, DependsOn: R%d}\n", i+1, i)
	}
	s := load(t, text)
	if len(s.Resources) != 3001 || len(s.Warnings) != 1 {
		t.Errorf("%d resources, %v", len(s.Resources), s.Warnings)
	}
}

func TestABranchThatMayNotBeTakenMakesNoCircle(t *testing.T) {
	s := load(t, `
Parameters: {P: {Type: String}}
Conditions: {C: !Equals [!Ref P, x]}
Resources:
  A: {Type: Custom::A, Properties: {V: !If [C, !Ref B, none]}}
  B: {Type: Custom::B, Properties: {V: !If [C, none, !Ref A]}}
`)
	if len(s.Resources) != 2 {
		t.Errorf("%d resources", len(s.Resources))
	}
}
