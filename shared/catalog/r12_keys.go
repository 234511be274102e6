package catalog

import (
	"permprobe/shared/check"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
)

// environmentKeys is R12: Lambda cannot decrypt the function's environment.
func environmentKeys() check.Check {
	return check.Check{
		ID:    "R12",
		Title: "Lambda can use the key of the function's environment",
		Text: "Environment variables that a customer's KMS key encrypts are decrypted when the function starts, with a grant that Lambda made for the " +
			"function's role when the function was created or updated. Where the key is disabled or about to be deleted, its policy refuses, or the " +
			"role was deleted and made again since, no invocation reaches the code.",
		Severity: finding.Medium,
		Guide:    []string{"R12"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindStates},
		Run: func(in *check.Input) check.Output {
			return byState(in, []stateCode{
				{code: "KMSKeyAccessDenied", place: finding.PlaceTarget, action: "kms:Decrypt",
					cause: "the policy of the key refuses, or the grant by which Lambda decrypts is gone or names a role that was deleted; a role that is made again under the same name is another one."},
				{code: "DisabledKMSKey", place: finding.PlaceConfiguration, action: "kms:Decrypt", cause: "the key is disabled."},
				{code: "InvalidStateKMSKey", place: finding.PlaceConfiguration, action: "kms:Decrypt",
					cause: "the state of the key does not let it be used: it waits for its deletion, or for key material."},
				{code: "KMSKeyNotFound", place: finding.PlaceConfiguration, action: "kms:Decrypt", cause: "the key does not exist any more."},
			}, func(f *fact.Function) (string, string, bool) {
				return f.Key, "environment's key", f.Key != ""
			})
		},
	}
}
