package render

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/finding"
)

// translate is the report with its findings in the language. English is what is stored. The Japanese texts are not
// translations of the English ones: they are made from what a finding says in its fields, so that no sentence is taken
// apart and no check needs to know a language. What the English cause says beyond them follows, marked as English.
func (l Language) translate(r *finding.Report) *finding.Report {
	if l != Japanese {
		return r
	}
	out := *r
	for _, list := range []*[]finding.Finding{&out.Findings, &out.Resolved, &out.Gone} {
		*list = slices.Clone(*list)
		for i := range *list {
			inJapanese(&(*list)[i])
		}
	}
	out.RoleFixes = slices.Clone(r.RoleFixes)
	for i := range out.RoleFixes {
		one := &out.RoleFixes[i]
		one.Fix.Summary = roleFixInJapanese(one)
		if one.Fix.ProofReason != "" {
			one.Fix.ProofReason = l.reason(oneLine(one.Fix.ProofReason))
		}
	}
	return &out
}

// spoken are the words that a finding's Japanese texts are made of.
type spoken struct {
	f                                              *finding.Finding
	function, role, actions, resource, source, who string
}

func spokenOf(f *finding.Finding) spoken {
	s := spoken{f: f, function: functionName(f.Function), role: lastPart(f.Role), resource: cmp.Or(f.Resource, "対象のリソース"), source: sourceInJapanese(f), who: f.Principal}
	if f.Qualifier != "" {
		s.function += ":" + f.Qualifier
	}
	actions := strings.Split(f.Action, ",")
	s.actions = strings.Join(actions[:min(3, len(actions))], "、")
	if left := len(actions) - 3; left > 0 {
		s.actions = Japanese.say(someMore, s.actions, left)
	}
	if resources := strings.Split(f.Resource, ","); len(resources) > 2 {
		s.resource = Japanese.say(someMore, strings.Join(resources[:2], "、"), len(resources)-2)
	}
	switch {
	case f.Principal == "":
		s.who = "呼び出し元"
	case f.Principal == "*":
		s.who = "すべてのプリンシパル"
	case strings.Contains(f.Principal, ":role/"):
		s.who = "ロール " + lastPart(f.Principal)
	}
	return s
}

// lastPart is the name at the end of an ARN with a path.
func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, "/")+1:] }

// fill puts the words into a text: {function}, {role}, {actions}, {resource}, {source}, {who}.
func (s spoken) fill(text string) string {
	return strings.NewReplacer("{function}", s.function, "{role}", s.role, "{actions}", s.actions, "{resource}", s.resource,
		"{source}", s.source, "{who}", s.who).Replace(text)
}

func inJapanese(f *finding.Finding) {
	s := spokenOf(f)
	said := sayingOf(f)
	title, symptom, cause, fix := s.fill(said.title), s.fill(said.symptom), s.cause(), s.fix()
	if f.Cause != "" {
		cause += englishDetail + f.Cause
	}
	if f.Title != "" {
		f.Title = title
	}
	if f.Symptom != "" {
		f.Symptom = symptom
	}
	if f.Cause != "" {
		f.Cause = cause
	}
	for _, account := range f.Fix.Sides() {
		if account != "" {
			account = "アカウント " + account + " で"
		}
		fix += "続いて、" + account + "呼び出し先のリソースのポリシーも変更してください。"
	}
	switch {
	case f.Fix.InSAM():
		fix = samFirst + fix
	case f.Fix.InTemplate():
		fix = templateFirst + fix
	}
	if f.Fix.InTerraform() {
		fix = terraformFirst + fix
	}
	if f.Fix.Summary != "" {
		f.Fix.Summary = fix
	}
	if f.Fix.ProofReason != "" {
		f.Fix.ProofReason = Japanese.reason(oneLine(f.Fix.ProofReason))
	}
	f.Evidence.Policy = policyInJapanese(f.Evidence.Policy)
}

// roleFixInJapanese is what one change for several findings of a role is.
func roleFixInJapanese(fix *finding.RoleFix) string {
	role, count := lastPart(fix.Role), Japanese.count(len(fix.Findings), findingNoun)
	if strings.Contains(fix.Fix.CLI, " create-policy ") {
		return count + "をまとめて修正します: 不足している権限を 1 つのカスタマー管理ポリシーで " + role + " に付与してください。ロールのインラインポリシーには上限（合計 10,240 文字）まで余裕がありません。"
	}
	if strings.Contains(fix.Fix.CLI, " attach-role-policy ") {
		return count + "をまとめて修正します: AWS 管理ポリシーを " + role + " にアタッチし、残りの権限を 1 つのインラインポリシーで付与してください。"
	}
	return count + "をまとめて修正します: 不足している権限を 1 つのインラインポリシーで " + role + " に付与してください。"
}

