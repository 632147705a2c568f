// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

// What the metrics are in Go: goroutines, unbuffered channels, and as many
// processors as whoever starts the program allows. The argument is the name of
// a metric; the answer is a line of JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type result struct {
	Value float64            `json:"value"`
	Unit  string             `json:"unit"`
	Notes map[string]float64 `json:"notes,omitempty"`
}

func check(what string, actual, expected int64) {
	if actual != expected {
		fmt.Fprintf(os.Stderr, "wrong %s: %d instead of %d\n", what, actual, expected)
		os.Exit(1)
	}
}

// ---- Clocks and memory.

// The processor time of this process, with that of the garbage collector.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

var start = time.Now()

func wallTime() time.Duration { return time.Since(start) }

// The time of one of `count` operations, which `run` does; first a tenth of
// them to warm up.
func perOperation(clock func() time.Duration, count int64, run func(count int64)) result {
	run(count / 10)
	begin := clock()
	run(count)
	return result{Value: float64((clock() - begin).Nanoseconds()) / float64(count), Unit: "ns"}
}

// A line of /proc/self/status, in bytes.
func memory(key string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == key+":" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				panic(err)
			}
			return float64(kilobytes * 1024)
		}
	}
	panic("no " + key)
}

func mappings() float64 {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		panic(err)
	}
	return float64(strings.Count(string(maps), "\n"))
}

// ---- Yielding and spawning.

// One lap more than is measured: in the first, each goroutine starts.
func yield(members, laps int64) result {
	var started, yields int64
	var group sync.WaitGroup
	group.Add(int(members - 1))
	for i := int64(1); i < members; i++ {
		go func() {
			atomic.AddInt64(&started, 1)
			for lap := int64(0); lap <= laps; lap++ {
				runtime.Gosched()
			}
			atomic.AddInt64(&yields, laps)
			group.Done()
		}()
	}
	for atomic.LoadInt64(&started) != members-1 {
		runtime.Gosched()
	}
	begin := cpuTime()
	for lap := int64(0); lap < laps; lap++ {
		runtime.Gosched()
	}
	group.Wait()
	r := result{Value: float64((cpuTime() - begin).Nanoseconds()) / float64(members*laps), Unit: "ns"}
	check("number of yields", yields, (members-1)*laps)
	return r
}

func spawn() result {
	var finished, spawned int64
	r := perOperation(cpuTime, 1000000, func(count int64) {
		spawned += count
		for i := int64(0); i < count; i++ {
			go func() { finished++ }()
			runtime.Gosched()
		}
		for atomic.LoadInt64(&finished) != spawned {
			runtime.Gosched()
		}
	})
	check("number finished", finished, spawned)
	return r
}

// ---- Waiting goroutines and their memory.

func blocked(count int64, unit string, divisor float64) result {
	numbers := make(chan int64)
	var started, ended, sum int64
	before, tables := memory("VmRSS"), memory("VmPTE")
	for i := int64(0); i < count; i++ {
		go func() {
			atomic.AddInt64(&started, 1)
			number := <-numbers
			atomic.AddInt64(&sum, number)
			atomic.AddInt64(&ended, 1)
		}()
	}
	for atomic.LoadInt64(&started) != count {
		runtime.Gosched()
	}
	runtime.Gosched()
	r := result{
		Value: (memory("VmRSS") - before) / divisor,
		Unit:  unit,
		Notes: map[string]float64{
			"page_tables": (memory("VmPTE") - tables) / divisor,
			"mappings":    mappings(),
		},
	}
	for i := int64(0); i < count; i++ {
		numbers <- i
	}
	for atomic.LoadInt64(&ended) != count {
		runtime.Gosched()
	}
	check("sum", sum, count*(count-1)/2)
	return r
}

// ---- Channels.

func items(send func(chan int64, int64), receive func(chan int64) int64) result {
	return perOperation(cpuTime, 2000000, func(count int64) {
		numbers := make(chan int64)
		go func() {
			for i := int64(0); i < count; i++ {
				send(numbers, i)
			}
		}()
		var sum int64
		for i := int64(0); i < count; i++ {
			sum += receive(numbers)
		}
		check("sum", sum, count*(count-1)/2)
	})
}

func sendInline(numbers chan int64, number int64) { numbers <- number }
func receiveInline(numbers chan int64) int64      { return <-numbers }

//go:noinline
func sendNoinline(numbers chan int64, number int64) { numbers <- number }

//go:noinline
func receiveNoinline(numbers chan int64) int64 { return <-numbers }

