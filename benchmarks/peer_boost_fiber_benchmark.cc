// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The benchmarks of tasklet_benchmark.cc and channel_benchmark.cc on
// Boost.Fiber: its default scheduler (round robin), pooled stacks of 16 KiB,
// unbuffered channels.

#include <boost/fiber/all.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"

namespace microthread::benchmarks {
namespace {

namespace fibers = boost::fibers;
using Fiber = fibers::fiber;
using Numbers = fibers::unbuffered_channel<int64_t>;

constexpr size_t kStackSize = 16 * 1024;
constexpr int64_t kStop = -1;

// Puts a new fiber at the end of the queue.
template <class F>
Fiber Spawn(F&& function) {
  static auto& stacks = *new fibers::pooled_fixedsize_stack(kStackSize);
  return Fiber(fibers::launch::post, std::allocator_arg, stacks,
               std::forward<F>(function));
}

void Join(std::vector<Fiber>& fibers) {
  for (Fiber& fiber : fibers) fiber.join();
}

void BM_TaskletYieldRing_BoostFiber(benchmark::State& state) {
  const int64_t members = state.range(0);
  bool stop = false;
  int64_t yields = 0;
  std::vector<Fiber> ring;
  for (int64_t i = 1; i < members; ++i) {
    ring.push_back(Spawn([&stop, &yields] {
      int64_t mine = 0;
      while (!stop) {
        boost::this_fiber::yield();
        ++mine;
      }
      yields += mine;
    }));
  }
  boost::this_fiber::yield();  // each takes its stack
  for (auto _ : state) boost::this_fiber::yield();
  stop = true;
  Join(ring);
  CheckEqual(state, "number of yields", yields,
             (state.iterations() + 1) * (members - 1));
  ReportTimePer("yield", state, members);
}
BENCHMARK(BM_TaskletYieldRing_BoostFiber)->Arg(2)->Arg(1000);

void BM_TaskletSpawnFinish_BoostFiber(benchmark::State& state) {
  int64_t finished = 0;
  for (auto _ : state) {
    Spawn([&finished] { ++finished; }).detach();
    boost::this_fiber::yield();
  }
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTimePer("tasklet", state);
}
BENCHMARK(BM_TaskletSpawnFinish_BoostFiber);

void BM_TaskletSpawnBatch100_BoostFiber(benchmark::State& state) {
  constexpr int64_t kBatch = 100;
  int64_t finished = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < kBatch; ++i) {
      Spawn([&finished] { ++finished; }).detach();
    }
    boost::this_fiber::yield();
  }
  CheckEqual(state, "number finished", finished, state.iterations() * kBatch);
  ReportTimePer("tasklet", state, kBatch);
}
BENCHMARK(BM_TaskletSpawnBatch100_BoostFiber);

void BM_ChannelItem_BoostFiber(benchmark::State& state) {
  const int64_t items = state.max_iterations;
  Numbers numbers;
  Fiber sender = Spawn([&numbers, items] {
    for (int64_t i = 0; i < items; ++i) numbers.push(i);
  });
  int64_t sum = 0;
  for (auto _ : state) sum += numbers.value_pop();
  sender.join();
  CheckEqual(state, "sum", sum, items * (items - 1) / 2);
  ReportTimePer("item", state);
}
BENCHMARK(BM_ChannelItem_BoostFiber);

void BM_ChannelPingPong_BoostFiber(benchmark::State& state) {
  Numbers there;
  Numbers back;
  Fiber partner = Spawn([&, round_trips = state.max_iterations] {
    for (int64_t i = 0; i < round_trips; ++i) {
      back.push(there.value_pop() + 1);
    }
  });
  int64_t number = 0;
  for (auto _ : state) {
    there.push(number);
    number = back.value_pop();
  }
  partner.join();
  CheckEqual(state, "number", number, state.iterations());
  ReportTimePer("round_trip", state);
}
BENCHMARK(BM_ChannelPingPong_BoostFiber);

void BM_ChannelRing_BoostFiber(benchmark::State& state) {
  const int64_t members = state.range(0);
  std::deque<Numbers> channels(members);
  std::vector<Fiber> ring;
  for (int64_t i = 1; i < members; ++i) {
    ring.push_back(Spawn([&in = channels[i - 1], &out = channels[i]] {
      int64_t token;
      do {
        token = in.value_pop();
        out.push(token == kStop ? kStop : token + 1);
      } while (token != kStop);
    }));
  }
  int64_t token = 0;
  for (auto _ : state) {
    channels.front().push(token + 1);
    token = channels.back().value_pop();
  }
  channels.front().push(kStop);
  channels.back().value_pop();
  Join(ring);
  CheckEqual(state, "number of hops", token, state.iterations() * members);
  ReportTimePer("hop", state, members);
}
BENCHMARK(BM_ChannelRing_BoostFiber)->Arg(503);

// The prime number `count`; the last of `channels` is the one it came from.
int64_t SievePrimes(int64_t count, const bool* stop,
                    std::deque<Numbers>& channels, std::vector<Fiber>& chain) {
  Numbers* last = &channels.emplace_back();
  chain.push_back(Spawn([out = last, stop] {
    for (int64_t number = 2; !*stop; ++number) out->push(number);
    out->push(kStop);
  }));
  int64_t prime = 0;
  for (int64_t i = 0; i < count; ++i) {
    prime = last->value_pop();
    Numbers* next = &channels.emplace_back();
    chain.push_back(Spawn([in = last, out = next, prime] {
      int64_t number;
      do {
        number = in->value_pop();
        if (number % prime != 0) out->push(number);  // kStop, too
      } while (number != kStop);
    }));
    last = next;
  }
  return prime;
}

void BM_ChannelSieve_BoostFiber(benchmark::State& state) {
  int64_t right = 0;
  for (auto _ : state) {
    bool stop = false;
    std::deque<Numbers> channels;
    std::vector<Fiber> chain;
    const int64_t prime = SievePrimes(state.range(0), &stop, channels, chain);
    state.PauseTiming();
    right += prime == 17389;
    stop = true;
    while (channels.back().value_pop() != kStop) {
    }
    Join(chain);
    state.ResumeTiming();
  }
  CheckEqual(state, "number of sieves that found 17389", right,
             state.iterations());
  ReportTimePer("sieve", state);
}
BENCHMARK(BM_ChannelSieve_BoostFiber)->Arg(2000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace microthread::benchmarks
