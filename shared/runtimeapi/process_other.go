//go:build !unix

package runtimeapi

import (
	"os"
	"syscall"
)

func processAttributes() *syscall.SysProcAttr { return nil }

// killGroup ends the process alone: this system has no process groups.
func killGroup(pid int, sig syscall.Signal) {
	if sig != syscall.SIGKILL {
		return
	}
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill() // it may be gone
	}
}

// peakMemory is not told on this system.
func (b *sandbox) peakMemory() int64 { return 0 }
