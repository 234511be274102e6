package runtimeapi

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// processAttributes put the process in a group of its own, so that all of it
// can be killed, and have the system kill it when this program dies.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(pid int, sig syscall.Signal) { _ = syscall.Kill(-pid, sig) } // it may be gone

// peakMemory reads the high-water mark while the process lives, else what the
// system reported at its end.
func (b *sandbox) peakMemory() int64 {
	if b.alive() {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
		if err != nil {
			return 0
		}
		for _, line := range bytes.Split(status, []byte("\n")) {
			if f := bytes.Fields(line); len(f) >= 2 && string(f[0]) == "VmHWM:" {
				kb, err := strconv.ParseInt(string(f[1]), 10, 64)
				if err != nil {
					return 0
				}
				return kb * 1024
			}
		}
		return 0
	}
	if usage, ok := b.cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss * 1024
	}
	return 0
}
