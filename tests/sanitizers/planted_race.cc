// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Two OS threads write to a variable from a tasklet each, without a lock. What
// the tasklets of one thread share needs none: switches are an order.

#include <atomic>
#include <mutex>
#include <thread>

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

int shared_by_threads = 0;
std::mutex mutex;

// Says whose turn it is, but is no order: the tools must see the race, however
// the threads happen to run.
std::atomic<int> turn{0};

PLANTED_NOINLINE void WriteShared() {
  int next = shared_by_threads + 1;
  microthread_test::Touch(&next);
  shared_by_threads = next;
}

PLANTED_NOINLINE void WriteInTurn(int me, bool bug) {
  while (turn.load(std::memory_order_relaxed) != me) microthread::Schedule();
  if (bug) {
    WriteShared();
  } else {
    std::lock_guard lock(mutex);
    WriteShared();
  }
  turn.store(me + 1, std::memory_order_relaxed);
}

// Is in the middle of something whenever it is left: the report must not take
// its frames for callers of somebody else.
PLANTED_NOINLINE void Idle(int* shared_by_tasklets) {
  for (int i = 0; i < 10; ++i) {
    ++*shared_by_tasklets;
    microthread::Schedule();
  }
}

void RunThread(int me, bool bug) {
  microthread_test::Exercise();
  microthread::ThreadScope scope;
  int shared_by_tasklets = 0;
  for (int i = 0; i < 3; ++i) microthread::Spawn(Idle, &shared_by_tasklets);
  microthread::Spawn(WriteInTurn, me, bug);
  for (int i = 0; i < 3; ++i) microthread::Spawn(Idle, &shared_by_tasklets);
  microthread::Run();
}

}  // namespace

int main(int argc, char** argv) {
  const bool bug = microthread_test::BugIsWanted(argc, argv);
  std::thread other(RunThread, 1, bug);
  RunThread(0, bug);
  other.join();
  return microthread_test::Done();
}
