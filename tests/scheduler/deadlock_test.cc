// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What happens when nobody is left who could wake the waiting. "Trace" is a
// recording of the same program under Stackless Python 3.7.5.

#include <memory>
#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using DeadlockTest = EventLogTest;

// Trace G29.
TEST_F(DeadlockTest, MainAloneCannotWait) {
  const Channel<int> c;
  Try("Receive", [c] { c.Receive(); });
  Log("balance ", c.balance());
  Try("Send", [c] { c.Send(1); });
  Log("balance ", c.balance(), ", ", Ring());
  EXPECT_THAT(log, ElementsAre("Receive: DeadlockError", "balance 0",
                               "Send: DeadlockError", "balance 0, main"));
}

// Trace G30.
TEST_F(DeadlockTest, MainGetsTheErrorWhenTheLastTaskletEnds) {
  const Channel<int> c;
  SpawnStep("t");
  Try("Receive", [c] { c.Receive(); });
  SpawnStep("u");
  Try("Send", [c] { c.Send(1); });
  Log("balance ", c.balance(), ", ", Ring());
  EXPECT_THAT(log, ElementsAre("t", "Receive: DeadlockError", "u",
                               "Send: DeadlockError", "balance 0, main"));
}

// Trace G31.
TEST_F(DeadlockTest, TheLastToWaitGetsTheErrorAndMayHelpMain) {
  const Channel<std::string> for_main;
  const Channel<int> c;
  SpawnNamed("t", [this, for_main, c] {
    Try("t", [c] { c.Receive(); });
    Log("balance ", c.balance(), ", ", Ring());
    for_main.Send("fine");
  });
  Log("main gets ", for_main.Receive());
  EXPECT_THAT(
      log, ElementsAre("t: DeadlockError", "balance 0, t", "main gets fine"));
}

// Trace G32.
TEST_F(DeadlockTest, AnUncaughtDeadlockGoesToMainLikeAnyError) {
  const Channel<int> for_main;
  const Channel<int> c;
  Spawn([this, c] {
    const LogAtEnd guard = AtEnd("t unwound");
    c.Receive();
  });
  Try("main", [for_main] { for_main.Receive(); });
  Log("balances ", for_main.balance(), " ", c.balance());
  EXPECT_THAT(log,
              ElementsAre("t unwound", "main: DeadlockError", "balances 0 0"));
}

TEST_F(DeadlockTest, WhatMainIsSendingOutlivesAnErrorInAnotherTasklet) {
  const Channel<std::unique_ptr<int>> for_main;
  const Channel<int> c;
  SpawnNamed("t", [this, for_main, c] {
    Try("t", [c] { c.Receive(); });
    Log("queue ", QueueOf(for_main));
    Log("t got ", *for_main.Receive());
  });
  for_main.Send(std::make_unique<int>(7));
  Log("main sent");
  EXPECT_THAT(log, ElementsAre("t: DeadlockError", "queue main", "t got 7",
                               "main sent"));
}

TEST_F(DeadlockTest, AfterTheErrorTheSameWaitMaySucceed) {
  const Channel<int> c;
  Try("main", [c] { c.Receive(); });
  SpawnNamed("s", [c] { c.Send(5); });
  Log("main got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("main: DeadlockError", "main got 5"));
}

TEST_F(DeadlockTest, ThoseWhoWaitedBeforeStayInTheirPlaces) {
  const Channel<int> c;
  const Channel<int> for_main;
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name, c] { Log(name, " got ", c.Receive()); });
  }
  SpawnNamed("t", [this, c, for_main] {
    Schedule();
    Try("t", [c] { c.Receive(); });
    Log("queue ", QueueOf(c));
    for (int i : {1, 2}) c.Send(i);
    for_main.Send(3);
  });
  Log("main got ", for_main.Receive());
  EXPECT_THAT(log, ElementsAre("t: DeadlockError", "queue a b", "a got 1",
                               "b got 2", "main got 3"));
}

TEST_F(DeadlockTest, WithMainInRunTheLastToWaitJustWaits) {
  const Channel<int> c;
  Spawn([this, c] {
    Log("waits");
    Log("got ", c.Receive());
  });
  Run();
  Log("main");
  c.Send(1);
  EXPECT_THAT(log, ElementsAre("waits", "main", "got 1"));
}

TEST_F(DeadlockTest, ATaskletInRunIsWokenThoughMainWaits) {
  const Channel<int> for_main;
  SpawnNamed("inner", [this, for_main] {
    const Channel<int> c;
    SpawnNamed("waiter", [c] { c.Receive(); });
    Log("blocked ", Run().blocked());
    for_main.Send(1);
  });
  Log("main got ", for_main.Receive());
  EXPECT_THAT(log, ElementsAre("blocked 2", "main got 1"));
}

TEST_F(DeadlockTest, PausingTheLastTaskletWhileMainWaitsIsADeadlock) {
  const Channel<int> for_main;
  SpawnNamed("t", [this, for_main] {
    Try("t", [] { ScheduleRemove(); });
    Log(Ring());
    for_main.Send(1);
  });
  Log("main got ", for_main.Receive());
  EXPECT_THAT(log, ElementsAre("t: DeadlockError", "t", "main got 1"));
}

TEST_F(DeadlockTest, ALoopOverAChannelWithoutSendersThrows) {
  const Channel<int> c;
  Try("loop", [c] {
    for (int value : c) (void)value;
  });
  EXPECT_THAT(log, ElementsAre("loop: DeadlockError"));
}

TEST_F(DeadlockTest, ATemporaryChannelCannotBeMet) {
  Try("Receive", [] { Channel<int>().Receive(); });
  Try("Send", [] { Channel<int>().Send(1); });
  Spawn([this] {
    const LogAtEnd guard = AtEnd("unwound");
    Channel<int>().Receive();
  });
  Log("blocked ", Run().blocked());
  EXPECT_THAT(log, ElementsAre("Receive: DeadlockError", "Send: DeadlockError",
                               "blocked 1"));
}

}  // namespace
}  // namespace microthread
