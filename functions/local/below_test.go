package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestADefinitionIsReadFromOrdinaryFilesBelowTheTemplateAlone(t *testing.T) {
	outside := write(t, "outside.yaml", "StartAt: A\nStates: {A: {Type: Succeed}}\n")
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	if err := os.Mkdir(in("steps"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"steps/good.yaml": "StartAt: A\nStates: {A: {Type: Succeed}}\n", "empty.yaml": "", "cut.json": `{"StartAt": "A", "Sta`, "huge.yaml": "a: " + strings.Repeat("x", maxBelow),
	} {
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"link.yaml": "steps/good.yaml", "out.yaml": outside, "endless.yaml": "/dev/zero"} {
		if err := os.Symlink(to, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(in("pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"steps/good.yaml": "", "link.yaml": "", "missing.yaml": "missing.yaml is not read: statat missing.yaml: no such file", "steps": "steps is no ordinary file",
		"pipe.yaml": "pipe.yaml is no ordinary file", "out.yaml": "out.yaml is not read: ", "endless.yaml": "endless.yaml is not read: ",
		"empty.yaml": "it holds no map", "cut.json": "it holds no map", "huge.yaml": "it is too large", "../outside.yaml": "lies in another file",
	} {
		file := in("template.yaml")
		text := "Transform: AWS::Serverless-2016-10-31\nResources:" + role +
			"  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}\n  Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: " + name + "}}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		report, warned := checkJSON(t, exitOK, file)
		if (len(report.Gaps) == 0) != (want == "") || !strings.Contains(warned, want) || want == "" && strings.Contains(warned, "is not read") {
			t.Errorf("%s: gaps %+v, warned %q, want %q", name, report.Gaps, warned, want)
		}
	}
}
