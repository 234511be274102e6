package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"permprobe/shared/config"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
	"permprobe/shared/permission"
	"permprobe/shared/remedy"
	"permprobe/shared/telemetry"
)

// mostFunctions bounds how many functions one answer about a deployer is about.
const mostFunctions = 50

// Deployer says whether a user or role may create, update and delete functions. It does not fail: what could not be read
// or decided is in the answer.
func (s *Scanner) Deployer(ctx context.Context, request config.Request) *finding.Deployment {
	started, callsBefore := s.Now(), s.Calls()
	asked := request.Deployer
	out := &finding.Deployment{Account: s.Collector.Account.ID, Region: s.Collector.Account.Region, Principal: asked.Principal}
	working, cancel := s.budget(ctx, config.OnDemand, started)
	defer cancel()
	var facts *fact.Facts
	s.phase(working, "collect", func(ctx context.Context) {
		ctx, cancel := s.share(ctx)
		defer cancel()
		facts, out.Principal = s.Collector.Deployment(ctx, func(name, arn string) bool {
			return slices.ContainsFunc(asked.Functions, func(p string) bool { return config.Selects(p, name, arn) })
		}, asked.Principal, asked.ServiceRole)
		telemetry.Annotate(ctx, "functions", len(facts.Functions))
	})
	if out.Principal != asked.Principal {
		out.Asked = asked.Principal
	}
	s.toBeMade(out, asked, facts)
	if n := len(facts.Functions); n > mostFunctions {
		out.Gaps = append(out.Gaps, finding.Gap{Reason: fmt.Sprintf("%d functions are selected: the first %d of them are looked at, ask about the others apart", n, mostFunctions)})
		facts.Functions = facts.Functions[:mostFunctions]
	}
	for _, unread := range facts.Unread {
		out.Gaps = append(out.Gaps, gapOf(unread.Function, unread.Unread))
	}
	out.Gaps = append(out.Gaps, ungathered(facts)...)
	out.ServiceRole = asked.ServiceRole
	who, known := facts.Roles[out.Principal].Value()
	if known && asked.ServiceRole != "" {
		_, known = facts.Roles[asked.ServiceRole].Value()
		if why, unread := facts.Roles[asked.ServiceRole].Unread(); unread {
			out.Gaps = append(out.Gaps, gapOf("", why))
		} else if !known {
			out.Gaps = append(out.Gaps, finding.Gap{Reason: fmt.Sprintf("there is no %s", asked.ServiceRole)})
		}
	}
	switch why, unread := facts.Roles[out.Principal].Unread(); {
	case known:
		s.deploy(working, out, facts, asked.Code)
		if boundary, has := who.Boundary.Value(); has {
			out.Boundary = boundary.Name()
		}
		if why, unread := who.Policies.Unread(); unread {
			out.Gaps = append(out.Gaps, gapOf("", why))
		}
	case unread:
		out.Gaps = append(out.Gaps, gapOf("", why))
	case !facts.Roles[out.Principal].IsAbsent():
		// The service role is what is not known.
	default:
		out.Gaps = append(out.Gaps, finding.Gap{Reason: fmt.Sprintf("there is no %s", out.Principal)})
	}
	if !known {
		out.Status = finding.ReportIncomplete
		for i := range facts.Functions {
			out.Functions = append(out.Functions, deployed(facts, &facts.Functions[i]))
		}
	}
	if working.Err() != nil {
		out.Status = finding.ReportIncomplete
		out.Gaps = append(out.Gaps, outOfTime())
	}
	out.Finish()
	out.Summary.APICalls = s.Calls() - callsBefore
	out.Summary.DurationMS = s.Now().Sub(started).Milliseconds()
	s.Log.InfoContext(ctx, "deployer.done", "status", out.Status, "refused", out.Summary.Refused, "undecided", out.Summary.Undecided,
		"apiCalls", out.Summary.APICalls, "durationMs", out.Summary.DurationMS)
	return out
}

