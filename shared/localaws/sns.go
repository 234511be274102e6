package localaws

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

type topic struct {
	arn, policy string
	by          string // the resource of the template that the policy is of
	key         string // of encryption
	fifo, dedup bool
}

// Message is a notification that was published.
type Message struct {
	Time       time.Time
	ID         string
	TopicARN   string
	Subject    string
	Structure  string            // json, or empty
	Body       string            // as published
	Variants   map[string]string // by protocol, where Structure is json; default is the one for all others
	Attributes map[string]string
	Caller     string
}

// For is the text that a subscriber of the protocol gets.
func (m Message) For(protocol string) string {
	if m.Structure != "json" {
		return m.Body
	}
	if v, ok := m.Variants[protocol]; ok {
		return v
	}
	return m.Variants["default"]
}

// Published are the messages so far.
func (s *Server) Published() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.sent...)
}

func (b *builder) snsTopic() {
	home, r := b.home(), b.res
	arn := first(r.ARN, home.arn("sns", r.PhysicalID))
	if !once(b, home.topics, arn, "topic") {
		return
	}
	fifo, _ := boolean(b.prop("FifoTopic"))
	dedup, _ := boolean(b.prop("ContentBasedDeduplication"))
	home.topics[arn] = &topic{arn: arn, fifo: fifo, dedup: dedup, key: text(b.prop("KmsMasterKeyId"))}
	for _, s := range items(b.prop("Subscription")) {
		if m := object(s); m != nil {
			b.subscribe(arn, m)
		} else {
			b.subscribe(arn, map[string]any{"Protocol": s, "Endpoint": s})
		}
	}
}

func (b *builder) snsTopicPolicy()       { b.topicPolicy("Topics") }
func (b *builder) snsTopicInlinePolicy() { b.topicPolicy("TopicArn") }

func (b *builder) topicPolicy(topics string) {
	b.then(func() {
		for _, arn := range texts(b.prop(topics)) {
			if t := b.home().topics[arn]; t != nil && !b.isLost("topic", arn) {
				t.policy = b.replacing(&t.by, "PolicyDocument")
			}
		}
	})
}

// maxMessage is what a message may hold, with its attributes, in bytes.
// See https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.
const maxMessage = 256 << 10

var snsPublish = operation{
	service: "sns", name: "Publish", shows: []string{"TopicArn", "TargetArn", "MessageStructure"},
	needs: func(c *call) []need {
		return []need{{action: "sns:Publish", resource: first(c.form.Get("TopicArn"), c.form.Get("TargetArn"), "*")}}
	},
	serve: func(c *call) (any, error) {
		arn := first(c.form.Get("TopicArn"), c.form.Get("TargetArn"))
		if arn == "" {
			return nil, invalid(c.svc, "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter")
		}
		p := splitARN(arn)
		if p == nil || p[2] != "sns" || p[3] != c.region {
			return nil, invalid(c.svc, "Invalid parameter: TopicArn")
		}
		m := Message{TopicARN: arn, Subject: c.form.Get("Subject"), Structure: c.form.Get("MessageStructure"), Body: c.form.Get("Message"), Caller: c.caller.arn, Time: c.srv.opts.Now()}
		if err := m.check(c); err != nil {
			return nil, err
		}
		t := c.srv.account(p[4]).region(p[3]).topics[arn]
		if t == nil {
			return nil, &apiError{Status: 404, Code: "NotFound", Message: "Topic does not exist"}
		}
		group, dedup := c.form.Get("MessageGroupId"), c.form.Get("MessageDeduplicationId")
		switch {
		case t.fifo && group == "":
			return nil, invalid(c.svc, "Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
		case t.fifo && dedup == "" && !t.dedup:
			return nil, invalid(c.svc, "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
		case !t.fifo && dedup != "":
			return nil, invalid(c.svc, "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
		}
		c.srv.mu.Lock()
		m.ID = uuidOf("message", c.requestID)
		c.srv.sent = append(c.srv.sent, m)
		c.srv.mu.Unlock()
		out := struct {
			MessageID      string `xml:"MessageId"`
			SequenceNumber string `xml:",omitempty"`
		}{MessageID: m.ID}
		if t.fifo {
			out.SequenceNumber = fmt.Sprintf("%020d", len(c.srv.Published()))
		}
		return out, nil
	},
}

// check validates a message as SNS does.
func (m *Message) check(c *call) *apiError {
	if m.Body == "" {
		return invalid(c.svc, "Invalid parameter: Empty message")
	}
	if !utf8.ValidString(m.Body) {
		return invalid(c.svc, "Invalid parameter: Message Reason: must be UTF-8")
	}
	if s := m.Subject; s != "" {
		if utf8.RuneCountInString(s) > 100 || strings.IndexFunc(s, func(r rune) bool { return r < 32 || r > 126 }) >= 0 || s[0] == ' ' {
			return invalid(c.svc, "Invalid parameter: Subject")
		}
	} else if _, given := c.form["Subject"]; given {
		return invalid(c.svc, "Invalid parameter: Subject")
	}
	size := len(m.Body)
	for i := 1; ; i++ {
		at := fmt.Sprintf("MessageAttributes.entry.%d.", i)
		name := c.form.Get(at + "Name")
		if name == "" {
			break
		}
		kind, value := c.form.Get(at+"Value.DataType"), first(c.form.Get(at+"Value.StringValue"), c.form.Get(at+"Value.BinaryValue"))
		base, _, _ := strings.Cut(kind, ".")
		if base != "String" && base != "Number" && base != "Binary" {
			return &apiError{Status: 400, Code: "ParameterValueInvalid", Message: fmt.Sprintf("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)}
		}
		if value == "" {
			return &apiError{Status: 400, Code: "ParameterValueInvalid", Message: fmt.Sprintf("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, kind)}
		}
		if m.Attributes == nil {
			m.Attributes = map[string]string{}
		}
		m.Attributes[name] = value
		size += len(name) + len(kind) + len(value)
	}
	if size > maxMessage {
		return invalid(c.svc, "Invalid parameter: Message too long")
	}
	switch m.Structure {
	case "":
	case "json":
		var parts map[string]any
		if err := json.Unmarshal([]byte(m.Body), &parts); err != nil || parts == nil {
			return invalid(c.svc, "Invalid parameter: Message Structure - JSON message body failed to parse")
		}
		m.Variants = map[string]string{}
		for k, v := range parts {
			s, ok := v.(string)
			if !ok && k == "default" {
				return invalid(c.svc, "Invalid parameter: Message Structure - No default entry in JSON message body")
			}
			if ok { // SNS ignores other values
				m.Variants[k] = s
			}
		}
		if _, ok := m.Variants["default"]; !ok {
			return invalid(c.svc, "Invalid parameter: Message Structure - No default entry in JSON message body")
		}
	default:
		return invalid(c.svc, "Invalid parameter: MessageStructure")
	}
	return nil
}
