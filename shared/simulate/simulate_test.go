package simulate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"permprobe/shared/decide"
	"permprobe/shared/iampolicy"
	"permprobe/shared/simulate"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	role   = "arn:aws:iam::123456789012:role/app"
	bucket = "arn:aws:s3:::notes/*"
	table  = "arn:aws:dynamodb:us-east-1:123456789012:table/notes"
)

// fake answers with a script and keeps what it was asked.
type fake struct {
	script func(*iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error)
	mu     sync.Mutex
	asked  []*iam.SimulatePrincipalPolicyInput
}

func (f *fake) SimulatePrincipalPolicy(
	ctx context.Context, in *iam.SimulatePrincipalPolicyInput, _ ...func(*iam.Options),
) (*iam.SimulatePrincipalPolicyOutput, error) {
	f.mu.Lock()
	f.asked = append(f.asked, in)
	f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, &aws.RequestCanceledError{Err: err}
	}
	return f.script(in)
}

// allowing answers every cell of a call with allowed, as AWS does: one result an action.
func allowing(in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
	out := &iam.SimulatePrincipalPolicyOutput{}
	for _, action := range in.ActionNames {
		cells := map[string]string{}
		for _, resource := range in.ResourceArns {
			cells[resource] = "allowed"
		}
		out.EvaluationResults = append(out.EvaluationResults, result(action, "allowed", in.ResourceArns, cells))
	}
	return out, nil
}

// result is one action's result: its own decision and those on the resources, in their order.
func result(action, decision string, resources []string, cells map[string]string) types.EvaluationResult {
	r := types.EvaluationResult{
		EvalActionName: aws.String(action), EvalDecision: types.PolicyEvaluationDecisionType(decision),
		EvalResourceName: aws.String("arn:${Partition}:s3:::${BucketName}/${KeyName}"),
	}
	for _, resource := range resources {
		if cells[resource] != "" {
			r.ResourceSpecificResults = append(r.ResourceSpecificResults, types.ResourceSpecificResult{
				EvalResourceName:     aws.String(resource),
				EvalResourceDecision: types.PolicyEvaluationDecisionType(cells[resource]),
			})
		}
	}
	return r
}

func always(out *iam.SimulatePrincipalPolicyOutput) func(*iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
	return func(*iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) { return out, nil }
}

func ask(f *fake, questions ...decide.Question) map[decide.Question]decide.Answer {
	return (&simulate.Simulator{API: f}).Ask(context.Background(), questions)
}