// outOfTime says that not everything was looked at.
func outOfTime() finding.Gap {
	return finding.Gap{Reason: "the time for an answer was over before everything was read and decided: ask again, or about less"}
}

// ungathered is what belongs to the functions and could not be read.
func ungathered(facts *fact.Facts) []finding.Gap {
	var gaps []finding.Gap
	add := func(function string, why fact.Unread, unread bool) {
		if unread {
			gaps = append(gaps, gapOf(function, why))
		}
	}
	for i := range facts.Functions {
		f := &facts.Functions[i]
		if f.Role == "" {
			continue // it does not exist
		}
		aliases, _ := facts.Aliases[f.ARN].Value()
		for _, ref := range append([]fact.FunctionRef{f.Ref()}, aliases...) {
			why, unread := facts.Policies[ref].Unread()
			add(f.ARN, why, unread)
		}
		why, unread := facts.Aliases[f.ARN].Unread()
		add(f.ARN, why, unread)
		why, unread = facts.Destinations[f.ARN].Unread()
		add(f.ARN, why, unread)
	}
	return gaps
}

// toBeMade adds the functions that were named and are not there: they are to be made. Where the list of functions is not
// whole, or a pattern selects nothing, that is a gap.
func (s *Scanner) toBeMade(out *finding.Deployment, asked *config.Deployer, facts *fact.Facts) {
	if len(facts.Unread) > 0 {
		return
	}
	account := s.Collector.Account
	for _, pattern := range asked.Functions {
		if slices.ContainsFunc(facts.Functions, func(f fact.Function) bool { return config.Selects(pattern, f.Name, f.ARN) }) {
			continue
		}
		arn := pattern
		if !strings.HasPrefix(pattern, "arn:") {
			arn = fact.ARN{Partition: account.Partition, Service: "lambda", Region: account.Region, Account: account.ID, Resource: "function:" + pattern}.String()
		}
		ref, err := fact.ParseFunctionARN(arn)
		of, _ := fact.ParseARN(arn)
		if config.IsPattern(pattern) || err != nil || of.Account != account.ID || of.Region != account.Region {
			out.Gaps = append(out.Gaps, finding.Gap{Reason: fmt.Sprintf("no function of %s in %s is named %q", account.ID, account.Region, pattern)})
			continue
		}
		facts.Functions = append(facts.Functions, fact.Function{ARN: ref.ARN, Name: ref.Name()})
		out.Notes = append(out.Notes, fmt.Sprintf("There is no function %s: it is looked at as one that is to be made, of which neither role nor configuration is known.", ref.Name()))
	}
	slices.SortFunc(facts.Functions, func(a, b fact.Function) int { return strings.Compare(a.ARN, b.ARN) })
}

func deployed(facts *fact.Facts, f *fact.Function) finding.DeployedFunction {
	return finding.DeployedFunction{Function: f.ARN, Exists: f.Role != "", Role: f.Role, Stack: facts.Stacks[f.ARN]}
}

// deploy decides what the principal needs, and makes the fix.
func (s *Scanner) deploy(ctx context.Context, out *finding.Deployment, facts *fact.Facts, code string) {
	object := codeARN(facts.Account, code)
	steps := need.Deployment(facts, out.Principal, object, out.ServiceRole)
	needs := needsIn(steps)
	var decisions []decide.Decision
	s.phase(ctx, "decide", func(ctx context.Context) {
		s.Collector.Targets(ctx, facts, need.Targets(needs))
		for _, behind := range need.Behind(facts, needs) {
			steps = append(steps, need.Step{Need: behind, Operations: []need.Operation{need.Create, need.Update}})
		}
		needs = needsIn(steps)
		decisions = s.decideNow(ctx, facts, needs)
		telemetry.Annotate(ctx, "needs", len(needs))
	})
	var lacking []*decide.Decision
	var elsewhere [][]*decide.Decision
	for i := range facts.Functions {
		out.Functions = append(out.Functions, deployed(facts, &facts.Functions[i]))
	}
	for i := range decisions {
		d := &decisions[i]
		otherOwner(facts.Account, d)
		out.Needs = append(out.Needs, deploymentNeed(&steps[i], d))
		if d.Need.Role != out.Principal {
			out.Needs[len(out.Needs)-1].Principal = d.Need.Role
		}
		switch {
		case steps[i].When != "" || d.Verdict != decide.Denied:
		case d.ByTarget || d.Explicit || d.Guardrail != "":
			elsewhere = besides(elsewhere, d)
		default:
			lacking = append(lacking, d)
			if d.Refusal != nil {
				elsewhere = besides(elsewhere, d)
			}
		}
	}
	s.phase(ctx, "remedy", func(ctx context.Context) { s.letDeploy(ctx, out, facts, lacking, elsewhere) })
	s.deploymentNotes(out, facts, code)
}