func pingPong(clock func() time.Duration, roundTrips int64, locked bool) result {
	return perOperation(clock, roundTrips, func(count int64) {
		there, back := make(chan int64), make(chan int64)
		if locked {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
		}
		go func() {
			if locked {
				runtime.LockOSThread()
			}
			for i := int64(0); i < count; i++ {
				back <- <-there + 1
			}
		}()
		var number int64
		for i := int64(0); i < count; i++ {
			there <- number
			number = <-back
		}
		check("number", number, count)
	})
}

func ring(members, laps int64) result {
	channels := make([]chan int64, members)
	for i := range channels {
		channels[i] = make(chan int64)
	}
	for i := int64(1); i < members; i++ {
		go func(in, out chan int64) {
			for {
				out <- <-in + 1
			}
		}(channels[i-1], channels[i])
	}
	return perOperation(cpuTime, laps*members, func(count int64) {
		var token int64
		for i := int64(0); i < count/members; i++ {
			channels[0] <- token + 1
			token = <-channels[members-1]
		}
		check("number of hops", token, count/members*members)
	})
}

const stop = -1

// A chain that finds so many primes; building it counts, tearing it down does
// not.
func sieveOnce(primes int) time.Duration {
	var stopped int32
	begin := cpuTime()
	last := make(chan int64)
	go func(out chan int64) {
		for number := int64(2); atomic.LoadInt32(&stopped) == 0; number++ {
			out <- number
		}
		out <- stop
	}(last)
	var prime int64
	for i := 0; i < primes; i++ {
		prime = <-last
		next := make(chan int64)
		go func(in, out chan int64, prime int64) {
			for {
				number := <-in
				if number%prime != 0 { // stop, too
					out <- number
				}
				if number == stop {
					return
				}
			}
		}(last, next, prime)
		last = next
	}
	used := cpuTime() - begin
	check("last prime", prime, 17389)
	atomic.StoreInt32(&stopped, 1)
	for <-last != stop {
	}
	return used
}

// The first round warms up.
func sieve() result {
	sieveOnce(2000)
	const rounds = 2
	var total time.Duration
	for i := 0; i < rounds; i++ {
		total += sieveOnce(2000)
	}
	return result{Value: float64(total.Nanoseconds()) / rounds / 1e6, Unit: "ms"}
}

// ---- Skynet.

func node(parent chan int64, first, leaves int64) {
	if leaves == 1 {
		parent <- first
		return
	}
	children := make(chan int64)
	for i := int64(0); i < 10; i++ {
		go node(children, first+i*leaves/10, leaves/10)
	}
	var sum int64
	for i := 0; i < 10; i++ {
		sum += <-children
	}
	parent <- sum
}

func skynetRound() time.Duration {
	const leaves = 1000000
	begin := cpuTime()
	sum := make(chan int64)
	go node(sum, 0, leaves)
	check("sum", <-sum, leaves*(leaves-1)/2)
	return cpuTime() - begin
}

// As in microthread's: the first round is reported apart.
func skynet() result {
	first := skynetRound()
	var total time.Duration
	for i := 0; i < 3; i++ {
		total += skynetRound()
	}
	return result{
		Value: float64(total.Nanoseconds()) / 3e6,
		Unit:  "ms",
		Notes: map[string]float64{"first_round": first.Seconds()},
	}
}

func skynetMemory() result {
	skynetRound()
	return result{
		Value: memory("VmHWM") / 1e6,
		Unit:  "MB",
		Notes: map[string]float64{"page_tables": memory("VmPTE") / 1e6, "mappings": mappings()},
	}
}

func main() {
	metrics := map[string]func() result{
		"yield_2":                      func() result { return yield(2, 2000000) },
		"yield_1000":                   func() result { return yield(1000, 4000) },
		"yield_100k":                   func() result { return yield(100000, 30) },
		"spawn_pooled":                 spawn,
		"spawn_1m_alive":               func() result { return blocked(1000000, "MB", 1e6) },
		"memory_blocked_100k":          func() result { return blocked(100000, "bytes", 1e5) },
		"memory_blocked_1m":            func() result { return blocked(1000000, "bytes", 1e6) },
		"channel_item":                 func() result { return items(sendInline, receiveInline) },
		"channel_item_noinline":        func() result { return items(sendNoinline, receiveNoinline) },
		"channel_ping_pong":            func() result { return pingPong(cpuTime, 1000000, false) },
		"cross_thread_ping_pong_1core": func() result { return pingPong(wallTime, 50000, true) },
		"cross_thread_ping_pong_2core": func() result { return pingPong(wallTime, 20000, true) },
		"ring_503":                     func() result { return ring(503, 5000) },
		"sieve_2000":                   sieve,
		"skynet_1m":                    skynet,
		"skynet_1m_memory":             skynetMemory,
	}
	if len(os.Args) != 2 || metrics[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: peer_go METRIC")
		os.Exit(2)
	}
	line, err := json.Marshal(metrics[os.Args[1]]())
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
