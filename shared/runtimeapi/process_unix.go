//go:build unix && !linux

package runtimeapi

import "syscall"

// processAttributes put the process in a group of its own, so that all of it
// can be killed.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func killGroup(pid int, sig syscall.Signal) { _ = syscall.Kill(-pid, sig) } // it may be gone

// peakMemory is not told on this system while the process lives.
func (b *sandbox) peakMemory() int64 { return 0 }
