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

// Import gives Security Hub the findings of a report, and those that are resolved or gone as archived ones. Muted
// findings are not told. It returns a sentence for everything that was not taken.
func (h *Hub) Import(ctx context.Context, r *finding.Report) (failed []string) {
	var all []types.AwsSecurityFinding
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Status != finding.StatusSuppressed {
			all = append(all, h.finding(f, types.RecordStateActive))
		}
	}
	for _, list := range [][]finding.Finding{r.Resolved, r.Gone} {
		for i := range list {
			all = append(all, h.finding(&list[i], types.RecordStateArchived))
		}
	}
	for chunk := range slices.Chunk(all, maxHubFindings) {
		out, err := h.API.BatchImportFindings(ctx, &securityhub.BatchImportFindingsInput{Findings: chunk})
		if err != nil {
			failed = append(failed, fmt.Sprintf("%d findings were not accepted by Security Hub: %v", len(chunk), plain(err)))
			continue
		}
		for _, one := range out.FailedFindings {
			failed = append(failed, fmt.Sprintf("the finding %s was not accepted by Security Hub: %s: %s",
				aws.ToString(one.Id), aws.ToString(one.ErrorCode), oneLine(aws.ToString(one.ErrorMessage))))
		}
		// The counts are held against each other: a failure that is not listed is one, too.
		if taken, want := int(aws.ToInt32(out.SuccessCount)), len(chunk)-len(out.FailedFindings); taken != want {
			failed = append(failed, fmt.Sprintf("Security Hub says that it took %d of %d findings and names %d that it did not take",
				taken, len(chunk), len(out.FailedFindings)))
		}
	}
	return failed
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
		Description: aws.String(short(oneLine(cmp.Or(f.Symptom+" "+f.Cause, f.Title)), maxHubDescription)),
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
