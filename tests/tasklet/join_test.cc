// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Join waits until a tasklet has ended.

#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class JoinTest : public EventLogTest {
 protected:
  Tasklet SpawnJoiner(std::string_view name, const Tasklet& target) {
    return SpawnNamed(name, [this, name = std::string(name), target] {
      Try(name, [target] { target.Join(); });
    });
  }
};

TEST_F(JoinTest, MainMayJoinAndTheOthersRunMeanwhile) {
  const Tasklet t = SpawnTwoSteps("t");
  SpawnTwoSteps("u");
  t.Join();
  Log("joined, t ", StatesOf(t));
  Run();
  EXPECT_THAT(log, ElementsAre("t", "u", "t'", "u'", "joined, t none"));
}

TEST_F(JoinTest, JoiningTheEndedReturnsAtOnce) {
  const Tasklet t = SpawnStep("t");
  Run();
  SpawnStep("u");
  t.Join();
  Tasklet::New().Join();
  Log("joined");
  EXPECT_THAT(log, ElementsAre("t", "joined"));
}

TEST_F(JoinTest, AllWhoJoinAreWokenInTheOrderInWhichTheyCame) {
  const Tasklet t = SpawnNamed("t", [this] {
    Schedule();
    Log("t ends");
  });
  for (const char* name : {"1", "2", "3"}) SpawnJoiner(name, t);
  SpawnNamed("by", [this] {
    Schedule();
    Log("by");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("t ends", "by", "1: ok", "2: ok", "3: ok"));
}

TEST_F(JoinTest, TheJoinedIsDeadWhenItsJoinersRun) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t's destructors");
    Schedule();
  });
  SpawnNamed("j", [this, t] {
    t.Join();
    Log("t ", StatesOf(t));
  });
  Run();
  EXPECT_THAT(log, ElementsAre("t's destructors", "t none"));
}

TEST_F(JoinTest, AKillWakesTheJoinersToo) {
  const Tasklet started = SpawnNamed("started", [] { ScheduleRemove(); });
  SpawnJoiner("j1", started);
  const Tasklet unstarted = SpawnStep("never");
  unstarted.Remove();
  SpawnJoiner("j2", unstarted);
  Run();
  started.Kill();
  unstarted.Kill();
  Log("killed");
  Run();
  EXPECT_THAT(log, ElementsAre("killed", "j1: ok", "j2: ok"));
}

TEST_F(JoinTest, AnUncaughtErrorGoesToRunAndTheJoinIsFine) {
  const Tasklet t = SpawnNamed("t", [] {
    Schedule();
    throw UserError("VE");
  });
  SpawnJoiner("j", t);
  Try("Run", [] { Run(); });
  Run();
  EXPECT_THAT(log, ElementsAre("Run: UserError VE", "j: ok"));
}

TEST_F(JoinTest, OneCannotJoinOneselfOrAMainTasklet) {
  SpawnNamed("t", [this] {
    Try("itself", [] { Tasklet::Current().Join(); });
    Try("main", [] { Tasklet::Main().Join(); });
  });
  Run();
  Try("main itself", [] { Tasklet::Main().Join(); });
  EXPECT_THAT(
      log, ElementsAre("itself: CurrentTaskletError", "main: MainTaskletError",
                       "main itself: CurrentTaskletError"));
}

TEST_F(JoinTest, AJoinerMayBeKilled) {
  const Tasklet t = SpawnTwoSteps("t");
  const Tasklet j = SpawnNamed("j", [this, t] {
    const LogAtEnd guard = AtEnd("j unwound");
    t.Join();
    Log("never");
  });
  Schedule();
  j.Kill();
  Log("j ", StatesOf(j));
  Run();
  EXPECT_THAT(log, ElementsAre("t", "j unwound", "j none", "t'"));
}

TEST_F(JoinTest, AnErrorThrownIntoAJoinerComesOutOfItsJoin) {
  const Tasklet t = SpawnNamed("t", [] { ScheduleRemove(); });
  const Tasklet j = SpawnJoiner("j", t);
  const Tasklet k = SpawnJoiner("k", t);
  Run();
  j.Raise<UserError>("at once");
  k.ThrowPending(std::make_exception_ptr(UserError("pending")));
  t.Kill();
  Run();
  EXPECT_THAT(log, ElementsAre("j: UserError at once", "k: UserError pending"));
}

TEST_F(JoinTest, WaitingForWhatNobodyCanEndIsADeadlock) {
  const Tasklet paused = SpawnStep("paused");
  paused.Remove();
  Try("main", [paused] { paused.Join(); });
  Log(Ring());
  EXPECT_THAT(log, ElementsAre("main: DeadlockError", "main"));
}

TEST_F(JoinTest, TheLastToWaitGetsTheDeadlockWhileMainJoins) {
  const Channel<int> c;
  const Tasklet t =
      SpawnNamed("t", [this, c] { Try("t", [c] { c.Receive(); }); });
  t.Join();
  Log("joined");
  EXPECT_THAT(log, ElementsAre("t: DeadlockError", "joined"));
}

TEST_F(JoinTest, TheBlockTrapForbidsIt) {
  const Tasklet t = SpawnStep("t");
  Tasklet::Main().set_block_trap(true);
  Try("join", [t] { t.Join(); });
  Tasklet::Main().set_block_trap(false);
  Run();
  Tasklet::Main().set_block_trap(true);
  Try("join of the ended", [t] { t.Join(); });
  Tasklet::Main().set_block_trap(false);
  EXPECT_THAT(
      log, ElementsAre("join: BlockTrapError", "t", "join of the ended: ok"));
}

TEST_F(JoinTest, AJoinerIsBlockedAndCannotBeInserted) {
  const Tasklet t = SpawnNamed("t", [] { ScheduleRemove(); });
  const Tasklet j = SpawnJoiner("j", t);
  const RunResult result = Run();
  Log(StatesOf(j), ", blocked ", result.blocked());
  Try("insert", [j] { j.Insert(); });
  t.Kill();
  Run();
  EXPECT_THAT(log, ElementsAre("alive blocked scheduled, blocked 1",
                               "insert: TaskletBlockedError", "j: ok"));
}

TEST_F(JoinTest, TaskletsMayBeJoinedInAChain) {
  Tasklet before = SpawnTwoSteps("0");
  for (const char* name : {"1", "2", "3"}) before = SpawnJoiner(name, before);
  before.Join();
  Log("main");
  EXPECT_THAT(log, ElementsAre("0", "0'", "1: ok", "2: ok", "3: ok", "main"));
}

TEST_F(JoinTest, JoiningATaskletThatIsBoundAgainWaitsForItsNewLife) {
  const Tasklet t = SpawnStep("first");
  t.Join();
  t.Bind([this] { Log("second"); }).Insert();
  t.Join();
  Log("joined twice");
  EXPECT_THAT(log, ElementsAre("first", "second", "joined twice"));
}

TEST_F(JoinTest, TheJoinerKeepsTheTaskletThatItJoins) {
  Tasklet t = SpawnTwoSteps("t");
  SpawnNamed("j", [this, t] {
    t.Join();
    Log("j, t ", StatesOf(t));
  });
  t = Tasklet();
  Run();
  EXPECT_THAT(log, ElementsAre("t", "t'", "j, t none"));
}

}  // namespace
}  // namespace microthread
