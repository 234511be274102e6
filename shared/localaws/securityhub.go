package localaws

import (
	"encoding/json"
	"fmt"
)

// ImportedFinding is a finding that Security Hub took, as it was given.
type ImportedFinding map[string]any

// Imported are the findings that Security Hub holds, by id; a later import of one replaces it.
func (s *Server) Imported() map[string]ImportedFinding {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]ImportedFinding{}
	for id, f := range s.imported {
		out[id] = f
	}
	return out
}

// hubRequired are the members that a finding must have.
//
// https://docs.aws.amazon.com/securityhub/latest/userguide/asff-required-attributes.html
var hubRequired = []string{
	"AwsAccountId", "CreatedAt", "Description", "GeneratorId", "Id", "ProductArn", "Resources", "SchemaVersion", "Title", "UpdatedAt",
}

// hubBatchImportFindings takes up to 100 findings. What is wrong with one fails that one alone.
//
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
var hubBatchImportFindings = operation{
	service: "securityhub", name: "BatchImportFindings", method: "POST", path: "/findings/import",
	needs: func(c *call) []need {
		var out []need
		for _, f := range hubFindings(c) {
			if n := (need{action: "securityhub:BatchImportFindings", resource: first(text(f["ProductArn"]), "*")}); len(out) == 0 || out[0].resource != n.resource {
				out = append(out, n)
			}
		}
		if len(out) == 0 {
			out = append(out, need{action: "securityhub:BatchImportFindings", resource: "*"})
		}
		return out
	},
	serve: func(c *call) (any, error) {
		findings := hubFindings(c)
		if n := len(findings); n < 1 || n > 100 {
			return nil, &apiError{Status: 400, Code: "InvalidInputException", Message: fmt.Sprintf("Invalid parameter 'Findings'. The number of findings is %d, not between 1 and 100.", n)}
		}
		failed := []any{}
		for i, f := range findings {
			code, why := c.hubProblem(f)
			if c.fault != nil && containsInt(c.fault.Entries, i) {
				code, why = first(c.fault.Code, "InternalException"), first(c.fault.Message, "Internal server error.")
			}
			if code != "" {
				failed = append(failed, map[string]any{"Id": text(f["Id"]), "ErrorCode": code, "ErrorMessage": why})
				continue
			}
			c.srv.mu.Lock()
			if c.srv.imported == nil {
				c.srv.imported = map[string]ImportedFinding{}
			}
			c.srv.imported[text(f["Id"])] = f
			c.srv.mu.Unlock()
		}
		return map[string]any{"FailedCount": len(failed), "SuccessCount": len(findings) - len(failed), "FailedFindings": failed}, nil
	},
}

// hubFindings are the findings of the request; none where its body is not what it should be.
func hubFindings(c *call) []map[string]any {
	var body struct{ Findings []map[string]any }
	if json.Unmarshal(c.raw, &body) != nil {
		return nil
	}
	return body.Findings
}

// hubProblem is what is wrong with a finding.
func (c *call) hubProblem(f map[string]any) (code, why string) {
	for _, name := range hubRequired {
		if f[name] == nil || f[name] == "" {
			return "InvalidInput", "The finding does not have the required field " + name + "."
		}
	}
	for name, most := range map[string]int{"Title": 256, "Description": 1024, "Id": 512, "GeneratorId": 512} {
		if n := len([]rune(text(f[name]))); n > most {
			return "InvalidInput", fmt.Sprintf("The field %s has %d characters, more than %d.", name, n, most)
		}
	}
	advice := text(object(object(f["Remediation"])["Recommendation"])["Text"])
	switch {
	case len([]rune(advice)) > 512:
		return "InvalidInput", "The text of the recommendation has more than 512 characters."
	case text(f["SchemaVersion"]) != "2018-10-08":
		return "InvalidInput", "The schema version is not supported."
	case len(items(f["Resources"])) == 0 || len(items(f["Resources"])) > 32:
		return "InvalidInput", "A finding has between 1 and 32 resources."
	case text(f["AwsAccountId"]) != c.acct.id:
		return "InvalidAccess", "The finding is of another account."
	case object(f["FindingProviderFields"]) == nil && f["Severity"] == nil:
		return "InvalidInput", "The finding has no severity."
	}
	return "", ""
}
