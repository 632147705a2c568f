// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasklets and the ring: yielding, spawning and ending.

#include <cstdint>
#include <thread>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/microthread.h"

namespace microthread::benchmarks {
namespace {

// ---- Yielding: a ring of tasklets, of which the main tasklet is one, that do
// nothing else. One iteration is one turn of the ring.

template <class YieldFunction>
void YieldRing(benchmark::State& state, YieldFunction yield) {
  ThreadScope scope;
  const int64_t members = state.range(0);
  bool stop = false;
  int64_t yields = 0;
  for (int64_t i = 1; i < members; ++i) {
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
             (state.iterations() + 1) * (members - 1));
  ReportTimePer("yield", state, members);
}

// Like Schedule() itself: what is measured must not depend on whether the
// compiler takes a lambda in a template for small enough to inline.
struct YieldInline {
  MICROTHREAD_ALWAYS_INLINE void operator()() const { Schedule(); }
};

void BM_TaskletYieldRing(benchmark::State& state) {
  YieldRing(state, YieldInline());
}
BENCHMARK(BM_TaskletYieldRing)->Arg(2)->Arg(1000);

// The same when the yield is hidden in a function that is not inlined, so that
// every switch is followed by a return to another caller.
MICROTHREAD_NOINLINE void YieldOutOfLine() {
  Schedule();
  asm volatile("");
}

void BM_TaskletYieldRingOutOfLine(benchmark::State& state) {
  YieldRing(state, YieldOutOfLine);
}
BENCHMARK(BM_TaskletYieldRingOutOfLine)->Arg(2)->Arg(1000);

// ---- Spawning.

void BM_TaskletSpawnFinish(benchmark::State& state) {
  ThreadScope scope;
  int64_t finished = 0;
  for (auto _ : state) {
    Spawn([&finished] { ++finished; });
    Schedule();
  }
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTimePer("tasklet", state);
}
BENCHMARK(BM_TaskletSpawnFinish);

// A hundred are spawned before the first of them runs.
void BM_TaskletSpawnBatch100(benchmark::State& state) {
  ThreadScope scope;
  constexpr int64_t kBatch = 100;
  int64_t finished = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < kBatch; ++i) Spawn([&finished] { ++finished; });
    Schedule();
  }
  CheckEqual(state, "number finished", finished, state.iterations() * kBatch);
  ReportTimePer("tasklet", state, kBatch);
}
BENCHMARK(BM_TaskletSpawnBatch100);

void BM_TaskletSpawnFinish_StdThread(benchmark::State& state) {
  int64_t finished = 0;
  for (auto _ : state) std::thread([&finished] { ++finished; }).join();
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTimePer("tasklet", state);
}
BENCHMARK(BM_TaskletSpawnFinish_StdThread)->UseRealTime();

}  // namespace
}  // namespace microthread::benchmarks
