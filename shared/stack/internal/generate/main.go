// Generate writes what package stack embeds of the SAM translator, which has to be installed for python3
// (pip install aws-sam-translator==1.110.0): SAM's policy templates, the profiles of its connectors, and which of AWS's
// managed policies have a path.
//
//	go generate ./shared/stack
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The files of the release, with the SHA-256 of each.
const (
	managedFile, managedDigest   = "internal/data/aws_managed_policies.json", "0a6420d93333ee7110ae6c5983cc8f97e28caa6bd727dad0595452a8896d6ba7"
	policiesFile, policiesDigest = "policy_templates_data/policy_templates.json", "3da6e0e839d44360b0f68d0d15f5962e709099e7b398f035a062e82c9f27ed89"
	profilesFile, profilesDigest = "model/connector_profiles/profiles.json", "8740e6d6d288f15a1f607b352ebce41589af4225173e06830ab9138bd4096eed"
)

func main() {
	out := flag.String("out", "sam_data.json", "file to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	where, err := exec.CommandContext(ctx, "python3", "-c", "import samtranslator; print(samtranslator.__path__[0])").Output()
	if err != nil {
		return fmt.Errorf("find the translator (pip install aws-sam-translator==1.110.0): %w", err)
	}
	made, err := convert(strings.TrimSpace(string(where)))
	if err != nil {
		return err
	}
	text, err := print(made)
	if err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}

// data is what is embedded: package stack reads the same shape.
type data struct {
	// Managed are names of managed policies by the path they have below aws:policy/.
	Managed map[string][]string `json:"managed"`
	// Policies are the policy templates by name.
	Policies map[string]template `json:"policies"`
	// Connectors are the profiles by the types of source and destination.
	Connectors map[string]map[string]profile `json:"connectors"`
	// Attributes are what connectors know of a type of resource.
	Attributes map[string]attributes `json:"attributes"`
}

type template struct {
	Parameters []string    `json:"p,omitempty"`
	Statements []statement `json:"s"`
}

// statement allows; in its texts ${Name} stands for a parameter's value or a pseudo parameter.
type statement struct {
	Actions    []string                     `json:"a"`
	Resources  []string                     `json:"r"`
	Conditions map[string]map[string]string `json:"c,omitempty"`
	Service    string                       `json:"v,omitempty"`
}

type profile struct {
	Kind   string              `json:"k"`           // role, queue, topic or function: whose policy it is
	Source bool                `json:"o,omitempty"` // the policy is the source's
	Access map[string][]access `json:"a"`
	Valid  [][]string          `json:"l,omitempty"` // the only combinations, where not all are
}

type access struct {
	statement
	SourceARN     string `json:"n,omitempty"`
	SourceAccount string `json:"t,omitempty"`
}

type attributes struct {
	Role string `json:"r,omitempty"` // property with the role
	ARN  string `json:"a,omitempty"` // how the ARN is written: Ref, or the attribute's name
	Name string `json:"n,omitempty"`
	URL  string `json:"u,omitempty"`
	ID   string `json:"i,omitempty"`
	Any  string `json:"q,omitempty"` // the qualifier where none is given
}

func convert(folder string) (*data, error) {
	d := &data{Managed: map[string][]string{}, Policies: map[string]template{}, Connectors: map[string]map[string]profile{}, Attributes: map[string]attributes{}}
	if err := d.managed(folder); err != nil {
		return nil, err
	}
	if err := d.policies(folder); err != nil {
		return nil, err
	}
	return d, d.connectors(folder)
}

func read(folder, name, digest string, to any) error {
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest {
		return fmt.Errorf("%s has the digest %x, want %s: another release?", name, sum, digest)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (d *data) managed(folder string) error {
	var all map[string]map[string]string
	if err := read(folder, managedFile, managedDigest, &all); err != nil {
		return err
	}
	for name, arn := range all["aws"] {
		_, rest, _ := strings.Cut(arn, ":policy/")
		if dir := path.Dir(rest); dir != "." {
			d.Managed[dir] = append(d.Managed[dir], name)
		}
	}
	for _, names := range d.Managed {
		slices.Sort(names)
	}
	return nil
}

// written is a statement as the translator has it.
type written struct {
	Action, Resource any
	Effect           string
	Principal        map[string]string
	Condition        map[string]map[string]any
}

func (d *data) policies(folder string) error {
	var all struct {
		Templates map[string]struct {
			Definition struct{ Statement []written }
			Parameters map[string]any
		}
	}
	if err := read(folder, policiesFile, policiesDigest, &all); err != nil {
		return err
	}
	for name, t := range all.Templates {
		var made template
		for parameter := range t.Parameters {
			made.Parameters = append(made.Parameters, parameter)
		}
		slices.Sort(made.Parameters)
		for _, w := range t.Definition.Statement {
			s, err := statementOf(w)
			if err != nil {
				return fmt.Errorf("policy template %s: %w", name, err)
			}
			made.Statements = append(made.Statements, s)
		}
		d.Policies[name] = made
	}
	return nil
}

func statementOf(w written) (statement, error) {
	s := statement{Service: w.Principal["Service"]}
	if w.Effect != "" && w.Effect != "Allow" {
		return s, fmt.Errorf("the effect %q", w.Effect)
	}
	var err error
	if s.Actions, err = texts(w.Action); err != nil {
		return s, err
	}
	if s.Resources, err = texts(w.Resource); err != nil {
		return s, err
	}
	for operator, keys := range w.Condition {
		for key, value := range keys {
			list, err := texts(value)
			if err != nil {
				return s, err
			}
			if len(list) != 1 {
				return s, fmt.Errorf("a condition of %d values", len(list))
			}
			if s.Conditions == nil {
				s.Conditions = map[string]map[string]string{}
			}
			if s.Conditions[operator] == nil {
				s.Conditions[operator] = map[string]string{}
			}
			s.Conditions[operator][key] = list[0]
		}
	}
	return s, nil
}

// texts are the texts of a value, with the parameters in the place of the variables of Fn::Sub.
func texts(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		var out []string
		for _, item := range v {
			list, err := texts(item)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
		return out, nil
	case map[string]any:
		switch sub := v["Fn::Sub"].(type) {
		case string:
			return []string{sub}, nil
		case []any:
			text, _ := sub[0].(string)
			vars, _ := sub[1].(map[string]any)
			for name, value := range vars {
				ref, _ := value.(map[string]any)
				parameter, ok := ref["Ref"].(string)
				if !ok {
					return nil, fmt.Errorf("the variable %v", value)
				}
				text = strings.ReplaceAll(text, "${"+name+"}", "${"+parameter+"}")
			}
			return []string{text}, nil
		}
	}
	return nil, fmt.Errorf("the value %v", v)
}

// variable is a part of a profile that a connector fills in.
var variable = regexp.MustCompile(`%\{(Source|Destination)\.(\w+)\}`)

func filled(s string) string { return variable.ReplaceAllString(s, "$${$1$2}") }

func (d *data) connectors(folder string) error {
	var all struct {
		Permissions map[string]map[string]struct {
			Type       string
			Properties struct {
				SourcePolicy          bool
				AccessCategories      map[string]json.RawMessage
				ValidAccessCategories [][]string
			}
		}
		CfnResourceProperties map[string]struct {
			Inputs  map[string]any
			Outputs map[string]any
		}
	}
	if err := read(folder, profilesFile, profilesDigest, &all); err != nil {
		return err
	}
	kinds := map[string]string{"AWS_IAM_ROLE_MANAGED_POLICY": "role", "AWS_SQS_QUEUE_POLICY": "queue", "AWS_SNS_TOPIC_POLICY": "topic", "AWS_LAMBDA_PERMISSION": "function"}
	for from, destinations := range all.Permissions {
		d.Connectors[from] = map[string]profile{}
		for to, p := range destinations {
			made := profile{Kind: kinds[p.Type], Source: p.Properties.SourcePolicy, Access: map[string][]access{}, Valid: p.Properties.ValidAccessCategories}
			if made.Kind == "" {
				return fmt.Errorf("connector from %s to %s: the kind %q", from, to, p.Type)
			}
			for name, raw := range p.Properties.AccessCategories {
				list, err := accessOf(raw)
				if err != nil {
					return fmt.Errorf("connector from %s to %s: %w", from, to, err)
				}
				made.Access[name] = list
			}
			d.Connectors[from][to] = made
		}
	}
	for kind, p := range all.CfnResourceProperties {
		var a attributes
		switch role := p.Inputs["Role"].(type) {
		case string:
			a.Role = role
		case map[string]any:
			a.Role, _ = role["Function"].(string)
		}
		for key, to := range map[string]*string{"Arn": &a.ARN, "Name": &a.Name, "Url": &a.URL, "Id": &a.ID} {
			*to = attributeOf(p.Outputs[key])
		}
		a.Any, _ = p.Outputs["Qualifier"].(string)
		d.Attributes[kind] = a
	}
	return nil
}

func attributeOf(v any) string {
	m, _ := v.(map[string]any)
	if _, ok := m["Ref"]; ok {
		return "Ref"
	}
	list, _ := m["Fn::GetAtt"].([]any)
	if len(list) != 2 {
		return ""
	}
	name, _ := list[1].(string)
	return name
}

func accessOf(raw json.RawMessage) ([]access, error) {
	var w struct {
		Statement                []written
		Principal                string
		Action                   any
		SourceArn, SourceAccount string
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, err
	}
	if w.Statement == nil {
		actions, err := texts(w.Action)
		return []access{{statement: statement{Actions: actions, Service: w.Principal}, SourceARN: filled(w.SourceArn), SourceAccount: w.SourceAccount}}, err
	}
	var out []access
	for _, one := range w.Statement {
		s, err := statementOf(one)
		if err != nil {
			return nil, err
		}
		for i := range s.Resources {
			s.Resources[i] = filled(s.Resources[i])
		}
		for _, keys := range s.Conditions {
			for key := range keys {
				keys[key] = filled(keys[key])
			}
		}
		out = append(out, access{statement: s})
	}
	return out, nil
}

// print writes an entry a line, so that changes can be read.
func print(d *data) ([]byte, error) {
	whole, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	var sections map[string]map[string]json.RawMessage
	if err := json.Unmarshal(whole, &sections); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("{\n")
	for i, name := range []string{"managed", "policies", "connectors", "attributes"} {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "%q:{", name)
		keys := make([]string, 0, len(sections[name]))
		for key := range sections[name] {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for j, key := range keys {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "\n%q:%s", key, sections[name][key])
		}
		b.WriteString("}")
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}
