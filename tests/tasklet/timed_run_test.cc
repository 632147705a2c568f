// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Run() with a limit: who is interrupted, where and when. "Trace" is a
// recording of the same program under Stackless Python 3.7.5, with checkpoints
// in place of its bytecodes.

#include "microthread/tasklet/timed_run.h"

#include <chrono>
#include <string>

#include "microthread/greenlet/exit_shield.h"
#include "microthread/greenlet/generator.h"
#include "microthread/tasklet/callbacks.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class TimedRunTest : public EventLogTest {
 protected:
  static TimedRunResult Run(const RunOptions& options) {
    return microthread::Run(options);
  }
  static RunResult Run() { return microthread::Run(); }

  static void Pass(int checkpoints) {
    while (checkpoints-- > 0) Checkpoint();
  }

  // A tasklet that passes checkpoints for ever.
  Tasklet SpawnEndless(std::string_view name) {
    return SpawnNamed(name, [] {
      for (;;) Checkpoint();
    });
  }

  // A tasklet that passes `checkpoints`, logs and schedules, three times.
  Tasklet SpawnRounds(const std::string& name, int checkpoints) {
    return SpawnNamed(name, [this, name, checkpoints] {
      for (int i = 0; i < 3; ++i) {
        Pass(checkpoints);
        Log(name, i);
        Schedule();
      }
    });
  }

  void LogResult(const TimedRunResult& result) {
    Log(NameOf(result.interrupted()), " interrupted",
        result.limit_reached() ? ", limit reached" : "");
  }
};

// Trace G39.
TEST_F(TimedRunTest, InterruptsAnEndlessTaskletAndReturnsItPaused) {
  const Tasklet t = SpawnEndless("t");
  const TimedRunResult first = Run({.checkpoints = 1000});
  LogResult(first);
  Log(first.interrupted() == t, ", ", StatesOf(t), ", ", Ring());
  SpawnStep("other");
  LogResult(Run({.checkpoints = 1000}));
  t.Insert();
  LogResult(Run({.checkpoints = 1000}));
  EXPECT_THAT(
      log, ElementsAre("t interrupted, limit reached",
                       "true, alive paused, main", "other",
                       "nobody interrupted", "t interrupted, limit reached"));
}

TEST_F(TimedRunTest, ALimitOfNCheckpointsInterruptsAtTheNext) {
  SpawnNamed("t", [this] {
    for (int i = 0;; ++i) {
      Log(i);
      Checkpoint();
    }
  });
  LogResult(Run({.checkpoints = 2}));
  Run({.checkpoints = 0});
  EXPECT_THAT(log, ElementsAre("0", "1", "2", "t interrupted, limit reached"));
}

TEST_F(TimedRunTest, ALimitOfNothingIsReachedAtTheFirstCheckpoint) {
  const auto first = [this](const std::string& name) {
    return SpawnNamed(name, [this, name] {
      Log(name);
      Checkpoint();
      Log(name, "'");
    });
  };
  const Tasklet a = first("a");
  LogResult(Run({.checkpoints = 0}));
  const Tasklet b = first("b");
  LogResult(Run({.time = std::chrono::nanoseconds(-1)}));
  EXPECT_THAT(log, ElementsAre("a", "a interrupted, limit reached", "b",
                               "b interrupted, limit reached"));
}

TEST_F(TimedRunTest, TheOthersStayInTheRing) {
  SpawnEndless("t");
  SpawnTwoSteps("a");
  SpawnStep("b");
  const TimedRunResult result = Run({.checkpoints = 10});
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("main a b", "a", "b", "a'"));
}

// Trace G40.
TEST_F(TimedRunTest, AnAtomicSectionPutsTheInterruptOff) {
  SpawnNamed("t", [this] {
    {
      AtomicSection atomic;
      {
        AtomicSection nested;
        Pass(50);
      }
      Log("atomic ", Tasklet::Current().atomic());
      Pass(50);
    }
    Log("section ends");
    Checkpoint();
    Log("goes on");
  });
  const TimedRunResult result = Run({.checkpoints = 10});
  LogResult(result);
  result.interrupted().Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("atomic true", "section ends",
                               "t interrupted, limit reached", "goes on"));
}

// Trace G70.
TEST_F(TimedRunTest, AtomicIsNotInherited) {
  AtomicSection atomic;
  SpawnNamed("t", [this] {
    Log(Tasklet::Current().atomic(), " ", Tasklet::Main().atomic());
  });
  Schedule();
  Log("before ", Tasklet::Current().set_atomic(false));
  Log("before ", Tasklet::Current().set_atomic(true));
  EXPECT_THAT(log, ElementsAre("false true", "before true", "before false"));
}

