// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Boost.Context (its `fiber`), and for the generator Boost.Coroutine2, which is
// made of it. Stacks of 16 KiB without guards: pooled, or plain ones where a
// great many are needed, as the pool touches each of its stacks twice.

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <boost/coroutine2/coroutine.hpp>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"

namespace microthread::benchmarks {
namespace {

namespace context = boost::context;
using context::fiber;
using Coroutine = boost::coroutines2::coroutine<int64_t>;

constexpr size_t kStackSize = 16 * 1024;

context::pooled_fixedsize_stack& Pool() {
  static auto& pool = *new context::pooled_fixedsize_stack(kStackSize);
  return pool;
}

// ---- Switches.

// An iteration goes there and back; `number` travels in a variable that both
// sides know.
void BM_ThereAndBack(benchmark::State& state) {
  int number = 0;
  fiber echo(std::allocator_arg, Pool(), [&number](fiber&& from) -> fiber {
    fiber main = std::move(from);
    for (;;) {
      ++number;
      main = std::move(main).resume();
    }
  });
  for (auto _ : state) echo = std::move(echo).resume();
  CheckEqual(state, "number", number, static_cast<int>(state.iterations()));
  ReportTime(state, 2);
}
BENCHMARK(BM_ThereAndBack)->Name("raw_switch");
BENCHMARK(BM_ThereAndBack)->Name("greenlet_switch");

// Around a ring of contexts, of which the caller is the first. Whoever is
// resumed keeps the fiber that has resumed it.
class Ring {
 public:
  explicit Ring(int64_t members) : fibers_(members) {
    for (int64_t i = 1; i < members; ++i) {
      fiber& previous = fibers_[i - 1];
      fiber& next = fibers_[(i + 1) % members];
      fibers_[i] =
          fiber(std::allocator_arg, context::fixedsize_stack(kStackSize),
                [this, &previous, &next](fiber&& from) -> fiber {
                  previous = std::move(from);
                  for (;;) {
                    ++visits;
                    previous = std::move(next).resume();
                  }
                });
    }
    Lap();  // each touches its stack
    visits = 0;
  }

  void Lap() { fibers_.back() = std::move(fibers_[1]).resume(); }

  int64_t visits = 0;

 private:
  std::vector<fiber> fibers_;
};

template <int64_t kMembers>
void BM_SwitchAround(benchmark::State& state) {
  // Never destroyed: its fibers are left where they are.
  static auto& ring = *new Ring(kMembers);
  ring.visits = 0;
  for (auto _ : state) ring.Lap();
  CheckEqual(state, "visits", ring.visits, state.iterations() * (kMembers - 1));
  ReportTime(state, kMembers);
}
BENCHMARK_TEMPLATE(BM_SwitchAround, 10'000)->Name("raw_switch_10k");
BENCHMARK_TEMPLATE(BM_SwitchAround, 1'000'000)->Name("raw_switch_1m");

void BM_GeneratorItem(benchmark::State& state) {
  Coroutine::pull_type numbers(Pool(), [](Coroutine::push_type& yield) {
    for (int64_t i = 0;; ++i) yield(i);
  });
  auto number = begin(numbers);
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

// ---- Suspended fibers: what they need, and what it costs to unwind them.

// Makes one that is suspended until it is destroyed.
template <class Stacks>
fiber Suspend(Stacks&& stacks, int64_t* destroyed) {
  return fiber(std::allocator_arg, std::forward<Stacks>(stacks),
               [destroyed](fiber&& from) {
                 const Witness witness(destroyed);
                 return std::move(from).resume();
               })
      .resume();
}

void BM_KillBlocked(benchmark::State& state) {
  constexpr int64_t kBatch = 1'000;
  int64_t destroyed = 0;
  std::vector<fiber> victims(kBatch);
  for (auto _ : state) {
    state.PauseTiming();
    for (fiber& victim : victims) victim = Suspend(Pool(), &destroyed);
    state.ResumeTiming();
    for (fiber& victim : victims) victim = fiber();
  }
  CheckEqual(state, "number unwound", destroyed, state.iterations() * kBatch);
  ReportTime(state, kBatch);
}
BENCHMARK(BM_KillBlocked)->Name("kill_blocked");

template <int64_t kFibers>
void BM_Blocked(benchmark::State& state) {
  int64_t destroyed = 0;
  const ProcessMemory before = ReadProcessMemory();
  std::vector<fiber> fibers(kFibers);
  for (auto _ : state) {
    for (fiber& one : fibers) {
      one = Suspend(context::fixedsize_stack(kStackSize), &destroyed);
    }
  }
  const ProcessMemory after = ReadProcessMemory();
  fibers.clear();
  CheckEqual(state, "number unwound", destroyed, kFibers);
  ReportGrowth(state, before, after, kFibers);
}
BENCHMARK_TEMPLATE(BM_Blocked, 100'000)
    ->Name("memory_blocked_100k")
    ->Iterations(1);
BENCHMARK_TEMPLATE(BM_Blocked, 1'000'000)
    ->Name("memory_blocked_1m")
    ->Iterations(1);

}  // namespace
}  // namespace microthread::benchmarks
