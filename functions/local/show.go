package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"

	"permprobe/shared/finding"
	"permprobe/shared/localaws"
	"permprobe/shared/render"
)

// show prints what a run said and did.
func show(out io.Writer, r *outcome, format string) error {
	text, err := payloadText(r)
	if err != nil {
		return err
	}
	switch format {
	case "json":
		return showJSON(out, r)
	case "slack":
		return showSlack(out, r)
	}
	switch {
	case r.compared:
		section(out, "Comparison")
	case r.diagnosed:
		section(out, "Diagnosis")
	case r.deployed:
		section(out, "Deployment")
	case r.symptom:
		section(out, "Symptom")
	case r.support:
		section(out, "File for support")
	default:
		section(out, "Report")
	}
	fmt.Fprintln(out, strings.TrimRight(text, "\n"))
	for _, m := range r.messages {
		section(out, "Slack message (SNS to Amazon Q Developer in chat applications)")
		if err := showChat(out, m.For("default")); err != nil {
			return err
		}
		section(out, "E-mail (SNS): "+m.Subject)
		fmt.Fprintln(out, strings.TrimRight(m.For("email"), "\n"))
	}
	section(out, fmt.Sprintf("EventBridge events (%d)", len(r.events)))
	for _, e := range r.events {
		fmt.Fprintf(out, "source %s, detail-type %q, resources %v\n  %s\n", e.Source, e.DetailType, e.Resources, summary(e.Detail))
	}
	section(out, fmt.Sprintf("AWS calls (%d)", len(r.calls)))
	showCalls(out, r.calls)
	if len(r.phases) > 0 {
		section(out, "X-Ray trace")
		for _, p := range r.phases {
			fmt.Fprintf(out, "%s%-*s %5d ms\n", strings.Repeat("  ", p.depth), 40-2*p.depth, p.name, p.duration.Milliseconds())
		}
	}
	if len(r.warnings) > 0 {
		section(out, "What the embedded AWS did not understand of the templates")
		for _, w := range r.warnings {
			fmt.Fprintln(out, w)
		}
	}
	fmt.Fprintf(out, "\nThe function started in %d ms and answered in %d ms.\n", r.started.Milliseconds(), r.duration.Milliseconds())
	return nil
}

func section(out io.Writer, title string) {
	fmt.Fprintf(out, "\n== %s %s\n", title, strings.Repeat("=", max(3, 100-len(title))))
}

// payloadText is the answer for people: the event asks for it as text, or it is rendered here.
func payloadText(r *outcome) (string, error) {
	if isText(r.payload) {
		var text string
		return text, readAnswer(r.payload, &text)
	}
	if r.compared {
		var comparison finding.Comparison
		if err := readAnswer(r.payload, &comparison); err != nil {
			return "", err
		}
		return render.Comparison(&comparison), nil
	}
	if r.diagnosed {
		var diagnosis finding.Diagnosis
		if err := readAnswer(r.payload, &diagnosis); err != nil {
			return "", err
		}
		return render.Diagnosis(&diagnosis), nil
	}
	if r.deployed {
		var deployment finding.Deployment
		if err := readAnswer(r.payload, &deployment); err != nil {
			return "", err
		}
		return render.Deployment(&deployment), nil
	}
	if r.support {
		var support finding.Support
		if err := readAnswer(r.payload, &support); err != nil {
			return "", err
		}
		return support.Markdown, nil
	}
	if r.symptom {
		var symptom finding.Symptom
		if err := readAnswer(r.payload, &symptom); err != nil {
			return "", err
		}
		return render.Symptom(&symptom), nil
	}
	var report finding.Report
	if err := readAnswer(r.payload, &report); err != nil {
		return "", err
	}
	return render.English.Text(&report), nil
}

// isText tells an answer as text from one as an object: the event asks for one of them.
func isText(payload []byte) bool { return len(payload) > 0 && payload[0] == '"' }

func readAnswer(payload []byte, into any) error {
	if err := json.Unmarshal(payload, into); err != nil {
		return fmt.Errorf("read the probe's answer: %w", err)
	}
	return nil
}

// beside is what a run did, printed beside its answer.
type beside struct {
	Text     string            `json:"text,omitempty"`
	Messages []json.RawMessage `json:"snsMessages"`
	Events   []eventJSON       `json:"events"`
	Calls    []callJSON        `json:"calls"`
	Warnings []string          `json:"warnings"`
}

