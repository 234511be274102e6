package localaws

import (
	"net/http"
	"strings"
)

// s3FileSystem holds a file system of S3 Files.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3files-filesystem.html.
func (b *builder) s3FileSystem() { b.holds("file system") }

// s3FileSystemPolicy gives a file system its policy, which names it by its id or ARN.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3files-filesystempolicy.html.
func (b *builder) s3FileSystemPolicy() {
	b.held("file system's policy", "Policy", func() []string {
		system := text(b.prop("FileSystemId"))
		if !strings.HasPrefix(system, "arn:") {
			system = b.home().arn("s3files", "file-system/"+system)
		}
		return []string{system}
	})
}

// s3filesGetFileSystemPolicy says the same of a file system without a policy as of one that is not there.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_S3Files_GetFileSystemPolicy.html.
var s3filesGetFileSystemPolicy = operation{
	service: "s3files", name: "GetFileSystemPolicy", method: http.MethodGet, path: "/file-systems/{FileSystemId}/policy", shows: []string{"FileSystemId"},
	needs: func(c *call) []need {
		return []need{{action: "s3files:GetFileSystemPolicy", resource: c.home().arn("s3files", "file-system/"+c.path["FileSystemId"])}}
	},
	serve: func(c *call) (any, error) {
		id := c.path["FileSystemId"]
		none := &apiError{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "The specified resource was not found."}
		h, err := c.holder("file system", c.home().arn("s3files", "file-system/"+id), none)
		switch {
		case err != nil:
			return nil, err
		case h.policy == "":
			return nil, none
		}
		return map[string]any{"fileSystemId": id, "policy": h.policy}, nil
	},
}
