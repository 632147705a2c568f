// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// In which order the tasklets of a ring run. "Trace" is a recording of the same
// program under Stackless Python 3.7.5.

#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ScheduleTest = EventLogTest;

// Trace G01.
TEST_F(ScheduleTest, TaskletsTakeTurnsInOrderOfCreation) {
  for (const std::string name : {"a", "b", "c"}) {
    Spawn([this, name] {
      for (int i : {0, 1}) {
        Log(name, i);
        Schedule();
      }
      Log(name, "end");
    });
  }
  Run();
  Log("count ", RunCount());
  EXPECT_THAT(log, ElementsAre("a0", "b0", "c0", "a1", "b1", "c1", "aend",
                               "bend", "cend", "count 1"));
}

// Trace G02.
TEST_F(ScheduleTest, AChildStartsAfterAllThatAreInTheRing) {
  Spawn([this] {
    Log("a");
    SpawnStep("child");
  });
  SpawnStep("b");
  SpawnStep("c");
  Run();
  EXPECT_THAT(log, ElementsAre("a", "b", "c", "child"));
}

TEST_F(ScheduleTest, AChildStartsAfterTheNextTurnOfItsCreator) {
  Spawn([this] {
    SpawnStep("child");
    SpawnStep("child2");
    Log("a ", RunCount());
    Schedule();
    Log("a'");
  });
  SpawnTwoSteps("b");
  Run();
  EXPECT_THAT(log, ElementsAre("a 4", "b", "child", "child2", "a'", "b'"));
}

// Trace G03.
TEST_F(ScheduleTest, RunningAScheduledTaskletRotatesTheRingToIt) {
  SpawnTwoSteps("1");
  const Tasklet second = SpawnTwoSteps("2");
  SpawnTwoSteps("3");
  second.Run();
  Log("main ", RunCount());
  Run();
  EXPECT_THAT(log, ElementsAre("2", "3", "main 4", "1", "2'", "3'", "1'"));
}

// Trace G04.
TEST_F(ScheduleTest, RunningAPausedTaskletReturnsToTheCallerNext) {
  SpawnTwoSteps("1");
  const Tasklet second = SpawnTwoSteps("2");
  SpawnTwoSteps("3");
  second.Remove();
  second.Run();
  Log("main");
  Run();
  EXPECT_THAT(log, ElementsAre("2", "main", "1", "3", "2'", "1'", "3'"));
}

// Trace G05.
TEST_F(ScheduleTest, MainIsAnOrdinaryMemberOfTheRing) {
  SpawnTwoSteps("1");
  SpawnTwoSteps("2");
  SpawnTwoSteps("3");
  Schedule();
  Log("m1");
  Schedule();
  Log("m2 ", RunCount());
  EXPECT_THAT(log, ElementsAre("1", "2", "3", "m1", "1'", "2'", "3'", "m2 1"));
}

// Trace G06.
TEST_F(ScheduleTest, SwitchingPausesTheCallerUntilItIsInserted) {
  SpawnStep("b");
  const Tasklet f = SpawnNamed("f", [this] {
    Log("f ", RunCount(), " ", StatesOf(Tasklet::Main()));
    Tasklet::Main().Insert();
    Log("f2 ", Ring());
    Schedule();
    Log("f3");
  });
  f.Switch();
  Log("main");
  Run();
  EXPECT_THAT(log, ElementsAre("f 2 main alive paused", "f2 f b main", "b",
                               "main", "f3"));
}

// Trace G07.
TEST_F(ScheduleTest, MainPausedBySwitchingGoesOnWhenNobodyElseCanRun) {
  SpawnTwoSteps("1");
  const Tasklet second = SpawnTwoSteps("2");
  SpawnTwoSteps("3");
  second.Switch();
  Log("main ", StatesOf(Tasklet::Main()), " ", RunCount());
  EXPECT_THAT(log, ElementsAre("2", "3", "1", "2'", "3'", "1'",
                               "main main current alive scheduled 1"));
}

// Trace G08, without its mailboxes.
TEST_F(ScheduleTest, ScheduleRemovePausesUntilInserted) {
  const Tasklet f = SpawnNamed("f", [this] {
    Log("one");
    ScheduleRemove();
    Log("two");
    ScheduleRemove();
    Log("three");
  });
  for (int i = 0; i < 3; ++i) {
    Run();
    Log(StatesOf(f));
    if (f.alive()) f.Insert();
  }
  EXPECT_THAT(log, ElementsAre("one", "alive paused", "two", "alive paused",
                               "three", "none"));
}

