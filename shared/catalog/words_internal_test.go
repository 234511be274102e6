package catalog

import "testing"

func TestNounsGetTheArticleThatIsSpoken(t *testing.T) {
	for noun, want := range map[string]string{
		"API": "an API", "bucket": "a bucket", "event rule": "an event rule", "SNS topic": "an SNS topic", "IoT rule": "an IoT rule",
		"URL": "a URL", "user pool": "a user pool", "S3 bucket": "an S3 bucket", "Config rule": "a Config rule", "": "a ",
	} {
		if got := indefinite(noun); got != want {
			t.Errorf("%q: want %q, have %q", noun, want, got)
		}
	}
}
