package permission

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Switch is the name of an optional read: one that costs many calls or shows more than most accounts want to show; or of
// an optional receiver of what is found. It is off unless the template's parameter is set to on; then the role has its
// permissions, and an environment variable tells the probe. While a read is off the report has one gap that names the
// parameter.
//
// To add a switch: a constant below, and its actions in optional. The tests then demand, by the names that the methods
// give, the parameter, the condition, the environment variable and an Fn::If around the statement in template.yaml. The
// code that reads asks Switches.On.
type Switch string

// SubscriptionFilters reads which functions log groups call: it takes a call for every log group, of a small quota.
const SubscriptionFilters Switch = "SubscriptionFilters"

// SecurityHub imports what is found into Security Hub, which charges for findings.
const SecurityHub Switch = "SecurityHub"

// FunctionUrls reads the URLs of functions: it takes a call for every function within a day, of a quota that everything else shares.
const FunctionUrls Switch = "FunctionUrls"

// FunctionLogs reads the log groups of functions whose denials an event asks for, and keeps nothing else of them.
const FunctionLogs Switch = "FunctionLogs"

// CloudTrail reads CloudTrail's event history where an event asks for it: which calls a function was refused, and who changed a
// permission. It takes calls of a small quota.
const CloudTrail Switch = "CloudTrail"

// Metrics reads the numbers of APIs and functions where an event asks what a symptom means; CloudWatch charges for each.
const Metrics Switch = "Metrics"

// optional says which actions are granted only where a switch is on. All the rows of an action belong to its switch.
var optional = map[Switch][]string{
	FunctionUrls:        {"lambda:ListFunctionUrlConfigs"},
	SubscriptionFilters: {"logs:DescribeSubscriptionFilters", "logs:DescribeAccountPolicies"},
	SecurityHub:         {"securityhub:BatchImportFindings"},
	FunctionLogs:        {"logs:FilterLogEvents"},
	CloudTrail:          {"cloudtrail:LookupEvents"},
	Metrics:             {"cloudwatch:GetMetricData"},
	OtherTriggers:       otherActions(),
}

// AllSwitches lists the switches, sorted.
func AllSwitches() []Switch { return slices.Sorted(maps.Keys(optional)) }

// Asked tells that a switch is about what events ask for, and nothing to a scan: its report says nothing of it.
func (s Switch) Asked() bool { return s == FunctionLogs || s == CloudTrail || s == Metrics }

// Actions are what the role may do only where the switch is on.
func (s Switch) Actions() []string { return slices.Clone(optional[s]) }

func switchOf(action string) Switch {
	for s, actions := range optional {
		if slices.Contains(actions, action) {
			return s
		}
	}
	return ""
}

// Parameter is the template's parameter, on or off.
func (s Switch) Parameter() string {
	if !s.Reads() {
		return "SendTo" + string(s)
	}
	return "Read" + string(s)
}

// Reads tells optional reads from optional receivers, without which nothing is unknown.
func (s Switch) Reads() bool { return s != SecurityHub }

// Condition is the template's condition that the parameter is on.
func (s Switch) Condition() string {
	if !s.Reads() {
		return "SendsTo" + string(s)
	}
	return "Reads" + string(s)
}

var capital = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// words are the words of the name with what is between them.
func (s Switch) words(between string) string {
	return capital.ReplaceAllString(string(s), "${1}"+between+"${2}")
}

// Variable is the environment variable of the function, on or off.
func (s Switch) Variable() string { return "PERMPROBE_" + strings.ToUpper(s.words("_")) }

// Hint says how to turn the switch on.
func (s Switch) Hint() string { return "set the parameter " + s.Parameter() + " of the stack to on" }

// Off is the reason of the gap that the report has while the switch is off.
func (s Switch) Off() string {
	what := strings.ToLower(s.words(" "))
	if s == CloudTrail {
		what = "CloudTrail's events"
	}
	return what + " are not read: " + s.Hint()
}

// Switches are the switches that are on.
type Switches map[Switch]bool

// On tells whether the switch is on.
func (s Switches) On(name Switch) bool { return s[name] }

// Everything has every switch on.
func Everything() Switches {
	all := Switches{}
	for _, s := range AllSwitches() {
		all[s] = true
	}
	return all
}

// Off lists the optional reads of scans that are off, sorted.
func (s Switches) Off() []Switch {
	return slices.DeleteFunc(AllSwitches(), func(one Switch) bool { return s.On(one) || !one.Reads() || one.Asked() })
}