// otherOwner leaves undecided what the principal's own policies allow on another account's resource whose policy nobody here
// reads. Those of layers let in accounts and not principals, and the function has the layer already.
//
// https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html
func otherOwner(account fact.Account, d *decide.Decision) {
	_, has := d.Need.Target()
	owner := need.OwnerOf(d.Need.Resource)
	if d.Verdict != decide.Allowed || has || owner == "" || owner == account.ID || strings.HasPrefix(d.Need.Action, "lambda:") {
		return
	}
	d.Verdict, d.Unread = decide.Unknown, fact.Unread{Reason: fmt.Sprintf("%s may %s on %s by its own policies, and whether account %s lets it is not read",
		fact.RoleName(d.Need.Role), d.Need.Action, d.Need.Granted(), owner)}
}

func needsIn(steps []need.Step) []need.Need {
	needs := make([]need.Need, len(steps))
	for i := range steps {
		needs[i] = steps[i].Need
	}
	return needs
}

// codeARN is the ARN of the object or of the repository that holds the code; empty where that is not said.
func codeARN(account fact.Account, code string) string {
	if object, found := strings.CutPrefix(code, "s3://"); found {
		return "arn:" + account.Partition + ":s3:::" + object
	}
	return fact.RepositoryOf(account.Partition, code)
}

func deploymentNeed(step *need.Step, d *decide.Decision) finding.DeploymentNeed {
	n := finding.DeploymentNeed{
		Function: d.Need.Function.ARN, Action: d.Need.Action, Resource: d.Need.Granted(), Why: d.Need.Why, Page: d.Need.Page, When: step.When,
		Decision: d.Word(), Reason: d.Unread.String(),
	}
	for _, operation := range step.Operations {
		n.Operations = append(n.Operations, string(operation))
	}
	if d.Verdict != decide.Denied {
		return n
	}
	n.Place, n.Guardrail = finding.PlaceExecutionRole, string(d.Guardrail)
	switch {
	case d.ByTarget && d.Refusal != nil && d.Refusal.State != "":
		n.Place = finding.PlaceConfiguration
	case d.ByTarget:
		n.Place = finding.PlaceTarget
	case d.Guardrail != "":
		n.Place = finding.PlaceGuardrail
	}
	n.Policy, n.StatementID, n.Statement, n.Detail = d.Policy, d.StatementID, d.Statement, d.Detail
	return n
}

// besides puts refusals that no statement in the principal's policies mends with those of the same refuser.
func besides(groups [][]*decide.Decision, d *decide.Decision) [][]*decide.Decision {
	refuser := func(d *decide.Decision) string {
		if d.Refusal != nil {
			return d.Refusal.Of()
		}
		return strings.Join([]string{d.Need.Role, string(d.Guardrail), d.Policy, d.StatementID}, "\x1f")
	}
	at := slices.IndexFunc(groups, func(have []*decide.Decision) bool { return refuser(have[0]) == refuser(d) })
	if at < 0 {
		return append(groups, []*decide.Decision{d})
	}
	groups[at] = append(groups[at], d)
	return groups
}

