package localaws_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"permprobe/shared/localaws"
)

func TestAnObjectIsWrittenOnlyUnderItsConditions(t *testing.T) {
	_, cfg := start(t, localaws.Options{}, admin, probe())
	c, ctx := s3.NewFromConfig(cfg), context.Background()
	put := func(body string, match, none *string) (*s3.PutObjectOutput, error) {
		return c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("state"), Key: aws.String("run/one"), Body: strings.NewReader(body), IfMatch: match, IfNoneMatch: none})
	}
	if _, err := put("zero", aws.String(`"abc"`), nil); err == nil {
		t.Error("If-Match on a missing object: no error")
	} else if code, status, _ := apiErr(t, err); code != "NoSuchKey" || status != 404 {
		t.Errorf("If-Match on a missing object: got %s, %d", code, status)
	}
	one, err := put("one", nil, aws.String("*"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put("two", nil, aws.String("*")); err == nil {
		t.Error("the first writer lost")
	} else if code, status, _ := apiErr(t, err); code != "PreconditionFailed" || status != http.StatusPreconditionFailed {
		t.Errorf("second writer: got %s, %d", code, status)
	}
	two, err := put("two", one.ETag, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put("three", one.ETag, nil); err == nil {
		t.Error("a write with an old ETag won")
	}
	got, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("state"), Key: aws.String("run/one")})
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil || string(b) != "two" || *got.ETag != *two.ETag || *got.ContentLength != 3 {
		t.Errorf("got %q with %s, %v", b, *got.ETag, err)
	}
}

func TestAMissingKeyIsForbiddenToWhoMayNotList(t *testing.T) {
	get := func(statements ...string) error {
		_, cfg := start(t, localaws.Options{Callers: asProbe}, "AKIAPROBE", probe(statements...))
		_, err := s3.NewFromConfig(cfg).GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("state"), Key: aws.String("none")})
		return err
	}
	read, list := `{Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::state/*'}`, `{Effect: Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::state'}`
	if code, status, _ := apiErr(t, get(read)); code != "AccessDenied" || status != 403 {
		t.Errorf("without s3:ListBucket: %s, %d", code, status)
	}
	var none *types.NoSuchKey
	if err := get(read, list); !errors.As(err, &none) {
		t.Errorf("with s3:ListBucket: %v", err)
	}
}

func TestABucketsOwnPolicyCounts(t *testing.T) {
	policy := `
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref Bucket, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Deny, Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::state/*', Condition: CONDITION}]}}
`
	for condition, want := range map[string]string{"{Bool: {'aws:SecureTransport': false}}": "", "{StringEquals: {'aws:RequestedRegion': us-east-1}}": "with an explicit deny in a resource-based policy"} {
		_, cfg := start(t, localaws.Options{Callers: asProbe}, "AKIAPROBE", probe(`{Effect: Allow, Action: 's3:*', Resource: '*'}`)+strings.Replace(policy, "CONDITION", condition, 1))
		_, err := s3.NewFromConfig(cfg).PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("state"), Key: aws.String("k"), Body: strings.NewReader("x")})
		if want == "" && err != nil {
			t.Errorf("%s: %v", condition, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", condition, err, want)
		}
	}
}

func TestAVirtualHostNamesTheBucket(t *testing.T) {
	s, cfg := start(t, localaws.Options{}, admin, probe())
	c := s3.NewFromConfig(cfg)
	if _, err := c.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("state"), Key: aws.String("k"), Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"state.localhost:4566", "state.127.0.0.1:4566", "state.s3.us-east-1.amazonaws.com", "state.s3.amazonaws.com"} {
		req, err := http.NewRequest("GET", *cfg.BaseEndpoint+"/k", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAADMIN/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("%s: %s", host, resp.Status)
		}
	}
	if c := s.Calls(); c[len(c)-1].Params != "Bucket=state Key=k" {
		t.Errorf("recorded %+v", c[len(c)-1])
	}
}
