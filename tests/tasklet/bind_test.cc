// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The states of a tasklet, and the operations that change them without running
// anybody: New, Bind, Insert, Remove.

#include <memory>
#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using BindTest = EventLogTest;

TEST_F(BindTest, ANewTaskletIsNothingUntilItIsBound) {
  const Tasklet t = Tasklet::New({.name = "t"});
  Log(StatesOf(t), ", ", t.name());
  Try("Insert", [t] { t.Insert(); });
  Try("Run", [t] { t.Run(); });
  Try("Switch", [t] { t.Switch(); });
  t.Remove();
  t.Kill();
  t.KillPending();
  Try("Raise", [t] { t.Raise<UserError>("VE"); });
  Try("ThrowPending",
      [t] { t.ThrowPending(std::make_exception_ptr(UserError("VE"))); });
  Log(StatesOf(t), ", ", Ring());
  EXPECT_THAT(log,
              ElementsAre("none, t", "Insert: DeadTaskletError",
                          "Run: DeadTaskletError", "Switch: DeadTaskletError",
                          "Raise: DeadTaskletError",
                          "ThrowPending: DeadTaskletError", "none, main"));
}

TEST_F(BindTest, ABoundTaskletIsPausedUntilItIsInserted) {
  const Tasklet t = Tasklet::New({.name = "t"});
  Log(t.Bind([this] { Log("runs"); }) == t);
  Log(StatesOf(t), ", ", Ring());
  Log(t.Insert() == t);
  Log(StatesOf(t), ", ", Ring());
  Log(t.Remove() == t);
  Log(StatesOf(t), ", ", Ring());
  t.Insert();
  Run();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("true", "alive paused, main", "true",
                               "alive scheduled, main t", "true",
                               "alive paused, main", "runs", "none"));
}

TEST_F(BindTest, BindPassesArguments) {
  const Tasklet t = Tasklet::New();
  t.Bind(
      [this](std::unique_ptr<int> a, const std::string& b) { Log(*a, " ", b); },
      std::make_unique<int>(1), "two");
  t.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("1 two"));
}

// Trace G47.
TEST_F(BindTest, AnEndedTaskletCanBeBoundAndRunAgain) {
  const Tasklet t = SpawnStep("first life");
  Run();
  Log(StatesOf(t));
  t.Bind([this] {
     Log("second life");
     Schedule();
     Log("ends");
   }).Insert();
  Run();
  Log(StatesOf(t));
  EXPECT_THAT(log,
              ElementsAre("first life", "none", "second life", "ends", "none"));
}

// The fact of trace G88.
TEST_F(BindTest, AFunctionAloneIsNotAliveUntilItIsSetUp) {
  const Tasklet t = Tasklet::New({.name = "t"});
  t.BindFunction([this](int n, const std::string& text) { Log(n, " ", text); });
  Log(StatesOf(t));
  Try("Insert", [t] { t.Insert(); });
  Log(t.Setup(1, std::string("one")) == t);
  Log(StatesOf(t), ", ", Ring());
  Try("Setup", [t] { t.Setup(2, std::string("two")); });
  Run();
  Log(StatesOf(t));
  Try("Setup", [t] { t.Setup(3, std::string("three")); });
  EXPECT_THAT(log,
              ElementsAre("none", "Insert: DeadTaskletError", "true",
                          "alive scheduled, main t", "Setup: AliveTaskletError",
                          "1 one", "none", "Setup: DeadTaskletError"));
}

TEST_F(BindTest, ArgumentsOfOtherTypesAreRefusedAndTheFunctionStays) {
  const Tasklet t = Tasklet::New();
  t.BindFunction([this](std::unique_ptr<int> n) { Log(*n); });
  Try("none", [t] { t.Setup(); });
  Try("int", [t] { t.Setup(1); });
  Try("two", [t] { t.Setup(std::make_unique<int>(1), 2); });
  Log(StatesOf(t), ", ", Ring());
  t.Setup(std::make_unique<int>(3));
  t.Remove().Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("none: MessageError", "int: MessageError",
                               "two: MessageError", "none, main", "3"));
}

TEST_F(BindTest, WhatIsBoundLastCounts) {
  struct Plain {
    static void Add(int a, EventLog* log) {
      log->push_back("sum " + std::to_string(a + 1));
    }
  };
  const Tasklet t = Tasklet::New();
  const auto held = std::make_shared<int>(0);
  t.BindFunction([held] {});
  Log("held by ", held.use_count());
  t.BindFunction(&Plain::Add);
  Log("held by ", held.use_count());
  t.Setup(1, &log);
  Run();
  t.BindFunction([held] {});
  t.Bind([this] { Log("bound"); });
  Log("held by ", held.use_count());
  t.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("held by 2", "held by 1", "sum 2", "held by 1",
                               "bound"));
}

