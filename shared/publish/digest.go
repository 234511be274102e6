package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"permprobe/shared/finding"
	"permprobe/shared/render"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// digestOf is what people are told: the report of the run with what the notices are about.
func digestOf(r *finding.Report, notices []finding.Notice) *finding.Report {
	d := *r
	d.Findings, d.Resolved, d.Gone, d.Gaps = []finding.Finding{}, []finding.Finding{}, []finding.Finding{}, []finding.Gap{}
	told := map[string]bool{}
	for i := range slices.Backward(notices) {
		n := &notices[i]
		if !n.People {
			continue
		}
		d.Gaps = append(d.Gaps, n.Gaps...)
		// Of one finding people are told what it is now: notices that had to wait may speak of what it was.
		if n.Finding == nil || told[n.Finding.ID] {
			continue
		}
		told[n.Finding.ID] = true
		switch n.Finding.Status {
		case finding.StatusResolved:
			d.Resolved = append(d.Resolved, *n.Finding)
		case finding.StatusGone:
			d.Gone = append(d.Gone, *n.Finding)
		default:
			d.Findings = append(d.Findings, *n.Finding)
		}
	}
	open := 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Status == finding.StatusSuppressed:
			d.Findings = append(d.Findings, *f)
		case f.Status == finding.StatusPersisting && !told[f.ID]:
			open++
		}
	}
	d.Status = r.Status
	d.Finish()
	d.Status, d.Summary.Persisting = r.Status, open
	return &d
}

// digestID names a digest: one that is sent again has the same, because the notices are numbered where they are kept.
func digestID(r *finding.Report, notices []finding.Notice) string {
	var last int64
	run := ""
	for i := range notices {
		if n := &notices[i]; n.People {
			last, run = max(last, n.Sequence), n.Run
		}
	}
	if last == 0 {
		return run
	}
	return fmt.Sprintf("%s-%s-%d", r.Account, r.Region, last)
}

// outcome is what became of a digest.
type outcome uint8

const (
	// waits: it was not accepted, and a later run sends it again.
	waits outcome = iota
	// told: it was accepted, perhaps in a shorter form.
	told
	// dropped: it was refused for what it holds, in every form.
	dropped
)

// form is one way to send a digest.
type form struct {
	chat, email, machine string
	subject              string
	attributes           map[string]snstypes.MessageAttributeValue
}

// forms are the ways to send a digest, the best first. Every one of them holds less that could be refused than the one
// before: the second is short and has the attributes alone whose values are a few fixed words, and the last is made of
// fixed words and counts.
func (p *Publisher) forms(r *finding.Report, id string) ([]form, error) {
	chat, err := p.Language.Chat(r, id)
	if err != nil {
		return nil, err
	}
	machine, err := machineDigest(r, id, maxMachine)
	if err != nil {
		return nil, err
	}
	counts, err := machineDigest(r, id, 0)
	if err != nil {
		return nil, err
	}
	brief, err := p.Language.BriefChat(r, id)
	if err != nil {
		return nil, err
	}
	all := attributes(r)
	few := maps.Clone(all)
	maps.DeleteFunc(few, func(name string, _ snstypes.MessageAttributeValue) bool { return name == "owner" || name == "check" })
	return []form{
		{chat, p.Language.Email(r), machine, render.Subject(r), all},
		{chat, p.Language.ShortEmail(r), counts, render.BriefSubject, few},
		{brief, p.Language.Brief(r), counts, render.BriefSubject, nil},
	}, nil
}

// digest sends one message with a variant for each kind of subscriber. The chat service subscribes by
// https and reads the default variant. What SNS refuses for what it holds it would refuse for ever: it is sent in shorter
// forms, and then not again. said is one sentence on what went wrong; empty where nothing did.
func (p *Publisher) digest(ctx context.Context, r *finding.Report, id string) (what outcome, said string) {
	forms, err := p.forms(r, id)
	if err != nil {
		return dropped, err.Error()
	}
	var first error
	for i := range forms {
		err := p.publish(ctx, &forms[i])
		switch {
		case err == nil && first == nil:
			return told, ""
		case err == nil:
			return told, fmt.Sprintf("the digest was sent in a shorter form, because %s refused the whole: %v", p.TopicARN, plain(first))
		case !unfit(err):
			return waits, fmt.Sprintf("the digest was not accepted by %s: %v", p.TopicARN, plain(err))
		}
		if first == nil {
			first = err
		}
	}
	return dropped, fmt.Sprintf("the digest was not accepted by %s in any form: %v", p.TopicARN, plain(first))
}

