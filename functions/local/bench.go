package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/runtimeapi"
	"permprobe/shared/stack"
)

// What the figures are held against.
const (
	goalCalls  = 1.05 // times the floor
	goalWall   = 1.15 // times what the quotas leave
	goalStart  = 25 * time.Millisecond
	goalMemory = 256 << 20
	goalRole   = 4 // simulator calls for a role with 60 needs over 12 services
)

// benchStarts is how many starts the median is of.
const benchStarts = 5

// benchCommand measures the real function on generated accounts under AWS's quotas.
func benchCommand(ctx context.Context, args []string, std streams) (int, error) {
	set := flags("bench")
	sizes := set.String("n", "20,200", "numbers of functions")
	latency := set.Duration("latency", 50*time.Millisecond, "how long every AWS call takes")
	extra, err := parse(set, args)
	if err != nil {
		return exitError, err
	}
	if len(extra) > 0 {
		return exitError, fmt.Errorf("takes no arguments, but got %q", extra[0])
	}
	numbers, err := parseSizes(*sizes)
	if err != nil {
		return exitError, err
	}
	root, err := moduleRoot()
	if err != nil {
		return exitError, err
	}
	event, err := os.ReadFile(filepath.Join(root, "events", "schedule.json"))
	if err != nil {
		return exitError, fmt.Errorf("read the event: %w", err)
	}
	if err := benchStart(ctx, root, std); err != nil {
		return exitError, err
	}
	needs, calls, err := benchRole(ctx)
	if err != nil {
		return exitError, fmt.Errorf("a role with many needs: %w", err)
	}
	fmt.Fprintf(std.out, "a role with %d needs    %d simulator calls%s\n", needs, calls, goal(calls <= goalRole, fmt.Sprint(goalRole)))
	for _, n := range numbers {
		if err := benchRun(ctx, root, event, n, *latency, std); err != nil {
			return exitError, fmt.Errorf("%d functions: %w", n, err)
		}
	}
	return exitOK, nil
}

func parseSizes(text string) ([]int, error) {
	var out []int
	for one := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(one))
		if err != nil || n < 1 || n > 20000 {
			return nil, fmt.Errorf("-n: %q is not a number of functions from 1 to 20000", one)
		}
		out = append(out, n)
	}
	return out, nil
}

