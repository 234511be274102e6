package fact

// KindStates is what Lambda says of whether functions can run.
const KindStates Kind = "function states"

// State is what Lambda says of whether a function can run, and of its last update.
//
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
type State struct {
	// Code is why the function does not run, UpdateCode why its last change was not applied: ImageAccessDenied,
	// DisabledKMSKey, … Empty where nothing is in the way.
	Code, UpdateCode string
	// Open says why it is not known whether the function can run; zero where it is.
	Open Unread
}

// Stateful tells whether the configuration holds what Lambda may be unable to use when it starts the function: an
// image, the customer's key, a file system.
func (f *Function) Stateful() bool { return f.Image || f.Key != "" || len(f.FileSystems) > 0 }
