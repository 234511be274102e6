// Package catalog holds the checks, one a file.
package catalog

import "permprobe/shared/check"

// All lists every check, in the order of the field guide.
func All() []check.Check {
	return []check.Check{
		roleTrust(),
		roleExists(),
		logPermissions(),
		objectGrants(),
		listGrants(),
		networkPermissions(),
		sourcePermissions(),
		tracePermissions(),
		resultPermissions(),
		mountPermissions(),
		environmentKeys(),
		imagePull(),
		featurePermissions(),
		statementsApply(),
		declaredCalls(),
		excessGrants(),
		apiInvoke(),
		eventInvoke(),
		otherQualifier(),
		messageInvoke(),
		callingRole(),
		functionURL(),
		otherAccount(),
		exposed(),
		leftBehind(),
		denied(),
	}
}
