package collect

import (
	"context"
	"strings"

	"permprobe/shared/fact"
)

// EnvironmentKeys reads the customer's keys that encrypt the environments of the functions, each once: Lambda says that it
// cannot use one only after it has tried.
func (c *Collector) EnvironmentKeys(ctx context.Context, facts *fact.Facts) {
	var keys []fact.Target
	for i := range facts.Functions {
		name := facts.Functions[i].Key
		if arn, err := fact.ParseARN(name); err == nil && strings.HasPrefix(arn.Resource, "alias/") {
			name, _ = c.askAlias(ctx, facts, name, arn.Account, arn.Region).Value()
		}
		if key, is := fact.TargetOf(name); is && key.Kind == fact.TargetKey {
			keys = append(keys, key)
		}
	}
	c.Targets(ctx, facts, keys)
}
