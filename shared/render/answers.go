package render

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"permprobe/shared/finding"
)

// answerings are the sentences of diagnoses and of the search for the cause of an API's status, as their formats are in
// English: %s, %d and %q stand for what $1 and {1} are in Japanese, as in rewordings.
func answerings() []rewording {
	return []rewording{
		// What a message means.
		{`The call was made as the role %s, and %s runs as %s: the message is of something else, or the function was given another role since. Diagnose it for what runs as %s.`,
			`呼び出しはロール $1 で行われましたが、$2 は $3 で実行されます。別のものについてのメッセージか、その後に関数のロールが変更されています。$4 で実行されるものについて診断してください。`},
		{`The message may be of %d others of the function's findings as well: a check tells them.`, `関数のほかの検出 $1 件についてのメッセージである可能性もあります。check イベントで確認できます。`},
		{`It is refused now as well (%s).`, `現在も拒否されます ({1})。`},
		{`It is refused now as well: %s.`, `現在も拒否されます: $1。`},
		{`The message names another place, %s, than the evaluation, %s: a message names one policy even where several refuse, so the other one may come next.`,
			`メッセージが示す箇所 ({1}) と判定した箇所 ({2}) が異なります。複数のポリシーが拒否していても、メッセージに示されるのは 1 つだけのため、次にもう一方で拒否されることがあります。`},
		{`The message says that a %s refuses it. The role is allowed it %s, and whether that guardrail still refuses it is not among what is read: ask who owns it.`,
			`メッセージによると、{1}が拒否しています。ロールは{2}許可されています。その制限が現在も拒否するかどうかは読み取れないため、管理者に確認してください。`},
		{`The message says that it was refused, last at %s; it is allowed now, %s.`, `メッセージでは拒否されています（最後は $1）が、現在は{2}許可されています。`},
		{`The message says that it was refused; it is allowed now, %s.`, `メッセージでは拒否されていますが、現在は{1}許可されています。`},
		{`If that was granted since, run it again: a change may take minutes to be known everywhere.`, `その後に許可された場合は、もう一度実行してください。変更が反映されるまで数分かかることがあります。`},
		{`If it is refused again, something decides that is not seen here: a session policy, a VPC endpoint policy, or another resource than the one the message names.`,
			`再び拒否される場合は、ここで確認できないもの（セッションポリシー、VPC エンドポイントポリシー、またはメッセージと異なるリソース）が原因です。`},
		{`It was granted %s ago by %s (%s of %s at %s), after it was refused: run it again.`, `拒否された後、{1}前に {2} が許可しました（$4 の $3、$5）。もう一度実行してください。`},
		{`It was granted %s ago by %s (%s of %s at %s), moments before it was refused: a change takes a while to be known everywhere, so run it again.`,
			`拒否される直前、{1}前に {2} が許可しました（$4 の $3、$5）。変更の反映には時間がかかるため、もう一度実行してください。`},
		{`It was granted %s ago by %s (%s at %s), after it was refused: run it again.`, `拒否された後、{1}前に {2} が許可しました（$3、$4）。もう一度実行してください。`},
		{`It was granted %s ago by %s (%s at %s), moments before it was refused: a change takes a while to be known everywhere, so run it again.`,
			`拒否される直前、{1}前に {2} が許可しました（$3、$4）。変更の反映には時間がかかるため、もう一度実行してください。`},
		{`Not decided: the message names no action, and nothing that is known of the function explains it.`, `判定できません: メッセージにアクションがなく、関数について確認できることからも説明できません。`},
		{`Not decided: the message does not say on which resource %s was called, and nothing that is known of the function explains it.`,
			`判定できません: メッセージに $1 の対象のリソースがなく、関数について確認できることからも説明できません。`},
		{`Not decided: the message names %s on %s, which is no call that IAM knows, and nothing that is known of the function explains it.`,
			`判定できません: メッセージにある $2 に対する $1 は IAM にない呼び出しで、関数について確認できることからも説明できません。`},
		{`Not decided: nothing decides this call.`, `判定できません: この呼び出しを判定するものがありません。`},
		{`Not decided: %s`, `判定できません: {1}`},
		{`The account in the message is blanked out: the function's own was taken for it.`, `メッセージのアカウントは伏せられているため、関数のアカウントとして判定しました。`},
		{`by what is read`, `確認できる範囲で`},
		{`by %s in %s`, `{2} のステートメント $1 により`},
		{`session policy`, `セッションポリシー`}, {`resource control policy`, `リソースコントロールポリシー (RCP) `}, {`VPC endpoint policy`, `VPC エンドポイントポリシー`},
		{`Block Public Access setting`, `ブロックパブリックアクセスの設定`},
		{`less than a minute`, `1 分未満`}, {`%d minute`, `$1 分`}, {`%d minutes`, `$1 分`}, {`%d hour`, `$1 時間`}, {`%d hours`, `$1 時間`}, {`%d day`, `$1 日`}, {`%d days`, `$1 日`},
		{`somebody`, `だれか`},
		{`execution-role`, `実行ロール`}, {`invoke-permission`, `呼び出しの許可`}, {`target-policy`, `呼び出し先のポリシー`}, {`guardrail`, `制限`}, {`configuration`, `設定`},
		{`ambiguous`, `不明`}, {`implicitDeny`, `暗黙的な拒否`}, {`explicitDeny`, `明示的な拒否`}, {`undetermined`, `不明`}, {`allowed`, `許可`},

		// What took a permission away.
		{`It took the policy away. What that said is not in the history.`, `ポリシーが削除されました。その内容は履歴にありません。`},
		{`It took away what allowed the call.`, `呼び出しを許可していたものが削除されました。`},
		{`It set the role that lacks the permission. Which one the function had before is not in the history.`, `権限のないロールが設定されました。以前の関数のロールは履歴にありません。`},
		{`It set the function's %s: since then the role needs the permission.`, `関数の{1}が設定されました。これ以降、ロールにこの権限が必要です。`},
		{`It set the function's %s, for which the role needs the permission. What was set before is not in the history.`, `関数の{1}が設定されました。これにはロールにこの権限が必要です。以前の設定は履歴にありません。`},
		{`key of the environment`, `環境変数のキー`}, {`dead-letter target`, `デッドレターの送信先`}, {`tracing`, `トレース`}, {`file systems`, `ファイルシステム`},
		{`It put another version in the place of one that allowed the call. What that says is not in the history.`, `呼び出しを許可していたバージョンが、別のバージョンに切り替わりました。その内容は履歴にありません。`},
		{`It gave the function the role that lacks the permission.`, `権限のないロールが関数に設定されました。`},
		{`It limited the role by this boundary.`, `このアクセス許可の境界でロールが制限されました。`},
		{`It denies the call since.`, `これ以降、呼び出しが拒否されます。`},
		{`What allowed the call before does not since.`, `呼び出しを許可していたものが、これ以降は許可しません。`},
		{`It does not allow the call. What it said before is not in the history.`, `呼び出しを許可していません。以前の内容は履歴にありません。`},
		{`It changed the policy. What that said before and after is not in the history.`, `ポリシーが変更されました。変更の前後の内容は履歴にありません。`},
		{`It deleted the role.`, `ロールが削除されました。`},
		{`The role was deleted and made again: what it was allowed before, and who trusted it by its old id, is gone.`, `ロールが削除され、再作成されました。以前の権限と、以前の ID によるロールの信頼は失われています。`},
		{`The alias runs another version since, which keeps the role that it was published with.`, `エイリアスが別のバージョンに切り替わりました。バージョンのロールは発行時のものです。`},
		{`It took a grant on the key away.`, `キーの許可 (グラント) が削除されました。`},
		{`The key cannot be used since.`, `これ以降、キーを使用できません。`},
		{`It blocks public access to the bucket.`, `バケットへのパブリックアクセスがブロックされます。`},

		// The causes of an API's status.
		{`there is no such API`, `該当する API がありません`},
		{`the API has no such stage`, `該当するステージが API にありません`},
		{`no route of the API is it`, `該当するルートが API にありません`},
		{`the route was not deployed to the stage since it was made`, `ルートが作成後にステージにデプロイされていません`},
		{`the function's code fails, and calls of it are refused`, `関数のコードが失敗しており、その呼び出しが拒否されています`},
		{`API Gateway may not call the authorizer's function`, `API Gateway にオーソライザーの関数の呼び出しが許可されていません`},
		{`the authorizer's function fails`, `オーソライザーの関数が失敗しています`},
		{`the API is private, and the caller's VPC endpoint is not let in`, `API はプライベートで、呼び出し元の VPC エンドポイントが許可されていません`},
		{`the API is not deployed`, `API がデプロイされていません`},
		{`the integration leads to no function`, `統合が関数につながっていません`},
		{`the integration calls something else than a function`, `統合が関数以外を呼び出しています`},
		{`API Gateway may not invoke the function`, `API Gateway に関数の呼び出しが許可されていません`},
		{`the integration's role may not invoke the function`, `統合のロールに関数の呼び出しが許可されていません`},
		{`API Gateway may not call the authorizer's function, or that fails`, `API Gateway にオーソライザーの関数の呼び出しが許可されていないか、その関数が失敗しています`},
		{`Lambda cannot start the function`, `Lambda が関数を開始できません`},
		{`calls are throttled`, `呼び出しがスロットリングされています`},
		{`the function takes too long`, `関数の実行時間が長すぎます`},
		{`the function's code fails, or answers what API Gateway does not understand`, `関数のコードが失敗しているか、API Gateway が解釈できない応答を返しています`},
		{`the API's own address is switched off`, `API のデフォルトのエンドポイントが無効です`},
		{`AWS WAF blocks the request`, `AWS WAF がリクエストをブロックしています`},
		{`the API's resource policy refuses the caller`, `API のリソースポリシーが呼び出し元を拒否しています`},
		{`the request has no valid API key`, `リクエストに有効な API キーがありません`},
		{`the caller may not execute-api:Invoke`, `呼び出し元に execute-api:Invoke の権限がありません`},
		{`the authorizer refuses the caller`, `オーソライザーが呼び出し元を拒否しています`},
		{`an authorizer refuses the caller`, `オーソライザーが呼び出し元を拒否しています`},
		{`the caller's token is missing, expired or of another audience or scope`, `呼び出し元のトークンがないか、期限切れか、対象またはスコープが異なります`},
		{`the function itself answers %d`, `関数自身が $1 を返しています`},

		// The answer.
		{`It is this: %s.`, `原因: {1}。`},
		{`The first that a request meets: %s. There is more: %s.`, `リクエストが最初に到達する原因: {1}。ほかの原因: {2}。`},
		{`Nothing was found for certain. It may be: %s.`, `確実な原因は見つかりませんでした。可能性のあるもの: {1}。`},
		{`Nothing was found, and not everything could be looked at: %s.`, `原因は見つかりませんでしたが、確認できなかったものがあります: {1}。`},
		{`Nothing that is known to give this status is there: it may be over, or be outside what is looked at (the network, a proxy or CDN before the API).`,
			`このステータスの原因として知られているものはありません。すでに解消したか、確認の対象外（ネットワーク、API の手前のプロキシや CDN）の可能性があります。`},
		{`The fix stands below.`, `対処は下に記載しています。`},
		{`There is no API %q in %s of account %s: another account or Region, or it was deleted.`, `アカウント $3 の $2 に API $1 がありません。別のアカウントまたはリージョンにあるか、削除されています。`},
		{`Nothing can be said: the API could not be read.`, `API を読み取れなかったため、判定できません。`},

		// What speaks for and against them.
		{`No REST, HTTP or WebSocket API of %s in %s has the id or name %q.`, `$1 の $2 に、ID または名前が $3 の REST、HTTP、WebSocket API はありません。`},
		{`Its stages are: none.`, `ステージはありません。`},
		{`Its stages are: %s.`, `ステージ: $1。`},
		{`None of the API's routes is %s. It has: none.`, `API に $1 のルートはありません。API にはルートが 1 つもありません。`},
		{`None of the API's routes is %s. It has: %s.`, `API に $1 のルートはありません。API のルート: $2。`},
		{`A REST API answers 403 "Missing Authentication Token" where it has no such method and path.`, `REST API は、メソッドとパスが存在しない場合に 403 "Missing Authentication Token" を返します。`},
		{`The API has no stage.`, `API にステージがありません。`},
		{`The request takes the route %s, as the API is configured now.`, `現在の API の設定では、リクエストはルート $1 に一致します。`},
		{`Whether it was deployed to the stage since it was made is not shown; a new deployment tells.`, `作成後にステージにデプロイされたかどうかは確認できません。デプロイし直すとわかります。`},
		{`The route %s has no integration.`, `ルート $1 に統合がありません。`},
		{`The route's integration is of type %s: what it calls answers, or does not.`, `ルートの統合タイプは $1 です。応答するのは統合の呼び出し先です。`},
		{`It calls %s, and there is no such function.`, `$1 を呼び出しますが、この関数は存在しません。`},
		{`It calls %s, which could not be read.`, `$1 を呼び出しますが、読み取れませんでした。`},
		{`The route's integration (%s) calls %s.`, `ルートの統合 ($1) は $2 を呼び出します。`},
		{`The closest statement, %s of %s: %s.`, `最も近いステートメントは {2} の $1 です: {3}。`},
		{`The integration calls %s as %s, which is refused %s.`, `統合は $2 として $1 を呼び出しますが、$3 が拒否されます。`},
		{`The policy of %s does not let apigateway.amazonaws.com invoke it for %s.`, `$1 のポリシーは、apigateway.amazonaws.com による $2 のための呼び出しを許可していません。`},
		{`Every call of the route is allowed, on every stage that was asked about.`, `確認したすべてのステージで、ルートのすべての呼び出しが許可されています。`},
		{`It is not decided: nothing of the route was decided.`, `判定できません: このルートについて判定したものがありません。`},
		{`It is not decided: nothing of the authorizer was decided.`, `判定できません: このオーソライザーについて判定したものがありません。`},
		{`It is not decided: the policy names the route in a form of which AWS does not document that calls match it.`, `判定できません: ポリシーのルートの書き方に呼び出しが一致するかどうかが、AWS の文書にありません。`},
		{`It is not decided: %s.`, `判定できません: {1}。`},
		{`The API's log says so %s (%s).`, `API のログに{1}記録されています（{2}）。`},
		{`By now it is allowed: call the API again.`, `現在は許可されています。API をもう一度呼び出してください。`},
		{`The API, with all its routes, answered %s 5xx and the function was not invoked once since %s.`, `$2 以降、API はすべてのルートで 5xx を{1}返し、関数は一度も呼び出されていません。`},
		{`The route %s answered %s 5xx and the function was not invoked once since %s.`, `$3 以降、ルート $1 は 5xx を{2}返し、関数は一度も呼び出されていません。`},
		{`The function was invoked %s since %s, by this API or something else.`, `$2 以降、関数は（この API またはほかから）{1}呼び出されました。`},
		{`Which function the authorizer %s calls could not be read.`, `オーソライザー $1 が呼び出す関数を読み取れませんでした。`},
		{`The authorizer %s is refused to invoke %s.`, `オーソライザー $1 による $2 の呼び出しが拒否されます。`},
		{`The authorizer %s may invoke %s.`, `オーソライザー $1 には $2 の呼び出しが許可されています。`},
		{`%s failed %s since %s.`, `$3 以降、$1 は{2}失敗しました。`},
		{`Its log %s holds %s of the kind %q, the last at %s: read it there.`, `ログ $1 に種類 $3 の行が{2}あります（最後は $4）。内容はログで確認してください。`},
		{`Its log %s holds %s of the kind %q, the last at %s.`, `ログ $1 に種類 $3 の行が{2}あります（最後は $4）。`},
		{`The API's log names the authorizer's failure %s (%s).`, `API のログにオーソライザーの失敗が{1}記録されています（{2}）。`},
		{`Whether the authorizer's function fails is not known: neither its metrics nor its log were read.`, `オーソライザーの関数が失敗しているかどうかは不明です。メトリクスもログも読み取っていません。`},
		{`Lambda says of its state: %s.`, `Lambda による関数の状態: $1。`},
		{`Lambda says that it is active.`, `Lambda によると、関数は有効です。`},
		{`Its role can be assumed by Lambda.`, `Lambda は関数のロールを引き受けられます。`},
		{`API Gateway answers 429 where a stage, a route, a usage plan or the account's own limit is exceeded.`, `API Gateway は、ステージ、ルート、使用量プラン、またはアカウントの上限を超えた場合に 429 を返します。`},
		{`Lambda throttled %s %s since %s: its concurrency is used up, or reserved at 0.`, `$3 以降、Lambda は $1 を{2}スロットリングしました。同時実行数が上限に達しているか、予約が 0 です。`},
		{`Lambda throttled no invocation of %s since %s.`, `$2 以降、Lambda は $1 の呼び出しをスロットリングしていません。`},
		{`Whether Lambda throttles the function is not known: its metrics were not read.`, `Lambda が関数をスロットリングしているかどうかは不明です。メトリクスを読み取っていません。`},
		{`API Gateway waits %s for the integration.`, `API Gateway は統合の応答を $1 待ちます。`},
		{`The function may run %s, and API Gateway waits %s for it.`, `関数は最長 $1 実行されますが、API Gateway が待つのは $2 です。`},
		{`The function may run %s, which is not longer than the %s that API Gateway waits.`, `関数の実行は最長 $1 で、API Gateway が待つ $2 を超えません。`},
		{`Its log %s says %s that it ran out of its time, the last at %s.`, `ログ $1 にタイムアウトが{2}記録されています（最後は $3）。`},
		{`Its log %s says of no invocation that it ran out of its time since %s.`, `$2 以降、ログ $1 にタイムアウトは記録されていません。`},
		{`The API's log names the time-out %s (%s).`, `API のログにタイムアウトが{1}記録されています（{2}）。`},
		{`Its longest invocation since %s took %s, all of its time.`, `$1 以降の最長の呼び出しは $2 で、上限に達しています。`},
		{`Its longest invocation since %s took %s.`, `$1 以降の最長の呼び出しは $2 でした。`},
		{`The API waited %s for an integration, which is its limit.`, `API は統合の応答を上限の $1 まで待ちました。`},
		{`Where an integration does not answer in time, a REST API answers 504 "Endpoint request timed out" and an HTTP API 503 "Service Unavailable".`,
			`統合が時間内に応答しない場合、REST API は 504 "Endpoint request timed out"、HTTP API は 503 "Service Unavailable" を返します。`},
		{`The function is in a VPC: what it calls there without a route or an endpoint never answers.`, `関数は VPC に接続しています。ルートやエンドポイントのない呼び出し先は応答しません。`},
		{`Whether it ran out of time is not known: neither its metrics nor its log were read.`, `タイムアウトしたかどうかは不明です。メトリクスもログも読み取っていません。`},
		{`It was invoked %s since %s, by this API or something else.`, `$2 以降、（この API またはほかから）{1}呼び出されました。`},
		{`It was invoked %s since %s and did not fail.`, `$2 以降、{1}呼び出され、失敗していません。`},
		{`It was not invoked since %s.`, `$1 以降、呼び出されていません。`},
		{`Its log %s holds nothing since %s: it did not run, or may not write its log.`, `$2 以降、ログ $1 に記録がありません。実行されていないか、ログを書き込めません。`},
		{`Its log %s tells of no error since %s.`, `$2 以降、ログ $1 にエラーは記録されていません。`},
		{`The API's log says %s that the function's answer is malformed: it must be an object with a statusCode (%s).`, `API のログに、関数の応答の形式が正しくないことが{1}記録されています（{2}）。statusCode を持つオブジェクトを返す必要があります。`},
		{`The API's log says %s that the function failed (%s).`, `API のログに、関数の失敗が{1}記録されています（{2}）。`},
		{`502 is what API Gateway answers where a function returns something else than an object with a statusCode, which is no error of the function.`,
			`API Gateway は、関数が statusCode を持つオブジェクト以外を返した場合に 502 を返します。これは関数のエラーとしては記録されません。`},
		{`A function may answer 5xx itself without failing.`, `関数が失敗せずに 5xx を返すこともあります。`},
		{`Whether it fails is not known: neither its metrics nor its log were read.`, `失敗しているかどうかは不明です。メトリクスもログも読み取っていません。`},
		{`The API answers on its custom domain names alone (DisableExecuteApiEndpoint).`, `API はカスタムドメイン名でのみ応答します (DisableExecuteApiEndpoint)。`},
		{`A web ACL stands before the stage %s. Which requests it blocks is in its own log and metrics, which are not read: look for BLOCK there.`,
			`ステージ $1 の手前にウェブ ACL があります。ブロックしたリクエストはウェブ ACL のログとメトリクス（読み取っていません）で BLOCK を確認してください。`},
		{`No web ACL stands before the API. One of a CloudFront distribution before it would not be seen here.`, `API の手前にウェブ ACL はありません。手前の CloudFront ディストリビューションのものは確認できません。`},
		{`The API has no resource policy.`, `API にリソースポリシーはありません。`},
		{`It has a Deny: %s`, `拒否のステートメントがあります: $1`},
		{`It lets in some callers alone: %s`, `一部の呼び出し元だけを許可しています: $1`},
		{`The resource policy lets everybody in and denies nobody.`, `リソースポリシーは全員を許可し、だれも拒否していません。`},
		{`Who calls, and from where, is not known here. A change of it takes a new deployment to be in force.`, `呼び出し元は不明です。リソースポリシーの変更は、デプロイし直すと有効になります。`},
		{`The route %s needs an API key: without one that a usage plan of the stage knows, the answer is 403 "Forbidden".`, `ルート $1 には API キーが必要です。ステージの使用量プランにあるキーがない場合、403 "Forbidden" が返ります。`},
		{`The route %s needs no API key.`, `ルート $1 に API キーは不要です。`},
		{`Calls of %s are signed, and the caller's policies must allow execute-api:Invoke on it: ask for the caller with a check that declares that need.`,
			`$1 の呼び出しには署名が必要で、呼び出し元のポリシーが execute-api:Invoke を許可している必要があります。呼び出し元については、その権限を宣言した check で確認してください。`},
		{`The authorizer %s decides about %s: its function returned a Deny, or a policy that does not cover the route.`, `オーソライザー $1 が $2 を判定します。その関数が拒否を返したか、返したポリシーにルートが含まれていません。`},
		{`401 is also what is answered where the request lacks what identifies its caller.`, `呼び出し元を識別する情報がリクエストにない場合も、401 が返ります。`},
		{`The route asks for a token (%s %s).`, `ルートにはトークンが必要です ($1 $2)。`},
		{`The route %s asks nobody who calls.`, `ルート $1 は呼び出し元を確認しません。`},
		{`Its log holds nothing since %s.`, `$1 以降、ログに記録がありません。`},
		{`Whether it ran is not known: neither its metrics nor its log were read.`, `実行されたかどうかは不明です。メトリクスもログも読み取っていません。`},
		{`once`, ` 1 回`}, {`%d times`, ` $1 回`}, {`1 line`, ` 1 行`}, {`%d lines`, ` $1 行`}, {`%s, last at %s`, `{1}、最後は $2`},
		{`The stage %s lets no request through to %s: its throttling limit is 0.`, `ステージ $1 のスロットリングの上限が 0 のため、$2 へのリクエストはすべて拒否されます。`},
		{`The stage %s lets %s a second and %s at once through to %s.`, `ステージ $1 の $4 の上限は、1 秒あたり{2}、同時に{3}です。`},
		{`The route %s needs an API key, so that the limits and the quota of the key's usage plan count as well.`, `ルート $1 には API キーが必要なため、キーの使用量プランの上限とクォータも適用されます。`},
		{`No usage plan limits it: those are of REST APIs.`, `使用量プランは REST API のもので、適用されません。`},
		{`No usage plan limits it: the route %s needs no API key.`, `ルート $1 に API キーは不要で、使用量プランは適用されません。`},
		{`as many requests as the account may`, `アカウントの上限まで`}, {`%d request`, ` $1 件`}, {`%s requests`, ` $1 件`},
		{`The API writes no execution log, which would say "Malformed Lambda proxy response".`, `API の実行ログが無効です。有効な場合は "Malformed Lambda proxy response" と記録されます。`},
		{`Its code was refused %s on %s %s, last at %s, as %s tells.`, `コードによる $2 への $1 が{3}拒否されました（最後は $4、{5}の記録）。`},
		{`Its code was refused %s %s, last at %s, as %s tells.`, `コードによる $1 が{2}拒否されました（最後は $3、{4}の記録）。`},
		{`the log group %s`, `ロググループ $1 `},
		{`Where and why it is refused, and the fix, says the event %s.`, `拒否の箇所、原因、対処は、イベント $1 で確認できます。`},
		{`The resource policy lets in no call of %s, whoever makes it and from wherever.`, `リソースポリシーは、だれがどこから呼び出しても $1 を許可しません。`},
		{`A change of it takes a new deployment to be in force.`, `リソースポリシーの変更は、デプロイし直すと有効になります。`},
		{`The API is reached only through an interface endpoint of execute-api in a VPC, whose own policy must allow execute-api:Invoke as well. Endpoints and their policies are not read.`,
			`API には VPC の execute-api のインターフェイスエンドポイントからのみ到達でき、エンドポイントのポリシーも execute-api:Invoke を許可している必要があります。エンドポイントとそのポリシーは読み取っていません。`},
		{`Associated with the API: %s.`, `API に関連付けられているもの: $1。`},
		{`No endpoint is associated with the API: callers without private DNS must name it in the Host or x-apigw-api-id header.`,
			`API に関連付けられたエンドポイントはありません。プライベート DNS を使わない呼び出しでは、Host または x-apigw-api-id ヘッダーで API を指定する必要があります。`},
		{`It has no resource policy, and a private API lets nobody in without one.`, `リソースポリシーがありません。プライベート API は、リソースポリシーがないとだれも許可しません。`},
		{`The resource policy does not rule out calls through %s.`, `リソースポリシーは $1 からの呼び出しを許可する可能性があります。`},
		{`The resource policy lets in no call of %s through %s.`, `リソースポリシーは $2 からの $1 の呼び出しを許可しません。`},

		// How often it was answered.
		{`No request of the API was counted since %s: none came to it, or what is counted comes some minutes late.`, `$1 以降、API へのリクエストは記録されていません。リクエストがないか、記録が数分遅れています。`},
		{`The API, with all its routes, answered no %s since %s, of %s.`, `$2 以降、API はすべてのルートの{3}のうち $1 を返していません。`},
		{`The API, with all its routes, answered no %s since %s.`, `$2 以降、API はどのルートでも $1 を返していません。`},
		{`The API, with all its routes, answered %s %s since %s, of %s.`, `$3 以降、API はすべてのルートの{4}のうち $2 を{1}返しました。`},
		{`The API, with all its routes, answered %s %s since %s.`, `$3 以降、API はすべてのルートで $2 を{1}返しました。`},
		{`The route %s answered no %s since %s, of %s.`, `$3 以降、ルート $1 は{4}のうち $2 を返していません。`},
		{`The route %s answered no %s since %s.`, `$3 以降、ルート $1 は $2 を返していません。`},
		{`The route %s answered %s %s since %s, of %s.`, `$4 以降、ルート $1 は{5}のうち $3 を{2}返しました。`},
		{`The route %s answered %s %s since %s.`, `$4 以降、ルート $1 は $3 を{2}返しました。`},
		{`The metrics of the stage name no request of the route: none came, or its detailed metrics are younger.`, `ステージのメトリクスにこのルートへのリクエストはありません。リクエストがないか、詳細メトリクスが有効になって間もない可能性があります。`},
		{`Which of them is not told: detailed metrics are off for the route.`, `このルートの詳細メトリクスが無効なため、ルートごとの数は不明です。`},

		// Lists of causes, and sentences that end what has a form.
		{`%s; %s`, `{1}、{2}`},
		{`%s.`, `{1}。`},
	}
}

