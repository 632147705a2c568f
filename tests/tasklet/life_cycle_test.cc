// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The states of a tasklet from its making to its end, along every way that
// leads from one to another.

#include <exception>
#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class LifeCycleTest : public EventLogTest {
 public:
  // Logs the states of `t`, after what led to them.
  void LogStates(const std::string& what, const Tasklet& t) {
    Log(what, ": ", StatesOf(t));
  }

  Tasklet NewStep(const std::string& name) {
    const Tasklet t = Tasklet::New({.name = name});
    t.Bind([this, name] { LogStates("in " + name, Tasklet::Current()); });
    return t;
  }
};

TEST_F(LifeCycleTest, FromNewToEnded) {
  const Tasklet t = Tasklet::New({.name = "t"});
  LogStates("new", t);
  t.Bind([this] {
    LogStates("runs", Tasklet::Current());
    ScheduleRemove();
  });
  LogStates("bound", t);
  t.Insert();
  LogStates("inserted", t);
  t.Remove();
  LogStates("removed", t);
  t.Insert();
  Run();
  LogStates("has paused itself", t);
  t.Insert();
  LogStates("inserted again", t);
  Run();
  LogStates("ended", t);
  EXPECT_THAT(log,
              ElementsAre("new: none", "bound: alive paused",
                          "inserted: alive scheduled", "removed: alive paused",
                          "runs: current alive scheduled",
                          "has paused itself: alive paused",
                          "inserted again: alive scheduled", "ended: none"));
}

TEST_F(LifeCycleTest, AKillEndsTheUnstartedWhereverTheyAre) {
  const Tasklet scheduled = NewStep("scheduled").Insert();
  const Tasklet paused = NewStep("paused");
  const Tasklet later = NewStep("later");
  scheduled.Kill();
  paused.Kill();
  later.KillPending();
  LogStates("scheduled", scheduled);
  LogStates("paused", paused);
  LogStates("later", later);
  Run();
  LogStates("later", later);
  EXPECT_THAT(log, ElementsAre("scheduled: none", "paused: none",
                               "later: alive scheduled", "later: none"));
}

TEST_F(LifeCycleTest, RunKeepsTheCallerInTheRing) {
  const Tasklet main = Tasklet::Main();
  const Tasklet t = Tasklet::New();
  t.Bind([this, main] {
    LogStates("t", Tasklet::Current());
    LogStates("main", main);
  });
  t.Run();
  LogStates("main", main);
  LogStates("t", t);
  EXPECT_THAT(
      log,
      ElementsAre("t: current alive scheduled", "main: main alive scheduled",
                  "main: main current alive scheduled", "t: none"));
}

TEST_F(LifeCycleTest, SwitchPausesTheCaller) {
  const Tasklet main = Tasklet::Main();
  for (const bool scheduled : {false, true}) {
    const Tasklet t = Tasklet::New();
    t.Bind([this, main] { LogStates("main", main); });
    if (scheduled) t.Insert();
    t.Switch();
    LogStates("t", t);
  }
  EXPECT_THAT(log, ElementsAre("main: main alive paused", "t: none",
                               "main: main alive paused", "t: none"));
}

TEST_F(LifeCycleTest, RunningAllPausesTheCaller) {
  const Tasklet main = Tasklet::Main();
  Spawn([this, main] { LogStates("main", main); });
  Run();
  LogStates("main", main);
  EXPECT_THAT(log, ElementsAre("main: main alive paused",
                               "main: main current alive scheduled"));
}

TEST_F(LifeCycleTest, WaitersAreBlockedUntilTheirPartnerComes) {
  const Channel<int> c;
  c.set_preference(Preference::kNone);
  const Tasklet receiver = Spawn([c] { c.Receive(); });
  Run();
  LogStates("receiver", receiver);
  c.Send(1);
  LogStates("receiver", receiver);
  Run();
  LogStates("receiver", receiver);
  const Tasklet sender = Spawn([c] { c.Send(1); });
  Run();
  LogStates("sender", sender);
  c.Receive();
  LogStates("sender", sender);
  Run();
  LogStates("sender", sender);
  EXPECT_THAT(log, ElementsAre("receiver: alive blocked scheduled",
                               "receiver: alive scheduled", "receiver: none",
                               "sender: alive blocked scheduled",
                               "sender: alive scheduled", "sender: none"));
}

TEST_F(LifeCycleTest, SendersOfExceptionsAreBlockedToo) {
  const Channel<int> c;
  const Tasklet sender = Spawn(
      [c] { c.SendException(std::make_exception_ptr(UserError("sent"))); });
  Run();
  LogStates("sender", sender);
  Try("Receive", [c] { c.Receive(); });
  LogStates("sender", sender);
  Run();
  LogStates("sender", sender);
  EXPECT_THAT(log, ElementsAre("sender: alive blocked scheduled",
                               "Receive: UserError sent",
                               "sender: alive scheduled", "sender: none"));
}

TEST_F(LifeCycleTest, APreferredPartnerIsCurrentAtOnce) {
  const Channel<int> c;
  const Tasklet receiver = Spawn([this, c] {
    c.Receive();
    LogStates("receiver", Tasklet::Current());
    LogStates("main", Tasklet::Main());
  });
  Run();
  c.Send(1);
  c.set_preference(Preference::kSender);
  const Tasklet sender = Spawn([this, c] {
    c.Send(2);
    LogStates("sender", Tasklet::Current());
  });
  Run();
  c.Receive();
  LogStates("sender", sender);
  EXPECT_THAT(log,
              ElementsAre("receiver: current alive scheduled",
                          "main: main alive scheduled",
                          "sender: current alive scheduled", "sender: none"));
}

TEST_F(LifeCycleTest, AKilledWaiterIsNeitherBlockedNorAlive) {
  const Channel<int> c;
  const Tasklet at_once = Spawn([c] { c.Receive(); });
  const Tasklet later = Spawn([c] { c.Receive(); });
  Run();
  at_once.Kill();
  later.KillPending();
  LogStates("at once", at_once);
  LogStates("later", later);
  Run();
  LogStates("later", later);
  EXPECT_THAT(log, ElementsAre("at once: none", "later: alive scheduled",
                               "later: none"));
}

TEST_F(LifeCycleTest, WhoKillsItselfEnds) {
  const Tasklet t = Spawn([this] {
    LogStates("before", Tasklet::Current());
    Tasklet::Current().Kill();
    Log("never");
  });
  Run();
  LogStates("after", t);
  EXPECT_THAT(log,
              ElementsAre("before: current alive scheduled", "after: none"));
}

TEST_F(LifeCycleTest, OneThatIsRemovedCanBeRunAndSwitchedTo) {
  const Tasklet run = NewStep("run").Insert();
  const Tasklet switched = NewStep("switched").Insert();
  run.Remove();
  switched.Remove();
  run.Run();
  switched.Switch();
  LogStates("run", run);
  LogStates("switched", switched);
  EXPECT_THAT(log, ElementsAre("in run: current alive scheduled",
                               "in switched: current alive scheduled",
                               "run: none", "switched: none"));
}

}  // namespace
}  // namespace microthread
