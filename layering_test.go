package permprobe_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layers says for every package which of ours it may import. A package that is not listed fails the test:
// the table grows with the code, on purpose.
var layers = map[string][]string{
	"shared/iampolicy":  {},
	"shared/authref":    {},
	"shared/finding":    {},
	"shared/denial":     {},
	"shared/stack":      {},
	"shared/runtimeapi": {},
	"shared/awsclient":  {},
	"shared/telemetry":  {},
	"shared/declare":    {"shared/iampolicy", "shared/authref"},
	"shared/config":     {"shared/declare", "shared/permission"},
	"shared/permission": {},
	"shared/lint":       {"shared/iampolicy", "shared/authref"},
	"shared/fact":       {"shared/iampolicy"},
	"shared/need":       {"shared/fact", "shared/config", "shared/declare", "shared/authref", "shared/iampolicy"},
	"shared/decide":     {"shared/fact", "shared/need", "shared/iampolicy", "shared/authref", "shared/lint"},
	"shared/check":      {"shared/fact", "shared/need", "shared/decide", "shared/finding"},
	"shared/catalog":    {"shared/check", "shared/fact", "shared/need", "shared/decide", "shared/finding"},
	"shared/remedy":     {"shared/fact", "shared/need", "shared/decide", "shared/finding", "shared/iampolicy", "shared/authref"},
	"shared/render":     {"shared/finding"},
	"shared/collect":    {"shared/fact", "shared/iampolicy", "shared/permission", "shared/denial"},
	"shared/simulate":   {"shared/decide", "shared/fact", "shared/iampolicy"},
	"shared/ledger":     {"shared/finding"},
	"shared/publish":    {"shared/finding", "shared/render"},
	"shared/localaws":   {"shared/stack", "shared/iampolicy", "shared/authref"},
}

// anything of the library may be imported by what wires it, except what only runs on a developer's machine.
var developerOnly = []string{"shared/stack", "shared/localaws", "shared/runtimeapi"}

// clients are the packages that may use SDK service clients.
var clients = []string{
	"shared/collect", "shared/simulate", "shared/ledger", "shared/publish", "shared/awsclient", "functions/probe",
	"shared/scan/scantest", // the probe's wiring for tests
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		packages = append(packages, p)
	}
}

func ours(path string) (string, bool) { return strings.CutPrefix(path, "permprobe/") }

// layerOf is the package that an internal package belongs to; the compiler keeps others out of it.
func layerOf(name string) string {
	layer, _, _ := strings.Cut(name, "/internal/")
	return layer
}

func TestPackagesImportOnlyWhatTheirLayerAllows(t *testing.T) {
	for _, p := range listPackages(t) {
		name, ok := ours(p.ImportPath)
		if !ok {
			continue // the tests of the root folder
		}
		name = layerOf(name)
		allowed, listed := layers[name]
		wiring := strings.HasPrefix(name, "functions/") || name == "shared/scan" || name == "shared/scan/scantest"
		if !listed && !wiring {
			t.Errorf("package %s is not in the table of layers: say what it may import", name)
		}
		for _, path := range p.Imports {
			imported, ok := ours(path)
			if !ok {
				if strings.HasPrefix(path, "github.com/aws/aws-sdk-go-v2/service/") && !slices.Contains(clients, name) {
					t.Errorf("%s imports the SDK client %s: only %v may", name, path, clients)
				}
				if path == "github.com/aws/aws-sdk-go-v2/service/ec2" {
					t.Errorf("%s imports service/ec2, which is huge", name)
				}
				continue
			}
			if imported = layerOf(imported); !wiring && imported != name && !slices.Contains(allowed, imported) {
				t.Errorf("%s may not import %s", name, imported)
			}
		}
	}
}

func TestTheDeployedFunctionHoldsNothingOfTheEmbeddedAWS(t *testing.T) {
	found := false
	for _, p := range listPackages(t) {
		if p.ImportPath != "permprobe/functions/probe" {
			continue
		}
		found = true
		for _, path := range p.Deps {
			if name, ok := ours(path); ok && slices.Contains(developerOnly, name) {
				t.Errorf("functions/probe depends on %s", name)
			}
		}
	}
	if !found {
		t.Fatal("go list shows no functions/probe: the test looks at nothing")
	}
}

func TestNoHelperPackages(t *testing.T) {
	for _, p := range listPackages(t) {
		last := p.ImportPath[strings.LastIndexByte(p.ImportPath, '/')+1:]
		if slices.Contains([]string{"util", "utils", "common", "helpers", "misc"}, last) {
			t.Errorf("package %s: a helper belongs to the type that it asks about", p.ImportPath)
		}
	}
}
