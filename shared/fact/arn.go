package fact

import (
	"fmt"
	"regexp"
	"strings"
)

// ARN is an Amazon Resource Name in its six parts.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type ARN struct {
	Partition, Service, Region, Account, Resource string
}

// ParseARN splits an ARN. It checks the form, not whether the resource exists.
func ParseARN(text string) (ARN, error) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return ARN{}, fmt.Errorf("%q is not an ARN (arn:partition:service:region:account:resource)", text)
	}
	return ARN{Partition: parts[1], Service: parts[2], Region: parts[3], Account: parts[4], Resource: parts[5]}, nil
}

func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, a.Resource}, ":")
}

// Latest is the qualifier that names the function's unpublished code. It has no policy of its own.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
const Latest = "$LATEST"

// FunctionRef names a function as a caller does: with or without a qualifier.
type FunctionRef struct {
	// ARN is the unqualified ARN of the function.
	ARN string
	// Qualifier is a version, an alias or $LATEST; empty for the unqualified function.
	Qualifier string
}

// Name is the function's name.
func (r FunctionRef) Name() string {
	_, name, _ := strings.Cut(r.ARN, ":function:")
	return name
}

// String is the ARN that the caller uses, with the qualifier where there is one.
func (r FunctionRef) String() string {
	if r.Qualifier == "" {
		return r.ARN
	}
	return r.ARN + ":" + r.Qualifier
}

// ParseFunctionARN splits a function's ARN from its qualifier.
func ParseFunctionARN(text string) (FunctionRef, error) {
	arn, err := ParseARN(text)
	if err != nil {
		return FunctionRef{}, err
	}
	parts := strings.Split(arn.Resource, ":")
	if arn.Service != "lambda" || parts[0] != "function" || len(parts) < 2 || len(parts) > 3 || parts[1] == "" {
		return FunctionRef{}, fmt.Errorf("%q is not the ARN of a Lambda function", text)
	}
	ref := FunctionRef{}
	if len(parts) == 3 {
		if parts[2] == "" {
			return FunctionRef{}, fmt.Errorf("%q ends in an empty qualifier", text)
		}
		ref.Qualifier = parts[2]
	}
	arn.Resource = "function:" + parts[1]
	ref.ARN = arn.String()
	return ref, nil
}

var imageURI = regexp.MustCompile(`^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z.]+/([a-z0-9][a-z0-9._/-]*)`)

// RepositoryOf is the ARN of the repository of a container image; empty where the URI is not one of Amazon ECR.
//
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
func RepositoryOf(partition, image string) string {
	m := imageURI.FindStringSubmatch(image)
	if m == nil {
		return ""
	}
	return ARN{Partition: partition, Service: "ecr", Region: m[2], Account: m[1], Resource: "repository/" + m[3]}.String()
}

// RoleName is the name in a role's ARN, without its path.
func RoleName(arn string) string {
	return arn[strings.LastIndexByte(arn, '/')+1:]
}
