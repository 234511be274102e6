package denial

// Fires reports whether the recogniser with an id finds its form in a text.
func Fires(id, text string) bool {
	for _, part := range split(text) {
		t := newText(part.text)
		for i := range recognisers {
			r := &recognisers[i]
			if r.ID != id {
				continue
			}
			for _, anchor := range r.anchors {
				for at := 0; at < len(t.low); at++ {
					if len(t.low)-at >= len(anchor) && t.low[at:at+len(anchor)] == anchor {
						if _, ok := r.match(t, at, anchor); ok {
							return true
						}
					}
				}
			}
		}
	}
	return false
}
