package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"permprobe/shared/awsclient"
	"permprobe/shared/check"
	"permprobe/shared/collect"
	"permprobe/shared/config"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/permission"
	"permprobe/shared/render"
	"permprobe/shared/scan"
	"permprobe/shared/simulate"
	"permprobe/shared/stack"
)

// checkCommand runs the probe's checks over templates before they are deployed.
func checkCommand(ctx context.Context, args []string, std streams) (int, error) {
	set := flags("check")
	format := set.String("format", "text", "text, json, sarif or junit")
	failOn := set.String("fail-on", string(finding.High), "the severity from which findings make the exit status 2, or none")
	probe := set.String("probe", "", "a probe.yaml: which functions are checked, and what their code calls")
	where := targetFlags(set)
	files, err := parse(set, args)
	if err != nil {
		return exitError, err
	}
	switch *format {
	case "text", "json", "sarif", "junit":
	default:
		return exitError, fmt.Errorf("-format %q is none of text, json, sarif, junit", *format)
	}
	worst, err := threshold(*failOn)
	if err != nil {
		return exitError, err
	}
	o, err := where.options()
	if err != nil {
		return exitError, err
	}
	stacks, err := loadTemplates(files, o)
	if err != nil {
		return exitError, err
	}
	configuration := config.File{Functions: []string{"*"}}
	if *probe != "" {
		if configuration, err = readProbe(*probe); err != nil {
			return exitError, err
		}
	}
	report, seen, err := checkStacks(ctx, stacks, configuration)
	if err != nil {
		return exitError, err
	}
	if err := showCheck(std, stacks, report, seen, *format); err != nil {
		return exitError, err
	}
	if failing(report, worst) {
		return exitFindings, nil
	}
	return exitOK, nil
}

// threshold reads -fail-on: the rank of the mildest severity that fails, below every rank for none.
func threshold(text string) (rank int, err error) {
	if strings.EqualFold(text, "none") {
		return -1, nil
	}
	severity, err := finding.ParseSeverity(text)
	if err != nil {
		return 0, fmt.Errorf("-fail-on: %w, or none", err)
	}
	return severity.Rank(), nil
}

func failing(report *finding.Report, rank int) bool {
	return slices.ContainsFunc(report.Findings, func(f finding.Finding) bool {
		return f.Status != finding.StatusSuppressed && f.Severity.Rank() <= rank
	})
}

// checkStacks scans the account that the stacks make, as its administrator and in this process: there is no
// function to start and nobody to notify.
func checkStacks(ctx context.Context, stacks []*stack.Stack, configuration config.File) (*finding.Report, *looked, error) {
	roles, with, err := readers(stacks)
	if err != nil {
		return nil, nil, err
	}
	server, err := localaws.New(localaws.Options{Unbound: slices.Sorted(maps.Values(roles))}, with...)
	if err != nil {
		return nil, nil, fmt.Errorf("start the embedded AWS: %w", err)
	}
	o := stacks[0].Options
	session := awsclient.Embedded(localaws.Endpoint, o.Region, "administrator")
	session.Config.HTTPClient = &localaws.InProcess{Server: server}
	collector := collect.New(session.Config, fact.Account{Partition: o.Partition, ID: o.Account, Region: o.Region})
	collector.On, collector.Templates = permission.Everything(), true // templates cost no quota
	seen := &looked{}
	collector.Images, collector.Held, collector.MadeUp = stack.Images(stacks), held(stacks), madeUp(stacks)
	collector.ReadRoles, collector.OrganizationID = withReaders(configuration.ReadRoles, roles), configuration.Organization
	scanner := &scan.Scanner{
		Collector: collector,
		Simulator: simulate.New(session.Config),
		File:      configuration,
		Log:       slog.New(slog.DiscardHandler), Now: time.Now, Calls: session.Calls,
		Examined: func(in *check.Input) { seen = look(in, configuration.Needs) },
	}
	report := scanner.Run(ctx, config.Request{Mode: config.Scheduled}, "check")
	if err := ctx.Err(); err != nil {
		return nil, nil, errors.New("interrupted")
	}
	for _, w := range server.Warnings() {
		report.Gaps = append(report.Gaps, finding.Gap{Reason: warningLine(stacks, w)})
	}
	report.Finish()
	return report, seen, nil
}

// warningLine is a warning with the file and line of its resource where only one stack can be meant.
func warningLine(stacks []*stack.Stack, w localaws.Warning) string {
	var at []string
	for _, one := range stacks {
		if r := one.Find(w.LogicalID); one.Name == w.Stack && r != nil {
			at = append(at, place(one, r))
		}
	}
	if len(at) != 1 {
		return w.String()
	}
	return at[0] + ": " + w.LogicalID + ": " + w.Msg
}

func place(s *stack.Stack, r *stack.Resource) string { return fmt.Sprintf("%s:%d", s.File, r.Line) }

// showCheck prints the report on stdout, and nothing else there: a pipeline reads it.
func showCheck(std streams, stacks []*stack.Stack, report *finding.Report, seen *looked, format string) error {
	warn(std.err, stacks)
	hint(std.err, stacks, report)
	at := placesOf(stacks)
	at.intoTemplates(report)
	var text string
	var err error
	switch format {
	case "json":
		encoder := json.NewEncoder(std.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(report)
	case "sarif":
		text, err = render.SARIF(report, rules(), at.of)
	case "junit":
		text, err = render.JUnit(report, seen.cases(at))
	default:
		text = render.English.TextAt(report, at.line)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(std.out, text)
	return err
}
