package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// Where code calls methods by names that only the run knows, the linker can drop no exported method of any type it
// keeps: the SDK clients then come whole, which more than doubles the function's package and its start.
func TestNothingKeepsTheLinkerFromDroppingMethodsThatNobodyCalls(t *testing.T) {
	const root = "../.."
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	tags := regexp.MustCompile(`-tags (\S+) .*\./functions/probe`).FindSubmatch(makefile)
	if tags == nil {
		t.Fatal("the Makefile builds the function without tags")
	}
	build := exec.CommandContext(context.Background(), "go", "build", "-tags", string(tags[1]), "-ldflags=-s -w -dumpdep", "-o", filepath.Join(t.TempDir(), "bootstrap"), "./functions/probe")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	edges, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, edges[:min(len(edges), 2000)])
	}
	if !bytes.Contains(edges, []byte("main.main -> ")) {
		t.Fatal("the linker did not print what keeps what")
	}
	// The linker marks what calls reflect's Method or MethodByName with a name that is no constant.
	for _, line := range regexp.MustCompile(`(?m)^.* -> (\S+) <ReflectMethod>$`).FindAllSubmatch(edges, -1) {
		t.Errorf("%s calls methods by name: the linker keeps them all", line[1])
	}
}
