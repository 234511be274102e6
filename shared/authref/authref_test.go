package authref

import (
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"permprobe/shared/authref/internal/format"
	"permprobe/shared/authref/internal/pin"
)

func TestEmbeddedFileIsTheOneThatTheGeneratorWouldWrite(t *testing.T) {
	r, err := Open(embedded)
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := format.Fingerprint(os.DirFS("."), "internal/format", "internal/generate", "internal/pin")
	if err != nil {
		t.Fatal(err)
	}
	got := header{r.header.release, "", r.header.integrity, r.header.generator, ""}
	want := header{pin.Version, "", pin.Integrity, fingerprint, ""}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(header{})); diff != "" {
		t.Errorf("reference.bin is stale; run go generate ./shared/authref (-want +got):\n%s", diff)
	}
	notice, err := os.ReadFile("NOTICE")
	if err != nil || !strings.Contains(string(notice), pin.Version) || !strings.Contains(string(notice), "MIT License") {
		t.Errorf("NOTICE does not carry the license of release %s (%v)", pin.Version, err)
	}
}

func TestEmbeddedFileIsWholeAndSmall(t *testing.T) {
	services, actions, types, keys := 0, 0, 0, 0
	for _, prefix := range Services() {
		s, ok := Service(prefix)
		if !ok {
			t.Fatalf("service %q is listed and not found", prefix)
		}
		services++
		actions += len(s.Actions())
		types += len(s.ResourceTypes())
		keys += len(s.ConditionKeys())
		if !sort.SliceIsSorted(s.Actions(), func(i, j int) bool {
			return strings.ToLower(s.Actions()[i].Name) < strings.ToLower(s.Actions()[j].Name)
		}) {
			t.Errorf("actions of %s are not sorted", prefix)
		}
		for _, a := range s.Actions() {
			if got, ok := Lookup(strings.ToUpper(a.String())); !ok || got.Name != a.Name {
				t.Errorf("Lookup(%q) = %v, %v", strings.ToUpper(a.String()), got, ok)
			}
			if a.Access == AccessUnknown {
				t.Errorf("%s has no access level", a)
			}
		}
		for _, rt := range s.ResourceTypes() {
			if !rt.Match(sample(rt.Pattern)) {
				t.Errorf("%s %s: pattern %q does not match its sample %q", prefix, rt.Name, rt.Pattern, sample(rt.Pattern))
			}
		}
	}
	t.Logf("%d services, %d actions, %d resource types, %d condition keys, %d bytes", services, actions, types, keys, len(embedded))
	if services < 450 || actions < 22000 || types < 2300 || keys < 2500 {
		t.Errorf("%d services, %d actions, %d resource types, %d condition keys: the file is short", services, actions, types, keys)
	}
	if len(embedded) > 200_000 {
		t.Errorf("file has %d bytes, want at most 200000", len(embedded))
	}
}

// sample puts an x for each variable part of a pattern.
func sample(pattern string) string {
	for {
		i := strings.Index(pattern, "${")
		if i < 0 {
			return pattern
		}
		pattern = pattern[:i] + "x" + pattern[i+strings.IndexByte(pattern[i:], '}')+1:]
	}
}

