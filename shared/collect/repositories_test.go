package collect_test

import (
	"context"
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/localaws"
	"permprobe/shared/need"
)

const registryTemplate = `
Resources:
  Guard: {Type: AWS::ECR::RegistryPolicy, Properties: {PolicyText: {Version: "2012-10-17", Statement: [{Sid: Guard, Effect: Deny, Principal: "*", Action: "ecr:BatchDeleteImage", Resource: "*"}]}}}
  Plates: {Type: AWS::ECR::Repository, Properties: {RepositoryName: plates}}
  Prints: {Type: AWS::ECR::Repository, Properties: {RepositoryName: prints}}
`

const registryARN = "arn:aws:ecr:us-east-1:123456789012:registry/123456789012"

// pulling are calls on two repositories of one registry.
func pulling() []need.Need {
	var out []need.Need
	for _, name := range []string{"plates", "prints"} {
		out = append(out, need.Need{Kind: need.Identity, Purpose: need.Declared, Action: "ecr:BatchGetImage", Resource: "arn:aws:ecr:us-east-1:123456789012:repository/" + name})
	}
	return out
}

func TestTheRegistryOfSeveralRepositoriesIsReadOnce(t *testing.T) {
	c, server := collector(t, localaws.Options{}, registryTemplate)
	facts := &fact.Facts{Account: c.Account}
	for range 2 {
		c.Targets(context.Background(), facts, need.Targets(pulling()))
	}
	registry, known := facts.Targets[registryARN].Value()
	policy, has := registry.Policy.Value()
	if !known || !has || !strings.Contains(policy.JSON, "Guard") || policy.Policy.Name() != "policy of the registry 123456789012" {
		t.Errorf("%+v", facts.Targets[registryARN])
	}
	asked := 0
	for _, call := range server.Calls() {
		if call.Operation == "GetRegistryPolicy" {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestARegistryWithoutAPolicyHasNone(t *testing.T) {
	c, _ := collector(t, localaws.Options{}, targetsTemplate)
	facts := &fact.Facts{Account: c.Account}
	c.Targets(context.Background(), facts, need.Targets(pulling()))
	if registry, known := facts.Targets[registryARN].Value(); !known || !registry.Policy.IsAbsent() {
		t.Errorf("%+v", facts.Targets[registryARN])
	}
}

func TestARegistryThatMayNotBeReadIsNotKnown(t *testing.T) {
	c, _ := collector(t, localaws.Options{Faults: []localaws.Fault{{Service: "ecr", Operation: "GetRegistryPolicy", Code: "AccessDeniedException"}}}, registryTemplate)
	facts := &fact.Facts{Account: c.Account}
	c.Targets(context.Background(), facts, need.Targets(pulling()))
	want := fact.Unread{Operation: "ecr:GetRegistryPolicy", Permission: "ecr:GetRegistryPolicy", Resource: "*", Reason: "ecr:GetRegistryPolicy is refused (AccessDeniedException)"}
	if why, _ := facts.Targets[registryARN].Unread(); why != want {
		t.Errorf("%+v", why)
	}
}
