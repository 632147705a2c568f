// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The bottom layer: the bare context switch, stacks, greenlets, generators.

#include <cstdint>
#include <utility>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/stack.h"
#include "microthread/greenlet/internal/stack_pool.h"

namespace microthread::benchmarks {
namespace {

// Never destroyed: a pool's slabs live as long as their thread.
internal::StackPool& Pool() {
  static auto& pool = *new internal::StackPool;
  return pool;
}

// ---- The switch: there and back, two contexts, two places in the code.

struct Pair {
  internal::Context here;
  internal::Context there;
  int64_t visits = 0;
};

template <class Switch>
void SwitchBackForever(void* argument) {
  auto* pair = static_cast<Pair*>(argument);
  for (;;) {
    ++pair->visits;
    Switch()(pair->there, pair->here);
  }
}

template <class Switch>
void ThereAndBack(benchmark::State& state, Switch switch_to) {
  // Static, so that finding the contexts does not wait for the frame pointer
  // that the switch has just loaded; nor does the library keep them in frames.
  static Pair pair;
  pair = Pair();
  internal::Stack* stack = Pool().Take(0, 0);
  pair.there =
      internal::NewContext(stack->top(), &SwitchBackForever<Switch>, &pair);
  for (auto _ : state) switch_to(pair.here, pair.there);
  Pool().Return(stack);  // nothing on it needs to be destroyed
  CheckEqual(state, "visits", pair.visits, state.iterations());
  ReportTimePer("switch", state, 2);
}

void BM_ContextSwitch(benchmark::State& state) {
  ThereAndBack(state, [](internal::Context& from, internal::Context& to) {
    internal::SwitchContext(from, to);
  });
}
BENCHMARK(BM_ContextSwitch);

void BM_ContextSwitchOutOfLine(benchmark::State& state) {
  ThereAndBack(state, [](internal::Context& from, internal::Context& to) {
    microthread_switch(&from, &to);
  });
}
BENCHMARK(BM_ContextSwitchOutOfLine);

// What any switch competes with.
MICROTHREAD_NOINLINE int64_t CountedCall(int64_t calls) {
  benchmark::DoNotOptimize(calls);
  return calls + 1;
}

void BM_ContextSwitch_FunctionCall(benchmark::State& state) {
  int64_t calls = 0;
  for (auto _ : state) calls = CountedCall(calls);
  CheckEqual(state, "calls", calls, state.iterations());
  ReportTimePer("switch", state);
}
BENCHMARK(BM_ContextSwitch_FunctionCall);

// ---- Stacks.

void BM_StackTakeReturn(benchmark::State& state) {
  int64_t taken = 0;
  for (auto _ : state) {
    internal::Stack* stack = Pool().Take(0, 0);
    taken += stack != nullptr;
    Pool().Return(stack);
  }
  CheckEqual(state, "stacks", taken, state.iterations());
  ReportTimePer("stack", state);
}
BENCHMARK(BM_StackTakeReturn);

// ---- Greenlets.

// One int goes to the greenlet, one comes back.
void BM_GreenletSwitch(benchmark::State& state) {
  Greenlet echo([](int number) {
    Greenlet main = Greenlet::Main();
    for (;;) number = main.Switch(number + 1).get<int>();
  });
  int number = 0;
  for (auto _ : state) number = echo.Switch(number).get<int>();
  CheckEqual(state, "number", number, static_cast<int>(state.iterations()));
  ReportTimePer("switch", state, 2);
}
BENCHMARK(BM_GreenletSwitch);

void BM_GreenletCreateRunFinish(benchmark::State& state) {
  int64_t finished = 0;
  for (auto _ : state) {
    Greenlet greenlet([&finished] { ++finished; });
    greenlet.Switch();
  }
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTimePer("greenlet", state);
}
BENCHMARK(BM_GreenletCreateRunFinish);

// ---- Generators.

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
  ReportTimePer("item", state);
}
BENCHMARK(BM_GeneratorItem);

}  // namespace
}  // namespace microthread::benchmarks