func TestLookupFindsWhatTheReferencePagesSay(t *testing.T) {
	for _, c := range []struct {
		action   string
		access   AccessLevel
		types    []string
		carries  []string
		carryNot []string
	}{
		{"s3:getobject", Read, []string{"accesspointobject", "object"}, []string{"s3:ExistingObjectTag/team", "S3:TLSVERSION", "aws:PrincipalOrgID"}, []string{"s3:prefix", "aws:RequestTag/team"}},
		{"s3:ListBucket", List, []string{"bucket"}, []string{"s3:prefix"}, []string{"dynamodb:LeadingKeys"}},
		{"dynamodb:Query", Read, []string{"table", "index"}, []string{"dynamodb:LeadingKeys"}, []string{"s3:prefix"}},
		{"DynamoDB:GetItem", Read, []string{"table"}, []string{"dynamodb:LeadingKeys"}, nil},
		{"kms:Decrypt", Write, []string{"key"}, []string{"kms:ViaService", "kms:EncryptionContext:purpose", "kms:ResourceAliases", "aws:ResourceTag/team"}, []string{"kms:GrantOperations"}},
		{"kms:DescribeKey", Read, []string{"key"}, []string{"kms:ViaService"}, []string{"kms:EncryptionContext:purpose"}},
		{"lambda:InvokeFunction", Write, []string{"function"}, []string{"lambda:InvokedViaFunctionUrl", "lambda:SourceFunctionArn"}, []string{"lambda:FunctionArn"}},
		{"ec2:CreateNetworkInterface", Write, []string{"network-interface", "subnet", "security-group"}, []string{"ec2:Subnet" + "ID"}, nil},
		{"ec2:DescribeNetworkInterfaces", List, nil, nil, nil},
		{"xray:PutTraceSegments", Write, nil, nil, []string{"aws:ResourceTag/team"}},
		{"sqs:SendMessage", Write, []string{"queue"}, []string{"aws:ResourceTag/team"}, []string{"aws:TagKeys"}},
		{"sqs:TagQueue", Tagging, []string{"queue"}, []string{"aws:TagKeys", "aws:RequestTag/team"}, nil},
		{"lambda:AddPermission", PermissionsManagement, []string{"function"}, []string{"lambda:Principal"}, nil},
		{"logs:PutLogEvents", Write, []string{"log-stream"}, nil, nil},
	} {
		t.Run(c.action, func(t *testing.T) {
			a, ok := Lookup(c.action)
			if !ok {
				t.Fatal("not found")
			}
			if a.Access != c.access {
				t.Errorf("access %v, want %v", a.Access, c.access)
			}
			var types []string
			for _, r := range a.Resources {
				types = append(types, r.Type.Name)
			}
			for _, want := range c.types {
				if !slices.Contains(types, want) {
					t.Errorf("resource types %v lack %s", types, want)
				}
			}
			if a.WildcardOnly() != (len(c.types) == 0) {
				t.Errorf("WildcardOnly() = %v with resource types %v", a.WildcardOnly(), types)
			}
			for _, k := range c.carries {
				if _, ok := a.Key(k); !ok {
					t.Errorf("does not carry %s", k)
				}
			}
			for _, k := range c.carryNot {
				if got, ok := a.Key(k); ok {
					t.Errorf("carries %s as %v", k, got)
				}
			}
		})
	}
	for _, unknown := range []string{"", "s3", "s3:", ":GetObject", "s3:GetObjects", "s4:GetObject", "s3:Get*", "zz:A", "~:A"} {
		if a, ok := Lookup(unknown); ok {
			t.Errorf("Lookup(%q) = %v", unknown, a)
		}
	}
}

func TestKeysHaveTheirDocumentedTypes(t *testing.T) {
	for name, want := range map[string]KeyType{
		"aws:PrincipalTag/team": String, "AWS:SECURETRANSPORT": Bool, "aws:SourceArn": ARN, "aws:SourceIp": IPAddress,
		"aws:CurrentTime": Date, "aws:MultiFactorAuthAge": Numeric, "aws:TagKeys": ArrayOfString, "lambda:SourceFunctionArn": ARN,
	} {
		if k, ok := GlobalKey(name); !ok || k.Type != want {
			t.Errorf("GlobalKey(%q) = %v, %v, want type %s", name, k, ok, want)
		}
	}
	if k, ok := GlobalKey("aws:Nothing"); ok {
		t.Errorf("GlobalKey of an unknown name = %v", k)
	}
	if k, ok := GlobalKey("aws:PrincipalTag/"); ok {
		t.Errorf("a tag key without its name = %v", k)
	}
	s, _ := Service("s3")
	if k, ok := s.Key("s3:max-keys"); !ok || k.Type != Numeric {
		t.Errorf("s3:max-keys = %v, %v", k, ok)
	}
	if !ArrayOfString.Multivalued() || String.Multivalued() {
		t.Error("Multivalued does not tell arrays from single values")
	}
	secrets, _ := Service("secretsmanager")
	if k, ok := secrets.Key("secretsmanager:ResourceTag/team"); !ok || k.Name != "secretsmanager:ResourceTag/${TagKey}" {
		t.Errorf("a secret's tag key = %v, %v", k, ok)
	}
	build, _ := Service("codebuild")
	for name, want := range map[string]bool{
		"codebuild:secondaryArtifacts/a1.location": true, "codebuild:secondaryArtifacts/.location": false, "codebuild:secondaryArtifacts/a1.colour": false,
	} {
		if _, ok := build.Key(name); ok != want {
			t.Errorf("codebuild key %q found = %v, want %v", name, ok, want)
		}
	}
}

