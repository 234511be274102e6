package decide

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"permprobe/shared/fact"
	"permprobe/shared/iampolicy"
	"permprobe/shared/need"
)

// fullControl is the ACL that gives the bucket's owner all rights on an object; the only one that a bucket without ACLs takes.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html
const fullControl = "bucket-owner-full-control"

// OwnershipMatters are the buckets of the needs on which Object Ownership decides: where ACLs are set, and where objects are
// read that other accounts may have put there. Of these alone it is read.
func OwnershipMatters(facts *fact.Facts, needs []need.Need) []fact.Target {
	var out []fact.Target
	seen := map[string]bool{}
	for i := range needs {
		n := &needs[i]
		named, has := n.Target()
		held, known := facts.Targets[named.ARN].Value()
		if !has || !known || held.Kind != fact.TargetBucket || seen[held.ARN] {
			continue
		}
		if setsACLs(n) || len(otherOwners(facts, n, &held, fact.ObjectWriter)) > 0 {
			seen[held.ARN] = true
			out = append(out, held)
		}
	}
	return out
}

// setsACLs tells whether a need is that code which is known sets ACLs. What a role's policies speak of alone is too little: such
// permissions are granted along with others.
func setsACLs(n *need.Need) bool {
	switch strings.ToLower(n.Action) {
	case "s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl":
		return n.Purpose == need.Declared || n.Purpose == need.Optional
	}
	return false
}

// writers are the functions, with the bucket, that put objects into it: such a call may carry an ACL, for which it takes the
// permission to set one.
type writers map[string]bool

func writersOf(needs []need.Need) writers {
	out := writers{}
	for i := range needs {
		if n := &needs[i]; n.ByCode() && strings.EqualFold(n.Action, "s3:PutObject") {
			out[out.key(n)] = true
		}
	}
	return out
}

func (writers) key(n *need.Need) string {
	target, _ := n.Target()
	return n.Function.String() + "\x1f" + n.Role + "\x1f" + target.ARN
}

// consultACLs refuses calls that set ACLs on what is in a bucket which takes none, whatever policies allow. Of an object that is
// put there with an ACL it is not known which one that is.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
func (d *Decision) consultACLs(bucket *fact.Target, undecided func(fact.Unread)) {
	if bucket.Kind != fact.TargetBucket || bucket.Ownership == nil || !setsACLs(d.Need) || d.Verdict == Unknown {
		return
	}
	setting, known := bucket.Ownership.Value()
	switch {
	case !known && d.Verdict == Allowed:
		why, _ := bucket.Ownership.Unread()
		why.Reason = fmt.Sprintf("whether the %s takes ACLs, which %s sets, is not known: %s", bucket.Name(), d.Need.Action, why.Reason)
		undecided(why)
	case setting != fact.OwnerEnforced:
	case d.puts && d.Verdict == Allowed:
		undecided(fact.Unread{Reason: fmt.Sprintf("the %s takes no ACL but %s (Object Ownership is %s), and whether %s puts objects there with another one is not known: those calls fail with AccessControlListNotSupported",
			bucket.Name(), fullControl, fact.OwnerEnforced, d.Need.Function.Name())})
	case d.puts:
	default: // nor would it help to let the role
		d.Verdict, d.ByTarget, d.Guardrail, d.Lacking, d.Unless, d.Slip = Denied, true, "", false, "", ""
		d.refusedBy(&Refusal{Target: *bucket, Explicit: true, NoACLs: true})
	}
}

