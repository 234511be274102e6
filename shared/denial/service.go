package denial

import "strings"

// prefixes are the IAM prefixes that functions' calls are most often denied for. They decide only where nothing else in
// the text says that it is AWS who speaks.
//
// See https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
var prefixes = set(`access-analyzer account acm acm-pca airflow amplify aoss apigateway app-integrations appconfig appflow
application-autoscaling appmesh apprunner appstream appsync aps arc-zonal-shift artifact athena auditmanager autoscaling backup batch bedrock
bedrock-agentcore billing braket budgets cassandra ce chatbot chime cloud9 cloudformation cloudfront cloudhsm cloudsearch cloudshell cloudtrail
cloudwatch codeartifact codebuild codecommit codeconnections codedeploy codeguru codepipeline codestar-connections cognito-identity
cognito-idp cognito-sync comprehend config connect controltower cur databrew dataexchange datapipeline datasync dax devicefarm devops-guru
directconnect discovery dlm dms docdb-elastic ds dsql dynamodb ebs ec2 ec2messages ecr ecr-public ecs eks elasticache elasticbeanstalk
elasticfilesystem elasticloadbalancing elasticmapreduce elastictranscoder emr-containers emr-serverless es events execute-api firehose fis
fms forecast frauddetector fsx gamelift geo glacier glue grafana greengrass guardduty health healthlake iam identitystore imagebuilder
inspector inspector2 iot iotevents iotsitewise iotwireless ivs kafka kafka-cluster kafkaconnect kendra kinesis kinesisanalytics
kinesisvideo kms lakeformation lambda lex license-manager lightsail logs lookoutmetrics machinelearning macie2 mediaconnect mediaconvert
medialive mediapackage mediastore mediatailor memorydb mobiletargeting mq neptune-db network-firewall networkmanager omics opensearch
opsworks organizations osis outposts personalize pi pipes polly pricing qbusiness quicksight ram rds rds-data rds-db redshift redshift-data
redshift-serverless rekognition resource-groups robomaker rolesanywhere route53 route53domains route53resolver rum s3 s3-object-lambda
s3-outposts s3express s3tables s3vectors sagemaker savingsplans scheduler schemas sdb secretsmanager securityhub serverlessrepo
servicecatalog servicediscovery servicequotas ses shield signer sns sqs ssm ssm-incidents ssmmessages sso sso-directory states storagegateway
sts support swf synthetics tag textract timestream transcribe transfer translate trustedadvisor verifiedpermissions voiceid vpc-lattice waf
waf-regional wafv2 wellarchitected wisdom workdocs workmail workspaces xray`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func knownService(prefix string) bool { return prefixes[prefix] }

// prefixOf gives the IAM prefix of a service as SDKs and messages write it; only where the two differ is it listed.
//
// See https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html.
var prefixOf = map[string]string{
	"sfn": "states", "stepfunctions": "states", "awsstepfunctions": "states", "cloudwatchlogs": "logs", "awslogs": "logs", "eventbridge": "events", "cloudwatchevents": "events",
	"ssm": "ssm", "simplesystemsmanagement": "ssm", "awssimplesystemsmanagement": "ssm", "systemsmanager": "ssm",
	"simplenotificationservice": "sns", "simplequeueservice": "sqs", "simpleemailservice": "ses", "sesv2": "ses", "simpleemail": "ses",
	"elasticfilesystem": "elasticfilesystem", "efs": "elasticfilesystem", "awskms": "kms", "keymanagementservice": "kms", "keymanagement": "kms",
	"awslambda": "lambda", "awssecretsmanager": "secretsmanager", "securitytoken": "sts", "awssecuritytokenservice": "sts", "securitytokenservice": "sts", "awssecuritytoken": "sts",
	"identitymanagement": "iam", "identityandaccessmanagement": "iam", "dynamodbv2": "dynamodb", "dynamodbstreams": "dynamodb", "amazondynamodb": "dynamodb",
	"kinesisfirehose": "firehose", "elasticloadbalancingv2": "elasticloadbalancing", "bedrockruntime": "bedrock", "bedrockagent": "bedrock", "bedrockagentruntime": "bedrock",
	"cognitoidentityprovider": "cognito-idp", "cognitoidentity": "cognito-identity", "awscognitoidentityprovider": "cognito-idp", "apigatewayv2": "apigateway",
	"apigatewaymanagementapi": "execute-api", "rdsdata": "rds-data", "elasticsearch": "es", "elasticsearchservice": "es", "opensearch": "es", "elasticcompute": "ec2",
	"sagemakerruntime": "sagemaker", "iotdataplane": "iot", "appconfigdata": "appconfig", "mwaa": "airflow", "emr": "elasticmapreduce", "resourcegroupstaggingapi": "tag",
	"costexplorer": "ce", "servicediscovery": "servicediscovery", "timestreamwrite": "timestream", "timestreamquery": "timestream", "elasticcontainerregistry": "ecr",
	"elasticcomputecloud": "ec2", "amazonec2": "ec2", "awsxray": "xray", "redshiftdataapi": "redshift-data", "redshiftdata": "redshift-data", "awssupport": "support",
	"pinpoint": "mobiletargeting", "awsglue": "glue", "awscloudformation": "cloudformation", "awsevents": "events", "lexruntimev2": "lex", "amazonconnect": "connect",
	"awssqs": "sqs", "awssns": "sns", "monitoring": "cloudwatch", "awsappsync": "appsync", "email": "ses", "transcribestreaming": "transcribe", "dax": "dax",
	"s3control": "s3", "s3crt": "s3", "s3transfermanager": "s3", "route53resolver": "route53resolver", "qldbsession": "qldb", "awsorganizations": "organizations",
	"elasticbeanstalk": "elasticbeanstalk", "amazonathena": "athena", "awswafv2": "wafv2", "msk": "kafka", "kafka": "kafka", "ecrpublic": "ecr-public", "cloudwatch": "cloudwatch",
}

// prefixFor reads a service's name: "S3", "Amazon S3", "DynamoDb", "SFN", "Secrets Manager"; empty where it is not one
// that is certain.
func prefixFor(name string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(name)) {
		if c != ' ' && c != '-' && c != '_' && c != '.' {
			b.WriteByte(c)
		}
	}
	n := b.String()
	for _, key := range []string{n, strings.TrimPrefix(n, "amazon"), strings.TrimPrefix(n, "aws"), strings.TrimSuffix(strings.TrimPrefix(n, "amazon"), "client")} {
		if p, ok := prefixOf[key]; ok {
			return p
		}
		if prefixes[key] {
			return key
		}
	}
	if l := strings.ToLower(name); prefixes[l] {
		return l
	}
	return ""
}

