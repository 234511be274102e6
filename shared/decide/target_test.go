package decide

import (
	"strings"
	"testing"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

const queueARN = "arn:aws:sqs:us-east-1:123456789012:jobs"

// TestWhatACallCarriesIsHeldAgainstThePolicyOfWhatIsCalled has policies with conditions that are easy to get wrong: what a
// call of a function certainly carries or certainly does not decides, and what is not known leaves a gap.
func TestWhatACallCarriesIsHeldAgainstThePolicyOfWhatIsCalled(t *testing.T) {
	const (
		certain   = "refused"
		let       = "let in"
		undecided = "undecided"
	)
	deny := func(condition string) string {
		return `{"Sid":"Stop","Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":` + condition + `}`
	}
	for _, c := range []struct {
		name, statement string
		// outside is what becomes of a call of the code of a function without a VPC, inside of one with, and service of
		// a call that Lambda makes as the role; the same as outside where nothing is said.
		outside, inside, service string
	}{
		{name: "no Deny", statement: `{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"sqs:*","Resource":"*"}`, outside: let},
		{name: "without TLS", statement: deny(`{"Bool":{"aws:SecureTransport":"false"}}`), outside: let},
		{name: "with TLS", statement: deny(`{"Bool":{"aws:SecureTransport":"true"}}`), outside: certain},
		{name: "an old TLS", statement: deny(`{"NumericLessThan":{"s3:TlsVersion":"1.2"}}`), outside: undecided},
		{name: "not through an endpoint", statement: deny(`{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`), outside: certain, inside: undecided, service: undecided},
		{name: "not through an endpoint, where there is one", statement: deny(`{"StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}`), outside: certain, inside: undecided, service: undecided},
		{name: "through another endpoint", statement: deny(`{"StringEquals":{"aws:SourceVpce":"vpce-2"}}`), outside: let, inside: undecided, service: undecided},
		{name: "not from a VPC", statement: deny(`{"Null":{"aws:SourceVpc":"true"}}`), outside: certain, inside: undecided, service: undecided},
		{name: "from a VPC", statement: deny(`{"Null":{"aws:SourceVpc":"false"}}`), outside: let, inside: undecided, service: undecided},
		{name: "not from an address in a VPC", statement: deny(`{"NotIpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}`), outside: certain, inside: undecided, service: undecided},
		{name: "not from an address", statement: deny(`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`), outside: undecided},
		{name: "not from an address, of people alone", statement: deny(`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"},"Bool":{"aws:ViaAWSService":"true"}}`), outside: let},
		{name: "of no service's", statement: deny(`{"Bool":{"aws:ViaAWSService":"false"}}`), outside: certain},
		{name: "of a service's in its own name", statement: deny(`{"Bool":{"aws:PrincipalIsAWSService":"true"}}`), outside: let},
		{name: "of nobody's but a service's, of another organization", statement: deny(`{"BoolIfExists":{"aws:PrincipalIsAWSService":"false"},"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}`), outside: undecided},
		{name: "of another organization", statement: deny(`{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}`), outside: undecided},
		{name: "on what is in another organization", statement: deny(`{"StringNotEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}}`), outside: undecided},
		{name: "on what is in another account", statement: deny(`{"StringNotEquals":{"aws:ResourceAccount":"123456789012"}}`), outside: let},
		{name: "of another account", statement: deny(`{"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}}`), outside: let},
		{name: "of this account", statement: deny(`{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}`), outside: certain},
		{name: "in another Region", statement: deny(`{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}`), outside: let},
		{name: "of another role", statement: deny(`{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/notes-*"}}`), outside: let},
		{name: "of a role that carries no tag", statement: deny(`{"StringNotEquals":{"aws:PrincipalTag/team":"a"}}`), outside: undecided},
		{name: "without a second factor", statement: deny(`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`), outside: certain},
		{name: "with a second factor that is none", statement: deny(`{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`), outside: undecided},
		{name: "with a second factor", statement: deny(`{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`), outside: let},
		{name: "with an old second factor", statement: deny(`{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}`), outside: let},
		{name: "for no source", statement: deny(`{"ArnNotEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:news"}}`), outside: certain},
		{name: "for a source, where there is one", statement: deny(`{"ArnNotEqualsIfExists":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:news"},"Null":{"aws:SourceArn":"false"}}`), outside: let},
		{name: "of another function", statement: deny(`{"ArnNotEquals":{"lambda:SourceFunctionArn":"` + function + `"}}`), outside: let, service: undecided},
		{name: "of this function", statement: deny(`{"ArnEquals":{"lambda:SourceFunctionArn":"` + function + `"}}`), outside: certain, service: undecided},
		{name: "with any tag at all", statement: deny(`{"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}}`), outside: undecided},
	} {
		for _, caller := range []struct {
			kind    string
			want    string
			network fact.Network
			purpose need.Purpose
		}{
			{"outside", c.outside, fact.Network{}, need.Declared},
			{"inside", c.inside, fact.Network{Attached: true, Subnets: "subnet-1"}, need.Declared},
			{"service", c.service, fact.Network{}, need.Deliver},
		} {
			want := caller.want
			if want == "" {
				want = c.outside
			}
			t.Run(c.name+"/"+caller.kind, func(t *testing.T) {
				facts := factsWith(roleWith(fact.Absent[*iampolicy.Policy](), policy(t, iampolicy.Identity, `{"Effect":"Allow","Action":"sqs:*","Resource":"*"}`)))
				facts.Functions[0].Network = caller.network
				held := policy(t, iampolicy.Resource, c.statement)
				target := fact.Target{Kind: fact.TargetQueue, ARN: queueARN, Account: "123456789012", Policy: fact.Known(fact.ResourcePolicy{Policy: held})}
				facts.Targets = map[string]fact.Read[fact.Target]{queueARN: fact.Known(target)}
				n := need.Need{Kind: need.Identity, Purpose: caller.purpose, Level: need.Required, Function: fact.FunctionRef{ARN: function}, Role: roleARN,
					Action: "sqs:SendMessage", Resource: queueARN}
				if n.ByCode() {
					n.Context = map[string][]string{"lambda:SourceFunctionArn": {function}}
				}
				needs := []need.Need{n}
				d := All(facts, needs, map[Question]Answer{Questions(facts, needs)[0]: {Decision: iampolicy.Allowed}})[0]
				have := map[Verdict]string{Allowed: let, Denied: certain, Unknown: undecided}[d.Verdict]
				if have != want {
					t.Errorf("want %s, have %s: %s", want, have, d.Unread.Reason)
				}
				if have == certain && (d.Refusal == nil || d.StatementID != "Stop" || !d.ByTarget) {
					t.Errorf("refused without the statement that refuses: %+v", d.Refusal)
				}
				if have == undecided && !strings.Contains(d.Unread.Reason, "depends on what is not known") {
					t.Errorf("undecided because %s", d.Unread.Reason)
				}
			})
		}
	}
}
