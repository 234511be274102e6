package stack

import (
	"regexp"
	"strings"
	"testing"
)

// Every row of the tables can be resolved without its properties, and gives
// what has the form of an ARN.
func TestEveryKnownTypeResolves(t *testing.T) {
	arn := regexp.MustCompile(`^(arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^{}\s]|⟦X\.[A-Za-z]+⟧)`)
	seen := map[string]bool{}
	for _, table := range kinds {
		for typ, k := range table {
			if seen[typ] {
				t.Errorf("%s is in two tables", typ)
			}
			seen[typ] = true
			s, err := Load("t.json", []byte(`{"Resources":{"X":{"Type":"`+typ+`"}}}`), Options{})
			if err != nil {
				t.Errorf("%s: %v", typ, err)
				continue
			}
			r := s.Find("X")
			if k.arn != "" && !arn.MatchString(strings.ReplaceAll(r.ARN, " ", "")) {
				t.Errorf("%s has the ARN %q", typ, r.ARN)
			}
			if r.PhysicalID == "" || r.Ref == "" || strings.ContainsAny(r.PhysicalID+r.Ref+r.ARN, "{}") {
				t.Errorf("%s: id %q, Ref %q, ARN %q", typ, r.PhysicalID, r.Ref, r.ARN)
			}
			for att := range k.atts {
				v, known, err := s.eval.attribute(r.state, att)
				if text, _ := v.(string); err != nil || !known || text == "" || strings.ContainsAny(text, "{}") {
					t.Errorf("%s.%s is %q, %v", typ, att, v, err)
				}
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("%d types are known", len(seen))
	}
}
