package localaws

import (
	"fmt"
	"maps"
	"regexp"
	"sort"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/iampolicy"
	"permprobe/shared/stack"
)

// The simulator's answer in the shape it has since July 2026: one result an action, the decisions on each resource beneath it.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html.
type (
	xmlEvaluation struct {
		EvalActionName                    string
		EvalResourceName                  string
		EvalDecision                      string
		MatchedStatements                 members[xmlMatched]
		MissingContextValues              members[string]
		OrganizationsDecisionDetail       *xmlOrganizations `xml:",omitempty"`
		PermissionsBoundaryDecisionDetail *xmlBoundaryDecision
		EvalDecisionDetails               *xmlDetails
		ResourceSpecificResults           *members[xmlCell]
	}
	xmlCell struct {
		EvalResourceName                  string
		EvalResourceDecision              string
		MatchedStatements                 members[xmlMatched]
		MissingContextValues              members[string]
		PermissionsBoundaryDecisionDetail *xmlBoundaryDecision
		EvalDecisionDetails               *xmlDetails
	}
	xmlMatched struct {
		SourcePolicyID   string `xml:"SourcePolicyId"`
		SourcePolicyType string
		StartPosition    xmlPosition
		EndPosition      xmlPosition
	}
	xmlPosition         struct{ Line, Column int }
	xmlOrganizations    struct{ AllowedByOrganizations bool }
	xmlBoundaryDecision struct{ AllowedByPermissionsBoundary bool }
	xmlDetails          struct {
		Entry []xmlDetail `xml:"entry"`
	}
	xmlDetail struct {
		Key   string `xml:"key"`
		Value string `xml:"value"`
	}
)

// A simulation is one question to the simulator.
type simulation struct {
	srv       *Server
	account   string
	actions   []string
	resources []string
	star      bool // no resource was named, or only *
	owner     string
	set       policySet
	scps      [][]*iampolicy.Policy
	org       bool // the account is in an organization
	principal iampolicy.Principal
	context   iampolicy.Context
	missing   []string
	delegate  *iampolicy.Policy
}

var iamSimulatePrincipalPolicy = operation{
	service: "iam", name: "SimulatePrincipalPolicy", shows: []string{"PolicySourceArn", "ActionNames", "ResourceArns", "MaxItems"},
	needs: func(c *call) []need {
		arn := c.form.Get("PolicySourceArn")
		if r := c.simulated(); r != nil {
			arn = r.arn
		}
		return []need{{action: "iam:SimulatePrincipalPolicy", resource: arn}}
	},
	serve: func(c *call) (any, error) {
		sim, err := c.simulation()
		if err != nil {
			return nil, err
		}
		var all []xmlEvaluation
		n := 0
		for _, action := range sim.actions {
			e, ok := sim.evaluate(action, func() bool {
				n++
				return c.fault != nil && containsInt(c.fault.Entries, n-1)
			})
			if ok {
				all = append(all, e)
			}
		}
		cut, marker, perr := iamPage(c, all)
		if perr != nil {
			return nil, perr
		}
		return struct {
			EvaluationResults members[xmlEvaluation]
			IsTruncated       bool
			Marker            string `xml:",omitempty"`
		}{list(cut), marker != "", marker}, nil
	},
}

func containsInt(list []int, n int) bool {
	for _, e := range list {
		if e == n {
			return true
		}
	}
	return false
}

// simulated is the role, user or group of PolicySourceArn, or nil.
func (c *call) simulated() *role { return c.acct.identity(c.form.Get("PolicySourceArn")) }

func invalidInput(format string, args ...any) *apiError {
	return &apiError{Status: 400, Code: "InvalidInput", Message: fmt.Sprintf(format, args...)}
}

func constraint(member, value, must string) *apiError {
	return &apiError{Status: 400, Code: "ValidationError", Message: fmt.Sprintf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, member, must)}
}

// contextTypes are the types that a context entry may have.
var contextTypes = []string{"string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip", "ipList", "binary", "binaryList", "date", "dateList"}

