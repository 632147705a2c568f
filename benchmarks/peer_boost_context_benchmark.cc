// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The benchmarks of greenlet_benchmark.cc on Boost.Context (its assembly and
// its `fiber`) and Boost.Coroutine2, with pooled stacks of 16 KiB.

#include <boost/context/detail/fcontext.hpp>
#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <boost/coroutine2/coroutine.hpp>
#include <cstdint>
#include <memory>
#include <utility>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"

namespace microthread::benchmarks {
namespace {

namespace context = boost::context;
using Pool = context::pooled_fixedsize_stack;
using Coroutine = boost::coroutines2::coroutine<int64_t>;

constexpr size_t kStackSize = 16 * 1024;

Pool& Stacks() {
  static auto& pool = *new Pool(kStackSize);
  return pool;
}

void SwitchBackForever(context::detail::transfer_t from) {
  auto* visits = static_cast<int64_t*>(from.data);
  for (;;) {
    ++*visits;
    from = context::detail::jump_fcontext(from.fctx, nullptr);
  }
}

void BM_ContextSwitch_BoostFcontext(benchmark::State& state) {
  auto stack = Stacks().allocate();
  int64_t visits = 0;
  context::detail::transfer_t there = {
      context::detail::make_fcontext(stack.sp, stack.size, SwitchBackForever),
      nullptr};
  for (auto _ : state) {
    there = context::detail::jump_fcontext(there.fctx, &visits);
  }
  Stacks().deallocate(stack);  // nothing on it needs to be destroyed
  CheckEqual(state, "visits", visits, state.iterations());
  ReportTimePer("switch", state, 2);
}
BENCHMARK(BM_ContextSwitch_BoostFcontext);

void BM_StackTakeReturn_BoostContext(benchmark::State& state) {
  int64_t taken = 0;
  for (auto _ : state) {
    auto stack = Stacks().allocate();
    taken += stack.sp != nullptr;
    Stacks().deallocate(stack);
  }
  CheckEqual(state, "stacks", taken, state.iterations());
  ReportTimePer("stack", state);
}
BENCHMARK(BM_StackTakeReturn_BoostContext);

// The number goes there and back in a variable that both sides know.
void BM_GreenletSwitch_BoostContext(benchmark::State& state) {
  int number = 0;
  context::fiber echo(std::allocator_arg, Stacks(),
                      [&number](context::fiber&& from) -> context::fiber {
                        context::fiber main = std::move(from);
                        for (;;) {
                          ++number;
                          main = std::move(main).resume();
                        }
                      });
  for (auto _ : state) echo = std::move(echo).resume();
  CheckEqual(state, "number", number, static_cast<int>(state.iterations()));
  ReportTimePer("switch", state, 2);
}
BENCHMARK(BM_GreenletSwitch_BoostContext);

void BM_GreenletCreateRunFinish_BoostContext(benchmark::State& state) {
  int64_t finished = 0;
  for (auto _ : state) {
    context::fiber fiber(std::allocator_arg, Stacks(),
                         [&finished](context::fiber&& from) {
                           ++finished;
                           return std::move(from);
                         });
    fiber = std::move(fiber).resume();
  }
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTimePer("greenlet", state);
}
BENCHMARK(BM_GreenletCreateRunFinish_BoostContext);

void BM_GeneratorItem_BoostCoroutine2(benchmark::State& state) {
  Coroutine::pull_type numbers(Stacks(), [](Coroutine::push_type& yield) {
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
  ReportTimePer("item", state);
}
BENCHMARK(BM_GeneratorItem_BoostCoroutine2);

}  // namespace
}  // namespace microthread::benchmarks
