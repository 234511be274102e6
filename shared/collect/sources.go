package collect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
)

// sources is what was found of one kind of trigger.
type sources struct {
	facts    fact.Kind
	triggers []fact.Trigger
	unread   []fact.Incomplete
	// seen are the ARNs of all that the listing showed, whether it calls a function or not.
	seen []string
	// apis are those of API Gateway, by id.
	apis map[string]fact.Read[fact.API]
}

func (s *sources) missing(why fact.Unread) {
	s.unread = append(s.unread, fact.Incomplete{Kind: s.facts, Unread: why})
}

// join takes over what was found of several parts of the source, in their order.
func (s *sources) join(parts []sources) {
	for _, one := range parts {
		s.triggers = append(s.triggers, one.triggers...)
		s.unread = append(s.unread, one.unread...)
		s.seen = append(s.seen, one.seen...)
		for id, api := range one.apis {
			s.door(id, api)
		}
	}
}

// seen are the ARNs of the account's resources that were seen to exist.
func (c *Collector) seen(found sources, mapped mappings) []string {
	all := slices.Concat(c.Held, found.seen)
	for i := range mapped.found {
		all = append(all, mapped.found[i].Source)
	}
	all = slices.DeleteFunc(all, func(text string) bool {
		arn, err := fact.ParseARN(text)
		return err != nil || len(iampolicy.UnknownNames(text)) > 0 || arn.Account != c.Account.ID && arn.Account != ""
	})
	slices.Sort(all)
	return slices.Compact(all)
}

// triggers reads every kind of trigger from its source's side, and says how far each was read.
func (c *Collector) triggers(ctx context.Context, functions []fact.Function, remembered Remembered) (sources, []fact.Source) {
	all := readers()
	each, kinds := make([]sources, len(all)), make([]fact.Source, len(all))
	forEach(ctx, len(all), func(ctx context.Context, i int) {
		kinds[i].Name = all[i].name
		if off := all[i].off; off != "" && !c.On.On(off) {
			kinds[i].Off = off.Hint()
			return
		}
		if why := all[i].never; why != "" && !c.Templates {
			kinds[i].Never = why
			return
		}
		if all[i].of != nil {
			each[i] = all[i].of(c, ctx, functions, remembered)
		} else {
			each[i] = all[i].read(c, ctx)
		}
		kinds[i].Unread = notListed(each[i].unread)
	})
	var found sources
	found.join(each)
	return found, kinds
}

// notListed is the first reason why a kind of trigger is not known as a whole. One that was read and could not be
// understood is a gap of its own.
func notListed(unread []fact.Incomplete) fact.Unread {
	for _, missing := range unread {
		if missing.Unread.Operation != "" {
			return missing.Unread
		}
	}
	return fact.Unread{}
}

// add records that a source, which has one way to the function only, calls target. Several targets of a source
// that are one function are one trigger.
func (s *sources) add(source fact.Trigger, target string) {
	if !mayBeFunction(target) {
		return
	}
	source.Function, source.Unread = calledFunction(target, fmt.Sprintf("the %s %s", source.Kind, source.SourceName))
	source.Routes = []fact.Route{{Label: source.SourceName, Pattern: source.Source, Requests: []string{source.Source}}}
	if !slices.ContainsFunc(s.triggers, func(t fact.Trigger) bool {
		return t.Source == source.Source && t.Function == source.Function && t.Credentials == source.Credentials && t.Through == source.Through && t.Unread == source.Unread
	}) {
		s.triggers = append(s.triggers, source)
	}
}

// mayBeFunction tells whether a target's ARN is a function's, or one of which so much is unknown that it may be.
func mayBeFunction(target string) bool {
	arn, err := fact.ParseARN(target)
	if err != nil {
		return len(iampolicy.UnknownNames(target)) > 0
	}
	return arn.Service == "lambda" || len(iampolicy.UnknownNames(arn.Service)) > 0
}

// keepTriggers keeps the triggers of selected functions. A trigger of a function that does not exist in
// this account and region cannot be decided here: that is unread, where the whole account was asked for.
func (c *Collector) keepTriggers(facts *fact.Facts, known map[string]bool, complete bool) {
	selected := map[string]bool{}
	for _, f := range facts.Functions {
		selected[f.ARN] = true
	}
	everything := len(selected) == len(known) && complete
	all := behind(facts.Triggers, func(t *fact.Trigger) {
		if everything {
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: t.Kind.Facts(), Unread: fact.Unread{
				Reason: fmt.Sprintf("the %s %s sends requests to the function URL %s, which is not among those that are known", t.Kind, t.SourceName, t.Host)}})
		}
	})
	var kept []fact.Trigger
	for _, t := range all {
		switch {
		case !t.Unread.IsZero():
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: t.Kind.Facts(), Unread: t.Unread})
		case selected[t.Function.ARN]:
			kept = append(kept, t)
		case !known[t.Function.ARN] && len(iampolicy.UnknownNames(t.Function.ARN)) > 0:
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: t.Kind.Facts(),
				Unread: openFunction(t.Function.ARN, fmt.Sprintf("the %s %s", t.Kind, t.SourceName))})
		case !known[t.Function.ARN] && everything:
			facts.Unread = append(facts.Unread, fact.Incomplete{Kind: t.Kind.Facts(), Unread: fact.Unread{
				Reason: fmt.Sprintf("the %s %s calls %s, which is not among the functions of %s in %s",
					t.Kind, t.SourceName, t.Function, c.Account.ID, c.Account.Region),
			}})
		}
	}
	facts.Triggers = kept
	sortTriggers(facts.Triggers)
}

func sortTriggers(triggers []fact.Trigger) {
	slices.SortStableFunc(triggers, func(x, y fact.Trigger) int {
		return cmp.Or(
			strings.Compare(x.Function.String(), y.Function.String()),
			strings.Compare(string(x.Kind), string(y.Kind)),
			strings.Compare(x.Source, y.Source),
			strings.Compare(x.Credentials, y.Credentials),
			strings.Compare(x.Through, y.Through),
			strings.Compare(x.Unread.Reason, y.Unread.Reason),
		)
	})
}