// simulation reads and checks the question.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html.
func (c *call) simulation() (*simulation, *apiError) {
	sim := &simulation{srv: c.srv, account: c.acct.id, actions: c.list("ActionNames"), resources: c.list("ResourceArns"), scps: c.srv.scps.policies, org: c.srv.opts.SCPs != nil}
	if len(sim.actions) == 0 {
		return nil, &apiError{Status: 400, Code: "ValidationError", Message: "1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: Member must not be null"}
	}
	for i, a := range sim.actions {
		name := fmt.Sprintf("actionNames.%d.member", i+1)
		if len(a) < 3 {
			return nil, constraint(name, a, "Member must have length greater than or equal to 3")
		}
		if len(a) > 128 {
			return nil, constraint(name, a, "Member must have length less than or equal to 128")
		}
		if service, rest, ok := strings.Cut(a, ":"); !ok || service == "" || rest == "" || strings.ContainsAny(a, "*? ") {
			return nil, invalidInput("Invalid action: %s", a)
		}
	}
	for i, r := range sim.resources {
		if len(r) < 1 || len(r) > 2048 {
			return nil, constraint(fmt.Sprintf("resourceArns.%d.member", i+1), r, "Member must have length between 1 and 2048")
		}
		if r != "*" && splitARN(r) == nil {
			return nil, invalidInput("Invalid ARN: %s", r)
		}
	}
	if len(sim.resources) == 0 || len(sim.resources) == 1 && sim.resources[0] == "*" {
		sim.resources, sim.star = []string{"*"}, true
	}
	if err := sim.separate(); err != nil {
		return nil, err
	}

	source := c.form.Get("PolicySourceArn")
	p := splitARN(source)
	if p == nil || p[2] != "iam" {
		return nil, invalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", source)
	}
	r := c.simulated()
	if r == nil {
		name := p[5][strings.LastIndex(p[5], "/")+1:]
		if strings.HasPrefix(p[5], "role/") && (c.srv.goneRole(p[4], name) || c.acct.roles[name] != nil) {
			// A role of the name under another path is another role.
			return nil, noSuch("The entity with ARN %s cannot be found.", source)
		}
		return nil, unknown(c.svc, "principal "+source)
	}
	if c.form.Get("ResourcePolicy") != "" {
		return nil, invalidInput("Simulation of resource-based policies isn't supported for IAM roles.")
	}
	calling := first(c.form.Get("CallerArn"), r.arn)
	if q := splitARN(calling); q == nil || q[2] != "iam" || !(strings.HasPrefix(q[5], "user/") || strings.HasPrefix(q[5], "role/") || strings.HasPrefix(q[5], "group/")) {
		return nil, invalidInput("Invalid CallerArn: %s is not the ARN of a user, group or role.", calling)
	}
	var err error
	if sim.principal, err = iampolicy.ParsePrincipal(calling); err != nil {
		return nil, invalidInput("Invalid CallerArn: %s", calling)
	}
	sim.owner = sim.account
	if o := c.form.Get("ResourceOwner"); o != "" {
		if q := splitARN(o); q != nil {
			o = q[4]
		}
		sim.owner = o
	}
	if e := sim.policies(c, r); e != nil {
		return nil, e
	}
	if e := sim.entries(c, r); e != nil {
		return nil, e
	}
	// Neither the policies of the resources nor trust policies are simulated: each resource is as if its own policy left the
	// decision to the account of the role.
	doc := mustJSON(document{Version: "2012-10-17", Statement: []any{statement{
		Effect: "Allow", Principal: map[string]string{"AWS": "arn:" + p[1] + ":iam::" + sim.account + ":root"}, Action: "*", Resource: "*",
	}}})
	if sim.delegate, err = iampolicy.Parse([]byte(doc), iampolicy.Resource); err != nil {
		return nil, invalidInput("%v", err)
	}
	return sim, nil
}

// separate refuses actions that the simulator will not answer together. What AWS tells apart is not documented; actions that
// it does not know stand apart from those it knows.
func (sim *simulation) separate() *apiError {
	var known, other []string
	for _, a := range sim.actions {
		apart := false
		if _, ok := authref.Lookup(a); !ok {
			apart = true
		}
		if apart {
			other = append(other, a)
		} else {
			known = append(known, a)
		}
	}
	groups := [][]string{known, other}
	for _, set := range sim.srv.opts.Separate {
		var in, out []string
		for _, a := range sim.actions {
			if contains(set, a) {
				in = append(in, a)
			} else {
				out = append(out, a)
			}
		}
		if len(in) > 0 && len(out) > 0 {
			groups = [][]string{out, in}
			break
		}
	}
	if len(groups[0]) == 0 || len(groups[1]) == 0 {
		return nil
	}
	return invalidInput("Invalid Input Actions: %s and %s require different authorization information. Please refer to the documentation for more details: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html", quoteList(groups[0]), quoteList(groups[1]))
}

