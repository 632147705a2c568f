// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Kill and Throw, at once and pending. "Trace" is a recording of the same
// program under Stackless Python 3.7.5.

#include <exception>
#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class KillTest : public EventLogTest {
 protected:
  // A tasklet that logs its name, calls Schedule(), and logs how it goes on.
  Tasklet SpawnCatching(std::string_view name) {
    return SpawnNamed(name, [this, name = std::string(name)] {
      Log(name);
      try {
        Schedule();
        Log(name, "'");
      } catch (const UserError& error) {
        Log(name, " ", error.what());
      }
    });
  }
  static std::exception_ptr Error(const std::string& text) {
    return std::make_exception_ptr(UserError(text));
  }
};

// Trace G17.
TEST_F(KillTest, AKilledReceiverLeavesTheQueueInItsMiddle) {
  const Channel<int> c;
  for (const std::string name : {"a", "b", "d"}) {
    SpawnNamed(name, [this, name, c] {
      const LogAtEnd guard = AtEnd(name + " fin");
      try {
        const int value = c.Receive();
        Log(name, " got ", value);
      } catch (const TaskletExit&) {
        Log(name, " exit, balance ", c.balance());
        throw;
      }
    });
  }
  Run();
  Log("balance ", c.balance());
  c.queue().next().Kill();
  Log(QueueOf(c));
  c.Send(1);
  c.Send(2);
  Log("balance ", c.balance());
  EXPECT_THAT(log,
              ElementsAre("balance -3", "b exit, balance -2", "b fin", "a d",
                          "a got 1", "a fin", "d got 2", "d fin", "balance 0"));
}

// Trace G18.
TEST_F(KillTest, APendingKillTakesAWaiterOutOfTheQueueAtOnce) {
  const Channel<int> c;
  const Tasklet t = SpawnNamed("t", [this, c] {
    const LogAtEnd guard = AtEnd("exit");
    c.Receive();
  });
  Run();
  SpawnStep("by");
  t.KillPending();
  Log(StatesOf(t), ", balance ", c.balance(), ", ", Ring());
  Run();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("alive scheduled, balance 0, main by t", "by",
                               "exit", "none"));
}

// Trace G19.
TEST_F(KillTest, KillingAScheduledTaskletLetsItsSuccessorsRunFirst) {
  SpawnStep("1");
  const Tasklet second = SpawnStep("2");
  SpawnStep("3");
  second.Kill();
  Log("main");
  Run();
  Log(StatesOf(second));
  EXPECT_THAT(log, ElementsAre("3", "main", "1", "none"));
}

// The fact of trace G98.
TEST_F(KillTest, KillingTheFirstInTheRingLetsAllOthersRunFirst) {
  const Tasklet first = SpawnTwoSteps("1");
  SpawnTwoSteps("2");
  SpawnTwoSteps("3");
  Schedule();
  first.Kill();
  Log("main, 1 is ", StatesOf(first));
  Run();
  EXPECT_THAT(log, ElementsAre("1", "2", "3", "2'", "3'", "main, 1 is none"));
}

// Trace G20.
TEST_F(KillTest, KillingAPausedTaskletReturnsAtOnce) {
  SpawnStep("1");
  const Tasklet second = SpawnStep("2");
  second.Remove();
  second.Kill();
  Log("main, 2 ", StatesOf(second));
  Run();
  EXPECT_THAT(log, ElementsAre("main, 2 none", "1"));
}

// Trace G73.
TEST_F(KillTest, TheKillerOfAWaiterRunsNext) {
  const Channel<int> c;
  const Tasklet v = SpawnNamed("v", [this, c] {
    const LogAtEnd guard = AtEnd("v unwound");
    c.Receive();
  });
  Run();
  SpawnStep("x");
  SpawnStep("y");
  v.Kill();
  Log("killer ", RunCount());
  Run();
  EXPECT_THAT(log, ElementsAre("v unwound", "killer 3", "x", "y"));
}

// The fact of trace X15.
TEST_F(KillTest, TheKillerOfAWaiterRunsNextWhenThatYields) {
  const Channel<int> c;
  const Tasklet waiter = SpawnNamed("waiter", [this, c] {
    Try("waiter", [c] { c.Receive(); });
    Schedule();
    Log("waiter ends");
  });
  Schedule();
  SpawnStep("x");
  waiter.Raise<UserError>("VE");
  Log("main");
  Run();
  EXPECT_THAT(log,
              ElementsAre("waiter: UserError VE", "main", "x", "waiter ends"));
}

