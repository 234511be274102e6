package need

import (
	"slices"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/config"
	"permprobe/shared/fact"
)

// Inferences are the calls that code probably makes: those that a policy of the role grants by name on a resource that
// an environment variable of the function names. A statement with conditions, or with patterns that begin no action's
// whole name, says too little about what is called. What is needed for another reason anyway is left out.
func Inferences(facts *fact.Facts, known []Need) []Need {
	have := map[string]bool{}
	key := func(n *Need) string { return n.Function.ARN + "\x1f" + strings.ToLower(n.Action) + "\x1f" + n.Resource }
	for i := range known {
		have[key(&known[i])] = true
	}
	var needs []Need
	for i := range facts.Functions {
		function := &facts.Functions[i]
		role, _ := facts.Roles[function.Role].Value()
		policies, _ := role.Policies.Value()
		for _, named := range facts.Named[function.ARN] {
			for _, policy := range policies {
				for _, statement := range policy.Statements() {
					if statement.Effect().String() != "Allow" || len(statement.Conditions()) > 0 {
						continue
					}
					for _, n := range inferred(facts.Account, function, named, statement.Actions(), statement.Resources()) {
						if !have[key(&n)] {
							have[key(&n)] = true
							needs = append(needs, n)
						}
					}
				}
			}
		}
	}
	return needs
}

// inferred are the calls that one statement grants on a resource that is named.
func inferred(account fact.Account, function *fact.Function, named string, actions, resources []string) []Need {
	var needs []Need
	for _, name := range actions {
		// s3:GetObject* is what tools write who mean s3:GetObject and its kin.
		action, ok := authref.Lookup(strings.TrimRight(name, "*"))
		if !ok || action.WildcardOnly() {
			continue
		}
		at := slices.IndexFunc(resources, func(pattern string) bool { return requestOn(action, named, pattern) != "" })
		if at < 0 {
			continue
		}
		n := Need{
			Kind: Identity, Purpose: Inferred, Level: Required,
			Function: function.Ref(), Role: function.Role,
			Action: action.String(), Resource: requestOn(action, named, resources[at]),
			Context: map[string][]string{sourceFunction: {function.ARN}},
			Subject: named,
		}
		if n.Resource != named {
			n.Grant = resources[at]
		}
		if owner := OwnerOf(named); owner != "" && owner != account.ID {
			n.Context["aws:ResourceAccount"] = []string{owner}
		}
		n.throughPoint()
		needs = append(needs, n)
	}
	return needs
}

// sampleName stands for what is open below a resource that is named.
const sampleName = "permprobe-sample"

// requestOn is the resource of a call on what is named that a policy's pattern covers; empty where there is none.
func requestOn(action authref.Action, named, pattern string) string {
	fits := func(resource string) bool {
		return config.Match(pattern, resource) && len(action.TypesOf(resource)) > 0
	}
	below := named + "/" + sampleName
	if strings.Contains(named, ":accesspoint/") {
		below = named + "/object/" + sampleName
	}
	if strings.HasPrefix(pattern, named+"/") {
		below = strings.NewReplacer("*", sampleName, "?", "x").Replace(pattern)
	}
	switch {
	case fits(named):
		return named
	case strings.Contains(below, "/stream/"+sampleName):
		// A table's stream is named by the time at which it was switched on: who knows the table's name only calls none.
		return ""
	case fits(below):
		return below
	}
	return ""
}