// englishDetail stands before what the English cause says beyond the Japanese one. Chat has no room for it.
const englishDetail = " 詳細 (英語): "

// terraformFirst begins the fix of what Terraform manages.
const terraformFirst = "関数を管理しているTerraformの設定を先に変更してください。"

// samFirst begins the fix of what a stack owns that was made with SAM.
const samFirst = "関数を管理しているスタックの SAM テンプレートを先に変更してください。"

// templateFirst begins the fix of what a stack owns.
const templateFirst = "関数を管理しているスタックのテンプレートを先に変更してください。"

// policyNames are the ways in which policies without an ARN are named.
var policyNames = []struct {
	pattern  *regexp.Regexp
	japanese string
}{
	{regexp.MustCompile(`^inline policy (.+) of (\S+)$`), "$2 のインラインポリシー $1"},
	{regexp.MustCompile(`^trust policy of (.+)$`), "$1 の信頼ポリシー"},
	{regexp.MustCompile(`^policies of (.+)$`), "$1 のポリシー"},
	{regexp.MustCompile(`^policy of (.+)$`), "$1 のリソースベースのポリシー"},
}

func policyInJapanese(name string) string {
	for _, one := range policyNames {
		if one.pattern.MatchString(name) {
			return one.pattern.ReplaceAllString(name, one.japanese)
		}
	}
	return name
}

// sourceInJapanese names who calls a function.
func sourceInJapanese(f *finding.Finding) string {
	if f.SourceARN == "" {
		switch {
		case f.Principal == "":
			return "呼び出し元"
		case f.Principal == "*":
			return "すべてのプリンシパル"
		case strings.Contains(f.Principal, ":role/"):
			return "ロール " + lastPart(f.Principal)
		}
		return f.Principal // a service
	}
	parts := strings.SplitN(f.SourceARN, ":", 6)
	if len(parts) < 6 {
		return f.SourceARN
	}
	name := strings.TrimSuffix(strings.TrimPrefix(parts[5], "log-group:"), ":*")
	kinds := map[string]string{
		"events": "EventBridge ルール ", "s3": "S3 バケット ", "sns": "SNS トピック ", "logs": "ロググループ ", "elasticloadbalancing": "ターゲットグループ ",
		"cognito-idp": "Cognito ユーザープール ", "secretsmanager": "シークレットのローテーション ", "config": "AWS Config ルール ", "iot": "IoT ルール ", "ses": "SES 受信ルール ",
	}
	if _, group, scaling := strings.Cut(parts[5], ":autoScalingGroupName/"); scaling {
		return "Auto Scaling グループ " + group
	}
	if parts[2] == "execute-api" {
		api, _, _ := strings.Cut(parts[5], "/")
		return "API Gateway の API " + api
	}
	if kind := kinds[parts[2]]; kind != "" {
		for _, before := range []string{"rule/", "targetgroup/", "userpool/", "config-rule/", "secret:"} {
			name = strings.TrimPrefix(name, before)
		}
		return kind + name
	}
	return f.SourceARN
}

// saying are the title and the symptom of a finding in Japanese.
type saying struct{ title, symptom string }

const (
	lacks       = "実行ロール {role} に {actions} の権限がありません"
	neverStarts = "コードが実行される前に、すべての呼び出しが失敗します。"
	notCalled   = "{source} からの呼び出しが拒否されるため、関数は実行されません。関数のログには何も残りません。"
)

