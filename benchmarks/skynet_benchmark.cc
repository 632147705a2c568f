// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Skynet: a tree in which every tasklet spawns ten, down to a million leaves
// that send their numbers up; each inner one sends the sum of its ten.

#include <chrono>
#include <cstdint>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/microthread.h"

namespace microthread::benchmarks {
namespace {

using Numbers = Channel<int64_t>;

constexpr int64_t kLeaves = 1'000'000;
constexpr int64_t kSum = kLeaves * (kLeaves - 1) / 2;

void Node(const Numbers& parent, int64_t first, int64_t leaves) {
  if (leaves == 1) {
    parent.Send(first);
    return;
  }
  const Numbers children;
  for (int64_t i = 0; i < 10; ++i) {
    Spawn(Node, children, first + i * leaves / 10, leaves / 10);
  }
  int64_t sum = 0;
  for (int64_t i = 0; i < 10; ++i) sum += children.Receive();
  parent.Send(sum);
}

int64_t Skynet() {
  const Numbers result;
  Spawn(Node, result, 0, kLeaves);
  return result.Receive();
}

// The first round, in which the stacks are touched for the first time, costs
// mostly page faults, and is reported apart.
void BM_Skynet(benchmark::State& state) {
  ThreadScope scope;
  const auto start = std::chrono::steady_clock::now();
  int64_t sum = Skynet();
  const std::chrono::duration<double> first =
      std::chrono::steady_clock::now() - start;
  for (auto _ : state) sum += Skynet();
  CheckEqual(state, "sum", sum, kSum * (state.iterations() + 1));
  ReportTime(state);
  state.counters["first_round"] = first.count();
}
BENCHMARK(BM_Skynet)->Name("skynet_1m")->Iterations(3);

void BM_SkynetMemory(benchmark::State& state) {
  ThreadScope scope;
  int64_t sum = 0;
  for (auto _ : state) sum = Skynet();
  CheckEqual(state, "sum", sum, kSum);
  ReportPeak(state);
}
BENCHMARK(BM_SkynetMemory)->Name("skynet_1m_memory")->Iterations(1);

}  // namespace
}  // namespace microthread::benchmarks
