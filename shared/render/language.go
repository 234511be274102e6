package render

import (
	"cmp"
	"fmt"
	"strings"

	"permprobe/shared/finding"
)

// Language is the language of what people read. What is stored, and what machines read, is English.
type Language string

// The languages; the zero value is English.
const (
	English  Language = "EN"
	Japanese Language = "JA"
)

// Languages lists every language.
func Languages() []Language { return []Language{English, Japanese} }

// ParseLanguage reads the name of a language; English where it is empty.
func ParseLanguage(name string) (Language, error) {
	for _, l := range Languages() {
		if string(l) == cmp.Or(name, string(English)) {
			return l, nil
		}
	}
	return "", fmt.Errorf("%q is no language of the messages: use EN or JA", name)
}

// phrase names a piece of the frame around findings.
type phrase int

const (
	noFindings phrase = iota
	stillOpen
	notLooked
	resolvedCount
	goneCount
	incomplete
	failedRun
	severityCount
	inBrackets
	comma
	colon
	andMore
	someMore
	inferredMark
	ageSince
	ageReopened
	chatHeader
	chatCut
	chatMore
	chatOthers
	chatResolved
	chatGone
	chatUnverified
	chatNote
	chatGap
	chatGaps
	chatCoverage
	chatWhy
	chatFix
	chatNoCommand
	chatFixAll
	chatFixAbove
	textRoles
	textRoleFindings
	textFixShared
	textAccount
	textCut
	textLeftOut
	textGaps
	textItem
	textNote
	textUnverified
	textResolved
	textGone
	textMuted
	textCounts
	textRemembered
	textUndelivered
	textTruncated
	textNoCommand
	textOtherForms
	fieldTemplate
	fieldPlace
	fieldSymptom
	fieldCause
	fieldEvidence
	fieldFix
	policyNoun
	orAs
	inForm
	provenWords
	refusedWords
	unprovenWords
	permissionOn
	gapReason
	gapMissing
	missingWord
	coverageReason
	coverageTitle
	coverageFunctions
	coverageRead
	coveragePart
	coverageOff
	coverageUnsupported
	coveredAll
	coveredPart
	undeclared
	unsupportedKinds
	triggersUnread
	checkedOf
	checkedAll
	cutWhere
	criticalWord
	highWord
	mediumWord
	lowWord
	informationalWord
	placeRole
	placeInvokeWord
	placeTargetWord
	placeGuardrailWord
	placeConfigurationWord
	comparedTitle
	comparedPurpose
	comparedDiffer
	comparedUndecided
	comparedGrants
	comparedOn
	comparedAllowedBy
	comparedMore
	comparedSettings
	comparedSame
	comparedUnknown
	comparedCounts
	comparedDifferCount
	comparedGrantCount
	comparedNone
	comparedUndecidedCount
	comparedStatement
	comparedBy
	comparedClosest
	comparedNotNeeded
	comparedInPart
	briefNote
	diagnosedTitle
	diagnosedRole
	diagnosedSeen
	diagnosedDecision
	diagnosedOthers
	diagnosedCounts
	diagnosedConfiguration
	diagnosedNone
	diagnosedConfirmed
	diagnosedContradicted
	saidNothing
	saidOn
	saidBy
	seenSpan
	seenIn
	symptomTitle
	symptomStage
	symptomCalls
	symptomCounts
	causeTells
	causesFound
	causesPossible
	causesNone
	markFound
	markPossible
	markUnknown
	markExcluded
	changedWord
	perhapsWord
	changedBy
	changedFrom
	changedWith
	changedBefore
	changedAfter
	kindsCounted
	chatFixTemplate
	chatTemplateStep
	phraseCount
)

// wordsOf are the forms of a phrase, for fmt. Arguments are numbered where the order differs.
type wordsOf struct{ en, ja string }