// consultOwners leaves a read that is allowed open where the object may be another account's: to the policies of the bucket and
// of its owner's account it is then none of theirs, and its ACL decides.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
func (d *Decision) consultOwners(facts *fact.Facts, bucket *fact.Target, undecided func(fact.Unread)) {
	if d.Verdict != Allowed || bucket.Ownership == nil {
		return
	}
	setting, known := bucket.Ownership.Value()
	if !known {
		setting = fact.ObjectWriter
	}
	owners := otherOwners(facts, d.Need, bucket, setting)
	if len(owners) == 0 {
		return
	}
	whose := fmt.Sprintf("the policy of the %s lets %s put objects there", bucket.Name(), strings.Join(owners, ", "))
	d.owned = true
	if !known {
		why, _ := bucket.Ownership.Unread()
		why.Reason = fmt.Sprintf("%s, and to whom these belong, so that it says who may read them, is not known: %s", whose, why.Reason)
		undecided(why)
		return
	}
	undecided(fact.Unread{Reason: fmt.Sprintf("%s, which then are its own (Object Ownership is %s): whether %s may read those is in each object's ACL, which `aws s3api get-object-acl --bucket %s --key KEY` shows, and in no policy. "+
		"With %s all objects are the bucket owner's",
		whose, setting, fact.RoleName(d.Need.Role), bucket.ARN[strings.LastIndexByte(bucket.ARN, ':')+1:], fact.OwnerEnforced)})
}

// objectReads are the actions on objects that their owners decide on.
var objectReads = []string{"s3:getobject", "s3:getobjectversion", "s3:getobjectacl", "s3:getobjectversionacl"}

// nobody is an account that no policy names: who may do what it may is anybody.
const nobody = "000000000000"

var accountID = regexp.MustCompile(`\b[0-9]{12}\b`)

