package need

import "permprobe/shared/fact"

// senderRow is what the function needs that sends the codes of a user pool, which hands them over encrypted.
func senderRow() Row {
	return Row{
		ID: "cognito_sender", Name: "sender of codes of a Cognito user pool", Purpose: Features,
		Signal: "`CustomSMSSender` and `CustomEmailSender` of a user pool's `LambdaConfig`, with `KMSKeyID`",
		Rules: []Rule{{
			Level: Required, Actions: []string{"kms:Decrypt"}, Resource: "the key", Why: "the function decrypts the code that it is to send",
			Page: "https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html",
			on: func(s *subject) []target {
				if s.key == "" {
					return nil
				}
				to := arnTarget(s, s.key, "the key of the user pool's codes", "kms")
				to.subject = "codes of a user pool"
				keys := byCode(s)
				for name, values := range to.keys {
					keys[name] = values
				}
				to.keys = keys
				return []target{to}
			},
		}},
	}
}

// sends is what the function of a trigger needs that sends on what it is handed, as every role that it runs as.
func sends(facts *fact.Facts, t *fact.Trigger) []Need {
	if t.Key == "" {
		return nil
	}
	var needs []Need
	for i := range facts.Functions {
		function := &facts.Functions[i]
		if function.ARN != t.Function.ARN {
			continue
		}
		r := senderRow()
		needs = append(needs, r.needs(Need{
			Kind: Identity, Purpose: r.Purpose, Function: t.Function, Role: function.Role,
		}, &subject{account: facts.Account, function: function, key: t.Key})...)
	}
	return asVersions(facts, needs)
}