TEST_F(BindTest, UnbindTakesAwayWhatWasBound) {
  const auto held = std::make_shared<int>(0);
  const Tasklet t = Tasklet::New();
  t.Unbind();
  t.Bind([held] {});
  Log(t.Unbind() == t);
  Log(StatesOf(t), ", held by ", held.use_count());
  t.BindFunction([held] {}).Unbind();
  Try("Setup", [t] { t.Setup(); });
  Log("held by ", held.use_count());
  const Tasklet removed = SpawnStep("removed").Remove();
  removed.Unbind();
  Try("Insert", [removed] { removed.Insert(); });
  EXPECT_THAT(log,
              ElementsAre("true", "none, held by 1", "Setup: DeadTaskletError",
                          "held by 1", "Insert: DeadTaskletError"));
}

TEST_F(BindTest, AKilledTaskletCanBeBoundAndRunAgain) {
  const Tasklet t = SpawnTwoSteps("first life");
  Schedule();
  t.Kill();
  t.Bind([this] { Log("second life"); }).Insert();
  Run();
  const Tasklet unstarted = SpawnStep("never");
  unstarted.Kill();
  unstarted.Bind([this] { Log("a life at last"); }).Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("first life", "second life", "a life at last"));
}

TEST_F(BindTest, ATaskletThatIsAliveCannotBeBound) {
  const Channel<int> c;
  const Tasklet bound = Tasklet::New();
  bound.Bind([] {});
  const Tasklet scheduled = SpawnStep("scheduled");
  const Tasklet waiter = SpawnNamed("waiter", [c] { c.Receive(); });
  const Tasklet current = SpawnNamed("current", [this] {
    Try("current", [] { Tasklet::Current().Bind([] {}); });
  });
  const Tasklet paused = SpawnNamed("paused", [] { ScheduleRemove(); });
  Run();
  Try("bound", [bound] { bound.Bind([] {}); });
  Try("waiter", [waiter] { waiter.Bind([] {}); });
  Try("paused", [paused] { paused.Bind([] {}); });
  Try("main", [] { Tasklet::Main().Bind([] {}); });
  const Tasklet next = SpawnStep("next");
  Try("scheduled", [next] { next.Bind([] {}); });
  Run();
  EXPECT_THAT(
      log, ElementsAre("scheduled", "current: AliveTaskletError",
                       "bound: AliveTaskletError", "waiter: AliveTaskletError",
                       "paused: AliveTaskletError", "main: AliveTaskletError",
                       "scheduled: AliveTaskletError", "next"));
}

TEST_F(BindTest, InsertingTheScheduledAndRemovingThePausedDoesNothing) {
  const Tasklet a = SpawnStep("a");
  SpawnStep("b");
  a.Insert();
  Tasklet::Main().Insert();
  Log(Ring());
  a.Remove();
  a.Remove();
  Log(Ring());
  EXPECT_THAT(log, ElementsAre("main a b", "main b"));
}

TEST_F(BindTest, TheBlockedCanBeNeitherInsertedNorRemovedNorRun) {
  const Channel<int> c;
  const Tasklet t = SpawnNamed("t", [c] { c.Receive(); });
  Run();
  Log(StatesOf(t));
  Try("Insert", [t] { t.Insert(); });
  Try("Remove", [t] { t.Remove(); });
  Try("Run", [t] { t.Run(); });
  Try("Switch", [t] { t.Switch(); });
  Log(QueueOf(c), " ", c.balance(), ", ", Ring());
  EXPECT_THAT(
      log,
      ElementsAre("alive blocked scheduled", "Insert: TaskletBlockedError",
                  "Remove: TaskletBlockedError", "Run: TaskletBlockedError",
                  "Switch: TaskletBlockedError", "t -1, main"));
}

TEST_F(BindTest, TheCurrentCannotBeRemoved) {
  Try("main", [] { Tasklet::Main().Remove(); });
  SpawnNamed("t", [this] { Try("t", [] { Tasklet::Current().Remove(); }); });
  Run();
  EXPECT_THAT(
      log, ElementsAre("main: CurrentTaskletError", "t: CurrentTaskletError"));
}

TEST_F(BindTest, MainCanBeRemovedByATasklet) {
  SpawnNamed("t", [this] {
    Tasklet::Main().Remove();
    Log(Ring(), ", ", StatesOf(Tasklet::Main()));
    Schedule();
    Log("t ends");
  });
  Schedule();
  Log("main goes on");
  EXPECT_THAT(log,
              ElementsAre("t, main alive paused", "t ends", "main goes on"));
}

TEST_F(BindTest, ARemovedTaskletIsNotRun) {
  const Tasklet b = SpawnStep("b");
  SpawnNamed("a", [this, b] {
    b.Remove();
    Log("a");
  }).Run();
  Run();
  Log(StatesOf(b));
  b.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("a", "alive paused", "b"));
}

TEST_F(BindTest, AStartedTaskletMayBeRemovedAndInsertedAgain) {
  const Tasklet t = SpawnTwoSteps("t");
  Schedule();
  t.Remove();
  Run();
  Log(StatesOf(t));
  t.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("t", "alive paused", "t'"));
}

}  // namespace
}  // namespace microthread
