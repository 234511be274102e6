package main

import (
	"fmt"
	"os"
	"path/filepath"

	"permprobe/shared/config"
)

// readProbe reads a probe.yaml and the policy documents that lie beside it.
func readProbe(path string) (config.File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return config.File{}, fmt.Errorf("read the configuration: %w", err)
	}
	return config.ParseFile(path, data, func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(filepath.Dir(path), name)) })
}

// packageProbe puts a probe.yaml and the policy documents that it names into a folder, as the build does.
func packageProbe(path, dir string) error {
	file, err := readProbe(path)
	if err != nil {
		return err
	}
	from := map[string]string{config.FileName: path}
	for _, name := range file.Policies {
		from[name] = filepath.Join(filepath.Dir(path), name)
	}
	for name, source := range from {
		data, err := os.ReadFile(source)
		if err != nil {
			return fmt.Errorf("package %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return fmt.Errorf("package %s: %w", name, err)
		}
	}
	return nil
}
