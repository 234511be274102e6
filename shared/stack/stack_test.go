package stack_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/stack"
)

func load(t testing.TB, text string, params ...string) *stack.Stack {
	t.Helper()
	o := stack.Options{Parameters: map[string]string{}}
	for _, p := range params {
		k, v, _ := strings.Cut(p, "=")
		o.Parameters[k] = v
	}
	s, err := stack.Load("app.yaml", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func refused(t testing.TB, file, text string, params ...string) *stack.Error {
	t.Helper()
	o := stack.Options{Parameters: map[string]string{}}
	for _, p := range params {
		k, v, _ := strings.Cut(p, "=")
		o.Parameters[k] = v
	}
	s, err := stack.Load(file, []byte(text), o)
	if err == nil {
		t.Fatalf("loaded %d resources", len(s.Resources))
	}
	var e *stack.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T: %v", err, err)
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("more than one line: %q", err)
	}
	return e
}

// resolve puts a value into a template and returns what it resolves to.
func resolve(t testing.TB, value string, params ...string) any {
	t.Helper()
	if strings.HasPrefix(value, "Fn::") {
		value = "\n  " + value
	}
	s := load(t, strings.Replace(bench, "VALUE", strings.ReplaceAll(strings.TrimRight(value, "\n "), "\n", "\n      "), 1), params...)
	return s.Find("Subject").Properties["V"]
}

const bench = `
Transform: AWS::LanguageExtensions
Parameters:
  Given: {Type: String, Default: given}
  Absent: {Type: String}
  Suffix: {Type: String, Default: Name}
  Also: {Type: String}
  Size: {Type: Number, Default: 0512}
  Ratio: {Type: Number, Default: 1.50}
  List: {Type: CommaDelimitedList, Default: "a, b,c"}
  Empty: {Type: CommaDelimitedList, Default: ""}
  Numbers: {Type: List<Number>, Default: "1,2"}
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}
  Image: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/service/image}
  Token: {Type: String, NoEcho: true, Default: hush}
Mappings:
  Regions:
    us-east-1: {Name: virginia, Zones: [a, b]}
    eu-west-1: {Name: ireland}
Conditions:
  Yes: !Equals [!Ref Given, given]
  No: !Not [!Condition Yes]
  Maybe: !Equals [!Ref Absent, x]
  Secret: !Equals [!Ref Token, hush]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Other: {Type: AWS::SQS::Queue, Condition: No}
  Subject:
    Type: Custom::Subject
    Properties:
      V: VALUE
`

func TestIntrinsicsResolveAsCloudFormationDoes(t *testing.T) {
	type list = []any
	type object = map[string]any
	for name, c := range map[string]struct {
		value string
		want  any
	}{
		"plain text":                       {`text`, "text"},
		"integers stay exact":              {`9007199254740993`, int64(9007199254740993)},
		"fractions":                        {`1.5`, 1.5},
		"numbers beyond int64 stay text":   {`123456789012345678901`, "123456789012345678901"},
		"a leading zero is kept":           {`012345678901`, "012345678901"},
		"dates are text":                   {`2012-10-17`, "2012-10-17"},
		"booleans":                         {`[true, False, yes, off, "yes"]`, list{true, false, true, false, "yes"}},
		"Ref of a parameter":               {`!Ref Given`, "given"},
		"Ref of a number":                  {`!Ref Ratio`, 1.5},
		"Ref of a list":                    {`!Ref List`, list{"a", "b", "c"}},
		"Ref of a number list":             {`!Ref Numbers`, list{int64(1), int64(2)}},
		"Ref of a resource":                {`!Ref Queue`, "https://sqs.us-east-1.amazonaws.com/123456789012/Queue"},
		"pseudo parameters":                {`!Sub "${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::StackName} ${AWS::URLSuffix}"`, "aws us-east-1 123456789012 app amazonaws.com"},
		"GetAtt as text":                   {`!GetAtt Queue.Arn`, "arn:aws:sqs:us-east-1:123456789012:Queue"},
		"GetAtt as list":                   {`!GetAtt [Queue, !Sub "Queue${Suffix}"]`, "Queue"},
		"long form":                        {`{"Fn::GetAtt": [Queue, QueueName]}`, "Queue"},
		"Sub":                              {`!Sub "a ${Given} b ${Queue.Arn} ${ Given }"`, "a given b arn:aws:sqs:us-east-1:123456789012:Queue given"},
		"Sub with variables":               {`!Sub ["${x}-${Given}-${n}", {x: !GetAtt Queue.QueueName, n: 7}]`, "Queue-given-7"},
		"a variable hides a parameter":     {`!Sub ["${Given}", {Given: mine}]`, "mine"},
		"Sub leaves literals":              {`!Sub "${!Given} $Given {Given} $${Given}"`, "${Given} $Given {Given} $given"},
		"Sub of a number keeps its digits": {`!Sub "${Ratio}"`, "1.50"},
		"Join":                             {`!Join [":", [a, !Ref Given, 1, true]]`, "a:given:1:true"},
		"Join of a list parameter":         {`!Join ["+", !Ref List]`, "a+b+c"},
		"Join of nothing":                  {`!Join ["+", []]`, ""},
		"Select":                           {`!Select [1, [a, b]]`, "b"},
		"Select by text":                   {`!Select ["2", !Ref List]`, "c"},
		"Select of an empty parameter":     {`!Equals [!Select [0, !Ref Empty], ""]`, true},
		"Split":                            {`!Split ["/", a/b//c]`, list{"a", "b", "", "c"}},
		"Select of Split of an ARN":        {`!Select [5, !Split [":", !GetAtt Queue.Arn]]`, "Queue"},
		"If":                               {`[!If [Yes, 1, 2], !If [No, 1, 2]]`, list{int64(1), int64(2)}},
		"If with NoValue in a list":        {`[a, !If [No, b, !Ref AWS::NoValue], c]`, list{"a", "c"}},
		"NoValue removes an entry":         {`{a: !Ref "AWS::NoValue", b: 1}`, object{"b": int64(1)}},
		"an unknown If with equal values":  {`!If [Maybe, !Sub "g${Given}", ggiven]`, "ggiven"},
		"a condition may read a secret":    {`!If [Secret, 1, 2]`, int64(1)},
		"FindInMap":                        {`!FindInMap [Regions, !Ref "AWS::Region", Name]`, "virginia"},
		"FindInMap of a list":              {`!Join [",", !FindInMap [Regions, us-east-1, Zones]]`, "a,b"},
		"FindInMap with a default":         {`!FindInMap [Regions, mars, Name, {DefaultValue: !Ref Given}]`, "given"},
		"Base64":                           {`!Base64 hi there`, "aGkgdGhlcmU="},
		"Cidr":                             {`!Cidr [10.0.0.0/24, 3, 6]`, list{"10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26"}},
		"Cidr of IPv6":                     {`!Cidr ["2001:db8::/56", 2, 64]`, list{"2001:db8::/64", "2001:db8:0:1::/64"}},
		"Select of Cidr":                   {`!Select [1, !Cidr [10.1.0.0/16, 2, 8]]`, "10.1.1.0/24"},
		"Length":                           {`!Length [!Ref Given, !Ref Size]`, int64(2)},
		"Length of a parameter":            {`Fn::Length: !Ref List`, int64(3)},
		"ToJsonString keeps the order":     {`!ToJsonString {z: 1, a: [true, "<q\"", 1.50], n: !Ref "AWS::NoValue"}`, `{"z":1,"a":[true,"<q\"",1.50]}`},
		"IAM Condition is no intrinsic":    {`{Condition: {StringEquals: {a: b}}}`, object{"Condition": object{"StringEquals": object{"a": "b"}}}},
		"boolean of a condition function":  {`{"Fn::Equals": [a, a]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, resolve(t, c.value)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.value, diff)
			}
		})
	}
}

func TestWhatTheTemplateDoesNotDetermineIsANamedUnknown(t *testing.T) {
	type list = []any
	for name, c := range map[string]struct {
		value string
		want  any
	}{
		"parameter without value":          {`!Ref Absent`, "⟦Parameter Absent⟧"},
		"list parameter without value":     {`!Ref Subnets`, "⟦Parameter Subnets⟧"},
		"SSM parameter":                    {`!Ref Image`, "⟦Parameter Image⟧"},
		"NoEcho parameter":                 {`!Sub "t=${Token}"`, "t=⟦Parameter Token⟧"},
		"inside Sub":                       {`!Sub "arn:aws:s3:::${Absent}/*"`, "arn:aws:s3:::⟦Parameter Absent⟧/*"},
		"inside Join":                      {`!Join ["/", [a, !Ref Absent, b]]`, "a/⟦Parameter Absent⟧/b"},
		"Join of an unknown list":          {`!Join [",", !Ref Subnets]`, "⟦Join of Parameter Subnets⟧"},
		"ImportValue":                      {`!ImportValue Shared-Bucket`, "⟦ImportValue Shared-Bucket⟧"},
		"ImportValue of Sub":               {`Fn::ImportValue: !Sub "${Absent}-Bucket"`, "⟦ImportValue Parameter Absent-Bucket⟧"},
		"another stack's output":           {`Fn::GetStackOutput: {StackName: net, OutputName: Vpc}`, "⟦GetStackOutput net.Vpc⟧"},
		"dynamic reference":                {`"{{resolve:ssm:/x/y:1}}"`, "⟦dynamic reference ssm:/x/y:1⟧"},
		"dynamic reference made by Sub":    {`!Sub "{{resolve:secretsmanager:${Given}:SecretString:k}}!"`, "⟦dynamic reference secretsmanager:given:SecretString:k⟧!"},
		"two in one text":                  {`!Sub "${Absent}${Also}"`, "⟦Parameter Absent⟧⟦Parameter Also⟧"},
		"attribute that AWS makes up":      {`!GetAtt Queue.Endpoint`, "⟦GetAtt Queue.Endpoint⟧"},
		"unknown condition":                {`!If [Maybe, a, b]`, "⟦Condition Maybe (f04cdc)⟧"},
		"the same choice in two places":    {`!Join [",", [!If [Maybe, a, b], !If [Maybe, b, a], !If [Maybe, a, b]]]`, "⟦Condition Maybe (f04cdc)⟧,⟦Condition Maybe (59bdf5)⟧,⟦Condition Maybe (f04cdc)⟧"},
		"a choice of lists":                {`!If [Maybe, [a], [b]]`, "⟦Condition Maybe⟧"},
		"Split that is known so far":       {`!Split [":", !Sub "a:b:c${Absent}:d"]`, list{"a", "b", "⟦Split of a:b:cParameter Absent:d⟧"}},
		"Select before the unknown":        {`!Select [1, !Split [":", !Sub "a:b:${Absent}:d"]]`, "b"},
		"Select in the unknown":            {`!Select [2, !Split [":", !Sub "a:b:${Absent}:d"]]`, "⟦Select 2 of Split of a:b:Parameter Absent:d⟧"},
		"availability zones":               {`!Select [0, !GetAZs ""]`, "⟦Select 0 of GetAZs us-east-1⟧"},
		"Base64 of an unknown":             {`Fn::Base64: !Sub "x${Absent}"`, "⟦Base64 of Parameter Absent⟧"},
		"Cidr of an unknown":               {`!Select [0, !Cidr [!Ref Absent, 2, 8]]`, "⟦Select 0 of Cidr of Parameter Absent⟧"},
		"FindInMap by an unknown":          {`!FindInMap [Regions, !Ref Absent, Name]`, "⟦FindInMap Regions.Parameter Absent.Name⟧"},
		"macro":                            {`Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}`, "⟦Transform AWS::Include⟧"},
		"macro beside other entries":       {"\n  a: 1\n  Fn::Transform: {Name: M}", map[string]any{"a": int64(1), "Fn::Transform": "⟦Transform M⟧"}},
		"a resource that is not created":   {`!Ref Other`, "⟦Ref Other⟧"},
		"its attribute":                    {`!GetAtt Other.Arn`, "⟦GetAtt Other.Arn⟧"},
		"Select beyond the list":           {`!Select [3, !Ref List]`, "⟦Select 3 of 3⟧"},
		"Length of an unknown":             {`Fn::Length: !Ref Subnets`, "⟦Length of Parameter Subnets⟧"},
		"notification topics":              {`!Ref "AWS::NotificationARNs"`, "⟦AWS::NotificationARNs⟧"},
		"JSON text holds its unknown part": {`Fn::ToJsonString: {a: !Ref Absent}`, `{"a":"⟦Parameter Absent⟧"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, resolve(t, c.value)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.value, diff)
			}
		})
	}
}

