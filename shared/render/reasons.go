package render

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// rewording is an English sentence and what it is in Japanese. In the latter $1 is what stood there as it was, and {1} is
// that put into Japanese, too. The sentences are those of gaps, proofs, warnings and what was not delivered; what is not
// among them stays English and is marked as such.
type rewording struct{ pattern, japanese string }

// rewordings are tried in their order.
func rewordings() []rewording {
	return []rewording{
		// Calls whose other side is not known.
		{`the policies of multi-Region access points are not read: (.+) shows which one has the alias (\S+), (\S+) its policy, and the policies of its buckets must agree`,
			`マルチリージョンアクセスポイントのポリシーは読み取っていません。$1 で別名 $2 のアクセスポイントを、$3 でそのポリシーを確認できます。バケットのポリシーも許可している必要があります`},
		{`the policies of access points of Object Lambda are not read: (.+) shows it, and the access point behind it and its bucket must agree`,
			`オブジェクトを変換するアクセスポイントのポリシーは読み取っていません。$1 で確認できます。背後のアクセスポイントとバケットも許可している必要があります`},
		{`(\S+) belongs to another account: whether its trust policy lets (\S+) assume it is not known; (\S+) in account (\d+) by a role that may (\S+) would show it \(readRoles in probe.yaml names such roles\)`,
			`$1 は別のアカウントのものです。信頼ポリシーが $2 による引き受けを許可しているかどうかは、アカウント $4 で $3 を許可されたロールを使うと確認できます（probe.yaml の readRoles で指定します）`},
		{`the bucket's policy is public, and whether Block Public Access of account (\d+) as a whole keeps other accounts out is not known: (.+)`,
			`バケットのポリシーはパブリックです。アカウント $1 全体のブロックパブリックアクセスが別のアカウントからの呼び出しを拒否するかどうかが不明です: {2}`},
		{`whether Lambda can decrypt the environment of (\S+) at its next start is not known: (.+)`, `$1 の環境変数を次回の開始時に Lambda が復号できるかどうかが不明です: {2}`},
		{`neither the policy of the (.+) nor a grant on it lets (\S+) (\S+) for (\S+), and whether Lambda decrypts in another way is not documented`,
			`{1} のポリシーも許可 (グラント) も、$4 のための $2 による $3 を許可していません。Lambda が別の方法で復号するかどうかは文書化されていません`},
		{`whether the policy of the (.+?) lets (\S+) use it is not known: it speaks of (\S+), and that this names the same service to KMS is not documented`,
			`{1} のポリシーが $2 による使用を許可しているかどうかが不明です。$3 を指定していますが、これがキーのポリシーで同じサービスを表すとは文書化されていません`},
		{`whether the policy of the (.+?) lets (\S+) use it is not known: (.+)`, `{1} のポリシーが $2 による使用を許可しているかどうかが不明です: {3}`},
		{`under which name CloudWatch Logs uses keys in this Region is not documented`, `このリージョンでロググループのサービスがキーの使用に使う名前は文書化されていません`},
		{`which keys encrypt log groups is not known: (.+)`, `ロググループを暗号化しているキーが不明です: {1}`},
		{`whether account (\d+) lets others use the log group is not read: (.+) shows it`, `アカウント $1 がロググループの使用を他のアカウントに許可しているかどうかは読み取っていません。$2 で確認できます`},
		{`whether Lambda may (\S+) from the (.+?) is not known: (.+)`, `Lambda が {2} に対して $1 を実行できるかどうかが不明です: {3}`},
		{`whether (\S+) on the (.+) names the key that encrypts it now, which it must be allowed to use then, is not known: without a name it takes AWS's own`,
			`{2} に対する $1 が、現在の暗号化キーを指定するかどうかが不明です。指定する場合はそのキーの権限が必要で、指定しない場合は AWS のキーが使用されます`},
		{`whether the policy of the (.+?), of which (\S+) is called, lets (\S+) is not known: it is not documented that the policy of (\S+) is asked about (\S+)`,
			`$2 の呼び出しを、{1} のポリシーが $3 に許可しているかどうかが不明です。$5 について $4 のポリシーが評価されるとは文書化されていません`},
		{`(.+); if the code sends an external id, externalId beside the declaration says it`, `{1}。コードが外部 ID を送信する場合は、宣言の externalId に指定してください`},
		{`(.+ of .+|identity policy|resource policy|trust policy), statement (.+?)(?: at line \d+)?: it is not known whether principal (".*") covers (".*")`,
			`{1} のステートメント $2: プリンシパル $3 に $4 が含まれるかどうかが不明です`},
		{`whether the policy of the (.+?) lets everybody ([a-z0-9-]+:[A-Za-z]+) depends on what is not known: (.+)`,
			`{1} のポリシーが全員に $2 を許可しているかどうかは、不明な値によって決まります: {3}`},
		{`which authorization the method of the API (\S+) asks for depends on what is not known: (.+)`, `API $1 のメソッドの認可タイプは、不明な値によって決まります: $2`},
		{`whether the API (\S+) is private depends on what is not known: (.+)`, `API $1 がプライベートかどうかは、不明な値によって決まります: $2`},
		{`what the policies of (\S+) allow depends on whose the (bucket \S+) is, which belongs to account (\d{12}): the simulator was asked before that was known`,
			`$1 のポリシーが許可するかどうかは {2} の所有者によって決まります。所有者はアカウント $3 ですが、シミュレーターへの問い合わせの時点では不明でした`},
		{`whether (\S+) may (\S+) on (\S+) depends on the name that CloudFormation makes up for it: (.+)`,
			`$1 に $3 に対する $2 が許可されているかどうかは、CloudFormation が生成する名前によって決まります: {4}`},
		{`which method of the API (\S+) is called by (\S+) is not known, and some of its methods ask who calls and others do not`,
			`API $1 のどのメソッドが $2 で呼び出されるかが不明です。呼び出し元を確認するメソッドと確認しないメソッドがあります`},
		{`an API without a policy cannot let another account in`, `ポリシーのない API は別のアカウントを許可できません`},
		{`the method asks nobody who calls, so that a statement for the role would not count`, `メソッドは呼び出し元を確認しないため、ロールに対するステートメントは効果がありません`},
		{`(.+ of .+|identity policy|resource policy|trust policy), statement (.+?)(?: at line \d+)?: it is not known whether action (".*") covers (\S+)`,
			`{1} のステートメント $2: アクション $3 に $4 が含まれるかどうかが不明です`},
		{`whether the policy of the (.+?) lets (arn:.+?) ([a-z0-9-]+:[A-Za-z]+) depends on what is not known: (.+)`,
			`{1} のポリシーが $2 による $3 を許可しているかどうかは、不明な値によって決まります: {4}`},
		{`CloudFormation and its Cloud Control API, by which rarer kinds are read, have no such type`, `まれな種類の読み取りに使用する Cloud Control API に、この種類がありません`},
		{`(?:the )?role (\S+)`, `ロール $1`},
		{`whom the statements that let everybody in are meant for only the bucket's owner knows`, `全員を許可するステートメントの意図は、バケットの管理者だけが知っています`},
		{`which function URL the distribution (\S+) sends requests to`, `ディストリビューション $1 のリクエスト先の関数 URL`},
		{`which is the key of the user pool's codes`, `ユーザープールのコードを暗号化するキー`},
		{`role of the deployment group (\S+)`, `デプロイグループ $1 のロール`},
		{`what (\S+) of (AWS::\S+) (\S+) asks for`, `$2 $3 に対する $1 の対象`},
		{`skills belong to Amazon's developer console; I8 looks at the permissions that they have`, `スキルは Amazon の開発者コンソールのものです。その許可は I8 で確認します`},
		{`the function is called with the permissions of whoever (?:runs the query|reads the object)`, `関数は、クエリの実行やオブジェクトの読み取りを行う人の権限で呼び出されます`},
		{`(\S+) is the alias of an access point of S3, by which no policy knows it: declare the access point's ARN`, `$1 は S3 アクセスポイントのエイリアスで、ポリシーでは使用されません。アクセスポイントの ARN を宣言してください`},
		{`the access point (\S+) takes requests from (a VPC that S3 does not name|\S+) alone, and whether those of (\S+), which runs in (a VPC that is not known|\S+), arrive from there is not known`, `アクセスポイント $1 は $2 からのリクエストだけを受け付けますが、$3 のリクエストがそこから届くかどうかが不明です`},
		{`the bucket behind the access point (\S+) must let (\S+) in, too: no policy of \S+ and none of the bucket allows (\S+) on (\S+), and whether what the role is allowed on the access point is enough is not documented`,
			`アクセスポイント $1 の背後のバケットも $2 を許可する必要があります。$2 のポリシーにもバケットのポリシーにも $4 への $3 の許可がなく、アクセスポイントへの許可だけで十分かどうかは文書化されていません`},
		{`the policy of the parameter (\S+) does not say whom it is shared with: (.+) there shows it`, `パラメーター $1 のポリシーには共有先が書かれていません。そのアカウントで $2 を実行すると確認できます`},
		{`the policies of the (.+?) are not understood: (.+)`, `{1} のポリシーを解釈できません: $2`},
		{`policy (\S+) would be (\d+) bytes long, and SES takes (\d+): a part of it must go into another one`, `ポリシー $1 は $2 バイトになり、SES の上限の $3 バイトを超えます。一部を別のポリシーに移す必要があります`},
		{`the identity has (\d+) policies, and SES takes no more: one of them must take the statement`, `アイデンティティにはすでに $1 個のポリシーがあり、これ以上追加できません。既存のポリシーにステートメントを追加する必要があります`},
		{`a Deny wins over every share that could be made; its owner must decide how to narrow it`, `拒否のステートメントは、どの共有よりも優先されます。範囲の変更は、その管理者が判断する必要があります`},
		{`a parameter of the standard tier cannot be shared, and its value, which takes it to the other tier, is not read here`, `標準ティアのパラメーターは共有できません。ティアの変更にはパラメーターの値が必要ですが、値は読み取っていません`},
		{`which role of the other account that is to be only its owner knows`, `別のアカウントのどのロールを使うかは、その管理者だけが知っています`},
		{`the policy of the access point (\S+) lets everybody in, and whether S3 takes it for public, so that Block Public Access keeps other accounts out, is not read: (.+) there shows it`,
			`アクセスポイント $1 のポリシーは全員を許可していますが、S3 がこれをパブリックとみなし、ブロックパブリックアクセスが他のアカウントを締め出すかどうかは読み取っていません。そのアカウントで $2 を実行すると確認できます`},
		{`whether the function belongs into a network only its owner knows`, `関数をネットワークに接続してよいかどうかは、管理者だけが知っています`},
		{`what the policy of the registry (\S+) in (\S+) denies, which counts for all of its repositories, is not known: (.+)`,
			`リージョン $2 のレジストリ $1 のポリシーはすべてのリポジトリに適用されますが、何を拒否しているかが不明です: {3}`},
		{`nothing allows (\S+) on the repository but, as far as is known, the policy of the registry (\S+) in (\S+), and whether that is enough is not documented`,
			`リポジトリに対する $1 を許可しているのは、確認できる限りリージョン $3 のレジストリ $2 のポリシーだけです。それで十分かどうかは文書化されていません`},
		{`the repository's own policy does not let the call in either`, `リポジトリのポリシーも呼び出しを許可していません`},
		{`what the ACLs are meant for only who wrote the code knows`, `ACL の意図は、コードの作成者だけが知っています`},
		{`whether the bucket (\S+) takes ACLs, which (\S+) sets, is not known: (.+)`, `$2 で ACL を設定するバケット $1 で ACL が有効かどうかが不明です: {3}`},
		{`the bucket (\S+) takes no ACL but (\S+) \(Object Ownership is (\S+)\), and whether (\S+) puts objects there with another one is not known: those calls fail with (\S+)`,
			`バケット $1 のオブジェクト所有者の設定は $3 で、$2 以外の ACL は使用できません。$4 が別の ACL を指定してオブジェクトを書き込むかどうかが不明です。その呼び出しは $5 で失敗します`},
		{`the policy of the bucket (\S+) lets (.+) put objects there, which then are its own \(Object Ownership is (\S+)\): whether (\S+) may read those is in each object's ACL, which (.+) shows, and in no policy. With (\S+) all objects are the bucket owner's`,
			`バケット $1 のポリシーは {2} による書き込みを許可しており、そのオブジェクトは書き込んだアカウントのものになります（オブジェクト所有者の設定は $3）。$4 が読み取れるかどうかは、ポリシーではなく各オブジェクトの ACL によって決まります。ACL は $5 で確認できます。$6 に設定すると、すべてのオブジェクトがバケット所有者のものになります`},
		{`the policy of the bucket (\S+) lets (.+) put objects there, and to whom these belong, so that it says who may read them, is not known: (.+)`,
			`バケット $1 のポリシーは {2} による書き込みを許可していますが、そのオブジェクトの所有者がどのアカウントで、誰が読み取れるかが不明です: {3}`},
		{`the template leaves its (\S+) open`, `テンプレートの $1 に不明な値があります`},
		{`other accounts`, `別のアカウント`},
		{`account (\d{12})`, `アカウント $1`},
		{`whoever (.+) is`, `$1 の示すアカウント`},
		{`whether the function belongs into that network only its owner knows`, `関数をそのネットワークに接続してよいかどうかは、管理者だけが知っています`},
		{`which bucket the access point (\S+) leads to is not known, and that one must let the call in, too`, `アクセスポイント $1 の背後のバケットが不明です。そのバケットも呼び出しを許可する必要があります`},
		{`(.+); the organization of the account is not known: (.+) \(organization in probe.yaml names it\)`, `{1}。アカウントの組織が不明です: {2}（probe.yaml の organization で指定できます）`},
		{`the function is called with the permissions of whoever deploys the stack, or of its service role; the event .deployer. asks what one may`,
			`関数は、スタックをデプロイする人またはサービスロールの権限で呼び出されます。その権限は deployer イベントで確認できます`},
		{`groups are not read; I8 looks at the permissions that they have`, `グループは読み取っていません。その許可は I8 で確認します`},
		{`SQL inside the database names the function`, `関数はデータベース内の SQL で指定されます`},
		{`that version of the service has ended`, `そのバージョンのサービスは終了しています`},
		{`a job names its function and role when it is made, and ends: nothing of it stands that could be checked before`, `関数とロールはジョブの作成時に指定され、ジョブは終了するため、事前に確認できるものがありません`},
		{`the service ended in October 2026; I8 looks at the permissions that it has left`, `サービスは 2026 年 10 月に終了しました。残された許可は I8 で確認します`},
		{`they call from every member account, and which ones there are is not known here`, `すべてのメンバーアカウントから呼び出され、どのアカウントがあるかはここでは不明です`},
		{`which function the log policy of the account (\S+) calls is not understood`, `アカウントのログポリシー $1 が呼び出す関数を解釈できません`},
		{`it calls no function: its events come by EventBridge rules, which are read`, `関数を呼び出しません。イベントは EventBridge ルールを経由し、ルールは読み取られています`},
		{`no API lists them`, `一覧を取得できる API がありません`},
		{`the CloudFront distribution (\S+) sends requests to the function URL (\S+), which is not among those that are known`,
			`CloudFront ディストリビューション $1 のリクエスト先の関数 URL $2 が、確認できる関数 URL の中にありません`},
		{`the deployments of (\S+) are made as (\S+), and CodeDeploy takes roles of the group's own account alone: whether it may call hooks is not known`,
			`$1 のデプロイは $2 で実行されます。CodeDeploy が使用できるのはデプロイグループと同じアカウントのロールだけのため、フックを呼び出せるかどうかが不明です`},
		{`the distribution (\S+) names (\S+) without a version, which CloudFront does not take`, `ディストリビューション $1 に指定された $2 にバージョンがありません。CloudFront ではバージョンの指定が必要です`},
		{`the policy of (\S+) lets (.+) invoke it only if the calls come with (\S+), and AWS does not document whether they do: a permission whose condition names the source's account alone counts for certain`,
			`$1 のポリシーは、呼び出しに $3 が含まれる場合だけ {2} を許可しています。含まれるかどうかは文書化されていません。条件がソースのアカウントだけの許可であれば確実です`},
		{`the policy of (\S+) lets (.+) invoke it only if the calls come with(out)? (\S+), and AWS does not document whether they do: a permission whose condition names the source's ARN alone counts for certain`,
			`$1 のポリシーは、呼び出しの $4 の有無によってだけ {2} を許可しています。含まれるかどうかは文書化されていません。条件がソースの ARN だけの許可であれば確実です`},
		{`the policy of (\S+) lets (.+) invoke it only if the calls come with(out)? (\S+), and AWS does not document whether they do: a permission without a condition on the source counts for certain`,
			`$1 のポリシーは、呼び出しの $4 の有無によってだけ {2} を許可しています。含まれるかどうかは文書化されていません。ソースに関する条件のない許可であれば確実です`},
		{`(?:the )?CloudFront distribution (\S+)`, `CloudFront ディストリビューション $1`}, {`(?:the )?Lex bot's alias (\S+)`, `Lex ボットのエイリアス $1`},
		{`(?:the )?user pool (\S+)`, `ユーザープール $1`}, {`(?:the )?parameter (\S+)`, `パラメーター $1`},

		// What AWS did not answer.
		{`(\S+) is refused \((\S+)\): permprobe's role lacks it`, `$1 が拒否されました ($2)。permprobe のロールに権限がありません`},
		{`(\S+) is refused \((\S+)\) to (\S+) in account (\d+)`, `アカウント $4 の $3 による $1 が拒否されました ($2)`},
		{`(\S+) is refused \((\S+)\), as it is without (\S+) while the object does not exist`, `$1 が拒否されました ($2)。オブジェクトがまだない場合、$3 の権限がないときもこの応答になります`},
		{`(\S+) is refused \((\S+)\)`, `$1 が拒否されました ($2)`},
		{`(\S+) failed with (\S+) for (\S+?)(: .+)?`, `$3 についての $1 が $2 で失敗しました$4`},
		{`(\S+) failed with (\S+)`, `$1 が $2 で失敗しました`},
		{`(\S+) was throttled \((\S+)\) until permprobe gave up, for (\S+)`, `$3 についての $1 はスロットリング ($2) が続いたため中止しました`},
		{`the time of the run was over before the simulator answered`, `シミュレーターの応答を待つ間に実行時間が終了しました`},
		{`the time of the run was over before (\S+) answered`, `$1 の応答を待つ間に実行時間が終了しました`},
		{`(\S+) did not answer in time`, `$1 の応答が時間内にありませんでした`},
		{`(\S+) did not answer for (\S+)`, `$2 についての $1 の応答がありませんでした`},
		{`(\S+) did not answer(: .+)?`, `$1 の応答がありませんでした$2`},
		{`(.+); on a bus that is encrypted with a customer's key it needs (\S+) on the key too`, `{1}。カスタマーマネージドキーで暗号化されたバスでは、そのキーに対する $2 の権限も必要です`},
		{`(.+ is refused .+); it takes (.+) too`, `{1}。次の権限も必要です: $2`},
		{`(\S+) of (.+?) is refused \((\S+)\)`, `{2} についての $1 が拒否されました ($3)`},
		{`(\S+) of (.+?) failed with (\S+)`, `{2} についての $1 が $3 で失敗しました`},
		{`(.+) answered with no properties`, `{1} の応答にプロパティがありません`},
		{`(.+) answered with properties that are not understood`, `{1} の応答のプロパティを解釈できません`},
		{`(cloudformation:\S+) of (AWS::.+)`, `{2} についての $1`},
		{`(\S+) of (\S+) answers a (configuration|URL) that is not understood: (.+)`, `$2 についての $1 の応答を解釈できません: $4`},
		{`(\S+) does not say which key (.+) stands for`, `$1 の応答から、$2 が指すキーがわかりません`},
		{`(\S+) does not say whether the function can run`, `$1 の応答から、関数を実行できるかどうかがわかりません`},
		{`(\S+) says that it encrypts by ("[^"]*"), of which nothing is known here`, `$1 の応答にある暗号化方式 $2 には対応していません`},
		{`(.+) are not read: set the parameter (\S+) of the stack to on`, `{1} は読み取っていません。スタックのパラメーター $2 を on にすると読み取ります`},
		{`set the parameter (\S+) of the stack to on`, `スタックのパラメーター $1 を on にすると読み取ります`},
		{`(.+) could not be read: (.+)`, `{1} を読み取れませんでした: {2}`},
		{`function urls`, `関数 URL`},
		{`other triggers`, `その他のトリガー`},
		{`subscription filters`, `サブスクリプションフィルター`},
		{`function logs`, `関数のログ`},
		{`it was not read`, `読み取っていません`},
		{`it is in another Region`, `別のリージョンにあります`},
		{`nothing reads the policy of a (.+)`, `{1} のポリシーの読み取りには対応していません`},

		// What is not in the templates, or depends on what they leave open.
		{`no template holds what (\S+) asks for to (\S+) in account (\d+)`, `アカウント $3 の $2 で $1 が読み取るものがどのテンプレートにもありません`},
		{`no template holds what (\S+) of (.+) asks for`, `$1 が読み取る {2} がどのテンプレートにもありません`},
		{`no template holds what (\S+) asks for`, `$1 が読み取るものがどのテンプレートにもありません`},
		{`no template holds (arn:\S+)`, `どのテンプレートにも $1 がありません`}, {`no template holds (what .+ asks for)`, `どのテンプレートにも {1} がありません`},
		{`no template holds what functions call: (.+); what their policies deny, or allow to roles by name, is not known`,
			`関数の呼び出し先がどのテンプレートにもありません: {1}。そのポリシーによる拒否や、ロールを名指しした許可は判定できません`},
		{`(.+) depends on (.+), which is not known`, `{1}は、不明な値 ({2}) によって決まります`},
		{`which function (.+) calls depends on the message`, `{1} が呼び出す関数は、メッセージによって決まります`},
		{`which function (.+) of (arn:\S+) calls`, `{1}（$2）が呼び出す関数`},
		{`which function (.+) calls`, `{1} が呼び出す関数`},
		{`which file system the function mounts`, `関数がマウントするファイルシステム`},
		{`which is the secret of (\S+)`, `$1 のシークレット`},
		{`which function runs as (.+)`, `{1} で実行される関数`},
		{`what the (.+) needs`, `{1} に必要な権限`},
		{`whether the event source mapping is enabled`, `イベントソースマッピングが有効かどうか`},
		{`whether the function is in a VPC`, `関数が VPC に接続されるかどうか`},
		{`whether the function sends traces`, `関数がトレースを送信するかどうか`},
		{`whether the rule is on`, `ルールが有効かどうか`},
		{`whether Lambda can start the function`, `Lambda が関数を開始できるかどうか`},
		{`which role the function runs as is not known: (.+)`, `関数の実行ロールが不明です: {1}`},
		{`as which role (?:the )?(.+) calls the function`, `{1} が関数を呼び出すときのロール`},
		{`which role calls the function is not known: (.+)`, `関数を呼び出すロールが不明です: {1}`},

		// Roles.
		{`(?:the role )?(arn:\S+) belongs to another account: whether it may call the function is known there only, to who may call (\S+) and (\S+) in it`,
			`ロール $1 は別のアカウントのものです。関数を呼び出せるかどうかは、そのアカウントで $2 と $3 を呼び出せる人だけが確認できます`},
		{`(?:the role )?(arn:\S+) belongs to another account: whether its trust policy lets (\S+) assume it cannot be read here`,
			`$1 は別のアカウントのものです。信頼ポリシーが $2 による引き受けを許可しているかどうかは、ここでは読み取れません`},
		{`the role (\S+) belongs to another account`, `ロール $1 は別のアカウントのものです`},
		{`the role (\S+) does not exist`, `ロール $1 が存在しません`},
		{`the role (\S+) was not read`, `ロール $1 を読み取っていません`},
		{`the function's role is (\S+), but the role of that name is (\S+)`, `関数の実行ロールは $1 ですが、その名前のロールは $2 です`},
		{`the role that calls the function is (\S+), but the role of that name is (\S+)`, `関数を呼び出すロールは $1 ですが、その名前のロールは $2 です`},
		{`the role (\S+) belongs to another account, and a function runs as a role of its own: is the id of the account right\?`,
			`ロール $1 は別のアカウントのものです。関数は自身のアカウントのロールで実行されるため、アカウントの番号が正しいか確認してください`},
		{`what the permissions boundary lets (\S+) do is not known: (.+)`, `アクセス許可の境界が $1 に何を許可しているかが不明です: {2}`},
		{`what (\S+) may is not known: (.+)`, `$1 に許可されている操作が不明です: {2}`},
		{`the policy (\S+) is not in the account's authorization details`, `ポリシー $1 が、アカウントの認可の詳細に含まれていません`},
		{`the attached policy (\S+) is not in the account's authorization details`, `アタッチされたポリシー $1 が、アカウントの認可の詳細に含まれていません`},
		{`the policies of the role (\S+) are not known: they are not asked for where the trust policy names no service that calls functions`,
			`ロール $1 のポリシーは不明です。信頼ポリシーに関数を呼び出すサービスがない場合は読み取りません`},
		{`the boundary of the role (\S+) is not known: they are not asked for where the trust policy names no service that calls functions`,
			`ロール $1 のアクセス許可の境界は不明です。信頼ポリシーに関数を呼び出すサービスがない場合は読み取りません`},
		{`which other functions run as (\S+) is not known`, `$1 で実行されるほかの関数が不明です`},
		{`what the code of (\S+) calls is not declared, so which grants of (\S+) it uses is not known`, `$1 のコードの呼び出しが宣言されていないため、$2 のどの権限を使うかが不明です`},
		{`(\d+) functions run as (\S+), and not all of them are looked at`, `$2 で実行される関数は $1 件あり、そのすべてを確認したわけではありません`},
		{`what the role needs to (?:read from|deliver to) (?:the )?(.+) is not decided`, `{1} についてロールに必要な権限は判定していません`},

		// The simulator.
		{`the simulator's answer leaves out (\S+) on (\S+) for (\S+)`, `シミュレーターの応答に、$3 による $2 への $1 の結果がありません`},
		{`the simulator was not asked whether (\S+) may (\S+) on (.+)`, `$1 が $3 に対して $2 を実行できるかどうかを、シミュレーターに問い合わせていません`},
		{`the simulator was asked whether (\S+) may (\S+) for another function only`, `$1 が $2 を実行できるかどうかは、別の関数についてのみシミュレーターに問い合わせました`},
		{`the simulator gave no decision`, `シミュレーターの応答に判定がありません`},
		{`the simulator was not asked alone`, `シミュレーターに単独で問い合わせていません`},
		{`the simulator gives the decision ("[^"]*"), which permprobe does not know`, `シミュレーターの判定 $1 に permprobe は対応していません`},
		{`whether (\S+) may (\S+) depends on request keys that are not known(.*)`, `$1 が $2 を実行できるかどうかは、不明なリクエストキーによって決まります{3}`},
		{`whether (\S+) may (\S+) depends on what is not known: (.+)`, `$1 が $2 を実行できるかどうかは、不明な値によって決まります: {3}`},
		{`(.+) \(missing: ([^)]+)\)`, `{1}（不明なキー: $2）`},
		{` \(missing: ([^)]+)\)`, `（不明なキー: $1）`},

		// What a policy does not decide.
		{`(.+ of .+|identity policy|resource policy|trust policy), statement (.+?)(?: at line \d+)?: (it is not known .+|.+ does not cover .+)`, `{1} のステートメント $2: {3}`},
		{`it is not known whether condition (\S+) (\S+) (.+) is met: (\S+) is not known`, `条件 $1 $2 $3 を満たすかどうかが、$4 が不明なため判定できません`},
		{`it is not known whether condition (\S+) (\S+) (.+) is met: (\S+) is (".*")`, `条件 $1 $2 $3 を満たすかどうかを、$4 の値 $5 では判定できません`},
		{`it is not known whether action (".*") covers (\S+)`, `アクション $1 に $2 が含まれるかどうかが不明です`},
		{`it is not known whether resource (".*") covers (".*")`, `リソース $1 に $2 が含まれるかどうかが不明です`},
		{`resource (".*") does not cover (".*"): the action has no resource, so only ("\*") allows it`, `リソース $1 に $2 は含まれません。このアクションにはリソースがないため、$3 だけが許可になります`},
		{`inline policy (.+) of (\S+)`, `$2 のインラインポリシー $1`},
		{`trust policy of (\S+)`, `$1 の信頼ポリシー`},
		{`identity policy`, `アイデンティティベースのポリシー`},
		{`resource policy`, `リソースベースのポリシー`},
		{`policy of (.+)`, `{1} のポリシー`},
		{`the trust policy of (\S+) does not decide: (.+)`, `$1 の信頼ポリシーでは判定できません: {2}`},
		{`the policy of (\S+) does not decide: (.+)`, `$1 のポリシーでは判定できません: {2}`},
		{`the (.+) is not URL-encoded as IAM's documents are: (.+)`, `{1} が IAM の文書の形式になっていません: $2`},
		{`the definition of the state machine (\S+) is not understood: which functions it calls is not known(?:, it depends on (.+))?`,
			`ステートマシン $1 の定義を解釈できないため、呼び出す関数が不明です {2}`},
		{`the source of the event source mapping (\S+) is not understood`, `イベントソースマッピング $1 のソースを解釈できません`},
		{`(?:the )?(.+?) is not understood: (.+)`, `{1} を解釈できません: $2`},
		{`(\S+) may (\S+) on (\S+) by its own policies, and whether the policy of the (.+?) lets it is not known: (.+)`,
			`$1 自身のポリシーは $3 に対する $2 を許可していますが、{4} のポリシーが許可しているかどうかが不明です: {5}`},
		{`no policy of (\S+) allows (\S+) on (\S+), and whether the policy of the (.+?) does is not known: (.+)`,
			`$1 のどのポリシーも $3 に対する $2 を許可しておらず、{4} のポリシーが許可しているかどうかは不明です: {5}`},
		{`no policy of (\S+) allows (\S+), and whether the policy of the (.+?) does is not decided: (.+)`,
			`$1 のどのポリシーも $2 を許可しておらず、{3} のポリシーが許可しているかどうかは判定できません: {4}`},
		{`(\S+) may (\S+) on (\S+) by its own policies, and whether account (\d+) lets it is not read(.*)`, `$1 自身のポリシーは $3 に対する $2 を許可していますが、アカウント $4 が許可しているかどうかは読み取っていません`},
		{`whether the policy of the (.+?) denies (\S+) what its own policies allow is not read: (\S+) shows it`,
			`$2 自身のポリシーによる許可を {1} のポリシーが拒否するかどうかは読み取っていません。$3 で確認できます`},
		{`whether the policy of the (.+?) of account (\d+) lets (\S+) in besides its own policies, as it must, is not read: (\S+) there shows it`,
			`$3 自身のポリシーに加え、アカウント $2 の {1} のポリシーも許可している必要がありますが、読み取っていません。そのアカウントで $4 を実行すると確認できます`},
		{`whether the policy of the (.+?) lets (\S+) in besides its own policies, as it must, is not read: (\S+) shows it`,
			`$2 自身のポリシーに加え、{1} のポリシーも許可している必要がありますが、読み取っていません。$3 で確認できます`},
		{`with the fix applied the role's own policies allow (\S+); the policy of the (.+?) is not read: (\S+) shows whether it stands in the way`,
			`修正を適用するとロール自身のポリシーは $1 を許可します。{2} のポリシーは読み取っていません。妨げになるかどうかは $3 で確認できます`},
		{`it belongs to account (\d+), where (\S+) by a role that may (\S+) would show it \(readRoles in probe.yaml names such roles\)`,
			`アカウント $1 のものです。$3 を許可されたロールを $2 で引き受けると確認できます（probe.yaml の readRoles で指定します）`},
		{`it belongs to account (\d+), and (\S+) is refused \((\S+)\) of its read role (\S+?):? the role's trust policy must let the probe's role assume it, (?:and .+)`,
			`アカウント $1 のものですが、読み取り用ロール $4 に対する $2 が拒否されました ($3)。そのロールの信頼ポリシーと permprobe のロールの両方で許可する必要があります`},
		{`whether the policy of the (.+?) lets (\S+) (\S+) depends on what is not known: (.+)`, `{1} のポリシーが $2 による $3 を許可しているかどうかは、不明な値によって決まります: {4}`},
		{`whether the policy of (\S+) lets (\S+) call it is not (?:known|decided): (.+)`, `$1 のポリシーが $2 による呼び出しを許可しているかどうかが不明です: {3}`},
		{`whether (\S+) lets (\S+) assume it is not decided: (.+)`, `$1 が $2 による引き受けを許可しているかどうかを判定できません: {3}`},
		{`whether (\S+), which is granted on some resources only, is enough for Lambda is not documented \(AWS grants it on every resource\): (.+)`,
			`一部のリソースだけに許可された $1 が Lambda に十分かどうかは文書化されていません（AWS のポリシーはすべてのリソースに許可しています）: {2}`},
		{`whether (\S+), which is granted on some resources only, is enough for Lambda is not documented \(AWS's pages disagree\): (.+)`,
			`一部のリソースだけに許可された $1 が Lambda に十分かどうかについて、AWS の文書は一致していません: {2}`},
		{`the policy of the (.+) is AWS's and cannot be changed, and which key is to take its place is its owner's to say`,
			`{1} のポリシーは AWS が管理しているため変更できません。代わりに使うキーは、その管理者が決める必要があります`},
		{`there is no alias (\S+) in account (\d+): the code cannot call (\S+) by it`, `アカウント $2 にエイリアス $1 がないため、コードはこのエイリアスで $3 を呼び出せません`},
		{`which account wrote the objects of the (.+) of account (\d+) is not known: the key (\S+) encrypts those that (\d+) wrote itself, and lets nobody else read them`,
			`アカウント $2 の{1} のオブジェクトをどのアカウントが書き込んだかが不明です。$2 自身が書き込んだものはキー $3 で暗号化され、ほかからは読み取れません`},
		{`which key (\S+) stands for is not known, and permissions are decided on the key: (.+)`, `$1 が指すキーが不明です。権限はキーに対して判定されます: {2}`},
		{`which key encrypts the (.+) is not known: (.+)`, `{1} を暗号化するキーが不明です: {2}`},
		{`whether (\S+) on the (.+) takes (\S+) on its key besides is documented either way, and it is not allowed`,
			`{2} に対する $1 に、キーに対する $3 も必要かどうかは AWS の文書が一致していません。その権限はありません`},
		{`whether (\S+) on the (.+) uploads in parts, which takes (\S+) on its key besides, is not known, and it is not allowed`,
			`{2} に対する $1 がマルチパートアップロードかどうかが不明です。その場合に必要な、キーに対する $3 の権限はありません`},
		{`whether the state of the (.+), ("[^"]*"), lets it be used is not known`, `{1} が状態 $2 で使用できるかどうかが不明です`},

		// Who calls functions.
		{`a route of the API (\S+) names the authorizer (.+), which is not among the API's: which function it calls is not known`,
			`API $1 のルートが指定するオーソライザー $2 がその API にないため、呼び出す関数が不明です`},
		{`a task of the state machine (\S+) calls a function as another role than the state machine's: whether that role may is not decided`,
			`ステートマシン $1 のタスクは、ステートマシンとは別のロールで関数を呼び出します。そのロールに許可されているかどうかは判定していません`},
		{`a task of the state machine (\S+) calls a function that its input names: whether its role may is not known`,
			`ステートマシン $1 のタスクは、入力で指定された関数を呼び出します。ロールに許可されているかどうかは不明です`},
		{`the (.+) calls (\S+), which is not among the functions of (\d+) in (\S+)`, `{1} は $2 を呼び出しますが、アカウント $3 のリージョン $4 にその関数はありません`},
		{`(?:the )?(.+) calls the function with the permissions of whoever calls it; whether they have them is not known here`,
			`{1} は、API の呼び出し元の権限で関数を呼び出します。その権限があるかどうかはここでは不明です`},
		{`(?:the )?(.+) calls what is no function's ARN: (.+)`, `{1} の呼び出し先が関数の ARN ではありません: $2`},
		{`the ARN of the (.+) is not known`, `{1} の ARN が不明です`},
		{`how the URL of (\S+) asks who calls is not known: (.+)`, `$1 の関数 URL の認証方式が不明です: $2`},
		{`(\S+) has no version or alias (\S+)`, `$1 にバージョンまたはエイリアス $2 がありません`},
		{`the policy of (\S+) does not allow the call, and whether that of the function itself counts is not known: it is not documented that the policy of (\S+) is asked about (\S+)`,
			`$1 のポリシーは呼び出しを許可しておらず、関数自体のポリシーが有効かどうかは不明です。$3 について $2 のポリシーが評価されるとは文書化されていません`},
		{`the policy of (\S+) gives (\S+) (\S+) for its URL and not the other permission that a request needs; whether policies of the caller itself do is not known`,
			`$1 のポリシーは関数 URL について $2 に $3 だけを許可しており、リクエストに必要なもう 1 つの権限がありません。呼び出し元自身のポリシーにあるかどうかは不明です`},
		{`the policy of (\S+) does not allow (\S+) by its URL; the URL is older than November 2025, and AWS documents that permission for new ones: whether this one needs it too is not known`,
			`$1 のポリシーは関数 URL 経由の $2 を許可していません。この権限は 2025 年 11 月以降の URL に必要とされており、それより古いこの URL にも必要かどうかは不明です`},
		{`the policy of (\S+) lets SNS invoke it by the name that it has in this Region; AWS documents that name only for topics of other Regions: use (\S+) for the (.+)`,
			`$1 のポリシーは、SNS をこのリージョンの名前で許可しています。AWS の文書では、その名前は別のリージョンのトピック用です。{3} には $2 を使用してください`},
		{`the policy of (\S+) names the route (.+) of (.+) literally; AWS does not document that its calls match that: use \* for the method and for path parameters`,
			`$1 のポリシーは {3} のルート $2 をそのまま指定しています。呼び出しがそれに一致するとは文書化されていないため、メソッドとパスパラメーターには * を使用してください`},
		{`the policy of (\S+) does not let (.+) invoke it, but the rule itself names the role (\S+), and AWS does not document whether its targets are called as that role`,
			`$1 のポリシーは {2} による呼び出しを許可していませんが、ルール自体にロール $3 が指定されています。ターゲットがそのロールで呼び出されるかどうかは文書化されていません`},
		{`the policy of (\S+) does not let (.+) invoke it, but which receipt rule set is the active one is not known`,
			`$1 のポリシーは {2} による呼び出しを許可していませんが、有効な受信ルールセットがどれかは不明です`},
		{`the policy of (\S+) does not let (.+) invoke it, but (.+)`, `$1 のポリシーは {2} による呼び出しを許可していませんが、{3}`},
		{`the role (\S+) may not invoke (\S+) for the (.+), but (.+)`, `ロール $1 は {3} のために $2 を呼び出せませんが、{4}`},
		{`whether the (.+) still exists, which a permission of (\S+) is for, is not known: (.+)`, `$2 が許可している {1} がまだ存在するかどうかが不明です: {3}`},
		{`whether (\S+), named like a hook of CodeDeploy, is one is not known`, `CodeDeploy のフックのような名前の $1 が、実際にフックかどうかは不明です`},

		// What functions need.
		{`whether the cluster (\S+) authenticates with IAM is not read: it decides whether the role needs (\S+) actions`,
			`クラスター $1 が IAM で認証するかどうかを読み取っていません。その場合、ロールに $2 のアクションが必要です`},
		{`whether the file system of (\S+) has a policy is not read: without one everybody may mount it`,
			`$1 のファイルシステムにポリシーがあるかどうかを読み取っていません。ポリシーがなければ誰でもマウントできます`},
		{`whether the function writes to the file system that it mounts is not known: it needs (\S+) only then`, `関数がマウントしたファイルシステムに書き込むかどうかが不明です。書き込む場合だけ $1 が必要です`},
		{`whether the file system of (\S+) has a policy is not known, because no template holds it: without one everybody may mount it`,
			`$1 のファイルシステムがどのテンプレートにもないため、ポリシーがあるかどうかが不明です。ポリシーがなければ誰でもマウントできます`},
		{`whether the file system of (\S+) has a policy, without which everybody may mount it,`, `$1 のファイルシステムにポリシーがあるかどうか（なければ誰でもマウントできます）`},
		{`(\S+) may not (\S+), and whether that counts for the (.+), which has no policy, so that everybody may mount it, is not documented`,
			`$1 は $2 を許可されていません。{3} にはポリシーがなく誰でもマウントできるため、これが影響するかどうかは文書化されていません`},
		{`which file system the access point (\S+) belongs to is not known: (.+)`, `アクセスポイント $1 のファイルシステムが不明です: {2}`},
		{`the access point (\S+) does not exist`, `アクセスポイント $1 が存在しません`},
		{`the function mounts what is no access point's ARN`, `関数のマウント先がアクセスポイントの ARN ではありません`},
		{`(\S+): the statement does not say on which resource the code calls: (".*") stands for resources of any name`, `$1: コードが呼び出すリソースがステートメントからわかりません。$2 は任意の名前のリソースを表します`},
		{`(\S+) declares what (".*") calls, and no function that is checked is named so`, `$1 に $2 の呼び出しが宣言されていますが、確認対象にその名前の関数はありません`},
		{`no function of (\d+) in (\S+) is named (".*")`, `アカウント $1 のリージョン $2 に、$3 という名前の関数はありません`},
		{`the function (\S+) does not exist`, `関数 $1 が存在しません`},

		// The probe's own state and deliveries.
		{`permprobe's own state (\S+) is not used, so runs may overlap, one that is cut short is not continued, and what was told before is told again: (.+)`,
			`permprobe の状態 $1 を使用できないため、実行が重なったり、中断した実行が再開されなかったり、通知済みの内容が再度通知されたりする可能性があります: {2}`},
		{`permprobe's own state (\S+) (.+): it was set aside as (\S+), and what was found before is told anew`,
			`permprobe の状態 $1 を使用できなかったため、$3 に退避しました。以前の検出は新しいものとして通知します: {2}`},
		{`what was delivered is not known from (\S+), so it may be told again: (.+)`, `配信済みの記録 $1 を使用できないため、再度通知される可能性があります: {2}`},
		{`what permprobe remembers in (\S+) is not used, so this run asks everything anew: it (.+)`, `$1 の記録を使用できないため、今回はすべてを問い合わせます: {2}`},
		{`the object (.+?)(; it is left as it is.*)?`, `{1}。オブジェクトはそのままにしています`},
		{`is not understood: (.+)`, `内容を解釈できません: $1`},
		{`was written by a newer permprobe \(version (\d+), this one knows (\d+)\)`, `新しい permprobe のバージョン $1 で書き込まれています（このバージョンは $2 まで対応）`},
		{`is larger than (\d+) bytes`, `$1 バイトを超えています`},
		{`is about account (".*") in (".*")`, `アカウント $1、リージョン $2 の状態です`},
		{`encode the state: it would be larger than (\d+) bytes`, `書き込むと $1 バイトを超えます`},
		{`other runs kept writing it`, `ほかの実行が書き込み続けています`},
		{`another run has taken over, so what this one found and where it stopped is not kept`, `ほかの実行に引き継がれたため、今回の検出と中断位置は保存していません`},
		{`nothing was looked at: another run works on (\d+) in (\S+), until (\S+) at the latest`, `アカウント $1 のリージョン $2 でほかの実行が最長 $3 まで動作中のため、何も確認していません`},
		{`nothing was told or kept: another run works on (\d+) in (\S+), until (\S+) at the latest, and tells what it finds`,
			`アカウント $1 のリージョン $2 でほかの実行が最長 $3 まで動作中のため、通知も保存もしていません。検出はその実行が通知します`},
		{`what is told now may be told again by the next run, because it could not be kept that it was`, `通知済みであることを保存できなかったため、次回の実行で再度通知される可能性があります`},
		{`the ends of (\d+) runs that nobody took are not sent any more`, `受け取られなかった実行終了の通知 $1 件は、今後送信しません`},
		{`the mute at (\S+) \((.*)\) expired after (\S+): what it hid is told again \((\d+) of the findings\)`, `$1 のミュート（$2）は $3 で期限切れになりました。対象の検出 $4 件を再度通知します`},
		{`the mute at (\S+) \((.*)\) hides nothing: no finding that was decided matches it`, `$1 のミュート（$2）に一致する検出はありません`},
		{`the digest was not accepted by (\S+) in any form: (.+?); it is not sent again, because that would not mend it`, `ダイジェストがどの形式でも $1 に受け付けられませんでした。再送しても解決しないため、再送しません: $2`},
		{`the digest was sent in a shorter form, because (\S+) refused the whole: (.+)`, `ダイジェストの全文が $1 に拒否されたため、短い形式で送信しました: $2`},
		{`after that nothing was sent to Security Hub any more: it is told of (\d+) more findings by the next run`, `その後は Security Hub に送信していません。残りの検出 $1 件は次回の実行で送信します。`},
		{`after that nothing was sent to (\S+) any more: the next run sends (\d+) more events`, `その後は $1 に送信していません。残りのイベント $2 件は次回の実行で送信します。`},
		{`the digest was not accepted by (\S+): (.+)`, `ダイジェストが $1 に受け付けられませんでした: $2`},
		{`the event "([^"]*)"(?: about (\S+))? was not accepted by (\S+): (.+?); it is not sent again, because that would not mend it`,
			`イベント $1 ($2) が $3 に受け付けられませんでした。再送しても解決しないため、再送しません: $4`},
		{`the event "([^"]*)"(?: about (\S+))? was not accepted by (\S+): (.+)`, `イベント $1 ($2) が $3 に受け付けられませんでした: $4`},
		{`(\d+) findings were not accepted by Security Hub: (.+)`, `検出 $1 件が Security Hub に受け付けられませんでした: $2`},
		{`the finding (\S+) was not accepted by Security Hub: (.+?); it is not sent again, because that would not mend it`, `検出 $1 が Security Hub に受け付けられませんでした。再送しても解決しないため、再送しません: $2`},
		{`the finding (\S+) was not accepted by Security Hub: (.+)`, `検出 $1 が Security Hub に受け付けられませんでした: $2`},
		{`Security Hub says that it took (\d+) of (\d+) findings and names (\d+) that it did not take`, `Security Hub は検出 $2 件のうち $1 件を受け付けましたが、受け付けなかったものは $3 件しか示していません`},

		// Why a fix is not proven.
		{`not decided again yet`, `まだ再判定していません`},
		{`Lambda says itself what is wrong; whether it is mended shows in the function's state`, `Lambda 自身が示している問題です。修正の結果は関数の状態で確認してください`},
		{`a Deny wins over every statement that could be added; its owner must decide how to narrow it`, `拒否のステートメントは、追加するどのステートメントよりも優先されます。範囲の変更は、その管理者が判断する必要があります`},
		{`a role that does not exist cannot be decided about`, `存在しないロールは判定できません`},
		{`the function's policy then allows the call; whether the role's own policies do is known in its account only`,
			`適用すると関数のポリシーは呼び出しを許可します。ロール自身のポリシーが許可しているかどうかは、そのアカウントでのみ確認できます`},
		{`the permission counts once (.+) names the function without (\S+)`, `$1 の呼び出し先から $2 を外すと、この許可が有効になります`},
		{`the policies of the role already allow it; (.+) is not the function owner's to change`, `ロールのポリシーはすでに許可しています。{1} は関数の管理者が変更するものではありません`},
		{`(the .+) is not the function owner's to change`, `{1} は関数の管理者が変更するものではありません`},
		{`the state of a key is its owner's to change, who may have had a reason`, `キーの状態は、その管理者が理由があって変更した可能性があります`},
		{`what the statement was meant to name does not follow from its text`, `ステートメントの意図した対象が、その内容からはわかりません`},
		{`which role the function should run as is not known`, `関数に設定すべきロールが不明です`},
		{`which skill is meant is not known`, `対象のスキルが不明です`},
		{`with the fix applied (?:the )?(.+) may no longer invoke the function: give it a permission of its own first`, `適用すると {1} が関数を呼び出せなくなります。先にその許可を追加してください`},
		{`with the fix applied the decision depends on what is not known: (.+)`, `適用後の判定は、不明な値によって決まります: {1}`},
		{`with the fix applied the role's own policies allow (\S+); whether account (\d+) lets the role is known there only`,
			`適用するとロール自身のポリシーは $1 を許可します。アカウント $2 が許可しているかどうかは、そのアカウントでのみ確認できます`},
		{`with the fix applied the simulator still answers (\S+) for (\S+)`, `適用しても、$2 に対するシミュレーターの判定は $1 のままです`},
		{`with the fix applied (\S+) on (\S+) is still refused \((\S+)\)`, `適用しても、$2 に対する $1 は拒否されます ($3)`},
		{`the simulator gave no answer with the fix applied`, `適用後の状態について、シミュレーターの応答がありません`},

		// How settings differ.
		{`a version keeps the role with which it was published`, `バージョンは発行時のロールを保持します`},
		{`a function in a VPC needs the network-interface permissions, and endpoint policies and security groups bind its calls`,
			`VPC の関数にはネットワークインターフェイスの権限が必要で、呼び出しはエンドポイントポリシーとセキュリティグループに制限されます`},
		{`endpoints and routes differ from subnet to subnet: a call may pass the endpoint policy of one VPC only`,
			`エンドポイントとルートはサブネットごとに異なり、呼び出しが一方の VPC のエンドポイントポリシーだけに許可されることがあります`},
		{`a call that a security group does not let out times out and is not denied`, `セキュリティグループが許可しない呼び出しは、拒否ではなくタイムアウトになります`},
		{`the function's role must be allowed to decrypt with a key of the customer`, `カスタマーマネージドキーの場合、関数のロールに復号の権限が必要です`},
		{`code of a layer calls with the function's role; an extension may need permissions of its own`, `レイヤーのコードは関数のロールで呼び出します。拡張機能に別の権限が必要なこともあります`},
		{`the role must be allowed to mount them`, `ロールにマウントの権限が必要です`},
		{`durable executions save their state with the role`, `永続実行は、ロールの権限で状態を保存します`},
		{`the role must be allowed to use a key of the customer`, `カスタマーマネージドキーの場合、ロールに使用の権限が必要です`},
		{`Lambda pulls an image by the policy of its repository`, `Lambda は、リポジトリのポリシーに従ってイメージを取得します`},
		{`active tracing needs the X-Ray permissions`, `アクティブトレースには X-Ray の権限が必要です`},
		{`the role must be allowed to write to the group that is configured`, `設定されたロググループへの書き込みの権限がロールに必要です`},
		{`(\S+) is needed where the group does not exist`, `ロググループがない場合は $1 が必要です`},
		{`the role must be allowed to send to it`, `ロールに送信の権限が必要です`},
		{`a boundary limits what the role's policies allow`, `アクセス許可の境界は、ロールのポリシーによる許可を制限します`},
		{`only whom the trust policy names may assume the role`, `信頼ポリシーに書かれたものだけがロールを引き受けられます`},
		{`resource (".*?") does not cover (".*?"): its end lacks (".*?"), without which it names no log stream`, `リソース $1 に $2 は含まれません。末尾に $3 がないため、ログストリームを指していません`},
		{`resource (".*?") does not cover (".*?")`, `リソース $1 に $2 は含まれません`},
		{`resource (\[.*\]) does not cover (".*?")`, `リソース $1 に $2 は含まれません`},
		{`action (".*?"|\[.*\]) does not cover (\S+)`, `アクション $1 に $2 は含まれません`},
		{`principal (".*?"|\[.*\]) does not cover (".*?")`, `プリンシパル $1 に $2 は含まれません`},

		{`no template holds (\S+)`, `$1 がどのテンプレートにもありません`},
		{`Transform (\S+)`, `変換 $1`},

		// Things.
		{`(?:the )?REST API (.+)`, `REST API $1`}, {`(?:the )?HTTP API (.+)`, `HTTP API $1`}, {`(?:the )?WebSocket API (.+)`, `WebSocket API $1`},
		{`(?:the )?EventBridge rule (.+)`, `EventBridge ルール $1`}, {`(?:the )?event rule (.+)`, `EventBridge ルール $1`},
		{`(?:the )?EventBridge schedule (.+)`, `EventBridge スケジュール $1`}, {`(?:the )?EventBridge pipe (.+)`, `EventBridge パイプ $1`},
		{`(?:the )?event source mapping (.+)`, `イベントソースマッピング $1`}, {`(?:the )?event bus (.+)`, `イベントバス $1`}, {`the bus (.+)`, `イベントバス $1`},
		{`(?:the )?SNS topic (.+)`, `SNS トピック $1`}, {`(?:the )?IoT rule (.+)`, `IoT ルール $1`}, {`(?:the )?SES receipt rule (.+)`, `SES 受信ルール $1`},
		{`(?:the )?S3 bucket (.+)`, `S3 バケット $1`}, {`(?:the )?Cognito user pool (.+)`, `Cognito ユーザープール $1`}, {`(?:the )?CloudWatch alarm (.+)`, `CloudWatch アラーム $1`},
		{`(?:the )?Bedrock agent (.+)`, `Bedrock エージェント $1`}, {`(?:the )?state machine (.+)`, `ステートマシン $1`}, {`(?:the )?target group (.+)`, `ターゲットグループ $1`},
		{`(?:the )?(?:KMS key|key) (.+?) \(of no template\)`, `キー $1（テンプレートにありません）`}, {`(?:the )?(?:KMS key|key) (\S+)`, `キー $1`},
		{`(?:the )?repository (.+?) of account (\d+) \(of no template\)`, `アカウント $2 のリポジトリ $1（テンプレートにありません）`}, {`(?:the )?repository (\S+)`, `リポジトリ $1`},
		{`(?:the )?OpenSearch domain (.+)`, `OpenSearch ドメイン $1`}, {`(?:the )?OpenSearch Serverless collection (.+)`, `OpenSearch Serverless コレクション $1`},
		{`(?:the )?Glue Data Catalog`, `Glue Data Catalog`}, {`(?:the )?MSK cluster (.+)`, `MSK クラスター $1`}, {`(?:the )?S3 Files file system (\S+)`, `S3 Files ファイルシステム $1`},
		{`(?:the )?CodeArtifact domain (.+)`, `CodeArtifact ドメイン $1`}, {`(?:the )?CodeArtifact repository (.+)`, `CodeArtifact リポジトリ $1`},
		{`(?:the )?backup vault (.+)`, `バックアップボールト $1`}, {`(?:the )?schema registry (.+)`, `スキーマレジストリ $1`}, {`(?:the )?SES identity (.+)`, `SES アイデンティティ $1`},
		{`(?:the )?directory bucket (.+)`, `ディレクトリバケット $1`}, {`(?:the )?table bucket (.+)`, `テーブルバケット $1`}, {`(?:the )?vector bucket (.+)`, `ベクトルバケット $1`},
		{`(?:the )?Aurora DSQL cluster (.+)`, `Aurora DSQL クラスター $1`}, {`(?:the )?Lex bot alias (.+)`, `Lex ボットのエイリアス $1`},
		{`(?:the )?AgentCore resource (.+)`, `AgentCore リソース $1`}, {`(?:the )?VPC Lattice service (.+)`, `VPC Lattice サービス $1`},
		{`(?:the )?API (\S+)`, `API $1`},
		{`(?:the )?registry (\S+)`, `レジストリ $1`},
		{`(?:the )?file system (\S+)`, `ファイルシステム $1`}, {`(?:the )?access point (\S+)`, `アクセスポイント $1`},
		{`(?:the )?bucket (\S+)`, `バケット $1`}, {`(?:the )?queue (\S+)`, `キュー $1`}, {`(?:the )?topic (\S+)`, `トピック $1`}, {`(?:the )?table stream (\S+)`, `テーブルのストリーム $1`},
		{`(?:the )?table (\S+)`, `テーブル $1`}, {`(?:the )?stream consumer (\S+)`, `ストリームのコンシューマー $1`}, {`(?:the )?stream (\S+)`, `ストリーム $1`}, {`(?:the )?secret (\S+)`, `シークレット $1`}, {`(?:the )?function (\S+)`, `関数 $1`},
		{`(?:the )?permissions boundary (.+)`, `アクセス許可の境界 $1`}, {`(?:the )?permissions boundary`, `アクセス許可の境界`}, {`(?:the )?service control policy`, `サービスコントロールポリシー`},
		{`(?:the )?resource control policy`, `リソースコントロールポリシー`},
		{`(?:the )?dead-letter queue`, `デッドレターキュー`}, {`(?:the )?on-success destination`, `成功時の送信先`}, {`(?:the )?on-failure destination`, `失敗時の送信先`},
		{`(AWS::\S+) of (\S+)`, `$2 の $1`}, {`(AWS::\S+) (\S+)`, `$1 $2`},
		{`which workflow a server runs`, `サーバーが実行するワークフロー`},
		{`alias of the Lex bot (.+)`, `Lex ボットのエイリアス $1`}, {`(?:the )?Lex bot (.+)`, `Lex ボット $1`}, {`(?:the )?authorizer of the (.+)`, `{1} のオーソライザー`}, {`(?:the )?AppSync (?:events )?API (.+)`, `AppSync API $1`},
		{`(?:the )?rotation of the secret (.+)`, `シークレット $1 のローテーション`}, {`(?:the )?AWS Config rule (.+)`, `AWS Config ルール $1`}, {`(?:the )?schedule (.+)`, `スケジュール $1`},
		{`(?:the )?pipe (.+)`, `パイプ $1`}, {`(?:the )?delivery stream (.+)`, `配信ストリーム $1`}, {`(?:the )?AppSync data source (.+)`, `AppSync データソース $1`},
		{`(?:the )?log group (.+)`, `ロググループ $1`}, {`(?:the )?(?:public )?function URL (.+)`, `関数 URL $1`}, {`(?:the )?chat room (.+)`, `チャットルーム $1`},
		{`(?:the )?IoT authorizer (.+)`, `IoT オーソライザー $1`}, {`(?:the )?IoT provisioning template (.+)`, `IoT プロビジョニングテンプレート $1`},
		{`(?:the )?Transfer Family server (.+)`, `Transfer Family サーバー $1`}, {`(?:the )?Transfer Family workflow (.+)`, `Transfer Family ワークフロー $1`},
		{`(?:the )?pipeline of CodePipeline (.+)`, `CodePipeline のパイプライン $1`}, {`(?:the )?ECS service (.+)`, `ECS サービス $1`}, {`(?:the )?CloudFormation hook (.+)`, `CloudFormation フック $1`},
		{`(?:the )?AgentCore gateway (.+)`, `AgentCore ゲートウェイ $1`}, {`(?:the )?Connect instance (.+)`, `Connect インスタンス $1`},
		{`(?:the )?log policy of the account (.+)`, `アカウントのログポリシー $1`}, {`any log group`, `任意のロググループ`},
		{`(?:the )?Auto Scaling group (.+)`, `Auto Scaling グループ $1`}, {`(?:the )?VPC Lattice target group (.+)`, `VPC Lattice ターゲットグループ $1`}, {`(?:the )?CodeCommit repository (.+)`, `CodeCommit リポジトリ $1`}, {`the alias of the Lex bot (.+)`, `Lex ボットのエイリアス $1`},
		{`name (\S+)`, `名前 $1`}, {`Parameter (\S+)`, `パラメーター $1`}, {`Condition (\S+)`, `条件 $1`}, {`definition of (\S+)`, `$1 の定義`},
		{`stage variable (\S+) of stage (\S+)`, `ステージ $2 のステージ変数 $1`}, {`policy of (.+) and who creates the function`, `{1} のポリシーと、関数を作成する人`},
		{`(.+), (.+)`, `{1}、{2}`},
	}
}

