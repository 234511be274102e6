package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"permprobe/shared/localaws"
)

// group says what a call is for.
type group uint8

const (
	reading    group = iota // has a floor
	triggering              // what the sources of triggers cost: a call or a few for each of them
	delivering              // the digest and the events, and the probe's own memory
)

// groupOf sorts an operation into its group.
func groupOf(service, operation string) group {
	switch {
	case operation == "PutEvents" || operation == "Publish" || operation == "GetObject" || operation == "PutObject":
		return delivering
	case service == "lambda" || service == "iam" || service == "logs" || service == "tagging" || service == "sqs":
		return reading
	}
	return triggering
}

// floor is the least number of calls by which an operation can read the account: pages as large as AWS allows,
// and one call where there is no bulk form. 0: a healthy account needs none.
//
// The simulator is asked twice a role: once with the keys of calls from the function, once without.
func (a *benchAccount) floor(service, operation string) int {
	switch service + " " + operation {
	case "lambda ListFunctions":
		return pages(a.functions, 50)
	case "sqs GetQueueAttributes":
		return a.mappings // a queue each
	case "lambda GetPolicy":
		return a.functions // none of the triggers calls another qualifier
	case "lambda ListFunctionEventInvokeConfigs":
		return a.functions
	case "lambda ListFunctionUrlConfigs":
		return a.functions // has no bulk form either; a switch that is off by default and on here
	case "lambda ListEventSourceMappings":
		return pages(a.mappings, 100)
	case "logs DescribeLogGroups":
		return pages(a.functions, 50) // a log group each, for its key
	case "tagging GetResources":
		return 1 // for data sources of CloudWatch, of which there are none
	case "iam GetAccountAuthorizationDetails":
		return pages(a.roles, 1000)
	case "iam SimulatePrincipalPolicy":
		return 2 * a.roles
	}
	return 0
}

func pages(items, size int) int { return max(1, (items+size-1)/size) }

// operationCount is how often an operation was called.
type operationCount struct {
	service, operation string
	group              group
	calls, repeats     int // repeats: answered with throttling
	floor              int // of other groups than reading: what was called, without the repeats
}

// countCalls counts the calls by operation, sorted by group, service and operation.
func (a *benchAccount) countCalls(calls []localaws.Call) []operationCount {
	type key struct{ service, operation string }
	counts := map[key]*operationCount{}
	for _, c := range calls {
		k := key{c.Service, c.Operation}
		if counts[k] == nil {
			counts[k] = &operationCount{service: c.Service, operation: c.Operation, group: groupOf(c.Service, c.Operation)}
		}
		counts[k].calls++
		if c.Status == 429 || strings.Contains(c.ErrorCode, "Throttl") || c.ErrorCode == "TooManyRequestsException" {
			counts[k].repeats++
		}
	}
	out := make([]operationCount, 0, len(counts))
	for k, n := range counts {
		n.floor = a.floor(k.service, k.operation)
		if n.group != reading {
			n.floor = n.calls - n.repeats
		}
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b operationCount) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.service, b.service), cmp.Compare(a.operation, b.operation))
	})
	return out
}

// bound is the least time that the quotas leave for the floor of the operations, bursts not counted, and the quota
// that makes it.
func bound(counts []operationCount, quotas []localaws.Quota) (time.Duration, string) {
	var longest time.Duration
	var name string
	spent := make([]int, len(quotas))
	for _, n := range counts {
		at := slices.IndexFunc(quotas, func(q localaws.Quota) bool {
			return slices.Contains(q.Operations, n.service+":"+n.operation) || slices.Contains(q.Operations, n.service+":*")
		})
		if at >= 0 {
			spent[at] += n.floor
		}
	}
	for i, q := range quotas {
		if t := time.Duration(float64(spent[i]) / q.Rate * float64(time.Second)); t > longest {
			longest, name = t, fmt.Sprintf("%s, %d at %v/s", q.Name, spent[i], q.Rate)
		}
	}
	return longest, name
}