// letDeploy makes the fixes: one policy for all that the principal lacks itself, and one for each of the others that refuse.
func (s *Scanner) letDeploy(ctx context.Context, out *finding.Deployment, facts *fact.Facts, lacking []*decide.Decision, elsewhere [][]*decide.Decision) {
	idOf := func(who string) string {
		sum := sha256.Sum256([]byte(who))
		return "deploy-" + hex.EncodeToString(sum[:4])
	}
	var plans []remedy.Plan
	for _, who := range []string{out.Principal, out.ServiceRole} {
		var own []*decide.Decision
		for _, d := range lacking {
			if d.Need.Role == who {
				own = append(own, d)
			}
		}
		if len(own) > 0 {
			plans = append(plans, remedy.Deployer(who, idOf(who), own))
		}
		if who == out.ServiceRole {
			break // the principal is the service role itself
		}
	}
	for _, group := range elsewhere {
		first := group[0]
		f := finding.Finding{
			ID: idOf(first.Need.Role), Function: first.Need.Function.ARN, Role: first.Need.Role, Principal: first.Need.Role, Resource: first.Need.Granted(),
			Evidence: finding.Evidence{Policy: first.Policy, Statement: first.Statement, Decision: first.Word()},
		}
		var actions []string
		for _, d := range group {
			if !slices.Contains(actions, d.Need.Action) {
				actions = append(actions, d.Need.Action)
			}
		}
		f.Action = strings.Join(actions, ",")
		plans = append(plans, remedy.ForDeployer(facts, &f, group))
	}
	var questions []decide.Question
	for i := range plans {
		questions = append(questions, plans[i].Recheck...)
	}
	answers := s.Simulator.Ask(ctx, questions)
	for i := range plans {
		plans[i].Prove(answers)
		out.Fixes = append(out.Fixes, plans[i].Fix)
	}
}

// deploymentNotes say what the answer rests on.
func (s *Scanner) deploymentNotes(out *finding.Deployment, facts *fact.Facts, code string) {
	note := func(format string, args ...any) { out.Notes = append(out.Notes, fmt.Sprintf(format, args...)) }
	zip := slices.ContainsFunc(facts.Functions, func(f fact.Function) bool { return f.Role != "" && !f.Image })
	if code == "" && zip {
		note("Where the code is uploaded from a bucket, s3:GetObject on it is needed too: name it as deployer.code (s3://bucket/key) to have it decided.")
	}
	if out.ServiceRole != "" {
		note("CloudFormation deploys as %s, whose permissions are those of the functions; of %s the calls of CloudFormation count, and handing the role over once.", fact.RoleName(out.ServiceRole), fact.RoleName(out.Principal))
	} else if len(facts.Stacks) > 0 && slices.ContainsFunc(facts.Functions, func(f fact.Function) bool { return facts.Stacks[f.ARN] != "" }) {
		note("A stack that was given a service role deploys with that role: name it as deployer.serviceRole, and of %s only the calls of CloudFormation count. What a deployment uploads goes to a bucket of its own, which is not known here.", fact.RoleName(out.Principal))
	}
	if !s.Collector.On.On(permission.FunctionUrls) && slices.ContainsFunc(facts.Functions, func(f fact.Function) bool { return f.Role != "" }) {
		note("Whether the functions have URLs is not read, so the permissions for those are left out: %s.", permission.FunctionUrls.Hint())
	}
	if facts.Stacks == nil {
		note("Which stacks own the functions could not be read, so the permissions for those are left out.")
	}
	if slices.ContainsFunc(facts.Functions, func(f fact.Function) bool { return f.Role != "" }) {
		note("Not known from the functions: a key that encrypts the package itself (Code.SourceKMSKeyArn takes kms:GenerateDataKey and kms:Decrypt on it), a code signing configuration that functions must have, and AWS::Lambda::ResourcePolicy, which takes lambda:PutResourcePolicy besides lambda:AddPermission and lambda:RemovePermission.")
	}
	if out.Asked != "" {
		note("A session may be narrowed by a session policy, which nobody else sees: the answer is that of its role.")
	}
}