// reworded is a compiled rewording.
type reworded struct {
	pattern  *regexp.Regexp
	japanese string
}

// compiledRewordings are made when the first Japanese text is: most functions never need them, and compiling them would be
// a quarter of the time until the function asks for its first event.
var compiledRewordings = sync.OnceValue(func() []reworded {
	all := rewordings()
	out := make([]reworded, len(all))
	for i, one := range all {
		// A name may hold a part that its template leaves open, whose description has spaces.
		pattern := strings.ReplaceAll(one.pattern, `\S+`, `(?:⟦[^⟧]*⟧|\S)+`)
		out[i] = reworded{regexp.MustCompile(`^(?:` + pattern + `)$`), one.japanese}
	}
	return out
})

var translatedGroup = regexp.MustCompile(`\{(\d)\}`)

// plainName is text that needs no translation: a name, an ARN, an action, a number.
var plainName = regexp.MustCompile(`^(?:arn:)?(?:⟦[^⟧]*⟧|\S)+$`)

// maxReason is how long a sentence is at the most that is put into Japanese, and maxDepth how deep its parts stand in
// each other: names that somebody gave cannot make it take long.
const maxReason, maxDepth = 2000, 7

// reason is a sentence in Japanese; false where it is not known how to say it.
func reason(text string) (string, bool) {
	if len(text) > maxReason {
		return "", false
	}
	return inPart(compiledRewordings(), text, maxDepth, map[string]bool{})
}

