package fact

// Mapping is an event source mapping that is not disabled: Lambda polls a source with the function's role and
// calls the function with what it finds.
type Mapping struct {
	// ID is the mapping's UUID.
	ID string
	// Function is the function and qualifier that is called.
	Function FunctionRef
	// Source is the ARN of the queue or stream; empty for a source that has none (self-managed Kafka).
	Source string
	// OnFailure is where records go that could not be processed; its Target is empty where there is none.
	OnFailure Destination
	// Open says why it is not known whether the mapping is disabled; zero where it is not.
	Open Unread
}
