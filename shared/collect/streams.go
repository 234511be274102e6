package collect

import (
	"context"

	"permprobe/shared/fact"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
)

// StreamsAPI is what is read from Data Firehose.
type StreamsAPI interface {
	ListDeliveryStreams(context.Context, *firehose.ListDeliveryStreamsInput, ...func(*firehose.Options)) (*firehose.ListDeliveryStreamsOutput, error)
	DescribeDeliveryStream(context.Context, *firehose.DescribeDeliveryStreamInput, ...func(*firehose.Options)) (*firehose.DescribeDeliveryStreamOutput, error)
}

var _ StreamsAPI = (*firehose.Client)(nil)

// deliveryStreams reads which functions transform the records of delivery streams.
func (c *Collector) deliveryStreams(ctx context.Context) sources {
	found := sources{facts: fact.KindStreams}
	list := call{Operation: "firehose:ListDeliveryStreams", Permission: "firehose:ListDeliveryStreams", Resource: "*"}
	var names []string
	for {
		in := &firehose.ListDeliveryStreamsInput{Limit: aws.Int32(10000)}
		if len(names) > 0 {
			in.ExclusiveStartDeliveryStreamName = aws.String(names[len(names)-1])
		}
		out, err := c.Streams.ListDeliveryStreams(ctx, in)
		if err != nil {
			found.missing(list.unread(err))
			break
		}
		names = append(names, out.DeliveryStreamNames...)
		if !aws.ToBool(out.HasMoreDeliveryStreams) || len(out.DeliveryStreamNames) == 0 {
			break
		}
	}
	each := make([]sources, len(names))
	forEach(ctx, len(names), func(ctx context.Context, i int) { each[i] = c.deliveryStream(ctx, names[i]) })
	found.join(each)
	return found
}

func (c *Collector) deliveryStream(ctx context.Context, name string) sources {
	found := sources{facts: fact.KindStreams}
	arn := fact.ARN{Partition: c.Account.Partition, Service: "firehose", Region: c.Account.Region, Account: c.Account.ID,
		Resource: "deliverystream/" + name}.String()
	get := call{Operation: "firehose:DescribeDeliveryStream of " + name, Permission: "firehose:DescribeDeliveryStream", Resource: arn}
	out, err := c.Streams.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: aws.String(name)})
	switch {
	case isNotFound(err):
		return found // it was deleted after it was listed
	case err != nil:
		found.missing(get.unread(err))
		return found
	case out.DeliveryStreamDescription == nil:
		return found
	}
	for i := range out.DeliveryStreamDescription.Destinations {
		for _, by := range transformations(&out.DeliveryStreamDescription.Destinations[i]) {
			if by.processing == nil || !aws.ToBool(by.processing.Enabled) {
				continue
			}
			for _, processor := range by.processing.Processors {
				if processor.Type != types.ProcessorTypeLambda {
					continue
				}
				function, role := "", aws.ToString(by.role)
				for _, parameter := range processor.Parameters {
					switch parameter.ParameterName {
					case types.ProcessorParameterNameLambdaArn:
						function = aws.ToString(parameter.ParameterValue)
					case types.ProcessorParameterNameRoleArn:
						role = aws.ToString(parameter.ParameterValue)
					}
				}
				found.add(fact.Trigger{
					Kind: fact.TriggerStream, Source: arn, SourceID: name, SourceName: name, Account: c.Account.ID, Credentials: role,
				}, function)
			}
		}
	}
	return found
}

// transformation is how a destination has records transformed, and as which role.
type transformation struct {
	processing *types.ProcessingConfiguration
	role       *string
}

// transformations are those of a destination, which has one kind of description.
func transformations(d *types.DestinationDescription) []transformation {
	var all []transformation
	if d.ExtendedS3DestinationDescription != nil {
		all = append(all, transformation{d.ExtendedS3DestinationDescription.ProcessingConfiguration, d.ExtendedS3DestinationDescription.RoleARN})
	}
	if d.RedshiftDestinationDescription != nil {
		all = append(all, transformation{d.RedshiftDestinationDescription.ProcessingConfiguration, d.RedshiftDestinationDescription.RoleARN})
	}
	if d.ElasticsearchDestinationDescription != nil {
		all = append(all, transformation{d.ElasticsearchDestinationDescription.ProcessingConfiguration, d.ElasticsearchDestinationDescription.RoleARN})
	}
	if d.AmazonopensearchserviceDestinationDescription != nil {
		all = append(all, transformation{d.AmazonopensearchserviceDestinationDescription.ProcessingConfiguration, d.AmazonopensearchserviceDestinationDescription.RoleARN})
	}
	if d.AmazonOpenSearchServerlessDestinationDescription != nil {
		all = append(all, transformation{d.AmazonOpenSearchServerlessDestinationDescription.ProcessingConfiguration, d.AmazonOpenSearchServerlessDestinationDescription.RoleARN})
	}
	if d.HttpEndpointDestinationDescription != nil {
		all = append(all, transformation{d.HttpEndpointDestinationDescription.ProcessingConfiguration, d.HttpEndpointDestinationDescription.RoleARN})
	}
	if d.SnowflakeDestinationDescription != nil {
		all = append(all, transformation{d.SnowflakeDestinationDescription.ProcessingConfiguration, d.SnowflakeDestinationDescription.RoleARN})
	}
	if d.IcebergDestinationDescription != nil {
		all = append(all, transformation{d.IcebergDestinationDescription.ProcessingConfiguration, d.IcebergDestinationDescription.RoleARN})
	}
	if splunk := d.SplunkDestinationDescription; splunk != nil {
		// Splunk needs no role of AWS's; the stream has one for the bucket that keeps what fails.
		one := transformation{processing: splunk.ProcessingConfiguration}
		if splunk.S3DestinationDescription != nil {
			one.role = splunk.S3DestinationDescription.RoleARN
		}
		all = append(all, one)
	}
	return all
}
