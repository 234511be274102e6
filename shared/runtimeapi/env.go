package runtimeapi

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// functionARN holds the parts of arn:P:lambda:R:A:function:NAME[:QUALIFIER].
type functionARN struct{ region, name, qualifier string }

func parseARN(arn string) (functionARN, error) {
	p := strings.Split(arn, ":")
	if len(p) < 7 || len(p) > 8 || p[0] != "arn" || p[2] != "lambda" || p[3] == "" || p[5] != "function" || p[6] == "" {
		return functionARN{}, fmt.Errorf("%q is no function ARN", arn)
	}
	f := functionARN{region: p[3], name: p[6], qualifier: "$LATEST"}
	if len(p) == 8 && p[7] != "" {
		f.qualifier = p[7]
	}
	return f, nil
}

// environment is what Lambda sets for an OS-only runtime, then what was passed,
// then what cannot be changed.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func environment(o Options, api, daemon string) ([]string, error) {
	f, err := parseARN(o.FunctionARN)
	if err != nil {
		return nil, err
	}
	group := o.LogGroup
	if group == "" {
		group = "/aws/lambda/" + f.name
	}
	root := filepath.Dir(o.Binary)
	set := map[string]string{
		"LANG": "en_US.UTF-8",
		"TZ":   ":UTC",
		"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		// A home that does not exist: no settings or credentials of the person
		// who runs this are picked up.
		"HOME":                            "/home/sbx_user1051",
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"AWS_REGION":                      f.region,
		"AWS_DEFAULT_REGION":              f.region,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       group,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "local/[" + f.qualifier + "]" + fmt.Sprintf("%x", random(16)),
		"AWS_XRAY_CONTEXT_MISSING":        "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":         daemon,
		"_HANDLER":                        o.Handler,
		"AWS_LAMBDA_FUNCTION_NAME":        f.name,
		"AWS_LAMBDA_FUNCTION_VERSION":     f.qualifier,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(o.MemoryMB),
	}
	for _, kv := range o.Env {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || k == "" || strings.ContainsRune(kv, 0) {
			return nil, fmt.Errorf("%q is no environment entry: want NAME=value", k)
		}
		set[k] = v
	}
	set["AWS_LAMBDA_RUNTIME_API"] = api
	set["LAMBDA_TASK_ROOT"] = root
	env := make([]string, 0, len(set))
	for k, v := range set {
		env = append(env, k+"="+v)
	}
	slices.Sort(env)
	return env, nil
}
