// Package finding is the contract of what permprobe says: findings, gaps and the report that holds
// them, with their JSON forms. It knows nothing of how a finding was made.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Severity says how much a fault hurts. The order of the constants is the order of the harm.
type Severity string

// The severities, worst first.
const (
	Critical      Severity = "critical"
	High          Severity = "high"
	Medium        Severity = "medium"
	Low           Severity = "low"
	Informational Severity = "informational"
)

// Severities lists every severity, worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Informational} }

// Rank is 0 for the worst severity and grows as the harm shrinks; an unknown severity ranks last.
func (s Severity) Rank() int {
	all := Severities()
	for i, one := range all {
		if one == s {
			return i
		}
	}
	return len(all)
}

// ParseSeverity reads a severity as users write it.
func ParseSeverity(text string) (Severity, error) {
	for _, s := range Severities() {
		if string(s) == strings.ToLower(strings.TrimSpace(text)) {
			return s, nil
		}
	}
	return "", fmt.Errorf("unknown severity %q: use critical, high, medium, low or informational", text)
}

// Place is which of the three places refuses a call, or what stands around them.
type Place string

// The places. A finding names exactly one.
const (
	PlaceExecutionRole Place = "execution-role"
	PlaceInvoke        Place = "invoke-permission"
	PlaceTarget        Place = "target-policy"
	PlaceGuardrail     Place = "guardrail"
	PlaceConfiguration Place = "configuration"
)

// Confidence tells what is certain from what was inferred from hints.
type Confidence string

// The confidences.
const (
	Certain  Confidence = "certain"
	Inferred Confidence = "inferred"
)

// Status says what is known of a finding against earlier runs.
type Status string

// The statuses of a finding.
const (
	StatusNew        Status = "new"
	StatusPersisting Status = "persisting"
	StatusResolved   Status = "resolved"
	// StatusReopened: it was resolved, or its function was gone, and it is there again.
	StatusReopened Status = "reopened"
	// StatusSuppressed: a mute of the configuration matches it.
	StatusSuppressed Status = "suppressed"
	// StatusUnverified: it was found earlier and could not be looked at now.
	StatusUnverified Status = "unverified"
	// StatusGone: its function was deleted, or is not selected any more.
	StatusGone Status = "gone"
)

// Finding is one permission that will be refused, where, why, and how to mend it.
type Finding struct {
	// ID is stable over runs and never depends on the wording of a message.
	ID string `json:"id"`
	// Check is the id of the check that found it, for example "I1".
	Check string `json:"check"`
	// Guide lists the rows of the field guide that describe this fault. Never null.
	Guide      []string   `json:"guide"`
	Severity   Severity   `json:"severity"`
	Confidence Confidence `json:"confidence"`
	Place      Place      `json:"place"`
	Status     Status     `json:"status"`
	// Function is the unqualified ARN of the function that is affected.
	Function string `json:"function"`
	// Qualifier is the version or alias that is called; empty for the unqualified function.
	Qualifier string `json:"qualifier"`
	// Role is the ARN of the role that lacks the permission; empty where no role is concerned.
	Role string `json:"role,omitempty"`
	// Principal is who makes the call: a role's ARN, a bare service principal or "*".
	Principal string `json:"principal,omitempty"`
	// Action is the IAM action that is refused; several are separated by commas.
	Action string `json:"action"`
	// Resource is the ARN that the action is refused on; several are separated by commas.
	Resource string `json:"resource,omitempty"`
	// SourceARN is the aws:SourceArn of a trigger's calls; empty where there is no trigger.
	SourceARN string `json:"sourceArn,omitempty"`
	// Title is one line that names what is broken.
	Title string `json:"title"`
	// Symptom is what a user of the function sees.
	Symptom string `json:"symptom"`
	// Cause is why AWS refuses, in one or two sentences.
	Cause    string   `json:"cause"`
	Evidence Evidence `json:"evidence"`
	Fix      Fix      `json:"fix"`
	// Owner is the value of the tag that says who owns the function, where the configuration names one; left out otherwise.
	Owner string `json:"owner,omitempty"`
	// Muted says which mute matches it; left out where none does.
	Muted *Muted `json:"muted,omitempty"`
	// FirstSeen and LastSeen are when a run found it first and last, Since is when its status became what it is: RFC 3339
	// times in UTC. Since is left out where no earlier run is remembered.
	FirstSeen string `json:"firstSeen"`
	LastSeen  string `json:"lastSeen"`
	Since     string `json:"since,omitempty"`
}

// Muted is why a finding is not told.
type Muted struct {
	// Reason is the user's own.
	Reason string `json:"reason"`
	// Where is the place of the mute: "probe.yaml:12".
	Where string `json:"where"`
	// Expires is the last day of the mute (2006-01-02); left out where it has none.
	Expires string `json:"expires,omitempty"`
}

// Evidence is what the decision rests on.
type Evidence struct {
	// Policy names the policy that decided, or that should have: its ARN, "inline NAME", "trust policy".
	Policy string `json:"policy,omitempty"`
	// Statement is the statement that refuses or almost grants, as JSON; empty where there is none.
	Statement string `json:"statement,omitempty"`
	// StatementID is that statement's Sid, or its place in the policy (#2) where it has none; empty where there
	// is no statement.
	StatementID string `json:"statementId,omitempty"`
	// Decision is the verdict: "implicitDeny", "explicitDeny", or "allowed" where that is the fault.
	Decision string `json:"decision"`
	// Detail says what in the statement does not fit; empty where there is no statement.
	Detail string `json:"detail,omitempty"`
}

