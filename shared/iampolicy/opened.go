package iampolicy

// allowEverybody is a policy that lets everybody do everything.
const allowEverybody = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`

// Opened returns a copy of a resource policy with a statement at its end that allows everybody everything, so that of a
// decision by it remains what its Deny statements say.
func (p *Policy) Opened() *Policy {
	q := *p
	if open, err := Parse([]byte(allowEverybody), Resource); err == nil { // which a constant does
		last := *open.statements[0]
		last.index = len(p.statements)
		q.statements = append(p.statements[:len(p.statements):len(p.statements)], &last)
		q.services = append(p.services[:len(p.services):len(p.services)], open.services...)
		q.allows = true
	}
	q.link()
	return &q
}
