// Command probe is the deployed function: it wires the packages together and answers events.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(newHandler())
}
