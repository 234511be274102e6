package localaws

import (
	"maps"
	"strings"
)

// kmsName is the ARN of the key that a request names by id, alias or ARN, as far as templates know it.
func (c *call) kmsName() string {
	name := text(c.body["KeyId"])
	if key := c.home().key(name); key != nil {
		return key.arn
	}
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	if !strings.HasPrefix(name, "alias/") {
		name = "key/" + name
	}
	return c.home().arn("kms", name)
}

func onKey(action string) func(*call) []need {
	return func(c *call) []need { return []need{{action: action, resource: c.kmsName()}} }
}

// kmsKey finds the key of a request.
func (c *call) kmsKey() (*kmsKey, *apiError) {
	arn := c.kmsName()
	if c.srv.gone[arn] {
		return nil, &apiError{Status: 400, Code: "NotFoundException", Message: "Key '" + arn + "' does not exist"}
	}
	if key := c.home().keys[arn]; key != nil {
		return key, nil
	}
	return nil, unknown(c.svc, "key "+arn)
}

// kmsDescribeKey answers for an alias, too.
// See https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html.
var kmsDescribeKey = operation{
	service: "kms", name: "DescribeKey", shows: []string{"KeyId"}, needs: onKey("kms:DescribeKey"),
	serve: func(c *call) (any, error) {
		key, err := c.kmsKey()
		if err != nil {
			return nil, err
		}
		state := "Enabled"
		switch on, known := boolean(key.enabled); {
		case !known:
			state = text(key.enabled)
		case !on:
			state = "Disabled"
		}
		metadata := map[string]any{
			"AWSAccountId": c.acct.id, "KeyId": key.arn[strings.LastIndexByte(key.arn, '/')+1:], "Arn": key.arn, "CreationDate": bornEpoch,
			"Enabled": state == "Enabled", "Description": "", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": state, "Origin": "AWS_KMS",
			"KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "MultiRegion": false,
		}
		over := maps.Clone(c.srv.opts.Overlay[key.arn])
		delete(over, "Grants")
		maps.Copy(metadata, over)
		return map[string]any{"KeyMetadata": metadata}, nil
	},
}

// kmsGetKeyPolicy knows the one policy that a key has.
// See https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html.
var kmsGetKeyPolicy = operation{
	service: "kms", name: "GetKeyPolicy", shows: []string{"KeyId"}, needs: onKey("kms:GetKeyPolicy"),
	serve: func(c *call) (any, error) {
		key, err := c.kmsKey()
		if err != nil {
			return nil, err
		}
		return map[string]any{"Policy": key.policy, "PolicyName": "default"}, nil
	},
}

// lambdaGrants are the grants on a key that Lambda makes when functions with variables are created: for the session of their
// role, to decrypt their environments.
// See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html.
func (s *Server) lambdaGrants(home *region, key *kmsKey) []any {
	var out []any
	for _, name := range sortedKeys(home.functions) {
		f := home.functions[name]
		variables := object(f.conf["Environment"])
		if encryptedBy := text(f.conf["KMSKeyArn"]); encryptedBy == "" || variables == nil || home.key(encryptedBy) != key {
			continue
		}
		role := text(f.conf["Role"])
		session := "arn:" + home.partition + ":sts::" + home.account + ":assumed-role/" + role[strings.LastIndexByte(role, '/')+1:] + "/" + name
		out = append(out, map[string]any{
			"KeyId": key.arn, "GrantId": uuidOf("grant", f.arn), "Name": name, "CreationDate": bornEpoch, "GranteePrincipal": session, "RetiringPrincipal": session,
			"IssuingAccount": "arn:" + home.partition + ":iam::" + home.account + ":root", "Operations": []any{"Decrypt", "RetireGrant"},
			"Constraints": map[string]any{"EncryptionContextEquals": map[string]any{"aws:lambda:FunctionArn": f.arn}},
		})
	}
	return out
}

// kmsListGrants lists those that Lambda made, and those of Options.Overlay instead where it says any.
// See https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html.
var kmsListGrants = operation{
	service: "kms", name: "ListGrants", shows: []string{"KeyId", "Limit"}, needs: onKey("kms:ListGrants"),
	serve: func(c *call) (any, error) {
		key, err := c.kmsKey()
		if err != nil {
			return nil, err
		}
		limit, ok := number(text(c.body["Limit"]), 1000)
		if !ok {
			return nil, invalid(c.svc, "Limit %q is none", text(c.body["Limit"]))
		}
		grants := c.srv.lambdaGrants(c.home(), key)
		if said, over := c.srv.opts.Overlay[key.arn]["Grants"]; over {
			grants = items(said)
		}
		cut, next, perr := page(c, grants, text(c.body["Marker"]), limit, 50, 100)
		if perr != nil {
			return nil, perr
		}
		out := map[string]any{"Grants": append([]any{}, cut...), "Truncated": next != ""}
		if next != "" {
			out["NextMarker"] = next
		}
		return out, nil
	},
}