// compiledAnswers are the answerings before the rewordings, compiled when they are first needed.
var compiledAnswers = sync.OnceValue(func() []reworded {
	formats := strings.NewReplacer("%s", `((?:[^.]|\.\S)+?)`, "%d", `(\d+)`, "%q", `("[^"]*")`)
	var out []reworded
	for _, one := range answerings() {
		out = append(out, reworded{regexp.MustCompile(`^` + formats.Replace(regexp.QuoteMeta(one.pattern)) + `$`), one.japanese})
	}
	return append(out, compiledRewordings()...)
})

// sentenceEnd is the end of a sentence that another one follows.
var sentenceEnd = regexp.MustCompile(`\.\s+([A-Z0-9])`)

// answer is an answer of some sentences in the language. In Japanese a title or cause of one of the findings is as it is said of
// the finding.
func (l Language) answer(text string, found []finding.Finding) string {
	text = oneLine(text)
	if l != Japanese || text == "" {
		return text
	}
	for i := range found {
		said := found[i]
		inJapanese(&said)
		switch {
		case found[i].Cause != "" && strings.TrimSuffix(text, ".") == strings.TrimSuffix(oneLine(found[i].Cause), "."):
			return oneLine(said.Cause)
		case found[i].Title != "" && strings.TrimSuffix(text, ".") == strings.TrimSuffix(oneLine(found[i].Title), "."):
			return oneLine(said.Title) + "。"
		case found[i].Title != "":
			text = strings.Replace(text, oneLine(found[i].Title), oneLine(said.Title), 1)
		}
	}
	if len(text) > maxReason {
		return inEnglish + text
	}
	unknown := map[string]bool{}
	if said, ok := inPart(compiledAnswers(), text, maxDepth, unknown); ok {
		return said
	}
	var parts []string
	for rest := text; rest != ""; {
		ends := endsOf(rest)
		one := rest[:ends[len(ends)-1]]
		said, ok := "", false
		for _, end := range ends { // some forms hold two sentences
			if said, ok = inPart(compiledAnswers(), rest[:end], maxDepth, unknown); ok {
				one = rest[:end]
				break
			}
		}
		if !ok {
			said = inEnglish + one
		}
		parts = append(parts, said)
		rest = strings.TrimSpace(rest[len(one):])
	}
	return strings.Join(parts, "")
}

// endsOf are where sentences of a text may end, the last first.
func endsOf(text string) []int {
	out := []int{len(text)}
	for _, at := range slices.Backward(sentenceEnd.FindAllStringIndex(text, 5)) {
		out = append(out, at[0]+1)
	}
	return out
}
