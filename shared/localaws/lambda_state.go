package localaws

import (
	"fmt"
	"strings"

	"permprobe/shared/iampolicy"
	"permprobe/shared/stack"
)

// setState adds to a configuration whether the function can run: what a template says of its image's repository and of
// its environment's key. What depends on something that no template holds leaves a marker.
// See https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html.
func (s *Server) setState(home *region, f *function, conf map[string]any) {
	conf["State"], conf["LastUpdateStatus"] = "Active", "Successful"
	open := ""
	for _, look := range []func(*region, *function) (code, open string){s.imageState, s.keyState} {
		code, what := look(home, f)
		if code != "" {
			conf["State"], conf["StateReasonCode"], conf["StateReason"] = "Failed", code, "The function cannot be started: "+code+"."
			return
		}
		open = first(open, what)
	}
	if open != "" {
		conf["State"] = stack.Unknown(open)
	}
}

// imageState tells whether Lambda may pull the function's image: the registry's policy counts besides the repository's, and
// whether an allow in it alone is enough is not documented.
// See https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html.
func (s *Server) imageState(home *region, f *function) (code, open string) {
	code, open = s.repositoryState(home, f)
	repo, owner, _ := s.repositoryOf(f.image)
	if text(f.conf["PackageType"]) != "Image" || repo == nil {
		return code, open
	}
	what := "policy of the registry of account " + owner
	registry := s.account(owner).region(splitARN(repo.arn)[3]).registryPolicy
	if registry == "" {
		return code, open
	}
	policy, err := iampolicy.Parse([]byte(registry), iampolicy.Resource)
	if err != nil {
		return "", what
	}
	grants := true
	for _, action := range pullActions {
		c := s.pulling(home, f, action, repo, owner)
		c.ResourcePolicy = policy.Opened()
		switch answer := c.Decide(); answer.Decision {
		case iampolicy.ExplicitDeny:
			return "ImageAccessDenied", ""
		case iampolicy.Undetermined:
			open = what
		}
		c.ResourcePolicy = policy
		grants = grants && c.Decide().Decision == iampolicy.Allowed
	}
	if code != "" && grants {
		return "", what
	}
	return code, open
}

// pullActions are what Lambda does with a repository.
var pullActions = []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}

// pulling is Lambda's call for an image, without a policy.
func (s *Server) pulling(home *region, f *function, action string, repo *repository, owner string) iampolicy.Case {
	return iampolicy.Case{
		Principal: iampolicy.Service("lambda.amazonaws.com"), Action: action, Resource: repo.arn, ResourceAccount: owner,
		Context: iampolicy.NewContext(map[string][]string{"aws:SourceArn": {f.arn}, "aws:SourceAccount": {home.account}}).WithUnknown("*"),
	}
}

// repositoryState tells whether the policy of the image's repository lets Lambda pull it.
// See https://docs.aws.amazon.com/lambda/latest/dg/images-create.html.
func (s *Server) repositoryState(home *region, f *function) (code, open string) {
	if text(f.conf["PackageType"]) != "Image" {
		return "", ""
	}
	repo, owner, what := s.repositoryOf(f.image)
	switch {
	case repo == nil:
		return "", what
	case repo.policy == "" && owner == home.account:
		return "", "" // Lambda adds what it needs when the function is created
	case repo.policy == "":
		return "ImageAccessDenied", ""
	}
	policy, err := iampolicy.Parse([]byte(repo.policy), iampolicy.Resource)
	if err != nil {
		return "", "policy of " + repo.arn
	}
	var answers []iampolicy.Result
	for _, action := range pullActions {
		service := s.pulling(home, f, action, repo, owner)
		service.ResourcePolicy = policy
		answer := service.Decide()
		if owner == home.account && answer.Decision == iampolicy.ImplicitDeny {
			if role, ok := s.roleCase(home, f, action, repo.arn, policy); ok {
				answer = role.Decide()
			}
		}
		answers = append(answers, answer)
		if owner != home.account {
			// Who creates the function reads the image, too: any role of its account will do.
			answers = append(answers, s.deployer(home, action, repo.arn, owner, policy))
		}
	}
	for _, answer := range answers {
		switch {
		case answer.Decision == iampolicy.ImplicitDeny, answer.Decision == iampolicy.ExplicitDeny, answer.Decision == iampolicy.Undetermined && answer.Denied:
			return "ImageAccessDenied", ""
		case answer.Decision == iampolicy.Undetermined:
			open = "policy of repository " + repo.arn
		}
	}
	return "", open
}