// phrases are all phrases in all languages.
var phrases = [phraseCount]wordsOf{
	noFindings:             {"no findings", "検出なし"},
	stillOpen:              {"%d still open", "継続中 %d 件"},
	notLooked:              {"%d not looked at now", "今回未確認 %d 件"},
	resolvedCount:          {"%d resolved", "解決 %d 件"},
	goneCount:              {"%d gone", "対象外 %d 件"},
	incomplete:             {"incomplete", "未完了"},
	failedRun:              {"failed", "失敗"},
	severityCount:          {"%d %[2]s", "%[2]s %[1]d"},
	inBrackets:             {" (%s)", "（%s）"},
	comma:                  {", ", "、"},
	colon:                  {": ", ": "},
	andMore:                {"and %d more", "ほか %d 件"},
	someMore:               {"%s and %d more", "%s、ほか %d 件"},
	inferredMark:           {" (inferred)", "（推定）"},
	ageSince:               {"since %s", "%s から"},
	ageReopened:            {"back again, first seen %s", "再発（初回検出 %s）"},
	chatHeader:             {"Account `%s`, region `%s`: %s.", "アカウント `%s`、リージョン `%s`: %s。"},
	chatCut:                {"*Cut short:* %s", "*途中で終了:* %s"},
	chatMore:               {"+%d more in the e-mail and in the report", "ほか %d 件はメールとレポートに記載しています"},
	chatOthers:             {"*Also* (causes and commands are in the e-mail and in the report):", "*その他*（原因とコマンドはメールとレポートに記載しています）:"},
	chatResolved:           {"*Resolved, thank you:* %s", "*解決しました。ありがとうございます:* %s"},
	chatGone:               {"*Function deleted, or not checked any more:* %s", "*関数が削除されたか、対象から外れました:* %s"},
	chatUnverified:         {"*Found before, not looked at now:* %s", "*以前に検出し、今回は確認できなかったもの:* %s"},
	chatNote:               {"*Note:* %s", "*お知らせ:* %s"},
	chatGap:                {"*Not decided:* %s: %s", "*判定できなかったもの:* %s: %s"},
	chatGaps:               {"*Not decided:* %s, for example: %s", "*判定できなかったもの:* %s、例: %s"},
	chatCoverage:           {"*Coverage:* %s", "*確認した範囲:* %s"},
	chatWhy:                {"*Why:* %s", "*原因:* %s"},
	chatFix:                {"*Fix:*", "*対処:*"},
	chatNoCommand:          {"*Fix:* the command does not fit in a chat message: it is in the e-mail and in the report.", "*対処:* コマンドはチャットに収まらないため、メールとレポートに記載しています。"},
	chatFixAll:             {"*Fix* (this and %s of the same role besides):", "*対処*（同じロールのほかの%sもまとめて修正します）:"},
	chatFixAbove:           {"*Fix:* the command above mends this, too.", "*対処:* 上のコマンドでまとめて修正されます。"},
	textRoles:              {"One change for several findings", "複数の検出をまとめて修正する変更"},
	textRoleFindings:       {"mends", "対象"},
	textFixShared:          {"(one change for %s of this role stands at the end)", "（このロールの %s をまとめて修正する変更は末尾にあります）"},
	textAccount:            {"account %s, region %s", "アカウント %s、リージョン %s"},
	textCut:                {"CUT SHORT: %s", "途中で終了: %s"},
	textLeftOut:            {"%s left out here: the report of the run and its events hold them.", "%s をここでは省略しました。実行のレポートとイベントに記載しています。"},
	textGaps:               {"Not decided (%s): what could not be looked at is not known to work", "判定できなかったもの（%s）: 確認できなかったものは、正常とは限りません"},
	textItem:               {"  - %s", "  - %s"},
	textNote:               {"Note: %s", "お知らせ: %s"},
	textUnverified:         {"Found before, and not looked at now: %s", "以前に検出し、今回は確認できなかったもの: %s"},
	textResolved:           {"Resolved: %s", "解決: %s"},
	textGone:               {"No longer checked, because the function was deleted or it is not asked for any more: %s", "関数が削除されたか対象から外れたため、確認を終了したもの: %s"},
	textMuted:              {"Muted: %s", "ミュート中: %s"},
	textCounts:             {"%s, %d of %d needed permissions decided, %s, %d ms", "%s、必要な権限 %[3]d 件のうち %[2]d 件を判定、%[4]s、%[5]d ミリ秒"},
	textRemembered:         {"%d of them were allowed in an earlier run, at %s or later, and nothing has changed since", "うち %d 件は以前の実行（%s 以降）で許可され、その後の変更はありません"},
	textUndelivered:        {"NOT DELIVERED: %s", "配信できなかった通知: %s"},
	textTruncated:          {"The report was too large for an answer: some findings are left out.", "レポートが応答の上限を超えたため、一部の検出を省略しました。"},
	textNoCommand:          {"(the command holds characters that cannot be shown: take it from the JSON report)", "（コマンドに表示できない文字が含まれています。JSON レポートから取得してください）"},
	textOtherForms:         {"(its other forms are in the JSON report)", "（ほかの形式は JSON レポートに記載しています）"},
	fieldTemplate:          {"template", "テンプレート"},
	fieldPlace:             {"place", "箇所"},
	fieldSymptom:           {"symptom", "症状"},
	fieldCause:             {"cause", "原因"},
	fieldEvidence:          {"evidence", "根拠"},
	fieldFix:               {"fix", "対処"},
	policyNoun:             {"policy", "ポリシー"},
	orAs:                   {"or as %s", "%s の場合"},
	inForm:                 {"in %s", "%s での変更"},
	provenWords:            {"proven: decided again with it applied", "検証済み: 適用後の状態で再判定しました"},
	refusedWords:           {"refused", "適用しても拒否されます"},
	unprovenWords:          {"unproven", "未検証"},
	permissionOn:           {"%s on %s", "%s（対象: %s）"},
	gapReason:              {"%s", "%s"},
	gapMissing:             {"%s; missing %s", "%[1]s。不足している権限: %[2]s"},
	missingWord:            {"missing %s", "%s の権限がありません"},
	coverageReason:         {"%s", "%s"},
	coverageTitle:          {"Coverage", "確認した範囲"},
	coverageFunctions:      {"functions", "関数"},
	coverageRead:           {"triggers read", "確認済み"},
	coveragePart:           {"not all read", "一部のみ確認"},
	coverageOff:            {"switched off", "無効"},
	coverageUnsupported:    {"not readable", "確認不可"},
	coveredAll:             {"%d of %s checked, of %d in the account and Region", "%[2]sのうち %[1]d 件を確認（アカウントとリージョンの全 %[3]d 件中）"},
	coveredPart:            {"%d of %s checked, of at least %d in the account and Region", "%[2]sのうち %[1]d 件を確認（アカウントとリージョンの少なくとも %[3]d 件中）"},
	undeclared:             {"; %d without declared needs", "、呼び出しの宣言がない関数 %d 件"},
	unsupportedKinds:       {"%d kinds that no API shows", "APIで確認できない種類 %d 件"},
	triggersUnread:         {"; triggers not read: %s", "。確認していないトリガー: %s"},
	checkedOf:              {"%d of %s checked", "%[2]sのうち %[1]d 件を確認"},
	checkedAll:             {"%s checked", "%sを確認"},
	cutWhere:               {"the time was over before everything about %s, and perhaps the functions after it, was decided. After a scheduled scan the next one begins there.", "時間切れのため、%s と以降の関数の一部を判定できませんでした。スケジュール実行の場合、次回はここから再開します。"},
	comparedTitle:          {"permprobe: %s and %s compared: %s", "permprobe: %s と %s の比較: %s"},
	comparedPurpose:        {"%s, to %s", "%s（用途: %s）"},
	comparedDiffer:         {"Permissions that differ", "異なる権限"},
	comparedUndecided:      {"Permissions that are not decided", "判定できない権限"},
	comparedGrants:         {"Besides, only one of the roles is allowed (what the code calls is not known, so any of it may matter)", "このほか、一方のロールだけに許可されているもの（コードの呼び出しは不明なため、どれも関係する可能性があります）"},
	comparedOn:             {"%s on %s", "%s（対象: %s）"},
	comparedAllowedBy:      {"allowed by %s of %s", "%[2]s のステートメント %[1]s による許可"},
	comparedMore:           {"There are more: the answer holds the first ones.", "ほかにもあります。応答には最初の分だけを記載しています。"},
	comparedSettings:       {"Configuration that differs", "異なる設定"},
	comparedSame:           {"Permissions that are the same", "同じ権限"},
	comparedUnknown:        {"Not known", "不明な点"},
	comparedCounts:         {"%s compared, %s, %d ms", "%s を比較、%s、%d ミリ秒"},
	comparedDifferCount:    {"%d of %s differ", "%[2]sのうち %[1]d 件が異なります"},
	comparedGrantCount:     {"%s of one only", "一方だけの%s"},
	comparedNone:           {"no difference found", "違いはありません"},
	comparedUndecidedCount: {"%d not decided", "未判定 %d 件"},
	comparedStatement:      {"%s of %s", "%[2]s のステートメント %[1]s"},
	comparedBy:             {"%s by %s", "%s（%s）"},
	comparedClosest:        {"%s, closest %s", "%s（最も近いもの: %s）"},
	comparedNotNeeded:      {" (its configuration does not need it)", "（この関数の設定では不要）"},
	briefNote:              {"This notice could not be sent as a whole. Causes and fixes are in the report of the run and in its events on EventBridge.", "この通知は全文を送信できませんでした。原因と対処は、実行のレポートと EventBridge のイベントに記載しています。"},
	kindsCounted:           {"%s: the report of the run lists them", "%s（実行のレポートに記載しています）"},
	chatFixTemplate:        {"*Fix now*, and in the template of its stack, or the next deployment may undo it:", "*対処*（スタックのテンプレートにも同じ変更をしてください。次のデプロイで元に戻る場合があります）:"},
	chatTemplateStep:       {"%s (in the template of the stack %s, too)", "%s（スタック %s のテンプレートにも反映してください）"},
	diagnosedTitle:         {"permprobe: %s diagnosed: %s", "permprobe: %s の診断: %s"},
	diagnosedRole:          {", runs as %s", "、実行ロール %s"},
	diagnosedSeen:          {"seen", "確認"},
	diagnosedDecision:      {"decision", "判定"},
	diagnosedOthers:        {"%s of the function besides, not of this message: a check tells them.", "このメッセージとは別に、関数について%sがあります。関数を指定して確認を実行するとわかります。"},
	diagnosedCounts:        {"%s, %d ms", "%s、%d ミリ秒"},
	diagnosedConfiguration: {"it refuses nothing; the configuration is what is wrong", "拒否ではなく、設定の誤りです"},
	diagnosedNone:          {"it refuses nothing", "拒否を示すものはありません"},
	diagnosedConfirmed:     {"%d refused now as well", "現在も拒否 %d 件"},
	diagnosedContradicted:  {"%d allowed now", "現在は許可 %d 件"},
	saidNothing:            {"a call that it does not name", "メッセージにない呼び出し"},
	saidOn:                 {"%s on %s", "%s（対象: %s）"},
	saidBy:                 {"%s by %s", "%s（呼び出し元: %s）"},
	seenSpan:               {"%s to %s", "%s から %s"},
	seenIn:                 {"%s in %s, %s", "%[2]s に%[1]s、%[3]s"},
	symptomTitle:           {"permprobe: %s of %s answers %d: %s", "permprobe: %[2]s の %[1]s が %[3]d を返す原因: %[4]s"},
	symptomStage:           {", stage %s", "、ステージ %s"},
	symptomCalls:           {", calls %s", "、呼び出し先 %s"},
	causeTells:             {"to know: %s", "確認方法: %s"},
	symptomCounts:          {"looked at since %s (UTC), %s, %d ms; nothing was invoked", "%s (UTC) 以降を確認、%s、%d ミリ秒（何も呼び出していません）"},
	causesFound:            {"%s found", "%sを検出"},
	causesPossible:         {"no cause found for certain, %d possible", "確実な原因なし、可能性 %d 件"},
	causesNone:             {"no cause found", "原因なし"},
	markFound:              {"FOUND", "原因"},
	markPossible:           {"possible", "可能性"},
	markUnknown:            {"not known", "不明"},
	markExcluded:           {"no", "該当なし"},
	changedWord:            {"changed", "変更"},
	perhapsWord:            {"perhaps", "可能性"},
	changedBy:              {" by %s", " 実行者 %s"},
	changedFrom:            {" from %s", " 送信元 %s"},
	changedWith:            {" with %s", " 使用ツール %s"},
	changedBefore:          {"before", "変更前"},
	changedAfter:           {"after", "変更後"},
	comparedInPart:         {"allowed in part, or under conditions", "一部だけ、または条件付きで許可"},
	criticalWord:           {"CRITICAL", "緊急"},
	highWord:               {"HIGH", "高"},
	mediumWord:             {"MEDIUM", "中"},
	lowWord:                {"LOW", "低"},
	informationalWord:      {"INFORMATIONAL", "情報"},
	placeRole:              {"execution-role", "実行ロール"},
	placeInvokeWord:        {"invoke-permission", "リソースベースのポリシー（呼び出しの許可）"},
	placeTargetWord:        {"target-policy", "呼び出し先のポリシー"},
	placeGuardrailWord:     {"guardrail", "ロール外の制限"},
	placeConfigurationWord: {"configuration", "設定"},
}