func q(action, resource string) decide.Question {
	return decide.Question{Role: role, Action: action, Resource: resource}
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTheDecisionOnEachResourceCountsAndTheResultsOwnDoesNot(t *testing.T) {
	f := &fake{script: always(&iam.SimulatePrincipalPolicyOutput{EvaluationResults: []types.EvaluationResult{
		result("s3:GetObject", "explicitDeny", []string{bucket, table}, map[string]string{bucket: "allowed", table: "implicitDeny"}),
	}})}
	got := ask(f, q("s3:GetObject", bucket), q("s3:GetObject", table))
	equal(t, got, map[decide.Question]decide.Answer{
		q("s3:GetObject", bucket): {Decision: iampolicy.Allowed},
		q("s3:GetObject", table):  {Decision: iampolicy.ImplicitDeny},
	})
}

func TestWhatTheAnswerLeavesOutIsUnknownAndNeverAPass(t *testing.T) {
	wantReason := "the simulator's answer leaves out s3:GetObject on " + bucket + " for " + role
	tests := map[string]*iam.SimulatePrincipalPolicyOutput{
		"an empty answer": {},
		"a result without resources, allowed as a whole": {EvaluationResults: []types.EvaluationResult{
			result("s3:GetObject", "allowed", nil, nil)}},
		"a result whose template happens to be the resource": {EvaluationResults: []types.EvaluationResult{{
			EvalActionName: aws.String("s3:GetObject"), EvalDecision: "allowed", EvalResourceName: aws.String(bucket)}}},
		"another action": {EvaluationResults: []types.EvaluationResult{
			result("s3:PutObject", "allowed", []string{bucket}, map[string]string{bucket: "allowed"})}},
		"another resource": {EvaluationResults: []types.EvaluationResult{
			result("s3:GetObject", "allowed", []string{table}, map[string]string{table: "allowed"})}},
		"a resource in another case": {EvaluationResults: []types.EvaluationResult{
			result("s3:GetObject", "allowed", []string{strings.ToUpper(bucket)}, map[string]string{strings.ToUpper(bucket): "allowed"})}},
	}
	for name, out := range tests {
		t.Run(name, func(t *testing.T) {
			got := ask(&fake{script: always(out)}, q("s3:GetObject", bucket))[q("s3:GetObject", bucket)]
			if got.Decision != iampolicy.Undetermined || got.Unread.Reason != wantReason {
				t.Errorf("got %s, %q, want undetermined, %q", got.Decision, got.Unread.Reason, wantReason)
			}
		})
	}
}

func TestADecisionThatNobodyKnowsIsNoDecision(t *testing.T) {
	f := &fake{script: always(&iam.SimulatePrincipalPolicyOutput{EvaluationResults: []types.EvaluationResult{
		result("s3:GetObject", "allowed", []string{bucket}, map[string]string{bucket: "allowedSometimes"}),
	}})}
	got := ask(f, q("s3:GetObject", bucket))[q("s3:GetObject", bucket)]
	if got.Decision != iampolicy.Undetermined || !strings.Contains(got.Unread.Reason, `"allowedSometimes"`) {
		t.Errorf("got %s, %q", got.Decision, got.Unread.Reason)
	}
}

func TestACellThatIsDecidedInTwoWaysIsUndecided(t *testing.T) {
	f := &fake{script: always(&iam.SimulatePrincipalPolicyOutput{EvaluationResults: []types.EvaluationResult{
		result("s3:GetObject", "allowed", []string{bucket}, map[string]string{bucket: "implicitDeny"}),
		result("s3:getobject", "allowed", []string{bucket}, map[string]string{bucket: "allowed"}),
	}})}
	got := ask(f, q("s3:GetObject", bucket))[q("s3:GetObject", bucket)]
	if got.Decision != iampolicy.Undetermined || !strings.Contains(got.Unread.Reason, "two ways") {
		t.Errorf("got %s, %q", got.Decision, got.Unread.Reason)
	}
}

func TestTheResultsOwnDecisionCountsWhereNoResourceWasNamed(t *testing.T) {
	yes, no := true, false
	out := result("s3:ListAllMyBuckets", "explicitDeny", nil, nil)
	out.EvalResourceName = aws.String("*")
	out.MissingContextValues = []string{"aws:SourceVpce"}
	out.OrganizationsDecisionDetail = &types.OrganizationsDecisionDetail{AllowedByOrganizations: no}
	out.PermissionsBoundaryDecisionDetail = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: yes}
	out.MatchedStatements = []types.Statement{{SourcePolicyId: aws.String("guard"), StartPosition: &types.Position{Line: 3, Column: 9}}, {SourcePolicyId: aws.String("other")}}
	f := &fake{script: always(&iam.SimulatePrincipalPolicyOutput{EvaluationResults: []types.EvaluationResult{out}})}
	question := q("s3:ListAllMyBuckets", "*")
	equal(t, ask(f, question), map[decide.Question]decide.Answer{question: {
		Decision: iampolicy.ExplicitDeny, Missing: []string{"aws:SourceVpce"}, Boundary: &yes, Organizations: &no, Alone: true, InOrganization: true,
		Statements: []decide.Source{{Policy: "guard", Line: 3, Column: 9}, {Policy: "other"}},
	}})
}

func TestActionsCompareWithoutCase(t *testing.T) {
	f := &fake{script: always(&iam.SimulatePrincipalPolicyOutput{EvaluationResults: []types.EvaluationResult{
		result("S3:getobject", "allowed", []string{bucket}, map[string]string{bucket: "allowed"}),
	}})}
	got := ask(f, q("s3:GetObject", bucket), q("s3:GETOBJECT", bucket))
	equal(t, got, map[decide.Question]decide.Answer{
		q("s3:GetObject", bucket): {Decision: iampolicy.Allowed},
		q("s3:GETOBJECT", bucket): {Decision: iampolicy.Allowed},
	})
	equal(t, f.asked[0].ActionNames, []string{"s3:GetObject"})
}

