package iampolicy_test

import (
	"testing"

	"permprobe/shared/iampolicy"
)

func TestAPatternCoversWhatItsWildcardsStandFor(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		fold, want    bool
	}{
		{"s3:Get*", "s3:GetObject", true, true},
		{"S3:get*", "s3:GetObject", true, true},
		{"S3:get*", "s3:GetObject", false, false},
		{"*", "iam:PassRole", true, true},
		{"arn:aws:s3:::a-?/*", "arn:aws:s3:::a-1/x/y", false, true},
		{"arn:aws:s3:::a-?/*", "arn:aws:s3:::a-12/x", false, false},
		{"arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::ann/x", false, false},
		{"arn:aws:s3:::" + iampolicy.Unknown("Parameter Bucket") + "/*", "arn:aws:s3:::ann/x", false, true},
		{"arn:aws:s3:::" + iampolicy.Unknown("Parameter Bucket") + "/*", "arn:aws:sqs:::ann/x", false, false},
		{"arn:aws:s3:::ann/*", "arn:aws:s3:::" + iampolicy.Unknown("Parameter Bucket"), false, true},
	} {
		if have := iampolicy.Covers(c.pattern, c.text, c.fold); have != c.want {
			t.Errorf("Covers(%q, %q, %v) is %v", c.pattern, c.text, c.fold, have)
		}
	}
}
