package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pipes"
	"github.com/aws/aws-sdk-go-v2/service/pipes/types"
)

// PipesAPI is what is read from EventBridge Pipes.
type PipesAPI interface {
	pipes.ListPipesAPIClient
	DescribePipe(context.Context, *pipes.DescribePipeInput, ...func(*pipes.Options)) (*pipes.DescribePipeOutput, error)
}

var _ PipesAPI = (*pipes.Client)(nil)

// eventPipes reads which functions pipes call, as their target or to enrich events. The listing has no roles.
func (c *Collector) eventPipes(ctx context.Context) sources {
	found := sources{facts: fact.KindPipes}
	list := call{Operation: "pipes:ListPipes", Permission: "pipes:ListPipes", Resource: "*"}
	var all []types.Pipe
	pages := pipes.NewListPipesPaginator(c.Pipes, &pipes.ListPipesInput{Limit: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		for _, p := range page.Pipes {
			if p.DesiredState == types.RequestedPipeStateRunning && (mayBeFunction(aws.ToString(p.Target)) || mayBeFunction(aws.ToString(p.Enrichment))) {
				all = append(all, p)
			}
		}
	}
	each := make([]sources, len(all))
	forEach(ctx, len(all), func(ctx context.Context, i int) { each[i] = c.eventPipe(ctx, &all[i]) })
	found.join(each)
	return found
}

func (c *Collector) eventPipe(ctx context.Context, pipe *types.Pipe) sources {
	found := sources{facts: fact.KindPipes}
	arn, name := aws.ToString(pipe.Arn), aws.ToString(pipe.Name)
	get := call{Operation: "pipes:DescribePipe of " + name, Permission: "pipes:DescribePipe", Resource: arn}
	out, err := c.Pipes.DescribePipe(ctx, &pipes.DescribePipeInput{Name: aws.String(name)})
	switch {
	case isNotFound(err):
		return found // it was deleted after it was listed
	case err != nil:
		found.missing(get.unread(err))
		return found
	}
	source := fact.Trigger{
		Kind: fact.TriggerPipe, Source: arn, SourceID: name, SourceName: name, Account: c.Account.ID,
		Credentials: aws.ToString(out.RoleArn), AssumedFor: arn,
	}
	found.add(source, aws.ToString(out.Target))
	found.add(source, aws.ToString(out.Enrichment))
	return found
}
