package denial

import "strings"

// keyTexts are what KMS and the services in front of it say of a key.
func keyTexts() []Recogniser {
	key := func(id, says, page, example string, anchors ...string) Recogniser {
		r := phrase(id, says, page, example, Ambiguous, "kms", "", anchors...)
		match := r.match
		r.match = func(t *text, i int, anchor string) (hit, bool) {
			h, ok := match(t, i, anchor)
			h.keyOperation(t, i)
			return h, ok
		}
		return r
	}
	return []Recogniser{
		key("kms-ciphertext", "KMS's older message: the key is missing, elsewhere or refused", "https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html",
			"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
			"the ciphertext refers to a customer master key that does not exist", "the ciphertext refers to a kms key that does not exist"),
		key("kms-not-allowed", "Secrets Manager's and other services' message of a key that refuses", "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html",
			"AccessDeniedException: Access to KMS is not allowed", "access to kms is not allowed"),
	}
}

// keyOperation takes the operation from the wrapper where it is one of the key's: a wrapper that names GetObject around
// a message of KMS tells what was called, not what was refused.
func (h *hit) keyOperation(t *text, i int) {
	head := t.before(i, 300)
	const calling = "when calling the "
	if at := strings.LastIndex(head, calling); at >= 0 {
		operation, _ := t.word(i - len(head) + at + len(calling))
		if operationService[strings.ToLower(operation)] == "kms" || strings.EqualFold(operation, "Encrypt") {
			h.setOperation("kms", operation)
		}
		return
	}
	if at := strings.LastIndex(head, "operation error kms: "); at >= 0 {
		operation, _ := t.word(i - len(head) + at + len("operation error kms: "))
		h.setOperation("kms", operation)
	}
}

// notDenials are forms that end in a failure of their own: nothing is missing that a permission would give.
func notDenials() []Recogniser {
	quiet := func(id, says, page, example string, anchors ...string) Recogniser {
		return Recogniser{ID: id, Text: says, Page: page, Example: example, anchors: anchors, match: func(t *text, i int, anchor string) (hit, bool) {
			// RegionDisabledException and its like are of something else than a key.
			other := anchor == "disabledexception" && i > 0 && isLetter(t.s[i-1])
			return hit{start: i, end: i + len(anchor), place: Configuration}, !other
		}}
	}
	return []Recogniser{
		quiet("key-state", "the key is disabled, deleted or pending deletion", "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
			"KMSDisabledException: arn:aws:kms:us-east-1:123456789012:key/1 is disabled.",
			"kmsdisabledexception", "kmsinvalidstateexception", "kmsnotfoundexception", "kmsinvalidstate", "kmsdisabled", "kms.disabledexception", "kms.notfoundexception", "kms.kmsinvalidstateexception",
			"kms key is disabled", "kms key used is disabled", "kms key used is in an invalid state", "kms key was not found", "key is disabled", "is pending deletion", "key that is disabled", "disabledexception", "is pending import"),
		{
			ID: "key-arn-state", Text: "KMS names the key and says that it is disabled", Page: "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
			Example: "arn:aws:kms:us-east-1:123456789012:key/1 is disabled.",
			anchors: []string{" is disabled"}, match: func(t *text, i int, anchor string) (hit, bool) {
				head := t.before(i, 160)
				word := head[strings.LastIndexByte(head, ' ')+1:]
				return hit{start: i, end: i + len(anchor), place: Configuration}, strings.Contains(word, ":kms:") || strings.Contains(word, "key/")
			},
		},
		{
			ID: "key-state-code", Text: "the reason code of a state: the key is missing, disabled or in another state", Page: statePage,
			Example: `"LastUpdateStatusReasonCode": "DisabledKMSKey"`,
			anchors: []string{"kmskeynotfound", "disabledkmskey", "invalidstatekmskey"}, match: func(t *text, i int, anchor string) (hit, bool) {
				return hit{start: i, end: i + len(anchor), place: Configuration}, codeOfState(t, i, i+len(anchor))
			},
		},
		quiet("function-config", "the mapping's configuration is not valid", kafkaPage, `{"errorCode":"FUNCTION_CONFIG_NOT_VALID"}`, "function_config_not_valid"),
	}
}