// policies gathers what is simulated: the role's own policies without those excluded, and those of the question.
func (sim *simulation) policies(c *call, r *role) *apiError {
	sim.set = c.srv.policiesOf(c.acct, r)
	sim.set.from = maps.Clone(sim.set.from)
	excluded, err := c.exclusions(r)
	if err != nil {
		return err
	}
	var kept []*iampolicy.Policy
	for _, p := range sim.set.identity {
		if !excluded(sim.set.from[p]) {
			kept = append(kept, p)
		}
	}
	sim.set.identity = kept
	if sim.set.boundary != nil && excluded(sim.set.from[sim.set.boundary]) {
		sim.set.boundary = nil
	}
	if excluded(origin{kind: "scp"}) {
		sim.scps = nil
	}
	for i, doc := range c.list("PolicyInputList") {
		id := fmt.Sprintf("PolicyInputList.%d", i+1)
		p, perr := iampolicy.Parse([]byte(doc), iampolicy.Identity)
		if perr != nil {
			return invalidInput("The policy document %s is malformed: %v", id, perr)
		}
		p = p.WithName(id)
		sim.set.from[p] = origin{id: id, text: doc}
		sim.set.identity = append(sim.set.identity, p)
	}
	boundaries := c.list("PermissionsBoundaryPolicyInputList")
	if len(boundaries) > 1 {
		return invalidInput("Only one permissions boundary policy can be passed.")
	}
	for _, doc := range boundaries {
		p, perr := iampolicy.Parse([]byte(doc), iampolicy.Boundary)
		if perr != nil {
			return invalidInput("The policy document PermissionsBoundaryPolicyInputList.1 is malformed: %v", perr)
		}
		sim.set.boundary = p.WithName("PermissionsBoundaryPolicyInputList.1")
		sim.set.from[sim.set.boundary] = origin{id: "PermissionsBoundaryPolicyInputList.1", text: doc}
	}
	return nil
}

// exclusions reads PolicyExclusionList.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyIdentifier.html.
func (c *call) exclusions(r *role) (func(origin) bool, *apiError) {
	var rules []func(origin) bool
	for i := 1; ; i++ {
		at := fmt.Sprintf("PolicyExclusionList.member.%d.", i)
		kind, arn := c.form.Get(at+"PolicyType"), c.form.Get(at+"PolicyArn")
		inline := c.form.Get(at + "InlinePolicyIdentifier.PolicyName")
		switch {
		case kind != "":
			if !contains([]string{"inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp"}, kind) {
				return nil, invalidInput("Invalid policy type: %s", kind)
			}
			rules = append(rules, func(o origin) bool { return o.kind == kind })
		case arn != "":
			p := splitARN(arn)
			if p == nil || strings.Count(arn, "*") > 1 || strings.ContainsAny(strings.Join(p[:5], ""), "*?") {
				return nil, invalidInput("Invalid policy ARN: %s", arn)
			}
			rules = append(rules, func(o origin) bool { return o.arn != "" && o.kind != "permission-boundary" && glob(arn, o.arn) })
		case inline != "":
			entity, of := c.form.Get(at+"InlinePolicyIdentifier.AttachmentName"), c.form.Get(at+"InlinePolicyIdentifier.AttachmentType")
			if entity == "" || of == "" || strings.Count(entity, "*") > 1 {
				return nil, invalidInput("Invalid inline policy identifier: %s", inline)
			}
			rules = append(rules, func(o origin) bool {
				return o.kind == "inline" && o.name == inline && strings.EqualFold(of, "role") && glob(entity, r.name)
			})
		default:
			return func(o origin) bool {
				for _, rule := range rules {
					if rule(o) {
						return true
					}
				}
				return false
			}, nil
		}
	}
}