// noun is something that is counted.
type noun int

const (
	findingNoun noun = iota
	gapNoun
	callNoun
	functionNoun
	kindNoun
	refusalNoun
	causeNoun
	timeNoun
	selectedNoun
	permissionNoun
	grantNoun
	settingNoun
	nounCount
)

var nouns = [nounCount]struct{ one, en, ja string }{
	findingNoun:  {"1 finding", "%d findings", "検出 %d 件"},
	gapNoun:      {"1 gap", "%d gaps", "未判定 %d 件"},
	callNoun:     {"1 AWS call", "%d AWS calls", "AWS 呼び出し %d 回"},
	refusalNoun:  {"1 refusal", "%d refusals", "拒否 %d 件"},
	causeNoun:    {"1 cause", "%d causes", "原因 %d 件"},
	timeNoun:     {"1 time", "%d times", " %d 回"},
	kindNoun:     {"1 kind", "%d kinds", "%d 種類"},
	functionNoun: {"1 function", "%d functions", "関数 %d 件"},
	selectedNoun: {"1 selected function", "%d selected functions", "選択された関数 %d 件"},

	permissionNoun: {"1 permission", "%d permissions", "権限 %d 件"},
	grantNoun:      {"1 further grant", "%d further grants", "許可 %d 件"},
	settingNoun:    {"1 setting", "%d settings", "設定 %d 件"},
}