func (p *Publisher) publish(ctx context.Context, f *form) error {
	message, err := compact(map[string]string{"default": f.chat, "email": f.email, "sqs": f.machine, "lambda": f.machine})
	if err != nil {
		return err
	}
	ctx, cancel := patient(ctx, p.Patience)
	defer cancel()
	_, err = p.Topic.Publish(ctx, &sns.PublishInput{
		TopicArn:          aws.String(p.TopicARN),
		MessageStructure:  aws.String("json"),
		Message:           aws.String(message),
		Subject:           aws.String(f.subject),
		MessageAttributes: f.attributes,
	})
	return err
}

// unfit tells the errors of SNS that are about what the message holds.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func unfit(err error) bool {
	switch codeOf(err) {
	case "InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationError", "ValidationException":
		return true
	}
	return false
}

// DigestEvent is the digest for programs that subscribe to the topic by SQS or Lambda: the run's event with
// what changed, worst first.
type DigestEvent struct {
	ScanEvent
	// ID is the same where a digest is sent again.
	ID       string            `json:"id"`
	Findings []finding.Finding `json:"findings"`
	// LeftOut counts the findings that did not fit; every one of them has its own event on the bus.
	LeftOut int `json:"leftOut"`
}

// maxMachine is what the digest for programs may weigh within the message, which holds it twice. SNS takes
// 256 KiB with all variants and attributes.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxMachine = 40 * 1024

// machineDigest is the digest for programs with as many findings as the limit has room for.
func machineDigest(r *finding.Report, id string, limit int) (string, error) {
	all := slices.Concat(r.Findings, r.Resolved, r.Gone)
	scan := ScanEvent{Version: eventDetailVersion, Account: r.Account, Region: r.Region, Status: r.Status, Summary: r.Summary}
	digest := DigestEvent{ScanEvent: scan, ID: id, Findings: []finding.Finding{}, LeftOut: len(all)}
	empty, err := compact(digest)
	if err != nil {
		return "", err
	}
	size := escaped(empty)
	for i := range all {
		one, err := compact(all[i])
		if err != nil {
			return "", err
		}
		if more := escaped(one) + 1; size+more <= limit {
			size += more
			digest.Findings, digest.LeftOut = append(digest.Findings, all[i]), digest.LeftOut-1
		}
	}
	return compact(digest)
}

// escaped is how long text is once it is a string within JSON.
func escaped(text string) int {
	out, err := compact(text)
	if err != nil {
		return len(text)
	}
	return len(out)
}

// compact is v as JSON. SNS counts bytes, and no browser reads it: <, > and & stay as they are.
func compact(v any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("write the digest: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// maxOwners is what the owners may weigh within what SNS takes: some hundred of the longest names.
const maxOwners = 32 * 1024

// attributes let subscribers filter: by the worst severity, the status, the checks, the owners and the place. What was
// resolved counts too: who was told of a fault must hear of its end.
func attributes(r *finding.Report) map[string]snstypes.MessageAttributeValue {
	worst := finding.Informational
	checks := []string{}
	owners := []string{}
	for _, list := range [][]finding.Finding{r.Findings, r.Resolved, r.Gone} {
		for i := range list {
			f := &list[i]
			if f.Status == finding.StatusSuppressed {
				continue
			}
			if f.Severity.Rank() < worst.Rank() {
				worst = f.Severity
			}
			if !slices.Contains(checks, f.Check) {
				checks = append(checks, f.Check)
			}
			if f.Owner != "" && !slices.Contains(owners, f.Owner) {
				owners = append(owners, f.Owner)
			}
		}
	}
	slices.Sort(checks)
	slices.Sort(owners)
	out := map[string]snstypes.MessageAttributeValue{}
	set := func(name, kind, value string) {
		if value != "" { // SNS refuses the whole message for an empty one
			out[name] = snstypes.MessageAttributeValue{DataType: aws.String(kind), StringValue: aws.String(value)}
		}
	}
	set("severity", "String", string(worst))
	set("status", "String", string(r.Status))
	set("account", "String", r.Account)
	set("region", "String", r.Region)
	if list, err := compact(checks); err == nil && len(checks) > 0 {
		set("check", "String.Array", list)
	}
	for len(owners) > 0 {
		list, err := compact(owners)
		if err == nil && len(list) <= maxOwners {
			set("owner", "String.Array", list)
			break
		}
		owners = owners[:len(owners)-1]
	}
	return out
}