// runJSON is the report with what the run did, comparisonJSON the comparison, diagnosisJSON the diagnosis.
type runJSON struct {
	*finding.Report
	beside
}

type comparisonJSON struct {
	*finding.Comparison
	beside
}

type diagnosisJSON struct {
	*finding.Diagnosis
	beside
}

type supportJSON struct {
	*finding.Support
	beside
}

type symptomJSON struct {
	*finding.Symptom
	beside
}

type deploymentJSON struct {
	*finding.Deployment
	beside
}

type eventJSON struct {
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

type callJSON struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	Params    string `json:"params,omitempty"`
	Status    int    `json:"status"`
	ErrorCode string `json:"errorCode,omitempty"`
}

func showJSON(out io.Writer, r *outcome) error {
	doc := beside{Messages: []json.RawMessage{}, Events: []eventJSON{}, Calls: []callJSON{}, Warnings: append([]string{}, r.warnings...)}
	for _, m := range r.messages {
		doc.Messages = append(doc.Messages, json.RawMessage(m.Body))
	}
	for _, e := range r.events {
		doc.Events = append(doc.Events, eventJSON{e.Source, e.DetailType, e.Resources, json.RawMessage(e.Detail)})
	}
	for _, c := range r.calls {
		doc.Calls = append(doc.Calls, callJSON{c.Service, c.Operation, c.Params, c.Status, c.ErrorCode})
	}
	var body any
	switch {
	case isText(r.payload):
		if err := readAnswer(r.payload, &doc.Text); err != nil {
			return err
		}
		body = doc
	case r.compared:
		comparison := new(finding.Comparison)
		if err := readAnswer(r.payload, comparison); err != nil {
			return err
		}
		body = comparisonJSON{comparison, doc}
	case r.diagnosed:
		diagnosis := new(finding.Diagnosis)
		if err := readAnswer(r.payload, diagnosis); err != nil {
			return err
		}
		body = diagnosisJSON{diagnosis, doc}
	case r.deployed:
		deployment := new(finding.Deployment)
		if err := readAnswer(r.payload, deployment); err != nil {
			return err
		}
		body = deploymentJSON{deployment, doc}
	case r.symptom:
		symptom := new(finding.Symptom)
		if err := readAnswer(r.payload, symptom); err != nil {
			return err
		}
		body = symptomJSON{symptom, doc}
	case r.support:
		support := new(finding.Support)
		if err := readAnswer(r.payload, support); err != nil {
			return err
		}
		body = supportJSON{support, doc}
	default:
		report := new(finding.Report)
		if err := readAnswer(r.payload, report); err != nil {
			return err
		}
		body = runJSON{report, doc}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(body)
}

func showSlack(out io.Writer, r *outcome) error {
	if len(r.messages) == 0 {
		_, err := fmt.Fprintln(out, "no message was published")
		return err
	}
	for _, m := range r.messages {
		if err := showChat(out, m.For("default")); err != nil {
			return err
		}
	}
	return nil
}

// showChat prints the part of a chat notification that people see.
func showChat(out io.Writer, notification string) error {
	var chat struct {
		Content struct {
			Title, Description string
			NextSteps          []string
		}
	}
	if err := json.Unmarshal([]byte(notification), &chat); err != nil {
		return fmt.Errorf("read the chat notification: %w", err)
	}
	fmt.Fprintf(out, "*%s*\n%s", chat.Content.Title, chat.Content.Description)
	if len(chat.Content.NextSteps) > 0 {
		fmt.Fprintln(out, "\nNext steps")
		for _, step := range chat.Content.NextSteps {
			fmt.Fprintf(out, "  • %s\n", step)
		}
	}
	return nil
}

// shownParams is how much of a call's parameters fits on a line; -format json shows all.
const shownParams = 120

// showCalls prints the calls sorted by what they are: they run in parallel, so their order means nothing.
func showCalls(out io.Writer, calls []localaws.Call) {
	lines := make([]string, 0, len(calls))
	for _, c := range calls {
		status := fmt.Sprint(c.Status)
		if c.ErrorCode != "" {
			status += " " + c.ErrorCode
		}
		params := c.Params
		if len(params) > shownParams {
			params = params[:shownParams] + " …"
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%-14s %-32s %-6s %s", c.Service, c.Operation, status, params), " "))
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
}

// summary is the beginning of an event's detail; -format json shows all of it.
func summary(detail string) string {
	const shown = 160
	if len(detail) <= shown {
		return detail
	}
	return strings.ToValidUTF8(detail[:shown], "") + " …"
}