// triggerKinds are the Japanese names of the kinds of triggers; names of products alone stay as they are.
var triggerKinds = map[string]string{
	"REST APIs":                                          "REST API",
	"HTTP and WebSocket APIs":                            "HTTP API と WebSocket API",
	"EventBridge rules":                                  "EventBridge ルール",
	"S3 bucket notifications":                            "S3 バケット通知",
	"SNS subscriptions":                                  "SNS サブスクリプション",
	"Step Functions state machines":                      "Step Functions ステートマシン",
	"EventBridge Scheduler schedules":                    "EventBridge Scheduler スケジュール",
	"EventBridge pipes":                                  "EventBridge Pipes",
	"EventBridge Pipes":                                  "EventBridge Pipes",
	"Firehose transformations":                           "Firehose のデータ変換",
	"AppSync data sources":                               "AppSync データソース",
	"subscription filters of log groups":                 "ロググループのサブスクリプションフィルター",
	"target groups of load balancers":                    "ロードバランサーのターゲットグループ",
	"Cognito user pools":                                 "Cognito ユーザープール",
	"Secrets Manager rotations":                          "Secrets Manager のローテーション",
	"AWS Config rules":                                   "AWS Config ルール",
	"IoT rules":                                          "IoT ルール",
	"SES receipt rules":                                  "SES 受信ルール",
	"function URLs":                                      "関数 URL",
	"Amazon Bedrock agents":                              "Amazon Bedrock エージェント",
	"Amazon Cognito triggers":                            "Amazon Cognito トリガー",
	"Amazon Connect flows":                               "Amazon Connect フロー",
	"Amazon Lex bots":                                    "Amazon Lex ボット",
	"CloudFormation custom resources":                    "CloudFormation カスタムリソース",
	"CloudFront functions at the edge":                   "CloudFront のエッジ関数",
	"CodePipeline actions":                               "CodePipeline アクション",
	"S3 Batch Operations":                                "S3 バッチオペレーション",
	"VPC Lattice targets":                                "VPC Lattice ターゲット",
	"Application Load Balancer target groups":            "Application Load Balancer ターゲットグループ",
	"AppSync data sources and authorizers":               "AppSync のデータソースとオーソライザー",
	"CloudWatch alarms":                                  "CloudWatch アラーム",
	"Amazon Connect instances":                           "Amazon Connect インスタンス",
	"VPC Lattice target groups":                          "VPC Lattice ターゲットグループ",
	"CodeCommit repositories":                            "CodeCommit リポジトリ",
	"authorizers of AppSync events APIs":                 "AppSync イベント API のオーソライザー",
	"CodePipeline pipelines":                             "CodePipeline パイプライン",
	"hooks of ECS deployments":                           "ECS デプロイのフック",
	"CloudFormation hooks":                               "CloudFormation フック",
	"AgentCore gateways":                                 "AgentCore ゲートウェイ",
	"Bedrock agents":                                     "Bedrock エージェント",
	"IVS chat rooms":                                     "IVS チャットルーム",
	"IoT authorizers":                                    "IoT オーソライザー",
	"IoT provisioning templates":                         "IoT プロビジョニングテンプレート",
	"Transfer Family servers":                            "Transfer Family サーバー",
	"Transfer Family servers and workflows":              "Transfer Family のサーバーとワークフロー",
	"event source mappings":                              "イベントソースマッピング",
	"Auto Scaling termination policies":                  "Auto Scaling 終了ポリシー",
	"CloudFormation custom resources and macros":         "CloudFormation のカスタムリソースとマクロ",
	"CloudFront distributions in front of function URLs": "関数 URL の前段の CloudFront ディストリビューション",
	"CodeDeploy hooks":                                   "CodeDeploy フック",
	"CloudFront distributions":                           "CloudFront ディストリビューション",
	"CloudWatch data sources":                            "CloudWatch データソース",
	"organization rules of AWS Config":                   "AWS Config の組織ルール",
	"AWS Glue":                                           "AWS Glue",
	"Alexa skills":                                       "Alexa スキル",
	"Athena user-defined functions and connectors":       "Athena のユーザー定義関数とコネクタ",
	"functions that Aurora, RDS and Redshift call":       "Aurora・RDS・Redshift が呼び出す関数",
	"Lex V1 bots":                                        "Lex V1 ボット",
	"Pinpoint campaigns":                                 "Pinpoint キャンペーン",
	"SIP media applications of the Chime SDK":            "Chime SDK の SIP メディアアプリケーション",
	"WorkMail rules":                                     "WorkMail ルール",
}

