package localaws

import (
	"regexp"
	"strings"
)

// A repository holds images; its policy is empty where it has none.
type repository struct{ arn, policy string }

// ecrRepository makes a repository.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html.
func (b *builder) ecrRepository() {
	home := b.home()
	if !once(b, home.repositories, b.res.PhysicalID, "repository") {
		return
	}
	r := &repository{arn: first(b.res.ARN, home.arn("ecr", "repository/"+b.res.PhysicalID))}
	if doc := b.prop("RepositoryPolicyText"); doc != nil {
		r.policy = documentText(doc, trustPolicy, b.maybe())
	}
	home.repositories[b.res.PhysicalID] = r
}

var imageURI = regexp.MustCompile(`^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)/([a-z0-9][a-z0-9._/-]*)(?:[:@].*)?$`)

// repositoryOf finds the repository of an image; nil with what is not known where no template holds it.
func (s *Server) repositoryOf(image string) (found *repository, account, what string) {
	// A tag that is not known does not hide the repository.
	name := image
	if at := strings.IndexRune(image, '⟦'); at > 0 && strings.ContainsAny(image[:at], ":@") {
		name = image[:at] + "x"
	}
	m := imageURI.FindStringSubmatch(name)
	switch {
	case m == nil && image == "":
		return nil, "", "image of the function"
	case m == nil && strings.ContainsAny(image, "⟦⟧"):
		return nil, "", strings.Trim(image, "⟦⟧")
	case m == nil:
		return nil, "", "repository of image " + image
	}
	if r := s.account(m[1]).region(m[2]).repositories[m[3]]; r != nil {
		return r, m[1], ""
	}
	return nil, m[1], "repository " + m[3] + " of account " + m[1] + " (of no template)"
}

// ecrGetRepositoryPolicy says of a repository without a policy that there is none, by an error of its own.
// See https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html.
var ecrGetRepositoryPolicy = operation{
	service: "ecr", name: "GetRepositoryPolicy", shows: []string{"registryId", "repositoryName"},
	needs: func(c *call) []need {
		return []need{{action: "ecr:GetRepositoryPolicy", resource: c.repositoryARN()}}
	},
	serve: func(c *call) (any, error) {
		name, arn := text(c.body["repositoryName"]), c.repositoryARN()
		r := c.home().repositories[name]
		switch {
		case c.srv.gone[arn]:
			return nil, &apiError{Status: 400, Code: "RepositoryNotFoundException", Message: "The repository with name '" + name + "' does not exist in the registry"}
		case r == nil || splitARN(arn)[4] != c.acct.id:
			return nil, unknown(c.svc, "repository "+arn)
		case r.policy == "":
			return nil, &apiError{Status: 400, Code: "RepositoryPolicyNotFoundException", Message: "Repository policy does not exist for the repository with name '" + name + "'"}
		}
		return map[string]any{"registryId": c.acct.id, "repositoryName": name, "policyText": r.policy}, nil
	},
}

// ecrRegistryPolicy keeps what a template says of all repositories of an account and Region.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-registrypolicy.html.
func (b *builder) ecrRegistryPolicy() {
	if home := b.home(); home.registryPolicy == "" {
		home.registryPolicy = documentText(b.prop("PolicyText"), resourcePolicy, b.maybe())
	}
}

// ecrGetRegistryPolicy says that there is none where no template has one, as in every new account.
// See https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRegistryPolicy.html.
var ecrGetRegistryPolicy = operation{
	service: "ecr", name: "GetRegistryPolicy", needs: anywhere("ecr:GetRegistryPolicy"),
	serve: func(c *call) (any, error) {
		policy := c.home().registryPolicy
		if policy == "" {
			return nil, &apiError{Status: 400, Code: "RegistryPolicyNotFoundException", Message: "Registry policy does not exist in the registry with id '" + c.acct.id + "'"}
		}
		return map[string]any{"registryId": c.acct.id, "policyText": policy}, nil
	},
}

// repositoryARN is that of the repository which a request names.
func (c *call) repositoryARN() string {
	home := c.home()
	return "arn:" + home.partition + ":ecr:" + home.name + ":" + first(text(c.body["registryId"]), c.acct.id) + ":repository/" + text(c.body["repositoryName"])
}
