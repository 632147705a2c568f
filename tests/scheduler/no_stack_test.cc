// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet takes its stack when its first turn comes. If there is none, it
// ends there; everybody else goes on.

#include <memory>
#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using NoStackTest = EventLogTest;

TEST_F(NoStackTest, TheTaskletEndsWithoutRunningAndTheErrorComesOutOfRun) {
  SpawnNamed("1", [this] {
    Log("1");
    testing::FailNextStack();
    Schedule();
    Log("1'");
  });
  SpawnStep("2");
  SpawnStep("3");
  Try("Run", [] { Run(); });
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("1", "Run: ResourceExhaustedError", "main 3 1",
                               "3", "1'"));
}

TEST_F(NoStackTest, TheClosureIsDestroyedAndTheTaskletCountsAsEnded) {
  const Tasklet t = SpawnNamed(
      "t", [guard = std::make_shared<LogAtEnd>(&log, "closure destroyed")] {});
  testing::FailNextStack();
  Try("Run", [] { Run(); });
  Log("t ", StatesOf(t), ", stacks ", testing::CountLiveObjects().stacks);
  t.Join();
  Try("t.Run", [t] { t.Run(); });
  EXPECT_THAT(log,
              ElementsAre("closure destroyed", "Run: ResourceExhaustedError",
                          "t none, stacks 0", "t.Run: DeadTaskletError"));
}

TEST_F(NoStackTest, ItCanBeBoundAgain) {
  const Tasklet t = SpawnStep("t");
  testing::FailNextStack();
  Try("Run", [] { Run(); });
  t.Bind([this] { Log("second life"); }).Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("Run: ResourceExhaustedError", "second life"));
}

TEST_F(NoStackTest, TheErrorComesOutOfWhateverMainWaitsIn) {
  const Channel<int> c;
  SpawnStep("t");
  SpawnNamed("s", [c] { c.Send(1); });
  testing::FailNextStack();
  Try("Receive", [c] { c.Receive(); });
  Log("balance ", c.balance());
  Log("got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("Receive: ResourceExhaustedError", "balance 0",
                               "got 1"));
}

TEST_F(NoStackTest, WhenATaskletRunsAnotherTheErrorGoesToMain) {
  const Tasklet t = SpawnStep("t");
  const Tasklet u = SpawnNamed("u", [this, t] {
    testing::FailNextStack();
    t.Run();
    Log("u goes on");
  });
  Try("main", [u] { u.Run(); });
  Run();
  EXPECT_THAT(log, ElementsAre("main: ResourceExhaustedError", "u goes on"));
}

TEST_F(NoStackTest, SeveralFailOneAfterTheOther) {
  for (const std::string name : {"1", "2", "3"}) SpawnStep(name);
  testing::FailNextStack(2);
  for (int i = 0; i < 3; ++i) Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("Run: ResourceExhaustedError",
                               "Run: ResourceExhaustedError", "3", "Run: ok"));
}

TEST_F(NoStackTest, ATaskletThatIsKilledBeforeItStartsJustEnds) {
  const Tasklet t = SpawnStep("t");
  testing::FailNextStack();
  Try("Kill", [t] { t.Kill(); });
  Log("t ", StatesOf(t));
  const Tasklet u = SpawnStep("u");
  testing::FailNextStack(1);
  Try("Raise", [u] { u.Raise<UserError>("VE"); });
  testing::FailNextStack(0);
  EXPECT_THAT(log, ElementsAre("Kill: ok", "t none", "Raise: UserError VE"));
}

}  // namespace
}  // namespace microthread