// otherOwners are the accounts, for people, to which objects may belong that a need reads, by what the bucket's policy
// says of who may put them there: neither the bucket owner's, if the objects belong to that or grant it everything, nor the reader's
// own. What the bucket's ACL and access points let in is not looked at, nor services: they deliver for the owner.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html
func otherOwners(facts *fact.Facts, n *need.Need, bucket *fact.Target, setting fact.Ownership) []string {
	policy, has := bucket.Policy.Value()
	if bucket.Kind != fact.TargetBucket || setting == fact.OwnerEnforced || !has || !slices.Contains(objectReads, strings.ToLower(n.Action)) {
		return nil
	}
	owner := cmp.Or(bucket.Account, facts.Account.ID)
	// Whatever they are put with, objects stay the writer's, and only to the bucket owner's account they may grant everything.
	acls := []string{"", "private"}
	if setting == fact.ObjectWriter && owner != facts.Account.ID {
		acls = append(acls, fullControl)
	}
	found := map[string]bool{}
	for _, one := range mayWrite(facts.Account.Partition, policy.Policy) {
		account := one.Account()
		if account == owner || account == facts.Account.ID || logDeliveries[account] {
			continue
		}
		if slices.ContainsFunc(acls, func(acl string) bool { return writes(one, n, bucket, policy.Policy, owner, acl) }) {
			name := "account " + account
			if open := iampolicy.UnknownNames(one.String()); account == nobody {
				name = "other accounts"
			} else if !isAccount(account) {
				name = fmt.Sprintf("whoever %s is", open[0]) // only what is not known has no account
			}
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func isAccount(text string) bool { return text != "" && accountID.FindString(text) == text }

// mayWrite are those whom the statements of a policy that allow something name, and, where one lets everybody in, somebody of
// every account that its conditions name and somebody whom they do not know.
func mayWrite(partition string, policy *iampolicy.Policy) []iampolicy.Principal {
	var out []iampolicy.Principal
	seen := map[string]bool{}
	add := func(text string) {
		if one, err := iampolicy.ParsePrincipal(text); err == nil && !seen[text] && (one.Account() != "" || len(iampolicy.UnknownNames(text)) > 0) {
			seen[text] = true
			out = append(out, one)
		}
	}
	somebody := func(account string) {
		add(fmt.Sprintf("arn:%s:iam::%s:role/%s", partition, account, fact.Open("somebody")))
	}
	for _, s := range policy.Statements() {
		if s.Effect() != iampolicy.Allow {
			continue
		}
		everybody := len(s.NotPrincipals()) > 0
		for _, p := range s.Principals() {
			switch {
			case p.Type != "AWS" && p.Type != "":
			case p.Value == "*":
				everybody = true
			case isAccount(p.Value):
				somebody(p.Value)
			case strings.HasSuffix(p.Value, ":root"):
				if arn, err := fact.ParseARN(p.Value); err == nil {
					somebody(arn.Account)
				}
			default:
				add(p.Value)
			}
		}
		if everybody {
			somebody(nobody)
			for _, c := range s.Conditions() {
				for _, account := range accountID.FindAllString(strings.Join(c.Values, " "), -1) {
					somebody(account)
				}
			}
		}
	}
	return out
}

// writes tells whether a bucket's policy lets somebody of another account put what a need reads, with an ACL or, where that is empty,
// with none. Whom the policy does not know calls from no network that it knows.
func writes(who iampolicy.Principal, n *need.Need, bucket *fact.Target, policy *iampolicy.Policy, owner, acl string) bool {
	keys := map[string][]string{
		"aws:SecureTransport": {"true"}, "aws:ViaAWSService": {"false"}, "aws:ResourceAccount": {owner},
		"s3:x-amz-acl": nil, "s3:x-amz-grant-full-control": nil,
	}
	if acl != "" {
		keys["s3:x-amz-acl"] = []string{acl}
	}
	for _, name := range slices.Concat(foreignKeys, need.PointKeys()) {
		keys[name] = nil
	}
	if who.Account() == nobody {
		keys["aws:SourceIp"] = []string{"192.0.2.1"} // of a network for examples
		for _, name := range networkKeys {
			keys[name] = nil
		}
	}
	// A need on all objects under a prefix is on those, too, of which a part is written.
	object := n.Resource
	if below := bucket.ARN + "/"; n.Grant != "" && !strings.HasPrefix(n.Grant, below) {
		object = below + fact.Open("any object")
	} else if n.Grant != "" {
		object = strings.NewReplacer("*", fact.Open("any object"), "?", fact.Open("any object")).Replace(n.Grant)
	}
	c := &iampolicy.Case{
		Principal: who, Resource: object, ResourceAccount: owner, ResourcePolicy: policy,
		Context: iampolicy.NewContext(keys).WithUnknown("*"),
	}
	// The document is our own: it parses, and where it did not nobody would write.
	if own, err := iampolicy.Parse([]byte(allowAll), iampolicy.Identity); err == nil {
		c.Identity = []*iampolicy.Policy{own}
	}
	may := func(action string) bool {
		c.Action = action
		result := Settle(c)
		return result.Decision == iampolicy.Allowed || result.Decision == iampolicy.Undetermined && !result.Denied
	}
	// A replica is the source's owner's, unless replication may hand it over.
	return may("s3:PutObject") || may("s3:ReplicateObject") && !may("s3:ObjectOwnerOverrideToBucketOwner")
}

// logDeliveries are the accounts, one a Region, from which Elastic Load Balancing delivers access logs in older Regions, for the
// bucket's owner to read. Elsewhere it does under its own name.
//
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
var logDeliveries = map[string]bool{
	"127311923021": true, "033677994240": true, "027434742980": true, "797873946194": true, // us-east-1, us-east-2, us-west-1, us-west-2
	"098369216593": true, "754344448648": true, "589379963580": true, "718504428378": true, // af-south-1, ap-east-1, ap-southeast-3, ap-south-1
	"383597477331": true, "600734575887": true, "114774131450": true, "783225319266": true, // ap-northeast-3, ap-northeast-2, ap-southeast-1, ap-southeast-2
	"582318560864": true, "985666609251": true, "054676820928": true, "156460612806": true, // ap-northeast-1, ca-central-1, eu-central-1, eu-west-1
	"652711504416": true, "635631232127": true, "009996457667": true, "897822967062": true, // eu-west-2, eu-south-1, eu-west-3, eu-north-1
	"076674570225": true, "507241528517": true, "048591011584": true, "190560391635": true, // me-south-1, sa-east-1, us-gov-west-1, us-gov-east-1
	"638102146993": true, "037604701340": true, // cn-north-1, cn-northwest-1
}
