package localaws

import "net/http"

// fileSystem holds a file system of EFS with its policy.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-efs-filesystem.html.
func (b *builder) fileSystem() {
	if h := b.holds("file system"); h != nil {
		if doc := b.prop("FileSystemPolicy"); doc != nil {
			h.policy = documentText(doc, resourcePolicy, b.maybe())
		}
	}
}

// accessPoint holds an access point of a file system.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-efs-accesspoint.html.
func (b *builder) accessPoint() {
	if h := b.holds("access point"); h != nil {
		h.of = text(b.prop("FileSystemId"))
	}
}

// efsDescribeAccessPoints answers for the one that a request names; without a name it would list them all, which nobody
// asks for here.
// See https://docs.aws.amazon.com/efs/latest/ug/API_DescribeAccessPoints.html.
var efsDescribeAccessPoints = operation{
	service: "elasticfilesystem", name: "DescribeAccessPoints", method: http.MethodGet, path: "/2015-02-01/access-points", shows: []string{"AccessPointId"},
	needs: func(c *call) []need {
		return []need{{action: "elasticfilesystem:DescribeAccessPoints", resource: c.home().arn("elasticfilesystem", "access-point/"+c.query.Get("AccessPointId"))}}
	},
	serve: func(c *call) (any, error) {
		id := c.query.Get("AccessPointId")
		if id == "" {
			return nil, &apiError{Status: http.StatusBadRequest, Code: "BadRequest", Message: "AccessPointId is missing"}
		}
		h, err := c.holder("access point", c.home().arn("elasticfilesystem", "access-point/"+id),
			&apiError{Status: http.StatusNotFound, Code: "AccessPointNotFound", Message: "Access point '" + id + "' does not exist."})
		if err != nil {
			return nil, err
		}
		return map[string]any{"AccessPoints": []any{map[string]any{
			"AccessPointArn": h.arn, "AccessPointId": id, "FileSystemId": h.of, "LifeCycleState": "available", "OwnerId": c.acct.id,
		}}}, nil
	},
}

// efsDescribeFileSystemPolicy says of a file system without a policy that there is none, by an error of its own.
// See https://docs.aws.amazon.com/efs/latest/ug/API_DescribeFileSystemPolicy.html.
var efsDescribeFileSystemPolicy = operation{
	service: "elasticfilesystem", name: "DescribeFileSystemPolicy", method: http.MethodGet, path: "/2015-02-01/file-systems/{FileSystemId}/policy",
	shows: []string{"FileSystemId"},
	needs: func(c *call) []need {
		return []need{{action: "elasticfilesystem:DescribeFileSystemPolicy", resource: c.home().arn("elasticfilesystem", "file-system/"+c.path["FileSystemId"])}}
	},
	serve: func(c *call) (any, error) {
		id := c.path["FileSystemId"]
		h, err := c.holder("file system", c.home().arn("elasticfilesystem", "file-system/"+id),
			&apiError{Status: http.StatusNotFound, Code: "FileSystemNotFound", Message: "File system '" + id + "' does not exist."})
		switch {
		case err != nil:
			return nil, err
		case h.policy == "":
			return nil, &apiError{Status: http.StatusNotFound, Code: "PolicyNotFound", Message: "There is no policy associated with the specified file system."}
		}
		return map[string]any{"FileSystemId": id, "Policy": h.policy}, nil
	},
}
