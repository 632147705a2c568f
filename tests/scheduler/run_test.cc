// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// When `Run()` returns, what it reports, and where uncaught errors go. "Trace"
// is a recording of the same program under Stackless Python 3.7.5.

#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ::testing::IsEmpty;
using RunTest = EventLogTest;

TEST_F(RunTest, ReturnsAtOnceIfNobodyElseCanRun) {
  Log("blocked ", Run().blocked());
  Spawn([this] {
    Run();
    Log("in a lone tasklet");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("blocked 0", "in a lone tasklet"));
}

TEST_F(RunTest, TheCallerIsPausedMeanwhile) {
  Spawn([this] { Log(StatesOf(Tasklet::Main()), ", ", RunCount()); });
  Run();
  Log(StatesOf(Tasklet::Main()), ", ", RunCount());
  EXPECT_THAT(log, ElementsAre("main alive paused, 1",
                               "main current alive scheduled, 1"));
}

TEST_F(RunTest, ReportsHowManyAreBlocked) {
  const Channel<int> c;
  const Channel<int> d;
  Spawn([c] { c.Receive(); });
  Spawn([c] { c.Receive(); });
  Spawn([d] { d.Send(1); });
  Spawn([] { ScheduleRemove(); });
  const RunResult result = Run();
  Log(result.blocked());
  c.Send(1);
  Log(result.blocked(), " then, ", Run().blocked(), " now");
  d.Receive();
  c.Send(2);
  Log(Run().blocked());
  EXPECT_THAT(log, ElementsAre("3", "3 then, 2 now", "0"));
}

TEST_F(RunTest, DescribesWhoIsBlocked) {
  const Channel<int> c("c");
  const Channel<int> d("d");
  SpawnNamed("reader", [c] { c.Receive(); });
  SpawnNamed("writer", [d] { d.Send(1); });
  SpawnNamed("paused", [] { ScheduleRemove(); });
  const Tasklet paused = Tasklet::New({.name = "never started"});
  paused.Bind([] {});
  const RunResult result = Run();
  EXPECT_THAT(result.DescribeBlocked(),
              ElementsAre("tasklet \"reader\" is receiving on channel \"c\"",
                          "tasklet \"writer\" is sending on channel \"d\""));
  d.Receive();
  EXPECT_THAT(result.DescribeBlocked(),
              ElementsAre("tasklet \"reader\" is receiving on channel \"c\""));
  c.Send(1);
  Run();
  EXPECT_THAT(result.DescribeBlocked(), IsEmpty());
}

TEST_F(RunTest, DescribesAMainThatWaits) {
  const Channel<int> c("c");
  SpawnNamed("t", [this, c] {
    SpawnNamed("u", [] { Schedule(); });
    const RunResult result = Run();
    log = result.DescribeBlocked();
    Log(result.blocked());
    c.Send(1);
  });
  c.Receive();
  EXPECT_THAT(
      log, ElementsAre("tasklet \"main\" is receiving on channel \"c\"", "1"));
}

// Trace G25.
TEST_F(RunTest, AnUncaughtErrorComesOutAndASecondRunGoesOnWithTheOthers) {
  SpawnTwoSteps("1");
  SpawnNamed("2", [this] {
    Log("2");
    throw UserError("VE");
  });
  SpawnTwoSteps("3");
  Try("Run", [] { Run(); });
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("1", "2", "Run: UserError VE", "main 3 1", "3",
                               "1'", "3'"));
}

// Trace G26.
TEST_F(RunTest, AnUncaughtErrorComesOutOfMainsSchedule) {
  SpawnNamed("1", [this] {
    Log("1");
    throw UserError("VE");
  });
  SpawnStep("2");
  SpawnStep("3");
  Try("Schedule", [] { Schedule(); });
  Log(RunCount());
  Run();
  EXPECT_THAT(log, ElementsAre("1", "Schedule: UserError VE", "3", "2", "3"));
}

// Trace G27.
TEST_F(RunTest, AnUncaughtErrorComesOutOfMainsReceive) {
  const Channel<int> c;
  SpawnNamed("f", [this] {
    Log("f");
    throw UserError("VE");
  });
  SpawnStep("by");
  Try("Receive", [c] { c.Receive(); });
  Log("balance ", c.balance(), ", count ", RunCount());
  Run();
  EXPECT_THAT(log, ElementsAre("f", "Receive: UserError VE",
                               "balance 0, count 2", "by"));
}

// Trace G33.
TEST_F(RunTest, ReturnsWhenAllWaitAndAMeetingWakesOne) {
  const Channel<int> c;
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name, c] {
      c.Receive();
      Log(name, " woke");
    });
  }
  Run();
  Log("balance ", c.balance());
  c.Send(1);
  Log("sent");
  c.Send(2);
  EXPECT_THAT(log, ElementsAre("balance -2", "a woke", "sent", "b woke"));
}