func TestConditionsAreDecidedWithThreeValues(t *testing.T) {
	const text = `
Parameters:
  P: {Type: String}
  Q: {Type: String}
  K: {Type: String, Default: known}
Conditions:
  C: CONDITION
Resources:
  R: {Type: Custom::R, Condition: C}
  S: {Type: Custom::S}
`
	for condition, want := range map[string]string{
		`!Equals [!Ref K, known]`:                            "created",
		`!Equals [!Ref K, other]`:                            "not created",
		`!Equals [1, "1"]`:                                   "created",
		`!Equals [true, "true"]`:                             "created",
		`!Equals [!Ref P, x]`:                                "conditional",
		`!Equals [!Ref P, !Ref P]`:                           "created",
		`!Equals [!Ref P, !Ref Q]`:                           "conditional",
		`!Equals [!Sub "a-${P}", b-x]`:                       "not created",
		`!Equals [!Sub "a-${P}-z", a-x]`:                     "not created",
		`!Equals [!Sub "${P}-long-end", end]`:                "not created",
		`!Equals [!Sub "a-${P}", a-x]`:                       "conditional",
		`!Not [!Equals [!Ref P, ""]]`:                        "conditional",
		`!And [!Equals [!Ref P, x], !Equals [a, b]]`:         "not created",
		`!And [!Equals [a, b], !Equals [!Ref P, x]]`:         "not created",
		`!And [!Equals [!Ref P, x], !Equals [a, a]]`:         "conditional",
		`!Or [!Equals [!Ref P, x], !Equals [a, a]]`:          "created",
		`!Or [!Equals [!Ref P, x], !Equals [a, b]]`:          "conditional",
		`!Or [!Equals [a, b], !Not [!Equals [a, a]]]`:        "not created",
		`!Equals [!Join [",", [a, !Ref K]], "a,known"]`:      "created",
		`!Equals [!Select [0, !Split [",", !Ref K]], known]`: "created",
		`!Equals [!Ref "AWS::Region", us-east-1]`:            "created",
		`!Equals [!FindInMap [M, a, b], x]`:                  "",
		`!And [!Condition C, !Equals [a, a]]`:                "",
		`!Equals [a]`:                                        "",
		`!And [!Equals [a, a]]`:                              "",
		`!Ref K`:                                             "",
		`!Condition Absent`:                                  "",
		`[a]`:                                                "",
		`!If [C, a, b]`:                                      "",
		`!Not [{Condition: {a: b}}]`:                         "",
		`!Equals [!Ref R, a]`:                                "",
	} {
		t.Run(condition, func(t *testing.T) {
			text := strings.Replace(text, "CONDITION", condition, 1)
			if want == "" {
				if e := refused(t, "app.yaml", text); e.Line != 7 {
					t.Errorf("line %d: %v", e.Line, e)
				}
				return
			}
			got := "not created"
			if r := load(t, text).Find("R"); r != nil {
				got = "created"
				if r.Conditional {
					got = "conditional"
				}
			}
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

func TestSecretsAreNowhereInAStackOrItsErrors(t *testing.T) {
	const text = `
Parameters:
  Token: {Type: String, NoEcho: true, Default: canary-default, MinLength: 3, AllowedPattern: "[a-z-]+"}
  Index: {Type: String, NoEcho: "true"}
Conditions:
  A: !Equals [!Ref Token, x]
  B: !Equals [!Sub "${Token}-x", !Ref Index]
  C: !Equals [!ImportValue {Ref: Token}, x]
Resources:
  R:
    Type: Custom::R
    Properties:
      A: !Ref Token
      B: !Join ["", [!Ref Token, !Ref Index]]
      C: !If [A, 1, 2]
Outputs:
  O: {Value: !Ref Token, Export: {Name: !Sub "x-${Token}"}}
`
	for name, given := range map[string]string{"default": "", "given": "canary-given"} {
		t.Run(name, func(t *testing.T) {
			params := []string{"Index=canary-index"}
			if given != "" {
				params = append(params, "Token="+given)
			}
			s := load(t, text, params...)
			if out := dump(t, s); strings.Contains(out, "canary") {
				t.Errorf("a secret is in the stack:\n%s", out)
			}
			if got := s.Find("R").Properties["B"]; got != "⟦Parameter Token⟧⟦Parameter Index⟧" {
				t.Errorf("B is %v", got)
			}
			if got := s.Find("R").Properties["C"]; got != int64(2) {
				t.Errorf("C is %v", got)
			}
		})
	}
	for name, c := range map[string]struct{ from, to, param string }{
		"constraint":         {"", "", "Token=CANARY"},
		"type":               {"Index: {Type: String", "Index: {Type: Number", "Index=canary"},
		"inside a condition": {`!Equals [!Ref Token, x]`, `!Equals [!Select [!Ref Token, [a]], x]`, "Index=canary"},
	} {
		t.Run(name, func(t *testing.T) {
			e := refused(t, "app.yaml", strings.Replace(text, c.from, c.to, 1), c.param, "Index=canary")
			if strings.Contains(strings.ToLower(e.Error()), "canary") {
				t.Errorf("the secret is in the error: %v", e)
			}
		})
	}
}

func TestParametersAreTypedAndChecked(t *testing.T) {
	const text = `
Parameters:
  P: {PARAM}
Resources:
  R: {Type: Custom::R, Properties: {V: !Ref P}}
`
	for _, c := range []struct {
		param, given string
		want         any // nil: refused
	}{
		{"Type: String", "P=x", "x"},
		{"Type: String, Default: d", "", "d"},
		{"Type: String, Default: 5", "", "5"},
		{"Type: String, Default: ''", "", ""},
		{"Type: Number", "P=5", int64(5)},
		{"Type: Number", "P=x", nil},
		{"Type: Number, MinValue: 3", "P=2", nil},
		{"Type: Number, MaxValue: 3", "P=4", nil},
		{"Type: Number, MinValue: 3, MaxValue: '5'", "P=4", int64(4)},
		{"Type: Number, AllowedValues: [128, 256]", "P=128.0", 128.0},
		{"Type: Number, AllowedValues: [128, 256]", "P=512", nil},
		{"Type: String, AllowedValues: [a, b]", "P=b", "b"},
		{"Type: String, AllowedValues: [a, b]", "P=c", nil},
		{"Type: String, AllowedValues: [true, false], Default: true", "", "true"},
		{"Type: String, AllowedPattern: '[a-z]+'", "P=abc1", nil},
		{"Type: String, AllowedPattern: '[a-z]+'", "P=abc", "abc"},
		{"Type: String, AllowedPattern: '(?!x)y'", "P=zzz", "zzz"},
		{"Type: String, MinLength: 2", "P=é", nil},
		{"Type: String, MaxLength: 2", "P=éé", "éé"},
		{"Type: CommaDelimitedList", "P=a,b", []any{"a", "b"}},
		{"Type: CommaDelimitedList", "P=", []any{}},
		{"Type: CommaDelimitedList, AllowedValues: [a]", "P=a,b", nil},
		{"Type: List<Number>", "P=1,x", nil},
		{"Type: 'List<AWS::EC2::Subnet::Id>'", "P=s-1, s-2", []any{"s-1", "s-2"}},
		{"Type: 'AWS::EC2::VPC::Id'", "P=vpc-1", "vpc-1"},
		{"Type: 'AWS::SSM::Parameter::Name'", "P=/x", "/x"},
		{"Type: 'AWS::SSM::Parameter::Value<List<String>>'", "P=/x", "⟦Parameter P⟧"},
		{"Type: Strin", "P=x", nil},
		{"Default: x", "", nil},
		{"Type: String, Default: [a]", "", nil},
	} {
		t.Run(c.param+" "+c.given, func(t *testing.T) {
			text := strings.Replace(text, "PARAM", c.param, 1)
			if c.want == nil {
				if e := refused(t, "app.yaml", text, c.given); e.Line != 3 || !strings.HasPrefix(e.Path, "Parameters.P") {
					t.Errorf("place of %v", e)
				}
				return
			}
			if diff := cmp.Diff(c.want, load(t, text, c.given).Find("R").Properties["V"]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParametersThatTheTemplateDoesNotDeclareAreListed(t *testing.T) {
	s := load(t, "Resources: {R: {Type: Custom::R}}", "B=1", "A=2")
	if diff := cmp.Diff([]string{"A", "B"}, s.UnusedParameters); diff != "" {
		t.Error(diff)
	}
}

func TestLoopsAreUnrolled(t *testing.T) {
	const text = `
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Names: {Type: CommaDelimitedList, Default: "Orders,Users"}
Conditions:
  Fn::ForEach::Conds:
    - N
    - [A, B]
    - "Is${N}": !Equals ["${N}", A]
Resources:
  Fn::ForEach::Topics:
    - Name
    - !Ref Names
    - "${Name}Topic":
        Type: AWS::SNS::Topic
        Properties:
          DisplayName: !Ref Name
          TopicName: !Sub "t-${Name}"
      "${Name}Queue":
        Type: AWS::SQS::Queue
        Properties: {Note: !GetAtt ["${Name}Topic", TopicName]}
  Fn::ForEach::Outer:
    - X
    - [a.1, b.2]
    - Fn::ForEach::Inner:
        - Y
        - [One, Two]
        - "R&{X}${Y}": {Type: Custom::R, Condition: IsB, Properties: {V: "${X}"}}
  Holder:
    Type: Custom::Holder
    Properties:
      Fn::ForEach::Props:
        - P
        - [K, L]
        - "${P}": !Sub "${AWS::Region}-${P}"
      Kept: "${Name}"
Outputs:
  Fn::ForEach::Outs:
    - Name
    - !Ref Names
    - "${Name}Arn": {Value: !Ref "${Name}Topic"}
`
	s := load(t, text)
	var ids []string
	for _, r := range s.Resources {
		ids = append(ids, r.LogicalID)
	}
	if diff := cmp.Diff([]string{"OrdersTopic", "OrdersQueue", "UsersTopic", "UsersQueue", "Holder"}, ids); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"DisplayName": "Users", "TopicName": "t-Users"}, s.Find("UsersTopic").Properties); diff != "" {
		t.Error(diff)
	}
	if got := s.Find("UsersQueue").Properties["Note"]; got != "t-Users" {
		t.Errorf("Note is %v", got)
	}
	if diff := cmp.Diff(map[string]any{"K": "us-east-1-K", "L": "us-east-1-L", "Kept": "${Name}"}, s.Find("Holder").Properties); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"OrdersArn": "arn:aws:sns:us-east-1:123456789012:t-Orders", "UsersArn": "arn:aws:sns:us-east-1:123456789012:t-Users"}, s.Outputs); diff != "" {
		t.Error(diff)
	}
	s = load(t, strings.Replace(text, "Condition: IsB", "Condition: IsA", 1))
	if s.Find("Ra1One") == nil || s.Find("Rb2Two") == nil || s.Find("Ra1One").Properties["V"] != "a.1" {
		t.Errorf("nested loop: %v", s.Find("Ra1One"))
	}
}

func TestWithTheLanguageExtensionsAFunctionMayNameWhatARefMeans(t *testing.T) {
	const text = `
Transform: AWS::LanguageExtensions
Parameters: {Which: {Type: String}, Main: {Type: String, Default: Users}}
Resources:
  Fn::ForEach::Each:
    - Name
    - [Orders, Users]
    - "${Name}Topic": {Type: AWS::SNS::Topic}
      "${Name}Note": {Type: Custom::Note, Properties: {V: !Ref {"Fn::Sub": "${Name}Topic"}}}
  Chosen: {Type: Custom::Note, Properties: {V: {Ref: {"Fn::Sub": "${Main}Topic"}}, Open: {Ref: {"Fn::Sub": "${Which}Topic"}}}}
`
	s := load(t, text)
	if got := s.Find("OrdersNote").Properties["V"]; got != "arn:aws:sns:us-east-1:123456789012:OrdersTopic" {
		t.Errorf("in the loop: %v", got)
	}
	want := map[string]any{"V": "arn:aws:sns:us-east-1:123456789012:UsersTopic", "Open": "⟦Ref Parameter WhichTopic⟧"}
	if diff := cmp.Diff(want, s.Find("Chosen").Properties); diff != "" {
		t.Error(diff)
	}
}

func TestUnknownValuesOfSeveralStacksHaveNamesOfTheirOwn(t *testing.T) {
	const text = `
Parameters: {Stage: {Type: String}}
Resources:
  R: {Type: Custom::R, Properties: {A: !Sub "q-${Stage}", B: !ImportValue Bus, C: "{{resolve:ssm:/x}}", D: !GetAtt R2.Made}}
  R2: {Type: Custom::R}
`
	s, err := stack.Load("orders.yaml", []byte(text), stack.Options{Several: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"A": "q-⟦Parameter Stage of orders⟧", "B": "⟦ImportValue Bus⟧", "C": "⟦dynamic reference ssm:/x⟧", "D": "⟦GetAtt R2.Made of orders⟧"}
	if diff := cmp.Diff(want, s.Find("R").Properties); diff != "" {
		t.Error(diff)
	}
}

func TestALoopOverAnUnknownCollectionIsAWarningAndAnUnknown(t *testing.T) {
	s := load(t, `
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  R: {Type: Custom::R, Properties: {V: !Ref OrdersTopic}}
  Fn::ForEach::Topics: [Name, !Ref Names, {"${Name}Topic": {Type: AWS::SNS::Topic}}]
`)
	if len(s.Resources) != 1 || len(s.Warnings) != 1 || s.Find("R").Properties["V"] != "⟦Ref OrdersTopic⟧" {
		t.Errorf("%d resources, warnings %v, V %v", len(s.Resources), s.Warnings, s.Find("R").Properties["V"])
	}
}

func TestReferencesToWhatAMacroMayAddAreUnknownRatherThanErrors(t *testing.T) {
	s := load(t, `
Transform: [My::Macro]
Resources:
  R: {Type: Custom::R, Condition: FromMacro, DependsOn: AlsoFromMacro, Properties: {A: !Ref X, B: !GetAtt X.Arn, C: !FindInMap [X, y, z]}}
`)
	r := s.Find("R")
	want := map[string]any{"A": "⟦Ref X⟧", "B": "⟦GetAtt X.Arn⟧", "C": "⟦FindInMap X.y.z⟧"}
	if diff := cmp.Diff(want, r.Properties); diff != "" || !r.Conditional || len(s.Warnings) != 1 {
		t.Errorf("%s conditional %t warnings %v", diff, r.Conditional, s.Warnings)
	}
}

func TestUnknownsSayWhyAndWhere(t *testing.T) {
	s := load(t, `
Parameters:
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /ami}
  Vpc: {Type: AWS::EC2::VPC::Id}
Resources:
  R: {Type: Custom::R, Properties: {A: !Ref Vpc, B: !Ref Ami}}
`)
	want := []stack.Unresolved{
		{Name: "Parameter Ami", Reason: `the value of the SSM parameter "/ami" is read when the stack is deployed`, Line: 6, Column: 53},
		{Name: "Parameter Vpc", Reason: "the parameter has no default and no value was given", Line: 6, Column: 40},
	}
	if diff := cmp.Diff(want, s.Unknowns); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestUnknownTextCanBeReadBack(t *testing.T) {
	s := "arn:" + stack.Unknown("B") + ":" + stack.Unknown("A ⟦nested⟧") + stack.Unknown("B")
	if !stack.HasUnknown(s) || stack.HasUnknown("arn:*") {
		t.Error("HasUnknown")
	}
	if diff := cmp.Diff([]string{"A nested", "B"}, stack.UnknownNames(s)); diff != "" {
		t.Error(diff)
	}
}

func TestAResourceKnowsItsPlaceAndThatOfItsProperties(t *testing.T) {
	const text = `Conditions:
  Yes: !Equals [a, a]
Resources:
  First: {Type: Custom::R}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - !If [Yes, !Ref "AWS::NoValue", {PolicyName: none}]
        - PolicyName: one
          PolicyDocument:
            Statement:
              - Action: s3:GetObject
                Resource: "*"
        - !If
          - Yes
          - PolicyName: two
          - PolicyName: other
`
	s := load(t, text)
	r := s.Find("Role")
	if r.Line != 5 || r.Column != 3 {
		t.Errorf("resource at %d:%d", r.Line, r.Column)
	}
	for _, c := range []struct {
		path []any
		line int
		col  int
	}{
		{nil, 7, 5},
		{[]any{"Policies"}, 8, 7},
		{[]any{"Policies", 0, "PolicyName"}, 10, 11},
		{[]any{"Policies", 0, "PolicyDocument", "Statement", 0, "Resource"}, 14, 17},
		{[]any{"Policies", 1, "PolicyName"}, 17, 13},
		{[]any{"Policies", 0, "PolicyDocument", "Absent", 3}, 11, 11},
		{[]any{"Absent"}, 7, 5},
		{[]any{3.5}, 7, 5},
	} {
		if line, col := r.Position(c.path...); line != c.line || col != c.col {
			t.Errorf("%v at %d:%d, want %d:%d", c.path, line, col, c.line, c.col)
		}
	}
	if line, col := s.Find("First").Position("X"); line != 4 || col != 3 {
		t.Errorf("without properties at %d:%d", line, col)
	}
	json := "{\"Resources\":\n {\"é\\u0041\": 1}}"
	if e := refused(t, "t.json", json); e.Line != 2 || e.Column != 3 {
		t.Errorf("%v", e)
	}
}

func TestDependenciesAreListed(t *testing.T) {
	s := load(t, `
Resources:
  A: {Type: Custom::R, DependsOn: [C, B], Properties: {V: !Sub "${D} ${B.Arn}", W: !Ref D}}
  B: {Type: Custom::R, DependsOn: C}
  C: {Type: Custom::R}
  D: {Type: Custom::R}
`)
	if diff := cmp.Diff([]string{"C", "B"}, s.Find("A").DependsOn); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"B", "D"}, s.Find("A").References); diff != "" {
		t.Error(diff)
	}
}

func TestOutputsAndExports(t *testing.T) {
	s := load(t, `
Conditions: {No: !Equals [a, b]}
Resources:
  Q: {Type: AWS::SQS::Queue}
Outputs:
  Arn: {Value: !GetAtt Q.Arn, Export: {Name: !Sub "${AWS::StackName}-Q"}}
  Gone: {Condition: No, Value: x}
`)
	if diff := cmp.Diff(map[string]any{"Arn": "arn:aws:sqs:us-east-1:123456789012:Q"}, s.Outputs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"app-Q": "arn:aws:sqs:us-east-1:123456789012:Q"}, s.Exports); diff != "" {
		t.Error(diff)
	}
}

func TestAnExportOfAnotherStackCanBeImported(t *testing.T) {
	a := load(t, "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Value: !GetAtt Q.Arn, Export: {Name: q}}}")
	b, err := stack.Load("b.yaml", []byte("Resources: {R: {Type: Custom::R, Properties: {A: !ImportValue q, B: !ImportValue other}}}"), stack.Options{Imports: a.Exports})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"A": "arn:aws:sqs:us-east-1:123456789012:Q", "B": "⟦ImportValue other⟧"}
	if diff := cmp.Diff(want, b.Find("R").Properties); diff != "" {
		t.Error(diff)
	}
}

func TestOptionsPlaceTheStack(t *testing.T) {
	s, err := stack.Load("dir/1 my_stack.json", []byte(`{"Resources":{"R":{"Type":"Custom::R","Properties":{"V":{"Fn::Sub":"${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::StackName} ${AWS::URLSuffix}"}}}}}`),
		stack.Options{Account: "999999999999", Region: "cn-north-1"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Find("R").Properties["V"]; got != "aws-cn cn-north-1 999999999999 stack-1-my-stack amazonaws.com.cn" {
		t.Errorf("%v", got)
	}
	if s.Name != "stack-1-my-stack" || s.Options.Partition != "aws-cn" {
		t.Errorf("%s %s", s.Name, s.Options.Partition)
	}
}
