// Package format holds what the writer and the reader of the embedded file
// must agree on.
//
// The file: six lines of text (Magic, release, day of the data, integrity of the
// archive, Fingerprint of the generator, SHA-256 of all that follows), then the
// compressed dictionary, the compressed index and the compressed blocks.
// Numbers are unsigned varints, strings end in a newline.
package format

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Magic is the file's first line.
const Magic = "service authorization reference, format 1"

// Most ARN patterns begin in one of two ways, which are stored as one character.
const (
	PatternAnywhere = "\x01" // arn:${Partition}:SERVICE:
	PatternRegional = "\x02" // arn:${Partition}:SERVICE:${Region}:${Account}:
)

// KeyTypes is the order in which the file numbers the types of condition keys;
// the first is that of a key whose type the source does not say.
func KeyTypes() []string {
	return []string{"", "String", "ARN", "Bool", "Date", "Numeric", "IPAddress", "ArrayOfString", "ArrayOfARN", "ArrayOfBool"}
}

// Fingerprint is a hash over the Go files (tests left out) of the given folders,
// in order: if it differs from the one in the file, the file was not made by
// these sources.
func Fingerprint(fsys fs.FS, folders ...string) (string, error) {
	h := sha256.New()
	for _, folder := range folders {
		entries, err := fs.ReadDir(fsys, folder)
		if err != nil {
			return "", fmt.Errorf("list generator sources: %w", err)
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			text, err := fs.ReadFile(fsys, path.Join(folder, e.Name()))
			if err != nil {
				return "", fmt.Errorf("read generator source: %w", err)
			}
			// Line ends may be changed by a checkout.
			fmt.Fprintf(h, "%s\n%s\n", e.Name(), strings.ReplaceAll(string(text), "\r\n", "\n"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