// guarded is a result of one action whose guardrails refuse as a whole.
func guarded(in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
	out, _ := allowing(in)
	for i := range out.EvaluationResults {
		r := &out.EvaluationResults[i]
		r.OrganizationsDecisionDetail = &types.OrganizationsDecisionDetail{}
		r.PermissionsBoundaryDecisionDetail = &types.PermissionsBoundaryDecisionDetail{}
		r.MissingContextValues = []string{"aws:SourceVpc"}
	}
	return out, nil
}

func TestWhatIsToldOfAllResourcesIsNotTakenForOneOfThem(t *testing.T) {
	got := ask(&fake{script: guarded}, q("s3:GetObject", bucket), q("s3:GetObject", table))
	equal(t, got[q("s3:GetObject", bucket)], decide.Answer{Decision: iampolicy.Allowed, InOrganization: true})
}

func TestWhatIsToldOfTheOnlyResourceIsTakenForIt(t *testing.T) {
	no := false
	got := ask(&fake{script: guarded}, q("s3:GetObject", bucket), q("s3:PutObject", bucket))
	want := decide.Answer{Decision: iampolicy.Allowed, Boundary: &no, Organizations: &no, InOrganization: true, Missing: []string{"aws:SourceVpc"}}
	equal(t, got, map[decide.Question]decide.Answer{q("s3:GetObject", bucket): want, q("s3:PutObject", bucket): want})
}

func TestABoundaryThatIsNotToldIsNoDenial(t *testing.T) {
	yes, no := true, false
	out, _ := allowing(&iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{bucket, table, "arn:aws:s3:::c"}})
	cells := out.EvaluationResults[0].ResourceSpecificResults
	cells[1].PermissionsBoundaryDecisionDetail = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: false}
	cells[2].PermissionsBoundaryDecisionDetail = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: true}
	got := ask(&fake{script: always(out)}, q("s3:GetObject", bucket), q("s3:GetObject", table), q("s3:GetObject", "arn:aws:s3:::c"))
	equal(t, []*bool{
		got[q("s3:GetObject", bucket)].Boundary, got[q("s3:GetObject", table)].Boundary, got[q("s3:GetObject", "arn:aws:s3:::c")].Boundary,
	}, []*bool{nil, &no, &yes})
}

func TestMissingKeysComeFromTheCellAndFromTheOnlyResource(t *testing.T) {
	out, _ := allowing(&iam.SimulatePrincipalPolicyInput{ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{bucket}})
	out.EvaluationResults[0].MissingContextValues = []string{"aws:sourcevpc", "s3:prefix"}
	out.EvaluationResults[0].ResourceSpecificResults[0].MissingContextValues = []string{"aws:SourceVpc"}
	got := ask(&fake{script: always(out)}, q("s3:GetObject", bucket))
	equal(t, got[q("s3:GetObject", bucket)].Missing, []string{"aws:SourceVpc", "s3:prefix"})
}

// paged serves pages one after another and tells a marker that was never handed out.
func paged(pages ...func() (*iam.SimulatePrincipalPolicyOutput, error)) func(*iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
	return func(in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
		at := 0
		if in.Marker != nil {
			if _, err := fmt.Sscanf(*in.Marker, "page-%d", &at); err != nil {
				return nil, fmt.Errorf("marker %q: %w", *in.Marker, err)
			}
		}
		out, err := pages[at]()
		if err == nil && at+1 < len(pages) {
			out.IsTruncated, out.Marker = true, aws.String(fmt.Sprintf("page-%d", at+1))
		}
		return out, err
	}
}

func page(results ...types.EvaluationResult) func() (*iam.SimulatePrincipalPolicyOutput, error) {
	return func() (*iam.SimulatePrincipalPolicyOutput, error) {
		return &iam.SimulatePrincipalPolicyOutput{EvaluationResults: results}, nil
	}
}