// The fact of trace G92.
TEST_F(KillTest, APendingErrorIsThrownAtOnceInTheRunningTasklet) {
  SpawnNamed("t", [this] {
    Try("throw", [] { Tasklet::Current().ThrowPending(Error("VE")); });
    const LogAtEnd unwound = AtEnd("unwound");
    Tasklet::Current().KillPending();
    Log("never");
  });
  Run();
  Try("main", [] { Tasklet::Current().ThrowPending(Error("VE")); });
  EXPECT_THAT(
      log, ElementsAre("throw: UserError VE", "unwound", "main: UserError VE"));
}

// Trace G21.
TEST_F(KillTest, ATaskletMayKillItselfAndLiveOn) {
  const Tasklet f = SpawnNamed("f", [this] {
    try {
      Tasklet::Current().Kill();
    } catch (const TaskletExit&) {
      Log("self exit");
    }
    Log("still alive");
    Tasklet::Current().KillPending();
    Log("never");
  });
  Run();
  Log(StatesOf(f));
  EXPECT_THAT(log, ElementsAre("self exit", "still alive", "none"));
}

// Trace G22.
TEST_F(KillTest, ATaskletMayCatchTheExitAndLiveOn) {
  const Tasklet t = SpawnNamed("t", [this] {
    try {
      ScheduleRemove();
    } catch (const TaskletExit&) {
      Log("caught");
    }
    ScheduleRemove();
    Log("never");
  });
  Run();
  t.Kill();
  Log(StatesOf(t));
  t.Kill();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("caught", "alive paused", "none"));
}

// Trace G23.
TEST_F(KillTest, AThrowLetsTheTargetRunAtOnceAndItsSuccessorsAfterIt) {
  SpawnCatching("1");
  const Tasklet second = SpawnCatching("2");
  SpawnCatching("3");
  Schedule();
  Log("main");
  second.Raise<UserError>("VE");
  Log("main2");
  Run();
  EXPECT_THAT(log,
              ElementsAre("1", "2", "3", "main", "2 VE", "3'", "main2", "1'"));
}

// Trace G24.
TEST_F(KillTest, APendingThrowWaitsForTheTargetsTurn) {
  SpawnCatching("1");
  const Tasklet second = SpawnCatching("2");
  SpawnCatching("3");
  Schedule();
  Log("main");
  second.ThrowPending(Error("VE"));
  Log("main2");
  Run();
  EXPECT_THAT(log,
              ElementsAre("1", "2", "3", "main", "main2", "1'", "2 VE", "3'"));
}

TEST_F(KillTest, ASecondPendingErrorReplacesTheFirst) {
  const Tasklet t = SpawnCatching("t");
  Schedule();
  t.KillPending();
  t.ThrowPending(Error("first"));
  t.ThrowPending(Error("second"));
  Run();
  EXPECT_THAT(log, ElementsAre("t", "t second"));
}

TEST_F(KillTest, AThrowReplacesAPendingError) {
  const Tasklet t = SpawnCatching("t");
  Schedule();
  t.KillPending();
  t.Raise<UserError>("at once");
  Log("main");
  EXPECT_THAT(log, ElementsAre("t", "t at once", "main"));
}

TEST_F(KillTest, APendingErrorPutsAPausedTaskletIntoTheRing) {
  const Tasklet t =
      SpawnNamed("t", [this] { Try("t", [] { ScheduleRemove(); }); });
  Run();
  SpawnStep("by");
  t.ThrowPending(Error("VE"));
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("main by t", "by", "t: UserError VE"));
}

// Trace G52.
TEST_F(KillTest, AnErrorThrownIntoAnUnstartedTaskletIsItsUncaughtError) {
  const Tasklet t = SpawnStep("t");
  SpawnStep("by");
  Try("Raise", [t] { t.Raise<UserError>("VE"); });
  Log(StatesOf(t));
  const Tasklet u = SpawnStep("u");
  u.ThrowPending(Error("later"));
  Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("Raise: UserError VE", "none", "by",
                               "Run: UserError later"));
}