// sayings are what is said of the findings of each check.
func sayings() map[string]saying {
	return map[string]saying{
		"R1":  {"{function} を開始できません: Lambda が実行ロール {role} を引き受けられません", neverStarts},
		"R2":  {"{function} を開始できません: 実行ロール {role} が存在しません", neverStarts},
		"R3":  {"{function} のログが書き込まれません: " + lacks, "関数は実行されますが、ロググループにログの全部または一部が届きません。"},
		"R4":  {"{function} は S3 オブジェクトにアクセスできません: " + lacks, "ロールのポリシーにアクションとバケットが書かれていても、オブジェクトの読み取りや書き込みは AccessDenied で失敗します。"},
		"R5":  {"{function} は S3 バケットの一覧を取得できません: " + lacks, "バケットの一覧の取得は AccessDenied で失敗し、存在しないオブジェクトの読み取りには 404 ではなく 403 が返ります。"},
		"R7":  {"{function} は VPC に接続できません: " + lacks, "関数の作成や更新が失敗するか、ネットワークインターフェイスを作成できないために呼び出しが失敗します。"},
		"R8":  {"{function} はイベントソースを処理できません: " + lacks, "イベントソースマッピングがレコードを読み取れずに関数が呼び出されないか、処理に失敗したレコードが送信先に届きません。"},
		"R9":  {"{function} のトレースが送信されません: " + lacks, "アクティブトレースを有効にしていても、X-Ray に関数のトレースが表示されません。"},
		"R10": {"{function} の非同期呼び出しの結果が失われます: " + lacks, "デッドレターキューまたは送信先に何も届きません。失われた件数はメトリクス DeadLetterErrors または DestinationDeliveryFailures で確認できます。"},
		"R11": {"{function} はファイルシステムをマウントできません: " + lacks, "Lambda がファイルシステムをマウントできないため、コードが実行される前に呼び出しが失敗します。"},
		"R12": {"{function} の環境変数を復号できません: {actions} が拒否されます", neverStarts},
		"R13": {"{function} のコンテナイメージを取得できません: {actions} が拒否されます", "関数の作成や更新が失敗するか、しばらく使われなかった関数の呼び出しが失敗します。"},
		"R14": {"{function} の実行ロール {role} に、何も許可していないステートメントがあります: {actions}", "ステートメントが存在しないかのように {actions} が拒否されます。"},
		"R17": {"{function} のコードからの呼び出しが拒否されます: " + lacks, "コードから {actions} を呼び出すと AccessDenied で失敗します。"},
		"R18": {"{function} の実行ロール {role} に、必要以上の権限があります: {actions}", "現在失敗している処理はありません。このロールで実行される関数のコードが乗っ取られると、そのすべてが実行可能になります。"},
		"R20": {"{function} は関数の機能を利用できません: " + lacks, "永続実行 (durable execution) の状態を保存できないか、Lambda Insights の測定値が CloudWatch に表示されません。"},
		"I1":  {"{source} は {function} を呼び出せません", "API の呼び出し元には HTTP 500 が返りますが、関数を直接呼び出すと成功します。関数のログには何も残りません。"},
		"I2":  {"{source} は {function} を呼び出せません", notCalled},
		"I3":  {"{source} は {function} を呼び出せません: 許可が別のバージョンまたはエイリアスにあります", notCalled},
		"I4":  {"{source} は {function} を呼び出せません", notCalled},
		"I5":  {"{who} は {function} を呼び出せません", "{who} による呼び出しが拒否されるため、関数は実行されません。"},
		"I6":  {"関数 URL から {function} を呼び出せません", "関数 URL の呼び出し元には HTTP 403 が返ります。"},
		"I7":  {"別のアカウントの {who} は {function} を呼び出せません", "{who} による呼び出しが拒否されるため、関数は実行されません。"},
		"I8":  {"アカウント外から {function} を呼び出せます: {who}", "気付かれるまで症状はありません。関数の ARN を知る第三者が、任意の入力で関数を実行できます。"},
		"I9":  {"使われていない呼び出しの許可が {function} に残っています", "現在失敗している処理はありません。呼び出し元がなくなった許可が残っています。"},
		"I10": {"{source} は {function} を呼び出せません: 拒否のステートメントがあります", notCalled},
	}
}

// sayingOf is what is said of a finding; of one of a check that is not among them, by its place.
func sayingOf(f *finding.Finding) saying {
	target := f.Place == finding.PlaceTarget
	switch said, known := sayings()[f.Check]; {
	case known && target && f.Check[0] == 'R':
		return saying{"{function} からの {actions} が {resource} のポリシーで拒否されます", "{actions} を呼び出すと失敗します。"}
	case known && f.Place == finding.PlaceConfiguration && f.Check != "R2" && f.Check[0] == 'R':
		return saying{"{function} の設定にある名前が誤っている可能性があります: {resource}", said.symptom}
	case known:
		return said
	case f.Place == finding.PlaceInvoke:
		return saying{"{source} は {function} を呼び出せません", notCalled}
	case target:
		return saying{"{function} からの {actions} が {resource} のポリシーで拒否されます", "{actions} を呼び出すと失敗します。"}
	}
	return saying{"{function} に必要な権限がありません: {actions}", "{actions} を呼び出すと失敗します。"}
}

