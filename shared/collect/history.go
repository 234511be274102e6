package collect

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// historyKept is how far back the event history goes.
const historyKept = 90 * 24 * time.Hour

// mostHistoryPages bounds what is read of one subject: the latest 100 events.
const mostHistoryPages = 2

// History is what CloudTrail's event history tells of roles, policies, functions and resources. Each is looked up once,
// whatever is asked of it: a look takes a call or two, of two a second.
type History struct {
	c    *Collector
	mu   sync.Mutex
	read map[Subject]*lookedUp
}

// lookedUp are the events of one subject, the latest first.
type lookedUp struct {
	once    sync.Once
	events  []trailEvent
	reached time.Time // the oldest event that was read
	why     fact.Unread
}

// History begins to read the history.
func (c *Collector) History() *History {
	return &History{c: c, read: map[Subject]*lookedUp{}}
}

func (h *History) of(ctx context.Context, subject Subject) *lookedUp {
	h.mu.Lock()
	one := h.read[subject]
	if one == nil {
		one = &lookedUp{}
		h.read[subject] = one
	}
	h.mu.Unlock()
	one.once.Do(func() {
		q := trailQuery{key: types.LookupAttributeKeyResourceName, value: subject.Name, since: h.c.Now().Add(-historyKept), global: subject.Global, pages: mostHistoryPages}
		one.events, one.why = h.c.lookUp(ctx, q, func(e *trailEvent) bool {
			one.reached = e.at
			name := eventVersion.ReplaceAllString(e.record.EventName, "")
			return e.record.ErrorCode == "" && (slices.Contains(narrowing, name) || slices.Contains(granting, name))
		})
	})
	return one
}

// Changes are the events that may have narrowed what is allowed on the subjects, the latest first.
func (h *History) Changes(ctx context.Context, subjects []Subject) ([]Change, []fact.Unread) {
	found, why := make([][]Change, len(subjects)), make([]fact.Unread, len(subjects))
	forEach(ctx, len(subjects), func(ctx context.Context, i int) {
		one := h.of(ctx, subjects[i])
		why[i] = one.why
		for j := range one.events {
			if slices.Contains(narrowing, eventVersion.ReplaceAllString(one.events[j].record.EventName, "")) {
				found[i] = append(found[i], one.events[j].change())
			}
		}
	})
	var all []Change
	for _, one := range slices.Concat(found...) {
		if !slices.ContainsFunc(all, func(have Change) bool { return have.ID == one.ID }) { // found under two names
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID)) })
	return all, slices.DeleteFunc(why, fact.Unread.IsZero)
}

// Grants are the changes since a time of a role, and of managed policies of the account by their ARNs, that may have given
// it a permission, the latest first.
func (h *History) Grants(ctx context.Context, role string, policies []string, since time.Time) ([]Grant, []fact.Unread) {
	subjects := []Subject{{Name: fact.RoleName(role), Global: true}}
	for _, policy := range policies {
		subject := Subject{Name: policy, Global: true}
		if arn, err := fact.ParseARN(policy); err == nil && arn.Account == h.c.Account.ID && !slices.Contains(subjects, subject) {
			subjects = append(subjects, subject)
		}
	}
	found, why := make([][]Grant, len(subjects)), make([]fact.Unread, len(subjects))
	forEach(ctx, len(subjects), func(ctx context.Context, i int) {
		one := h.of(ctx, subjects[i])
		if why[i] = one.why; why[i].Permission == "" && !one.reached.IsZero() && one.reached.Before(since) {
			why[i] = fact.Unread{} // what was not read is older
		}
		for j := range one.events {
			if e := &one.events[j]; !e.at.Before(since) && slices.Contains(granting, e.record.EventName) {
				found[i] = append(found[i], e.grant())
			}
		}
	})
	all := slices.Concat(found...)
	slices.SortStableFunc(all, func(a, b Grant) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.Event, b.Event)) })
	return all, slices.DeleteFunc(why, fact.Unread.IsZero)
}
