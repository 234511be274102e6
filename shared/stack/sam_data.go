package stack

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

//go:generate go run ./internal/generate -out sam_data.json

//go:embed sam_data.json
var samText []byte

// samData is what is embedded of the SAM translator; internal/generate writes it and says what the fields are.
type samData struct {
	Managed    map[string][]string              `json:"managed"`
	Policies   map[string]samTemplate           `json:"policies"`
	Connectors map[string]map[string]samProfile `json:"connectors"`
	Attributes map[string]samAttributes         `json:"attributes"`
}

type samTemplate struct {
	Parameters []string       `json:"p"`
	Statements []samStatement `json:"s"`
}

type samStatement struct {
	Actions    []string                     `json:"a"`
	Resources  []string                     `json:"r"`
	Conditions map[string]map[string]string `json:"c"`
	Service    string                       `json:"v"`
}

type samProfile struct {
	Kind   string                 `json:"k"`
	Source bool                   `json:"o"`
	Access map[string][]samAccess `json:"a"`
	Valid  [][]string             `json:"l"`
}

type samAccess struct {
	samStatement
	SourceARN     string `json:"n"`
	SourceAccount string `json:"t"`
}

type samAttributes struct {
	Role string `json:"r"`
	ARN  string `json:"a"`
	Name string `json:"n"`
	URL  string `json:"u"`
	ID   string `json:"i"`
	Any  string `json:"q"`
}

// samKnown is read on first use: a template without AWS::Serverless resources needs none of it.
var samKnown = sync.OnceValue(func() *samData {
	var d samData
	if err := json.Unmarshal(samText, &d); err != nil {
		panic("stack: sam_data.json: " + err.Error()) // it is part of the program, and a test reads it
	}
	return &d
})

// pathOf is the path that a managed policy of AWS has below aws:policy/.
func (d *samData) pathOf(name string) string {
	for _, path := range [...]string{"service-role", "job-function", "aws-service-role"} {
		if _, found := slices.BinarySearch(d.Managed[path], name); found {
			return path + "/"
		}
	}
	return ""
}
