// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// While a switch trap is set, what would switch throws and changes nothing, and
// what does not switch is allowed. "Trace" is a recording of the same program
// under Stackless Python 3.7.5.

#include <exception>
#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using SwitchTrapTest = EventLogTest;

// A switch trap that ends with its scope.
class Trap {
 public:
  Trap() { SwitchTrap(1); }
  ~Trap() { SwitchTrap(-1); }
};

TEST_F(SwitchTrapTest, ReturnsItsFormerLevel) {
  for (int delta : {1, 1, 0, -1, -1, 0}) Log(SwitchTrap(delta));
  EXPECT_THAT(log, ElementsAre("0", "1", "2", "2", "1", "0"));
}

// Trace G45.
TEST_F(SwitchTrapTest, WhatWouldSwitchThrowsAndChangesNothing) {
  const Tasklet t = SpawnStep("t");
  SpawnStep("u");
  const Channel<int> c;
  {
    Trap trap;
    Try("Schedule", [] { Schedule(); });
    Try("ScheduleRemove", [] { ScheduleRemove(); });
    Try("Run", [] { Run(); });
    Try("t.Run", [t] { t.Run(); });
    Try("t.Switch", [t] { t.Switch(); });
    Try("t.Kill", [t] { t.Kill(); });
    Try("t.Raise", [t] { t.Raise<UserError>("VE"); });
    Try("t.Join", [t] { t.Join(); });
    Try("Send", [c] { c.Send(1); });
    Try("Receive", [c] { c.Receive(); });
    Log(Ring(), "; balance ", c.balance(), "; t ", StatesOf(t));
  }
  Run();
  EXPECT_THAT(
      log, ElementsAre("Schedule: SwitchTrapError",
                       "ScheduleRemove: SwitchTrapError",
                       "Run: SwitchTrapError", "t.Run: SwitchTrapError",
                       "t.Switch: SwitchTrapError", "t.Kill: SwitchTrapError",
                       "t.Raise: SwitchTrapError", "t.Join: SwitchTrapError",
                       "Send: SwitchTrapError", "Receive: SwitchTrapError",
                       "main t u; balance 0; t alive scheduled", "t", "u"));
}

// Trace G45, its second part.
TEST_F(SwitchTrapTest, AMeetingIsAllowedIfTheCallerRunsOn) {
  const Channel<int> c;
  for (const std::string name : {"r1", "r2"}) {
    SpawnNamed(name, [this, name, c] { Log(name, " got ", c.Receive()); });
  }
  Run();
  {
    Trap trap;
    Try("to the receiver", [c] { c.Send(1); });
    c.set_preference(Preference::kSender);
    Try("to the sender", [c] { c.Send(2); });
    c.set_schedule_all(true);
    Try("to the next", [c] { c.Send(3); });
    c.set_schedule_all(false);
    Log("balance ", c.balance());
    c.set_preference(Preference::kNone);
    Try("to nobody", [c] { c.Send(4); });
    Log(Ring());
  }
  Run();
  EXPECT_THAT(
      log, ElementsAre("to the receiver: SwitchTrapError", "to the sender: ok",
                       "to the next: SwitchTrapError", "balance -1",
                       "to nobody: ok", "main r1 r2", "r1 got 2", "r2 got 4"));
}

TEST_F(SwitchTrapTest, AReceiverThatWouldHandOverKeepsTheSenderWaiting) {
  const Channel<int> c;
  SpawnNamed("s", [this, c] {
    c.Send(7);
    Log("sent");
  });
  Run();
  c.set_preference(Preference::kSender);
  {
    Trap trap;
    Try("Receive", [c] { c.Receive(); });
    Log("queue ", QueueOf(c));
  }
  Log("got ", c.Receive());
  EXPECT_THAT(
      log, ElementsAre("Receive: SwitchTrapError", "queue s", "sent", "got 7"));
}

