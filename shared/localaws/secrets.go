package localaws

import (
	"strings"

	"permprobe/shared/stack"
)

func (b *builder) secret() {
	home, r := b.home(), b.res
	if !once(b, home.secrets, r.ARN, "secret") {
		return
	}
	home.secrets[r.ARN] = map[string]any{"ARN": r.ARN, "Name": r.PhysicalID, "Description": text(b.prop("Description"))}
}

// rotation turns the rotation of a secret on, which another template may hold: the end of its ARN is then not known where
// the schedule names it by its name.
func (b *builder) rotation() {
	b.then(func() {
		function, home := text(b.prop("RotationLambdaARN")), b.home()
		if function == "" {
			return // a function that CloudFormation makes besides
		}
		arn := text(b.prop("SecretId"))
		if !strings.HasPrefix(arn, "arn:") && !isUnknown(arn) {
			name := arn
			arn = home.arn("secretsmanager", "secret:"+name+"-"+stack.Unknown("end of the ARN of "+name))
			for _, known := range sortedKeys(home.secrets) {
				if home.secrets[known]["Name"] == name {
					arn = known
				}
			}
		}
		secret := home.secrets[arn]
		if secret == nil {
			secret = map[string]any{"ARN": arn, "Name": arn[strings.LastIndex(arn, ":")+1:]}
			home.secrets[arn] = secret
		}
		secret["RotationEnabled"], secret["RotationLambdaARN"] = true, function
	})
}

// secretsListSecrets gives 100 a page; those that are to be deleted only where asked.
// See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html.
var secretsListSecrets = operation{
	service: "secretsmanager", name: "ListSecrets", needs: anywhere("secretsmanager:ListSecrets"), shows: []string{"MaxResults"},
	serve: func(c *call) (any, error) {
		limit, ok := number(text(c.body["MaxResults"]), 100)
		if !ok {
			return nil, &apiError{Status: 400, Code: "InvalidParameterException", Message: "MaxResults must be between 1 and 100"}
		}
		cut, token, err := page(c, sortedValues(c.home().secrets), text(c.body["NextToken"]), limit, 100, 100)
		if err != nil {
			return nil, err
		}
		return withToken(map[string]any{"SecretList": append([]map[string]any{}, cut...)}, token), nil
	},
}
