// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The texts of the scheduler's errors, word for word.

#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

class ErrorTextTest : public EventLogTest {
 public:
  // A tasklet with the name "t" that waits to receive from `channel`.
  Tasklet SpawnReceiver(const Channel<int>& channel) {
    return SpawnNamed("t", [channel] { channel.Receive(); });
  }
  const Channel<int> c{"c"};
  const Channel<int> d{"d"};
};

TEST_F(ErrorTextTest, OfDeadlocksOfMain) {
  const std::string rest =
      ": no other tasklet of this thread can run; let the other side run first";
  EXPECT_EQ(
      ErrorText([this] { c.Receive(); }),
      "deadlock: tasklet \"main\" cannot go on receiving on channel \"c\"" +
          rest);
  EXPECT_EQ(ErrorText([this] { c.Send(1); }),
            "deadlock: tasklet \"main\" cannot go on sending on channel \"c\"" +
                rest);
  const Tasklet t = SpawnStep("t");
  t.Remove();
  EXPECT_EQ(ErrorText([t] { t.Join(); }),
            "deadlock: tasklet \"main\" cannot go on waiting for the end of "
            "tasklet \"t\"" +
                rest);
}

TEST_F(ErrorTextTest, OfDeadlocksWhileMainWaits) {
  SpawnNamed("t", [this] {
    log.push_back(ErrorText([this] { d.Receive(); }));
    log.push_back(ErrorText([] { ScheduleRemove(); }));
    c.Send(1);
  });
  c.Receive();
  EXPECT_THAT(
      log,
      ElementsAre("deadlock: tasklet \"t\" cannot go on receiving on channel "
                  "\"d\": no other tasklet of this thread can run, and tasklet "
                  "\"main\" is receiving on channel \"c\"; let the other side "
                  "run first",
                  "deadlock: tasklet \"t\" cannot go on pausing: no other "
                  "tasklet of this thread can run, and tasklet \"main\" is "
                  "receiving on channel \"c\"; let the other side run first"));
}

TEST_F(ErrorTextTest, OfTheDeadlockWhenTheLastTaskletEnds) {
  SpawnStep("t");
  EXPECT_EQ(
      ErrorText([this] { c.Receive(); }),
      "deadlock: tasklet \"main\" is receiving on channel \"c\", and the "
      "last tasklet that could have come has ended: let somebody come, or "
      "do not wait");
  SpawnStep("t");
  EXPECT_EQ(
      ErrorText([this] { c.Send(1); }),
      "deadlock: tasklet \"main\" is sending on channel \"c\", and the "
      "last tasklet that could have come has ended: let somebody come, or "
      "do not wait");
}

TEST_F(ErrorTextTest, OfTheSwitchTrap) {
  SpawnStep("t");
  SwitchTrap(2);
  EXPECT_EQ(
      ErrorText([] { Schedule(); }),
      "tasklet \"main\" would switch to another tasklet, but the thread's "
      "switch trap is at 2: do not block or schedule here, or lower the "
      "trap first");
  SwitchTrap(-2);
}

TEST_F(ErrorTextTest, OfTheBlockTrap) {
  const Tasklet t = SpawnStep("t");
  Tasklet::Main().set_block_trap(true);
  const std::string rest =
      ", but its block trap is set: make sure that the other side waits "
      "already, "
      "or clear the trap";
  EXPECT_EQ(ErrorText([this] { c.Receive(); }),
            "tasklet \"main\" would wait, receiving on channel \"c\"" + rest);
  EXPECT_EQ(ErrorText([this] { c.Send(1); }),
            "tasklet \"main\" would wait, sending on channel \"c\"" + rest);
  EXPECT_EQ(
      ErrorText([t] { t.Join(); }),
      "tasklet \"main\" would wait, waiting for the end of tasklet \"t\"" +
          rest);
  Tasklet::Main().set_block_trap(false);
}

TEST_F(ErrorTextTest, OfOperationsOnTheBlocked) {
  const Tasklet t = SpawnReceiver(c);
  Run();
  const std::string text =
      "tasklet \"t\" cannot be run: it is receiving on channel \"c\"; give it "
      "what it waits for, or use Kill or Throw";
  EXPECT_EQ(ErrorText([t] { t.Run(); }), text);
  EXPECT_EQ(ErrorText([t] { t.Switch(); }), text);
  EXPECT_EQ(ErrorText([t] { t.Insert(); }), text);
  EXPECT_EQ(ErrorText([t] { t.Remove(); }),
            "tasklet \"t\" cannot be removed: it is receiving on channel \"c\" "
            "and not in the ring; use Kill or Throw");
}

TEST_F(ErrorTextTest, OfOperationsOnTheDead) {
  const Tasklet t = Tasklet::New({.name = "t"});
  EXPECT_EQ(ErrorText([t] { t.Run(); }),
            "tasklet \"t\" cannot be run: it has ended or was never given a "
            "function; use Bind first");
  EXPECT_EQ(
      ErrorText([t] { t.Raise<UserError>("VE"); }),
      "cannot throw into tasklet \"t\": it has ended or was never given a "
      "function");
}

