package denial_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"permprobe/shared/denial"

	"github.com/google/go-cmp/cmp"
)

type goldenCase struct {
	Text string
	Want json.RawMessage
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	data, err := os.ReadFile("testdata/texts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var cases []goldenCase
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c goldenCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 100 {
		t.Fatalf("only %d cases: the table is cut", len(cases))
	}
	return cases
}

func TestEveryTextOfTheTableIsReadAsItSays(t *testing.T) {
	for _, c := range goldenCases(t) {
		got, err := json.Marshal(denial.Read(c.Text).Answer())
		if err != nil {
			t.Fatal(err)
		}
		var have, want map[string]any
		if err := json.Unmarshal(got, &have); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c.Want, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s\n(-want +got)\n%s", c.Text, diff)
		}
	}
}

func TestAnAnswerHoldsEveryKeyInOrder(t *testing.T) {
	got, err := json.Marshal(denial.Read("all is well").Answer())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"denied":false,"service":null,"action":null,"resource":null,"principal":null,"reason":null,"place":"none","guardrail":null,"policyArn":null,"authorizationId":null}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestEveryRecogniserFindsItsExampleAndIsKnown(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range denial.Recognisers() {
		if r.ID == "" || seen[r.ID] {
			t.Errorf("id %q is empty or used twice", r.ID)
		}
		seen[r.ID] = true
		if r.Text == "" || !strings.HasPrefix(r.Page, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: says nothing, or cites no page: %q", r.ID, r.Page)
		}
		if !denial.Fires(r.ID, r.Example) {
			t.Errorf("%s does not find its example: %s", r.ID, r.Example)
		}
		got := denial.Read(r.Example)
		if (len(got.Denials) > 0) == (got.Place == denial.None || got.Place == denial.Configuration) {
			t.Errorf("%s: denials %v, place %q", r.ID, got.Denials, got.Place)
		}
	}
}

// quiet holds for every recogniser a text that resembles its form, contains its anchor, and is none.
var quiet = map[string]string{
	"iam-message":             "User: bob is not authorized to perform: orders:cancel on resource: order 17",
	"iam-message-tail":        "our policy allows the visitor to see plans",
	"api-gateway-policy":      "User is not authorized to access this resource with an explicit deny",
	"console":                 "User: ada Action: lambda:ListFunctions Context: a dry run",
	"botocore":                "An error occurred (ThrottlingException) when calling the Invoke operation: Rate exceeded",
	"go-sdk-v2":               "operation error S3: GetObject, https response error StatusCode: 404, RequestID: 1, NoSuchKey: gone",
	"java-sdk":                "Rate exceeded (Service: Lambda, Status Code: 429, Request ID: 1)",
	"ruby-sdk":                "Aws::S3::Errors::NoSuchKey (The specified key does not exist.)",
	"php-sdk":                 `Error executing "GetObject" on "https://tides.s3.amazonaws.com/a"; AWS HTTP error: 404 Not Found`,
	"cloudformation-api":      "API: s3:CreateBucket answered at once",
	"code":                    "if (err.code === 'AccessDenied') { retry(); }",
	"dead-letter":             "the constant NO_PERMISSIONS is 7",
	"forbidden":               "HTTP/1.1 403 Forbidden",
	"access-denied":           "Access denied for user 'app'@'10.0.0.5' (using password: YES)",
	"queue-url":               "Access to the resource room is granted on Mondays",
	"lambda-assume":           "The role defined for the function can be assumed by Lambda again",
	"lambda-role-call":        "The intern does not have permissions to call doctors on duty",
	"lambda-stream":           "Please ensure the role is spelled right",
	"lambda-environment":      "KMS access was granted",
	"lambda-code":             "Your access has been granted by S3",
	"permission-to-perform":   "If the role has it, you have permission to perform s3:GetObject",
	"assume-role":             "ada is not authorized to assume the role of an administrator",
	"lambda-efs":              "EFSMountTimeoutException: The function could not mount the file system",
	"lambda-image":            "Lambda does not have a console for ECR images",
	"api-gateway-integration": "Invalid permissions string 'rwz'",
	"api-gateway-http":        "The editor doesn't have permissions to call the integrator",
	"api-gateway-role":        "API Gateway assumes the provided role",
	"s3-destination":          "Unable to validate the form",
	"kafka-assume":            "PROBLEM: Function call failed",
	"kafka-authorize":         "PROBLEM: SASL authentication failed",
	"kafka-authz":             "EVENT_SOURCE_AUTHN_ERROR",
	"state-code":              "possible values are InsufficientRolePermissions and EniLimitExceeded",
	"logs-subscription":       "Could not execute the lambda function.",
	"cognito-trigger":         "PreSignUp invocation failed due to error TooManyRequestsException.",
	"secret-rotation":         "Secrets Manager invoked the specified Lambda function.",
	"load-balancer":           "elasticloadbalancing registers arn:aws:lambda:us-east-1:123456789012:function:tides",
	"config-rule":             "The AWS Lambda function was invoked.",
	"function-url":            `{"Message":"Forbidden"}`,
	"states-assume":           "states.amazonaws.com assumed the provided role",
	"kms-ciphertext":          "The ciphertext refers to nothing",
	"kms-not-allowed":         "Access to KMS is logged",
	"key-state":               "the key is enabled",
	"key-arn-state":           "The schedule is disabled",
	"key-state-code":          "a disabled key gives DisabledKMSKey or another code",
	"function-config":         "function configuration is valid",
}

