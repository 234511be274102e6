package stack

// kindTable lists kinds by resource type.
type kindTable map[string]*kind

// kinds are all types whose names this package knows; every type is in one table.
// Sources: the "Return values" of each type's page in
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
// and the ARN formats of
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var kinds = kindTables{computeKinds, identityKinds, apiKinds, messagingKinds, dataKinds, edgeKinds, operationsKinds}

type kindTables []kindTable

// byType returns a type's kind, or nil.
func (t kindTables) byType(typ string) *kind {
	for _, table := range t {
		if k := table[typ]; k != nil {
			return k
		}
	}
	return nil
}

// named is the kind of most types: Ref gives the name, Arn the ARN.
func named(property, arn string, atts ...string) *kind {
	return &kind{name: property, arn: arn, atts: pairs(atts)}
}

// refersByARN is the kind of the types whose Ref gives the ARN.
func refersByARN(property, arn string, atts ...string) *kind {
	return &kind{name: property, arn: arn, ref: "{ARN}", atts: pairs(atts)}
}

// generated is the kind of the types whose id AWS makes up.
func generated(id, arn string, atts ...string) *kind {
	return &kind{id: id, arn: arn, atts: pairs(atts)}
}

func pairs(atts []string) map[string]string {
	if len(atts) == 0 {
		return nil
	}
	m := make(map[string]string, len(atts)/2)
	for i := 0; i+1 < len(atts); i += 2 {
		m[atts[i]] = atts[i+1]
	}
	return m
}
