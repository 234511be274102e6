package localaws

import "strings"

// A keyring is what functions need to start that is none of their own: keys, and the repositories of images.
type keyring struct {
	repositories   map[string]*repository // by name
	registryPolicy string                 // of all of them
	keys           map[string]*kmsKey     // by ARN
	aliases        map[string]string      // the keys that they stand for, by ARN
}

func newKeyring() keyring {
	return keyring{repositories: map[string]*repository{}, keys: map[string]*kmsKey{}, aliases: map[string]string{}}
}

func keyringMakers() map[string]func(*builder) {
	return map[string]func(*builder){
		"AWS::ECR::Repository":     (*builder).ecrRepository,
		"AWS::ECR::RegistryPolicy": (*builder).ecrRegistryPolicy,
		"AWS::KMS::Key":            (*builder).kmsKey,
		"AWS::KMS::ReplicaKey":     (*builder).kmsKey,
		"AWS::KMS::Alias":          (*builder).kmsAlias,
	}
}

// A kmsKey is a customer's key.
type kmsKey struct {
	arn, policy string
	// enabled is true, false or a marker of what is not known.
	enabled any
}

// kmsKey makes a key or a replica of one, which has a policy and a state of its own.
// See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html.
func (b *builder) kmsKey() {
	home := b.home()
	arn := first(b.res.ARN, home.arn("kms", "key/"+b.res.PhysicalID))
	if !once(b, home.keys, arn, "key") {
		return
	}
	key := &kmsKey{arn: arn, enabled: true, policy: defaultKeyPolicy(home.partition, home.account)}
	if v := b.prop("Enabled"); v != nil {
		key.enabled = v
		if on, known := boolean(v); known {
			key.enabled = on
		}
	}
	if doc := b.prop("KeyPolicy"); doc != nil {
		key.policy = documentText(doc, resourcePolicy, "")
	}
	home.keys[arn] = key
}

// defaultKeyPolicy is that of a key that was made without one.
// See https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
func defaultKeyPolicy(partition, account string) string {
	return mustJSON(document{Version: "2012-10-17", ID: "key-default-1", Statement: []any{statement{
		SID: "Enable IAM User Permissions", Effect: "Allow", Principal: map[string]string{"AWS": "arn:" + partition + ":iam::" + account + ":root"},
		Action: "kms:*", Resource: "*",
	}}})
}

func (b *builder) kmsAlias() {
	home := b.home()
	arn := first(b.res.ARN, home.arn("kms", b.res.PhysicalID))
	if once(b, home.aliases, arn, "alias") {
		home.aliases[arn] = text(b.prop("TargetKeyId"))
	}
}

// keyARN is the ARN of the key that is named by id, alias or ARN. Of a key that no template holds it is what it is named
// by: which key an alias stands for is then not known.
func (r *region) keyARN(name string) string {
	if key := r.key(name); key != nil {
		return key.arn
	}
	switch {
	case strings.HasPrefix(name, "arn:"):
		return name
	case strings.HasPrefix(name, "alias/"):
		return r.arn("kms", name)
	}
	return r.arn("kms", "key/"+name)
}

// key finds a key by its ARN or that of an alias, or by its id or alias in the region.
func (r *region) key(name string) *kmsKey {
	if !strings.HasPrefix(name, "arn:") {
		if !strings.HasPrefix(name, "alias/") {
			name = "key/" + name
		}
		name = r.arn("kms", name)
	}
	if target, ok := r.aliases[name]; ok && !strings.Contains(target, "alias/") {
		return r.key(target)
	}
	return r.keys[name]
}
