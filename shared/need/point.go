package need

import (
	"maps"
	"strings"

	"permprobe/shared/fact"
)

// The request keys of calls through access points of S3.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-condition-keys
const (
	pointARN     = "s3:DataAccessPointArn"
	pointAccount = "s3:DataAccessPointAccount"
	pointOrigin  = "s3:AccessPointNetworkOrigin"
)

// PointKeys are the request keys that only calls through access points of S3 carry.
func PointKeys() []string { return []string{pointARN, pointAccount, pointOrigin} }

// ThroughPoint tells whether the need is on the bucket behind an access point of S3 that is called.
func (n *Need) ThroughPoint() bool {
	through, _ := fact.TargetOf(n.Via)
	return through.Kind == fact.TargetAccessPoint
}

// throughPoint adds the request keys of a call on an access point.
func (n *Need) throughPoint() {
	point, has := fact.TargetOf(n.Resource)
	if !has || point.Kind != fact.TargetAccessPoint || point.ObjectLambda() {
		return
	}
	n.Context = maps.Clone(n.Context)
	if n.Context == nil {
		n.Context = map[string][]string{}
	}
	n.Context[pointARN], n.Context[pointAccount] = []string{point.ARN}, []string{point.Account}
}

// behindPoint is the need on the bucket behind an access point: both must let the call in.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
func behindPoint(n *Need, point fact.Target) (Need, bool) {
	if point.Kind != fact.TargetAccessPoint || point.Point == nil {
		return Need{}, false
	}
	one := *n
	one.Row, one.Level, one.Managed, one.Grant, one.Open, one.Either, one.Scoped, one.Form = "access point", Required, "", "", "", "", "", ""
	one.Why, one.Page = "its bucket must let the call in, too", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html"
	one.Via = point.ARN
	resource, known := point.Point.Behind(point, n.Resource)
	if !known {
		one.Unread = fact.Unread{Reason: "which bucket the " + point.Name() + " leads to is not known, and that one must let the call in, too"}
		return one, true
	}
	one.Resource = resource
	one.Context = maps.Clone(n.Context)
	if one.Context == nil {
		one.Context = map[string][]string{}
	}
	one.Context[pointOrigin] = []string{point.Point.Origin()}
	delete(one.Context, "aws:ResourceAccount")
	if point.Point.BucketAccount != "" {
		one.Context["aws:ResourceAccount"] = []string{point.Point.BucketAccount}
	}
	return one, true
}

// aliasOfPoint is the alias of an access point that stands where a resource's ARN has the name of a bucket, as in requests;
// empty where it is a bucket's name, which cannot end like that.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html#access-points-alias
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func aliasOfPoint(resource string) string {
	arn, err := fact.ParseARN(resource)
	name, _, _ := strings.Cut(arn.Resource, "/")
	if err != nil || arn.Service != "s3" || arn.Account != "" || !strings.HasSuffix(name, "-s3alias") && !strings.HasSuffix(name, "--ol-s3") && !strings.HasSuffix(name, ".mrap") {
		return ""
	}
	return name
}
