package catalog

import (
	"fmt"
	"strings"

	"permprobe/shared/check"
	"permprobe/shared/decide"
	"permprobe/shared/fact"
	"permprobe/shared/finding"
	"permprobe/shared/need"
)

// mountPermissions is R11: the role may not mount a file system of the function.
func mountPermissions() check.Check {
	return check.Check{
		ID:    "R11",
		Title: "The role may mount the function's file systems",
		Text: "Lambda mounts file systems of EFS and S3 Files as the function's role. Where the role may not, every invocation fails before " +
			"the code runs. A file system of EFS without a policy lets everybody mount it.",
		Severity: finding.Medium,
		Guide:    []string{"R11"},
		Also:     []string{"R15", "R19", "D4"},
		Facts:    []fact.Kind{fact.KindFunctions, fact.KindRoles, fact.KindDecisions, fact.KindStates},
		Run: func(in *check.Input) check.Output {
			out := shortfalls(in, shortfall{
				Purpose: need.Mount,
				Breaks:  always("cannot mount its file system"),
				Symptom: func(denied []*decide.Decision) string {
					return fmt.Sprintf("Invocations fail before the code runs: Lambda cannot mount the %s.", list(subjects(denied)))
				},
			})
			return withMountFailures(in, out)
		},
	}
}

// withMountFailures adds what Lambda itself says of file systems, of functions about which nothing else is known to be
// wrong: that a mount failed has several causes. That the file system cannot be reached (EFSMountConnectivityError,
// EFSMountTimeout) is a matter of the network.
//
// https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
func withMountFailures(in *check.Input, out check.Output) check.Output {
	told := map[string]bool{}
	for i := range out.Found {
		told[out.Found[i].Finding.Function] = true
	}
	more := byState(in, []stateCode{{
		code: "EFSMountFailure", place: finding.PlaceTarget, action: "elasticfilesystem:ClientMount", doubtful: true,
		cause: "the file system refused the mount. The role's own policies are looked at apart; what is left is the policy of the file system, or its access point.",
	}}, func(f *fact.Function) (string, string, bool) {
		return strings.Join(f.FileSystems, ","), "file system", len(f.FileSystems) > 0 && !told[f.ARN]
	})
	out.Found = append(out.Found, more.Found...)
	out.Gaps = append(out.Gaps, more.Gaps...)
	return out
}