func one(action, resource, decision string) types.EvaluationResult {
	return result(action, decision, []string{resource}, map[string]string{resource: decision})
}

func TestEveryPageIsReadThoughPagesAreShortOrEmpty(t *testing.T) {
	f := &fake{script: paged(
		page(one("s3:GetObject", bucket, "allowed")),
		page(),
		page(one("s3:GetObject", table, "implicitDeny"), one("s3:PutObject", bucket, "allowed")),
	)}
	got := ask(f, q("s3:GetObject", bucket), q("s3:GetObject", table), q("s3:PutObject", bucket))
	equal(t, got, map[decide.Question]decide.Answer{
		q("s3:GetObject", bucket): {Decision: iampolicy.Allowed},
		q("s3:GetObject", table):  {Decision: iampolicy.ImplicitDeny},
		q("s3:PutObject", bucket): {Decision: iampolicy.Allowed},
	})
	var markers []string
	for _, in := range f.asked {
		markers = append(markers, aws.ToString(in.Marker))
		equal(t, in.ActionNames, []string{"s3:GetObject", "s3:PutObject"})
	}
	equal(t, markers, []string{"", "page-1", "page-2"})
}

func TestThePagesEndWhereTheAnswerSaysSo(t *testing.T) {
	tests := map[string]struct {
		truncated bool
		marker    *string
		calls     int
	}{
		"not truncated, whatever the marker": {false, aws.String("stale"), 1},
		"truncated without a marker":         {true, nil, 1},
		"truncated with an empty marker":     {true, aws.String(""), 1},
		"a marker that does not move":        {true, aws.String("same"), 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := &fake{script: always(&iam.SimulatePrincipalPolicyOutput{IsTruncated: test.truncated, Marker: test.marker})}
			got := ask(f, q("s3:GetObject", bucket))[q("s3:GetObject", bucket)]
			if len(f.asked) != test.calls || got.Decision != iampolicy.Undetermined || got.Unread.IsZero() {
				t.Errorf("%d calls, %s, %q; want %d calls and an unknown", len(f.asked), got.Decision, got.Unread.Reason, test.calls)
			}
		})
	}
}

func TestAnErrorOnTheSecondPageKeepsTheCellsOfTheFirst(t *testing.T) {
	f := &fake{script: paged(
		page(one("s3:GetObject", bucket, "allowed")),
		func() (*iam.SimulatePrincipalPolicyOutput, error) {
			return nil, &smithy.GenericAPIError{Code: "ServiceFailure", Message: "The request\nprocessing has failed."}
		},
	)}
	got := ask(f, q("s3:GetObject", bucket), q("s3:PutObject", bucket))
	equal(t, got[q("s3:GetObject", bucket)], decide.Answer{Decision: iampolicy.Allowed})
	equal(t, got[q("s3:PutObject", bucket)].Unread.Reason,
		"iam:SimulatePrincipalPolicy failed with ServiceFailure for "+role+": The request processing has failed.")
}

func TestWhyThereIsNoAnswerIsSaidInOneSentence(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code} }
	tests := map[string]struct {
		err                          error
		reason, permission, resource string
	}{
		"refused": {api("AccessDenied"), "iam:SimulatePrincipalPolicy is refused (AccessDenied): permprobe's role lacks it", "iam:SimulatePrincipalPolicy", role},
		"throttled": {fmt.Errorf("exceeded maximum number of attempts, 9, %w", api("Throttling")),
			"iam:SimulatePrincipalPolicy was throttled (Throttling) until permprobe gave up, for " + role, "", ""},
		"a role that is gone": {&types.NoSuchEntityException{Message: aws.String("The role with name app cannot be found.")},
			"iam:SimulatePrincipalPolicy failed with NoSuchEntity for " + role + ": The role with name app cannot be found.", "", ""},
		"a long message": {&smithy.GenericAPIError{Code: "X", Message: strings.Repeat("é", 500)},
			"iam:SimulatePrincipalPolicy failed with X for " + role + ": " + strings.Repeat("é", 200) + "…", "", ""},
		"time over": {&aws.RequestCanceledError{Err: context.DeadlineExceeded},
			"the time of the run was over before the simulator answered", "", ""},
		"no answer": {errors.New("connection reset"), "iam:SimulatePrincipalPolicy did not answer for " + role, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := &fake{script: func(*iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
				return nil, test.err
			}}
			got := ask(f, q("s3:GetObject", bucket))[q("s3:GetObject", bucket)]
			want := decide.Answer{}
			want.Unread.Operation, want.Unread.Reason = "iam:SimulatePrincipalPolicy", test.reason
			want.Unread.Permission, want.Unread.Resource = test.permission, test.resource
			want.Unread.OutOfTime = name == "time over"
			equal(t, got, want)
		})
	}
}

func TestACancelledRunLeavesEveryQuestionUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f := &fake{script: allowing}
	got := (&simulate.Simulator{API: f}).Ask(ctx, []decide.Question{q("s3:GetObject", bucket), q("s3:ListAllMyBuckets", "*")})
	if len(got) != 2 {
		t.Fatalf("got %d answers, want 2", len(got))
	}
	for question, answer := range got {
		if answer.Decision != iampolicy.Undetermined || !strings.Contains(answer.Unread.Reason, "time of the run was over") {
			t.Errorf("%s: %s, %q", question.Action, answer.Decision, answer.Unread.Reason)
		}
	}
}

func TestActionsThatMayNotShareACallAreAskedApart(t *testing.T) {
	// kind tells which authorization information an action needs.
	kind := func(action string) string { return action[:strings.Index(action, ":")] }
	message := func(actions []string, readable bool) string {
		byKind := map[string][]string{}
		for _, a := range actions {
			byKind[kind(a)] = append(byKind[kind(a)], a)
		}
		var groups []string
		for _, a := range actions {
			if list := byKind[kind(a)]; list != nil {
				groups = append(groups, "["+strings.Join(list, ", ")+"]")
				byKind[kind(a)] = nil
			}
		}
		if !readable {
			return "some actions require different authorization information"
		}
		return "Invalid Input Actions: " + groups[0] + " and " + groups[1] + " require different authorization information"
	}
	questions := []decide.Question{
		q("s3:GetObject", bucket), q("sqs:SendMessage", bucket), q("s3:PutObject", bucket),
		q("sns:Publish", bucket), q("s3:DeleteObject", bucket), q("sqs:ReceiveMessage", bucket),
	}
	for name, test := range map[string]struct {
		readable bool
		calls    int
	}{
		// refused(6), s3, the rest refused, sqs, sns
		"along the brackets": {true, 5},
		// in the middle, where nothing can be read
		"by halves": {false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{script: func(in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
				for _, a := range in.ActionNames {
					if kind(a) != kind(in.ActionNames[0]) {
						return nil, &types.InvalidInputException{Message: aws.String(message(in.ActionNames, test.readable))}
					}
				}
				return allowing(in)
			}}
			got := ask(f, questions...)
			for _, question := range questions {
				if got[question].Decision != iampolicy.Allowed {
					t.Errorf("%s: %s, %q", question.Action, got[question].Decision, got[question].Unread.Reason)
				}
			}
			if test.calls != 0 && len(f.asked) != test.calls {
				t.Errorf("%d calls, want %d", len(f.asked), test.calls)
			}
		})
	}
}

func TestOneBadNameLeavesOnlyItsOwnCellsUnknown(t *testing.T) {
	for name, bad := range map[string]decide.Question{
		"an action that IAM does not know":    q("s3:GetObjekt", bucket),
		"a resource that IAM does not accept": q("s3:GetObject", "arn:bad"),
	} {
		t.Run(name, func(t *testing.T) {
			questions := []decide.Question{bad}
			for _, action := range []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"} {
				for _, resource := range []string{bucket, table, "arn:aws:s3:::c"} {
					questions = append(questions, q(action, resource))
				}
			}
			f := &fake{script: func(in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
				if slices.Contains(in.ActionNames, "s3:GetObjekt") {
					return nil, &types.InvalidInputException{Message: aws.String("Invalid Action s3:GetObjekt in " + strings.Join(in.ActionNames, " "))}
				}
				if slices.Contains(in.ResourceArns, "arn:bad") {
					return nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "arn:bad in " + strings.Join(in.ResourceArns, " ") + strings.Join(in.ActionNames, " ")}
				}
				return allowing(in)
			}}
			got := ask(f, questions...)
			for _, question := range questions {
				unknown := got[question].Decision == iampolicy.Undetermined
				if unknown != (question == bad) {
					t.Errorf("%s on %s: %s, %q", question.Action, question.Resource, got[question].Decision, got[question].Unread.Reason)
				}
			}
		})
	}
}

