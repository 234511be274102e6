package need

import "permprobe/shared/fact"

// Pulls are the calls by which Lambda gets the images of functions whose repositories are known. They are none of All: of
// an account only Lambda's own word is known, and which repository it is about is not.
//
// https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
func Pulls(facts *fact.Facts) []Need {
	var needs []Need
	for i := range facts.Functions {
		f := &facts.Functions[i]
		if !f.Image || f.Repository == "" {
			continue
		}
		for _, action := range []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"} {
			needs = append(needs, Need{
				Kind: Pull, Purpose: Image, Level: Required, Function: f.Ref(), Role: f.Role, Principal: LambdaService,
				Action: action, Resource: f.Repository, Subject: "image", Why: "Lambda pulls the function's image", Page: docs + "images-create.html",
				Context: map[string][]string{"aws:SourceArn": {f.ARN}, "aws:SourceAccount": {facts.Account.ID}},
			})
		}
	}
	return needs
}

// Repositories are those that the images are in, and the registries that hold these, each once.
func Repositories(facts *fact.Facts) []fact.Target {
	var out []fact.Target
	seen := map[string]bool{}
	for _, n := range Pulls(facts) {
		if t, ok := fact.TargetOf(n.Resource); ok && !seen[t.ARN] {
			seen[t.ARN] = true
			out = append(out, t)
			if registry, held := t.Registry(); held && !seen[registry.ARN] {
				seen[registry.ARN] = true
				out = append(out, registry)
			}
		}
	}
	return out
}
