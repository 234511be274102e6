package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"permprobe/shared/finding"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// receipt says what of an outbox is still to be delivered. It is an object of its own, written after every call that a
// service accepted: the whole state of a large account after each of hundreds of calls would take longer than telling.
// It counts for the one outbox that it names, so that one which is left over does no harm.
type receipt struct {
	Outbox string `json:"outbox"`
	// People, Machines and Hub are the numbers of the notices of which they are still to hear.
	People   []span `json:"people,omitempty"`
	Machines []span `json:"machines,omitempty"`
	Hub      []span `json:"hub,omitempty"`
	// Scans are the runs of whose end the bus is still to hear.
	Scans []string `json:"scans,omitempty"`
}

// maxReceipt is far above what a receipt is: numbers that follow each other take one span.
const maxReceipt = 4 << 20

// sumOf names an outbox as it was written; empty where there is none.
func sumOf(outbox json.RawMessage) string {
	if outbox == nil {
		return ""
	}
	sum := sha256.Sum256(outbox)
	return hex.EncodeToString(sum[:8])
}

func (l *Ledger) receiptKey() string {
	return strings.TrimSuffix(l.key(), ".json") + ".delivered.json"
}

// confirm writes what of the outbox is still to be delivered. Where the object holds no outbox there is nothing to confirm.
func (t *Turn) confirm(ctx context.Context) []finding.Gap {
	if t.sum == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := receipt{
		Outbox:   t.sum,
		People:   spansOf(t.outbox, func(n *finding.Notice) bool { return n.People }),
		Machines: spansOf(t.outbox, func(n *finding.Notice) bool { return n.Machines }),
		Hub:      spansOf(t.outbox, func(n *finding.Notice) bool { return n.Hub }),
	}
	for i := range t.outbox {
		if n := &t.outbox[i]; n.Kind == finding.NoticeScan && n.Machines {
			r.Scans = append(r.Scans, n.Run)
		}
	}
	data, err := json.Marshal(r)
	if err != nil {
		return []finding.Gap{t.ledger.unconfirmed(fmt.Sprintf("encode it: %v", err), "")}
	}
	if bytes.Equal(data, t.receipt) {
		return nil
	}
	_, err = t.ledger.S3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(t.ledger.Bucket), Key: aws.String(t.ledger.receiptKey()), Body: bytes.NewReader(data), ContentType: aws.String("application/json"),
	})
	switch {
	case codeOf(err) == "AccessDenied":
		return []finding.Gap{t.ledger.unconfirmed("s3:PutObject is refused (AccessDenied)", "s3:PutObject")}
	case err != nil:
		return []finding.Gap{t.ledger.unconfirmed(failure("s3:PutObject", err), "")}
	}
	t.receipt = data
	return nil
}

// receive takes from the outbox what was delivered since it was written.
func (t *Turn) receive(ctx context.Context) []finding.Gap {
	out, err := t.ledger.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(t.ledger.Bucket), Key: aws.String(t.ledger.receiptKey())})
	switch {
	case codeOf(err) == "NoSuchKey":
		return nil
	case err != nil:
		return []finding.Gap{t.ledger.unconfirmed(failure("s3:GetObject", err), "")}
	}
	defer func() { _ = out.Body.Close() }() // it was read
	data, err := io.ReadAll(io.LimitReader(out.Body, maxReceipt))
	if err != nil {
		return []finding.Gap{t.ledger.unconfirmed(failure("s3:GetObject", err), "")}
	}
	var r receipt
	if err := strict(data, &r); err != nil {
		return []finding.Gap{t.ledger.unconfirmed(fmt.Sprintf("the object is not understood: %v", err), "")}
	}
	if r.Outbox != t.sum {
		return nil // of an earlier outbox
	}
	for i := range t.outbox {
		n := &t.outbox[i]
		if n.Kind == finding.NoticeScan {
			n.Machines = n.Machines && slices.Contains(r.Scans, n.Run)
			continue
		}
		n.People, n.Machines, n.Hub = n.People && within(r.People, n.Sequence), n.Machines && within(r.Machines, n.Sequence), n.Hub && within(r.Hub, n.Sequence)
	}
	t.outbox = slices.DeleteFunc(t.outbox, func(n finding.Notice) bool { return !n.Open() })
	t.receipt = data
	return nil
}

// unconfirmed is the gap where it is not kept, or not known, what was delivered.
func (l *Ledger) unconfirmed(reason, permission string) finding.Gap {
	g := finding.Gap{Reason: fmt.Sprintf("what was delivered is not known from s3://%s/%s, so it may be told again: %s", l.Bucket, l.receiptKey(), reason)}
	if permission != "" {
		g.Permission, g.Resource = permission, l.bucketARN()+"/"+l.receiptKey()
	}
	return g
}