TEST_F(SwitchTrapTest, WhatDoesNotSwitchIsAllowed) {
  const Tasklet dead = SpawnStep("dead");
  dead.Kill();
  const Tasklet t = SpawnStep("t");
  t.Remove();
  Trap trap;
  Try("Schedule", [] { Schedule(); });
  Try("Run", [] { Run(); });
  Try("ScheduleRemove", [] { ScheduleRemove(); });
  Try("Main.Run", [] { Tasklet::Main().Run(); });
  Try("Main.Switch", [] { Tasklet::Main().Switch(); });
  Try("dead.Kill", [dead] { dead.Kill(); });
  Try("dead.Join", [dead] { dead.Join(); });
  Try("t.Insert", [t] { t.Insert(); });
  Try("t.Remove", [t] { t.Remove(); });
  Try("t.KillPending", [t] { t.KillPending(); });
  Try("Spawn", [this] { SpawnStep("new"); });
  Log(Ring());
  EXPECT_THAT(log,
              ElementsAre("Schedule: ok", "Run: ok", "ScheduleRemove: ok",
                          "Main.Run: ok", "Main.Switch: ok", "dead.Kill: ok",
                          "dead.Join: ok", "t.Insert: ok", "t.Remove: ok",
                          "t.KillPending: ok", "Spawn: ok", "main t new"));
}

TEST_F(SwitchTrapTest, OtherErrorsComeFirst) {
  const Channel<int> c;
  const Channel<int> closed;
  closed.Close();
  const Tasklet waiter = SpawnNamed("waiter", [c] { c.Receive(); });
  Run();
  const Tasklet dead = Tasklet::New();
  SpawnStep("t");
  Trap trap;
  Try("waiter.Run", [waiter] { waiter.Run(); });
  Try("waiter.Switch", [waiter] { waiter.Switch(); });
  Try("dead.Run", [dead] { dead.Run(); });
  Try("dead.Switch", [dead] { dead.Switch(); });
  Try("dead.Raise", [dead] { dead.Raise<UserError>("VE"); });
  Try("closed.Receive", [closed] { closed.Receive(); });
  Try("closed.Send", [closed] { closed.Send(1); });
  Tasklet::Main().set_block_trap(true);
  Try("block trap", [closed] { closed.Receive(); });
  Tasklet::Main().set_block_trap(false);
  EXPECT_THAT(log, ElementsAre("waiter.Run: TaskletBlockedError",
                               "waiter.Switch: TaskletBlockedError",
                               "dead.Run: DeadTaskletError",
                               "dead.Switch: DeadTaskletError",
                               "dead.Raise: DeadTaskletError",
                               "closed.Receive: ChannelClosedError",
                               "closed.Send: ChannelClosedError",
                               "block trap: BlockTrapError"));
}

TEST_F(SwitchTrapTest, ThrowingIntoOneselfIsAllowed) {
  Trap trap;
  Try("Raise", [] { Tasklet::Current().Raise<UserError>("now"); });
  Try("ThrowPending", [] {
    Tasklet::Current().ThrowPending(
        std::make_exception_ptr(UserError("also now")));
  });
  EXPECT_THAT(log, ElementsAre("Raise: UserError now",
                               "ThrowPending: UserError also now"));
}

TEST_F(SwitchTrapTest, ALoneBlockerIsADeadlockOrASwitchToWhoeverIsInRun) {
  const Channel<int> c;
  {
    Trap trap;
    Try("main alone", [c] { c.Receive(); });
  }
  SpawnNamed("t", [this, c] {
    Trap trap;
    Try("main in Run()", [c] { c.Receive(); });
    Try("main in Run()", [] { ScheduleRemove(); });
    Log(Ring());
  });
  Run();
  EXPECT_THAT(log, ElementsAre("main alone: DeadlockError",
                               "main in Run(): SwitchTrapError",
                               "main in Run(): SwitchTrapError", "t"));
}

TEST_F(SwitchTrapTest, TheEndOfATaskletSwitchesAllTheSame) {
  SpawnNamed("t", [this] { Log("t from ", SwitchTrap(1)); });
  SpawnStep("u");
  Run();
  Log("main from ", SwitchTrap(-1));
  EXPECT_THAT(log, ElementsAre("t from 0", "u", "main from 1"));
}

}  // namespace
}  // namespace microthread
