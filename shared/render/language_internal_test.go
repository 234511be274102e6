package render

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"permprobe/shared/finding"
)

var verbs = regexp.MustCompile(`%(?:\[(\d)\])?([sd])`)

// arguments are the kinds of the arguments of a phrase, by number.
func arguments(t *testing.T, text string) map[int]string {
	t.Helper()
	out, at := map[int]string{}, 0
	for _, m := range verbs.FindAllStringSubmatch(text, -1) {
		at++
		if m[1] != "" {
			at = int(m[1][0] - '0')
		}
		out[at] = m[2]
	}
	if strings.Count(text, "%") != len(verbs.FindAllString(text, -1)) {
		t.Errorf("%q holds another verb", text)
	}
	return out
}

func TestEveryPhraseIsThereInEveryLanguageWithTheSameArguments(t *testing.T) {
	for p := range phraseCount {
		words := phrases[p]
		if strings.TrimSpace(words.en) == "" || strings.TrimSpace(words.ja) == "" {
			t.Errorf("phrase %d is %q and %q", p, words.en, words.ja)
		}
		en, ja := arguments(t, words.en), arguments(t, words.ja)
		for at, kind := range en {
			if ja[at] != kind {
				t.Errorf("argument %d of %q is not in %q", at, words.en, words.ja)
			}
		}
		if len(en) != len(ja) {
			t.Errorf("%q has %d arguments, %q %d", words.en, len(en), words.ja, len(ja))
		}
		if left := english(words.ja); left != "" {
			t.Errorf("%q holds %q", words.ja, left)
		}
	}
	for n := range nounCount {
		words := nouns[n]
		if words.one == "" || len(arguments(t, words.en)) != 1 || len(arguments(t, words.ja)) != 1 || english(words.ja) != "" {
			t.Errorf("noun %d is %+v", n, words)
		}
	}
}

// products are words that Japanese texts about AWS hold as they are.
var products = strings.Fields("permprobe AWS Lambda IAM API Gateway REST HTTP WebSocket EventBridge Scheduler Pipes S3 SNS SQS SES VPC ARN URL X-Ray JSON " +
	"CloudWatch Insights AccessDenied DeadLetterErrors DestinationDeliveryFailures Cognito Config IoT Step Functions UTC Id SAM CloudFormation Terraform " +
	"Firehose AppSync Secrets Manager Amazon Bedrock Connect Lex CodePipeline CloudFront Lattice Application Load Balancer durable execution")

var word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9-]+`)

// english is the first English word in a Japanese text that is no name; empty where there is none.
func english(text string) string {
	text = verbs.ReplaceAllString(text, "")
	text = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(text, "")
	for _, one := range word.FindAllString(text, -1) {
		if !slices.Contains(products, one) {
			return one
		}
	}
	return ""
}

func TestEveryFindingIsToldInJapaneseWhateverItIs(t *testing.T) {
	checks := []string{"X99"} // one that nothing special is said of
	for id, said := range sayings() {
		checks = append(checks, id)
		if said.title == "" || said.symptom == "" || english(said.title+said.symptom) != "" {
			t.Errorf("%s: %+v", id, said)
		}
	}
	places := []finding.Place{finding.PlaceExecutionRole, finding.PlaceInvoke, finding.PlaceTarget, finding.PlaceGuardrail, finding.PlaceConfiguration}
	commands := []string{
		"", "aws lambda add-permission --x", "aws lambda remove-permission --x", "aws lambda remove-permission --x && aws lambda add-permission --x",
		"aws iam put-role-policy --x", "aws iam attach-role-policy --x", "aws iam update-assume-role-policy --x", "aws sqs set-queue-attributes --x",
	}
	principals := []string{"", "*", "arn:aws:iam::123456789012:role/path/r", "s3.amazonaws.com"}
	sources := []string{"", "odd", "arn:aws:s3:::b", "arn:aws:execute-api:us-east-1:1:a/*/GET/", "arn:aws:logs:us-east-1:1:log-group:/g:*", "arn:aws:new:us-east-1:1:x"}
	n := 0
	for _, check := range checks {
		for _, place := range places {
			for _, decision := range []string{"implicitDeny", "explicitDeny", "allowed"} {
				for i, command := range commands {
					f := finding.Finding{
						Check: check, Place: place, Title: "the", Symptom: "words", Cause: "are",
						Function: "arn:aws:lambda:us-east-1:123456789012:function:関数", Qualifier: "2", Role: "arn:aws:iam::123456789012:role/1",
						Principal: principals[i%len(principals)], SourceARN: sources[i%len(sources)],
						Action: "s3:GetObject,s3:PutObject,s3:ListBucket,s3:DeleteObject", Resource: "arn:aws:s3:::b",
						Evidence: finding.Evidence{Decision: decision, Policy: []string{"", "inline policy 1 of 2", "trust policy of 1", "policy of 1", "policies of 1"}[i%5], StatementID: []string{"", "#2", "1"}[i%3]},
						Fix:      finding.Fix{Summary: "english", CLI: command},
					}
					inJapanese(&f)
					n++
					for _, text := range []string{f.Title, f.Symptom, f.Cause, f.Fix.Summary, f.Evidence.Policy} {
						text, _, _ = strings.Cut(text, " 詳細 (英語): ")
						plain := text
						for _, machine := range []string{
							f.SourceARN, "arn:aws:s3:::b", "s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3.amazonaws.com", "S3 バケット b", "API a", "/g",
						} {
							if machine != "" {
								plain = strings.ReplaceAll(plain, machine, "")
							}
						}
						plain = strings.TrimSuffix(strings.ReplaceAll(plain, "ロール r", ""), "r")
						if text == "" && f.Evidence.Policy != "" || english(plain) != "" || strings.ContainsAny(text, "{}") || strings.Contains(text, "  ") {
							t.Fatalf("%s %s %s %q: %q holds %q", check, place, decision, command, text, english(plain))
						}
					}
					if !strings.HasSuffix(f.Cause, "詳細 (英語): are") {
						t.Fatalf("what the English cause says is lost: %q", f.Cause)
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d findings", n)
	}
}

func TestALanguageIsNamedOrEnglish(t *testing.T) {
	for name, want := range map[string]Language{"": English, "EN": English, "JA": Japanese} {
		if got, err := ParseLanguage(name); got != want || err != nil {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := ParseLanguage("ja"); err == nil || !strings.Contains(err.Error(), `"ja"`) {
		t.Errorf("%v", err)
	}
}

func TestTheStoredReportStaysEnglish(t *testing.T) {
	r := &finding.Report{Findings: []finding.Finding{{Check: "R1", Title: "title", Cause: "cause"}}}
	r.Finish()
	if text := Japanese.Text(r); !strings.Contains(text, "引き受けられません") {
		t.Error(text)
	}
	if r.Findings[0].Title != "title" || r.Findings[0].Cause != "cause" {
		t.Errorf("%+v", r.Findings[0])
	}
}
