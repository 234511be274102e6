package iampolicy

// parseSeeds are documents that between them use the whole language.
var parseSeeds = []string{
	`{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::tides/*"}]}`,
	`{"Statement":{"Effect":"Deny","NotAction":["iam:*","sts:*"],"NotResource":["arn:aws:s3:::a","*"]}}`,
	`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`,
	`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root","111122223333","AROAEXAMPLEID1234567"],"Service":"sns.amazonaws.com"},"Action":"sqs:*"}]}`,
	`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::lockers/${aws:username}/*","${*}","${aws:PrincipalTag/x, 'y'}"],
 "Condition":{"StringLike":{"s3:prefix":["","a*"]},"NumericLessThanIfExists":{"s3:max-keys":10},"Bool":{"aws:SecureTransport":true},
 "ForAllValues:StringNotEquals":{"aws:TagKeys":["a","b"]},"ForAnyValue:ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:t"},"Null":{"aws:TokenIssueTime":"false"},
 "DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]},"BinaryEquals":{"x:y":"YQ=="}}}]}`,
	`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/berth-planner","Federated":"accounts.google.com","CanonicalUser":"x"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"⟦x⟧","aws:PrincipalOrgID":"o-1"}}}]}`,
	`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]}`,
	`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Effect":"Deny"}]}`,
	`{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"\u00e9\ud83d\ude00\n","Condition":{}}]}`,
	`[`, `{`, `{"Statement":[]}`, `{"Version":"2008-10-17","Statement":[]} x`, "\"\xff\"", `nul`, `-01`, `{"a":1,}`,
}
