package permission

// Mode says which functions the probe looks at, and with that how narrow its role can be.
type Mode string

// The modes. All is the default. In Named the template's parameter FunctionArns lists the functions and RoleArns the roles
// that they run as: nothing of Lambda or IAM is listed, and every action that knows a resource type is granted on
// these alone.
//
// What calls the functions is read alike in both: a source that nobody named is what a missing permission is about, so the
// set of APIs, rules and buckets stays open. Their permissions show wiring and no data.
const (
	All   Mode = "all"
	Named Mode = "named"
)

// FunctionARNs and RoleARNs stand in a row's resources for every ARN of the template's parameter.
const (
	FunctionARNs = "${FunctionArns}"
	RoleARNs     = "${RoleArns}"
)

// ReadRoleARNs stands for the roles of other accounts in the template's parameter; without it nothing is granted on them.
const ReadRoleARNs = "${ReadRoleArns}"

// allOnly are the actions that Named does without: they list what is not named.
var allOnly = []string{"lambda:ListFunctions", "iam:GetAccountAuthorizationDetails"}

// anyUser is every user of the account: whom an event asks about is not known before. Named does without users, whose
// policies only the bulk listing shows.
const anyUser = "arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*"

// narrowed are the resources in Named of actions that both modes have; by ARN, and by ARN and any qualifier.
var narrowed = map[string][]string{
	"lambda:GetPolicy":                      {FunctionARNs, FunctionARNs + ":*"},
	"lambda:GetFunctionConfiguration":       {FunctionARNs, FunctionARNs + ":*"},
	"lambda:ListAliases":                    {FunctionARNs, FunctionARNs + ":*"}, // of no use on a qualifier: one statement
	"lambda:ListVersionsByFunction":         {FunctionARNs, FunctionARNs + ":*"},
	"lambda:ListFunctionEventInvokeConfigs": {FunctionARNs, FunctionARNs + ":*"}, // for all keeps the policy within IAM's quota
	"lambda:ListFunctionUrlConfigs":         {FunctionARNs},
	"iam:GetRole":                           {RoleARNs},
	"iam:SimulatePrincipalPolicy":           {RoleARNs},
}

// reasons are why and without of actions that serve another purpose in Named.
var reasons = map[string][2]string{
	"lambda:GetFunctionConfiguration": {"as which role each named function, version or alias runs, and which log group it writes to",
		"nothing can be checked of these functions: every check has a gap"},
	"iam:GetRole": {"trust policy and boundary of the named roles, and whether they exist",
		"R1, R2 and every check of a role's permissions have a gap for every function"},
}

// namedOnly are the permissions that take the place of the bulk listing of roles. The policies are not narrowed to a list: a
// policy that is attached tomorrow has to be read too, and the content of policies is no secret of the roles.
func namedOnly() []row {
	policies := []string{"arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/*", "arn:${AWS::Partition}:iam::aws:policy/*"}
	const without = "every check of a role's permissions has a gap for functions whose role has such policies"
	return []row{
		{"iam", "ListRolePolicies", "iam:ListRolePolicies", []string{RoleARNs}, SDK,
			"which inline policies the named roles have", "every check of a role's permissions has a gap for every function"},
		{"iam", "GetRolePolicy", "iam:GetRolePolicy", []string{RoleARNs}, SDK, "what the inline policies say", without},
		{"iam", "ListAttachedRolePolicies", "iam:ListAttachedRolePolicies", []string{RoleARNs}, SDK,
			"which managed policies the named roles have", "every check of a role's permissions has a gap for every function"},
		{"iam", "GetPolicy", "iam:GetPolicy", policies, SDK, "which version of a managed policy or boundary applies", without},
		{"iam", "GetPolicyVersion", "iam:GetPolicyVersion", policies, SDK, "what the managed policy or boundary says", without},
	}
}