// Proof says whether the fix was decided again.
type Proof string

// The proofs.
const (
	Proven   Proof = "proven"
	Refused  Proof = "refused"
	Unproven Proof = "unproven"
)

// Fix is the smallest change that makes the call work, in the forms that people paste.
type Fix struct {
	// Summary is one imperative sentence.
	Summary string `json:"summary"`
	// Policy is the policy document or statement of the fix as JSON; empty where none is needed.
	Policy string `json:"policy,omitempty"`
	// CLI is one AWS CLI command that can be pasted, or several joined by &&.
	CLI string `json:"cli,omitempty"`
	// SAM, CloudFormation and Terraform are the same change as template text; empty where there is none.
	SAM            string `json:"sam,omitempty"`
	CloudFormation string `json:"cloudformation,omitempty"`
	Terraform      string `json:"terraform,omitempty"`
	// Proof is empty where no fix is told: of findings that were found earlier.
	Proof Proof `json:"proof"`
	// ProofReason says what is still in the way, or why nothing was proven; empty when proven.
	ProofReason string `json:"proofReason,omitempty"`
}

// TemplateFirst begins the summary of a fix whose template is to be changed before its command is of use: a stack owns what
// is to be changed. What renders such a fix shows its templates first.
const TemplateFirst = "Change the template of the stack"

// TerraformFirst is the same for what Terraform manages.
const TerraformFirst = "Change the configuration of Terraform"

// InTerraform tells whether the configuration of Terraform is to be changed first.
func (f *Fix) InTerraform() bool { return strings.HasPrefix(f.Summary, TerraformFirst) }

// MadeWithSAM and MadeWithCDK follow the name of the stack in such a summary, where that is known. Of what the CDK makes the
// app's code is changed: the next synthesis writes the template again.
const (
	MadeWithSAM = " (made with SAM)"
	MadeWithCDK = " (by the form of its names made with the CDK: change the app)"
)

// InSAM tells whether the template to be changed first is one of SAM.
func (f *Fix) InSAM() bool {
	before, _, found := strings.Cut(f.Summary, MadeWithSAM+", ")
	return found && f.InTemplate() && !strings.Contains(before, ", ")
}

// OwnedBy divides such a summary: the name of the stack, and what is to be done. It is false for another one.
func OwnedBy(summary string) (stack, do string, of bool) {
	rest, of := strings.CutPrefix(summary, TemplateFirst+" ")
	before, do, drifts := strings.Cut(rest, DriftsFrom+" ")
	stack, _, named := strings.Cut(before, ", which owns ")
	for _, made := range []string{MadeWithSAM, MadeWithCDK} {
		stack = strings.TrimSuffix(stack, made)
	}
	return stack, do, of && drifts && named
}

// DriftsFrom ends what such a summary says before it says what is to be done.
const DriftsFrom = "the command alone would drift from it."

// InTemplate tells whether the template is to be changed first.
func (f *Fix) InTemplate() bool { return strings.HasPrefix(f.Summary, TemplateFirst) }

// Then stands in a summary between what is to be done on the role's side and what then on that of a called resource, whose
// account is empty where it is the role's.
func Then(account string) string {
	if account == "" {
		return " Then: "
	}
	return " Then, in account " + account + ": "
}

var then = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(` Then(?:, in account ([0-9]{12}))?: `) })

// Sides are the accounts of the called resources that are to be changed after the role, in that order, empty for the role's
// own; none where the fix is for one side.
func (f *Fix) Sides() []string {
	var accounts []string
	for _, found := range then().FindAllStringSubmatch(f.Summary, -1) {
		accounts = append(accounts, found[1])
	}
	return accounts
}

// InTemplateOf is the comment above a form of a fix that belongs into a template of another account than the function's: that of
// the resource whose policy it is.
func InTemplateOf(account, resource string) string {
	return fmt.Sprintf("# in a template of account %s, for %s:\n", account, strings.Join(strings.Fields(resource), ""))
}

var templateOf = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^# in a template of account ([0-9]{12}), for (\S+):$`)
})

// TemplateOf reads such a comment; false where there is none.
func TemplateOf(comment string) (account, resource string, is bool) {
	found := templateOf().FindStringSubmatch(comment)
	if found == nil {
		return "", "", false
	}
	return found[1], found[2], true
}

// Gap is something that could not be read or decided. It is never a pass.
type Gap struct {
	// Check is the check that could not be completed; empty when the gap concerns the whole run.
	Check string `json:"check,omitempty"`
	// Function is the ARN of the function that stays undecided; empty when the gap concerns all.
	Function string `json:"function,omitempty"`
	// Reason is one sentence: what could not be read or decided, and why.
	Reason string `json:"reason"`
	// Permission is the IAM action that the probe lacks, where that is why; empty otherwise.
	Permission string `json:"permission,omitempty"`
	// Resource is the ARN on which Permission is missing; empty where Permission is.
	Resource string `json:"resource,omitempty"`
}

// Key is what a finding is about; its hash is the finding's id.
type Key struct {
	Account, Region, Function, Qualifier, Check, Action string
	// Target is the resource, or the trigger's source where there is one.
	Target string
}

// ID is the stable id of a finding about k.
func (k Key) ID() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		k.Account, k.Region, k.Function, k.Qualifier, k.Check, k.Action, k.Target,
	}, "\x00")))
	return hex.EncodeToString(sum[:8])
}
