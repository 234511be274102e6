package scan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/config"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/iampolicy"
)

// Support makes the file that AWS Support asks for about a function. It does not fail: what could not be read is in it.
func (s *Scanner) Support(ctx context.Context, request config.Request) *finding.Support {
	started, callsBefore := s.Now(), s.Calls()
	asked := request.Support
	out := &finding.Support{
		Account: s.Collector.Account.ID, Region: s.Collector.Account.Region, Function: asked.Function,
		Time: started.UTC().Format(time.RFC3339), Since: started.Add(-asked.Since).UTC().Format(time.RFC3339),
	}
	diagnosis, in, found := s.diagnose(ctx, config.Request{Mode: config.OnDemand, Diagnose: &config.Diagnose{Function: asked.Function, Since: asked.Since}})
	out.Denials, out.Findings, out.Gaps = diagnosis.Denials, found, diagnosis.Gaps
	for i := range out.Findings {
		out.Findings[i].FirstSeen, out.Findings[i].LastSeen = "", ""
	}
	if diagnosis.Status == finding.ReportIncomplete {
		out.Status = finding.ReportIncomplete
		if len(out.Gaps) == 0 {
			out.Gaps = append(out.Gaps, outOfTime())
		}
	}
	if in.Facts != nil && len(in.Facts.Functions) > 0 {
		f := &in.Facts.Functions[0]
		out.Function = f.ARN
		supportConfiguration(out, in.Facts, f)
		supportServices(out, in.Facts, f)
		supportRoles(out, in.Facts)
	}
	out.CrossAccount = len(out.Accounts) > 0
	out.Finish()
	out.Summary.APICalls = s.Calls() - callsBefore
	out.Summary.DurationMS = s.Now().Sub(started).Milliseconds()
	s.Log.InfoContext(ctx, "support.done", "status", out.Status, "denials", out.Summary.Denials, "apiCalls", out.Summary.APICalls, "durationMs", out.Summary.DurationMS)
	return out
}

// supportConfiguration is what of the configuration bears on permissions.
func supportConfiguration(out *finding.Support, facts *fact.Facts, f *fact.Function) {
	add := func(name, value string) {
		if value != "" {
			out.Configuration = append(out.Configuration, finding.SupportFact{Name: name, Value: value})
		}
	}
	add("package", map[bool]string{true: "container image", false: "zip archive"}[f.Image])
	if f.Timeout > 0 {
		add("timeout", f.Timeout.String())
	}
	add("log group", f.LogGroup)
	switch {
	case f.Network.Attached:
		add("network", fmt.Sprintf("VPC %s, subnets %s, security groups %s", orNotKnown(f.Network.VPC), orNotKnown(f.Network.Subnets), orNotKnown(f.Network.SecurityGroups)))
	case f.Network.Provided:
		add("network", "capacity provider "+f.Network.Provider)
	default:
		add("network", "no VPC")
	}
	add("key of the environment", f.Key)
	add("layers", strings.Join(f.Layers, ", "))
	add("file systems", strings.Join(f.FileSystems, ", "))
	if f.Tracing == fact.TracingActive {
		add("tracing", "active")
	}
	if state, known := facts.States[f.ARN].Value(); known {
		add("state reason", state.Code)
		add("last update", state.UpdateCode)
	}
	add("stack", facts.Stacks[f.ARN])
}

// orNotKnown leaves out what only a template that is not resolved has.
func orNotKnown(id string) string {
	if id == "" || len(iampolicy.UnknownNames(id)) > 0 {
		return "not known"
	}
	return id
}

// supportServices are the services in the workflow.
func supportServices(out *finding.Support, facts *fact.Facts, f *fact.Function) {
	add := func(service, part, resource string) {
		one := finding.SupportService{Service: service, Part: part, Resource: resource}
		if arn, err := fact.ParseARN(resource); err == nil {
			one.Service, one.Account = cmp.Or(service, arn.Service), arn.Account
		}
		if !slices.Contains(out.Services, one) {
			out.Services = append(out.Services, one)
		}
		foreign(out, one.Account)
	}
	for i := range facts.Triggers {
		t := &facts.Triggers[i]
		if t.Function.ARN == f.ARN {
			add(string(t.Kind), "calls the function", cmp.Or(t.Source, t.SourceID))
			foreign(out, t.Account)
		}
	}
	for i := range facts.Mappings {
		if m := &facts.Mappings[i]; m.Function.ARN == f.ARN {
			add("", "is polled", cmp.Or(m.Source, "self-managed source of the mapping "+m.ID))
			if m.OnFailure.Target != "" {
				add("", "gets what could not be processed", m.OnFailure.Target)
			}
		}
	}
	destinations, _ := facts.Destinations[f.ARN].Value()
	for _, d := range destinations {
		add("", "gets its results", d.Target)
	}
	if f.DeadLetter != "" {
		add("", "gets failed events", f.DeadLetter)
	}
	for i := range out.Denials {
		if said := &out.Denials[i].Said; said.Service != "" {
			resource := said.Resource
			if _, err := fact.ParseARN(resource); err != nil {
				resource = "" // as it was printed, which is text of somebody's
			}
			add(said.Service, "was called and refused", resource)
		}
	}
	slices.SortFunc(out.Services, func(a, b finding.SupportService) int {
		return cmp.Or(strings.Compare(a.Part, b.Part), strings.Compare(a.Service, b.Service), strings.Compare(a.Resource, b.Resource))
	})
	if attached, known := facts.Policies[f.Ref()].Value(); known && attached.Policy != nil {
		for _, statement := range attached.Policy.Statements() {
			for _, principal := range statement.Principals() {
				if arn, err := fact.ParseARN(principal.Value); err == nil {
					foreign(out, arn.Account)
				}
			}
		}
	}
}

// foreign notes an account that is another one.
func foreign(out *finding.Support, account string) {
	if len(account) == 12 && account != out.Account && len(iampolicy.UnknownNames(account)) == 0 && !slices.Contains(out.Accounts, account) {
		out.Accounts = append(out.Accounts, account)
	}
}

func supportRoles(out *finding.Support, facts *fact.Facts) {
	for _, arn := range rolesOf(facts) {
		one := finding.SupportRole{Role: arn}
		role, known := facts.Roles[arn].Value()
		switch {
		case facts.Roles[arn].IsAbsent():
			one.Policies = []string{"the role does not exist"}
		case known:
			policies, _ := role.Policies.Value()
			for _, policy := range policies {
				one.Policies = append(one.Policies, policy.Name())
			}
			if boundary, has := role.Boundary.Value(); has {
				one.Boundary = boundary.Name()
			}
			if trust, readable := role.Trust.Value(); readable {
				for _, statement := range trust.Statements() {
					for _, principal := range statement.Principals() {
						one.Trust = append(one.Trust, statement.Effect().String()+" "+principal.Value)
					}
				}
			}
		}
		out.Roles = append(out.Roles, one)
	}
}

// rolesOf are the roles that the function and its versions run as, sorted.
func rolesOf(facts *fact.Facts) []string {
	f := &facts.Functions[0]
	roles := []string{f.Role}
	for ref, read := range facts.VersionRoles {
		more, _ := read.Value()
		if ref.ARN == f.ARN {
			roles = append(roles, more...)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}
