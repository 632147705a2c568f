// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The same jobs by OS threads, which meet with a mutex and condition variables.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"

namespace microthread::benchmarks {
namespace {

constexpr int64_t kStop = -1;

// Room for one number: a sender waits while it is taken, a receiver while it is
// empty.
class Mailbox {
 public:
  void Send(int64_t number) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      emptied_.wait(lock, [this] { return !number_.has_value(); });
      number_ = number;
    }
    filled_.notify_one();
  }

  int64_t Receive() {
    int64_t number;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      filled_.wait(lock, [this] { return number_.has_value(); });
      number = *number_;
      number_.reset();
    }
    emptied_.notify_one();
    return number;
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::optional<int64_t> number_;
};

void BM_ChannelItem(benchmark::State& state) {
  const int64_t items = state.max_iterations;
  Mailbox numbers;
  std::thread sender([&numbers, items] {
    for (int64_t i = 0; i < items; ++i) numbers.Send(i);
  });
  int64_t sum = 0;
  for (auto _ : state) sum += numbers.Receive();
  sender.join();
  CheckEqual(state, "sum", sum, items * (items - 1) / 2);
  ReportTime(state);
}
BENCHMARK(BM_ChannelItem)->Name("channel_item")->UseRealTime();

void BM_PingPong(benchmark::State& state) {
  Mailbox there;
  Mailbox back;
  std::thread partner([&, round_trips = state.max_iterations] {
    for (int64_t i = 0; i < round_trips; ++i) back.Send(there.Receive() + 1);
  });
  int64_t number = 0;
  for (auto _ : state) {
    there.Send(number);
    number = back.Receive();
  }
  partner.join();
  CheckEqual(state, "number", number, state.iterations());
  ReportTime(state);
}
BENCHMARK(BM_PingPong)->Name("channel_ping_pong")->UseRealTime();
BENCHMARK(BM_PingPong)->Name("cross_thread_ping_pong_1core")->UseRealTime();
BENCHMARK(BM_PingPong)->Name("cross_thread_ping_pong_2core")->UseRealTime();

void BM_Ring(benchmark::State& state) {
  constexpr int64_t kMembers = 503;
  std::deque<Mailbox> boxes(kMembers);
  std::vector<std::thread> ring;
  for (int64_t i = 1; i < kMembers; ++i) {
    ring.emplace_back([&in = boxes[i - 1], &out = boxes[i]] {
      int64_t token;
      do {
        token = in.Receive();
        out.Send(token == kStop ? kStop : token + 1);
      } while (token != kStop);
    });
  }
  int64_t token = 0;
  for (auto _ : state) {
    boxes.front().Send(token + 1);
    token = boxes.back().Receive();
  }
  boxes.front().Send(kStop);
  boxes.back().Receive();
  for (std::thread& member : ring) member.join();
  CheckEqual(state, "number of hops", token, state.iterations() * kMembers);
  ReportTime(state, kMembers);
}
BENCHMARK(BM_Ring)->Name("ring_503")->UseRealTime();

// The system decides how often the other one runs, so each yields equally
// often, and the time is that until both have done so.
void BM_Yield(benchmark::State& state) {
  constexpr int64_t kYields = 10'000;
  int64_t yields = 0;
  for (auto _ : state) {
    std::thread partner([&yields] {
      for (int64_t i = 0; i < kYields; ++i) std::this_thread::yield();
      yields += kYields;
    });
    for (int64_t i = 0; i < kYields; ++i) std::this_thread::yield();
    partner.join();
  }
  CheckEqual(state, "number of yields", yields, state.iterations() * kYields);
  ReportTime(state, 2 * kYields);
}
BENCHMARK(BM_Yield)->Name("yield_2")->UseRealTime();

void BM_Spawn(benchmark::State& state) {
  int64_t finished = 0;
  for (auto _ : state) std::thread([&finished] { ++finished; }).join();
  CheckEqual(state, "number finished", finished, state.iterations());
  ReportTime(state);
}
BENCHMARK(BM_Spawn)->Name("spawn_pooled")->UseRealTime();

}  // namespace
}  // namespace microthread::benchmarks