// operationAction gives the actions whose names differ from the operation's.
//
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html and
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html.
var operationAction = map[string]string{
	"s3:HeadObject": "s3:GetObject", "s3:ListObjects": "s3:ListBucket", "s3:ListObjectsV2": "s3:ListBucket", "s3:HeadBucket": "s3:ListBucket",
	"s3:ListBuckets": "s3:ListAllMyBuckets", "s3:CopyObject": "s3:PutObject", "s3:CreateMultipartUpload": "s3:PutObject", "s3:UploadPart": "s3:PutObject",
	"s3:CompleteMultipartUpload": "s3:PutObject", "s3:DeleteObjects": "s3:DeleteObject", "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
	"s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification", "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
	"s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
	"s3:PutBucketEncryption": "s3:PutEncryptionConfiguration", "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock", "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
	"s3:ListObjectVersions": "s3:ListBucketVersions", "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads", "s3:SelectObjectContent": "s3:GetObject",
	"lambda:Invoke": "lambda:InvokeFunction", "lambda:InvokeAsync": "lambda:InvokeFunction", "lambda:InvokeWithResponseStream": "lambda:InvokeFunction",
	"dynamodb:TransactGetItems": "dynamodb:GetItem", "dynamodb:TransactWriteItems": "", "sqs:SendMessageBatch": "sqs:SendMessage", "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
	"sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility", "sns:PublishBatch": "sns:Publish", "execute-api:PostToConnection": "execute-api:ManageConnections",
	"execute-api:DeleteConnection": "execute-api:ManageConnections", "execute-api:GetConnection": "execute-api:ManageConnections",
	"bedrock:Converse": "bedrock:InvokeModel", "bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream",
	"secretsmanager:BatchGetSecretValue": "secretsmanager:BatchGetSecretValue",
}

