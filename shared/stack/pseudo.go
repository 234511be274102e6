package stack

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// partitionOf gives the partition that a region belongs to.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func partitionOf(region string) string {
	for _, p := range []struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"},
		{"us-iso-", "aws-iso"}, {"eu-isoe-", "aws-iso-e"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

// suffixOf gives the domain that AWS::URLSuffix names in a partition.
func suffixOf(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-iso":
		return "c2s.ic.gov"
	case "aws-iso-b":
		return "sc2s.sgov.gov"
	case "aws-iso-e":
		return "cloud.adc-e.uk"
	case "aws-iso-f":
		return "csp.hci.ic.gov"
	case "aws-eusc":
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

// pseudo resolves a pseudo parameter.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
func (e *evaluator) pseudo(n *node, name string) (any, bool) {
	switch name {
	case "AWS::AccountId":
		return e.opts.Account, true
	case "AWS::Region":
		return e.opts.Region, true
	case "AWS::Partition":
		return e.opts.Partition, true
	case "AWS::URLSuffix":
		return suffixOf(e.opts.Partition), true
	case "AWS::StackName":
		return e.opts.StackName, true
	case "AWS::StackId":
		return "arn:" + e.opts.Partition + ":cloudformation:" + e.opts.Region + ":" + e.opts.Account + ":stack/" +
			e.opts.StackName + "/" + uuidOf("stack", e.opts.StackName), true
	case "AWS::NoValue":
		return noValue{}, true
	case "AWS::NotificationARNs":
		return e.unknown(n, name, "notification topics are given when the stack is deployed"), true
	}
	return nil, false
}

// uuidOf makes an id in the form of a UUID that depends on its arguments only.
func uuidOf(parts ...string) string {
	h := hashOf(parts...)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
}

func hashOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
