package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// SecretsAPI is what is read of secrets: never what they hold.
type SecretsAPI interface {
	secretsmanager.ListSecretsAPIClient
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
	GetResourcePolicy(context.Context, *secretsmanager.GetResourcePolicyInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetResourcePolicyOutput, error)
}

var _ SecretsAPI = (*secretsmanager.Client)(nil)

// secretsPage is as many secrets as Secrets Manager gives at once.
const secretsPage = 100

// rotations reads which functions rotate the secrets of the region: the listing says so. One whose rotation was
// cancelled calls nothing.
func (c *Collector) rotations(ctx context.Context) sources {
	found := sources{facts: fact.KindRotations}
	list := call{Operation: "secretsmanager:ListSecrets", Permission: "secretsmanager:ListSecrets", Resource: "*"}
	pages := secretsmanager.NewListSecretsPaginator(c.Secrets, &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(secretsPage)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			return found
		}
		for _, secret := range page.SecretList {
			found.seen = append(found.seen, aws.ToString(secret.ARN))
			if !aws.ToBool(secret.RotationEnabled) {
				continue
			}
			name := aws.ToString(secret.Name)
			found.add(fact.Trigger{
				Kind: fact.TriggerRotation, Source: aws.ToString(secret.ARN), SourceID: name, SourceName: name, Account: c.Account.ID,
			}, aws.ToString(secret.RotationLambdaARN))
		}
	}
	return found
}
