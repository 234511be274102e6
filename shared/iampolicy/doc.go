// Package iampolicy is the IAM policy language: it parses policy documents strictly, decides whether a request is
// allowed by the policies that apply to it, explains why, and finds the statement that comes closest to granting it.
//
// The rules are those of the IAM User Guide, chiefly
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Where AWS documents no
// answer, or where a value is not known, the answer is Undetermined: it is never a guess. Internally every match has
// one of three values (no, maybe, yes), so that an unknown that cannot change the outcome does not spoil it.
//
// Parsed policies are immutable and may be shared between goroutines.
package iampolicy
