package render

import (
	"strings"
	"testing"

	"permprobe/shared/finding"
)

func TestAFixForBothSidesIsToldInJapaneseInItsOrder(t *testing.T) {
	told := func(cli, summary string) string {
		f := finding.Finding{
			Check: "R17", Place: finding.PlaceExecutionRole, Role: "arn:aws:iam::123456789012:role/app", Resource: "arn:aws:iam::210987654321:role/held", Action: "sts:AssumeRole",
			Fix: finding.Fix{CLI: cli, Summary: summary},
		}
		inJapanese(&f)
		return f.Fix.Summary
	}
	const role, trust = "aws iam put-role-policy --x", "aws iam update-assume-role-policy --x"
	const first = "インラインポリシーを app に追加してください。"
	for name, c := range map[string]struct {
		fix, ends string
		both      bool
	}{
		"of one account":       {told(role+" && "+trust, "Give it."+finding.Then("")+"Let it."), "続いて、呼び出し先のリソースのポリシーも変更してください。", true},
		"of two accounts":      {told(role+" && "+trust, "Give it."+finding.Then("210987654321")+"Let it."), "続いて、アカウント 210987654321 で呼び出し先のリソースのポリシーも変更してください。", true},
		"of the role alone":    {told(role, "Give it."), first, false},
		"with the word inside": {told(role, "Give it. Then update it."), first, false},
	} {
		if !strings.Contains(c.fix, first) || !strings.HasSuffix(c.fix, c.ends) || strings.Contains(c.fix, "続いて") != c.both {
			t.Errorf("%s: %s", name, c.fix)
		}
	}
}