// glob matches * and ? over the whole text.
func glob(pattern, s string) bool {
	if pattern == "" {
		return s == ""
	}
	switch pattern[0] {
	case '*':
		for i := 0; i <= len(s); i++ {
			if glob(pattern[1:], s[i:]) {
				return true
			}
		}
		return false
	case '?':
		return s != "" && glob(pattern[1:], s[1:])
	}
	return s != "" && s[0] == pattern[0] && glob(pattern[1:], s[1:])
}

// entries reads the context and adds what the simulator knows by itself.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html.
func (sim *simulation) entries(c *call, r *role) *apiError {
	m := map[string][]string{
		"aws:PrincipalAccount": {sim.account}, "aws:PrincipalType": {"AssumedRole"}, "aws:userid": {r.id + ":simulation"},
	}
	if r.kind != "" {
		m["aws:PrincipalType"], m["aws:userid"] = []string{"User"}, []string{r.id}
	}
	if r.kind == "user" {
		m["aws:username"] = []string{r.name}
	}
	if sim.org {
		m["aws:PrincipalOrgID"] = []string{"o-localaws00"}
	}
	given := map[string]bool{
		"aws:principalaccount": true, "aws:principalid": true, "aws:principaltype": true, "aws:type": true, "aws:userid": true, "aws:username": true,
		"aws:principalorgid": true, "aws:principalorgmasteraccountid": true, "aws:principalorgpaths": true,
	}
	for i := 1; ; i++ {
		at := fmt.Sprintf("ContextEntries.member.%d", i)
		name := c.form.Get(at + ".ContextKeyName")
		kind := c.form.Get(at + ".ContextKeyType")
		values := c.list(at + ".ContextKeyValues")
		if name == "" && kind == "" && values == nil {
			break
		}
		if len(name) < 5 || len(name) > 256 || !strings.Contains(name, ":") {
			return invalidInput("Invalid context key name: %s", name)
		}
		if !contains(contextTypes, kind) {
			return constraint(fmt.Sprintf("contextEntries.%d.member.contextKeyType", i), kind, "Member must satisfy enum value set: "+quoteList(contextTypes))
		}
		if len(values) > 1 && !strings.HasSuffix(kind, "List") {
			return invalidInput("Context key %s of type %s cannot have several values", name, kind)
		}
		m[name] = values
		given[strings.ToLower(name)] = true
	}
	sim.context = iampolicy.NewContext(m)
	keys := map[string]bool{}
	for p, o := range sim.set.from {
		if !inUse(sim.set, p) {
			continue
		}
		for _, k := range conditionKeys(p, o.text) {
			if !given[strings.ToLower(k)] {
				keys[k] = true
			}
		}
	}
	sim.missing = sortedKeys(keys)
	return nil
}

func inUse(set policySet, p *iampolicy.Policy) bool {
	if p == set.boundary {
		return true
	}
	for _, q := range set.identity {
		if p == q {
			return true
		}
	}
	return false
}

var variable = regexp.MustCompile(`\$\{([A-Za-z0-9-]+:[^},]+)`)

// conditionKeys are the keys that a policy asks for, in conditions and policy variables.
func conditionKeys(p *iampolicy.Policy, text string) []string {
	var out []string
	for _, s := range p.Statements() {
		for _, cond := range s.Conditions() {
			if !stack.HasUnknown(cond.Key) {
				out = append(out, cond.Key)
			}
		}
	}
	if p.Version() == "2012-10-17" {
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			out = append(out, strings.TrimSpace(m[1]))
		}
	}
	sort.Strings(out)
	return out
}

// decide is the decision on one cell with the given limits.
func (sim *simulation) decide(action, resource string, identity []*iampolicy.Policy, boundary *iampolicy.Policy, scps [][]*iampolicy.Policy) iampolicy.Result {
	c := iampolicy.Case{
		Principal: sim.principal, Action: action, Resource: resource, ResourceAccount: sim.account, Context: sim.context,
		Identity: identity, Boundary: boundary, SCPs: scps, ResourcePolicy: sim.delegate,
	}
	return c.Decide()
}

