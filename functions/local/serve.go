package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"permprobe/shared/localaws"
)

// serveCommand serves the account of the templates until it is interrupted.
func serveCommand(ctx context.Context, args []string, std streams) (int, error) {
	set := flags("serve")
	addr := set.String("addr", "127.0.0.1:4566", "the address to listen on")
	remote := set.Bool("remote", false, "allow an address that other machines reach")
	verbose := set.Bool("v", false, "log every call")
	where := targetFlags(set)
	files, err := parse(set, args)
	if err != nil {
		return exitError, err
	}
	if !*remote {
		if err := loopback(*addr); err != nil {
			return exitError, err
		}
	}
	o, err := where.options()
	if err != nil {
		return exitError, err
	}
	stacks, err := loadTemplates(files, o)
	if err != nil {
		return exitError, err
	}
	options := localaws.Options{}
	if *verbose {
		options.Done = (&callLog{out: std.err}).write
	}
	server, err := localaws.New(options, stacks...)
	if err != nil {
		return exitError, fmt.Errorf("start the embedded AWS: %w", err)
	}
	warn(std.err, stacks)
	for _, w := range server.Warnings() {
		fmt.Fprintf(std.err, "warning: %s\n", warningLine(stacks, w))
	}
	url, closeServer, err := server.Listen(*addr)
	if err != nil {
		return exitError, err
	}
	for _, account := range otherAccounts(stacks) {
		fmt.Fprintf(std.out, "# Account %s is entered by its roles: aws sts assume-role --role-session-name me --role-arn arn:…:iam::%[1]s:role/…\n", account)
	}
	fmt.Fprintf(std.out, `# The embedded AWS of account %s in %s, until Ctrl-C. In another shell:
export AWS_ENDPOINT_URL=%s
export AWS_REGION=%[2]s AWS_DEFAULT_REGION=%[2]s
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
unset AWS_PROFILE AWS_SESSION_TOKEN
`, o.Account, o.Region, url)
	<-ctx.Done()
	// A client in the middle of a call does not hold up the end, and its loss is no failure of the command.
	_ = closeServer()
	return exitOK, nil
}

// loopback refuses an address that other machines reach: nothing checks who calls there.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("-addr %q is no HOST:PORT", addr)
	}
	refused := fmt.Errorf("-addr %s is reached by other machines, and every caller there is the administrator: add -remote if that is meant", addr)
	if host == "" {
		return refused
	}
	ips, err := net.LookupIP(host)
	if err != nil || len(ips) == 0 {
		return fmt.Errorf("-addr %q: the host is not known", addr)
	}
	for _, ip := range ips {
		if !ip.IsLoopback() {
			return refused
		}
	}
	return nil
}

// callLog writes one line a call; calls end concurrently.
type callLog struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *callLog) write(c localaws.Call) {
	status := fmt.Sprint(c.Status)
	if c.ErrorCode != "" {
		status += " " + c.ErrorCode
	}
	line := strings.TrimRight(fmt.Sprintf("%s %s %s %s %s", c.Time.UTC().Format(time.TimeOnly), c.Service, c.Operation, status, c.Params), " ")
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.out, strings.NewReplacer("\n", " ", "\r", " ").Replace(line))
}
