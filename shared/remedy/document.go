package remedy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"permprobe/shared/fact"

	"go.yaml.in/yaml/v3"
)

// statement is one statement of a proposed policy. Its fields are in the order in which people write them.
type statement struct {
	SID       string         `json:"Sid,omitempty"`
	Effect    string         `json:"Effect"`
	Principal any            `json:"Principal,omitempty"`
	Action    any            `json:"Action"`
	Resource  any            `json:"Resource,omitempty"`
	Condition map[string]any `json:"Condition,omitempty"`
}

type document struct {
	Version   string `json:"Version"`
	ID        string `json:"Id,omitempty"`
	Statement []any  `json:"Statement"`
}

const languageVersion = "2012-10-17"

func newDocument(statements ...any) document {
	return document{Version: languageVersion, Statement: statements}
}

// extend returns the document in text with one more statement. The statements that it holds stay as they are
// written.
func extend(text string, more statement) (document, error) {
	doc, statements, err := readDocument(text)
	if err != nil {
		return document{}, err
	}
	for _, one := range statements {
		doc.Statement = append(doc.Statement, one)
	}
	doc.Statement = append(doc.Statement, more)
	return doc, nil
}

// readDocument splits the document in text into its frame and its statements as they are written.
func readDocument(text string) (document, []json.RawMessage, error) {
	var existing struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &existing); err != nil {
		return document{}, nil, fmt.Errorf("read the existing policy: %w", err)
	}
	doc := document{Version: existing.Version, ID: existing.ID}
	if doc.Version == "" {
		doc.Version = "2008-10-17" // what a policy without a version is, and what its variables rely on
	}
	list := bytes.TrimSpace(existing.Statement)
	if len(list) > 0 && list[0] == '{' {
		list = append(append([]byte{'['}, list...), ']')
	}
	var statements []json.RawMessage
	if err := json.Unmarshal(list, &statements); err != nil {
		return document{}, nil, fmt.Errorf("read the existing statements: %w", err)
	}
	return doc, statements, nil
}

func compactJSON(v any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // <, > and & are legal in a policy and must stay readable
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("write JSON: %w", err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// yamlText writes v as a template writes it: as YAML in the order of its JSON form, indented by two spaces.
func yamlText(v any) (string, error) {
	text, err := compactJSON(v)
	if err != nil {
		return "", err
	}
	// JSON is YAML, and a node keeps the order of keys and the spelling of numbers.
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	plain(&node)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	return out.String(), nil
}

// plain takes the JSON spelling off a node; the encoder quotes what needs it.
func plain(node *yaml.Node) {
	node.Style = 0
	for _, child := range node.Content {
		plain(child)
	}
}

// shellQuote makes one word for a POSIX shell.
func shellQuote(word string) string {
	if word != "" && strings.IndexFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@,+%", r))
	}) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// command joins the words of a command that can be pasted.
func command(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellQuote(word)
	}
	return strings.Join(quoted, " ")
}

// commandIn is a command for what an account owns. Some name what they change by a name that each account may have, so that
// one for another account asks for a profile of its own and changes nothing without.
//
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html#cli-configure-files-using-profiles
func commandIn(facts *fact.Facts, account string, words ...string) string {
	text := command(words...)
	if account == "" || account == facts.Account.ID {
		return text
	}
	return text + fmt.Sprintf(` --profile "${PROFILE_%s:?name a profile of the AWS CLI for account %s in it}"`, account, account)
}
