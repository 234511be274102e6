package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"permprobe/shared/finding"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
)

// HubAPI is what is called of Security Hub.
type HubAPI interface {
	BatchImportFindings(context.Context, *securityhub.BatchImportFindingsInput, ...func(*securityhub.Options)) (*securityhub.BatchImportFindingsOutput, error)
}

var _ HubAPI = (*securityhub.Client)(nil)

// Hub imports findings into Security Hub, as findings of the account's own product.
type Hub struct {
	API                        HubAPI
	Partition, Account, Region string
	Now                        func() time.Time
	// Patience bounds what one call may take with its repeats; 0 is 20 seconds.
	Patience time.Duration
}

// What BatchImportFindings takes at once, and what fields of a finding hold.
//
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
const (
	maxHubFindings    = 100
	maxHubTitle       = 256
	maxHubDescription = 1024
	maxHubText        = 512
	hubSchema         = "2018-10-08"
	hubType           = "Software and Configuration Checks/AWS Security Best Practices"
)

// Import gives Security Hub the findings of a report that are open, and archives those that notices say are not: resolved,
// gone, or muted. Muted findings that were never open are not told. It returns the notices with what Security Hub is still
// to hear, and a sentence for everything that was not taken.
func (h *Hub) Import(ctx context.Context, r *finding.Report, notices []finding.Notice) (left []finding.Notice, failed []string) {
	left = slices.Clone(notices)
	told := map[string]bool{}
	var all []imported
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Status != finding.StatusSuppressed {
			told[f.ID] = true
			all = append(all, imported{finding: h.finding(f, types.RecordStateActive)})
		}
	}
	// Of one finding the last notice counts; one that is open again is not archived.
	for i, n := range slices.Backward(left) {
		if !n.Hub || n.Finding == nil || told[n.Finding.ID] {
			left[i].Hub = false
			continue
		}
		told[n.Finding.ID] = true
		all = append(all, imported{h.finding(n.Finding, types.RecordStateArchived), &left[i]})
	}
	for len(all) > 0 {
		n := min(len(all), maxHubFindings)
		said, stopped := h.put(ctx, all[:n])
		failed = append(failed, said...)
		all = all[n:]
		if stopped && len(all) > 0 {
			// Every further call would take as long to fail.
			failed = append(failed, fmt.Sprintf("after that nothing was sent to Security Hub any more: it is told of %d more findings by the next run", len(all)))
			break
		}
	}
	return slices.DeleteFunc(left, func(n finding.Notice) bool { return !n.Open() }), failed
}

// imported is a finding on its way and the notice that it is about; nil where the next run tells it again.
type imported struct {
	finding types.AwsSecurityFinding
	notice  *finding.Notice
}

// put sends some findings. What is not taken waits, unless that does not mend it. A call that is refused for what it holds
// is divided, so that one finding does not keep the others. stopped tells that no call can be made.
func (h *Hub) put(ctx context.Context, chunk []imported) (failed []string, stopped bool) {
	findings := make([]types.AwsSecurityFinding, len(chunk))
	for i := range chunk {
		findings[i] = chunk[i].finding
	}
	calling, cancel := patient(ctx, h.Patience)
	defer cancel()
	out, err := h.API.BatchImportFindings(calling, &securityhub.BatchImportFindingsInput{Findings: findings})
	switch {
	case err != nil && codeOf(err) == "InvalidInputException" && len(chunk) > 1:
		cancel()
		half := len(chunk) / 2
		first, stopped := h.put(ctx, chunk[:half])
		if stopped {
			return first, true
		}
		second, stopped := h.put(ctx, chunk[half:])
		return append(first, second...), stopped
	case err != nil && codeOf(err) == "InvalidInputException":
		if n := chunk[0].notice; n != nil {
			n.Hub = false
		}
		return []string{fmt.Sprintf("the finding %s was not accepted by Security Hub: %v%s", aws.ToString(chunk[0].finding.Id), plain(err), notAgain)}, false
	case err != nil:
		return []string{fmt.Sprintf("%d findings were not accepted by Security Hub: %v", len(chunk), plain(err))}, true
	}
	waits := map[string]bool{}
	for _, one := range out.FailedFindings {
		reason := fmt.Sprintf("the finding %s was not accepted by Security Hub: %s: %s", aws.ToString(one.Id), aws.ToString(one.ErrorCode), oneLine(aws.ToString(one.ErrorMessage)))
		if aws.ToString(one.ErrorCode) == "InvalidInput" {
			reason += notAgain
		} else {
			waits[aws.ToString(one.Id)] = true
		}
		failed = append(failed, reason)
	}
	// The counts are held against each other: a failure that is not listed is one, too.
	taken, want := int(aws.ToInt32(out.SuccessCount)), len(chunk)-len(out.FailedFindings)
	if taken != want {
		failed = append(failed, fmt.Sprintf("Security Hub says that it took %d of %d findings and names %d that it did not take",
			taken, len(chunk), len(out.FailedFindings)))
	}
	for i := range chunk {
		if n := chunk[i].notice; n != nil && taken == want && !waits[aws.ToString(chunk[i].finding.Id)] {
			n.Hub = false
		}
	}
	return failed, false
}