// operationService names the service of operations that no other service has.
var operationService = map[string]string{
	"getobject": "s3", "putobject": "s3", "deleteobject": "s3", "deleteobjects": "s3", "headobject": "s3", "headbucket": "s3", "listobjectsv2": "s3", "listobjects": "s3",
	"copyobject": "s3", "createmultipartupload": "s3", "uploadpart": "s3", "completemultipartupload": "s3", "putobjectacl": "s3", "getobjectacl": "s3", "putbucketpolicy": "s3",
	"getbucketpolicy": "s3", "getbucketlocation": "s3", "listbuckets": "s3", "getobjecttagging": "s3", "putobjecttagging": "s3", "getbucketacl": "s3", "putbucketacl": "s3",
	"putbucketnotificationconfiguration": "s3", "createbucket": "s3", "deletebucket": "s3", "listobjectversions": "s3", "getbucketencryption": "s3", "selectobjectcontent": "s3",
	"getitem": "dynamodb", "putitem": "dynamodb", "updateitem": "dynamodb", "deleteitem": "dynamodb", "batchgetitem": "dynamodb", "batchwriteitem": "dynamodb",
	"transactwriteitems": "dynamodb", "transactgetitems": "dynamodb", "describetable": "dynamodb",
	"sendmessagebatch": "sqs", "receivemessage": "sqs", "deletemessage": "sqs", "deletemessagebatch": "sqs", "getqueueurl": "sqs", "getqueueattributes": "sqs",
	"changemessagevisibility": "sqs", "sendmessage": "sqs", "setqueueattributes": "sqs", "publishbatch": "sns", "gettopicattributes": "sns", "settopicattributes": "sns",
	"getsecretvalue": "secretsmanager", "batchgetsecretvalue": "secretsmanager", "putsecretvalue": "secretsmanager", "describesecret": "secretsmanager",
	"getparameter": "ssm", "getparameters": "ssm", "getparametersbypath": "ssm", "putparameter": "ssm", "generatedatakey": "kms", "generatedatakeywithoutplaintext": "kms",
	"assumerole": "sts", "assumerolewithwebidentity": "sts", "putevents": "events", "putrecords": "kinesis", "getrecords": "kinesis", "getsharditerator": "kinesis",
	"startexecution": "states", "putlogevents": "logs", "createlogstream": "logs", "createloggroup": "logs", "getfunction": "lambda", "getfunctionconfiguration": "lambda",
	"updatefunctioncode": "lambda", "updatefunctionconfiguration": "lambda", "createeventsourcemapping": "lambda", "putmetricdata": "cloudwatch", "puttracesegments": "xray",
	"runinstances": "ec2", "describeinstances": "ec2", "createnetworkinterface": "ec2", "deletenetworkinterface": "ec2", "describenetworkinterfaces": "ec2",
	"describevpcs": "ec2", "describesubnets": "ec2", "describesecuritygroups": "ec2", "stopinstances": "ec2", "startinstances": "ec2", "terminateinstances": "ec2",
	"invokemodel": "bedrock", "invokemodelwithresponsestream": "bedrock", "converse": "bedrock", "posttoconnection": "execute-api", "passrole": "iam", "getcalleridentity": "sts",
	"sendemail": "ses", "sendrawemail": "ses", "startqueryexecution": "athena", "getqueryresults": "athena", "executestatement": "",
	"decrypt": "kms", "reencrypt": "kms", "publishversion": "lambda", "putfunctionconcurrency": "lambda", "listeventsourcemappings": "lambda",
	"scan": "dynamodb", "getfederationtoken": "sts", "getsessiontoken": "sts", "assumerolewithsaml": "sts", "listsecrets": "secretsmanager",
	"createchangeset": "cloudformation", "executechangeset": "cloudformation", "describestacks": "cloudformation", "createstack": "cloudformation",
	"createrole": "iam", "getrole": "iam", "attachrolepolicy": "iam", "putrolepolicy": "iam", "batchgetimage": "ecr", "getdownloadurlforlayer": "ecr",
	"putrecordbatch": "firehose", "filterlogevents": "logs", "describeloggroups": "logs", "getmetricdata": "cloudwatch", "getmetricstatistics": "cloudwatch",
	"sendtasksuccess": "states", "sendtaskfailure": "states", "startsyncexecution": "states", "detectdocumenttext": "textract", "analyzedocument": "textract",
	"detectlabels": "rekognition", "translatetext": "translate", "synthesizespeech": "polly", "invokeendpoint": "sagemaker", "changeresourcerecordsets": "route53",
	"createinvalidation": "cloudfront", "admingetuser": "cognito-idp", "admincreateuser": "cognito-idp",
}

// action turns a service and an operation into the action that IAM asks for.
func (d *Denial) setOperation(service, operation string) {
	if service == "" {
		service = operationService[strings.ToLower(operation)]
	}
	d.Service = service
	switch {
	case operation == "" || !isName(operation):
	case service == "":
		d.Action = operation
	default:
		d.Action = service + ":" + strings.ToUpper(operation[:1]) + operation[1:]
		if action, ok := operationAction[d.Action]; ok {
			d.Action = action
		}
	}
}
