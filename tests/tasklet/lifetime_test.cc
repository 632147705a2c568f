// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Who keeps a tasklet, and what happens when nobody does.

#include <memory>
#include <string>
#include <utility>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class LifetimeTest : public EventLogTest {
 protected:
  // A tasklet that pauses once and logs what becomes of it.
  Tasklet SpawnPausing(std::string_view name) {
    return SpawnNamed(name, [this, name = std::string(name)] {
      const LogAtEnd guard = AtEnd(name + " unwound");
      ScheduleRemove();
      Log(name, " goes on");
    });
  }
  void LogLive(const std::string& what) {
    const testing::LiveObjects live = testing::CountLiveObjects();
    Log(what, ": tasklets ", live.tasklets, ", stacks ", live.stacks);
  }
};

// The fact of trace G89.
TEST_F(LifetimeTest, DroppingTheLastHandleToAPausedTaskletUnwindsItAtOnce) {
  Tasklet t = SpawnPausing("t");
  Run();
  SpawnStep("by");
  Tasklet copy = t;
  t = Tasklet();
  Log("first handle dropped");
  copy = Tasklet();
  Log("second handle dropped, ", Ring());
  Run();
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("first handle dropped", "t unwound",
                               "second handle dropped, main by", "by",
                               "end: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, ATaskletUnwoundByADropIsCurrentMeanwhile) {
  Tasklet t = SpawnNamed("t", [this] {
    struct Guard {
      ~Guard() {
        test->Log(NameOf(Tasklet::Current()), ": ",
                  StatesOf(Tasklet::Current()), ", ", Ring());
      }
      LifetimeTest* test;
    };
    const Guard guard{this};
    ScheduleRemove();
  });
  Run();
  t = Tasklet();
  EXPECT_THAT(log, ElementsAre("t: current alive scheduled, t main"));
}

TEST_F(LifetimeTest, AnUnstartedTaskletIsJustFreed) {
  Tasklet t = SpawnNamed("t", [this, guard = std::make_shared<LogAtEnd>(
                                         &log, "freed")] { Log("never"); });
  t.Remove();
  SpawnStep("by");
  t = Tasklet();
  LogLive("dropped");
  Run();
  EXPECT_THAT(log, ElementsAre("freed", "dropped: tasklets 1, stacks 0", "by"));
}

TEST_F(LifetimeTest, AnUnboundTaskletIsJustFreed) {
  Tasklet t = Tasklet::New();
  LogLive("made");
  t = Tasklet();
  LogLive("dropped");
  EXPECT_THAT(log, ElementsAre("made: tasklets 1, stacks 0",
                               "dropped: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, TheRingKeepsItsTasklets) {
  SpawnTwoSteps("t");
  Schedule();
  LogLive("no handle");
  Run();
  LogLive("ended");
  EXPECT_THAT(log, ElementsAre("t", "no handle: tasklets 1, stacks 1", "t'",
                               "ended: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, AQueueKeepsItsTasklets) {
  const Channel<int> c;
  Spawn([this, c] { Log("got ", c.Receive()); });
  Run();
  LogLive("no handle");
  c.Send(1);
  LogLive("ended");
  EXPECT_THAT(log, ElementsAre("no handle: tasklets 1, stacks 1", "got 1",
                               "ended: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, AStackIsGivenBackWhenTheTaskletEnds) {
  const Tasklet t = SpawnTwoSteps("t");
  LogLive("unstarted");
  Schedule();
  LogLive("started");
  Run();
  LogLive("ended");
  EXPECT_THAT(log, ElementsAre("unstarted: tasklets 1, stacks 0", "t",
                               "started: tasklets 1, stacks 1", "t'",
                               "ended: tasklets 1, stacks 0"));
}

TEST_F(LifetimeTest, ATaskletThatPausesWithNoHandleLeftIsUnwound) {
  Spawn([this] {
    const LogAtEnd guard = AtEnd("t unwound");
    Log("t pauses");
    ScheduleRemove();
    Log("never");
  });
  SpawnStep("by");
  Run();
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("t pauses", "t unwound", "by",
                               "end: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, ATaskletThatSwitchesAwayWithNoHandleLeftIsUnwound) {
  const Tasklet target = SpawnStep("target");
  Spawn([this, &target] {
    const LogAtEnd guard = AtEnd("t unwound");
    target.Switch();
    Log("never");
  });
  target.Remove();
  Run();
  EXPECT_THAT(log, ElementsAre("t unwound", "target"));
}

TEST_F(LifetimeTest, ATaskletInsideRunIsKeptThoughItIsPaused) {
  Spawn([this] {
    SpawnStep("child");
    Run();
    Log("inner Run returned");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("child", "inner Run returned"));
}

TEST_F(LifetimeTest, RemovingThroughTheOnlyHandleUnwindsWhenThatIsDropped) {
  Spawn([this] {
    const LogAtEnd guard = AtEnd("t unwound");
    Schedule();
    Log("never");
  });
  Schedule();
  Tasklet::Current().next().Remove();
  Log("removed, ", Ring());
  EXPECT_THAT(log, ElementsAre("t unwound", "removed, main"));
}

TEST_F(LifetimeTest, ATaskletMayCatchTheExitOfADropAndPutItselfBack) {
  Tasklet t = SpawnNamed("t", [this] {
    try {
      ScheduleRemove();
    } catch (const TaskletExit&) {
      Log("caught");
    }
    Schedule();
    Log("t ends");
  });
  Run();
  t = Tasklet();
  Log("dropped, ", RunCount());
  Run();
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("caught", "dropped, 2", "t ends",
                               "end: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, ADropInsideTheUnwindingOfAnotherNests) {
  Tasklet inner = SpawnPausing("inner");
  Run();
  Tasklet outer = SpawnNamed("outer", [this, held = std::move(inner)] {
    const LogAtEnd guard = AtEnd("outer unwound");
    const Tasklet moved = held;
    ScheduleRemove();
  });
  Run();
  outer = Tasklet();
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("outer unwound", "inner unwound",
                               "end: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, AChainOfHandlesIsUnwoundFromItsHead) {
  Tasklet chain;
  for (const std::string name : {"1", "2", "3"}) {
    chain = SpawnNamed(name, [this, name, next = std::move(chain)] {
      const LogAtEnd guard = AtEnd(name + " unwound");
      ScheduleRemove();
    });
    Run();
  }
  chain = Tasklet();
  Log("dropped");
  EXPECT_THAT(log,
              ElementsAre("3 unwound", "2 unwound", "1 unwound", "dropped"));
}

TEST_F(LifetimeTest, ADropMayHappenWhileAnExceptionPassesThrough) {
  Try("main", [this] {
    const Tasklet t = SpawnPausing("t");
    Run();
    throw UserError("main's");
  });
  EXPECT_THAT(log, ElementsAre("t unwound", "main: UserError main's"));
}

TEST_F(LifetimeTest, ADropUnderASwitchTrapUnwindsAllTheSame) {
  Tasklet t = SpawnPausing("t");
  Run();
  SwitchTrap(1);
  t = Tasklet();
  Log("level ", SwitchTrap(-1));
  EXPECT_THAT(log, ElementsAre("t unwound", "level 1"));
}

TEST_F(LifetimeTest, AnErrorFromTheUnwindingWaitsForTheNextSwitchOfMain) {
  Tasklet t = SpawnNamed("t", [] {
    try {
      ScheduleRemove();
    } catch (const TaskletExit&) {
      throw UserError("VE");
    }
  });
  Run();
  SpawnStep("by");
  Try("drop", [&t] { t = Tasklet(); });
  Try("Run", [] { Run(); });
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("drop: ok", "by", "Run: UserError VE",
                               "end: tasklets 0, stacks 0"));
}

// The fact of trace G62.
TEST_F(LifetimeTest, ATaskletAndTheChannelThatItBlocksOnKeepEachOther) {
  {
    ThreadScope scope;
    {
      const Channel<int> c;
      Spawn([this, c] {
        const LogAtEnd guard = AtEnd("t unwound");
        c.Receive();
      });
      Run();
    }
    LogLive("no handle to either");
  }
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("no handle to either: tasklets 1, stacks 1",
                               "t unwound", "end: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, AHandleInItsOwnTaskletKeepsItUntilItEnds) {
  {
    ThreadScope scope;
    Spawn([this] {
      const Tasklet self = Tasklet::Current();
      const LogAtEnd guard = AtEnd("t unwound");
      ScheduleRemove();
    });
    Run();
    LogLive("paused");
  }
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("paused: tasklets 1, stacks 1", "t unwound",
                               "end: tasklets 0, stacks 0"));
}

TEST_F(LifetimeTest, ManyTaskletsLeaveNothingBehind) {
  const Channel<int> c;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i) Spawn([c] { c.Receive(); });
    for (int i = 0; i < 20; ++i) Spawn([c] { c.Send(1); });
    Run();
  }
  LogLive("end");
  EXPECT_THAT(log, ElementsAre("end: tasklets 0, stacks 0"));
}

}  // namespace
}  // namespace microthread