func TestPatternsOfResourcesTellTypesApart(t *testing.T) {
	for _, c := range []struct {
		service, name, arn string
		match, overlaps    bool
	}{
		{"s3", "bucket", "arn:aws:s3:::crate", true, true},
		{"s3", "bucket", "arn:aws:s3:::crate/lid", false, false},
		{"s3", "bucket", "arn:aws:s3:::crate*", true, true},
		{"s3", "bucket", "arn:aws:s3:::*", true, true},
		{"s3", "bucket", "arn:aws:s3:::crate/*", false, false},
		{"s3", "bucket", "arn:aws:s3:eu-west-1::crate", false, false},
		{"s3", "object", "arn:aws:s3:::crate", false, false},
		{"s3", "object", "arn:aws:s3:::crate/", false, false},
		{"s3", "object", "arn:aws:s3:::crate*", false, true},
		{"s3", "object", "arn:aws:s3:::crate/a/b:c", true, true},
		{"s3", "object", "arn:aws:s3:::crat??lid", false, true},
		{"dynamodb", "table", "arn:aws:dynamodb:eu-west-1:210987654321:table/Crates", true, true},
		{"dynamodb", "table", "arn:aws:dynamodb:eu-west-1:210987654321:table/Crates/index/ByLid", false, false},
		{"dynamodb", "index", "arn:aws:dynamodb:eu-west-1:210987654321:table/Crates/index/ByLid", true, true},
		{"dynamodb", "index", "arn:aws:dynamodb:*:*:table/*", false, true},
		{"dynamodb", "stream", "arn:aws:dynamodb:eu-west-1:210987654321:table/Crates", false, false},
		{"logs", "log-stream", "arn:aws:logs:eu-west-1:210987654321:log-group:/aws/lambda/crate", false, false},
		{"logs", "log-stream", "arn:aws:logs:eu-west-1:210987654321:log-group:/aws/lambda/crate:*", false, true},
		{"logs", "log-group", "arn:aws:logs:eu-west-1:210987654321:log-group:/aws/lambda/crate:*", true, true},
		{"lambda", "function", "arn:aws:lambda:eu-west-1:210987654321:function:crate:LIVE", true, true},
		{"lambda", "function", "arn:aws:lambda:eu-west-1:210987654321:layer:crate", false, false},
		{"kms", "key", "arn:aws:kms:eu-west-1:210987654321:alias/crate", false, false},
		{"kms", "key", "arn:aws:kms:*", false, true},
		{"iam", "role", "arn:aws:iam::210987654321:role/service-role/crate", true, true},
		{"iam", "role", "arn:aws-cn:iam::210987654321:role/crate", true, true},
		{"ssm", "parameter", "arn:aws:ssm:eu-west-1:210987654321:parameter/crate/lid", true, true},
		{"ssm", "parameter", "arn:aws:ssm:eu-west-1:210987654321:parametercrate", false, false},
		{"sns", "topic", "arn:aws:sns:eu-west-1:210987654321:crate:4f2c", false, false},
		{"sqs", "queue", "arn:aws:sqs:eu-west-1:210987654321:queue/crate", false, false},
		{"kinesis", "consumer", "arn:aws:kinesis:eu-west-1:210987654321:stream/crate/consumer/lid:1700000000", true, true},
		{"kinesis", "consumer", "arn:aws:kinesis:eu-west-1:210987654321:stream/crate", false, false},
		{"execute-api", "execute-api-general", "arn:aws:execute-api:eu-west-1:210987654321:a1b2c3/live/GET/crates/{id}", true, true},
		{"sqs", "queue", "*", false, true},
		{"sqs", "queue", "", false, false},
	} {
		s, ok := Service(c.service)
		if !ok {
			t.Fatalf("no service %s", c.service)
		}
		rt, ok := s.ResourceType(c.name)
		if !ok {
			t.Fatalf("no resource type %s %s", c.service, c.name)
		}
		if got := rt.Match(c.arn); got != c.match {
			t.Errorf("%s %s: Match(%q) = %v", c.service, c.name, c.arn, got)
		}
		if got := rt.Overlaps(c.arn); got != c.overlaps {
			t.Errorf("%s %s: Overlaps(%q) = %v", c.service, c.name, c.arn, got)
		}
	}
}

