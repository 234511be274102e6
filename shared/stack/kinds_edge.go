package stack

// edgeKinds are networks, content delivery and names.
var edgeKinds = kindTable{
	"AWS::EC2::VPC":    generated("vpc-{L}", "arn:{P}:ec2:{R}:{A}:vpc/{N}", "VpcId", "{N}", "CidrBlock", "{.CidrBlock}"),
	"AWS::EC2::Subnet": generated("subnet-{L}", "arn:{P}:ec2:{R}:{A}:subnet/{N}", "SubnetId", "{N}", "VpcId", "{.VpcId}", "CidrBlock", "{.CidrBlock}", "AvailabilityZone", "{.AvailabilityZone}"),
	"AWS::EC2::SecurityGroup": generated("sg-{L}", "arn:{P}:ec2:{R}:{A}:security-group/{N}", "GroupId", "{N}", "Id", "{N}", "VpcId", "{.VpcId}",
		"GroupName", "{.GroupName|L}"),
	"AWS::EC2::SecurityGroupIngress":        generated("sgr-{L}", "", "Id", "{N}"),
	"AWS::EC2::SecurityGroupEgress":         generated("sgr-{L}", "", "Id", "{N}"),
	"AWS::EC2::Instance":                    generated("i-{L}", "arn:{P}:ec2:{R}:{A}:instance/{N}", "InstanceId", "{N}"),
	"AWS::EC2::NetworkInterface":            generated("eni-{L}", "arn:{P}:ec2:{R}:{A}:network-interface/{N}", "Id", "{N}"),
	"AWS::EC2::InternetGateway":             generated("igw-{L}", "arn:{P}:ec2:{R}:{A}:internet-gateway/{N}", "InternetGatewayId", "{N}"),
	"AWS::EC2::NatGateway":                  generated("nat-{L}", "arn:{P}:ec2:{R}:{A}:natgateway/{N}", "NatGatewayId", "{N}"),
	"AWS::EC2::RouteTable":                  generated("rtb-{L}", "arn:{P}:ec2:{R}:{A}:route-table/{N}", "RouteTableId", "{N}"),
	"AWS::EC2::NetworkAcl":                  generated("acl-{L}", "arn:{P}:ec2:{R}:{A}:network-acl/{N}", "Id", "{N}"),
	"AWS::EC2::VPCEndpoint":                 generated("vpce-{L}", "arn:{P}:ec2:{R}:{A}:vpc-endpoint/{N}", "Id", "{N}"),
	"AWS::EC2::LaunchTemplate":              generated("lt-{L}", "arn:{P}:ec2:{R}:{A}:launch-template/{N}", "LaunchTemplateId", "{N}"),
	"AWS::EC2::Volume":                      generated("vol-{L}", "arn:{P}:ec2:{R}:{A}:volume/{N}", "VolumeId", "{N}"),
	"AWS::EC2::FlowLog":                     generated("fl-{L}", "arn:{P}:ec2:{R}:{A}:vpc-flow-log/{N}", "Id", "{N}"),
	"AWS::EC2::TransitGateway":              generated("tgw-{L}", "arn:{P}:ec2:{R}:{A}:transit-gateway/{N}", "Id", "{N}", "TransitGatewayArn", "{ARN}"),
	"AWS::EC2::PrefixList":                  generated("pl-{L}", "arn:{P}:ec2:{R}:{A}:prefix-list/{N}", "PrefixListId", "{N}"),
	"AWS::EC2::DHCPOptions":                 generated("dopt-{L}", "", "DhcpOptionsId", "{N}"),
	"AWS::EC2::VPCPeeringConnection":        generated("pcx-{L}", "", "Id", "{N}"),
	"AWS::EC2::SubnetRouteTableAssociation": generated("rtbassoc-{L}", "", "Id", "{N}"),
	"AWS::EC2::KeyPair":                     named("KeyName", "arn:{P}:ec2:{R}:{A}:key-pair/{N}"),
	// Ref of an elastic IP is its address, which AWS picks.
	"AWS::EC2::EIP": {id: "eipalloc-{L}", ref: "{?Ref}", atts: pairs([]string{"AllocationId", "{N}"})},

	"AWS::CloudFront::Distribution":                   generated("{L}", "arn:{P}:cloudfront::{A}:distribution/{N}", "Id", "{N}"),
	"AWS::CloudFront::CloudFrontOriginAccessIdentity": generated("{L}", "arn:{P}:cloudfront::{A}:origin-access-identity/{N}", "Id", "{N}"),
	"AWS::CloudFront::OriginAccessControl":            generated("{L}", "arn:{P}:cloudfront::{A}:origin-access-control/{N}", "Id", "{N}"),
	"AWS::CloudFront::Function":                       refersByARN("Name", "arn:{P}:cloudfront::{A}:function/{N}", "FunctionARN", "{ARN}", "FunctionMetadata.FunctionARN", "{ARN}"),
	"AWS::CloudFront::CachePolicy":                    generated("{uuid}", "arn:{P}:cloudfront::{A}:cache-policy/{N}", "Id", "{N}"),
	"AWS::CloudFront::OriginRequestPolicy":            generated("{uuid}", "arn:{P}:cloudfront::{A}:origin-request-policy/{N}", "Id", "{N}"),
	"AWS::CloudFront::ResponseHeadersPolicy":          generated("{uuid}", "arn:{P}:cloudfront::{A}:response-headers-policy/{N}", "Id", "{N}"),

	"AWS::Route53::HostedZone":     generated("{L}", "arn:{P}:route53:::hostedzone/{N}", "Id", "{N}"),
	"AWS::Route53::RecordSet":      named("Name", ""),
	"AWS::Route53::RecordSetGroup": generated("{L}", "", "Id", "{N}"),
	"AWS::WAFv2::WebACL": {name: "Name", ref: "{N}|{uuid}|{.Scope}", arn: "arn:{P}:wafv2:{R}:{A}:{scope}/webacl/{N}/{uuid}",
		atts: pairs([]string{"Id", "{uuid}"})},
}