// The fact of trace G83.
TEST_F(KillTest, AnUnstartedTaskletGetsNoChanceToCatchTheExit) {
  const auto body = [this] {
    try {
      Log("never");
    } catch (const TaskletExit&) {
      Log("never");
    }
  };
  const Tasklet scheduled = Spawn(body);
  const Tasklet paused = Tasklet::New();
  paused.Bind(body);
  const Tasklet pending = Spawn(body);
  pending.KillPending();
  Log(StatesOf(pending));
  paused.Kill();
  scheduled.Kill();
  Log(StatesOf(scheduled), " ", StatesOf(paused), " ", StatesOf(pending));
  EXPECT_THAT(log, ElementsAre("alive scheduled", "none none none"));
}

// Trace G46.
TEST_F(KillTest, TheDeadCanBeKilledButNotThrownInto) {
  const Tasklet t = SpawnStep("t");
  Run();
  t.Kill();
  t.KillPending();
  Try("Raise", [t] { t.Raise<UserError>("VE"); });
  Try("ThrowPending", [t] { t.ThrowPending(Error("VE")); });
  Log(Ring());
  EXPECT_THAT(log, ElementsAre("t", "Raise: DeadTaskletError",
                               "ThrowPending: DeadTaskletError", "main"));
}

// Trace G50.
TEST_F(KillTest, ATaskletThatThrowsTaskletExitEndsSilently) {
  Spawn([this] {
    const LogAtEnd guard = AtEnd("unwound");
    throw TaskletExit();
  });
  Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("unwound", "Run: ok"));
}

TEST_F(KillTest, HandlersOfStdExceptionDoNotStopTheExit) {
  const Tasklet t = SpawnNamed("t", [this] {
    try {
      ScheduleRemove();
    } catch (const std::exception&) {
      Log("never");
    }
  });
  Run();
  t.Kill();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("none"));
}

// Trace G51.
TEST_F(KillTest, MainGetsTheExitOutOfWhateverItWaitsIn) {
  Spawn([this] {
    Tasklet::Main().Kill();
    Log("killer goes on");
  });
  try {
    Run();
  } catch (const TaskletExit&) {
    Log("main caught the exit");
  }
  Run();
  EXPECT_THAT(log, ElementsAre("main caught the exit", "killer goes on"));
}

// Trace X7.
TEST_F(KillTest, ATaskletInsideRunGetsTheErrorOutOfIt) {
  const Tasklet inner =
      SpawnNamed("inner", [this] { Try("inner Run", [] { Run(); }); });
  SpawnNamed("t", [this, inner] {
    inner.Raise<UserError>("VE");
    Log("t goes on");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("inner Run: UserError VE", "t goes on"));
}

TEST_F(KillTest, TheUnwindingMaySwitchAndTheKillReturnsThen) {
  const Tasklet t = SpawnNamed("t", [this] {
    try {
      ScheduleRemove();
    } catch (const TaskletExit&) {
      Log("cleans up");
      Schedule();
      Log("cleaned up");
      throw;
    }
  });
  Run();
  t.Kill();
  Log("killed: ", StatesOf(t));
  Run();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("cleans up", "killed: alive scheduled",
                               "cleaned up", "none"));
}

TEST_F(KillTest, TaskletsMayKillEachOther) {
  const Tasklet a = Tasklet::New({.name = "a"});
  const Tasklet b = Tasklet::New({.name = "b"});
  const auto body = [this](const std::string& name, const Tasklet& other) {
    const LogAtEnd guard = AtEnd(name + " unwound");
    try {
      ScheduleRemove();
    } catch (const TaskletExit&) {
      Log(name, " kills the other");
      other.Kill();
      Log(name, " goes on");
      throw;
    }
  };
  a.Bind([body, b] { body("a", b); }).Insert();
  b.Bind([body, a] { body("b", a); }).Insert();
  Run();
  a.Kill();
  Log("a ", StatesOf(a), ", b ", StatesOf(b));
  Run();
  EXPECT_THAT(
      log, ElementsAre("a kills the other", "b kills the other", "a unwound",
                       "a none, b alive scheduled", "b goes on", "b unwound"));
}

}  // namespace
}  // namespace microthread
