package need

import (
	"fmt"
	"maps"

	"permprobe/shared/fact"
)

// Row is one feature of functions, one kind of event source or one kind of destination, with what the role
// needs for it. The needs are made from the rows, and the documentation is, too.
type Row struct {
	ID, Name string
	// Signal says in which part of the configuration the feature shows.
	Signal  string
	Purpose Purpose
	// Rules are empty where the role needs nothing; Note then says who does, and Page which page of AWS's says so.
	Rules      []Rule
	Note, Page string
}

// Rule is some actions on the same resources for the same reason.
type Rule struct {
	Level   Level
	Actions []string
	// Resource and When are for people; When is empty for always.
	Resource, When string
	// Why is the reason, and Page the page of AWS's documentation that says so.
	Why, Page string
	// Managed is the path and name of the AWS-managed policy that grants all of the rule.
	Managed string
	// Either tells that any one of the actions is enough.
	Either bool
	// Scoped says why a grant on some resources only may be enough although it is not documented to be; empty
	// where it is not.
	Scoped string
	// on says what the actions are needed on; nothing where the rule does not apply. A rule without it is for
	// people alone.
	on func(*subject) []target
}

// subject is what a row's needs are about.
type subject struct {
	account fact.Account
	// key is that of what a source hands to the function to send on; empty for none.
	key      string
	function *fact.Function
	// points are the file systems of access points.
	points map[string]fact.Read[string]
	// mapping and source are those of event sources; destination and target those of destinations.
	mapping     *fact.Mapping
	source      fact.ARN
	destination fact.Destination
	target      fact.ARN
}

// target is a resource that the rule's actions are needed on.
type target struct {
	resource, grant string
	// open is the resource with what is not known about it marked, where resource is a sample of it.
	open string
	// keys are what the calls carry besides.
	keys map[string][]string
	// subject replaces the need's, where it is about something else.
	subject          string
	presumed, unread fact.Unread
}

// Rows lists everything that needs are derived from: features, event sources, destinations, schema registries.
func Rows() []Row {
	var rows []Row
	for _, some := range [][]Row{features(), sources(), destinations(), registries()} {
		rows = append(rows, some...)
	}
	return rows
}

// row finds a row by its id.
func row(rows []Row, id string) *Row {
	for i := range rows {
		if rows[i].ID == id {
			return &rows[i]
		}
	}
	return nil
}

// needs are the needs of one subject. base holds what all of them have in common.
func (r *Row) needs(base Need, s *subject) []Need {
	var needs []Need
	for i := range r.Rules {
		rule := &r.Rules[i]
		if rule.on == nil || rule.Level == Recommended {
			continue
		}
		n := base
		n.Row, n.Level, n.Managed, n.Why, n.Page, n.Scoped = r.ID, rule.Level, rule.Managed, rule.Why, rule.Page, rule.Scoped
		for _, to := range rule.on(s) {
			n := n
			n.Grant, n.Open = to.grant, to.open
			if to.keys != nil {
				n.Context = maps.Clone(base.Context)
				if n.Context == nil {
					n.Context = map[string][]string{}
				}
				maps.Copy(n.Context, to.keys)
			}
			if to.subject != "" {
				n.Subject = to.subject
			}
			if n.Presumed.IsZero() {
				n.Presumed = to.presumed
			}
			n.Unread = to.unread
			if !n.Unread.IsZero() {
				needs = append(needs, n)
				continue
			}
			if rule.Either {
				n.Either = fmt.Sprintf("%s %d", r.ID, i)
			}
			for _, action := range rule.Actions {
				needs = append(needs, n.on(action, to.resource))
			}
		}
	}
	return needs
}

// everywhere is for actions that AWS decides on no particular resource.
func everywhere(*subject) []target { return []target{{resource: "*"}} }

// atSource is for actions on the event source itself.
func atSource(s *subject) []target { return []target{{resource: s.mapping.Source}} }

// atDestination is for actions on the destination itself.
func atDestination(s *subject) []target { return []target{{resource: s.destination.Target}} }

// sample is a resource of which one part is not known: it is asked about with a name that it might have.
func sample(of func(part string) string, name, what, grant string) target {
	return target{resource: of(name), grant: of(grant), open: of(fact.Open(what))}
}

// Derived tells whether needs are made from the rule; where not, it is said for people alone.
func (r *Rule) Derived() bool { return r.on != nil && r.Level != Recommended }
