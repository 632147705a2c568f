// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Code of the user that runs when something ends: destructors that use the
// scheduler, frames of C under a tasklet that is killed, ends of threads.

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "microthread/greenlet/exit_shield.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using UnwindingTest = EventLogTest;

// Calls a function when it is destroyed, unless it has been moved from.
class AtDestruction {
 public:
  explicit AtDestruction(std::function<void()> function)
      : function_(
            std::make_unique<std::function<void()>>(std::move(function))) {}
  AtDestruction(AtDestruction&&) noexcept = default;
  AtDestruction& operator=(AtDestruction&&) = delete;
  ~AtDestruction() {
    if (function_ != nullptr) (*function_)();
  }

 private:
  std::unique_ptr<std::function<void()>> function_;
};

// Suspends the tasklet in the comparison of two elements.
int ScheduleAndCompare(const void* a, const void* b) {
  ScheduleRemove();
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

TEST_F(UnwindingTest, AKillPassesThroughFramesOfC) {
  const Tasklet t = Spawn([this] {
    const LogAtEnd guard = AtEnd("unwound");
    int numbers[] = {3, 1, 2};
    std::qsort(numbers, 3, sizeof(int), &ScheduleAndCompare);
    Log("never");
  });
  Run();
  Log(StatesOf(t));
  t.Kill();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("alive paused", "unwound", "none"));
}

TEST_F(UnwindingTest, ADestructorMayScheduleAfterTheReturn) {
  Spawn([this] {
    const AtDestruction guard([this] {
      Log("destructor");
      Schedule();
      Log("destructor'");
    });
    Log("returns");
  });
  SpawnStep("by");
  Run();
  EXPECT_THAT(log, ElementsAre("returns", "destructor", "by", "destructor'"));
}

TEST_F(UnwindingTest, TheDestructorOfAValueMaySpawnAndSchedule) {
  const Channel<AtDestruction> c;
  const Tasklet sender = Spawn([this, c] {
    c.Send(AtDestruction([this] {
      const ExitShield shield;
      SpawnStep("spawned by the value");
      Schedule();
      Log("value gone");
    }));
  });
  Run();
  sender.Kill();
  Run();
  Log(StatesOf(sender));
  EXPECT_THAT(log, ElementsAre("spawned by the value", "value gone", "none"));
}

TEST_F(UnwindingTest, AReceivedValueMayScheduleWhenItGoes) {
  const Channel<AtDestruction> c;
  Spawn([this, c] {
    {
      const AtDestruction value = c.Receive();
      Log("received");
    }
    Log("gone");
  });
  Run();
  c.Send(AtDestruction([this] {
    Log("destructor");
    Schedule();
  }));
  Log("main");
  Run();
  EXPECT_THAT(log, ElementsAre("received", "destructor", "main", "gone"));
}

TEST_F(UnwindingTest, OneThatIsEndedWithItsScopeMayHoldTheOnlyHandleToAnother) {
  {
    const ThreadScope scope;
    Tasklet held = SpawnNamed("held", [this] {
      const LogAtEnd guard = AtEnd("held unwound");
      ScheduleRemove();
    });
    Spawn([this, held = std::move(held)] {
      const LogAtEnd guard = AtEnd("holder unwound");
      ScheduleRemove();
    });
    Run();
  }
  Log(testing::CountLiveObjects().tasklets);
  EXPECT_THAT(log, ElementsAre("holder unwound", "held unwound", "0"));
}

TEST_F(UnwindingTest, ObjectsOfAThreadAreDestroyedAtItsEnd) {
  std::thread([this] {
    thread_local std::optional<AtDestruction> of_thread;
    of_thread.emplace([this] { Log("thread_local destroyed"); });
    Spawn([this] {
      const LogAtEnd guard = AtEnd("tasklet unwound");
      ScheduleRemove();
    });
    Run();
    Log("thread ends");
  }).join();
  EXPECT_THAT(log,
              ::testing::UnorderedElementsAre("thread ends", "tasklet unwound",
                                              "thread_local destroyed"));
}

TEST_F(UnwindingTest, AThreadLocalMayHoldTheLastHandle) {
  std::thread([this] {
    thread_local Tasklet held;
    held = Spawn([this] {
      const LogAtEnd guard = AtEnd("unwound");
      ScheduleRemove();
    });
    Run();
    Log("thread ends");
  }).join();
  EXPECT_THAT(log, ElementsAre("thread ends", "unwound"));
}

}  // namespace
}  // namespace microthread