func TestInputThatIsWrongAsAWholeIsNotTakenApart(t *testing.T) {
	f := &fake{script: func(*iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
		return nil, &types.InvalidInputException{Message: aws.String("Invalid ARN of the policy source")}
	}}
	var questions []decide.Question
	for i := range 64 {
		questions = append(questions, q(fmt.Sprintf("s3:Get%d", i), bucket))
	}
	got := ask(f, questions...)
	if len(f.asked) != 3 {
		t.Errorf("%d calls, want 3: the whole and both halves", len(f.asked))
	}
	for _, question := range questions {
		equal(t, got[question].Unread.Reason, "iam:SimulatePrincipalPolicy failed with InvalidInput for "+role+": Invalid ARN of the policy source")
	}
}

func TestACallStaysWithinTheLimits(t *testing.T) {
	tests := map[string]struct{ actions, resources int }{
		"many actions":                  {230, 1},
		"many resources":                {1, 55},
		"both":                          {60, 30},
		"just what a call holds":        {25, 20},
		"as many actions as a call has": {100, 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var questions []decide.Question
			for r := range test.resources {
				for a := range test.actions {
					questions = append(questions, q(fmt.Sprintf("s3:Get%d", a), fmt.Sprintf("arn:aws:s3:::b%d", r)))
				}
			}
			f := &fake{script: allowing}
			got := ask(f, questions...)
			for _, in := range f.asked {
				if a, r := len(in.ActionNames), len(in.ResourceArns); a > 100 || r > 20 || a*r > 500 {
					t.Errorf("a call of %d actions and %d resources", a, r)
				}
			}
			for _, question := range questions {
				if got[question].Decision != iampolicy.Allowed {
					t.Errorf("%s on %s: %q", question.Action, question.Resource, got[question].Unread.Reason)
				}
			}
			if cells := test.actions * test.resources; cells == 500 && len(f.asked) != 1 {
				t.Errorf("%d calls, want 1", len(f.asked))
			}
		})
	}
}

func TestSixtyNeedsOverTwelveServicesCostAtMostFourCalls(t *testing.T) {
	// of is what the need of a number asks: its service, action and resource.
	for name, of := range map[string]func(i int) decide.Question{
		"five actions on one resource of each service": func(i int) decide.Question {
			return q(fmt.Sprintf("s%d:Act%d", i%12, i/12), fmt.Sprintf("arn:aws:s%d:::one", i%12))
		},
		"an action and a resource for each need": func(i int) decide.Question {
			return q(fmt.Sprintf("s%d:Act%d", i%12, i), fmt.Sprintf("arn:aws:s%d:::%d", i%12, i))
		},
		"the same action on five resources of each service": func(i int) decide.Question {
			return q(fmt.Sprintf("s%d:Act", i%12), fmt.Sprintf("arn:aws:s%d:::%d", i%12, i))
		},
		"some without a resource type": func(i int) decide.Question {
			if i%5 == 0 {
				return q(fmt.Sprintf("s%d:List%d", i%12, i), "*")
			}
			return q(fmt.Sprintf("s%d:Act%d", i%12, i), fmt.Sprintf("arn:aws:s%d:::%d", i%12, i))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var questions []decide.Question
			for i := range 60 {
				questions = append(questions, of(i))
			}
			f := &fake{script: allowing}
			f.script = func(in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
				if a, r := len(in.ActionNames), len(in.ResourceArns); a > 100 || r > 20 || a*r > 500 {
					t.Errorf("a call of %d actions and %d resources", a, r)
				}
				out, err := allowing(in)
				if len(in.ResourceArns) == 1 && in.ResourceArns[0] == "*" {
					for i := range out.EvaluationResults {
						out.EvaluationResults[i].ResourceSpecificResults = nil
					}
				}
				return out, err
			}
			got := ask(f, questions...)
			if len(f.asked) > 4 {
				t.Errorf("%d calls", len(f.asked))
			}
			for _, question := range questions {
				if got[question].Decision != iampolicy.Allowed {
					t.Errorf("%s on %s: %q", question.Action, question.Resource, got[question].Unread.Reason)
				}
			}
			if len(got) != 60 {
				t.Errorf("%d answers: a cell that nobody asked about was read", len(got))
			}
		})
	}
}

