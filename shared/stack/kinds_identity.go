package stack

// identityKinds are identities, keys, secrets and parameters.
var identityKinds = kindTable{
	"AWS::IAM::Role":              named("RoleName", "arn:{P}:iam::{A}:role{.Path|/}{N}", "RoleId", "AROA{HASH:17}"),
	"AWS::IAM::User":              named("UserName", "arn:{P}:iam::{A}:user{.Path|/}{N}"),
	"AWS::IAM::Group":             named("GroupName", "arn:{P}:iam::{A}:group{.Path|/}{N}"),
	"AWS::IAM::InstanceProfile":   named("InstanceProfileName", "arn:{P}:iam::{A}:instance-profile{.Path|/}{N}"),
	"AWS::IAM::ManagedPolicy":     refersByARN("ManagedPolicyName", "arn:{P}:iam::{A}:policy{.Path|/}{N}", "PolicyArn", "{ARN}"),
	"AWS::IAM::Policy":            named("PolicyName", "", "Id", "{L}"),
	"AWS::IAM::RolePolicy":        named("PolicyName", ""),
	"AWS::IAM::UserPolicy":        named("PolicyName", ""),
	"AWS::IAM::GroupPolicy":       named("PolicyName", ""),
	"AWS::IAM::AccessKey":         generated("AKIA{HASH:16}", "", "Id", "{N}"),
	"AWS::IAM::OIDCProvider":      {id: "{url:.Url}", arn: "arn:{P}:iam::{A}:oidc-provider/{N}", ref: "{ARN}"},
	"AWS::IAM::SAMLProvider":      refersByARN("Name", "arn:{P}:iam::{A}:saml-provider/{N}"),
	"AWS::IAM::ServerCertificate": named("ServerCertificateName", "arn:{P}:iam::{A}:server-certificate{.Path|/}{N}"),
	"AWS::IAM::ServiceLinkedRole": generated("{L}", "", "RoleName", "{N}"),

	"AWS::KMS::Key":        generated("{L}", "arn:{P}:kms:{R}:{A}:key/{N}", "KeyId", "{N}"),
	"AWS::KMS::ReplicaKey": generated("{L}", "arn:{P}:kms:{R}:{A}:key/{N}", "KeyId", "{N}"),
	"AWS::KMS::Alias":      named("AliasName", "arn:{P}:kms:{R}:{A}:{N}"),

	// A secret's ARN ends in a hyphen and six characters that AWS makes up.
	// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
	"AWS::SecretsManager::Secret":                 refersByARN("Name", "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-{hash:6}", "Id", "{ARN}"),
	"AWS::SecretsManager::ResourcePolicy":         {ref: "{.SecretId}", atts: pairs([]string{"Id", "{.SecretId}"})},
	"AWS::SecretsManager::RotationSchedule":       {ref: "{.SecretId}", atts: pairs([]string{"Id", "{.SecretId}"})},
	"AWS::SecretsManager::SecretTargetAttachment": {ref: "{.SecretId}", atts: pairs([]string{"Id", "{.SecretId}"})},

	"AWS::SSM::Parameter": named("Name", "arn:{P}:ssm:{R}:{A}:parameter/{rel:.Name|L}", "Type", "{.Type}", "Value", "{.Value}"),
	"AWS::SSM::Document":  named("Name", "arn:{P}:ssm:{R}:{A}:document/{N}"),

	"AWS::Cognito::UserPool": generated("{R}_{L}", "arn:{P}:cognito-idp:{R}:{A}:userpool/{N}", "UserPoolId", "{N}",
		"ProviderName", "cognito-idp.{R}.{S}/{N}", "ProviderURL", "https://cognito-idp.{R}.{S}/{N}"),
	"AWS::Cognito::UserPoolClient":             generated("{L}", "", "ClientId", "{N}", "Name", "{.ClientName|L}"),
	"AWS::Cognito::UserPoolGroup":              named("GroupName", ""),
	"AWS::Cognito::UserPoolUser":               named("Username", ""),
	"AWS::Cognito::UserPoolDomain":             named("Domain", ""),
	"AWS::Cognito::UserPoolResourceServer":     named("Identifier", ""),
	"AWS::Cognito::IdentityPool":               generated("{R}:{uuid}", "arn:{P}:cognito-identity:{R}:{A}:identitypool/{N}", "Id", "{N}", "Name", "{.IdentityPoolName|L}"),
	"AWS::Cognito::IdentityPoolRoleAttachment": generated("{L}", "", "Id", "{N}"),

	"AWS::CertificateManager::Certificate": {id: "{uuid}", arn: "arn:{P}:acm:{R}:{A}:certificate/{N}", ref: "{ARN}", atts: pairs([]string{"Id", "{ARN}"})},
}