TEST_F(TimedRunTest, TrapsShieldsAndUnwindingPutTheInterruptOff) {
  struct PassesInDestructor {
    ~PassesInDestructor() { Pass(20); }
  };
  SpawnNamed("t", [this] {
    {
      SwitchTrap(1);
      Pass(20);
      SwitchTrap(-1);
      Log("trap ends");
    }
    {
      ExitShield shield;
      Pass(20);
      Log("shield ends");
    }
    Try("unwinding", [] {
      PassesInDestructor passes;
      throw UserError("VE");
    });
    Checkpoint();
    Log("never");
  });
  LogResult(Run({.checkpoints = 10}));
  EXPECT_THAT(log,
              ElementsAre("trap ends", "shield ends", "unwinding: UserError VE",
                          "t interrupted, limit reached"));
}

// Trace G42.
TEST_F(TimedRunTest, EachSwitchRestartsTheLimitUnlessItIsTotal) {
  SpawnRounds("a", 8);
  SpawnRounds("b", 8);
  LogResult(Run({.checkpoints = 10}));
  SpawnRounds("c", 8);
  SpawnRounds("d", 8);
  LogResult(Run({.checkpoints = 10, .total = true}));
  EXPECT_THAT(
      log, ElementsAre("a0", "b0", "a1", "b1", "a2", "b2", "nobody interrupted",
                       "c0", "d interrupted, limit reached"));
}

TEST_F(TimedRunTest, MeetingsRestartTheLimitToo) {
  const Channel<int> c;
  SpawnNamed("r", [this, c] {
    for (int n : c) {
      Pass(8);
      Log(n);
    }
  });
  SpawnNamed("s", [c] {
    for (int i = 0; i < 3; ++i) {
      Pass(8);
      c.Send(i);
    }
    c.Finish();
  });
  LogResult(Run({.checkpoints = 10}));
  EXPECT_THAT(log, ElementsAre("0", "1", "2", "nobody interrupted"));
}

// Trace G41.
TEST_F(TimedRunTest, ASoftLimitReturnsAtTheNextSwitchAndRemovesNobody) {
  const Tasklet a = SpawnRounds("a", 3000);
  const Tasklet b = SpawnRounds("b", 3000);
  LogResult(Run({.checkpoints = 1000, .soft = true}));
  Log(Ring(), ": ", StatesOf(a), ", ", StatesOf(b));
  Run();
  EXPECT_THAT(log, ElementsAre("a0", "nobody interrupted, limit reached",
                               "main b a: alive scheduled, alive scheduled",
                               "b0", "a1", "b1", "a2", "b2"));
}

TEST_F(TimedRunTest, ASoftLimitReturnsWhenTheTaskletIsAlone) {
  SpawnRounds("a", 20);
  LogResult(Run({.checkpoints = 10, .soft = true}));
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("a0", "nobody interrupted, limit reached",
                               "main a", "a1", "a2"));
}

TEST_F(TimedRunTest, ASoftLimitReturnsAtTheEndOfTheTasklet) {
  SpawnNamed("a", [this] {
    Pass(20);
    Log("a");
  });
  SpawnStep("b");
  LogResult(Run({.checkpoints = 10, .soft = true}));
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("a", "nobody interrupted, limit reached",
                               "main b", "b"));
}

TEST_F(TimedRunTest, ASoftLimitWaitsUntilAHandOverIsDone) {
  const Channel<int> c;
  SpawnNamed("r", [this, c] {
    Log("r got ", c.Receive());
    Schedule();
    Log("r ends");
  });
  SpawnNamed("s", [this, c] {
    Pass(20);
    c.Send(1);
    Log("s sent");
  });
  SpawnStep("x");
  LogResult(Run({.checkpoints = 10, .soft = true}));
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("r got 1", "nobody interrupted, limit reached",
                               "main x s r", "x", "s sent", "r ends"));
}

TEST_F(TimedRunTest, ASoftLimitWaitsWhileSwitchesAreTrapped) {
  SpawnNamed("a", [this] {
    Pass(20);
    SwitchTrap(1);
    Schedule();
    Log("alone and trapped");
    SwitchTrap(-1);
    Schedule();
    Log("a ends");
  });
  LogResult(Run({.checkpoints = 10, .soft = true}));
  Run();
  EXPECT_THAT(log, ElementsAre("alone and trapped",
                               "nobody interrupted, limit reached", "a ends"));
}

// Trace G82.
TEST_F(TimedRunTest, AThreadHasOneLimitAtATime) {
  SpawnNamed("inner", [this] {
    SpawnNamed("t", [this] {
      Pass(15);
      Log("t");
    });
    LogResult(Run({.checkpoints = 10}));
    Pass(30);
    Log("never");
  });
  LogResult(Run({.checkpoints = 20}));
  EXPECT_THAT(log, ElementsAre("t", "nobody interrupted",
                               "inner interrupted, limit reached"));
}

TEST_F(TimedRunTest, AnInterruptOfTheOuterRunMakesTheInnerReturnToo) {
  SpawnNamed("inner", [this] {
    SpawnEndless("t");
    Run();
    Log("inner Run returns");
  });
  LogResult(Run({.checkpoints = 10}));
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("t interrupted, limit reached", "main inner",
                               "inner Run returns"));
}

