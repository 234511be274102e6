package collect

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/fact"
)

// settingValue is what an ARN, an id or a word of AWS's looks like: nothing else of a request is kept.
var settingValue = regexp.MustCompile(`^[A-Za-z0-9:/_.+=,@-]{1,600}$`)

// configured is the function, and the settings, of a request that made a function or changed its configuration.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
func configured(raw json.RawMessage) (function string, sets map[Setting]string) {
	var request struct {
		FunctionName, Role string
		VPCConfig          *struct{ SubnetIDs []string }
		DeadLetterConfig   *struct{ TargetARN string }
		TracingConfig      *struct{ Mode string }
		FileSystemConfigs  *[]struct{ ARN string }
		KMSKey             *string `json:"kmskeyarn"`
	}
	// What is not understood is not known. Names of fields differ in case alone.
	if json.Unmarshal(raw, &request) != nil {
		return "", nil
	}
	sets = map[Setting]string{}
	set := func(name Setting, value string) {
		if value == "" || settingValue.MatchString(value) {
			sets[name] = value
		}
	}
	if _, err := fact.ParseARN(request.Role); err == nil {
		set(SetRole, request.Role)
	}
	if request.KMSKey != nil {
		set(SetKey, *request.KMSKey)
	}
	if vpc := request.VPCConfig; vpc != nil {
		slices.Sort(vpc.SubnetIDs)
		set(SetNetwork, strings.Join(vpc.SubnetIDs, ","))
	}
	if dead := request.DeadLetterConfig; dead != nil {
		set(SetDeadLetter, dead.TargetARN)
	}
	if tracing := request.TracingConfig; tracing != nil {
		set(SetTracing, tracing.Mode)
	}
	if systems := request.FileSystemConfigs; systems != nil {
		var arns []string
		for _, one := range *systems {
			arns = append(arns, one.ARN)
		}
		slices.Sort(arns)
		set(SetFileSystems, strings.Join(arns, ","))
	}
	if ref, err := fact.ParseFunctionARN(request.FunctionName); err == nil {
		return ref.Name(), sets
	}
	if settingValue.MatchString(request.FunctionName) {
		function, _, _ = strings.Cut(request.FunctionName, ":")
	}
	return function, sets
}
