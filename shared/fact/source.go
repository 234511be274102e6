package fact

// Source says of a kind of trigger how far it was read.
type Source struct {
	// Name is the kind in words, plural: "EventBridge rules".
	Name string
	// Off says which switch turns the reading off; empty where it is on.
	Off string
	// Never is why no API of AWS tells of the kind; empty where one does.
	Never string
	// Unread is why some of the kind are not known; zero where all are.
	Unread Unread
}

// Unseen are the kinds of callers that cannot be read from their side, with the reason of each: what an account shows is
// not enough to say who calls which function.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
func Unseen() []Source {
	const caller = "the function is called with the permissions of whoever "
	return []Source{
		// https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
		{Name: "Alexa skills", Never: "skills belong to Amazon's developer console; I8 looks at the permissions that they have"},
		// https://docs.aws.amazon.com/athena/latest/ug/udf-iam-access.html
		{Name: "Athena user-defined functions and connectors", Never: caller + "runs the query"},
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
		{Name: "CloudFormation custom resources and macros", Never: caller + "deploys the stack, or of its service role; the event `deployer` asks what one may"},
		// https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
		{Name: "AWS Glue", Never: "it calls no function: its events come by EventBridge rules, which are read"},
		// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/PostgreSQL-Lambda.html
		{Name: "functions that Aurora, RDS and Redshift call", Never: "SQL inside the database names the function"},
		// https://docs.aws.amazon.com/lex/latest/dg/lex-eol.html
		{Name: "Lex V1 bots", Never: "that version of the service has ended"},
		// https://docs.aws.amazon.com/config/latest/developerguide/config-rule-multi-account-deployment.html
		{Name: "organization rules of AWS Config", Never: "they call from every member account, and which ones there are is not known here"},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
		{Name: "S3 Batch Operations", Never: "a job names its function and role when it is made, and ends: nothing of it stands that could be checked before"},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-policies.html
		{Name: "S3 Object Lambda", Never: caller + "reads the object"},
		// https://docs.aws.amazon.com/pinpoint/latest/userguide/migrate.html
		{Name: "Pinpoint campaigns", Never: "the service ended in October 2026; I8 looks at the permissions that it has left"},
		// https://docs.aws.amazon.com/chime-sdk/latest/dg/use-sip-apps.html
		{Name: "SIP media applications of the Chime SDK", Never: "CloudFormation and its Cloud Control API, by which rarer kinds are read, have no such type"},
		// https://docs.aws.amazon.com/workmail/latest/adminguide/lambda.html
		{Name: "WorkMail rules", Never: "no API lists them"},
	}
}
