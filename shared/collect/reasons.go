package collect

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"permprobe/shared/denial"
	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// stateDenials are those that Lambda gives as the reason why the function does not run, or why its last change was not
// applied. They are of now: Lambda does not say since when.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
func (c *Collector) stateDenials(config *lambda.GetFunctionConfigurationOutput) []Sighting {
	var texts []string
	if config.State != types.StateActive {
		texts = append(texts, reason("StateReason", string(config.StateReasonCode), config.StateReason))
	}
	if config.LastUpdateStatus == types.LastUpdateStatusFailed {
		texts = append(texts, reason("LastUpdateStatusReason", string(config.LastUpdateStatusReasonCode), config.LastUpdateStatusReason))
	}
	return c.present("state of the function", texts)
}

// reason is a code and its text as people paste them.
func reason(name, code string, text *string) string {
	return fmt.Sprintf("%q: %q, %q: %q", name+"Code", code, name, aws.ToString(text))
}

// present are the denials of texts that tell of now.
func (c *Collector) present(source string, texts []string) []Sighting {
	seen := sightings{source: source}
	for _, d := range denial.Read(strings.Join(texts, "\n")).Denials {
		seen.add(d, c.Now())
	}
	return seen.list()
}

// mappingDenials are those that Lambda gives as the last result of the function's event source mappings, or as why
// it changed their state. A mapping that its owner disabled tells of nothing that matters.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html
func (c *Collector) mappingDenials(ctx context.Context, f *fact.Function) ([]Sighting, fact.Unread) {
	list := call{Operation: "lambda:ListEventSourceMappings", Permission: "lambda:ListEventSourceMappings", Resource: "*"}
	var found []Sighting
	pages := lambda.NewListEventSourceMappingsPaginator(c.Lambda, &lambda.ListEventSourceMappingsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return found, list.unread(err)
		}
		for i := range page.EventSourceMappings {
			m := &page.EventSourceMappings[i]
			ref, err := fact.ParseFunctionARN(aws.ToString(m.FunctionArn))
			if err != nil || ref.ARN != f.ARN || disabled[aws.ToString(m.State)] && byOwner[aws.ToString(m.StateTransitionReason)] {
				continue
			}
			source := fmt.Sprintf("event source mapping %s of %s", aws.ToString(m.UUID), cmp.Or(aws.ToString(m.EventSourceArn), "a self-managed source"))
			found = append(found, c.present(source, []string{aws.ToString(m.LastProcessingResult), aws.ToString(m.StateTransitionReason)})...)
		}
	}
	return found, fact.Unread{}
}

// byOwner are the reasons by which a mapping says that its owner changed its state.
var byOwner = map[string]bool{"USER_INITIATED": true, "User action": true, "User initiated": true}