func TestManyWildcardsDoNotMakeMatchingSlow(t *testing.T) {
	s, _ := Service("s3")
	object, _ := s.ResourceType("object")
	if object.Overlaps("arn:aws:s3:::" + strings.Repeat("*a", 2000) + "\x00") {
		// The last byte is an ordinary one: an object key can hold it after a slash.
		return
	}
	t.Error("an object whose name has every a is not covered")
}

// For many types and ARNs: a pattern without wildcards overlaps what it matches,
// and a pattern with a wildcard in any place of a matching ARN overlaps.
func TestAPatternOverlapsATypeWheneverItCoversOneOfItsARNs(t *testing.T) {
	for _, prefix := range []string{"s3", "dynamodb", "lambda", "logs", "iam", "execute-api", "kinesis", "backup", "events", "glue"} {
		s, _ := Service(prefix)
		for _, rt := range s.ResourceTypes() {
			arn := sample(rt.Pattern)
			if rt.Match(arn+"\x00/:") && !rt.Overlaps(arn+"*") {
				t.Errorf("%s %s matches an ARN that %q covers, and does not overlap it", prefix, rt.Name, arn+"*")
			}
			for i := range arn {
				for _, pattern := range []string{arn[:i] + "*", "*" + arn[i:], arn[:i] + "?" + arn[i+1:], arn[:i] + "*" + arn[i:], arn[:i] + "*" + arn[i+1:]} {
					if !rt.Overlaps(pattern) {
						t.Errorf("%s %s does not overlap %q, which covers %q", prefix, rt.Name, pattern, arn)
					}
				}
				if strings.Contains(arn, "*") {
					continue // is a wildcard to Overlaps alone
				}
				if changed := arn[:i] + "\x01" + arn[i+1:]; rt.Match(changed) != rt.Overlaps(changed) {
					t.Errorf("%s %s: Match and Overlaps differ about %q", prefix, rt.Name, changed)
				}
			}
		}
	}
}

