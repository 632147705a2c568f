// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Channels: one tasklet hands values to another.

#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/microthread.h"

namespace microthread::benchmarks {
namespace {

using Numbers = Channel<int64_t>;

// Sent through a ring or a pipeline, it ends every tasklet that it comes to.
constexpr int64_t kStop = -1;

// ---- One sender, one receiver, one channel.

template <class SendFunction, class ReceiveFunction>
void TransferItems(benchmark::State& state, const Numbers& numbers,
                   SendFunction send, ReceiveFunction receive) {
  ThreadScope scope;
  const int64_t items = state.max_iterations;
  Spawn([numbers, items, send] {
    for (int64_t i = 0; i < items; ++i) send(numbers, i);
  });
  int64_t sum = 0;
  for (auto _ : state) sum += receive(numbers);
  Run();
  CheckEqual(state, "sum", sum, items * (items - 1) / 2);
  ReportTime(state);
}

// Like the operations themselves: what is measured must not depend on whether
// the compiler takes a lambda in a template for small enough to inline.
struct SendInline {
  MICROTHREAD_ALWAYS_INLINE void operator()(const Numbers& numbers,
                                            int64_t number) const {
    numbers.Send(number);
  }
};
struct ReceiveInline {
  MICROTHREAD_ALWAYS_INLINE int64_t operator()(const Numbers& numbers) const {
    return numbers.Receive();
  }
};

// With the default preference: the receiver runs at once.
void BM_ChannelItem(benchmark::State& state) {
  TransferItems(state, Numbers(), SendInline(), ReceiveInline());
}
BENCHMARK(BM_ChannelItem)->Name("channel_item");

// Whoever came second runs on: one switch for an item, not two.
void BM_ChannelItemPreferNone(benchmark::State& state) {
  Numbers numbers;
  numbers.set_preference(Preference::kNone);
  TransferItems(state, numbers, SendInline(), ReceiveInline());
}
BENCHMARK(BM_ChannelItemPreferNone)->Name("channel_item_prefer_none");

// The same as BM_ChannelItem when the operations are hidden in functions that
// are not inlined, so that every switch is followed by a return.
MICROTHREAD_NOINLINE void SendNoInline(const Numbers& numbers, int64_t number) {
  numbers.Send(number);
  asm volatile("");
}
MICROTHREAD_NOINLINE int64_t ReceiveNoInline(const Numbers& numbers) {
  const int64_t number = numbers.Receive();
  asm volatile("");
  return number;
}

void BM_ChannelItemNoInline(benchmark::State& state) {
  TransferItems(state, Numbers(), SendNoInline, ReceiveNoInline);
}
BENCHMARK(BM_ChannelItemNoInline)->Name("channel_item_noinline");

// ---- A number goes there on one channel and comes back on another.

void BM_ChannelPingPong(benchmark::State& state) {
  ThreadScope scope;
  Numbers there;
  Numbers back;
  Spawn([there, back, round_trips = state.max_iterations] {
    for (int64_t i = 0; i < round_trips; ++i) back.Send(there.Receive() + 1);
  });
  int64_t number = 0;
  for (auto _ : state) {
    there.Send(number);
    number = back.Receive();
  }
  Run();
  CheckEqual(state, "number", number, state.iterations());
  ReportTime(state);
}
BENCHMARK(BM_ChannelPingPong)->Name("channel_ping_pong");

// ---- A token runs around a ring of tasklets, of which the main tasklet is
// one, with a channel between each two. One iteration is one lap.

void BM_Ring(benchmark::State& state) {
  ThreadScope scope;
  constexpr int64_t kMembers = 503;
  std::vector<Numbers> channels(kMembers);
  for (int64_t i = 1; i < kMembers; ++i) {
    Spawn([in = channels[i - 1], out = channels[i]] {
      int64_t token;
      do {
        token = in.Receive();
        out.Send(token == kStop ? kStop : token + 1);
      } while (token != kStop);
    });
  }
  int64_t token = 0;
  for (auto _ : state) {
    channels.front().Send(token + 1);
    token = channels.back().Receive();
  }
  channels.front().Send(kStop);
  channels.back().Receive();
  Run();
  CheckEqual(state, "number of hops", token, state.iterations() * kMembers);
  ReportTime(state, kMembers);
}
BENCHMARK(BM_Ring)->Name("ring_503");

// ---- The prime sieve: a chain of tasklets, one for each prime found, each of
// which drops the multiples of its prime. One iteration builds a new chain.

// The prime number `count`; `*last` is the channel that it came from.
int64_t SievePrimes(int64_t count, const bool* stop, Numbers* last) {
  Spawn([out = *last, stop] {
    for (int64_t number = 2; !*stop; ++number) out.Send(number);
    out.Send(kStop);
  });
  int64_t prime = 0;
  for (int64_t i = 0; i < count; ++i) {
    prime = last->Receive();
    Numbers next;
    Spawn([in = *last, out = next, prime] {
      int64_t number;
      do {
        number = in.Receive();
        if (number % prime != 0) out.Send(number);  // kStop, too
      } while (number != kStop);
    });
    *last = next;
  }
  return prime;
}

void BM_Sieve(benchmark::State& state) {
  ThreadScope scope;
  int64_t right = 0;
  for (auto _ : state) {
    bool stop = false;
    Numbers last;
    const int64_t prime = SievePrimes(2'000, &stop, &last);
    state.PauseTiming();
    right += prime == 17389;
    stop = true;
    while (last.Receive() != kStop) {
    }
    Run();
    state.ResumeTiming();
  }
  CheckEqual(state, "number of sieves that found 17389", right,
             state.iterations());
  ReportTime(state);
}
BENCHMARK(BM_Sieve)->Name("sieve_2000")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace microthread::benchmarks
