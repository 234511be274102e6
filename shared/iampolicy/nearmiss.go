package iampolicy

// NearMiss is the statement that comes closest to granting a request that is not allowed, and the one element of it
// that would have to change.
type NearMiss struct {
	Ref     StatementRef
	Element string // Effect, Principal, Action, Resource or Condition
	Have    string // what the statement has
	Want    string // what the request needs
	Detail  string // one sentence
}

// NearMiss returns the near miss of a request that is not allowed; false where there is none.
func (c *Case) NearMiss() (NearMiss, bool) { return NearMiss{}, false }
