package render

import (
	"regexp"
	"strings"
	"testing"

	"permprobe/shared/finding"
)

// said are sentences of runs that no template of the checks leads to, with what must be in their Japanese form.
var said = map[string]string{
	"policy strict would be 4100 bytes long, and SES takes 4096: a part of it must go into another one": "ポリシー strict は 4100 バイトになり",
	"the identity has 20 policies, and SES takes no more: one of them must take the statement":          "20 個のポリシーがあり",
	"s3:GetObject failed with SlowDown":                                                                         "s3:GetObject が SlowDown で失敗しました",
	"s3:PutObject did not answer in time":                                                                       "時間内にありませんでした",
	"lambda:ListFunctions did not answer: EOF":                                                                  "応答がありませんでした: EOF",
	"the time of the run was over before lambda:GetPolicy answered":                                             "実行時間が終了しました",
	"the time of the run was over before the simulator answered":                                                "シミュレーターの応答を待つ間に",
	"iam:SimulatePrincipalPolicy was throttled (Throttling) until permprobe gave up, for arn:aws:iam::1:role/r": "スロットリング (Throttling)",
	"function urls are not read: set the parameter ReadFunctionUrls of the stack to on":                         "関数 URL は読み取っていません。スタックのパラメーター ReadFunctionUrls を on にすると読み取ります",
	"other triggers are not read: set the parameter ReadOtherTriggers of the stack to on":                       "その他のトリガーは読み取っていません",
	"subscription filters are not read: set the parameter ReadSubscriptionFilters of the stack to on":           "サブスクリプションフィルターは",
	`no function of 123456789012 in us-east-1 is named "billing-*"`:                                             `"billing-*" という名前の関数はありません`,
	"permprobe's own state s3://state/state/1/r.json is not used, so runs may overlap, one that is cut short is not continued, and what was told before is told again: s3:GetObject is refused (AccessDenied)":                                                    "s3:GetObject が拒否されました (AccessDenied)",
	"permprobe's own state s3://state/k is not used, so runs may overlap, one that is cut short is not continued, and what was told before is told again: s3:GetObject is refused (AccessDenied), as it is without s3:ListBucket while the object does not exist": "s3:ListBucket の権限がないとき",
	"permprobe's own state s3://state/k is not used, so runs may overlap, one that is cut short is not continued, and what was told before is told again: the object is larger than 5 bytes; it is left as it is, and permprobe begins anew when you delete it":   "5 バイトを超えています。オブジェクトはそのまま",
	"permprobe's own state s3://state/k is not used, so runs may overlap, one that is cut short is not continued, and what was told before is told again: encode the state: it would be larger than 5 bytes":                                                      "5 バイトを超えます",
	"permprobe's own state s3://state/k is not used, so runs may overlap, one that is cut short is not continued, and what was told before is told again: another run has taken over, so what this one found and where it stopped is not kept":                    "引き継がれた",
	"permprobe's own state s3://state/k was written by a newer permprobe (version 5, this one knows 4): it was set aside as state/k.set-aside.json, and what was found before is told anew":                                                                       "バージョン 5 で書き込まれています",
	`permprobe's own state s3://state/k is about account "1" in "r": it was set aside as state/a.json, and what was found before is told anew`:                                                                                                                    `アカウント "1"、リージョン "r" の状態です`,
	"permprobe's own state s3://state/k is not understood: what was found: unexpected EOF: it was set aside as state/a.json, and what was found before is told anew":                                                                                              "解釈できません",
	"what was delivered is not known from s3://state/k, so it may be told again: s3:GetObject failed with X":                                                                                                                                                      "再度通知される可能性があります",
	"what permprobe remembers in s3://state/k is not used, so this run asks everything anew: it is not understood: EOF":                                                                                                                                           "今回はすべてを問い合わせます",
	"nothing was looked at: another run works on 123456789012 in us-east-1, until 2026-11-21T03:16:00Z at the latest":                                                                                                                                             "ほかの実行が最長 2026-11-21T03:16:00Z まで動作中",
	"nothing was told or kept: another run works on 1 in r, until T at the latest, and tells what it finds":                                                                                                                                                       "検出はその実行が通知します",
	"what is told now may be told again by the next run, because it could not be kept that it was":                                                                                                                                                                "次回の実行で再度通知",
	"the ends of 3 runs that nobody took are not sent any more":                                                                                                                    "3 件は、今後送信しません",
	"the mute at probe.yaml:4 (on purpose) expired after 2026-11-21: what it hid is told again (2 of the findings)":                                                                "（on purpose）は 2026-11-21 で期限切れ",
	"the mute at probe.yaml:4 (on purpose) hides nothing: no finding that was decided matches it":                                                                                  "一致する検出はありません",
	"the digest was not accepted by arn:aws:sns:r:1:t in any form: InvalidParameter: no; it is not sent again, because that would not mend it":                                     "再送しません: InvalidParameter: no",
	"the digest was sent in a shorter form, because arn:aws:sns:r:1:t refused the whole: InvalidParameter: no":                                                                     "arn:aws:sns:r:1:t に拒否されたため、短い形式で送信しました: InvalidParameter: no",
	"after that nothing was sent to Security Hub any more: it is told of 7 more findings by the next run":                                                                          "残りの検出 7 件は",
	"after that nothing was sent to default any more: the next run sends 7 more events":                                                                                            "残りのイベント 7 件は",
	"the digest was not accepted by arn:aws:sns:r:1:t: AuthorizationError: no":                                                                                                     "arn:aws:sns:r:1:t に受け付けられませんでした: AuthorizationError: no",
	`the event "Lambda Permission Finding" about arn:aws:lambda:r:1:function:f was not accepted by default: MalformedDetail; it is not sent again, because that would not mend it`: "再送しません: MalformedDetail",
	`the event "Lambda Permission Scan Completed" was not accepted by default: ThrottlingException: slow`:                                                                          "イベント Lambda Permission Scan Completed が default に",
	"3 findings were not accepted by Security Hub: InvalidAccessException: no":                                                                                                     "検出 3 件が Security Hub に",
	"the finding permprobe/1 was not accepted by Security Hub: InternalException: later":                                                                                           "検出 permprobe/1 が Security Hub に",
	"Security Hub says that it took 1 of 2 findings and names 0 that it did not take":                                                                                              "2 件のうち 1 件",
}

