package need

import (
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// features are the features of functions. Where the role needs nothing, the row says who does.
func features() []Row {
	return []Row{
		trustRow(), logsRow(), tracesRow(), networkRow(),
		{ID: "dlq", Name: "dead-letter queue", Signal: "`DeadLetterConfig`", Purpose: Deliver, Page: docs + "invocation-async-retain-records.html",
			Note: "what the kind of destination needs; a version uses the dead-letter queue of `$LATEST`"},
		{ID: "async_destinations", Name: "destinations of asynchronous invocations", Signal: "`FunctionEventInvokeConfig`", Purpose: Deliver, Page: docs + "invocation-async-retain-records.html",
			Note: "what the kind of destination needs, by the role of the version that is invoked"},
		efsRow(), s3filesRow(), durableRow(), insightsRow(), hookRow(), senderRow(),
		nothing("env_kms", docs+"configuration-envvars-encryption.html", "customer managed key for environment variables", "`KMSKeyArn`",
			"the role needs nothing: Lambda decrypts with a grant for the role that it made when the function was created or updated; R12 tells where it cannot"),
		nothing("zip_kms", docs+"encrypt-zip-package.html", "code package encrypted with a customer managed key", "`Code.SourceKMSKeyArn`, which only lambda:GetFunction shows",
			"the role needs nothing: the key's policy lets Lambda decrypt"),
		nothing("code_storage_ref", docs+"configuration-self-managed-storage.html", "code that stays in a bucket of the account", "`Code.S3ObjectStorageMode`, which only lambda:GetFunction shows",
			"the role needs nothing: the bucket's policy lets Lambda read"),
		nothing("container_image", docs+"images-create.html", "container image", "`PackageType` Image", "the role needs nothing where the repository's policy lets Lambda pull, "+
			"to which Lambda adds its statement when a function of the same account is created; R13 tells where it cannot"),
		nothing("layers", docs+"permissions-layer-cross-account.html", "layers", "`Layers`", "the role needs nothing: who creates or updates the function reads the layer, of another account where the layer's policy lets it"),
		nothing("snapstart", docs+"snapstart-security.html", "SnapStart", "`SnapStart`", "the role needs nothing"),
		nothing("code_signing", docs+"configuration-codesigning.html", "code signing", "`SigningProfileVersionArn`", "the role needs nothing: who updates the function does"),
		nothing("extension_parameters_secrets", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html", "Parameters and Secrets extension", "a layer of AWS", "which secrets and parameters are read is not in the configuration"),
		nothing("tenancy", docs+"tenant-isolation.html", "tenant isolation", "`TenancyConfig`", "the role needs nothing"),
		nothing("response_streaming", docs+"configuration-response-streaming.html", "response streaming", "the function URL's `InvokeMode`", "the role needs nothing"),
		nothing("managed_instances", docs+"lambda-managed-instances-security.html", "capacity provider", "`CapacityProviderConfig`", "the role needs nothing for the network: the capacity provider has a role of its own"),
		nothing("provisioned_concurrency", docs+"provisioned-concurrency.html", "provisioned concurrency", "`ProvisionedConcurrencyConfig`", "the role needs nothing"),
		nothing("lambda_edge", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html", "Lambda@Edge", "`LambdaFunctionAssociations` of CloudFront distributions",
			"the role must trust edgelambda.amazonaws.com besides (R1), and write to the log groups of every Region"),
	}
}

// nothing is a row of a feature for which the role needs nothing that follows from the configuration.
func nothing(id, page, name, signal, note string) Row {
	return Row{ID: id, Name: name, Signal: signal, Purpose: Start, Note: note, Page: page}
}

// byCode is the request key that calls from the execution environment carry.
func byCode(s *subject) map[string][]string {
	return map[string][]string{sourceFunction: {s.function.ARN}}
}

// ofFeatures are the permissions that follow from a function's own configuration.
func ofFeatures(facts *fact.Facts, function *fact.Function) []Need {
	s := &subject{account: facts.Account, function: function, points: facts.AccessPoints}
	var needs []Need
	for _, row := range features() {
		needs = append(needs, row.needs(Need{
			Kind: Identity, Purpose: row.Purpose, Function: function.Ref(), Role: function.Role,
		}, s)...)
	}
	return needs
}

func efsRow() Row {
	const page, managed = docs + "configuration-filesystem-efs.html", "AmazonElasticFileSystemClientReadWriteAccess"
	on := func(s *subject) []target {
		return mounts(s, "elasticfilesystem", func(point string, to *target) {
			to.keys = map[string][]string{"elasticfilesystem:AccessPointArn": {point}, "elasticfilesystem:AccessedViaMountTarget": {"true"}}
			pointed(s, point, to)
		})
	}
	rule := func(action, why string) Rule {
		return Rule{Level: Required, Actions: []string{action}, Resource: "the file system", When: "the file system has a policy", Why: why, Page: page, Managed: managed, on: on}
	}
	return Row{ID: "efs", Name: "Amazon EFS file system", Purpose: Mount, Signal: "`FileSystemConfigs` with an access point of EFS", Rules: []Rule{
		rule("elasticfilesystem:ClientMount", "Lambda mounts the file system as the role"),
		rule("elasticfilesystem:ClientWrite", "the function writes to it"),
	}}
}

// pointed gives a mount the file system of its access point. Where templates stand for the account and none of them holds
// the access point, the role's side is what can be said: a grant is enough, and a refusal is one only where the file
// system has a policy.
//
// https://docs.aws.amazon.com/efs/latest/ug/efs-access-points.html
func pointed(s *subject, point string, to *target) {
	read := s.points[point]
	system, known := read.Value()
	why, _ := read.Unread()
	open := fact.Unresolved("whether the file system of "+point+" has a policy, without which everybody may mount it,", system)
	switch {
	case !open.IsZero():
		to.presumed = open
	case known:
		*to = target{resource: system, keys: to.keys, subject: to.subject}
	case read.IsAbsent():
		to.unread = fact.Unread{Reason: "the access point " + point + " does not exist"}
	case why.Elsewhere:
		to.presumed = fact.Unread{Reason: "whether the file system of " + point + " has a policy is not known, because no template holds it: without one everybody may mount it"}
	default:
		why.Reason = "which file system the access point " + point + " belongs to is not known: " + why.Reason
		to.unread = why
	}
}

func s3filesRow() Row {
	const page, managed = docs + "configuration-filesystem-s3files.html", "AmazonS3FilesClientReadWriteAccess"
	on := func(open string) func(s *subject) []target {
		return func(s *subject) []target {
			return mounts(s, "s3files", func(point string, to *target) {
				to.keys = map[string][]string{"s3files:AccessPointArn": {point}}
				if open != "" {
					to.presumed = fact.Unread{Reason: open}
				}
			})
		}
	}
	return Row{ID: "s3files", Name: "Amazon S3 Files file system", Purpose: Mount, Signal: "`FileSystemConfigs` with an access point of S3 Files", Rules: []Rule{
		{Level: Required, Actions: []string{"s3files:ClientMount"}, Resource: "the file system", Why: "Lambda mounts the file system as the role", Page: page, Managed: managed, on: on("")},
		{Level: Required, Actions: []string{"s3files:ClientWrite"}, Resource: "the file system", When: "the function writes to it", Why: "the function writes to it", Page: page, Managed: managed,
			on: on("whether the function writes to the file system that it mounts is not known: it needs s3files:ClientWrite only then")},
		{Level: Recommended, Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, Resource: "the bucket's objects", When: "it reads objects directly",
			Why: "reads fall back to the slower way without it", Page: page},
	}}
}

// mounts are the file systems of the access points of a service that the function mounts. The ARN of an access point
// may hold the file system's.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticfilesystem.html
func mounts(s *subject, service string, complete func(point string, to *target)) []target {
	var out []target
	for _, point := range s.function.FileSystems {
		arn, err := fact.ParseARN(point)
		switch why := fact.Unresolved("which file system the function mounts", point); {
		case err != nil && service != "elasticfilesystem":
			continue // it is said once
		case err != nil && why.IsZero():
			out = append(out, target{unread: fact.Unread{Reason: "the function mounts what is no access point's ARN"}})
			continue
		case err != nil:
			out = append(out, target{unread: why})
			continue
		case arn.Service != service:
			continue
		}
		at := func(part string) string {
			system := arn
			system.Resource = "file-system/" + part
			return system.String()
		}
		to := sample(at, "fs-0123456789abcdef0", "file system of "+point, "*")
		if rest, found := strings.CutPrefix(arn.Resource, "file-system/"); found {
			id, _, _ := strings.Cut(rest, "/")
			to = target{resource: at(id)}
		}
		to.subject = "file system of " + point
		complete(point, &to)
		out = append(out, to)
	}
	return out
}

func durableRow() Row {
	const page, managed = docs + "durable-security.html", "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
	return Row{ID: "durable", Name: "durable executions", Purpose: Features, Signal: "`DurableConfig`", Rules: []Rule{{
		Level: Required, Actions: []string{"lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"},
		Resource: "the function's executions: its ARN with `:*` behind it", Why: "the function saves and reads the state of its executions", Page: page, Managed: managed,
		on: func(s *subject) []target {
			if !s.function.Durable {
				return nil
			}
			to := sample(func(version string) string {
				return s.function.ARN + ":" + version + "/durable-execution/order/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
			}, "1", "version that is executed", "*")
			to.grant, to.keys, to.subject = s.function.ARN+":*", byCode(s), "durable executions"
			return []target{to}
		},
	}, {
		Level: Required, Actions: []string{"kms:Decrypt"}, Resource: "the key", When: "`DurableConfig` names a key of the customer's, whose policy does not let the role decrypt",
		Why: "the state of the executions is encrypted", Page: docs + "durable-encryption.html",
		on: func(s *subject) []target {
			if s.function.DurableKey == "" {
				return nil
			}
			to := arnTarget(s, s.function.DurableKey, "the key of the durable executions", "kms")
			to.subject = "durable executions"
			keys := map[string][]string{"kms:EncryptionContext:aws:lambda:FunctionArn": {s.function.ARN}}
			if via, documented := ViaService(s.account, s.account.Region, "lambda"); documented {
				keys["kms:ViaService"] = []string{via}
			}
			for name, values := range to.keys {
				keys[name] = values
			}
			to.keys = keys
			return []target{to}
		},
	}, {
		Level: Recommended, Actions: []string{"lambda:InvokeFunction"}, Resource: "each function that is invoked, with its qualifier", When: "the code chains invocations",
		Why: "which functions the code invokes is not in the configuration", Page: page,
	}}}
}

func insightsRow() Row {
	const page, managed = docs + "monitoring-insights.html", "CloudWatchLambdaInsightsExecutionRolePolicy"
	return Row{ID: "insights", Name: "CloudWatch Lambda Insights", Purpose: Features, Signal: "a layer named `LambdaInsightsExtension`", Rules: []Rule{{
		Level: Required, Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: "the log group /aws/lambda-insights",
		Why: "the extension writes what it measures as the role", Page: page, Managed: managed,
		on: func(s *subject) []target {
			extension := func(layer string) bool { return strings.Contains(layer, ":layer:LambdaInsightsExtension") }
			var open fact.Unread
			for _, layer := range s.function.Layers {
				if _, err := fact.ParseARN(layer); err != nil && open.IsZero() {
					open = fact.Unresolved("whether one of the layers is Lambda Insights", layer)
				}
			}
			if slices.ContainsFunc(s.function.Layers, extension) {
				open = fact.Unread{}
			} else if open.IsZero() {
				return nil
			}
			group := LogGroupARN(s.account, "/aws/lambda-insights")
			return []target{{resource: group + ":log-stream:" + s.function.Name, grant: group + ":*", keys: byCode(s), subject: "Lambda Insights", presumed: open}}
		},
	}, {
		Level: WhenGroupMissing, Actions: []string{"logs:CreateLogGroup"}, Resource: "the log group", When: "nobody has created it",
		Why: "the extension creates the group", Page: page, Managed: managed,
	}}}
}

func hookRow() Row {
	const page = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/automating-updates-to-serverless-apps.html"
	return Row{ID: "codedeploy_hook", Name: "hook of a gradual deployment", Purpose: Features, Signal: "a function named `CodeDeployHook_…`", Rules: []Rule{{
		Level: Required, Actions: []string{"codedeploy:PutLifecycleEventHookExecutionStatus"}, Resource: "`*`", When: "the function is a hook of a deployment",
		Why: "the hook tells CodeDeploy how its tests went, or the deployment waits until it fails", Page: page,
		on: func(s *subject) []target {
			if !strings.HasPrefix(s.function.Name, "CodeDeployHook_") {
				return nil
			}
			to := everywhere(s)
			to[0].keys, to[0].subject = byCode(s), "deployments"
			to[0].presumed = fact.Unread{Reason: "whether " + s.function.Name + ", named like a hook of CodeDeploy, is one is not known"}
			return to
		},
	}}}
}
