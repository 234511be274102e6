package fact

import "testing"

func TestARequestTakesTheMostSpecificRoute(t *testing.T) {
	var http API
	for _, label := range []string{"$default", "ANY /{proxy+}", "GET /notes", "GET /notes/{id}", "GET /notes/new", "ANY /notes/{id}", "POST /notes"} {
		http.Routes = append(http.Routes, APIRoute{Label: label})
	}
	rest := http
	rest.Kind = TriggerRESTAPI
	rest.Routes = rest.Routes[2:]
	for _, c := range []struct {
		api        *API
		asked, got string
	}{
		{&http, "GET /notes", "GET /notes"}, {&http, "get /notes", "GET /notes"}, {&http, "GET /notes/", "GET /notes"}, {&http, "GET /notes?x=1", "GET /notes"},
		{&http, "GET /notes/42", "GET /notes/{id}"}, {&http, "GET /notes/new", "GET /notes/new"}, {&http, "DELETE /notes/42", "ANY /notes/{id}"},
		{&http, "GET /notes/42/tags", "ANY /{proxy+}"}, {&http, "GET /", "$default"}, {&http, "$default", "$default"}, {&http, "GET /notes/{id}", "GET /notes/{id}"},
		{&rest, "DELETE /notes", ""}, {&rest, "GET /other", ""}, {&rest, "sendmessage", ""},
	} {
		if route, _ := c.api.Route(c.asked); route.Label != c.got {
			t.Errorf("%s takes %q, want %q", c.asked, route.Label, c.got)
		}
	}
}