// inPart is reason for a part of a sentence, by all that is known to be said. unknown are the parts that are known to have
// no form.
func inPart(all []reworded, text string, depth int, unknown map[string]bool) (string, bool) {
	if depth == 0 || unknown[text] {
		return "", false
	}
	for _, one := range all {
		groups := one.pattern.FindStringSubmatchIndex(text)
		if groups == nil {
			continue
		}
		known := true
		template := translatedGroup.ReplaceAllStringFunc(one.japanese, func(group string) string {
			n, err := strconv.Atoi(group[1:2])
			if !known || err != nil || groups[2*n] < 0 {
				return ""
			}
			part := text[groups[2*n]:groups[2*n+1]]
			said, ok := inPart(all, part, depth-1, unknown)
			if !ok {
				if said = part; !plainName.MatchString(part) {
					known = false
				}
			}
			return strings.ReplaceAll(said, "$", "$$")
		})
		if !known {
			continue
		}
		said := string(one.pattern.ExpandString(nil, template, text, groups))
		return strings.TrimSpace(betweenJapanese.ReplaceAllString(strings.ReplaceAll(said, " ()", ""), "$1$2")), true
	}
	unknown[text] = true
	return "", false
}

// betweenJapanese is a space that Japanese does not write.
var betweenJapanese = regexp.MustCompile(`([\p{Hiragana}\p{Katakana}\p{Han}ー）]) ([\p{Hiragana}\p{Katakana}\p{Han}])`)

