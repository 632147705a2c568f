// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasklets that change their thread, or outlive it; and what other threads see
// of the ring of their own.

#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class DeadThreadTest : public EventLogTest {
 public:
  Tasklet NewStep(const std::string& name) {
    const Tasklet t = Tasklet::New({.name = name});
    t.Bind([this, name] {
      Log(name, " runs, ", Tasklet::Main() == main_ ? "here" : "elsewhere");
    });
    return t;
  }

  // Tries everything on a tasklet.
  void TryAll(const Tasklet& t) {
    Try("Insert", [t] { t.Insert(); });
    Try("Remove", [t] { t.Remove(); });
    Try("Run", [t] { t.Run(); });
    Try("Switch", [t] { t.Switch(); });
    Try("Join", [t] { t.Join(); });
    Try("Raise", [t] { t.Raise<UserError>("VE"); });
    Try("ThrowPending",
        [t] { t.ThrowPending(std::make_exception_ptr(UserError("VE"))); });
    Try("KillPending", [t] { t.KillPending(); });
    Try("Kill", [t] { t.Kill(); });
  }

 private:
  const Tasklet main_ = Tasklet::Main();
};

TEST_F(DeadThreadTest, EachThreadHasAMainTaskletOfItsOwn) {
  const Tasklet main = Tasklet::Main();
  std::thread([this, main] {
    Log(Tasklet::Main() == main, ", ", Tasklet::Current() == Tasklet::Main(),
        ", ", StatesOf(main));
  }).join();
  EXPECT_THAT(log, ElementsAre("false, true, main current alive scheduled"));
}

TEST_F(DeadThreadTest, OperationsFromElsewhereLeaveTheCallersRingAlone) {
  const Tasklet t = NewStep("t");
  std::thread([this, t] {
    t.Insert();
    Log(Ring());
    t.Remove();
    Log(Ring());
    t.Run();
    Log(Ring());
  }).join();
  Schedule();
  EXPECT_THAT(log, ElementsAre("main", "main", "main", "t runs, here"));
}

TEST_F(DeadThreadTest, AnUnstartedTaskletIsSetUpFromElsewhere) {
  const Tasklet t = Tasklet::New({.name = "t"});
  std::thread([this, t] {
    t.BindFunction([this](int n) { Log("t runs with ", n); });
    t.Setup(1);
  }).join();
  Log("main");
  Schedule();
  EXPECT_THAT(log, ElementsAre("main", "t runs with 1"));
}

TEST_F(DeadThreadTest, AnUnstartedTaskletIsBoundAndInsertedFromElsewhere) {
  const Tasklet t = Tasklet::New({.name = "t"});
  std::thread([this, t] {
    t.Bind([this] { Log("t runs"); });
    t.Insert();
  }).join();
  Log("main");
  Schedule();
  EXPECT_THAT(log, ElementsAre("main", "t runs"));
}

TEST_F(DeadThreadTest, OneThatMovesAwayInTimeOutlivesItsThread) {
  const Channel<Tasklet> handles;
  const Channel<void> moved;
  std::thread maker([this, handles, moved] {
    const Tasklet t = NewStep("t");
    t.Insert();
    t.Remove();
    handles.Send(t);
    moved.Receive();
  });
  const Tasklet t = handles.Receive();
  t.BindThread();
  moved.Send();
  maker.join();
  t.Insert();
  Run();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("t runs, here", "none"));
}

TEST_F(DeadThreadTest, BindingToTheOwnThreadChangesNothing) {
  const Tasklet t = NewStep("t");
  t.BindThread();
  t.Insert();
  t.BindThread();
  Run();
  EXPECT_THAT(log, ElementsAre("t runs, here"));
}

TEST_F(DeadThreadTest, OneInTheRingOfALivingThreadCannotBeMoved) {
  const Tasklet t = SpawnStep("t");
  std::thread([this, t] { Try("BindThread", [t] { t.BindThread(); }); }).join();
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("BindThread: WrongThreadError", "main t", "t"));
}

TEST_F(DeadThreadTest, AStartedOneCannotBeMoved) {
  const Tasklet t = SpawnNamed("t", [] { ScheduleRemove(); });
  Run();
  std::thread([this, t] { Try("BindThread", [t] { t.BindThread(); }); }).join();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("BindThread: WrongThreadError", "alive paused"));
}

TEST_F(DeadThreadTest, OnesThatNeverRanCanBeRescued) {
  Tasklet in_ring;
  Tasklet removed;
  std::thread([this, &in_ring, &removed] {
    in_ring = NewStep("in ring").Insert();
    removed = NewStep("removed").Insert();
    removed.Remove();
  }).join();
  Log(StatesOf(in_ring), ", ", StatesOf(removed));
  for (const Tasklet& t : {in_ring, removed}) {
    t.BindThread();
    t.Insert();
  }
  Run();
  EXPECT_THAT(log, ElementsAre("alive paused, alive paused",
                               "in ring runs, here", "removed runs, here"));
}

TEST_F(DeadThreadTest, OperationsOnOneThatNeverRanFailOrDoNothing) {
  Tasklet t;
  std::thread([this, &t] { t = NewStep("t"); }).join();
  TryAll(t);
  Log(StatesOf(t));
  EXPECT_THAT(
      log, ElementsAre("Insert: WrongThreadError", "Remove: WrongThreadError",
                       "Run: WrongThreadError", "Switch: WrongThreadError",
                       "Join: WrongThreadError", "Raise: WrongThreadError",
                       "ThrowPending: WrongThreadError", "KillPending: ok",
                       "Kill: ok", "none"));
}

TEST_F(DeadThreadTest, OperationsOnOneThatEndedWithItsThreadFailOrDoNothing) {
  Tasklet t;
  std::thread([&t] {
    t = Spawn([] { ScheduleRemove(); });
    Run();
  }).join();
  TryAll(t);
  Log(StatesOf(t));
  EXPECT_THAT(
      log, ElementsAre("Insert: DeadTaskletError", "Remove: WrongThreadError",
                       "Run: DeadTaskletError", "Switch: WrongThreadError",
                       "Join: WrongThreadError", "Raise: DeadTaskletError",
                       "ThrowPending: DeadTaskletError", "KillPending: ok",
                       "Kill: ok", "none"));
}

TEST_F(DeadThreadTest, AMainTaskletIsDeadAfterItsThread) {
  Tasklet main;
  std::thread([&main] { main = Tasklet::Main(); }).join();
  Log(StatesOf(main));
  Try("Insert", [main] { main.Insert(); });
  main.Kill();
  EXPECT_THAT(log, ElementsAre("main", "Insert: DeadTaskletError"));
}

}  // namespace
}  // namespace microthread
