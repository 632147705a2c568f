// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// That the checks of the scheduler's lists find what is wrong with them. Each
// test breaks a list, in a process that is to die of it.

#include "microthread/scheduler/internal/invariants.h"

#include <functional>

#include "microthread/channel/internal/channel_core.h"
#include "microthread/tasklet/internal/tasklet_access.h"
#include "microthread/tasklet/timed_run.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using internal::Item;

class InvariantsDeathTest : public EventLogTest {
 protected:
  static Item& ItemOf(const Tasklet& tasklet) {
    return *internal::TaskletAccess::Get(tasklet);
  }
  static internal::Thread& ThisThread() { return internal::SchedulingThread(); }

  static void Check() { internal::CheckInvariantsOf(ThisThread()); }

  // Expects that the checks pass, and that they die with `text` once `damage`
  // is done.
  static void ExpectFound(const std::function<void()>& damage,
                          const std::string& text) {
    Check();
    EXPECT_DEATH(
        {
          damage();
          Check();
        },
        "^microthread: broken invariant: " + text);
  }
};

TEST_F(InvariantsDeathTest, OfTheRing) {
  const Tasklet a = SpawnTwoSteps("a");
  const Tasklet b = SpawnTwoSteps("b");
  Schedule();
  ExpectFound([&] { ItemOf(b).prev = &ItemOf(b); },
              "tasklet \"a\" and its successor in the ring do not point to "
              "each other");
  ExpectFound([&] { ItemOf(a).wait = 1; },
              "tasklet \"a\" is in the ring and blocked");
  ExpectFound([&] { ItemOf(a).flags &= ~internal::kItemAlive; },
              "tasklet \"a\" is in the ring and dead");
  ExpectFound([&] { ItemOf(a).home = internal::ThreadToken::kNone; },
              "tasklet \"a\" is in another thread's ring");
  ExpectFound([] { --ThisThread().scheduler->linked; },
              "tasklet \"b\" is in a ring of more tasklets than there are");
  ExpectFound([] { ++ThisThread().scheduler->linked; },
              "tasklet \"main\" runs, and the count of the scheduled is wrong");
  ExpectFound(
      [&] {
        internal::Unlink(ItemOf(a));
        --ThisThread().scheduler->linked;
      },
      "tasklet \"main\" runs in a ring that not all belong to who think so");
}

TEST_F(InvariantsDeathTest, OfTheQueues) {
  const Channel<int> c;
  const Tasklet a = SpawnNamed("a", [c] { c.Receive(); });
  const Tasklet b = SpawnNamed("b", [c] { c.Receive(); });
  Schedule();
  ExpectFound([&] { ItemOf(b).prev = nullptr; },
              "tasklet \"b\" is first in a queue with another head");
  ExpectFound([&] { ItemOf(b).wait = 1; },
              "tasklet \"b\" waits for the opposite of the first in its queue");
  ExpectFound([&] { ItemOf(b).prev = &ItemOf(b); },
              "tasklet \"a\" and its successor in the queue do not point to "
              "each other");
  ExpectFound([&] { ItemOf(a).next = nullptr; },
              "tasklet \"a\" is in a queue whose balance is not its length");
  ExpectFound([&] { ItemOf(b).flags &= ~internal::kItemAlive; },
              "tasklet \"b\" has a stack and is not alive");
}

TEST_F(InvariantsDeathTest, OfThoseInsideRun) {
  const Channel<int> c;
  internal::Limit limit;
  SpawnNamed("t", [&limit] {
    ExpectFound(
        [] {
          Item& main = ItemOf(Tasklet::Main());
          internal::WaitQueue queue(nullptr);
          queue.Push(main, 1);
          ++ThisThread().scheduler->linked;
          Check();
        },
        "tasklet \"main\" is inside Run\\(\\) and blocked");
    ExpectFound([&limit] { ThisThread().limit = &limit; },
                "a limit without its Run\\(\\)");
  });
  Run();
}

}  // namespace
}  // namespace microthread