// benchStart measures the binary and how long it takes to its first poll.
func benchStart(ctx context.Context, root string, std streams) error {
	binary, err := buildProbe(ctx, root, "", std)
	if err != nil {
		return err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return fmt.Errorf("measure the binary: %w", err)
	}
	app, err := loadApplication(root, stack.Options{})
	if err != nil {
		return err
	}
	var starts []time.Duration
	for range benchStarts {
		took, err := startOnce(ctx, binary, app.environment)
		if err != nil {
			return err
		}
		starts = append(starts, took)
	}
	slices.Sort(starts)
	median := starts[len(starts)/2]
	fmt.Fprintf(std.out, "binary                 %.1f MB\n", float64(info.Size())/(1<<20))
	fmt.Fprintf(std.out, "start to first poll    %.1f ms, median of %d%s\n", milliseconds(median), benchStarts, goal(median <= goalStart, fmt.Sprintf("%.0f ms", milliseconds(goalStart))))
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// startOnce starts the function in the environment of its template and sends it an event that it refuses at once: the time is
// that to its first poll.
func startOnce(ctx context.Context, binary string, environment []string) (time.Duration, error) {
	runtime, err := runtimeapi.Start(ctx, runtimeapi.Options{Binary: binary, Env: append([]string{"AWS_REGION=us-east-1"}, environment...)})
	if err != nil {
		return 0, fmt.Errorf("start the probe: %w", err)
	}
	defer func() { _ = runtime.Close() }()
	if _, err := runtime.Invoke(ctx, []byte(`{"bench":true}`)); err != nil {
		return 0, fmt.Errorf("start the probe: %w", err)
	}
	return runtime.InitDuration(), nil
}

// benchRun scans an account of n functions and prints what it took.
func benchRun(ctx context.Context, root string, event []byte, n int, latency time.Duration, std streams) error {
	account, err := generateAccount(n)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%d functions: some %s …\n", n, account.expected().Round(time.Second))
	quotas := localaws.AWSQuotas()
	results, err := runProbes(ctx, root, "", [][]byte{event, event}, account.stacks, localaws.Options{Latency: latency, Quotas: quotas}, std)
	if err != nil {
		return err
	}
	for i, result := range results {
		var report finding.Report
		if err := json.Unmarshal(result.payload, &report); err != nil {
			return fmt.Errorf("read the probe's answer: %w", err)
		}
		if i == 0 {
			showBench(std.out, account, result, &report, quotas)
			continue
		}
		showAgain(std.out, account, result, &report)
	}
	return nil
}

// showAgain prints what a second run costs, which remembers the first.
func showAgain(out io.Writer, account *benchAccount, result *outcome, report *finding.Report) {
	calls := [3]int{}
	var lines []string
	for _, c := range account.countCalls(result.calls) {
		calls[c.group] += c.calls
		if c.group == reading {
			lines = append(lines, fmt.Sprintf("    %-14s %-34s %6d", c.service, c.operation, c.calls))
		}
	}
	fmt.Fprintf(out, "  at once again        %d calls in %.1f s: %s, %d of %d decisions remembered\n%s\n", calls[reading], result.duration.Seconds(),
		report.Status, report.Summary.Remembered, report.Summary.Decided, strings.Join(lines, "\n"))
}

// expected is about how long both runs take: in the first the simulator, which answers five questions a second, is
// asked twice about every role, and in the second Lambda answers fifteen a second about every function's policy.
func (a *benchAccount) expected() time.Duration {
	return 2*time.Second + time.Duration(2*a.roles)*time.Second/5 + time.Duration(a.functions)*time.Second/15
}

func showBench(out io.Writer, account *benchAccount, result *outcome, report *finding.Report, quotas []localaws.Quota) {
	counts := account.countCalls(result.calls)
	calls, floor, repeats, simulated, targets := [3]int{}, 0, 0, 0, 0
	for _, c := range counts {
		calls[c.group] += c.calls
		repeats += c.repeats
		if c.group == reading {
			floor += c.floor
		}
		switch c.operation {
		case "SimulatePrincipalPolicy":
			simulated += c.calls
		case "GetQueueAttributes":
			targets += c.calls
		}
	}
	least, why := bound(counts, quotas)
	ratio := float64(calls[reading]) / float64(max(1, floor))
	slower := result.duration.Seconds() / max(least.Seconds(), 1e-3)
	fmt.Fprintf(out, "\n%d functions, %d roles, %d behind APIs, %d with a queue: %s, %d findings, %d gaps\n", account.functions, account.roles,
		account.policies, account.mappings, report.Status, len(report.Findings), len(report.Gaps))
	fmt.Fprintf(out, "  calls                %d, the floor is %d: %.2f times%s\n", calls[reading], floor, ratio, goal(ratio <= goalCalls, fmt.Sprint(goalCalls)))
	fmt.Fprintf(out, "  of the simulator     %.2f a role\n", float64(simulated)/float64(account.roles))
	fmt.Fprintf(out, "  policies of targets  %d read, of %d distinct targets%s\n", targets, account.mappings, goal(targets == account.mappings, "the same"))
	fmt.Fprintf(out, "  triggers' own        %d\n  deliveries, memory   %d\n  throttled            %d\n", calls[triggering], calls[delivering], repeats)
	fmt.Fprintf(out, "  time                 %.1f s, the quotas leave %.1f s (%s): %.2f times%s\n", result.duration.Seconds(), least.Seconds(), why, slower,
		goal(slower <= goalWall, fmt.Sprint(goalWall)))
	fmt.Fprintf(out, "  peak memory          %.0f MB%s\n", float64(result.peakMemory)/(1<<20), goal(result.peakMemory <= goalMemory, "256 MB"))
	for _, c := range counts {
		line := fmt.Sprintf("    %-14s %-34s %6d", c.service, c.operation, c.calls)
		if c.group == reading {
			line += fmt.Sprintf("  floor %6d", c.floor)
		}
		fmt.Fprintln(out, line)
	}
	for _, p := range result.phases {
		fmt.Fprintf(out, "    %s%-*s %8.1f s\n", strings.Repeat("  ", p.depth), 40-2*p.depth, p.name, p.duration.Seconds())
	}
}

// goal says whether a figure meets its goal.
func goal(met bool, what string) string {
	if met {
		return " (goal " + what + ")"
	}
	return " (MISSES the goal " + what + ")"
}
