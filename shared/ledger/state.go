package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// version is that of the object's format. It changes when a field changes its meaning or is added: an older
// probe would write the object without it. Version 1 had no memory, version 2 neither findings nor outbox, version 3 did
// not say whose it is and kept no notices for Security Hub.
const version = 4

// state is the object. Nothing in it is secret: names, ARNs and times.
type state struct {
	Version int `json:"version"`
	// Account and Region are those that it is about: an object that was copied from another place is not used.
	Account string  `json:"account,omitempty"`
	Region  string  `json:"region,omitempty"`
	Lease   *lease  `json:"lease,omitempty"`
	Cursor  *cursor `json:"cursor,omitempty"`
	// Memory is read apart from the rest: it only spares calls, so one that is not understood costs nothing else.
	Memory json.RawMessage `json:"memory,omitempty"`
	// Book is what was found and told; absent before the first run that came so far.
	Book json.RawMessage `json:"book,omitempty"`
	// Outbox are the notices that somebody was still to hear of when it was written; which of them were delivered since is
	// in an object beside.
	Outbox json.RawMessage `json:"outbox,omitempty"`
}

// lease says which run works, and until when at most.
type lease struct {
	Run string `json:"run"`
	// Delivery tells two deliveries of one run apart; empty where nothing does.
	Delivery string    `json:"delivery,omitempty"`
	Until    time.Time `json:"until"`
}

// cursor is where the next run begins.
type cursor struct {
	// Function is the ARN of the first function that was not decided.
	Function string `json:"function"`
	// Since is when runs began to be too short for all functions.
	Since time.Time `json:"since"`
}

// parse reads the object of the account and Region strictly: what is not understood in it must not be written over.
func parse(data []byte, account, region string) (state, error) {
	var any struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &any); err != nil {
		return state{}, fmt.Errorf("is not understood: %w", err)
	}
	if any.Version > version {
		return state{}, fmt.Errorf("was written by a newer permprobe (version %d, this one knows %d)", any.Version, version)
	}
	var s state
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return state{}, fmt.Errorf("is not understood: %w", err)
	}
	_, err := decoder.Token()
	switch {
	case !errors.Is(err, io.EOF):
		return state{}, errors.New("is not understood: text follows the object")
	case s.Version < 1 || s.Version == 1 && s.Memory != nil ||
		s.Version < 3 && (s.Book != nil || s.Outbox != nil || s.Lease != nil && s.Lease.Delivery != ""):
		return state{}, fmt.Errorf("is not understood: version %d", s.Version)
	case s.Version < 4 && s.Account+s.Region != "", s.Version >= 4 && (s.Account != account || s.Region != region):
		return state{}, fmt.Errorf("is about account %q in %q", s.Account, s.Region)
	case s.Lease != nil && (s.Lease.Run == "" || s.Lease.Until.IsZero()):
		return state{}, errors.New("is not understood: a lease without run or time")
	case s.Cursor != nil && s.Cursor.Function == "":
		return state{}, errors.New("is not understood: a cursor without a function")
	}
	return s, nil
}

func (s state) encode(account, region string) ([]byte, error) {
	s.Version, s.Account, s.Region = version, account, region
	data, err := json.Marshal(s)
	if err == nil && len(data) > maxObject {
		// What cannot be read again must not be written.
		err = fmt.Errorf("it would be larger than %d bytes", maxObject)
	}
	return data, err
}
