package scan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"permprobe/shared/collect"
	"permprobe/shared/fact"
)

// ofRoute is put in front of the names of numbers that count the route alone, and the stage behind it.
const ofRoute = "of the route on "

// measure reads the metrics of the API and of its functions. Those of an API count all its routes; where the stages tell
// them apart, those of the route count instead.
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
func (t *tree) measure(ctx context.Context, s *Scanner, since time.Time) {
	of := map[string]string{"ApiId": t.api.ID}
	names := []string{"5xx", "4xx", "Count", "IntegrationLatency"}
	switch t.api.Kind {
	case fact.TriggerRESTAPI:
		of, names = map[string]string{"ApiName": dimensionOf(&t.api)}, []string{"5XXError", "4XXError", "Count", "IntegrationLatency"}
	case fact.TriggerWebSocketAPI:
		names = []string{"ExecutionError", "ClientError", "MessageCount", "IntegrationLatency"}
	}
	var keys []string
	var wanted []collect.Metric
	add := func(key string, m collect.Metric) { keys, wanted = append(keys, key), append(wanted, m) }
	gateway := func(prefix string, dimensions map[string]string) {
		for i, key := range []string{numberServer, numberClient, numberCount, numberLatency} {
			add(prefix+key, collect.Metric{Namespace: "AWS/ApiGateway", Name: names[i], Dimensions: dimensions, Most: key == numberLatency})
		}
	}
	stages := t.measuredStages()
	for _, stage := range stages {
		method, path, _ := strings.Cut(t.route.Label, " ")
		one := maps.Clone(of)
		one["Stage"], one["Method"], one["Resource"] = stage, method, path
		gateway(ofRoute+stage, one)
	}
	if t.asked.Stage != "" {
		of["Stage"] = t.asked.Stage
	}
	gateway("", of)
	lambda := func(f *fact.Function, keysOf ...string) {
		for _, key := range keysOf {
			name := map[string]string{numberInvocations: "Invocations", numberErrors: "Errors", numberThrottles: "Throttles", numberDuration: "Duration", numberGuard: "Errors"}[key]
			add(key, collect.Metric{Namespace: "AWS/Lambda", Name: name, Dimensions: map[string]string{"FunctionName": f.Name}, Most: key == numberDuration})
		}
	}
	if t.function != nil {
		lambda(t.function, numberInvocations, numberErrors, numberThrottles, numberDuration)
	}
	if t.guard != nil {
		lambda(t.guard, numberGuard)
	}
	read, why := s.Collector.Measure(ctx, wanted, since)
	if !why.IsZero() {
		t.unmeasured = why.Reason
		t.out.Gaps = append(t.out.Gaps, gapOf("", why))
		return
	}
	t.numbers = map[string]fact.Read[float64]{}
	for i, key := range keys {
		t.numbers[key] = read[i]
	}
	t.narrow(stages)
}

// dimensionOf is the name that metrics of a REST API have it under.
func dimensionOf(a *fact.API) string {
	name := strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, a.Name)
	if name == "" {
		return a.ID
	}
	return name
}

// measuredStages are the stages that were asked about, where the metrics of all of them tell the route apart; none where those
// of one do not. Of WebSocket APIs and of the route $default it is not documented how they are named.
func (t *tree) measuredStages() []string {
	if t.api.Kind == fact.TriggerWebSocketAPI || !strings.Contains(t.route.Label, " ") {
		return nil
	}
	var stages []string
	for _, one := range t.api.Stages {
		if t.asked.Stage != "" && one.Name != t.asked.Stage {
			continue
		}
		if !slices.Contains(t.route.Measured, one.Name) {
			return nil
		}
		stages = append(stages, one.Name)
	}
	return stages
}

// narrow puts the numbers of the route in the place of the API's where they hold any: one without data points may be named
// otherwise, or younger than the setting.
func (t *tree) narrow(stages []string) {
	t.counted = "The API, with all its routes,"
	seen := false
	total := map[string]float64{}
	for _, stage := range stages {
		for _, key := range []string{numberServer, numberClient, numberCount, numberLatency} {
			value, has := t.numbers[ofRoute+stage+key].Value()
			seen = seen || has
			if key == numberLatency {
				total[key] = max(total[key], value)
			} else {
				total[key] += value
			}
		}
	}
	if !seen {
		return
	}
	for key, value := range total {
		t.numbers[key] = fact.Known(value)
	}
	t.counted = "The route " + t.route.Label
}

// seen says how often the status was answered, and of what that was counted; empty where no metric tells.
func (t *tree) seen() string {
	key, kind := numberServer, "5xx"
	if t.asked.Status < 500 {
		key, kind = numberClient, "4xx"
	}
	n, measured := t.number(key)
	all, counted := t.number(numberCount)
	if !measured || !counted || t.counted == "" {
		return ""
	}
	text := fmt.Sprintf("%s answered %s %s since %s", t.counted, times(int(n)), kind, t.out.Summary.Since)
	switch {
	case n == 0 && all == 0:
		return fmt.Sprintf("No request of the API was counted since %s: none came to it, or what is counted comes some minutes late.", t.out.Summary.Since)
	case n == 0:
		text = fmt.Sprintf("%s answered no %s since %s", t.counted, kind, t.out.Summary.Since)
	}
	if all > 0 {
		text += fmt.Sprintf(", of %s", count(int(all), "request"))
	}
	text += "."
	switch {
	case strings.HasPrefix(t.counted, "The route "):
	case len(t.measuredStages()) > 0:
		text += " The metrics of the stage name no request of the route: none came, or its detailed metrics are younger."
	case t.api.Kind != fact.TriggerWebSocketAPI && strings.Contains(t.route.Label, " ") && len(t.api.Routes) > 1:
		text += " Which of them is not told: detailed metrics are off for the route."
	}
	return text
}
