package fact

// Ownership says to whom objects belong that other accounts put into a bucket, and whether ACLs decide on anything in it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
type Ownership string

// The settings of S3 Object Ownership.
const (
	// OwnerEnforced gives every object to the bucket's owner, and leaves all to policies: the bucket takes no ACLs. Buckets
	// have it since April 2023 unless they are asked for another one.
	OwnerEnforced Ownership = "BucketOwnerEnforced"
	// OwnerPreferred gives objects to the bucket's owner that are put with the ACL bucket-owner-full-control.
	OwnerPreferred Ownership = "BucketOwnerPreferred"
	// ObjectWriter leaves objects to who put them. Buckets without the setting, which are older than it, are like that.
	ObjectWriter Ownership = "ObjectWriter"
)