func TestEveryRecogniserIsQuietOnWhatResemblesIt(t *testing.T) {
	for _, r := range denial.Recognisers() {
		text, ok := quiet[r.ID]
		if !ok {
			t.Errorf("%s has no quiet case", r.ID)
			continue
		}
		if got := denial.Read(text); len(got.Denials) > 0 || got.Place != denial.None {
			t.Errorf("%s: %s\nis read as %+v", r.ID, text, got)
		}
	}
	if len(quiet) != len(denial.Recognisers()) {
		t.Errorf("%d quiet cases for %d recognisers", len(quiet), len(denial.Recognisers()))
	}
}

func TestARecordOfASuccessfulCallDeniesNothingWhateverItHolds(t *testing.T) {
	message := denial.Recognisers()[0].Example
	record := map[string]any{
		"eventSource": "s3.amazonaws.com", "eventName": "PutObject", "userIdentity": map[string]any{"arn": "arn:aws:iam::123456789012:user/ada"},
		"requestParameters": map[string]any{"note": message},
	}
	for _, wrap := range []func(any) any{
		func(v any) any { return v },
		func(v any) any { return map[string]any{"Records": []any{v, v}} },
		func(v any) any {
			inner, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return map[string]any{"Events": []any{map[string]any{"CloudTrailEvent": string(inner)}}}
		},
	} {
		text, err := json.Marshal(wrap(record))
		if err != nil {
			t.Fatal(err)
		}
		if got := denial.Read("2026-11-20 " + string(text)); len(got.Denials) > 0 {
			t.Errorf("%s\nis read as %+v", text, got)
		}
	}
}

func TestTheSameDenialToldTwiceIsOne(t *testing.T) {
	message := denial.Recognisers()[0].Example
	for _, text := range []string{
		message + "\n" + message,
		`{"errorMessage":"` + message + `","errorType":"AccessDenied","stack":["AccessDenied: ` + message + `"]}`,
	} {
		if got := denial.Read(text); len(got.Denials) != 1 {
			t.Errorf("%s: %d denials", text, len(got.Denials))
		}
	}
}

func TestAtMostAHundredDenialsAreKept(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		b.WriteString("User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::tides/")
		b.WriteString(strings.Repeat("k", 1+i%250))
		b.WriteString(string(rune('a' + i%26)))
		b.WriteString("\n")
	}
	if got := denial.Read(b.String()); len(got.Denials) != 100 {
		t.Errorf("%d denials", len(got.Denials))
	}
}
