package runtimeapi_test

import (
	"testing"
	"time"

	"permprobe/shared/runtimeapi"
)

// BenchmarkWarmInvoke is what the Runtime API itself costs an invocation.
func BenchmarkWarmInvoke(b *testing.B) {
	r, err := runtimeapi.Start(b.Context(), runtimeapi.Options{Binary: binary})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for b.Loop() {
		if _, err := r.Invoke(b.Context(), []byte(`{"do":"log"}`)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInit is the time from starting a process to its first poll.
func BenchmarkInit(b *testing.B) {
	var total time.Duration
	for b.Loop() {
		r, err := runtimeapi.Start(b.Context(), runtimeapi.Options{Binary: binary})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Invoke(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
		total += r.InitDuration()
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(total.Microseconds())/float64(b.N)/1000, "ms-init/op")
}
