package stack_test

import (
	"fmt"
	"strings"
	"testing"

	"permprobe/shared/stack"
)

// manyFunctions is a template with n functions, each with a role and a
// permission, as JSON.
func manyFunctions(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"Resources": {`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `"F%d": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["R%d", "Arn"]}, "Handler": "bootstrap"}},
 "R%d": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
  "Principal": {"Service": {"Fn::Sub": "lambda.${AWS::URLSuffix}"}}, "Action": "sts:AssumeRole"}]}, "Policies": [{"PolicyName": "p", "PolicyDocument":
  {"Statement": {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": {"Fn::Sub": "arn:${AWS::Partition}:logs:*:*:*"}}}}]}},
 "P%d": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Ref": "F%d"}, "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}}`,
			i, i, i, i, i)
	}
	b.WriteString("}}")
	return []byte(b.String())
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{20, 200, 2000} {
		data := manyFunctions(n)
		for _, file := range []string{"t.json", "t.yaml"} {
			text := data
			if file == "t.yaml" {
				text = append([]byte("# as YAML\n"), data...)
			}
			if len(text) > 4<<20 {
				continue
			}
			b.Run(fmt.Sprintf("%d functions of %s", n, file), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := stack.Load(file, text, stack.Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