// keyState tells whether Lambda can use the key of the function's environment. Who creates the function lets its role use
// the key by a grant, so that somebody must be able to make one and nothing may deny it.
// See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html.
func (s *Server) keyState(home *region, f *function) (code, open string) {
	name := text(f.conf["KMSKeyArn"])
	if name == "" {
		return "", ""
	}
	if strings.ContainsAny(name, "⟦⟧") {
		return "", strings.Trim(name, "⟦⟧")
	}
	p := splitARN(name)
	if p == nil {
		return "", "key " + name
	}
	key := s.account(p[4]).region(p[3]).key(name)
	if key == nil {
		return "", "key " + name + " (of no template)"
	}
	switch on, known := boolean(key.enabled); {
	case !known:
		return "", strings.Trim(text(key.enabled), "⟦⟧")
	case !on:
		return "DisabledKMSKey", ""
	}
	policy, err := iampolicy.Parse([]byte(key.policy), iampolicy.Resource)
	if err != nil {
		return "", "policy of key " + name
	}
	answer := s.deployer(home, "kms:CreateGrant", key.arn, p[4], policy)
	switch {
	case answer.Decision == iampolicy.ImplicitDeny, answer.Decision == iampolicy.ExplicitDeny, answer.Decision == iampolicy.Undetermined && answer.Denied:
		return "KMSKeyAccessDenied", ""
	case answer.Decision == iampolicy.Undetermined:
		return "", "policy of key " + name + " and who creates the function"
	}
	if role, ok := s.roleCase(home, f, "kms:Decrypt", key.arn, policy); ok {
		switch answer := role.Decide(); {
		case answer.Decision == iampolicy.ExplicitDeny && answer.By == iampolicy.Resource:
			return "KMSKeyAccessDenied", ""
		case answer.Decision == iampolicy.Undetermined && !answer.Denied:
			return "", "policy of key " + name
		}
	}
	return "", ""
}

// deployer decides a call by somebody of the function's account who may do everything there. A policy that lets any role
// make it lets that one; where it names roles, it is not known whether it names that one.
func (s *Server) deployer(home *region, action, resource, owner string, policy *iampolicy.Policy) iampolicy.Result {
	var result iampolicy.Result
	for _, name := range []string{"whoever-creates-the-function", stack.Unknown("who creates the function")} {
		c := &iampolicy.Case{Action: action, Resource: resource, ResourceAccount: owner, ResourcePolicy: policy, Context: s.viaLambda(home)}
		// Both texts are our own and parse; otherwise the case is none and is undetermined.
		c.Principal, _ = iampolicy.ParsePrincipal(fmt.Sprintf("arn:%s:iam::%s:role/%s", home.partition, home.account, name))
		if everything, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`), iampolicy.Identity); err == nil {
			c.Identity = []*iampolicy.Policy{everything}
		}
		if result = c.Decide(); result.Decision == iampolicy.Allowed {
			break
		}
	}
	return result
}

// roleCase is a call by the function's role; false where no template holds it.
func (s *Server) roleCase(home *region, f *function, action, resource string, policy *iampolicy.Policy) (*iampolicy.Case, bool) {
	arn := text(f.conf["Role"])
	role := s.account(home.account).roles[arn[strings.LastIndexByte(arn, '/')+1:]]
	if role == nil {
		return nil, false
	}
	who, err := iampolicy.ParsePrincipal(role.arn)
	if err != nil {
		return nil, false
	}
	set := s.policiesOf(s.account(home.account), role)
	return &iampolicy.Case{
		Principal: who, Action: action, Resource: resource, ResourcePolicy: policy, Identity: set.identity, Boundary: set.boundary,
		Context: s.viaLambda(home, "kms:EncryptionContext:aws:lambda:FunctionArn", f.arn),
	}, true
}

// viaLambda is what KMS learns of calls that Lambda makes for somebody.
// See https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html.
func (s *Server) viaLambda(home *region, more ...string) iampolicy.Context {
	keys := map[string][]string{
		"kms:ViaService": {"lambda." + home.name + ".amazonaws.com"}, "kms:CallerAccount": {home.account},
		"aws:PrincipalAccount": {home.account}, "aws:PrincipalType": {"AssumedRole"}, "aws:SecureTransport": {"true"},
	}
	for i := 0; i+1 < len(more); i += 2 {
		keys[more[i]] = []string{more[i+1]}
	}
	return iampolicy.NewContext(keys).WithUnknown("*")
}