// pad is text with the spaces behind it that make it so many columns wide. Japanese characters take two.
func pad(text string, width int) string {
	for _, r := range text {
		width--
		if r >= 0x1100 {
			width--
		}
	}
	return text + strings.Repeat(" ", max(0, width))
}

// say is a phrase with its arguments.
func (l Language) say(p phrase, args ...any) string {
	words := phrases[p].en
	if l == Japanese {
		words = phrases[p].ja
	}
	return fmt.Sprintf(words, args...)
}

func (l Language) count(n int, of noun) string {
	switch {
	case l == Japanese:
		return fmt.Sprintf(nouns[of].ja, n)
	case n == 1:
		return nouns[of].one
	}
	return fmt.Sprintf(nouns[of].en, n)
}

func (l Language) kind(name string) string {
	if l == Japanese {
		return cmp.Or(triggerKinds[name], name)
	}
	return name
}

// severity is a severity as a headline; one that is not known stays as it is.
func (l Language) severity(s finding.Severity) string {
	switch s {
	case finding.Critical:
		return l.say(criticalWord)
	case finding.High:
		return l.say(highWord)
	case finding.Medium:
		return l.say(mediumWord)
	case finding.Low:
		return l.say(lowWord)
	case finding.Informational:
		return l.say(informationalWord)
	}
	return strings.ToUpper(string(s))
}

func (l Language) place(p finding.Place) string {
	switch p {
	case finding.PlaceExecutionRole:
		return l.say(placeRole)
	case finding.PlaceInvoke:
		return l.say(placeInvokeWord)
	case finding.PlaceTarget:
		return l.say(placeTargetWord)
	case finding.PlaceGuardrail:
		return l.say(placeGuardrailWord)
	case finding.PlaceConfiguration:
		return l.say(placeConfigurationWord)
	}
	return string(p)
}

func (l Language) proof(p finding.Proof) string {
	switch p {
	case finding.Refused:
		return l.say(refusedWords)
	case finding.Unproven:
		return l.say(unprovenWords)
	}
	return string(p)
}
