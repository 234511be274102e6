package collect

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// AccountsAPI is how other accounts are entered.
type AccountsAPI interface {
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

var _ AccountsAPI = (*sts.Client)(nil)

// sessionName is what the trails of other accounts call the probe's sessions.
const sessionName = "permprobe"

// others are the readers of other accounts; each account is entered once.
type others struct {
	config aws.Config
	sts    AccountsAPI

	mu      sync.Mutex
	entered map[string]func(context.Context) (*Collector, fact.Unread)
}

// in is what reads an account: the Collector itself in its own, otherwise one with the credentials of the account's
// read role; the reason where there is none. It is asked for the sake of the call.
func (c *Collector) in(ctx context.Context, account string, get call) (*Collector, fact.Unread) {
	if account == "" || account == c.Account.ID {
		return c, fact.Unread{}
	}
	role := c.ReadRoles[account]
	if role == "" {
		return nil, fact.Unread{
			Operation: get.Operation, Permission: get.Permission, Resource: get.Resource,
			Reason: fmt.Sprintf("it belongs to account %s, where %s by a role that may %s would show it (readRoles in probe.yaml names such roles)",
				account, get.Operation, get.Permission),
		}
	}
	c.others.mu.Lock()
	enter := c.others.entered[account]
	if enter == nil {
		enter = c.entering(account, role)
		if c.others.entered == nil {
			c.others.entered = map[string]func(context.Context) (*Collector, fact.Unread){}
		}
		c.others.entered[account] = enter
	}
	c.others.mu.Unlock()
	return enter(ctx)
}

// entering assumes the role when it is first called, and says the same ever after.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func (c *Collector) entering(account, role string) func(context.Context) (*Collector, fact.Unread) {
	var once sync.Once
	var reader *Collector
	var why fact.Unread
	return func(ctx context.Context) (*Collector, fact.Unread) {
		once.Do(func() {
			provider := aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(c.others.sts, role, func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = sessionName
			}))
			if _, err := provider.Retrieve(ctx); err != nil {
				enter := call{Operation: "sts:AssumeRole", Permission: "sts:AssumeRole", Resource: role}
				why = enter.unread(err)
				// What another account holds is no matter of the templates that stand for this one.
				why.Elsewhere = false
				why.Reason = fmt.Sprintf("it belongs to account %s, and %s of its read role %s: the role's trust policy must let the probe's role assume it, "+
					"and the parameter ReadRoleArns of the stack must name it", account, why.Reason, role)
				return
			}
			config := c.others.config.Copy()
			config.Credentials = provider
			reader = New(config, fact.Account{Partition: c.Account.Partition, ID: account, Region: c.Account.Region})
		})
		return reader, why
	}
}

// asRole adds to the reason why a call in another account gave no answer as whom it was made.
func (c *Collector) asRole(account string, why fact.Unread) fact.Unread {
	if role := c.ReadRoles[account]; role != "" {
		why.Reason += fmt.Sprintf(" to %s in account %s", role, account)
		why.Elsewhere = false
	}
	return why
}

// readAccounts are the other accounts that can be read, sorted.
func (c *Collector) readAccounts() []string { return slices.Sorted(maps.Keys(c.ReadRoles)) }