// Trace G35.
TEST_F(RunTest, ANestedRunDrainsTheWholeRing) {
  SpawnTwoSteps("a");
  SpawnNamed("inner", [this] {
    Log("in");
    Run();
    Log("done ", StatesOf(Tasklet::Main()));
    Schedule();
    Log("end");
  });
  SpawnTwoSteps("b");
  Run();
  Log("main");
  EXPECT_THAT(log, ElementsAre("a", "in", "b", "a'", "b'",
                               "done main alive paused", "end", "main"));
}

// Trace G36.
TEST_F(RunTest, ANestedRunDoesNotReturnWhileMainStaysInTheRing) {
  const Tasklet inner = SpawnNamed("inner", [this] {
    Log("in");
    Run();
    Log("done");
  });
  for (int i = 0; i < 3; ++i) {
    Schedule();
    Log("main", i, ", inner ", StatesOf(inner));
  }
  inner.Run();
  Log("main");
  EXPECT_THAT(log, ElementsAre("in", "main0, inner alive paused",
                               "main1, inner alive paused",
                               "main2, inner alive paused", "done", "main"));
}

// Trace G37.
TEST_F(RunTest, AnUncaughtErrorComesOutOfTheInnermostRun) {
  SpawnNamed("inner", [this] {
    SpawnNamed("bad", [] { throw UserError("VE"); });
    Try("inner Run", [] { Run(); });
  });
  Try("outer Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("inner Run: UserError VE", "outer Run: ok"));
}

// Trace G38.
TEST_F(RunTest, AnOuterRunThatIsWokenLetsTheInnerOnesReturnInTurn) {
  SpawnNamed("inner", [this] {
    SpawnNamed("wake", [this] {
      Log("wake");
      Tasklet::Main().Run();
      Log("wake'");
    });
    Run();
    Log("inner done");
  });
  Run();
  Log(Ring());
  Run();
  EXPECT_THAT(log,
              ElementsAre("wake", "main wake inner", "wake'", "inner done"));
}

// Trace G74.
TEST_F(RunTest, AnUncaughtErrorGoesToMainNotToWhoeverRanTheTasklet) {
  SpawnNamed("a", [this] {
    const Tasklet b = SpawnNamed("b", [] { throw UserError("VE"); });
    b.Run();
    Log("after");
  });
  Try("Run", [] { Run(); });
  Log(RunCount());
  Run();
  EXPECT_THAT(log, ElementsAre("Run: UserError VE", "2", "after"));
}

// The fact of trace G80.
TEST_F(RunTest, ALoneTaskletsRunDoesNothingWhereverMainIs) {
  const Channel<int> c;
  Spawn([this, c] {
    Run();
    Log("main ", StatesOf(Tasklet::Main()));
    c.Send(1);
  });
  c.Receive();
  const Tasklet t = Spawn([this] {
    Run();
    Log("main ", StatesOf(Tasklet::Main()));
  });
  t.Switch();
  EXPECT_THAT(log, ElementsAre("main main alive blocked scheduled",
                               "main main alive paused"));
}

// Trace G81.
TEST_F(RunTest, MainIsNotCountedWhileItIsInRun) {
  SpawnNamed("a", [this] { Log(Ring(), " ", RunCount()); });
  Run();
  EXPECT_THAT(log, ElementsAre("a 1"));
}

TEST_F(RunTest, EachOfSeveralUncaughtErrorsComesOutOfARunOfItsOwn) {
  for (const std::string name : {"1", "2", "3"}) {
    SpawnNamed(name, [name] { throw UserError(name); });
  }
  for (int i = 0; i < 4; ++i) Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("Run: UserError 1", "Run: UserError 2",
                               "Run: UserError 3", "Run: ok"));
}

TEST_F(RunTest, ThreeNestedRunsReturnFromTheInnermost) {
  for (const std::string name : {"1", "2"}) {
    SpawnNamed(name, [this, name] {
      SpawnStep("child of " + name);
      Run();
      Log(name, " done");
    });
  }
  Run();
  Log("main");
  EXPECT_THAT(
      log, ElementsAre("child of 1", "child of 2", "2 done", "1 done", "main"));
}

TEST_F(RunTest, ANestedRunReturnsWhenAllOthersAreBlocked) {
  const Channel<int> c;
  SpawnNamed("inner", [this, c] {
    SpawnNamed("waiter", [this, c] { Log("waiter got ", c.Receive()); });
    const RunResult result = Run();
    Log("inner done, blocked ", result.blocked());
    c.Send(1);
  });
  Log("blocked ", Run().blocked());
  EXPECT_THAT(
      log, ElementsAre("inner done, blocked 1", "waiter got 1", "blocked 0"));
}

TEST_F(RunTest, AnErrorOfAnyTypeComesOut) {
  Spawn([] { throw 7; });
  try {
    Run();
  } catch (int error) {
    Log("caught ", error);
  }
  EXPECT_THAT(log, ElementsAre("caught 7"));
}

TEST_F(RunTest, DestructorsHaveRunWhenAnUncaughtErrorComesOut) {
  Spawn([this] {
    const LogAtEnd guard = AtEnd("unwound");
    Schedule();
    throw UserError("VE");
  });
  Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("unwound", "Run: UserError VE"));
}

}  // namespace
}  // namespace microthread
