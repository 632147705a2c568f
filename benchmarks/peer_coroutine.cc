// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// C++20 coroutines, which have no stack: only the coroutine itself can be
// suspended, not the functions that it calls.

#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"

namespace microthread::benchmarks {
namespace {

// Owns a coroutine that suspends at its start and at its end.
template <class Promise>
class Owner {
 public:
  using Handle = std::coroutine_handle<Promise>;

  explicit Owner(Handle handle) : handle_(handle) {}
  Owner(Owner&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  ~Owner() {
    if (handle_) handle_.destroy();
  }

  Handle handle() const { return handle_; }

 private:
  Handle handle_;
};

struct LazyPromise {
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void return_void() noexcept {}
  void unhandled_exception() { std::terminate(); }
};

// ---- Two coroutines that resume each other by symmetric transfer.

struct Player {
  struct promise_type : LazyPromise {
    Player get_return_object() {
      return {Owner(std::coroutine_handle<promise_type>::from_promise(*this))};
    }
  };
  Owner<promise_type> owner;
};

// co_await of it goes on there.
struct Transfer {
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
    return to;
  }
  void await_resume() const noexcept {}

  std::coroutine_handle<>& to;
};

struct Pair {
  std::coroutine_handle<> here;
  std::coroutine_handle<> there;
  int64_t visits = 0;
};

[[gnu::noinline]] Player Serve(Pair& pair, benchmark::State& state) {
  for (auto _ : state) co_await Transfer{pair.there};
}

[[gnu::noinline]] Player ReturnForever(Pair& pair) {
  for (;;) {
    ++pair.visits;
    co_await Transfer{pair.here};
  }
}

void BM_RawSwitch(benchmark::State& state) {
  Pair pair;
  const Player here = Serve(pair, state);
  const Player there = ReturnForever(pair);
  pair.here = here.owner.handle();
  pair.there = there.owner.handle();
  pair.here.resume();
  CheckEqual(state, "visits", pair.visits, state.iterations());
  ReportTime(state, 2);
}
BENCHMARK(BM_RawSwitch)->Name("raw_switch");

// ---- A generator.

struct Numbers {
  struct promise_type : LazyPromise {
    Numbers get_return_object() {
      return {Owner(std::coroutine_handle<promise_type>::from_promise(*this))};
    }
    std::suspend_always yield_value(int64_t number) noexcept {
      value = number;
      return {};
    }
    int64_t value = 0;
  };
  Owner<promise_type> owner;
};

[[gnu::noinline]] Numbers Count() {
  for (int64_t i = 0;; ++i) co_yield i;
}

void BM_GeneratorItem(benchmark::State& state) {
  const Numbers numbers = Count();
  const auto handle = numbers.owner.handle();
  handle.resume();
  int64_t sum = 0;
  for (auto _ : state) {
    sum += handle.promise().value;
    handle.resume();
  }
  const int64_t items = state.iterations();
  CheckEqual(state, "sum", sum, items * (items - 1) / 2);
  ReportTime(state);
}
BENCHMARK(BM_GeneratorItem)->Name("generator_item");

}  // namespace
}  // namespace microthread::benchmarks