// evaluate answers for one action. lost says of each cell in turn whether it is to be left out; a cell that cannot be decided
// is left out too, and ok is false if none is left.
func (sim *simulation) evaluate(action string, lost func() bool) (e xmlEvaluation, ok bool) {
	e = xmlEvaluation{EvalActionName: action, EvalResourceName: "*"}
	if a, known := authref.Lookup(action); known && len(a.Resources) > 0 {
		e.EvalResourceName = a.Resources[0].Type.Pattern
		for _, t := range a.TypesOf(sim.resources[0]) {
			if sim.resources[0] != "*" {
				e.EvalResourceName = t.Pattern
				break
			}
		}
	}
	var cells []xmlCell
	worst := iampolicy.Allowed
	everywhere, bounded := true, true
	seen := map[xmlMatched]bool{}
	for _, r := range sim.resources {
		skip := lost()
		res := sim.decide(action, r, sim.set.identity, sim.set.boundary, sim.scps)
		if skip || res.Decision == iampolicy.Undetermined {
			continue
		}
		ok = true
		cell := xmlCell{EvalResourceName: r, EvalResourceDecision: res.Decision.String(), MissingContextValues: list(sim.missing)}
		if !sim.star {
			cell.EvalDecisionDetails = &xmlDetails{}
		}
		for _, ref := range res.Matched {
			o, mine := sim.set.from[ref.Policy]
			if !mine || ref.Policy.Kind() != iampolicy.Identity || res.By == iampolicy.SCP {
				continue
			}
			if (ref.Statement.Effect() == iampolicy.Deny) != (res.Decision == iampolicy.ExplicitDeny) || res.Decision == iampolicy.ImplicitDeny {
				continue
			}
			s := ref.Statement
			m := xmlMatched{SourcePolicyID: o.id, SourcePolicyType: "IAM Policy", StartPosition: xmlPosition{s.Line(), s.Column()}, EndPosition: xmlPosition{s.EndLine(), s.EndColumn()}}
			cell.MatchedStatements.Member = append(cell.MatchedStatements.Member, m)
			if !seen[m] {
				seen[m] = true
				e.MatchedStatements.Member = append(e.MatchedStatements.Member, m)
			}
		}
		if sim.set.boundary != nil {
			// The boundary alone, as if it were what grants.
			alone := sim.decide(action, r, everything(), sim.set.boundary, nil).Decision == iampolicy.Allowed
			cell.PermissionsBoundaryDecisionDetail = &xmlBoundaryDecision{alone}
			bounded = bounded && alone
		}
		if len(sim.scps) > 0 {
			everywhere = everywhere && sim.decide(action, r, everything(), nil, sim.scps).Decision == iampolicy.Allowed
		}
		worst = stricter(worst, res.Decision)
		cells = append(cells, cell)
	}
	e.EvalDecision = worst.String()
	if worst != iampolicy.Allowed {
		// Only what contributed to the reported decision is told.
		e.MatchedStatements.Member = nil
		for _, cell := range cells {
			if cell.EvalResourceDecision == e.EvalDecision {
				e.MatchedStatements.Member = union(e.MatchedStatements.Member, cell.MatchedStatements.Member)
			}
		}
	}
	e.MissingContextValues = list(sim.missing)
	if sim.org {
		e.OrganizationsDecisionDetail = &xmlOrganizations{everywhere}
	}
	if sim.set.boundary != nil {
		e.PermissionsBoundaryDecisionDetail = &xmlBoundaryDecision{bounded}
	}
	if !sim.star {
		if everywhere {
			e.EvalDecisionDetails = &xmlDetails{}
		}
		l := list(cells)
		e.ResourceSpecificResults = &l
	}
	return e, ok
}

func union(a, b []xmlMatched) []xmlMatched {
	for _, m := range b {
		dup := false
		for _, x := range a {
			dup = dup || x == m
		}
		if !dup {
			a = append(a, m)
		}
	}
	return a
}

func stricter(a, b iampolicy.Decision) iampolicy.Decision {
	if a == iampolicy.ExplicitDeny || b == iampolicy.ExplicitDeny {
		return iampolicy.ExplicitDeny
	}
	if a == iampolicy.ImplicitDeny || b == iampolicy.ImplicitDeny {
		return iampolicy.ImplicitDeny
	}
	return iampolicy.Allowed
}

// everything is an identity policy that allows all, for asking what a limit alone says.
func everything() []*iampolicy.Policy {
	p, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`), iampolicy.Identity)
	if err != nil {
		return nil
	}
	return []*iampolicy.Policy{p}
}
