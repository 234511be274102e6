package config_test

import (
	"strings"
	"testing"
	"time"

	"permprobe/shared/config"
)

const notesARN = "arn:aws:lambda:us-east-1:123456789012:function:notes"

func TestAPatternThatCanNameNoFunctionIsRefused(t *testing.T) {
	const qualified = "has a qualifier: give the function's name alone, all its versions and aliases are checked"
	const qualifiedARN = "has a qualifier: give the ARN without it, all versions and aliases of a function are checked"
	const partial = "is a part of an ARN: give the whole ARN, or the function's name alone"
	const otherARN = "is not the ARN of a Lambda function"
	tests := map[string]struct{ pattern, want string }{
		"a name":                              {"notes_API-2", ""},
		"everything":                          {"*", ""},
		"a pattern":                           {"no?es-*", ""},
		"an ARN":                              {notesARN, ""},
		"an ARN of another partition":         {"arn:aws-cn:lambda:cn-north-1:123456789012:function:notes", ""},
		"an ARN with wildcards":               {"arn:aws:lambda:*:*:function:notes-*", ""},
		"an ARN whose star stands for parts":  {"arn:*:notes", ""},
		"an ARN cut by a star":                {"arn:aws:lambda:us-east-1:*", ""},
		"an ARN with ?":                       {"arn:aws:lambd?:us-east-?:123456789012:function:notes", ""},
		"nothing":                             {"", "is empty"},
		"white space":                         {" ", "is empty"},
		"two words":                           {"a b", "holds white space: a function's name, ARN or pattern has none"},
		"two lines":                           {"a\nb", "holds white space: a function's name, ARN or pattern has none"},
		"a control character":                 {"a\x1b", "holds a character that no function's name or ARN has"},
		"a letter that is not ASCII":          {"nötes", "holds a character that no function's name or ARN has"},
		"as long as may be":                   {strings.Repeat("a", 512), ""},
		"too long":                            {strings.Repeat("a", 513), "is longer than 512 characters"},
		"a name with an alias":                {"notes:live", qualified},
		"a name with $LATEST":                 {"notes:$LATEST", qualified},
		"a partial ARN":                       {"123456789012:function:notes", partial},
		"a partial ARN with a star":           {"*:function:notes", partial},
		"an ARN with an alias":                {notesARN + ":live", qualifiedARN},
		"an ARN with a star and an alias":     {"arn:aws:lambda:*:123456789012:function:notes:live", qualifiedARN},
		"an ARN with a star as its qualifier": {notesARN + ":*", qualifiedARN},
		"an ARN that ends early":              {"arn:aws:lambda:us-east-1:123456789012", "is not the whole ARN of a Lambda function"},
		"a role":                              {"arn:aws:iam::123456789012:role/app", otherARN},
		"a layer":                             {"arn:aws:lambda:us-east-1:123456789012:layer:x", otherARN},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := message(config.ValidatePattern(test.pattern)); got != test.want {
				t.Errorf("%q: got %q, want %q", test.pattern, got, test.want)
			}
		})
	}
}

func TestAPatternSelectsByNameOrByWholeARN(t *testing.T) {
	tests := map[string]struct {
		pattern string
		want    bool
	}{
		"the name":                               {"notes", true},
		"another case":                           {"Notes", false},
		"the beginning of the name":              {"note", false},
		"the end of the name":                    {"otes", false},
		"a star":                                 {"no*", true},
		"a star that stands for nothing":         {"notes*", true},
		"one character":                          {"note?", true},
		"a character too many":                   {"notes?", false},
		"the ARN":                                {notesARN, true},
		"the ARN with a star":                    {"arn:aws:lambda:*:function:n*", true},
		"the ARN of another region":              {strings.Replace(notesARN, "us-east-1", "eu-west-1", 1), false},
		"the ARN of another function":            {notesARN + "2", false},
		"a name pattern is not tried on the ARN": {"*:function:notes", false},
		"a dot is a dot":                         {"n.tes", false},
		"brackets are brackets":                  {"[n]otes", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := config.Selects(test.pattern, "notes", notesARN); got != test.want {
				t.Errorf("%q: got %t", test.pattern, got)
			}
		})
	}
}

// naive is the definition of a match, without care for time.
func naive(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		for i := 0; i <= len(text); i++ {
			if naive(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	}
	return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && naive(pattern[1:], text[1:])
}

func TestMatchingAgreesWithItsDefinitionOnEverySmallCase(t *testing.T) {
	var patterns, texts []string
	grow := func(alphabet string, length int) []string {
		all, last := []string{""}, []string{""}
		for range length {
			var next []string
			for _, s := range last {
				for _, c := range alphabet {
					next = append(next, s+string(c))
				}
			}
			all, last = append(all, next...), next
		}
		return all
	}
	patterns, texts = grow("ab*?", 5), grow("ab*", 5)
	for _, p := range patterns {
		for _, text := range texts {
			if got, want := config.Match(p, text), naive(p, text); got != want {
				t.Fatalf("Match(%q, %q) = %t, want %t", p, text, got, want)
			}
		}
	}
}

func FuzzMatchingAgreesWithItsDefinition(f *testing.F) {
	f.Add("*a?b*", "xxaxbx")
	f.Add("", "")
	f.Add("**", "é")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 12 {
			t.Skip("the definition takes exponential time")
		}
		if got, want := config.Match(pattern, text), naive(pattern, text); got != want {
			t.Errorf("Match(%q, %q) = %t, want %t", pattern, text, got, want)
		}
	})
}

func TestMatchingTakesNoExponentialTime(t *testing.T) {
	text := strings.Repeat("a", 10_000)
	start := time.Now()
	if config.Match(strings.Repeat("*a", 250)+"*b", text) {
		t.Error("a pattern that ends in b covers a text without b")
	}
	if !config.Match(strings.Repeat("a*", 250), text) {
		t.Error("a pattern of stars does not cover the text")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}
