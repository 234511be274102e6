package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

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

// maxObject is far above what a run writes: some 200 bytes a function.
const maxObject = 8 << 20

// errRace is the error of a write that came after somebody else's.
var errRace = errors.New("another run wrote first")

// read returns the state with its ETag; an ETag of "" is an object that does not exist. Only S3's own word for
// that counts: without s3:ListBucket it answers 403 to a missing key.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (l *Ledger) read(ctx context.Context) (s state, etag string, problem []finding.Gap) {
	out, err := l.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(l.Bucket), Key: aws.String(l.key())})
	switch code := codeOf(err); {
	case code == "NoSuchKey":
		return state{}, "", nil
	case code == "AccessDenied":
		return state{}, "", []finding.Gap{
			l.gap("s3:GetObject is refused (AccessDenied)", "s3:GetObject", l.objectARN()),
			l.gap("s3:GetObject is refused (AccessDenied), as it is without s3:ListBucket while the object does not exist",
				"s3:ListBucket", l.bucketARN()),
		}
	case err != nil:
		return state{}, "", []finding.Gap{l.failed("s3:GetObject", err)}
	}
	defer func() { _ = out.Body.Close() }() // it was read, or is not wanted
	data, err := io.ReadAll(io.LimitReader(out.Body, maxObject+1))
	switch {
	case err != nil:
		return state{}, "", []finding.Gap{l.failed("s3:GetObject", err)}
	case len(data) > maxObject:
		err = fmt.Errorf("is not understood: it is larger than %d bytes", maxObject)
	case aws.ToString(out.ETag) == "":
		err = errors.New("has no ETag")
	default:
		s, err = parse(data)
	}
	if err != nil {
		return state{}, "", []finding.Gap{l.gap(fmt.Sprintf(
			"the object %v; it is left as it is, and permprobe begins anew when you delete it", err), "", "")}
	}
	return s, aws.ToString(out.ETag), nil
}

// write replaces exactly the object that was read and returns the new ETag. The error is errRace where
// somebody else wrote, or deleted, it since.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
func (l *Ledger) write(ctx context.Context, s state, etag string) (string, error) {
	data, err := s.encode()
	if err != nil {
		return "", fmt.Errorf("encode the state: %w", err)
	}
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

// failed leaves the service's message out, as the gaps of other reads do.
func (l *Ledger) failed(operation string, err error) finding.Gap {
	switch code := codeOf(err); {
	case code != "":
		return l.gap(fmt.Sprintf("%s failed with %s", operation, code), "", "")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return l.gap(operation+" did not answer in time", "", "")
	}
	return l.gap(operation+" did not answer", "", "")
}

func (l *Ledger) gap(reason, permission, resource string) finding.Gap {
	return finding.Gap{Permission: permission, Resource: resource, Reason: fmt.Sprintf(
		"permprobe's own state s3://%s/%s is not used, so runs may overlap and one that is cut short is not continued: %s",
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