// finding is one finding in the AWS Security Finding Format.
func (h *Hub) finding(f *finding.Finding, state types.RecordState) types.AwsSecurityFinding {
	now := h.Now().UTC().Format(time.RFC3339)
	created := now
	if _, err := time.Parse(time.RFC3339, f.FirstSeen); err == nil {
		created = f.FirstSeen
	}
	label := hubSeverity(f.Severity)
	out := types.AwsSecurityFinding{
		SchemaVersion: aws.String(hubSchema),
		Id:            aws.String("permprobe/" + f.ID),
		ProductArn:    aws.String(fmt.Sprintf("arn:%s:securityhub:%s:%s:product/%s/default", h.Partition, h.Region, h.Account, h.Account)),
		ProductName:   aws.String("permprobe"),
		CompanyName:   aws.String("permprobe"),
		GeneratorId:   aws.String("permprobe/" + f.Check),
		AwsAccountId:  aws.String(h.Account),
		Region:        aws.String(h.Region),
		CreatedAt:     aws.String(created),
		// A finding that is known is only changed by a later time.
		UpdatedAt:   aws.String(now),
		Title:       aws.String(short(cmp.Or(oneLine(f.Title), f.Check), maxHubTitle)),
		Description: aws.String(short(cmp.Or(oneLine(f.Symptom+" "+f.Cause), oneLine(f.Title), f.Check), maxHubDescription)),
		FindingProviderFields: &types.FindingProviderFields{
			Severity: &types.FindingProviderSeverity{Label: label, Original: aws.String(string(f.Severity))},
			Types:    []string{hubType},
		},
		Resources: []types.Resource{{
			Type: aws.String("AwsLambdaFunction"), Id: aws.String(f.Function), Partition: types.Partition(h.Partition), Region: aws.String(h.Region),
		}},
		Compliance:  &types.Compliance{Status: types.ComplianceStatusFailed},
		RecordState: state,
	}
	if f.Role != "" {
		out.Resources = append(out.Resources, types.Resource{Type: aws.String("AwsIamRole"), Id: aws.String(f.Role), Partition: types.Partition(h.Partition)})
	}
	if summary := oneLine(f.Fix.Summary); summary != "" {
		out.Remediation = &types.Remediation{Recommendation: &types.Recommendation{Text: aws.String(short(summary, maxHubText))}}
	}
	notAvailable := func(code, why string) {
		out.Compliance = &types.Compliance{Status: types.ComplianceStatusNotAvailable, StatusReasons: []types.StatusReason{{
			ReasonCode: aws.String(code), Description: aws.String(why),
		}}}
	}
	switch f.Status {
	case finding.StatusResolved:
		out.Compliance.Status = types.ComplianceStatusPassed
	case finding.StatusUnverified:
		notAvailable("NOT_LOOKED_AT", "It was found earlier and could not be looked at now.")
	case finding.StatusSuppressed:
		notAvailable("MUTED", "It is muted in permprobe's configuration.")
	case finding.StatusGone:
		notAvailable("FUNCTION_GONE", "The function was deleted, or is not checked any more.")
	}
	return out
}

func hubSeverity(s finding.Severity) types.SeverityLabel {
	switch s {
	case finding.Critical:
		return types.SeverityLabelCritical
	case finding.High:
		return types.SeverityLabelHigh
	case finding.Medium:
		return types.SeverityLabelMedium
	case finding.Low:
		return types.SeverityLabelLow
	}
	return types.SeverityLabelInformational
}

// short is text of at most limit characters.
func short(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + "…"
}
