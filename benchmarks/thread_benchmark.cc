// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasklets of two OS threads that talk over channels. On how many processors
// they run, whoever starts the program decides.

#include <cstdint>
#include <thread>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/microthread.h"

namespace microthread::benchmarks {
namespace {

void BM_CrossThreadPingPong(benchmark::State& state) {
  ThreadScope scope;
  const Channel<int64_t> there;
  const Channel<int64_t> back;
  std::thread partner([there, back, round_trips = state.max_iterations] {
    const Tasklet echo = Spawn([there, back, round_trips] {
      for (int64_t i = 0; i < round_trips; ++i) back.Send(there.Receive() + 1);
    });
    echo.Join();
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
BENCHMARK(BM_CrossThreadPingPong)
    ->Name("cross_thread_ping_pong_1core")
    ->UseRealTime();
BENCHMARK(BM_CrossThreadPingPong)
    ->Name("cross_thread_ping_pong_2core")
    ->UseRealTime();

}  // namespace
}  // namespace microthread::benchmarks
