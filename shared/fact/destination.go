package fact

// Destination is where Lambda sends what became of asynchronous invocations, or of the records of an event
// source mapping.
type Destination struct {
	// Function is the function and qualifier that is invoked.
	Function FunctionRef
	// Name says for people what kind of destination it is: "on-failure destination".
	Name string
	// Target is the ARN of the queue, topic, function, bus or bucket.
	Target string
}
