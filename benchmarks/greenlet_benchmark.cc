// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Greenlets and generators.

#include <cstdint>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"

namespace microthread::benchmarks {
namespace {

// One int goes to the greenlet, one comes back.
void BM_GreenletSwitch(benchmark::State& state) {
  Greenlet echo([](int number) {
    Greenlet main = Greenlet::Main();
    for (;;) number = main.Switch(number + 1).get<int>();
  });
  int number = 0;
  for (auto _ : state) number = echo.Switch(number).get<int>();
  CheckEqual(state, "number", number, static_cast<int>(state.iterations()));
  ReportTime(state, 2);
}
BENCHMARK(BM_GreenletSwitch)->Name("greenlet_switch");

// One is made, runs its empty function to the end, and is dropped.
void BM_GreenletLife(benchmark::State& state) {
  int64_t finished = 0;
  for (auto _ : state) {
    Greenlet greenlet([&finished] { ++finished; });
    greenlet.Switch();
  }
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTime(state);
}
BENCHMARK(BM_GreenletLife)->Name("greenlet_life");

void BM_GeneratorItem(benchmark::State& state) {
  Generator<int64_t> numbers([] {
    for (int64_t i = 0;; ++i) Yield(i);
  });
  auto number = numbers.begin();
  int64_t sum = 0;
  for (auto _ : state) {
    sum += *number;
    ++number;
  }
  const int64_t items = state.iterations();
  CheckEqual(state, "sum", sum, items * (items - 1) / 2);
  ReportTime(state);
}
BENCHMARK(BM_GeneratorItem)->Name("generator_item");

}  // namespace
}  // namespace microthread::benchmarks
