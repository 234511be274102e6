package scan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the figures in docs/invoke.md again")

// figuresFile holds what is found of broken permissions, a part for our own templates and one for ordinary ones.
var figuresFile = filepath.Join("..", "..", "docs", "invoke.md")

// The headings of the parts.
const (
	samPart      = "## Templates of our own, for every kind of event of SAM"
	ordinaryPart = "## Ordinary templates\n\n" +
		"153 templates of other people's applications, which are not part of this project; `PERMPROBE_TEMPLATES` names such a folder. Each permission is\n" +
		"broken by itself. Why there is nothing to find was worked out from the templates, without the probe's decisions where that is possible."
)

// table is the counts as Markdown. Reasons why nothing is to be found stand below it.
func (s *scores) table() string {
	var b strings.Builder
	b.WriteString("| change | made | nothing to find | found | missed | wrong | recall | precision |\n|---|---|---|---|---|---|---|---|\n")
	reasons := map[string]int{}
	for _, name := range faultNames(s.of) {
		one := s.of[name]
		quiet := 0
		for reason, n := range one.quiet {
			quiet += n
			reasons[reason] = max(reasons[reason], n)
		}
		could := one.made - quiet
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %.1f %% | %.1f %% |\n", name, one.made, quiet, one.found, could-one.found-one.wrong, one.wrong,
			percent(one.found, could), percent(one.found, one.found+one.wrong))
	}
	if len(reasons) > 0 {
		b.WriteString("\nNothing to find, at most:\n\n")
		for _, reason := range sortedKeys(reasons) {
			fmt.Fprintf(&b, "- %d: %s\n", reasons[reason], reason)
		}
	}
	return b.String()
}

// part is what stands below a heading, and what stands before and behind it.
func part(text, heading string) (before, of, behind string, found bool) {
	before, of, found = strings.Cut(text, heading+"\n\n")
	if at := strings.Index(of, "\n## "); at >= 0 {
		of, behind = of[:at], of[at:]
	}
	return before, of, behind, found
}

// hold compares the counts with those in the document.
func (s *scores) hold(t *testing.T, heading string) {
	t.Helper()
	if *update {
		s.write(t, heading)
		return
	}
	data, err := os.ReadFile(figuresFile)
	if err != nil {
		t.Fatal(err)
	}
	_, have, _, _ := part(string(data), heading)
	if diff := cmp.Diff(have, s.table()); diff != "" {
		t.Errorf("%s does not say what was found: run the test with -update (-have +want):\n%s", figuresFile, diff)
	}
}

// write puts the counts into the document.
func (s *scores) write(t *testing.T, heading string) {
	t.Helper()
	data, err := os.ReadFile(figuresFile)
	if err != nil {
		t.Fatal(err)
	}
	before, _, behind, found := part(string(data), heading)
	if !found {
		t.Fatalf("%s has no %q", figuresFile, heading)
	}
	if err := os.WriteFile(figuresFile, []byte(before+heading+"\n\n"+s.table()+behind), 0o600); err != nil {
		t.Fatal(err)
	}
}
