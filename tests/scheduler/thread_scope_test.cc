// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// At the end of a ThreadScope, and of a thread, the tasklets that are left are
// unwound.

#include <memory>
#include <string>
#include <thread>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

class ThreadScopeTest : public EventLogTest {
 protected:
  // A tasklet that refuses to end so many times.
  Tasklet SpawnStubborn(std::string_view name, int times) {
    return SpawnNamed(name, [this, times] {
      for (int i = 1; i <= times; ++i) {
        try {
          ScheduleRemove();
        } catch (const TaskletExit&) {
          Log("no ", i);
        }
      }
    });
  }
};

TEST_F(ThreadScopeTest, UnwindsAllThatAreLeftTheYoungestFirst) {
  const Channel<int> c;
  {
    ThreadScope scope;
    SpawnNamed("receiver", [this, c] {
      const LogAtEnd guard = AtEnd("receiver unwound");
      c.Receive();
    });
    const Tasklet paused = SpawnNamed("paused", [this] {
      const LogAtEnd guard = AtEnd("paused unwound");
      ScheduleRemove();
    });
    SpawnNamed("scheduled", [this] {
      const LogAtEnd guard = AtEnd("scheduled unwound");
      while (true) Schedule();
    });
    Schedule();
    Schedule();
    Log("scope ends, balance ", c.balance());
  }
  Log("balance ", c.balance(), ", ", Ring());
  EXPECT_THAT(log, ElementsAre("scope ends, balance -1", "paused unwound",
                               "scheduled unwound", "receiver unwound",
                               "balance 0, main"));
}

TEST_F(ThreadScopeTest, ThoseThatHaveNotStartedJustGo) {
  {
    ThreadScope scope;
    for (const std::string name : {"a", "b"}) {
      SpawnNamed(name, [this, guard = std::make_shared<LogAtEnd>(
                                  &log, name + "'s closure destroyed")] {
        Log("never");
      });
    }
    Log("scope ends");
  }
  EXPECT_THAT(log, ElementsAre("scope ends", "a's closure destroyed",
                               "b's closure destroyed"));
}

TEST_F(ThreadScopeTest, AHandleMayOutliveIt) {
  Tasklet t;
  {
    ThreadScope scope;
    t = SpawnNamed("t", [this] {
      const LogAtEnd guard = AtEnd("unwound");
      ScheduleRemove();
    });
    Run();
    Log(StatesOf(t));
  }
  Log(StatesOf(t), " ", t.name());
  EXPECT_THAT(log, ElementsAre("alive paused", "unwound", "none t"));
}

TEST_F(ThreadScopeTest, NestedOnesEndAllTaskletsOfTheThread) {
  SpawnNamed("outer", [this] {
    const LogAtEnd guard = AtEnd("outer unwound");
    while (true) Schedule();
  });
  Schedule();
  {
    ThreadScope scope;
    SpawnNamed("inner", [this] {
      const LogAtEnd guard = AtEnd("inner unwound");
      while (true) Schedule();
    });
    Schedule();
  }
  Log(Ring());
  EXPECT_THAT(log, ElementsAre("inner unwound", "outer unwound", "main"));
}

TEST_F(ThreadScopeTest, TheThreadGoesOnAfterIt) {
  {
    ThreadScope scope;
    SpawnStep("a");
  }
  SpawnTwoSteps("b");
  Run();
  EXPECT_THAT(log, ElementsAre("b", "b'"));
}

TEST_F(ThreadScopeTest, WhoeverIsSpawnedDuringTheUnwindingGoesToo) {
  {
    ThreadScope scope;
    SpawnNamed("t", [this] {
      struct Spawner {
        ~Spawner() {
          test->SpawnNamed("late", [test = test] {
            test->Log("late runs");
            const LogAtEnd guard = test->AtEnd("late unwound");
            while (true) Schedule();
          });
        }
        ThreadScopeTest* test;
      };
      const Spawner spawner{this};
      ScheduleRemove();
    }).Run();
    Log("scope ends");
  }
  Log(Ring());
  EXPECT_THAT(log, ElementsAre("scope ends", "main"));
}

TEST_F(ThreadScopeTest, InsideATaskletItSparesThatOneAndMain) {
  SpawnNamed("other", [this] {
    const LogAtEnd guard = AtEnd("other unwound");
    while (true) Schedule();
  });
  SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t ends");
    {
      ThreadScope scope;
      SpawnStep("never");
    }
    Log(Ring());
  });
  Schedule();
  Log("main, ", Ring());
  EXPECT_THAT(log,
              ElementsAre("other unwound", "t main", "t ends", "main, main"));
}

TEST_F(ThreadScopeTest, EndsTaskletsInsideRunAndJoin) {
  const Channel<int> c;
  {
    ThreadScope scope;
    const Tasklet waiter = SpawnNamed("waiter", [this, c] {
      const LogAtEnd guard = AtEnd("waiter unwound");
      c.Receive();
    });
    SpawnNamed("joiner", [this, waiter] {
      const LogAtEnd guard = AtEnd("joiner unwound");
      waiter.Join();
    });
    SpawnNamed("in Run", [this] {
      const LogAtEnd guard = AtEnd("in Run unwound");
      Run();
      Log("never");
    });
    Schedule();
    Log(StatesOf(waiter), ", ", Ring());
  }
  Log(Ring());
  EXPECT_THAT(log,
              ElementsAre("alive blocked scheduled, main", "in Run unwound",
                          "joiner unwound", "waiter unwound", "main"));
}

TEST_F(ThreadScopeTest, MayEndWhileAnExceptionPassesThrough) {
  Try("main", [this] {
    ThreadScope scope;
    SpawnNamed("t", [this] {
      const LogAtEnd guard = AtEnd("t unwound");
      Try("t", [] { throw UserError("its own"); });
      while (true) Schedule();
    });
    Schedule();
    throw UserError("main's");
  });
  EXPECT_THAT(log, ElementsAre("t: UserError its own", "t unwound",
                               "main: UserError main's"));
}

TEST_F(ThreadScopeTest, EndsThemUnderASwitchTrapToo) {
  {
    ThreadScope scope;
    SpawnNamed("t", [this] {
      const LogAtEnd guard = AtEnd("t unwound");
      while (true) Schedule();
    });
    Schedule();
    SwitchTrap(1);
  }
  Log("level ", SwitchTrap(-1));
  EXPECT_THAT(log, ElementsAre("t unwound", "level 1"));
}

TEST_F(ThreadScopeTest, ATaskletMayRefuseNineTimes) {
  Tasklet t;
  CaptureStderr();
  {
    ThreadScope scope;
    t = SpawnStubborn("stubborn", 9);
    Run();
  }
  EXPECT_EQ(GetCapturedStderr(), "");
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("no 1", "no 2", "no 3", "no 4", "no 5", "no 6",
                               "no 7", "no 8", "no 9", "none"));
}

TEST_F(ThreadScopeTest, TheEndOfAThreadDoesTheSame) {
  std::thread([this] {
    SpawnNamed("a", [this] {
      const LogAtEnd guard = AtEnd("a unwound");
      while (true) Schedule();
    });
    Schedule();
    SpawnNamed("b", [this] { Log("never"); });
    Log("thread ends");
  }).join();
  EXPECT_THAT(log, ElementsAre("thread ends", "a unwound"));
}

}  // namespace
}  // namespace microthread