TEST_F(ErrorTextTest, OfOperationsOnOneself) {
  const Tasklet t = SpawnNamed("t", [this] {
    const Tasklet self = Tasklet::Current();
    log.push_back(ErrorText([self] { self.Remove(); }));
    log.push_back(ErrorText([self] { self.Join(); }));
    log.push_back(ErrorText([] { Tasklet::Main().Join(); }));
  });
  Run();
  EXPECT_THAT(
      log, ElementsAre(
               "tasklet \"t\" cannot remove itself: use ScheduleRemove",
               "tasklet \"t\" cannot join itself: it would wait for ever",
               "tasklet \"main\" cannot be joined: it ends with its thread"));
}

TEST_F(ErrorTextTest, OfOperationsOnTaskletsOfAnotherThread) {
  const Tasklet t = SpawnStep("t");
  std::thread([this, t] {
    log.push_back(ErrorText([t] { t.Switch(); }));
    log.push_back(ErrorText([t] { t.Join(); }));
    log.push_back(ErrorText([] { Tasklet::Main().BindThread(); }));
    log.push_back(ErrorText([t] { t.BindThread(); }));
  }).join();
  EXPECT_THAT(
      log, ElementsAre("tasklet \"t\" belongs to another thread: Switch works "
                       "only on the thread of the tasklet",
                       "tasklet \"t\" belongs to another thread: Join works "
                       "only on the thread of the tasklet",
                       "ok",
                       "tasklet \"t\" cannot move to this thread: it stands in "
                       "the ring of its own; remove it from there first"));
}

TEST_F(ErrorTextTest, OfMovingAStartedTaskletToAnotherThread) {
  const Tasklet t = SpawnNamed("t", [] { ScheduleRemove(); });
  Run();
  std::thread([this, t] {
    log.push_back(ErrorText([t] { t.BindThread(); }));
  }).join();
  EXPECT_THAT(log,
              ElementsAre("tasklet \"t\" cannot move to this thread: it has "
                          "started, and runs only where its stack is"));
}

TEST_F(ErrorTextTest, OfATaskletWhoseThreadHasEnded) {
  Tasklet t;
  std::thread([&t] {
    t = Tasklet::New({.name = "t"});
    t.Bind([] {});
  }).join();
  EXPECT_EQ(ErrorText([t] { t.Insert(); }),
            "tasklet \"t\" belongs to a thread that has ended: nobody can run "
            "it; give it to this thread by BindThread first");
}

TEST_F(ErrorTextTest, OfATaskletWithoutAStack) {
  Spawn({.name = "t", .stack_size = 123456}, [] {});
  testing::FailNextStack();
  EXPECT_EQ(ErrorText([] { Run(); }),
            "tasklet \"t\" could not start: no memory for its stack of 123456 "
            "bytes; let fewer tasklets live at a time, or raise the limit on "
            "address space");
}

TEST_F(ErrorTextTest, NamesAnUnnamedTaskletByItsNumber) {
  const Tasklet t = Tasklet::New();
  const Channel<int> unnamed;
  EXPECT_EQ(
      ErrorText([t] { t.Insert(); }),
      "tasklet " + std::to_string(t.id()) +
          " cannot be run: it has ended or was never given a function; use "
          "Bind first");
}

TEST_F(ErrorTextTest, OfAnExceptionAtTheEndOfAThreadScope) {
  const Tasklet t = SpawnNamed("t", [] {
    try {
      ScheduleRemove();
    } catch (const TaskletExit&) {
      throw UserError("VE");
    }
  });
  Run();
  CaptureStderr();
  { ThreadScope scope; }
  EXPECT_EQ(
      GetCapturedStderr(),
      "microthread: an exception came at the end of its ThreadScope: VE\n");
}

class ErrorTextDeathTest : public ErrorTextTest {
 public:
  // A tasklet with the name "t" that catches every exit.
  static Tasklet SpawnRefuser() {
    return Spawn({.name = "t"}, [] {
      while (true) {
        try {
          ScheduleRemove();
        } catch (const TaskletExit&) {
        }
      }
    });
  }
};

TEST_F(ErrorTextDeathTest, OfATaskletThatRefusesToEndWithItsScope) {
  const auto leave_behind = [] {
    const Tasklet t = SpawnRefuser();
    Run();
    { ThreadScope scope; }
    std::_Exit(t.paused() ? 0 : 1);
  };
  EXPECT_EXIT(
      leave_behind(), ::testing::ExitedWithCode(0),
      "^microthread: tasklet \"t\" refused 10 times to end at the end of "
      "its ThreadScope and is left behind, paused: let TaskletExit leave "
      "its function\n$");
}

TEST_F(ErrorTextDeathTest, OfADroppedTaskletThatRefusesToEnd) {
  const auto drop = [] {
    Tasklet t = SpawnRefuser();
    Run();
    t = Tasklet();
  };
  EXPECT_DEATH(
      drop(),
      "^microthread: tasklet \"t\" was dropped while paused and refused "
      "10 times to end: let TaskletExit leave its function\n");
}

}  // namespace
}  // namespace microthread
