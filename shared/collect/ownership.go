package collect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// Ownership reads to whom the objects of buckets belong whose policies are read, each once.
func (c *Collector) Ownership(ctx context.Context, facts *fact.Facts, buckets []fact.Target) {
	var wanted []fact.Target
	for _, t := range buckets {
		if held, known := facts.Targets[t.ARN].Value(); known && held.Ownership == nil {
			wanted = append(wanted, held)
		}
	}
	read := make([]fact.Read[fact.Ownership], len(wanted))
	forEach(ctx, len(wanted), func(ctx context.Context, i int) { read[i] = c.ownership(ctx, wanted[i]) })
	for i, t := range wanted {
		t.Ownership = &read[i]
		facts.Targets[t.ARN] = fact.Known(t)
	}
}

// ownership reads one bucket's. Only a bucket that is older than the setting has none.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
func (c *Collector) ownership(ctx context.Context, t fact.Target) fact.Read[fact.Ownership] {
	get := call{Operation: "s3:GetBucketOwnershipControls", Permission: "s3:GetBucketOwnershipControls", Resource: t.ARN}
	owner, why := c.in(ctx, t.Account, get)
	if owner == nil {
		return fact.NotRead[fact.Ownership](why)
	}
	out, err := owner.Buckets.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: aws.String(t.ARN[strings.LastIndexByte(t.ARN, ':')+1:])})
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "OwnershipControlsNotFoundError":
		return fact.Known(fact.ObjectWriter)
	case err != nil:
		why := get.unread(err)
		if why.Elsewhere { // the bucket is in the template, where its policy was read
			return fact.NotRead[fact.Ownership](fact.Unread{Operation: get.Operation, Reason: "the template leaves its OwnershipControls open"})
		}
		return fact.NotRead[fact.Ownership](c.asRole(t.Account, why))
	}
	said := ""
	if out.OwnershipControls != nil && len(out.OwnershipControls.Rules) == 1 {
		said = string(out.OwnershipControls.Rules[0].ObjectOwnership)
	}
	switch setting := fact.Ownership(said); setting {
	case fact.OwnerEnforced, fact.OwnerPreferred, fact.ObjectWriter:
		return fact.Known(setting)
	}
	return fact.NotRead[fact.Ownership](fact.Unread{Operation: get.Operation, Reason: fmt.Sprintf("%s says %q, of which nothing is known here", get.Operation, said)})
}