// cause is why AWS refuses, in one sentence.
func (s spoken) cause() string {
	f := s.f
	policy := policyInJapanese(f.Evidence.Policy)
	if policy == "" {
		policy = "ポリシー"
	}
	statement := ""
	switch id := f.Evidence.StatementID; {
	case strings.HasPrefix(id, "#"):
		statement = " の " + id[1:] + " 番目のステートメント"
	case id != "":
		statement = " のステートメント " + id
	}
	switch {
	case f.Check == "R2":
		return s.fill("IAM にロール {role} がありません。削除されたか、作成されていません。")
	case f.Check == "R18":
		return policy + statement + s.fill(" が {actions} を広く許可しています。")
	case f.Check == "I9":
		return policy + statement + " は、存在しない呼び出し元を許可しています。"
	case f.Check == "I8":
		return policy + statement + s.fill(" が、アカウントを限定せずに {who} を許可しています。")
	case f.Check == "R14":
		return policy + statement + " は、どのリクエストにも適用されません。"
	case f.Place == finding.PlaceGuardrail:
		return s.fill("ロール外の制限（アクセス許可の境界やサービスコントロールポリシーなど）が、{role} による {actions} を許可していません。")
	case f.Evidence.Decision == "explicitDeny":
		return policy + statement + s.fill(" が {actions} を明示的に拒否しています。明示的な拒否は、ほかのすべての許可より優先されます。")
	case f.Check == "R1":
		return s.fill("{role} の信頼ポリシーに、Lambda サービスにロールの引き受けを許可するステートメントがありません。")
	case f.Check == "I3":
		return s.fill("許可は別のバージョンまたはエイリアスにあります。{function} のポリシーには含まれません。")
	case f.Place == finding.PlaceInvoke:
		return s.fill("{function} のリソースベースのポリシーに、{who} からの呼び出しを許可するステートメントがありません。")
	case f.Place == finding.PlaceTarget:
		return s.fill("{resource} のポリシーに、{who} による {actions} を許可するステートメントがありません。")
	case f.Place == finding.PlaceConfiguration:
		return s.fill("設定またはポリシーに書かれた名前 {resource} に合うものがありません。")
	}
	return s.fill("{role} のどのポリシーも、{resource} に対する {actions} を許可していません。")
}

// fix is what to do, in one sentence. The command or the template below it says the rest.
func (s spoken) fix() string {
	f := s.f
	cli := f.Fix.CLI
	named := func(verb string) bool { return strings.Contains(cli, " "+verb+" ") }
	switch {
	case f.Check == "R2":
		return s.fill("存在するロールを {function} に設定するか、信頼ポリシーと権限を付けて {role} を作り直してください。")
	case f.Place == finding.PlaceGuardrail:
		return s.fill("制限の管理者に、{resource} に対する {actions} を許可するよう依頼してください。ロールのポリシーを変更しても解決しません。")
	case cli == "" && f.Evidence.Decision == "explicitDeny":
		return policyInJapanese(f.Evidence.Policy) + s.fill(" の拒否のステートメントを、{actions} に適用されないように変更するか、削除してください。")
	case f.Place == finding.PlaceConfiguration:
		return "名前を訂正してください。名前が正しい場合は、次の権限をロールに付与してください。"
	case named("remove-permission") && named("add-permission"):
		return s.fill("{function} の許可を、条件を限定したものに置き換えてください。")
	case named("remove-permission"):
		return s.fill("{function} から不要な許可を削除してください。")
	case named("add-permission"):
		return s.fill("{source} に {function} の呼び出しを許可してください。")
	case named("update-assume-role-policy") && len(f.Fix.Sides()) == 0:
		trusting := s.role
		if f.Place == finding.PlaceTarget {
			trusting = lastPart(f.Resource)
		}
		return trusting + s.fill(" の信頼ポリシーを次の内容に置き換え、{who} によるロールの引き受けを許可してください。ほかのステートメントは維持されます。")
	case named("create-policy") && f.Check != "R14" && f.Check != "R4" && f.Check != "R5":
		return s.fill("不足している権限を許可するカスタマー管理ポリシーを作成し、{role} にアタッチしてください。ロールのインラインポリシーには上限（合計 10,240 文字）まで余裕がありません。")
	case named("attach-role-policy") && f.Check != "R14" && f.Check != "R4" && f.Check != "R5":
		return s.fill("AWS 管理ポリシーを {role} にアタッチするか、不足している権限だけを付与してください。")
	case f.Check == "R18":
		return s.fill("{role} のポリシーを、必要な権限だけに絞ってください。")
	case f.Check == "R14" || f.Check == "R4" || f.Check == "R5":
		return policyInJapanese(f.Evidence.Policy) + " のステートメントを訂正するか、訂正したステートメントを別のポリシーとして追加してください。"
	case named("put-role-policy"):
		return s.fill("不足している権限を許可するインラインポリシーを {role} に追加してください。")
	case f.Place == finding.PlaceTarget:
		return s.fill("{resource} のポリシーに、{who} による {actions} を許可するステートメントを追加してください。")
	case f.Place == finding.PlaceInvoke:
		return s.fill("{function} のリソースベースのポリシーを、次の内容に変更してください。")
	}
	return s.fill("{role} に、{resource} に対する {actions} を許可してください。")
}
