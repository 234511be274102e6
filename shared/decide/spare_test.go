package decide

import (
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

const (
	orders  = "arn:aws:sqs:us-east-1:123456789012:orders"
	oldRole = "arn:aws:iam::123456789012:role/old"
	newRole = "arn:aws:iam::123456789012:role/new"
)

func sends(t *testing.T, arn, resource string) fact.Role {
	t.Helper()
	policy, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"`+resource+`"}]}`), iampolicy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := iampolicy.Parse([]byte(`{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`), iampolicy.Trust)
	if err != nil {
		t.Fatal(err)
	}
	return fact.Role{ARN: arn, Trust: fact.Known(trust), Policies: fact.Known([]*iampolicy.Policy{policy})}
}

// refusedSend is the refused need of a qualifier to send to the queue as the old role.
func refusedSend(qualifier string) []*Decision {
	function := fact.FunctionRef{ARN: "arn:aws:lambda:us-east-1:123456789012:function:worker", Qualifier: qualifier}
	return []*Decision{{
		Need:     &need.Need{Kind: need.Identity, Function: function, Role: oldRole, Action: "sqs:SendMessage", Resource: orders},
		Verdict:  Denied,
		Question: Question{Role: oldRole, Action: "sqs:SendMessage", Resource: orders},
	}}
}

func TestAVersionsOlderRoleIsToldFromTheFunctionsRoleThatIsAllowed(t *testing.T) {
	facts := &fact.Facts{
		Account:   fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"},
		Functions: []fact.Function{{ARN: "arn:aws:lambda:us-east-1:123456789012:function:worker", Name: "worker", Role: newRole}},
		Roles:     map[string]fact.Read[fact.Role]{newRole: fact.Known(sends(t, newRole, orders))},
	}
	if got := GrantedNow(facts, refusedSend("live")); got != newRole {
		t.Errorf("the function's role is allowed it by now: %q", got)
	}
	if got := GrantedNow(facts, refusedSend("")); got != "" {
		t.Errorf("the function itself has no older role: %q", got)
	}
	facts.Roles[newRole] = fact.Known(sends(t, newRole, orders+"-archive"))
	if got := GrantedNow(facts, refusedSend("live")); got != "" {
		t.Errorf("the function's role is refused it too: %q", got)
	}
	facts.Roles[newRole] = fact.NotRead[fact.Role](fact.Unread{Reason: "denied"})
	if got := GrantedNow(facts, refusedSend("live")); got != "" {
		t.Errorf("what the function's role may is not known: %q", got)
	}
}

func TestOneSpareRoleIsNamedAndSeveralAreNot(t *testing.T) {
	spare := sends(t, "arn:aws:iam::123456789012:role/worker-role", orders)
	facts := &fact.Facts{Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}, Spare: []fact.Role{spare}}
	if got, ok := GrantedTo(facts, refusedSend("")); !ok || got.ARN != spare.ARN {
		t.Errorf("the spare role is not found: %v %v", got.ARN, ok)
	}
	facts.Spare = append(facts.Spare, sends(t, "arn:aws:iam::123456789012:role/worker-role-2", orders))
	if got, ok := GrantedTo(facts, refusedSend("")); ok {
		t.Errorf("which of two was meant is not known: %v", got.ARN)
	}
	facts.Spare = []fact.Role{sends(t, "arn:aws:iam::123456789012:role/billing", orders)}
	if got, ok := GrantedTo(facts, refusedSend("")); ok {
		t.Errorf("a role of another name: %v", got.ARN)
	}
}

func TestTheSpareRoleThatHasMostToDoWithTheFunctionIsNamed(t *testing.T) {
	role := func(name string) fact.Role { return sends(t, "arn:aws:iam::123456789012:role/"+name, orders) }
	refused := refusedSend("")
	for _, d := range refused {
		d.Need.Role = "arn:aws:iam::123456789012:role/shop-Send-1A2B3C4D5E6F"
	}
	for _, c := range []struct {
		name  string
		spare []string
		want  string
	}{
		{"of the stack alone", []string{"shop-Tables-2B3C4D5E6F7A"}, "shop-Tables-2B3C4D5E6F7A"},
		{"of the stack and of another one", []string{"shop-Tables-2B3C4D5E6F7A", "till-Tables-3C4D5E6F7A8B"}, "shop-Tables-2B3C4D5E6F7A"},
		{"two of the stack", []string{"shop-Tables-2B3C4D5E6F7A", "shop-Mail-3C4D5E6F7A8B"}, ""},
		{"of the stack, and one that speaks of the function", []string{"shop-Tables-2B3C4D5E6F7A", "worker-role"}, "worker-role"},
		{"almost the role's name", []string{"shop-Tables-2B3C4D5E6F7A", "shop-Sent-3C4D5E6F7A8B"}, "shop-Sent-3C4D5E6F7A8B"},
		{"of no stack", []string{"shop-tables"}, ""},
		{"a word that is as long as what CloudFormation makes up", []string{"shop-Tables-subscription"}, ""},
	} {
		facts := &fact.Facts{Account: fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"}}
		for _, name := range c.spare {
			facts.Spare = append(facts.Spare, role(name))
		}
		if got, _ := GrantedTo(facts, refused); fact.RoleName(got.ARN) != c.want {
			t.Errorf("%s: %q, want %q", c.name, got.ARN, c.want)
		}
	}
}

func TestAPolicyThatSpeaksOfTheFunctionIsFoundOnTheRoleOfAnotherOne(t *testing.T) {
	const mailRole = "arn:aws:iam::123456789012:role/mail-role"
	named := func(policy, resource string) fact.Role {
		role := sends(t, mailRole, resource)
		policies, _ := role.Policies.Value()
		role.Policies = fact.Known([]*iampolicy.Policy{policies[0].WithName(policy)})
		return role
	}
	for _, c := range []struct {
		name, runs, policy, resource string
		found                        bool
	}{
		{"its inline policy", "mailer", "inline policy worker-queue of mail-role", orders, true},
		{"its managed policy", "mailer", "arn:aws:iam::123456789012:policy/team/worker-queue", orders, true},
		{"of another name", "mailer", "inline policy queue of mail-role", orders, false},
		{"of another function of such a name", "worker-mail", "inline policy worker-mail-queue of mail-role", orders, false},
		{"that allows something else", "mailer", "inline policy worker-queue of mail-role", orders + "-archive", false},
		{"that is AWS's", "mailer", "arn:aws:iam::aws:policy/worker-queue", orders, false},
	} {
		facts := &fact.Facts{
			Account:   fact.Account{Partition: "aws", ID: "123456789012", Region: "us-east-1"},
			Functions: []fact.Function{{Name: "worker", Role: oldRole}, {Name: c.runs, Role: mailRole}},
			Roles:     map[string]fact.Read[fact.Role]{mailRole: fact.Known(named(c.policy, c.resource))},
		}
		policy, role := AttachedTo(facts, refusedSend(""))
		if (role == mailRole) != c.found || (policy == c.policy) != c.found {
			t.Errorf("%s: %q on %q", c.name, policy, role)
		}
	}
}
