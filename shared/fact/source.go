package fact

// Source says of a kind of trigger how far it was read.
type Source struct {
	// Name is the kind in words, plural: "EventBridge rules".
	Name string
	// Off says which switch turns the reading off; empty where it is on.
	Off string
	// Unread is why some of the kind are not known; zero where all are.
	Unread Unread
}

// Unsupported are the kinds of callers that are not read, in words.
//
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
func Unsupported() []string {
	return []string{
		"Auto Scaling termination policies", "CloudFormation custom resources and macros", "CodeDeploy hooks",
		"S3 Batch Operations", "S3 Object Lambda",
	}
}