TEST_F(ScheduleTest, SchedulingAloneReturnsAtOnce) {
  Schedule();
  Log(Ring());
  Spawn([this] {
    Log(RunCount());
    Schedule();
    Log("still here");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("main", "1", "still here"));
}

// Trace G78.
TEST_F(ScheduleTest, MainAloneIsNotPausedByScheduleRemove) {
  ScheduleRemove();
  Log(Ring(), ": ", StatesOf(Tasklet::Main()));
  EXPECT_THAT(log, ElementsAre("main: main current alive scheduled"));
}

// Trace G79.
TEST_F(ScheduleTest, MainRemovedFromTheRingGoesOnWhenNobodyElseCanRun) {
  SpawnTwoSteps("1");
  SpawnTwoSteps("2");
  ScheduleRemove();
  Log("main");
  EXPECT_THAT(log, ElementsAre("1", "2", "1'", "2'", "main"));
}

// The fact of trace G49.
TEST_F(ScheduleTest, ATaskletThatRunsAScheduledOneRotatesTheRing) {
  const Tasklet third = Tasklet::New({.name = "3"});
  SpawnNamed("1", [this, third] {
    Log("1");
    third.Run();
    Log("1'");
  });
  SpawnTwoSteps("2");
  third
      .Bind([this] {
        Log("3");
        Schedule();
        Log("3'");
      })
      .Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("1", "3", "1'", "2", "3'", "2'"));
}

// Trace X11.
TEST_F(ScheduleTest, ATaskletThatRunsAnotherStaysInTheRing) {
  const Tasklet a = SpawnNamed("a", [this] {
    Log("a1");
    Schedule();
    Log("a2");
  });
  SpawnNamed("b", [this, a] {
    Log("b1");
    a.Run();
    Log("b2");
  });
  SpawnStep("c");
  Run();
  EXPECT_THAT(log, ElementsAre("a1", "b1", "a2", "b2", "c"));
}

// Trace X13.
TEST_F(ScheduleTest, TheOrderOfInsertionDecidesNotThatOfRemoval) {
  const auto body = [this](const std::string& name) {
    Log(name);
    ScheduleRemove();
    Log(name, "'");
  };
  const Tasklet x = SpawnNamed("x", [body] { body("x"); });
  const Tasklet y = SpawnNamed("y", [body] { body("y"); });
  Run();
  SpawnStep("new");
  y.Insert();
  x.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("x", "y", "new", "y'", "x'"));
}

// Trace X14.
TEST_F(ScheduleTest, PausedTaskletsMaySwitchToEachOtherLikeCoroutines) {
  const Tasklet ping = Tasklet::New({.name = "ping"});
  const Tasklet pong = Tasklet::New({.name = "pong"});
  const auto body = [this](const std::string& name, const Tasklet& other) {
    for (int i = 0; i < 3; ++i) {
      Log(name, i, " ", Ring());
      other.Switch();
    }
  };
  ping.Bind([body, pong] { body("ping", pong); });
  pong.Bind([body, ping] { body("pong", ping); });
  ping.Run();
  Log("main; ping ", StatesOf(ping), "; pong ", StatesOf(pong));
  EXPECT_THAT(
      log, ElementsAre("ping0 ping main", "pong0 pong main", "ping1 ping main",
                       "pong1 pong main", "ping2 ping main", "pong2 pong main",
                       "main; ping none; pong alive paused"));
}

TEST_F(ScheduleTest, RunningOrSwitchingToOneselfDoesNothing) {
  SpawnStep("b");
  const Tasklet a = SpawnNamed("a", [this] {
    Tasklet::Current().Run();
    Tasklet::Current().Switch();
    Log("a ", Ring());
  });
  Tasklet::Main().Run();
  Tasklet::Main().Switch();
  Log(Ring());
  a.Run();
  EXPECT_THAT(log, ElementsAre("main b a", "a a main b"));
}

TEST_F(ScheduleTest,
       SwitchingToAScheduledTaskletRotatesTheRingWithoutTheCaller) {
  SpawnTwoSteps("1");
  const Tasklet second = SpawnNamed("2", [this] { Log(Ring()); });
  SpawnNamed("3", [this] { Log(Ring()); });
  second.Switch();
  Log(Ring());
  EXPECT_THAT(log, ElementsAre("2 3 1", "3 1", "1", "1'", "main"));
}

TEST_F(ScheduleTest, ThousandsOfTaskletsTakeTurns) {
  constexpr int kTasklets = 1000;
  std::string order;
  for (int i = 0; i < kTasklets; ++i) {
    Spawn([i, &order] {
      for (int turn = 0; turn < 3; ++turn) {
        order += static_cast<char>(turn * 64 + i % 64);
        Schedule();
      }
    });
  }
  Run();
  std::string expected;
  for (int turn = 0; turn < 3; ++turn) {
    for (int i = 0; i < kTasklets; ++i) {
      expected += static_cast<char>(turn * 64 + i % 64);
    }
  }
  EXPECT_EQ(order, expected);
}

}  // namespace
}  // namespace microthread