// inEnglish marks what is not translated.
const inEnglish = "(英語) "

// reason is a sentence of a gap, a proof, a warning or a failure in the language.
func (l Language) reason(text string) string {
	if l != Japanese || text == "" {
		return text
	}
	if said, ok := reason(text); ok {
		return said
	}
	return inEnglish + text
}

// settingWords are what permissions are for, and the names and values of settings.
func settingWords() map[string]string {
	return map[string]string{
		"start the function":                        "関数の開始",
		"write logs":                                "ログの書き込み",
		"reach its VPC":                             "VPC への接続",
		"send traces":                               "トレースの送信",
		"poll its event sources":                    "イベントソースのポーリング",
		"reach the objects of a bucket":             "バケットのオブジェクトへのアクセス",
		"list a bucket":                             "バケットの一覧の取得",
		"deliver results":                           "結果の送信",
		"do what a policy was written for":          "ポリシーの意図した操作",
		"make the declared calls":                   "宣言された呼び出し",
		"make the declared calls that are optional": "宣言された任意の呼び出し",
		"make the calls that were refused":          "拒否された呼び出し",
		"use what its environment names":            "環境変数が指すリソースの利用",
		"mount file systems":                        "ファイルシステムのマウント",
		"run its features":                          "機能の利用",
		"create, update and delete functions":       "関数の作成、更新、削除",
		"do what nothing known needs":               "必要とするものが見つからない操作",
		"be called by its triggers":                 "トリガーからの呼び出し",
		"role":                                      "ロール",
		"subnets":                                   "サブネット",
		"security groups":                           "セキュリティグループ",
		"key of the environment":                    "環境変数のキー",
		"layers":                                    "レイヤー",
		"file systems":                              "ファイルシステム",
		"executions":                                "実行",
		"key of the executions":                     "実行のキー",
		"package":                                   "パッケージ",
		"tracing":                                   "トレース",
		"log group":                                 "ロググループ",
		"log group's existence":                     "ロググループの有無",
		"dead-letter target":                        "デッドレターの送信先",
		"role's boundary":                           "ロールのアクセス許可の境界",
		"role's trust":                              "ロールの信頼",
		"in a VPC":                                  "VPC に接続",
		"in none":                                   "VPC なし",
		"none":                                      "なし",
		"AWS's own":                                 "AWS 管理",
		"durable":                                   "永続実行",
		"not durable":                               "永続実行ではない",
		"container image":                           "コンテナイメージ",
		"zip archive":                               "zip アーカイブ",
		"active":                                    "有効",
		"not active":                                "無効",
		"its own":                                   "関数自身のもの",
		"exists":                                    "あり",
		"does not exist":                            "なし",
	}
}
