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
	// SelfManaged tells that the source is brokers of Kafka that the mapping addresses one by one.
	SelfManaged bool
	// Topics are the Kafka topics that are read, and ConsumerGroup the group that reads them; empty where that is
	// the mapping's ID.
	Topics        []string
	ConsumerGroup string
	// Access is how the mapping gets at its source.
	Access []Access
	// Registry is the ARN of the Glue registry that holds the schemas of a Kafka source, and RegistryAccess how the
	// mapping gets at another registry; both are empty where there is none.
	Registry       string
	RegistryAccess []Access
	// OnFailure is where records go that could not be processed; its Target is empty where there is none.
	OnFailure Destination
	// Key is the customer's key that encrypts the filter; empty where there is none.
	Key string
	// Open says why it is not known whether the mapping is disabled; zero where it is not.
	Open Unread
}

// Access is one entry of how a mapping gets at its source or at its schema registry. Only what names a secret keeps
// its value; the others are texts of the owner's.
type Access struct {
	// Type is BASIC_AUTH, VPC_SUBNET, …
	Type string
	// Secret is the ARN of the secret; empty for the types that name none, and for a value that is no ARN.
	Secret string
}
