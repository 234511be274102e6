package localaws

import (
	"slices"
	"strings"

	"permprobe/shared/iampolicy"
)

// named are the ids of the resources of a kind that function policies of the account and Region name as sources, sorted:
// those whose ARNs go on with before and an id. What no template holds may be there all the same, so that listings show
// them, as far as they are not known to be gone; without that a listing would say that they are.
func (c *call) named(service, before string) []string {
	prefix := c.home().arn(service, before)
	var ids []string
	for _, name := range sortedKeys(c.home().functions) {
		f := c.home().functions[name]
		for _, qualifier := range sortedKeys(f.policies) {
			text := f.policy(qualifier)
			if !strings.Contains(text, prefix) {
				continue
			}
			policy, err := iampolicy.Parse([]byte(text), iampolicy.Resource)
			if err != nil {
				continue // a policy that is not known names nothing
			}
			for _, s := range policy.Statements() {
				for _, condition := range s.Conditions() {
					for _, value := range condition.Values {
						id, found := strings.CutPrefix(strings.TrimSuffix(value, ":*"), prefix)
						if found && id != "" && !strings.ContainsAny(id, "*?$") && !isUnknown(id) && !c.srv.gone[prefix+id] && !slices.Contains(ids, id) {
							ids = append(ids, id)
						}
					}
				}
			}
		}
	}
	slices.Sort(ids)
	return ids
}
