package iampolicy

// derivedKey is a request key whose value follows from the principal. There are no others: the rest of a request is
// known only to who makes it.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties.
type derivedKey uint8

const (
	derivedNone derivedKey = iota
	derivedPrincipalARN
	derivedPrincipalAccount
	derivedPrincipalType
	derivedIsService
	derivedServiceName
	derivedUserName
	derivedKeys
)

func derivedKeyOf(name string) derivedKey {
	switch name {
	case "aws:principalarn":
		return derivedPrincipalARN
	case "aws:principalaccount":
		return derivedPrincipalAccount
	case "aws:principaltype":
		return derivedPrincipalType
	case "aws:principalisawsservice":
		return derivedIsService
	case "aws:principalservicename":
		return derivedServiceName
	case "aws:username":
		return derivedUserName
	}
	return derivedNone
}

// rolePath names the unknown part of the role ARN that is derived from a session's.
const rolePath = "path of the role"

// derivedValues are made once a principal; a missing value means that the request does not have the key.
type derivedValues struct {
	values [derivedKeys][]string
	// silent marks a key of which the kind of principal says nothing.
	silent [derivedKeys]bool
}

// derive returns the value of a key that follows from the principal, and whether the principal decides it at all.
func (p *Principal) derive(key derivedKey) ([]string, bool) {
	if p.derived == nil || p.derived.silent[key] {
		return nil, false
	}
	return p.derived.values[key], true
}

func (p *Principal) deriveValues() *derivedValues {
	d := &derivedValues{}
	set := func(key derivedKey, value string) { d.values[key] = []string{value} }
	set(derivedIsService, "false")
	switch p.kind {
	case principalUser:
		set(derivedPrincipalType, "User")
		set(derivedPrincipalARN, p.text)
		set(derivedUserName, p.name)
	case principalRole:
		set(derivedPrincipalType, "AssumedRole")
		set(derivedPrincipalARN, p.text)
	case principalSession:
		set(derivedPrincipalType, "AssumedRole")
		// The role's ARN has a path that the session's does not tell.
		set(derivedPrincipalARN, "arn:"+p.partition+":iam::"+p.account+":role/"+Unknown(rolePath)+p.name)
	case principalFederated:
		set(derivedPrincipalType, "FederatedUser")
		set(derivedPrincipalARN, p.text)
	case principalRoot:
		set(derivedPrincipalType, "Account")
		if p.partition == "" {
			set(derivedPrincipalARN, "arn:"+Unknown("partition of account "+p.account)+":iam::"+p.account+":root")
		} else {
			set(derivedPrincipalARN, p.text)
		}
	case principalService:
		set(derivedIsService, "true")
		set(derivedServiceName, p.text)
		d.silent[derivedPrincipalType] = true
	case principalAnonymous:
		set(derivedPrincipalType, "Anonymous")
	case principalProvider, principalCanonical:
		for _, key := range []derivedKey{derivedPrincipalARN, derivedPrincipalAccount, derivedPrincipalType} {
			d.silent[key] = true
		}
	default:
		unknown := []string{Unknown("principal")}
		for key := range d.values {
			d.values[key] = unknown
		}
	}
	if p.account != "" && p.entity {
		set(derivedPrincipalAccount, p.account)
	}
	return d
}
