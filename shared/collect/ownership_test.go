package collect_test

import (
	"context"
	"strings"
	"testing"

	"permprobe/shared/collect"
	"permprobe/shared/fact"
	"permprobe/shared/localaws"

	"github.com/google/go-cmp/cmp"
)

const ownershipTemplate = `
Resources:
  New: {Type: AWS::S3::Bucket, Properties: {BucketName: new}}
  Old: {Type: AWS::S3::Bucket, Properties: {BucketName: old}}
  Enforced: {Type: AWS::S3::Bucket, Properties: {BucketName: enforced, OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}}}
  Preferred: {Type: AWS::S3::Bucket, Properties: {BucketName: preferred, OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerPreferred}]}}}
  Writer: {Type: AWS::S3::Bucket, Properties: {BucketName: writer, OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}}}
  Left: {Type: AWS::S3::Bucket, Properties: {BucketName: left, OwnershipControls: !ImportValue Ownership}}
  LeftToo: {Type: AWS::S3::Bucket, Properties: {BucketName: left-too, OwnershipControls: {Rules: [{ObjectOwnership: !ImportValue Ownership}]}}}
  Later: {Type: AWS::S3::Bucket, Properties: {BucketName: later, OwnershipControls: {Rules: [{ObjectOwnership: NobodyAtAll}]}}}
`

// ownershipOf reads whose the objects of buckets are, twice.
func ownershipOf(t *testing.T, c *collect.Collector, names ...string) map[string]fact.Read[fact.Ownership] {
	t.Helper()
	var arns []string
	for _, name := range names {
		arns = append(arns, "arn:aws:s3:::"+name)
	}
	facts := read(t, c, arns...)
	for range 2 {
		c.Ownership(context.Background(), facts, targets(t, arns...))
	}
	out := map[string]fact.Read[fact.Ownership]{}
	for i, arn := range arns {
		if target, _ := facts.Targets[arn].Value(); target.Ownership != nil {
			out[names[i]] = *target.Ownership
		}
	}
	return out
}

func TestWhoseTheObjectsOfABucketAreIsReadOnce(t *testing.T) {
	overlay := map[string]map[string]any{"arn:aws:s3:::old": {"OwnershipControls": "none"}}
	c, server := collector(t, localaws.Options{Overlay: overlay}, ownershipTemplate)
	names := []string{"new", "old", "enforced", "preferred", "writer"}
	have := map[string]fact.Ownership{}
	for name, one := range ownershipOf(t, c, names...) {
		have[name], _ = one.Value()
	}
	want := map[string]fact.Ownership{
		"new": fact.OwnerEnforced, "old": fact.ObjectWriter, "enforced": fact.OwnerEnforced, "preferred": fact.OwnerPreferred, "writer": fact.ObjectWriter,
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have):\n%s", diff)
	}
	asked := 0
	for _, call := range server.Calls() {
		if call.Operation == "GetBucketOwnershipControls" {
			asked++
		}
	}
	if asked != len(names) {
		t.Errorf("asked %d times about %d buckets", asked, len(names))
	}
}

func TestASettingThatIsNotReadIsNotKnown(t *testing.T) {
	for name, want := range map[string]string{"left": "leaves its OwnershipControls open", "left-too": "leaves its OwnershipControls open", "later": `"NobodyAtAll", of which nothing is known`} {
		c, _ := collector(t, localaws.Options{}, ownershipTemplate)
		one := ownershipOf(t, c, name)[name]
		if why, unread := one.Unread(); !unread || why.Elsewhere || !strings.Contains(why.Reason, want) {
			t.Errorf("%s: %+v", name, why)
		}
	}
	c, _ := collector(t, localaws.Options{Faults: []localaws.Fault{{Service: "s3", Operation: "GetBucketOwnershipControls", Code: "AccessDenied"}}}, ownershipTemplate)
	one := ownershipOf(t, c, "writer")["writer"]
	want := fact.Unread{
		Operation: "s3:GetBucketOwnershipControls", Permission: "s3:GetBucketOwnershipControls", Resource: "arn:aws:s3:::writer",
		Reason: "s3:GetBucketOwnershipControls is refused (AccessDenied)",
	}
	if why, _ := one.Unread(); why != want {
		t.Errorf("%+v", why)
	}
}

func TestOfABucketThatIsNotKnownNobodyAsksWhoseItsObjectsAre(t *testing.T) {
	c, server := collector(t, localaws.Options{}, ownershipTemplate)
	if have := ownershipOf(t, c, "nowhere"); len(have) > 0 {
		t.Errorf("%v", have)
	}
	for _, call := range server.Calls() {
		if call.Operation == "GetBucketOwnershipControls" {
			t.Errorf("%+v", call)
		}
	}
}

func TestAnotherAccountsSettingIsReadByItsReadRole(t *testing.T) {
	const arn = "arn:aws:s3:::lent"
	c, _ := awayWith(t, localaws.Options{}, `
  Lent: {Type: AWS::S3::Bucket, Properties: {BucketName: lent, OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerPreferred}]}}}
`)
	one := ownershipOf(t, c, "lent")["lent"]
	if setting, _ := one.Value(); setting != fact.OwnerPreferred {
		why, _ := one.Unread()
		t.Errorf("%s: %q, %+v", arn, setting, why)
	}
}
