// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The callbacks of the whole process, of switches and of sends and receives.
// "Trace" is a recording of the same program under
// Stackless Python 3.7.5.

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "microthread/channel/channel_callback.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/tasklet/callbacks.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ::testing::IsEmpty;

class CallbackTest : public EventLogTest {
 protected:
  ~CallbackTest() override {
    SetScheduleCallback(nullptr);
    SetChannelCallback(nullptr);
  }

  // Logs each switch as "prev>next".
  void LogSwitches() {
    SetScheduleCallback([this](const Tasklet& prev, const Tasklet& next) {
      Log(NameOf(prev), ">", NameOf(next));
    });
  }

  void LogMeetings() {
    SetChannelCallback([this](const ChannelEvent& event) {
      Log(NameOf(event.tasklet), event.sending ? " sends on " : " receives on ",
          event.channel_name, event.will_block ? ", blocks" : "");
    });
  }
};

using ScheduleCallbackTest = CallbackTest;

// Trace G43.
TEST_F(ScheduleCallbackTest, SeesEachSwitchAlsoThatAtTheEndOfATasklet) {
  SpawnNamed("a", [] { Schedule(); });
  SpawnNamed("b", [] { Schedule(); });
  LogSwitches();
  Run();
  Schedule();
  EXPECT_THAT(log, ElementsAre("main>a", "a>b", "b>a", "a>b", "b>main"));
}

// Trace G91.
TEST_F(ScheduleCallbackTest, SeesAHandOverAsOneSwitch) {
  const Channel<int> c;
  SpawnNamed("r", [this, c] { Log("r got ", c.Receive()); });
  Run();
  LogSwitches();
  c.Send(1);
  Log("sent");
  EXPECT_THAT(log, ElementsAre("main>r", "r got 1", "r>main", "sent"));
}

TEST_F(ScheduleCallbackTest, SeesEveryWayToSwitch) {
  const Channel<int> c;
  LogSwitches();
  const Tasklet paused = SpawnNamed("paused", [] { ScheduleRemove(); });
  const Tasklet waiter = SpawnNamed("waiter", [c] { c.Receive(); });
  const Tasklet joiner = SpawnNamed("joiner", [paused] { paused.Join(); });
  Run();
  log.clear();
  paused.Run();
  Log("run");
  waiter.Kill();
  Log("killed");
  const Tasklet back = SpawnNamed("back", [] { Tasklet::Main().Switch(); });
  back.Switch();
  Log("switched");
  Schedule();
  EXPECT_THAT(log,
              ElementsAre("main>paused", "paused>main", "run", "main>waiter",
                          "waiter>main", "killed", "main>back", "back>main",
                          "switched", "main>joiner", "joiner>main"));
}

TEST_F(ScheduleCallbackTest, SeesADropThatUnwindsAndATaskletThatIsUnwound) {
  Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd unwound = AtEnd("unwound");
    ScheduleRemove();
  });
  Run();
  LogSwitches();
  t = Tasklet();
  Log("dropped");
  EXPECT_THAT(log, ElementsAre("main>t", "unwound", "t>main", "dropped"));
}

TEST_F(ScheduleCallbackTest, DoesNotSeeWhatDoesNotSwitch) {
  const Channel<int> c;
  c.set_preference(Preference::kNone);
  SpawnNamed("r", [c] { c.Receive(); });
  Run();
  LogSwitches();
  Schedule();
  Run();
  Tasklet::Current().Run();
  c.Send(1);
  SpawnStep("t").Remove();
  EXPECT_THAT(log, IsEmpty());
}

TEST_F(ScheduleCallbackTest, DoesNotSeeATaskletThatFoundNoStack) {
  SpawnStep("a");
  SpawnStep("b");
  LogSwitches();
  testing::FailNextStack();
  Try("Run", [] { Run(); });
  Run();
  EXPECT_THAT(
      log, ElementsAre("Run: ResourceExhaustedError", "main>b", "b", "b>main"));
}

TEST_F(ScheduleCallbackTest, TellsStatesAsTheyAreDuringTheSwitch) {
  const Tasklet t = SpawnNamed("t", [] { ScheduleRemove(); });
  SetScheduleCallback([this](const Tasklet& prev, const Tasklet& next) {
    Log(NameOf(prev), prev.alive() ? "" : " dead",
        prev.scheduled() ? "" : " unscheduled", " > ", NameOf(next));
  });
  Schedule();
  SpawnNamed("u", [] {});
  Schedule();
  EXPECT_THAT(log, ElementsAre("main > t", "t unscheduled > main", "main > u",
                               "u dead unscheduled > main"));
}

