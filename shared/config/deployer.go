package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Deployer asks whether a user or role may create, update and delete functions.
type Deployer struct {
	// Principal is the ARN of a user, of a role, or of a session of a role.
	Principal string `json:"principal"`
	// Functions are names, ARNs or patterns. A name of which there is no function is one that is to be made.
	Functions []string `json:"functions"`
	// Code is where the functions' code is, s3://bucket/key or the URI of an image; empty where it is not said.
	Code string `json:"code"`
	// ServiceRole is the role with which CloudFormation deploys the stack; empty where it does so as the principal.
	ServiceRole string `json:"serviceRole"`
}

// mostDeployed bounds the functions of a request: each takes some calls of the simulator, whose quota is small.
const mostDeployed = 50

var (
	iamEntity = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:(user|role)(/[!-~]*)?/[A-Za-z0-9+=,.@_-]{1,128}$`)
	iamOther  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:(root$|group/)`)
	session   = regexp.MustCompile(`^arn:aws[a-z-]*:sts::\d{12}:assumed-role/[A-Za-z0-9+=,.@_-]{1,64}/[A-Za-z0-9+=,.@_-]{1,64}$`)
	object    = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\x00-\x1f*?]+$`)
	image     = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.[a-z.]+/[a-z0-9][a-z0-9._/-]*([:@][A-Za-z0-9._:-]+)?$`)
)

// checked says what is wrong with the request, by the field.
func (d *Deployer) checked() (*Deployer, error) {
	switch who := d.Principal; {
	case who == "":
		return nil, errors.New(`event field "deployer.principal": give the ARN of the user or role that deploys`)
	case iamOther.MatchString(who):
		return nil, fmt.Errorf("event field \"deployer.principal\": %s is neither a user nor a role: of a group name one of its users; the root user is bound by no policy of the account", short(who))
	case !iamEntity.MatchString(who) && !session.MatchString(who):
		return nil, fmt.Errorf("event field \"deployer.principal\": %s is not the ARN of a user, a role or a session of a role", short(who))
	}
	switch n := len(d.Functions); {
	case n == 0:
		return nil, errors.New(`event field "deployer.functions": name at least one function, ARN or pattern`)
	case n > mostDeployed:
		return nil, fmt.Errorf("event field \"deployer.functions\": %d names, ARNs and patterns are more than %d", n, mostDeployed)
	}
	for i, pattern := range d.Functions {
		if err := ValidatePattern(pattern); err != nil {
			return nil, fmt.Errorf("event field \"deployer.functions[%d]\": %s %w", i, short(pattern), err)
		}
	}
	if of := d.ServiceRole; of != "" && (!iamEntity.MatchString(of) || !strings.Contains(of, ":role/")) {
		return nil, fmt.Errorf("event field \"deployer.serviceRole\": %s is not the ARN of a role", short(of))
	}
	if d.Code != "" && !object.MatchString(d.Code) && !image.MatchString(d.Code) {
		return nil, fmt.Errorf("event field \"deployer.code\": %s is neither s3://bucket/key nor the URI of an image in Amazon ECR", short(d.Code))
	}
	return d, nil
}

// IsPattern tells a pattern of functions from the name or ARN of one.
func IsPattern(text string) bool { return strings.ContainsAny(text, "*?") }
