// Command local runs permprobe on your machine against the embedded AWS.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes of the commands.
const (
	exitOK       = 0
	exitError    = 1
	exitFindings = 2
)

// command is one command of the local program. run returns the exit code; an error is printed as one line.
type command struct {
	name, usage, text string
	run               func(ctx context.Context, args []string, std streams) (int, error)
}

type streams struct {
	in       io.Reader
	out, err io.Writer
}

func commands() []command {
	return []command{
		{"run", "[-event FILE] [-format text|json|slack] [-probe FILE] [-history FILE] [-param K=V]… [[ACCOUNT=]TEMPLATE…]",
			"run the real function on the embedded AWS and show what it says and does", runCommand},
		{"check", "[-format text|json|sarif|junit] [-fail-on SEVERITY|none] [-probe FILE] [-param K=V]… [-account ID] [-region R] [ACCOUNT=]TEMPLATE…",
			"check templates, of CloudFormation or SAM, before they are deployed; exit status 2 for findings of SEVERITY (high) or worse", checkCommand},
		{"serve", "[-addr 127.0.0.1:4566] [-remote] [-v] [-param K=V]… [-account ID] [-region R] [ACCOUNT=]TEMPLATE…",
			"serve the account of the templates to the AWS CLI and SDKs", serveCommand},
		{"bench", "[-n 20,200] [-latency 50ms]",
			"measure the real function on generated accounts under AWS's quotas (-n 2000 takes minutes)", benchCommand},
		{"policy", "[-mode all|named] [-functions A,B] [-roles A,B] [-format json|text] [-param K=V]… [-account ID] [-region R]",
			"print the policy of permprobe's own role, with the reason of each statement", policyCommand},
		{"evaluate", "< CASES", "decide policy cases, one JSON line each", evaluateCommand},
		{"diagnose", "< TEXTS", "say what error messages and log lines deny, one JSON line each", diagnoseCommand},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(dispatch(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

func dispatch(ctx context.Context, args []string, std streams) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		help(std.out)
		if len(args) == 0 {
			return exitError
		}
		return exitOK
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		code, err := c.run(ctx, args[1:], std)
		switch {
		case errors.Is(err, flag.ErrHelp):
			fmt.Fprintf(std.out, "usage: local %s %s\n  %s\n", c.name, c.usage, c.text)
			return exitOK
		case err != nil:
			fmt.Fprintf(std.err, "%s: %v\n", c.name, err)
			return exitError
		}
		return code
	}
	fmt.Fprintf(std.err, "unknown command %q; the commands are:\n", args[0])
	help(std.err)
	return exitError
}

func help(out io.Writer) {
	fmt.Fprintln(out, "permprobe on your machine, against an embedded AWS. Commands:")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %-9s %s\n            %s\n", c.name, c.usage, c.text)
	}
}

// flags makes a flag set that reports errors instead of printing them.
func flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return set
}

func evaluateCommand(_ context.Context, args []string, std streams) (int, error) {
	set := flags("evaluate")
	if err := set.Parse(args); err != nil {
		return exitError, err
	}
	if set.NArg() > 0 {
		return exitError, fmt.Errorf("takes no arguments: cases come on stdin")
	}
	if err := evaluate(std.in, std.out); err != nil {
		return exitError, err
	}
	return exitOK, nil
}
