// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasklets and the ring: yielding, spawning, ending and killing.

#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/microthread.h"

namespace microthread::benchmarks {
namespace {

// ---- Yielding: a ring of tasklets, of which the main tasklet is one, that do
// nothing else. One iteration is one turn of the ring.

template <class YieldFunction, int64_t kMembers>
void BM_Yield(benchmark::State& state) {
  const YieldFunction yield;
  ThreadScope scope;
  bool stop = false;
  int64_t yields = 0;
  for (int64_t i = 1; i < kMembers; ++i) {
    Spawn([&stop, &yields, yield] {
      int64_t mine = 0;
      while (!stop) {
        yield();
        ++mine;
      }
      yields += mine;
    });
  }
  Schedule();  // each takes its stack
  for (auto _ : state) yield();
  stop = true;
  Run();
  CheckEqual(state, "number of yields", yields,
             (state.iterations() + 1) * (kMembers - 1));
  ReportTime(state, kMembers);
}

// Like Schedule() itself: what is measured must not depend on whether the
// compiler takes a lambda in a template for small enough to inline.
struct Inline {
  MICROTHREAD_ALWAYS_INLINE void operator()() const { Schedule(); }
};
BENCHMARK_TEMPLATE(BM_Yield, Inline, 2)->Name("yield_2");
BENCHMARK_TEMPLATE(BM_Yield, Inline, 10)->Name("yield_10");
BENCHMARK_TEMPLATE(BM_Yield, Inline, 100)->Name("yield_100");
BENCHMARK_TEMPLATE(BM_Yield, Inline, 1'000)->Name("yield_1000");
BENCHMARK_TEMPLATE(BM_Yield, Inline, 10'000)->Name("yield_10k");
BENCHMARK_TEMPLATE(BM_Yield, Inline, 100'000)->Name("yield_100k");
BENCHMARK_TEMPLATE(BM_Yield, Inline, 1'000'000)->Name("yield_1m");

// The same when the yield is hidden in a function that is not inlined, so that
// every switch is followed by a return to another caller.
struct NoInline {
  MICROTHREAD_NOINLINE void operator()() const {
    Schedule();
    asm volatile("");
  }
};
BENCHMARK_TEMPLATE(BM_Yield, NoInline, 2)->Name("yield_2_noinline");
BENCHMARK_TEMPLATE(BM_Yield, NoInline, 1'000)->Name("yield_1000_noinline");

// ---- Beginning and ending. `kBatch` are spawned before the first runs.

template <int64_t kBatch>
void BM_Spawn(benchmark::State& state) {
  ThreadScope scope;
  int64_t finished = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < kBatch; ++i) Spawn([&finished] { ++finished; });
    Schedule();
  }
  CheckEqual(state, "number finished", finished, state.iterations() * kBatch);
  ReportTime(state, kBatch);
}
BENCHMARK_TEMPLATE(BM_Spawn, 1)->Name("spawn_pooled");
BENCHMARK_TEMPLATE(BM_Spawn, 100)->Name("spawn_batch_100");

void BM_KillBlocked(benchmark::State& state) {
  ThreadScope scope;
  constexpr int64_t kBatch = 1'000;
  const Channel<int> never;
  int64_t destroyed = 0;
  std::vector<Tasklet> victims(kBatch);
  for (auto _ : state) {
    state.PauseTiming();
    for (Tasklet& victim : victims) {
      victim = Spawn([never, &destroyed] {
        const Witness witness(&destroyed);
        never.Receive();
      });
    }
    Schedule();
    state.ResumeTiming();
    for (const Tasklet& victim : victims) victim.Kill();
  }
  CheckEqual(state, "number unwound", destroyed, state.iterations() * kBatch);
  ReportTime(state, kBatch);
}
BENCHMARK(BM_KillBlocked)->Name("kill_blocked");

}  // namespace
}  // namespace microthread::benchmarks
