package declare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"permprobe/shared/authref"
	"permprobe/shared/iampolicy"
)

// mostCalls bounds what one declaration stands for: every call is a question to the simulator.
const mostCalls = 2000

// Document are the calls that a policy document allows: what its Allow statements name, action by action. The document
// may stand alone or be one of several in the answer of a policy generator ({"Policies": [{"Policy": …}]}). What only
// limits or refuses (Deny, NotAction, NotResource, conditions) says nothing about what code calls and is refused; so
// is what is no policy. A resource that is a pattern becomes a literal sample where only the end of a name is open,
// and otherwise a call with the reason why it is not known. An error is one line: file, line, column, what is wrong.
//
// https://github.com/awslabs/iam-policy-autopilot
func Document(name string, data []byte) ([]Call, error) {
	parts, err := documents(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	var calls []Call
	for _, part := range parts {
		where := func(line, column int) string {
			l, c := part.at(line, column)
			return fmt.Sprintf("%s:%d:%d", name, l, c)
		}
		policy, err := iampolicy.Parse(part.data, iampolicy.Identity)
		var syntax *iampolicy.SyntaxError
		switch {
		case errors.As(err, &syntax):
			return nil, fmt.Errorf("%s: %s", where(syntax.Line, syntax.Column), strings.TrimPrefix(syntax.Path+": "+syntax.Msg, ": "))
		case err != nil:
			return nil, fmt.Errorf("%s: %w", where(1, 1), err)
		}
		for _, s := range policy.Statements() {
			place := where(s.Line(), s.Column())
			found, err := statement(place, s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", place, err)
			}
			if calls = append(calls, found...); len(calls) > mostCalls {
				return nil, fmt.Errorf("%s: the document stands for more than %d calls: name fewer actions", place, mostCalls)
			}
		}
	}
	if len(calls) == 0 {
		return nil, fmt.Errorf("%s:1:1: the document allows nothing", name)
	}
	return calls, nil
}

// statement are the calls that one statement allows.
func statement(place string, s *iampolicy.Statement) ([]Call, error) {
	switch {
	case s.Effect() != iampolicy.Allow:
		return nil, errors.New("a Deny says nothing about what the code calls: leave it out")
	case len(s.NotActions()) > 0 || len(s.NotResources()) > 0:
		return nil, errors.New("NotAction and NotResource say what the code does not call: name what it calls")
	case len(s.Conditions()) > 0:
		return nil, errors.New("a declared call has no conditions: leave them out")
	}
	var calls []Call
	for _, pattern := range s.Actions() {
		actions := authref.ExpandAction(pattern)
		if len(actions) == 0 {
			_, err := known(pattern)
			if err == nil {
				err = fmt.Errorf("%s covers no known action", quote(pattern))
			}
			return nil, err
		}
		for _, name := range actions {
			action, ok := authref.Lookup(name)
			if !ok {
				continue // the reference lists what it expands to
			}
			found, err := allowed(place, action, s.Resources())
			if err != nil {
				return nil, err
			}
			// A pattern of actions stands for those that fit; an action that is named must.
			if len(found) == 0 && !strings.ContainsAny(pattern, "*?") {
				return nil, fmt.Errorf("%s fits none of the statement's resources: it is called on %s", action, typesOf(action))
			}
			if calls = append(calls, found...); len(calls) > mostCalls {
				return nil, fmt.Errorf("the statement stands for more than %d calls: name fewer actions", mostCalls)
			}
		}
	}
	return calls, nil
}

// allowed are the calls of one action on those of a statement's resources that it fits.
func allowed(place string, action authref.Action, resources []string) ([]Call, error) {
	if action.WildcardOnly() {
		return []Call{{Action: action.String(), Resource: "*"}}, nil
	}
	var calls []Call
	for _, resource := range resources {
		if len(action.TypesOf(concrete(resource))) == 0 {
			continue
		}
		call, ok, err := sampled(resource)
		switch {
		case err != nil:
			return nil, err
		case ok && fit(action, call.Resource):
			call.Action = action.String()
			calls = append(calls, call)
		default:
			calls = append(calls, Call{Unread: fmt.Sprintf(
				"%s: the statement does not say on which resource the code calls: %s stands for resources of any name", place, quote(resource))})
		}
	}
	return calls, nil
}

// sampled makes a literal resource of a pattern: a place that is open is the account's own, and what is open behind the
// name of a bucket, a path or a secret is a sample. ok is false where the name itself is open.
func sampled(pattern string) (call Call, ok bool, err error) {
	if pattern == "*" {
		return Call{}, false, nil
	}
	parts := strings.SplitN(strings.NewReplacer(Partition, "*", Region, "*", Account, "*").Replace(pattern), ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return Call{}, false, fmt.Errorf("%s is no ARN: it has six parts, arn:partition:service:region:account:resource", quote(pattern))
	}
	for i, own := range map[int]string{1: Partition, 3: Region, 4: Account} {
		if parts[i] == "*" {
			parts[i] = own
		}
	}
	literal := parts[5]
	at := strings.IndexAny(literal, "*?")
	if at >= 0 {
		inBucket := parts[2] == "s3" && parts[3]+parts[4] == "" && strings.Contains(literal[:at], "/")
		switch {
		case inBucket, underPath(parts[2], literal[:at]):
			literal = strings.NewReplacer("*", sample, "?", "x").Replace(literal)
		case parts[2] == "secretsmanager" && (strings.HasSuffix(literal, "-??????") && at == len(literal)-6 || strings.HasSuffix(literal, "-*") && at == len(literal)-1):
			literal = literal[:at] + "a1B2c3"
		default:
			return Call{}, false, nil
		}
	}
	arn := func(rest string) string { return strings.Join(append(parts[:5:5], rest), ":") }
	if _, err := splitARN(arn(literal)); err != nil {
		return Call{}, false, err
	}
	call = Call{Resource: arn(literal)}
	if at >= 0 {
		call.Grant = arn(parts[5])
	}
	return call, true, nil
}

// underPath tells whether what is open lies below a path that the name gives: the parameters under /shop/, and not the
// tables that begin with shop.
func underPath(service, known string) bool {
	return service == "ssm" && strings.HasPrefix(known, "parameter/") && strings.Count(known, "/") > 1
}

// part is one policy document in a file.
type part struct {
	data []byte
	// line and column are where it begins, from 1.
	line, column int
}

// at is where a place of the document is in the file.
func (p part) at(line, column int) (int, int) {
	if line == 1 {
		return p.line, p.column + column - 1
	}
	return p.line + line - 1, column
}

// documents finds the policies in a file: the file itself, or those in the answer of a generator. The error begins with
// line and column.
func documents(data []byte) ([]part, error) {
	whole := []part{{data: data, line: 1, column: 1}}
	var answer struct{ Policies []json.RawMessage }
	if err := json.Unmarshal(data, &answer); err != nil || len(answer.Policies) == 0 {
		return whole, nil // the parser of policies says what is wrong with it
	}
	var parts []part
	from := 0
	for _, one := range answer.Policies {
		var entry struct {
			Policy     json.RawMessage
			PolicyType string
		}
		offset := from + bytes.Index(data[from:], one)
		from = offset + len(one)
		if err := json.Unmarshal(one, &entry); err != nil || len(entry.Policy) == 0 {
			line, column := position(data, offset)
			return nil, fmt.Errorf("%d:%d: an element of Policies holds no Policy", line, column)
		}
		line, column := position(data, offset+bytes.Index(one, entry.Policy))
		if entry.PolicyType != "" && entry.PolicyType != "Identity" {
			return nil, fmt.Errorf("%d:%d: a policy of the type %s says nothing about what the code calls: leave it out", line, column, quote(entry.PolicyType))
		}
		parts = append(parts, part{data: entry.Policy, line: line, column: column})
	}
	return parts, nil
}

// position is the line and column of an offset; columns count characters.
func position(data []byte, offset int) (line, column int) {
	before := data[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte("\n")), 1 + len([]rune(string(before[start:])))
}
