// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// How much memory tasklets need, by what the process grows.

#include <cstdint>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/microthread.h"

namespace microthread::benchmarks {
namespace {

// Spawned, and none has started.
void BM_SpawnAlive(benchmark::State& state) {
  constexpr int64_t kTasklets = 1'000'000;
  ThreadScope scope;
  int64_t ended = 0;
  const ProcessMemory before = ReadProcessMemory();
  for (auto _ : state) {
    for (int64_t i = 0; i < kTasklets; ++i) Spawn([&ended] { ++ended; });
  }
  const ProcessMemory after = ReadProcessMemory();
  Run();
  CheckEqual(state, "number that ended", ended, kTasklets);
  ReportGrowth(state, before, after, 1);
}
BENCHMARK(BM_SpawnAlive)->Name("spawn_1m_alive")->Iterations(1);

// Each waits on a channel, on a stack of its own.
template <int64_t kTasklets>
void BM_Blocked(benchmark::State& state) {
  ThreadScope scope;
  const Channel<int64_t> numbers;
  int64_t sum = 0;
  const ProcessMemory before = ReadProcessMemory();
  for (auto _ : state) {
    for (int64_t i = 0; i < kTasklets; ++i) {
      Spawn([numbers, &sum] { sum += numbers.Receive(); });
    }
    Schedule();
  }
  const ProcessMemory after = ReadProcessMemory();
  CheckEqual(state, "number that wait", -numbers.balance(), kTasklets);
  for (int64_t i = 0; i < kTasklets; ++i) numbers.Send(i);
  Run();
  CheckEqual(state, "sum", sum, kTasklets * (kTasklets - 1) / 2);
  ReportGrowth(state, before, after, kTasklets);
}
BENCHMARK_TEMPLATE(BM_Blocked, 100'000)
    ->Name("memory_blocked_100k")
    ->Iterations(1);
BENCHMARK_TEMPLATE(BM_Blocked, 1'000'000)
    ->Name("memory_blocked_1m")
    ->Iterations(1);

}  // namespace
}  // namespace microthread::benchmarks
