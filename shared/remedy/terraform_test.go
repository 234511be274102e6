package remedy

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatARoleLacksIsWrittenForTerraform(t *testing.T) {
	got, err := terraformRole("app", "permprobe-1a", []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}, newDocument(
		statement{Effect: "Allow", Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::a/*", "arn:aws:s3:::home/${aws:username}/*"}},
		statement{Effect: "Allow", Action: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resource: "*",
			Condition: map[string]any{"StringEquals": map[string]any{"kms:ViaService": "s3.us-east-1.amazonaws.com"}}},
	), carrier{})
	if err != nil {
		t.Fatal(err)
	}
	want := `resource "aws_iam_role_policy_attachment" "AWSLambdaBasicExecutionRole" {
  role       = "app"
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role_policy" "permprobe_1a" {
  name = "permprobe-1a"
  role = "app"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["s3:GetObject"]
        Resource = [
          "arn:aws:s3:::a/*",
          "arn:aws:s3:::home/$${aws:username}/*",
        ]
      },
      {
        Effect = "Allow"
        Action = [
          "kms:Decrypt",
          "kms:GenerateDataKey",
        ]
        Resource = "*"
        Condition = {
          StringEquals = {
            "kms:ViaService" = "s3.us-east-1.amazonaws.com"
          }
        }
      },
    ]
  })
}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestATrustPolicyIsWrittenForTerraformAsItIsKept(t *testing.T) {
	got, err := terraformTrust(newDocument(
		json.RawMessage(`{"Effect":"Allow","Principal":{"AWS":[]},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true},"StringLike":{}}}`),
		statement{Effect: "Allow", Principal: map[string]string{"Service": "lambda.amazonaws.com"}, Action: "sts:AssumeRole"},
	))
	if err != nil {
		t.Fatal(err)
	}
	want := `assume_role_policy = jsonencode({
  Version = "2012-10-17"
  Statement = [
    {
      Effect = "Allow"
      Principal = {
        AWS = []
      }
      Action = "sts:AssumeRole"
      Condition = {
        Bool = {
          "aws:MultiFactorAuthPresent" = true
        }
        StringLike = {}
      }
    },
    {
      Effect = "Allow"
      Principal = {
        Service = "lambda.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    },
  ]
})
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