func TestWhatRunsSayOfThemselvesHasAJapaneseForm(t *testing.T) {
	for text, want := range said {
		got := Japanese.reason(text)
		if !strings.Contains(got, want) || strings.Contains(got, inEnglish) || strings.ContainsAny(got, "{}$") {
			t.Errorf("%s\n  %s", text, got)
		}
	}
}

func TestEveryRewordingHoldsWhatItTakesAndNoEnglish(t *testing.T) {
	for _, one := range rewordings() {
		groups := regexp.MustCompile(one.pattern).NumSubexp()
		for _, used := range regexp.MustCompile(`[{$](\d)`).FindAllStringSubmatch(one.japanese, -1) {
			if int(used[1][0]-'0') > groups {
				t.Errorf("%q has no group %s of %q", one.japanese, used[1], one.pattern)
			}
		}
		if left := english(regexp.MustCompile(`\$\d`).ReplaceAllString(one.japanese, "")); left != "" && !strings.Contains(" CodeDeploy readRoles probe Security Hub yaml on ACL Lex Transfer Family CodePipeline ECS AgentCore CodeCommit ID externalId CloudFront Cloud Control Amazon I8 deployer SQL Auto Scaling OpenSearch Serverless Glue Data Catalog MSK S3 Files CodeArtifact SES Aurora DSQL VPC Lattice ", " "+left+" ") {
			t.Errorf("%q holds %q", one.japanese, left)
		}
	}
}

func TestWhatHasNoJapaneseFormStaysEnglishAndSaysSo(t *testing.T) {
	if got := Japanese.reason("something new and 100$ strange"); got != inEnglish+"something new and 100$ strange" {
		t.Error(got)
	}
	if got := English.reason("anything"); got != "anything" {
		t.Error(got)
	}
	if got := Japanese.reason("the trust policy of $1{2} does not decide: a $3 {4} thing"); !strings.HasPrefix(got, inEnglish) {
		t.Error(got)
	}
	r := &finding.Report{Gaps: []finding.Gap{{Check: "R1", Reason: "iam:GetRole of $1 is refused (AccessDenied)"}}}
	r.Finish()
	if text := Japanese.Text(r); !strings.Contains(text, "$1 についての iam:GetRole が拒否されました (AccessDenied)") {
		t.Error(text)
	}
}

func TestAComparisonIsJapaneseWhole(t *testing.T) {
	side := func(decision string) finding.ComparedSide {
		return finding.ComparedSide{
			Decision: decision, Policy: "inline policy 1 of 2", StatementID: "#1", Resource: "arn:aws:s3:::b",
			Detail: `resource "arn:aws:s3:::b" does not cover "arn:aws:s3:::b/k"`, Reason: "iam:SimulatePrincipalPolicy is refused (AccessDenied): permprobe's role lacks it",
		}
	}
	c := &finding.Comparison{
		Status: finding.ReportIncomplete, Truncated: true, Account: "1", Region: "2", Summary: finding.ComparisonSummary{Permissions: 3, Different: 1, Grants: 1, Settings: 2, Undecided: 1},
		A: finding.ComparedFunction{Function: "1"}, B: finding.ComparedFunction{Function: "2"},
		Grants: []finding.ComparedGrant{{Has: "b", Action: "s3:GetObject", Resource: "*", Policy: "policies of 1", StatementID: "#2", Other: "undetermined"}},
		Gaps:   []finding.Gap{{Reason: `no function of 123456789012 in us-east-1 is named "x"`}},
	}
	for purpose := range settingWords() {
		c.Permissions = append(c.Permissions, finding.ComparedPermission{Purpose: purpose, Action: "s3:GetObject", A: side("allowed"), B: side("undetermined")})
		c.Configuration = append(c.Configuration, finding.ComparedSetting{Name: purpose, A: purpose, B: purpose, Matters: "the role must be allowed to mount them"})
	}
	c.Permissions = append(c.Permissions, finding.ComparedPermission{Purpose: "write logs", Same: true, A: finding.ComparedSide{Decision: "implicitDeny", Needed: true}, B: finding.ComparedSide{Decision: "explicitDeny", Needed: true}})
	text := Japanese.Comparison(c)
	plain := regexp.MustCompile(`s3:GetObject|iam:SimulatePrincipalPolicy|arn:aws:s3:::b(/k)?|us-east-1|"x"`).ReplaceAllString(text, "")
	if left := english(strings.ReplaceAll(plain, "zip", "")); left != "" || strings.Contains(text, inEnglish) {
		t.Errorf("it holds %q:\n%s", left, text)
	}
	if !strings.Contains(Comparison(c), "1 and 2 compared: 1 of 3 permissions differ") {
		t.Error(Comparison(c))
	}
}
