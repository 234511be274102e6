package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"permprobe/shared/finding"
)

// sarifSchema is the schema that the log names for editors and validators.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

// The parts of a SARIF 2.1.0 log that are written.
//
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string             `json:"id"`
		ShortDescription     sarifText          `json:"shortDescription"`
		FullDescription      sarifText          `json:"fullDescription"`
		Help                 sarifText          `json:"help"`
		DefaultConfiguration sarifConfiguration `json:"defaultConfiguration"`
		Properties           sarifRuleProperty  `json:"properties"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	// sarifRuleProperty holds what code scanning reads: no security-severity, which is for vulnerabilities.
	//
	// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
	sarifRuleProperty struct {
		Tags    []string `json:"tags"`
		Problem string   `json:"problem.severity"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level          string         `json:"level"`
		Message        sarifText      `json:"message"`
		AssociatedRule *sarifRuleName `json:"associatedRule,omitempty"`
	}
	sarifRuleName struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
	}
	sarifResult struct {
		RuleID              string             `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Level               string             `json:"level"`
		Message             sarifText          `json:"message"`
		Locations           []sarifLocation    `json:"locations"`
		RelatedLocations    []sarifLocation    `json:"relatedLocations,omitempty"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
		Properties          map[string]string  `json:"properties"`
	}
	sarifSuppression struct {
		Kind   string `json:"kind"`
		Status string `json:"status"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
		// URIBaseID is left out of absolute URIs.
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// SARIF is the report as a SARIF 2.1.0 log of one run. Every finding is a result with one location, every gap a
// notification of the run: what could not be decided is no result.
func SARIF(r *finding.Report, rules []Rule, where Where) (string, error) {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "permprobe", Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
		Invocations: []sarifInvocation{{
			ExecutionSuccessful: r.Status != finding.ReportError, Notifications: []sarifNotification{},
		}},
	}
	for i := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(&rules[i]))
	}
	indexOf := func(id string) int {
		return slices.IndexFunc(rules, func(one Rule) bool { return one.ID == id })
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		run.Results = append(run.Results, sarifResultOf(f, indexOf(f.Check), where(f)))
	}
	told := &run.Invocations[0].Notifications
	for i := range r.Gaps {
		g := &r.Gaps[i]
		one := sarifNotification{Level: "warning", Message: sarifText{Text: English.gapLines(r.Gaps[i : i+1])[0]}}
		if at := indexOf(g.Check); at >= 0 {
			one.AssociatedRule = &sarifRuleName{ID: g.Check, Index: at}
		}
		*told = append(*told, one)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}); err != nil {
		return "", fmt.Errorf("write the SARIF log: %w", err)
	}
	return text.String(), nil
}

// sarifLevel is a severity in SARIF's three levels.
func sarifLevel(s finding.Severity) string {
	switch s {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	}
	return "note"
}

func sarifRuleOf(rule *Rule) sarifRule {
	problem := map[string]string{"error": "error", "warning": "warning", "note": "recommendation"}
	level := sarifLevel(rule.Severity)
	help := rule.Title + ".\n\n" + rule.Text
	return sarifRule{
		ID:                   rule.ID,
		ShortDescription:     sarifText{Text: rule.Title},
		FullDescription:      sarifText{Text: rule.Text},
		Help:                 sarifText{Text: help, Markdown: markdown(help)},
		DefaultConfiguration: sarifConfiguration{level},
		Properties:           sarifRuleProperty{Tags: append([]string{"iam", "lambda"}, rule.Guide...), Problem: problem[level]},
	}
}

// markdown escapes what would be markup.
func markdown(text string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;", "[", `\[`).Replace(text)
}

func sarifResultOf(f *finding.Finding, index int, at []Location) sarifResult {
	text, command := sarifMessage(f)
	result := sarifResult{
		RuleID: f.Check, RuleIndex: index, Level: sarifLevel(f.Severity),
		Message:   sarifText{Text: text},
		Locations: []sarifLocation{},
		// The second is the only one that code scanning reads. Without it the line would be the identity, which two
		// findings of one resource share.
		PartialFingerprints: map[string]string{"permprobeFindingId/v1": f.ID, "primaryLocationLineHash": f.ID},
		Properties: map[string]string{
			"severity": string(f.Severity), "confidence": string(f.Confidence), "place": string(f.Place), "function": f.Function,
		},
	}
	if command != "" {
		result.Properties["command"] = command
	}
	for i, one := range at {
		if i == 0 {
			result.Locations = append(result.Locations, sarifLocation{Physical: sarifPlace(one)})
			continue
		}
		result.RelatedLocations = append(result.RelatedLocations, sarifLocation{
			Physical: sarifPlace(one), Message: &sarifText{Text: "the function " + oneLine(functionName(f.Function))},
		})
	}
	if f.Status == finding.StatusSuppressed {
		result.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted"}}
	}
	return result
}

// sarifMessage is what is broken, why, and what mends it. Brackets are links and braces are arguments in a message of
// SARIF, so what AWS and users wrote is escaped. A command must not be: it stands in the message where it needs no
// escapes, and is always a property of its own.
func sarifMessage(f *finding.Finding) (text, command string) {
	lines := []string{oneLine(f.Title) + "."}
	add := func(before, text string) {
		if text = oneLine(text); text != "" {
			lines = append(lines, before+sarifEscapes.Replace(text))
		}
	}
	lines[0] = sarifEscapes.Replace(lines[0])
	add("", f.Symptom)
	add("Why: ", f.Cause)
	add("Fix: ", English.fixLine(&f.Fix))
	if pasteable(f.Fix.CLI) {
		command = f.Fix.CLI
		if strings.ContainsAny(command, `\[]{}`) {
			lines = append(lines, "The command is in the property command of this result.")
		} else {
			lines = append(lines, command)
		}
	}
	return strings.Join(lines, "\n"), command
}

// sarifEscapes are those of messages.
var sarifEscapes = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "{", "{{", "}", "}}")

func sarifPlace(at Location) sarifPhysical {
	place := sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Path: at.File}).EscapedPath(), URIBaseID: "%SRCROOT%"}}
	if strings.HasPrefix(at.File, "/") {
		place.Artifact = sarifArtifact{URI: (&url.URL{Scheme: "file", Path: at.File}).String()}
	}
	if at.Line > 0 {
		place.Region = &sarifRegion{StartLine: at.Line, StartColumn: at.Column}
	}
	return place
}
