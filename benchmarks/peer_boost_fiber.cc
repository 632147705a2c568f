// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Boost.Fiber: its default scheduler (round robin), unbuffered channels, stacks
// of 16 KiB without guards, pooled (plain ones where memory is measured: the
// pool touches each of its stacks twice).

#include <boost/fiber/all.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
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

// Puts a new fiber at the end of the queue. Pools are not thread-safe.
template <class F>
Fiber Spawn(F&& function) {
  thread_local auto& stacks = *new fibers::pooled_fixedsize_stack(kStackSize);
  return Fiber(fibers::launch::post, std::allocator_arg, stacks,
               std::forward<F>(function));
}

void Join(std::vector<Fiber>& fibers) {
  for (Fiber& fiber : fibers) fiber.join();
}

template <int64_t kMembers>
void BM_Yield(benchmark::State& state) {
  bool stop = false;
  int64_t yields = 0;
  std::vector<Fiber> ring;
  for (int64_t i = 1; i < kMembers; ++i) {
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
             (state.iterations() + 1) * (kMembers - 1));
  ReportTime(state, kMembers);
}
BENCHMARK_TEMPLATE(BM_Yield, 2)->Name("yield_2");
BENCHMARK_TEMPLATE(BM_Yield, 1'000)->Name("yield_1000");
BENCHMARK_TEMPLATE(BM_Yield, 100'000)->Name("yield_100k");

void BM_Spawn(benchmark::State& state) {
  int64_t finished = 0;
  for (auto _ : state) {
    Spawn([&finished] { ++finished; }).detach();
    boost::this_fiber::yield();
  }
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTime(state);
}
BENCHMARK(BM_Spawn)->Name("spawn_pooled");

// Each waits on a channel.
void BM_Blocked(benchmark::State& state) {
  constexpr int64_t kFibers = 100'000;
  Numbers numbers;
  int64_t sum = 0;
  std::vector<Fiber> waiting;
  const ProcessMemory before = ReadProcessMemory();
  for (auto _ : state) {
    for (int64_t i = 0; i < kFibers; ++i) {
      waiting.emplace_back(fibers::launch::post, std::allocator_arg,
                           fibers::fixedsize_stack(kStackSize),
                           [&] { sum += numbers.value_pop(); });
    }
    boost::this_fiber::yield();
  }
  const ProcessMemory after = ReadProcessMemory();
  for (int64_t i = 0; i < kFibers; ++i) numbers.push(i);
  Join(waiting);
  CheckEqual(state, "sum", sum, kFibers * (kFibers - 1) / 2);
  ReportGrowth(state, before, after, kFibers);
}
BENCHMARK(BM_Blocked)->Name("memory_blocked_100k")->Iterations(1);

template <class SendFunction, class ReceiveFunction>
void TransferItems(benchmark::State& state, SendFunction send,
                   ReceiveFunction receive) {
  const int64_t items = state.max_iterations;
  Numbers numbers;
  Fiber sender = Spawn([&numbers, items, send] {
    for (int64_t i = 0; i < items; ++i) send(numbers, i);
  });
  int64_t sum = 0;
  for (auto _ : state) sum += receive(numbers);
  sender.join();
  CheckEqual(state, "sum", sum, items * (items - 1) / 2);
  ReportTime(state);
}

void BM_ChannelItem(benchmark::State& state) {
  TransferItems(
      state, [](Numbers& numbers, int64_t number) { numbers.push(number); },
      [](Numbers& numbers) { return numbers.value_pop(); });
}
BENCHMARK(BM_ChannelItem)->Name("channel_item");

[[gnu::noinline]] void SendNoInline(Numbers& numbers, int64_t number) {
  numbers.push(number);
  asm volatile("");
}
[[gnu::noinline]] int64_t ReceiveNoInline(Numbers& numbers) {
  const int64_t number = numbers.value_pop();
  asm volatile("");
  return number;
}

void BM_ChannelItemNoInline(benchmark::State& state) {
  TransferItems(state, SendNoInline, ReceiveNoInline);
}
BENCHMARK(BM_ChannelItemNoInline)->Name("channel_item_noinline");

void Echo(Numbers& there, Numbers& back, int64_t round_trips) {
  for (int64_t i = 0; i < round_trips; ++i) back.push(there.value_pop() + 1);
}

void PingPong(benchmark::State& state, Numbers& there, Numbers& back) {
  int64_t number = 0;
  for (auto _ : state) {
    there.push(number);
    number = back.value_pop();
  }
  CheckEqual(state, "number", number, state.iterations());
  ReportTime(state);
}

void BM_ChannelPingPong(benchmark::State& state) {
  Numbers there;
  Numbers back;
  Fiber partner = Spawn([&, round_trips = state.max_iterations] {
    Echo(there, back, round_trips);
  });
  PingPong(state, there, back);
  partner.join();
}
BENCHMARK(BM_ChannelPingPong)->Name("channel_ping_pong");

// The partner is a fiber of another OS thread.
void BM_CrossThreadPingPong(benchmark::State& state) {
  Numbers there;
  Numbers back;
  std::thread partner([&, round_trips = state.max_iterations] {
    Spawn([&] { Echo(there, back, round_trips); }).join();
  });
  PingPong(state, there, back);
  partner.join();
}
BENCHMARK(BM_CrossThreadPingPong)
    ->Name("cross_thread_ping_pong_1core")
    ->UseRealTime();
BENCHMARK(BM_CrossThreadPingPong)
    ->Name("cross_thread_ping_pong_2core")
    ->UseRealTime();

void BM_Ring(benchmark::State& state) {
  constexpr int64_t kMembers = 503;
  std::deque<Numbers> channels(kMembers);
  std::vector<Fiber> ring;
  for (int64_t i = 1; i < kMembers; ++i) {
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
  CheckEqual(state, "number of hops", token, state.iterations() * kMembers);
  ReportTime(state, kMembers);
}
BENCHMARK(BM_Ring)->Name("ring_503");

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

void BM_Sieve(benchmark::State& state) {
  int64_t right = 0;
  for (auto _ : state) {
    bool stop = false;
    std::deque<Numbers> channels;
    std::vector<Fiber> chain;
    const int64_t prime = SievePrimes(2'000, &stop, channels, chain);
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
  ReportTime(state);
}
BENCHMARK(BM_Sieve)->Name("sieve_2000")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace microthread::benchmarks
