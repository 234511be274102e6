package remedy

import (
	"errors"
	"fmt"
	"slices"

	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// restart is the answer to what Lambda says of a function's state, where no decision of ours is behind it. Nothing of it
// can be decided again here: that Lambda says otherwise is the proof.
func restart(facts *fact.Facts, f *finding.Finding) finding.Fix {
	fix := finding.Fix{Proof: finding.Unproven, ProofReason: "Lambda says itself what is wrong; whether it is mended shows in the function's state"}
	name := fact.FunctionRef{ARN: f.Function}.Name()
	update := command("aws", "lambda", "update-function-configuration", "--function-name", f.Function, "--role", f.Role, "--region", facts.Account.Region)
	key, _ := facts.Targets[f.Resource].Value()
	arn, _ := fact.ParseARN(f.Resource)
	onKey := func(verb string) string {
		return commandIn(facts, arn.Account, "aws", "kms", verb, "--key-id", f.Resource, "--region", facts.Account.Region)
	}
	if key.Lock != nil && f.Evidence.Detail == "InvalidStateKMSKey" {
		if usable, known := key.Lock.Usable(); known && !usable {
			return revive(facts, key, key.Lock.State)
		}
	}
	switch f.Evidence.Detail {
	case "DisabledKMSKey":
		fix.Summary = fmt.Sprintf("Enable the key %s again, or give %s another one.", f.Resource, name)
		fix.CLI = onKey("enable-key")
	case "InvalidStateKMSKey":
		fix.Summary = fmt.Sprintf("Cancel the deletion of the key %s and enable it, or give %s another key.", f.Resource, name)
		fix.CLI = onKey("cancel-key-deletion") + " && " + onKey("enable-key")
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
	doc := newDocument(pullStatements(facts)...)
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

// pullStatements let Lambda pull for the functions of the account, and the account itself, which another account's
// repository must let in besides.
func pullStatements(facts *fact.Facts) []any {
	actions := []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	functions := fmt.Sprintf("arn:%s:lambda:%s:%s:function:*", facts.Account.Partition, facts.Account.Region, facts.Account.ID)
	return []any{
		statement{SID: "LambdaECRImageRetrievalPolicy", Effect: "Allow", Principal: map[string]string{"Service": "lambda.amazonaws.com"}, Action: actions,
			Condition: map[string]any{"ArnLike": map[string]string{"aws:SourceArn": functions}}},
		statement{SID: "CrossAccountPermission", Effect: "Allow", Action: actions,
			Principal: map[string]string{"AWS": fmt.Sprintf("arn:%s:iam::%s:root", facts.Account.Partition, facts.Account.ID)}},
	}
}

// openRepository adds to the policy of an image's repository what Lambda lacks, and keeps what it holds.
func openRepository(facts *fact.Facts, refused []*decide.Decision) finding.Fix {
	target := refused[0].Refusal.Target
	fix := finding.Fix{Summary: fmt.Sprintf("Let Lambda pull for functions of account %s: add statements to the policy of the %s (account %s). Then update the function's code.",
		facts.Account.ID, target.Name(), owner(facts, target))}
	if slices.ContainsFunc(refused, func(d *decide.Decision) bool { return d.Refusal.Explicit }) {
		fix.Summary = fmt.Sprintf("Change the Deny in the policy of the %s (account %s) so that it leaves out what Lambda does for functions of account %s, if its owner agrees.",
			target.Name(), owner(facts, target), facts.Account.ID)
		return unproven(fix, errors.New("a Deny wins over every statement that could be added; its owner must decide how to narrow it"))
	}
	doc := newDocument()
	existing, _ := target.Policy.Value()
	if existing.Policy != nil {
		held, statements, err := readDocument(existing.JSON)
		if err != nil {
			return unproven(fix, err)
		}
		doc = held
		for _, one := range statements {
			doc.Statement = append(doc.Statement, one)
		}
	}
	for _, more := range pullStatements(facts) {
		s, _ := more.(statement)
		if s.SID == "CrossAccountPermission" && owner(facts, target) == facts.Account.ID {
			continue
		}
		s.SID = fmt.Sprintf("%s%s", s.SID, facts.Account.ID) // apart from statements of the same name that are there
		doc.Statement = append(doc.Statement, s)
	}
	var err error
	if fix.Policy, err = compactJSON(doc); err != nil {
		return unproven(fix, err)
	}
	attach := attachments[fact.TargetRepository]
	fix.CLI = commandIn(facts, target.Account, attach.command(target, fix.Policy)...)
	if fix.CloudFormation, err = attach.form(target, doc); err != nil {
		return unproven(fix, err)
	}
	if fix.Terraform, err = terraformTarget(target, doc); err != nil {
		return unproven(fix, err)
	}
	inItsAccount(facts, target, &fix)
	policy, err := iampolicy.Parse([]byte(fix.Policy), iampolicy.Resource)
	if err != nil {
		return unproven(fix, err)
	}
	var cases []*iampolicy.Case
	for _, d := range refused {
		cases = append(cases, decide.PullCases(facts, d.Need, &target, policy)...)
	}
	return proved(ownedTarget(facts, target, fix), cases...)
}
