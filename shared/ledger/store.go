package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"permprobe/shared/finding"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// API is what is used of S3.
type API interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

var _ API = (*s3.Client)(nil)

// maxObject is far above what a run writes: some 200 bytes a function, 700 a finding that is open, and 130 of a notice on
// its way.
const maxObject = 15 << 20

// errRace is the error of a write that came after somebody else's.
var errRace = errors.New("another run wrote first")

// object is the object as it was read.
type object struct {
	state state
	data  []byte
	// etag is empty where there is no object.
	etag string
	// bad is why the object is not understood; nil where it is.
	bad error
}

// read returns the object. Only S3's own word for one that does not exist counts: without s3:ListBucket it answers 403
// to a missing key.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (l *Ledger) read(ctx context.Context) (o object, problem []finding.Gap) {
	out, err := l.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(l.Bucket), Key: aws.String(l.key())})
	switch code := codeOf(err); {
	case code == "NoSuchKey":
		return object{}, nil
	case code == "AccessDenied":
		return object{}, []finding.Gap{
			l.gap("s3:GetObject is refused (AccessDenied)", "s3:GetObject", l.objectARN()),
			l.gap("s3:GetObject is refused (AccessDenied), as it is without s3:ListBucket while the object does not exist",
				"s3:ListBucket", l.bucketARN()),
		}
	case err != nil:
		return object{}, []finding.Gap{l.failed("s3:GetObject", err)}
	}
	defer func() { _ = out.Body.Close() }() // it was read, or is not wanted
	o.etag = aws.ToString(out.ETag)
	o.data, err = io.ReadAll(io.LimitReader(out.Body, maxObject+1))
	switch {
	case err != nil:
		return object{}, []finding.Gap{l.failed("s3:GetObject", err)}
	case len(o.data) > maxObject:
		err = fmt.Errorf("is larger than %d bytes", maxObject)
	case o.etag == "":
		err = errors.New("has no ETag")
	}
	if err != nil {
		return object{}, []finding.Gap{l.gap(fmt.Sprintf(
			"the object %v; it is left as it is, and permprobe begins anew when you delete it", err), "", "")}
	}
	o.state, o.bad = parse(o.data, l.Account, l.Region)
	return o, nil
}

// setAside keeps an object that is not understood under another key, so that it may be written over. The key follows
// from what it holds: another attempt does not make another copy.
func (l *Ledger) setAside(ctx context.Context, data []byte) (key string, err error) {
	sum := sha256.Sum256(data)
	key = strings.TrimSuffix(l.key(), ".json") + ".set-aside-" + hex.EncodeToString(sum[:6]) + ".json"
	_, err = l.S3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(l.Bucket), Key: aws.String(key), IfNoneMatch: aws.String("*"),
		Body: bytes.NewReader(data), ContentType: aws.String("application/json"),
	})
	if codeOf(err) == "PreconditionFailed" { // it is there already
		err = nil
	}
	return key, err
}

// put replaces exactly the object with that ETag and returns the new one. The error is errRace where
// somebody else wrote, or deleted, it since.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func (l *Ledger) put(ctx context.Context, data []byte, etag string) (string, error) {
	in := &s3.PutObjectInput{
		Bucket: aws.String(l.Bucket), Key: aws.String(l.key()),
		Body: bytes.NewReader(data), ContentType: aws.String("application/json"),
	}
	if etag == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(etag)
	}
	out, err := l.S3.PutObject(ctx, in)
	switch codeOf(err) {
	case "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey":
		return "", errRace
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(out.ETag), nil
}

// unwritten is the gap that a failed write leaves.
func (l *Ledger) unwritten(err error) finding.Gap {
	if codeOf(err) == "AccessDenied" {
		return l.gap("s3:PutObject is refused (AccessDenied)", "s3:PutObject", l.objectARN())
	}
	return l.failed("s3:PutObject", err)
}

func (l *Ledger) failed(operation string, err error) finding.Gap {
	return l.gap(failure(operation, err), "", "")
}

// failure leaves the service's message out, as the gaps of other reads do.
func failure(operation string, err error) string {
	switch code := codeOf(err); {
	case code != "":
		return fmt.Sprintf("%s failed with %s", operation, code)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return operation + " did not answer in time"
	}
	return operation + " did not answer"
}

func (l *Ledger) gap(reason, permission, resource string) finding.Gap {
	return finding.Gap{Permission: permission, Resource: resource, Reason: fmt.Sprintf(
		"permprobe's own state s3://%s/%s is not used, so runs may overlap, one that is cut short is not continued, and what was told before is told again: %s",
		l.Bucket, l.key(), reason)}
}

func (l *Ledger) key() string       { return "state/" + l.Account + "/" + l.Region + ".json" }
func (l *Ledger) bucketARN() string { return "arn:" + l.Partition + ":s3:::" + l.Bucket }
func (l *Ledger) objectARN() string { return l.bucketARN() + "/" + l.key() }

// codeOf is the code of an AWS error; empty where err is none.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
