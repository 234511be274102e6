package stack

// Position finds the line and column, 1-based, of a property as it is written:
// Position("Policies", 0, "PolicyName"). Names are map keys, ints list indexes
// after resolving. A path that goes beyond what is written (a value that an
// intrinsic makes) gives the place of its last written part; it never fails.
func (r *Resource) Position(path ...any) (line, column int) {
	at := r.state.props
	if at == nil {
		return r.Line, r.Column
	}
	line, column = at.line, at.col
	if at.keyLine > 0 {
		line, column = at.keyLine, at.keyCol
	}
	for _, step := range path {
		next := r.stack.eval.step(at, step)
		if next == nil {
			break
		}
		at = next
		line, column = at.line, at.col
		if at.keyLine > 0 {
			line, column = at.keyLine, at.keyCol
		}
	}
	return line, column
}

// step goes one level down, through the branches that conditions take. It only
// reads, so that a loaded stack can be shared.
func (e *evaluator) step(n *node, step any) *node {
	n = e.taken(n)
	switch step := step.(type) {
	case string:
		return n.get(step)
	case int:
		if n == nil || n.kind != listNode {
			return nil
		}
		for _, item := range n.items {
			if e.dropped(item) {
				continue
			}
			if step == 0 {
				return item
			}
			step--
		}
	}
	return nil
}

// taken follows Fn::If to the branch that its condition takes.
func (e *evaluator) taken(n *node) *node {
	for {
		key, arg, ok := n.single()
		if !ok || key != "Fn::If" || len(arg.items) != 3 {
			return n
		}
		name, _ := arg.items[0].name()
		c := e.conditions[name]
		switch {
		case c == nil || c.result == unsure:
			return n
		case c.result == yes:
			n = arg.items[1]
		default:
			n = arg.items[2]
		}
	}
}

// dropped reports whether a list item resolves to AWS::NoValue.
func (e *evaluator) dropped(n *node) bool {
	n = e.taken(n)
	if n.kind == nullNode {
		return true
	}
	key, arg, ok := n.single()
	return ok && key == "Ref" && arg.text == "AWS::NoValue"
}
