package stack

import "testing"

// The template's own text must not hold on to what NoEcho hides either.
func TestADefaultOfANoEchoParameterIsForgotten(t *testing.T) {
	s, err := Load("t.yaml", []byte("Parameters: {P: {Type: String, NoEcho: true, Default: canary}}\nResources: {R: {Type: Custom::R}}"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := s.eval.params["P"]
	if p.secret != nil || p.value != nil || p.hidden == nil || p.hidden.text != "" {
		t.Errorf("%+v", p)
	}
}
