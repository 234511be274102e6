package remedy

import (
	"fmt"

	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// restart is the answer to what Lambda says of a function's state, where no decision of ours is behind it. Nothing of it
// can be decided again here: that Lambda says otherwise is the proof.
func restart(facts *fact.Facts, f *finding.Finding) finding.Fix {
	fix := finding.Fix{Proof: finding.Unproven, ProofReason: "Lambda says itself what is wrong; whether it is mended shows in the function's state"}
	name := fact.FunctionRef{ARN: f.Function}.Name()
	update := command("aws", "lambda", "update-function-configuration", "--function-name", f.Function, "--role", f.Role)
	key, _ := facts.Targets[f.Resource].Value()
	if key.Lock != nil && f.Evidence.Detail == "InvalidStateKMSKey" {
		if usable, known := key.Lock.Usable(); known && !usable {
			return revive(key, key.Lock.State)
		}
	}
	switch f.Evidence.Detail {
	case "DisabledKMSKey":
		fix.Summary = fmt.Sprintf("Enable the key %s again, or give %s another one.", f.Resource, name)
		fix.CLI = command("aws", "kms", "enable-key", "--key-id", f.Resource)
	case "InvalidStateKMSKey":
		fix.Summary = fmt.Sprintf("Cancel the deletion of the key %s and enable it, or give %s another key.", f.Resource, name)
		fix.CLI = command("aws", "kms", "cancel-key-deletion", "--key-id", f.Resource) + " && " + command("aws", "kms", "enable-key", "--key-id", f.Resource)
	case "KMSKeyNotFound":
		fix.Summary = fmt.Sprintf("Give %s a key that exists and set its environment variables again: what the old key encrypted is lost.", name)
	case "KMSKeyAccessDenied":
		fix.Summary = fmt.Sprintf("Update the configuration of %s, as somebody who may kms:CreateGrant on the key: Lambda then makes its grant for the role as it is now. "+
			"Where that is refused, the key's policy must let the account or who deploys use the key.", name)
		fix.CLI = update
	case "ImageAccessDenied":
		return admitPull(facts, f, fix)
	case "ImageDeleted", "InvalidImage":
		fix.Summary = fmt.Sprintf("Push the image again and update the code of %s.", name)
	case "EFSMountFailure":
		fix.Summary = fmt.Sprintf("Let %s mount the file system in the file system's policy, and see that the access point exists.", fact.RoleName(f.Role))
	default:
		fix.Summary = fmt.Sprintf("Mend what Lambda names and update %s.", name)
	}
	return fix
}

// admitPull is the statements that a repository's policy needs for the function's account.
//
// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
func admitPull(facts *fact.Facts, f *finding.Finding, fix finding.Fix) finding.Fix {
	actions := []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	functions := fmt.Sprintf("arn:%s:lambda:%s:%s:function:*", facts.Account.Partition, facts.Account.Region, facts.Account.ID)
	doc := newDocument(
		statement{SID: "LambdaECRImageRetrievalPolicy", Effect: "Allow", Principal: map[string]string{"Service": "lambda.amazonaws.com"}, Action: actions,
			Condition: map[string]any{"ArnLike": map[string]string{"aws:SourceArn": functions}}},
		statement{SID: "CrossAccountPermission", Effect: "Allow", Action: actions,
			Principal: map[string]string{"AWS": fmt.Sprintf("arn:%s:iam::%s:root", facts.Account.Partition, facts.Account.ID)}},
	)
	fix.Summary = "Add these statements to the policy of the image's repository, which is replaced as a whole: the first lets Lambda pull, the second " +
		"lets this account in where the repository is another one's. Then update the function's code."
	text, err := compactJSON(doc)
	if err != nil {
		return unproven(fix, err)
	}
	fix.Policy = text
	if fix.CloudFormation, err = yamlText(map[string]any{"RepositoryPolicyText": doc}); err != nil {
		return unproven(fix, err)
	}
	return fix
}