TEST_F(TimedRunTest, ALimitInsideAPlainRunBoundsTheInnerOne) {
  SpawnNamed("inner", [this] {
    SpawnEndless("t");
    LogResult(Run({.checkpoints = 10}));
  });
  Run();
  Log("main");
  EXPECT_THAT(log, ElementsAre("t interrupted, limit reached", "main"));
}

TEST_F(TimedRunTest, ALimitEndsWithTheRunThatAnOuterOneMakesReturn) {
  SpawnNamed("inner", [this] {
    SpawnNamed("wake", [this] {
      Tasklet::Main().Run();
      Pass(30);
      Log("not interrupted");
    });
    LogResult(Run({.checkpoints = 10}));
  });
  Run();
  Run();
  EXPECT_THAT(log, ElementsAre("not interrupted", "nobody interrupted"));
}

TEST_F(TimedRunTest, AnUncaughtErrorEndsTheLimit) {
  SpawnNamed("bad", [] { throw UserError("VE"); });
  SpawnNamed("t", [this] {
    Pass(30);
    Log("not interrupted");
  });
  Try("Run", [] { Run({.checkpoints = 10}); });
  Run();
  EXPECT_THAT(log, ElementsAre("Run: UserError VE", "not interrupted"));
}

TEST_F(TimedRunTest, AnInterruptedTaskletMayBeKilledAtItsCheckpoint) {
  SpawnNamed("t", [this] {
    const LogAtEnd unwound = AtEnd("unwound");
    for (;;) Checkpoint();
  });
  Run({.checkpoints = 10}).interrupted().Kill();
  Log("killed");
  EXPECT_THAT(log, ElementsAre("unwound", "killed"));
}

TEST_F(TimedRunTest, DroppingTheResultUnwindsTheInterrupted) {
  SpawnNamed("t", [this] {
    const LogAtEnd unwound = AtEnd("unwound");
    for (;;) Checkpoint();
  });
  (void)Run({.checkpoints = 10});
  Log("dropped");
  EXPECT_THAT(log, ElementsAre("unwound", "dropped"));
}

TEST_F(TimedRunTest, AGreenletIsInterruptedWithItsTasklet) {
  SpawnNamed("t", [this] {
    Generator<int> numbers([] {
      for (int i = 0; i < 3; ++i) {
        Pass(8);
        Yield(i);
      }
    });
    for (int n : numbers) Log(n);
  });
  const TimedRunResult result = Run({.checkpoints = 10});
  LogResult(result);
  result.interrupted().Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("0", "t interrupted, limit reached", "1", "2"));
}

TEST_F(TimedRunTest, TimeIsTestedAtCheckpoints) {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  SpawnEndless("t");
  LogResult(Run({.time = std::chrono::milliseconds(2)}));
  Log(steady_clock::now() - begin >= std::chrono::milliseconds(2));
  SpawnEndless("u");
  LogResult(Run({.checkpoints = 10, .time = std::chrono::hours(1)}));
  SpawnRounds("v", 5);
  LogResult(Run({.time = std::chrono::hours(1)}));
  EXPECT_THAT(log, ElementsAre("t interrupted, limit reached", "true",
                               "u interrupted, limit reached", "v0", "v1", "v2",
                               "nobody interrupted"));
}

TEST_F(TimedRunTest, WithoutALimitItIsAPlainRun) {
  const Channel<int> c;
  SpawnRounds("a", 100);
  SpawnNamed("r", [c] { c.Receive(); });
  const TimedRunResult result = Run(RunOptions());
  LogResult(result);
  Log(result.blocked(), " blocked");
  Pass(100);
  EXPECT_THAT(log,
              ElementsAre("a0", "a1", "a2", "nobody interrupted", "1 blocked"));
}

// Trace G61: of the flags without a limit, threadblock counts here.
TEST_F(TimedRunTest, BlockingTheThreadReturnsWhenNobodyElseCouldHelp) {
  const Channel<int> c;
  SpawnNamed("r", [c] { c.Receive(); });
  LogResult(Run({.threadblock = true}));
  EXPECT_THAT(log, ElementsAre("nobody interrupted"));
}

TEST_F(TimedRunTest, AScheduleCallbackSeesTheInterrupt) {
  const Tasklet t = SpawnEndless("t");
  SetScheduleCallback([this](const Tasklet& prev, const Tasklet& next) {
    Log(NameOf(prev), ">", NameOf(next));
  });
  LogResult(Run({.checkpoints = 10}));
  SetScheduleCallback(nullptr);
  EXPECT_THAT(log,
              ElementsAre("main>t", "t>main", "t interrupted, limit reached"));
}

TEST_F(TimedRunTest, ASoftLimitPutsTheReleaseOfWhoeverPausesOff) {
  SpawnNamed("a", [this] {
    const LogAtEnd unwound = AtEnd("a unwound");
    Pass(20);
    ScheduleRemove();  // nobody has a handle
  });
  SpawnStep("b");
  LogResult(Run({.checkpoints = 10, .soft = true}));
  Run();
  EXPECT_THAT(
      log, ElementsAre("a unwound", "nobody interrupted, limit reached", "b"));
}

}  // namespace
}  // namespace microthread
