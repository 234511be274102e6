package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxBelow is more than package stack takes of a file.
const maxBelow = 8 << 20

// readBelow reads files that lie below a template's folder. Templates of other people are checked, too: no link leads out of the
// folder, and what is no ordinary file is not opened, so that nothing waits for a pipe or reads a device without an end.
func readBelow(template string) func(path string) ([]byte, error) {
	return func(path string) (data []byte, err error) {
		root, err := os.OpenRoot(filepath.Dir(template))
		if err != nil {
			return nil, fmt.Errorf("open the template's folder: %w", err)
		}
		defer func() { _ = root.Close() }()
		path = filepath.FromSlash(path)
		info, err := root.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no ordinary file", path)
		}
		file, err := root.Open(path)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		return io.ReadAll(io.LimitReader(file, maxBelow))
	}
}
