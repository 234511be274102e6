package stack

// dataKinds are what holds data.
var dataKinds = kindTable{
	"AWS::S3::Bucket": named("BucketName", "arn:{P}:s3:::{N}", "DomainName", "{N}.s3.{S}", "RegionalDomainName", "{N}.s3.{R}.{S}",
		"DualStackDomainName", "{N}.s3.dualstack.{R}.{S}"),
	"AWS::S3::BucketPolicy":            {ref: "{.Bucket}"},
	"AWS::S3::AccessPoint":             named("Name", "arn:{P}:s3:{R}:{A}:accesspoint/{N}", "Name", "{N}"),
	"AWS::S3Express::DirectoryBucket":  named("BucketName", "arn:{P}:s3express:{R}:{A}:bucket/{N}"),
	"AWS::S3ObjectLambda::AccessPoint": named("Name", "arn:{P}:s3-object-lambda:{R}:{A}:accesspoint/{N}"),

	// A stream's ARN ends in the time at which it was enabled.
	"AWS::DynamoDB::Table": named("TableName", "arn:{P}:dynamodb:{R}:{A}:table/{N}", "StreamArn", "{ARN}/stream/2024-01-01T00:00:00.000"),
	"AWS::DynamoDB::GlobalTable": named("TableName", "arn:{P}:dynamodb:{R}:{A}:table/{N}", "TableId", "{uuid}",
		"StreamArn", "{ARN}/stream/2024-01-01T00:00:00.000"),

	"AWS::EFS::FileSystem": generated("fs-{L}", "arn:{P}:elasticfilesystem:{R}:{A}:file-system/{N}", "FileSystemId", "{N}"),
	"AWS::S3Files::FileSystem": {
		id: "fs-{L}", arn: "arn:{P}:s3files:{R}:{A}:file-system/{N}", ref: "{ARN}", atts: map[string]string{"FileSystemArn": "{ARN}", "FileSystemId": "{N}"},
	},
	"AWS::EFS::AccessPoint": generated("fsap-{L}", "arn:{P}:elasticfilesystem:{R}:{A}:access-point/{N}", "AccessPointId", "{N}"),
	"AWS::EFS::MountTarget": generated("fsmt-{L}", "", "Id", "{N}"),

	"AWS::DocDB::DBCluster":   named("DBClusterIdentifier", "arn:{P}:rds:{R}:{A}:cluster:{N}"),
	"AWS::DocDB::DBInstance":  named("DBInstanceIdentifier", "arn:{P}:rds:{R}:{A}:db:{N}"),
	"AWS::RDS::DBCluster":     named("DBClusterIdentifier", "arn:{P}:rds:{R}:{A}:cluster:{N}", "DBClusterArn", "{ARN}"),
	"AWS::RDS::DBInstance":    named("DBInstanceIdentifier", "arn:{P}:rds:{R}:{A}:db:{N}", "DBInstanceArn", "{ARN}"),
	"AWS::RDS::DBProxy":       named("DBProxyName", "arn:{P}:rds:{R}:{A}:db-proxy:prx-{hex:17}", "DBProxyArn", "{ARN}"),
	"AWS::RDS::DBSubnetGroup": named("DBSubnetGroupName", "arn:{P}:rds:{R}:{A}:subgrp:{N}"),

	"AWS::OpenSearchService::Domain":        named("DomainName", "arn:{P}:es:{R}:{A}:domain/{N}", "DomainArn", "{ARN}"),
	"AWS::Elasticsearch::Domain":            named("DomainName", "arn:{P}:es:{R}:{A}:domain/{N}", "DomainArn", "{ARN}"),
	"AWS::OpenSearchServerless::Collection": generated("{hash:20}", "arn:{P}:aoss:{R}:{A}:collection/{N}", "Id", "{N}"),

	"AWS::Glue::Job":         named("Name", "arn:{P}:glue:{R}:{A}:job/{N}"),
	"AWS::Glue::Database":    named("DatabaseInput.Name", "arn:{P}:glue:{R}:{A}:database/{N}"),
	"AWS::Glue::Table":       named("TableInput.Name", "arn:{P}:glue:{R}:{A}:table/{.DatabaseName}/{N}", "Id", "{N}"),
	"AWS::Glue::Crawler":     named("Name", "arn:{P}:glue:{R}:{A}:crawler/{N}"),
	"AWS::Glue::Registry":    refersByARN("Name", "arn:{P}:glue:{R}:{A}:registry/{N}"),
	"AWS::Athena::WorkGroup": named("Name", "arn:{P}:athena:{R}:{A}:workgroup/{N}"),

	"AWS::Timestream::Database":            named("DatabaseName", "arn:{P}:timestream:{R}:{A}:database/{N}"),
	"AWS::AppConfig::Application":          generated("{hash:7}", "arn:{P}:appconfig:{R}:{A}:application/{N}", "ApplicationId", "{N}"),
	"AWS::AppConfig::Environment":          generated("{hash:7}", "arn:{P}:appconfig:{R}:{A}:application/{.ApplicationId}/environment/{N}", "EnvironmentId", "{N}"),
	"AWS::AppConfig::ConfigurationProfile": generated("{hash:7}", "arn:{P}:appconfig:{R}:{A}:application/{.ApplicationId}/configurationprofile/{N}", "ConfigurationProfileId", "{N}"),
	"AWS::ElastiCache::ReplicationGroup":   named("ReplicationGroupId", "arn:{P}:elasticache:{R}:{A}:replicationgroup:{N}"),
	"AWS::Redshift::Cluster":               named("ClusterIdentifier", "arn:{P}:redshift:{R}:{A}:cluster:{N}"),
}
