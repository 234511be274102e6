package collect

import (
	"strings"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	resttypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// unset is a throttling limit that a stage does not set.
const unset = -1

// methodSettings completes a route with what the stages of a REST API set for it: the method's own settings, or else those
// of all methods.
//
// https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
func methodSettings(route *fact.APIRoute, stages []resttypes.Stage, method, path string) {
	for _, s := range stages {
		of, set := s.MethodSettings["*/*"]
		for key, one := range s.MethodSettings {
			// Keys are RESOURCE/METHOD with the slashes of the resource as ~1.
			resource, m := key[:max(0, strings.LastIndexByte(key, '/'))], key[strings.LastIndexByte(key, '/')+1:]
			resource = strings.ReplaceAll(resource, "~1", "/")
			if strings.EqualFold(m, method) && strings.TrimPrefix(resource, "/") == strings.TrimPrefix(path, "/") && resource != "*" {
				of, set = one, true
			}
		}
		if !set {
			continue
		}
		name := aws.ToString(s.StageName)
		if of.MetricsEnabled {
			route.Measured = append(route.Measured, name)
		}
		// The reference gives no way to tell a limit of 0 from none, and API Gateway hands out its default where none is set: what
		// is given together is meant.
		if of.ThrottlingRateLimit != 0 || of.ThrottlingBurstLimit != 0 {
			route.Limits = append(route.Limits, fact.APILimit{Stage: name, Rate: of.ThrottlingRateLimit, Burst: int(of.ThrottlingBurstLimit)})
		}
	}
}

// routeSettings does the same for a route of an HTTP or WebSocket API.
//
// https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
func routeSettings(route *fact.APIRoute, stages []types.Stage, key string) {
	for _, s := range stages {
		measured, rate, burst := false, (*float64)(nil), (*int32)(nil)
		own, has := s.RouteSettings[key]
		for _, of := range []*types.RouteSettings{s.DefaultRouteSettings, &own} {
			if of == nil || of == &own && !has {
				continue
			}
			if of.DetailedMetricsEnabled != nil {
				measured = *of.DetailedMetricsEnabled
			}
			if of.ThrottlingRateLimit != nil {
				rate = of.ThrottlingRateLimit
			}
			if of.ThrottlingBurstLimit != nil {
				burst = of.ThrottlingBurstLimit
			}
		}
		name := aws.ToString(s.StageName)
		if measured {
			route.Measured = append(route.Measured, name)
		}
		if rate != nil || burst != nil {
			limit := fact.APILimit{Stage: name, Rate: unset, Burst: unset}
			if rate != nil {
				limit.Rate = *rate
			}
			if burst != nil {
				limit.Burst = int(*burst)
			}
			route.Limits = append(route.Limits, limit)
		}
	}
}