func TestTypesOfNamesWhatAPatternCanBe(t *testing.T) {
	names := func(action, arn string) []string {
		a, ok := Lookup(action)
		if !ok {
			t.Fatalf("no action %s", action)
		}
		var out []string
		for _, rt := range a.TypesOf(arn) {
			out = append(out, rt.Name)
		}
		return out
	}
	for _, c := range []struct {
		action, arn string
		want        []string
	}{
		{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:210987654321:table/Crates", []string{"table"}},
		{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:210987654321:table/Crates/index/*", []string{"index"}},
		{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:210987654321:table/*", []string{"index", "table"}},
		{"s3:GetObject", "arn:aws:s3:::crate", nil},
		{"xray:PutTraceSegments", "*", nil},
	} {
		if diff := cmp.Diff(c.want, names(c.action, c.arn)); diff != "" {
			t.Errorf("%s on %s (-want +got):\n%s", c.action, c.arn, diff)
		}
	}
}

func TestSegmentsKeepColonsOfTheResource(t *testing.T) {
	s, _ := Service("lambda")
	alias, _ := s.ResourceType("function alias")
	want := [6]string{"arn", "${Partition}", "lambda", "${Region}", "${Account}", "function:${FunctionName}:${Alias}"}
	if diff := cmp.Diff(want, alias.Segments()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExpandActionCoversWhatThePatternCovers(t *testing.T) {
	if diff := cmp.Diff([]string{"sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"}, ExpandAction("SQS:*M?SSAGE")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"s3:GetObject"}, ExpandAction("s3:getobject")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := 0
	for _, p := range Services() {
		s, _ := Service(p)
		all += len(s.Actions())
	}
	if got := ExpandAction("*"); len(got) != all || !sort.StringsAreSorted(prefixesOf(got)) {
		t.Errorf("* covers %d actions, want %d in order of service", len(got), all)
	}
	if got := ExpandAction("*:*"); len(got) != all {
		t.Errorf("*:* covers %d actions, want %d", len(got), all)
	}
	for _, none := range []string{"", "GetObject", "s3:", "s3:Nothing*", "nothing:*"} {
		if got := ExpandAction(none); got != nil {
			t.Errorf("%q covers %v", none, got)
		}
	}
}

func prefixesOf(actions []string) []string {
	var out []string
	for _, a := range actions {
		p, _, _ := strings.Cut(a, ":")
		out = append(out, p)
	}
	return out
}

func TestALookupLoadsOneBlockOnly(t *testing.T) {
	r, err := open(embedded)
	if err != nil {
		t.Fatal(err)
	}
	r.Lookup("sqs:SendMessage")
	loaded := 0
	for i := range r.blocks {
		if r.blocks[i].services != nil {
			loaded++
		}
	}
	if loaded != 1 {
		t.Errorf("%d of %d blocks are loaded, want 1", loaded, len(r.blocks))
	}
}

func TestConcurrentLookupsSeeTheSame(t *testing.T) {
	r, err := open(embedded)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, p := range r.Services() {
				if s, ok := r.Service(p); !ok || s.Prefix() != p {
					t.Errorf("Service(%q) = %v, %v", p, s, ok)
				}
			}
		})
	}
	wg.Wait()
}

func TestDamagedFilesAreErrors(t *testing.T) {
	flipped := []byte(embedded)
	flipped[len(flipped)/2] ^= 1
	for name, data := range map[string]string{
		"empty":        "",
		"other format": strings.Replace(embedded, "format 1", "format 9", 1),
		"cut":          embedded[:len(embedded)-1],
		"longer":       embedded + "x",
		"head only":    embedded[:600],
		"one bit":      string(flipped),
	} {
		if _, err := Open(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzDecodeNeverPanics(f *testing.F) {
	r, err := open(embedded)
	if err != nil {
		f.Fatal(err)
	}
	for _, i := range []int{0, len(r.blocks) - 1} {
		raw, err := inflate(r.blocks[i].compressed, r.blocks[i].size, r.dictionary)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if services, err := decode(text, r.verbs); err == nil && services == nil {
			t.Error("neither services nor an error")
		}
	})
}

func BenchmarkLoadOneService(b *testing.B) {
	b.ReportAllocs()
	b.ReportMetric(float64(len(embedded)), "file-bytes")
	for b.Loop() {
		r, err := open(embedded)
		if err != nil {
			b.Fatal(err)
		}
		r.Lookup("sqs:SendMessage")
	}
}

func BenchmarkLoadAllServices(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := open(embedded)
		if err != nil {
			b.Fatal(err)
		}
		for i := range r.blocks {
			r.load(i)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Lookup("dynamodb:BatchGetItem"); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkTypesOf(b *testing.B) {
	a, _ := Lookup("dynamodb:Query")
	b.ReportAllocs()
	for b.Loop() {
		a.TypesOf("arn:aws:dynamodb:eu-west-1:210987654321:table/Crates/index/*")
	}
}
