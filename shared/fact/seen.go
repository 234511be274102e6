package fact

// SeenRow is the row of the field guide that a finding carries which is known because a call was seen to be refused.
const SeenRow = "D1"
