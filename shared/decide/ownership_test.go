package decide

import (
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"

	"github.com/google/go-cmp/cmp"
)

// shelf is a bucket of the account with a policy, and with the setting that is read of it where one is.
func shelf(t *testing.T, name, statement string, setting fact.Ownership) fact.Target {
	t.Helper()
	target := fact.Target{Kind: fact.TargetBucket, ARN: "arn:aws:s3:::" + name, Policy: fact.Absent[fact.ResourcePolicy]()}
	if statement != "" {
		target.Policy = fact.Known(fact.ResourcePolicy{Policy: policy(t, iampolicy.Resource, statement)})
	}
	if setting != "" {
		read := fact.Known(setting)
		target.Ownership = &read
	}
	return target
}

func onShelf(action, resource string, purpose need.Purpose) need.Need {
	return need.Need{Kind: need.Identity, Purpose: purpose, Level: need.Required, Function: fact.FunctionRef{ARN: function}, Role: roleARN, Action: action, Resource: resource}
}

const partnerPuts = `{"Effect":"Allow","Principal":{"AWS":"333333333333"},"Action":"s3:PutObject","Resource":"*"}`

func TestWhoseObjectsAreIsAskedWhereItDecidesAlone(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy]()))
	facts.Targets = map[string]fact.Read[fact.Target]{}
	for name, statement := range map[string]string{"own": "", "shared": partnerPuts} {
		target := shelf(t, name, statement, "")
		facts.Targets[target.ARN] = fact.Known(target)
	}
	facts.Targets["arn:aws:s3:::unread"] = fact.NotRead[fact.Target](fact.Unread{Reason: "no"})
	for _, test := range []struct {
		need need.Need
		asks bool
	}{
		{onShelf("s3:PutObjectAcl", "arn:aws:s3:::own/a", need.Declared), true},
		{onShelf("S3:putbucketacl", "arn:aws:s3:::own", need.Optional), true},
		{onShelf("s3:PutObjectVersionAcl", "arn:aws:s3:::own/a", need.Declared), true},
		{onShelf("s3:PutObjectAcl", "arn:aws:s3:::own/a", need.Inferred), false},
		{onShelf("s3:PutObjectAcl", "arn:aws:s3:::own/a", need.Refused), false},
		{onShelf("s3:PutObjectAcl", "arn:aws:s3:::unread/a", need.Declared), false},
		{onShelf("s3:PutObject", "arn:aws:s3:::own/a", need.Declared), false},
		{onShelf("s3:GetObject", "arn:aws:s3:::own/a", need.Declared), false},
		{onShelf("s3:GetObject", "arn:aws:s3:::shared/a", need.Declared), true},
		{onShelf("s3:getobject", "arn:aws:s3:::shared/a", need.Inferred), true},
		{onShelf("s3:GetObjectVersion", "arn:aws:s3:::shared/a", need.Seen), true},
		{onShelf("s3:ListBucket", "arn:aws:s3:::shared", need.Declared), false},
		{onShelf("s3:DeleteObject", "arn:aws:s3:::shared/a", need.Declared), false},
		{onShelf("s3:GetObject", "arn:aws:s3:::unread/a", need.Declared), false},
		{onShelf("sqs:SendMessage", queueARN, need.Declared), false},
	} {
		have := OwnershipMatters(facts, []need.Need{test.need, test.need})
		if (len(have) == 1) != test.asks || len(have) > 1 {
			t.Errorf("%s on %s, %s: asked %v", test.need.Action, test.need.Resource, test.need.Purpose, have)
		}
	}
}

func TestWhatABucketsSettingsRefuseIsToldApartFromWhatItsPolicyDoes(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy](), policy(t, iampolicy.Identity, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)))
	target := shelf(t, "own", `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`, fact.OwnerEnforced)
	facts.Targets = map[string]fact.Read[fact.Target]{target.ARN: fact.Known(target)}
	needs := []need.Need{onShelf("s3:GetObject", "arn:aws:s3:::own/a", need.Declared), onShelf("s3:PutObjectAcl", "arn:aws:s3:::own/a", need.Declared)}
	answers := map[Question]Answer{}
	for _, q := range Questions(facts, needs) {
		answers[q] = Answer{Decision: iampolicy.Allowed}
	}
	var of []string
	for _, d := range All(facts, needs, answers) {
		if d.Verdict != Denied || !d.ByTarget || d.Refusal == nil {
			t.Fatalf("%s: %+v", d.Need.Action, d)
		}
		of = append(of, d.Refusal.Of())
	}
	if diff := cmp.Diff([]string{"arn:aws:s3:::own", "arn:aws:s3:::own ACLs"}, of); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
}

func TestAnObjectThatMayBeAnotherAccountsIsNoMatterOfTheOrganization(t *testing.T) {
	facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy](), policy(t, iampolicy.Identity, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)))
	facts.Organization = fact.NotRead[string](fact.Unread{})
	target := shelf(t, "own", `{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}`, fact.ObjectWriter)
	facts.Targets = map[string]fact.Read[fact.Target]{target.ARN: fact.Known(target)}
	needs := []need.Need{onShelf("s3:GetObject", "arn:aws:s3:::own/a", need.Declared)}
	answers := map[Question]Answer{Questions(facts, needs)[0]: {Decision: iampolicy.Allowed}}
	decisions := All(facts, needs, answers)
	if decisions[0].Verdict != Unknown || Organizational(facts, decisions) {
		t.Errorf("%+v", decisions[0])
	}
}