func TestQuestionsShareACallOnlyWithTheSameRoleKeysAndPolicy(t *testing.T) {
	noon := decide.NewRequestContext(map[string][]string{"aws:CurrentTime": {"2026-11-21T12:00:00Z"}})
	base := decide.Question{Role: role, Action: "s3:GetObject", Resource: bucket}
	otherRole, otherKeys, supposed, everything := base, base, base, base
	otherRole.Role = role + "2"
	otherKeys.Context = noon
	supposed.With = `{"Version":"2012-10-17","Statement":[]}`
	everything.Resource, everything.Action = "*", "s3:ListAllMyBuckets"
	same := q("s3:PutObject", table)
	f := &fake{script: allowing}
	ask(f, base, otherRole, otherKeys, supposed, everything, same)
	type call struct {
		Role               string
		Actions, Resources []string
		Policies           []string
		Keys               int
	}
	var got []call
	for _, in := range f.asked {
		got = append(got, call{aws.ToString(in.PolicySourceArn), in.ActionNames, in.ResourceArns, in.PolicyInputList, len(in.ContextEntries)})
		if aws.ToInt32(in.MaxItems) != 1000 || in.ResourcePolicy != nil || in.CallerArn != nil {
			t.Errorf("asked with MaxItems %d, ResourcePolicy %v, CallerArn %v", aws.ToInt32(in.MaxItems), in.ResourcePolicy, in.CallerArn)
		}
	}
	slices.SortFunc(got, func(a, b call) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	want := []call{
		{role + "2", []string{"s3:GetObject"}, []string{bucket}, nil, 0},
		{role, []string{"s3:GetObject"}, []string{bucket}, nil, 1},
		{role, []string{"s3:GetObject"}, []string{bucket}, []string{supposed.With}, 0},
		{role, []string{"s3:GetObject", "s3:PutObject"}, []string{bucket, table}, nil, 0},
		{role, []string{"s3:ListAllMyBuckets"}, []string{"*"}, nil, 0},
	}
	slices.SortFunc(want, func(a, b call) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	equal(t, got, want)
}

func TestAKeyThatIsKnownToBeAbsentIsNotSentAndCostsNoCallOfItsOwn(t *testing.T) {
	f := &fake{script: allowing}
	open, absent := q("s3:GetObject", bucket), q("s3:PutObject", bucket)
	open.Context = decide.NewRequestContext(map[string][]string{"aws:RequestedRegion": {"us-east-1"}})
	absent.Context = decide.NewRequestContext(map[string][]string{"aws:RequestedRegion": {"us-east-1"}, "lambda:SourceFunctionArn": nil})
	got := ask(f, open, absent)
	if len(f.asked) != 1 || len(f.asked[0].ContextEntries) != 1 {
		t.Errorf("calls: %+v", f.asked)
	}
	equal(t, got, map[decide.Question]decide.Answer{open: {Decision: iampolicy.Allowed}, absent: {Decision: iampolicy.Allowed}})
}

func TestRequestKeysAreSentWithTheirTypesSortedByName(t *testing.T) {
	question := q("s3:GetObject", bucket)
	question.Context = decide.NewRequestContext(map[string][]string{
		"aws:SecureTransport": {"true"}, "AWS:currenttime": {"2026-11-21T12:00:00Z"}, "aws:SourceIp": {"192.0.2.1"},
		"kms:EncryptionContextKeys": {"a", "b"}, "aws:RequestedRegion": {"us-east-1"}, "aws:MultiFactorAuthAge": {"60"}, "aws:SourceVpc": {},
	})
	f := &fake{script: allowing}
	ask(f, question)
	var got []string
	for _, e := range f.asked[0].ContextEntries {
		if !slices.Contains(e.ContextKeyType.Values(), e.ContextKeyType) {
			t.Errorf("%s has the type %q, which IAM does not know", *e.ContextKeyName, e.ContextKeyType)
		}
		got = append(got, fmt.Sprintf("%s %s %v", *e.ContextKeyName, e.ContextKeyType, e.ContextKeyValues))
	}
	equal(t, got, []string{
		"AWS:currenttime date [2026-11-21T12:00:00Z]",
		"aws:MultiFactorAuthAge numeric [60]",
		"aws:RequestedRegion string [us-east-1]",
		"aws:SecureTransport boolean [true]",
		"aws:SourceIp ip [192.0.2.1]",
		"kms:EncryptionContextKeys stringList [a b]",
	})
}

func TestAskingAloneMakesOneCallAQuestionAndSaysSo(t *testing.T) {
	f := &fake{script: guarded}
	questions := []decide.Question{q("s3:GetObject", bucket), q("s3:GetObject", table), q("s3:GetObject", bucket)}
	got := (&simulate.Simulator{API: f}).AskAlone(context.Background(), questions)
	if len(f.asked) != 2 {
		t.Errorf("%d calls, want 2", len(f.asked))
	}
	for _, question := range questions {
		if a := got[question]; !a.Alone || a.Organizations == nil || *a.Organizations {
			t.Errorf("%s: alone %t, organizations %v", question.Resource, a.Alone, a.Organizations)
		}
	}
}

func TestPoliciesAreLeftOutOnlyWhereThatIsAsked(t *testing.T) {
	f := &fake{script: allowing}
	outside := q("s3:GetObject", bucket)
	outside.Without = decide.WithoutSCPs
	got := ask(f, q("s3:GetObject", bucket), outside, q("s3:PutObject", bucket))
	if len(f.asked) != 2 || len(got) != 3 {
		t.Fatalf("%d calls, %d answers", len(f.asked), len(got))
	}
	for _, in := range f.asked {
		var left []types.PolicyIdentifier
		if len(in.ActionNames) == 1 {
			left = []types.PolicyIdentifier{&types.PolicyIdentifierMemberPolicyType{Value: "scp"}}
		}
		if diff := cmp.Diff(left, in.PolicyExclusionList, cmpopts.IgnoreUnexported(types.PolicyIdentifierMemberPolicyType{})); diff != "" {
			t.Errorf("%v (-want +got)\n%s", in.ActionNames, diff)
		}
	}
}

func TestNothingAskedIsNoCall(t *testing.T) {
	f := &fake{script: allowing}
	if got := ask(f); len(got) != 0 || len(f.asked) != 0 {
		t.Errorf("%d answers and %d calls", len(got), len(f.asked))
	}
}

func TestTheSameQuestionsMakeTheSameCalls(t *testing.T) {
	var questions []decide.Question
	for i := range 40 {
		questions = append(questions, decide.Question{
			Role: fmt.Sprintf("%s%d", role, i%7), Action: fmt.Sprintf("s3:Get%d", i%5), Resource: fmt.Sprintf("arn:aws:s3:::b%d", i),
			Context: decide.NewRequestContext(map[string][]string{"b": {"1"}, "a": {"2"}, "c": {"3"}}),
		})
	}
	calls := func() []string {
		f := &fake{script: func(in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
			time.Sleep(time.Duration(len(in.ResourceArns)%3) * time.Millisecond) // let the calls overtake each other
			return allowing(in)
		}}
		ask(f, questions...)
		var out []string
		for _, in := range f.asked {
			var keys []string
			for _, e := range in.ContextEntries {
				keys = append(keys, *e.ContextKeyName)
			}
			out = append(out, fmt.Sprint(*in.PolicySourceArn, in.ActionNames, in.ResourceArns, keys))
		}
		slices.Sort(out)
		return out
	}
	first := calls()
	for range 5 {
		equal(t, calls(), first)
	}
}
