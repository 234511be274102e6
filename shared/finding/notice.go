package finding

import (
	"crypto/sha256"
	"encoding/hex"
)

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	// NoticeFinding is one finding whose status has changed.
	NoticeFinding NoticeKind = "finding"
	// NoticeGaps is one cause of gaps that was not told before.
	NoticeGaps NoticeKind = "gaps"
	// NoticeScan is the end of a run.
	NoticeScan NoticeKind = "scan"
)

// Notice is something that somebody is to hear of. It is kept until everybody has.
type Notice struct {
	Kind NoticeKind `json:"kind"`
	// Sequence grows from notice to notice of an account and Region, so that whoever gets one twice can tell; 0
	// where the notice could not be recorded, and for the end of a run, which its run names.
	Sequence int64 `json:"sequence,omitempty"`
	// Run is the run that made it: the time of its schedule, or the id of its request.
	Run string `json:"run"`
	// Finding is what NoticeFinding is about; its status is the new one.
	Finding *Finding `json:"finding,omitempty"`
	// Omitted names the fields of the finding that were not kept. Absent where it is whole.
	Omitted []string `json:"omitted,omitempty"`
	// Gaps are those of one cause; of many only some are kept.
	Gaps []Gap `json:"gaps,omitempty"`
	// Scan is what NoticeScan is about.
	Scan *Scan `json:"scan,omitempty"`
	// People, Machines and Hub tell who is still to hear of it: the digest's readers, the bus, and Security Hub, which is
	// told of what is open in every run and so waits for what is to be archived alone.
	People   bool `json:"people,omitempty"`
	Machines bool `json:"machines,omitempty"`
	Hub      bool `json:"hub,omitempty"`
}

// Scan is what a run came to.
type Scan struct {
	Status  ReportStatus `json:"status"`
	Summary Summary      `json:"summary"`
}

// Open tells whether somebody is still to hear of the notice.
func (n *Notice) Open() bool { return n.People || n.Machines || n.Hub }

// keptGaps is how many gaps of one cause are kept: people are told of some.
const keptGaps = 5

// Kept is the notice as it is kept for a later run to deliver: without the long forms of the fix, which would make what
// is kept several times as large.
func (n Notice) Kept() Notice {
	if n.Finding != nil {
		f := *n.Finding
		for name, text := range map[string]*string{
			"fix.sam": &f.Fix.SAM, "fix.cloudformation": &f.Fix.CloudFormation, "fix.terraform": &f.Fix.Terraform,
			"fix.policy": &f.Fix.Policy, "evidence.statement": &f.Evidence.Statement,
		} {
			if *text != "" {
				*text = ""
				n.Omitted = append(n.Omitted, name)
			}
		}
		n.Omitted = sortedOnce(n.Omitted)
		n.Finding = &f
	}
	n.Gaps = n.Gaps[:min(len(n.Gaps), keptGaps)]
	return n
}

// Cause tells what makes a gap from what makes another, whatever functions and checks it leaves undecided.
func (g *Gap) Cause() string {
	sum := sha256.Sum256([]byte(g.Permission + "\x00" + g.Reason))
	return hex.EncodeToString(sum[:8])
}

// Notices are those of a report of which nothing was recorded: what is not as it was before, and the end of its run.
func (r *Report) Notices(run string) []Notice {
	var out []Notice
	for _, list := range [][]Finding{r.Findings, r.Resolved, r.Gone} {
		for i := range list {
			if s := list[i].Status; s != StatusSuppressed && s != StatusPersisting {
				out = append(out, Notice{Kind: NoticeFinding, Run: run, Finding: &list[i], People: true, Machines: true})
			}
		}
	}
	return append(append(out, GapNotices(r.Gaps, run)...), r.ScanNotice(run))
}

// GapNotices are one for each cause, in the order in which the causes come.
func GapNotices(gaps []Gap, run string) []Notice {
	var out []Notice
	at := map[string]int{}
	for i := range gaps {
		cause := gaps[i].Cause()
		if _, known := at[cause]; !known {
			at[cause] = len(out)
			out = append(out, Notice{Kind: NoticeGaps, Run: run, People: true})
		}
		one := &out[at[cause]]
		one.Gaps = append(one.Gaps, gaps[i])
	}
	return out
}

// LastScans drops all but the last ends of runs, and says how many.
func LastScans(notices []Notice, most int) (kept []Notice, dropped int) {
	scans := 0
	for i := range notices {
		if notices[i].Kind == NoticeScan {
			scans++
		}
	}
	for _, n := range notices {
		if n.Kind == NoticeScan && scans-dropped > most {
			dropped++
			continue
		}
		kept = append(kept, n)
	}
	return kept, dropped
}

// ScanNotice is that of the end of the report's run.
func (r *Report) ScanNotice(run string) Notice {
	return Notice{Kind: NoticeScan, Run: run, Scan: &Scan{Status: r.Status, Summary: r.Summary}, Machines: true}
}