TEST_F(ScheduleCallbackTest, MayMakeTasklets) {
  SpawnStep("a");
  SpawnStep("b");
  SetScheduleCallback([this](const Tasklet& prev, const Tasklet& next) {
    SetScheduleCallback(nullptr);
    Log(NameOf(prev), ">", NameOf(next));
    SpawnStep("spawned");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("main>a", "a", "b", "spawned"));
}

TEST_F(ScheduleCallbackTest, SettingOneReturnsTheOneBefore) {
  Log(SetScheduleCallback(nullptr) == nullptr);
  LogSwitches();
  const ScheduleCallback before = SetScheduleCallback(nullptr);
  before(Tasklet::Current(), Tasklet::Current());
  Log(SetScheduleCallback(nullptr) == nullptr);
  EXPECT_THAT(log, ElementsAre("true", "main>main", "true"));
}

TEST_F(ScheduleCallbackTest, IsCalledByEveryThreadOldAndNew) {
  std::atomic<int> step = 0;
  const auto reach = [&step](int i) {
    step = i;
    step.notify_all();
  };
  const auto await = [&step](int i) {
    while (step < i) step.wait(step);
  };
  const auto two_turns = [] {
    Spawn({.name = "t"}, [] {});
    microthread::Run();
  };
  std::thread old([&] {
    Tasklet::Current();
    reach(1);
    await(2);
    two_turns();
  });
  await(1);
  LogSwitches();
  reach(2);
  old.join();
  Log("old thread ends");
  std::thread(two_turns).join();
  SetScheduleCallback(nullptr);
  std::thread(two_turns).join();
  EXPECT_THAT(log, ElementsAre("main>t", "t>main", "old thread ends", "main>t",
                               "t>main"));
}

using ScheduleCallbackDeathTest = ScheduleCallbackTest;

TEST_F(ScheduleCallbackDeathTest, MustNotSwitch) {
  EXPECT_DEATH(
      {
        SpawnStep("a");
        SetScheduleCallback(
            [](const Tasklet&, const Tasklet&) { ScheduleRemove(); });
        Run();
      },
      "would switch to another tasklet, but the thread's switch trap is at 1");
}

using ChannelCallbackTest = CallbackTest;

// Trace G44.
TEST_F(ChannelCallbackTest, SeesSendsAndReceivesBeforeTheyHappen) {
  const Channel<int> c("c");
  SpawnNamed("r", [this, c] { Log("got ", c.Receive()); });
  SpawnNamed("s", [c] { c.Send(3); });
  LogMeetings();
  Run();
  EXPECT_THAT(log,
              ElementsAre("r receives on c, blocks", "s sends on c", "got 3"));
}

TEST_F(ChannelCallbackTest, SeesExceptionsSequencesAndLoops) {
  const Channel<int> c("c");
  SpawnNamed("r", [this, c] {
    for (int n : c) Log(n);
    Log("end");
  });
  LogMeetings();
  Schedule();
  const int values[] = {1, 2};
  c.SendSequence(values);
  c.SendException(std::make_exception_ptr(EndOfChannel()));
  EXPECT_THAT(log,
              ElementsAre("r receives on c, blocks", "main sends on c", "1",
                          "r receives on c, blocks", "main sends on c", "2",
                          "r receives on c, blocks", "main sends on c", "end"));
}

// Trace X1.
TEST_F(ChannelCallbackTest, SeesOperationsThatThenFail) {
  const Channel<int> c("c");
  LogMeetings();
  Tasklet::Current().set_block_trap(true);
  Try("trapped", [c] { c.Receive(); });
  Tasklet::Current().set_block_trap(false);
  c.Close();
  Try("closed", [c] { c.Send(1); });
  c.Open();
  Try("alone", [c] { c.Receive(); });
  Log(c.balance());
  EXPECT_THAT(
      log,
      ElementsAre("main receives on c, blocks", "trapped: BlockTrapError",
                  "main sends on c, blocks", "closed: ChannelClosedError",
                  "main receives on c, blocks", "alone: DeadlockError", "0"));
}

// Trace X3.
TEST_F(ChannelCallbackTest, CanNeitherSendNorReceive) {
  const Channel<int> c("c");
  const Channel<int> d("d");
  SetChannelCallback([this, d](const ChannelEvent&) {
    Log(ErrorText([d] { d.Send(1); }));
    Log(ErrorText([d] { d.Receive(); }));
  });
  SpawnNamed("r", [this, c] { Log("got ", c.Receive()); });
  Schedule();
  SetChannelCallback(nullptr);
  c.Send(2);
  EXPECT_THAT(
      log,
      ElementsAre("tasklet \"r\" cannot send on channel \"d\" inside the "
                  "channel callback: let a tasklet that the callback spawns do "
                  "it",
                  "tasklet \"r\" cannot receive on channel \"d\" inside the "
                  "channel callback: let a tasklet that the callback spawns do "
                  "it",
                  "got 2"));
}

TEST_F(ChannelCallbackTest, MayThrowAndNothingHasHappened) {
  const Channel<int> c("c");
  SpawnNamed("r", [this, c] { Log("got ", c.Receive()); });
  Run();
  SetChannelCallback([](const ChannelEvent& event) {
    throw UserError(event.sending ? "send" : "receive");
  });
  SpawnStep("next");
  Try("Send", [c] { c.Send(1); });
  Try("Receive", [c] { c.Receive(); });
  Try("Receive elsewhere", [] { Channel<int>().Receive(); });
  Log(QueueOf(c), " ", c.balance(), ", ", Ring());
  SetChannelCallback(nullptr);
  c.Send(2);
  EXPECT_THAT(log,
              ElementsAre("Send: UserError send", "Receive: UserError receive",
                          "Receive elsewhere: UserError receive",
                          "r -1, main next", "got 2", "next"));
}

TEST_F(ChannelCallbackTest, MayNotSwitchButMakeTaskletsAndWakeThem) {
  const Channel<int> c("c");
  const Tasklet paused = SpawnNamed("paused", [this] {
    ScheduleRemove();
    Log("paused goes on");
  });
  Run();
  SetChannelCallback([this, paused](const ChannelEvent&) {
    SetChannelCallback(nullptr);
    Try("Schedule", [] { Schedule(); });
    Try("Run", [] { Run(); });
    SpawnStep("spawned");
    Try("Schedule", [] { Schedule(); });
    paused.Insert();
  });
  SpawnNamed("s", [c] { c.Send(1); });
  Log(c.Receive());
  Run();
  EXPECT_THAT(log,
              ElementsAre("Schedule: SwitchTrapError", "Run: SwitchTrapError",
                          "Schedule: SwitchTrapError", "1", "spawned",
                          "paused goes on"));
}

TEST_F(ChannelCallbackTest, WhatItDoesToTheChannelCounts) {
  const Channel<int> c("c");
  const Tasklet r = SpawnNamed("r", [c] { c.Receive(); });
  Run();
  SetChannelCallback([this, r](const ChannelEvent& event) {
    Log(event.will_block);
    r.KillPending();
  });
  Try("Send", [c] {
    Tasklet::Current().set_block_trap(true);
    c.Send(1);
  });
  Tasklet::Current().set_block_trap(false);
  EXPECT_THAT(log, ElementsAre("false", "Send: BlockTrapError"));
}

TEST_F(ChannelCallbackTest, TellsChannelsApart) {
  const Channel<int> c;
  const Channel<std::string> d;
  SetChannelCallback([this, c, d](const ChannelEvent& event) {
    Log(event.channel == c.identity(), " ", event.channel == d.identity());
  });
  Try("c", [c] { c.Receive(); });
  Try("d", [d] { d.Receive(); });
  EXPECT_THAT(log, ElementsAre("true false", "c: DeadlockError", "false true",
                               "d: DeadlockError"));
}

TEST_F(ChannelCallbackTest, SettingOneReturnsTheOneBefore) {
  LogMeetings();
  const ChannelCallback before = SetChannelCallback(nullptr);
  SetChannelCallback(before);
  Try("Receive", [] { Channel<int>("c").Receive(); });
  Log(SetChannelCallback(nullptr) == nullptr);
  EXPECT_THAT(log, ElementsAre("main receives on c, blocks",
                               "Receive: DeadlockError", "false"));
}

}  // namespace
}  // namespace microthread
