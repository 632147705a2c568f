// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Handles and threads: handles may be copied and dropped on any thread,
// everything else is for the thread that made the tasklet.

#include <string>
#include <thread>
#include <utility>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class WrongThreadTest : public EventLogTest {
 public:
  // A started, paused tasklet.
  Tasklet SpawnPaused() {
    const Tasklet t = SpawnNamed("t", [this] {
      const LogAtEnd guard = AtEnd("t unwound");
      ScheduleRemove();
      Log("t goes on");
    });
    Run();
    return t;
  }
};

TEST_F(WrongThreadTest, ALastDropElsewhereUnwindsAtTheNextSwitchHere) {
  Tasklet t = SpawnPaused();
  std::thread([t = std::move(t)]() mutable { t = Tasklet(); }).join();
  Log("dropped");
  SpawnStep("by");
  Schedule();
  EXPECT_THAT(log, ElementsAre("dropped", "t unwound", "by"));
}

TEST_F(WrongThreadTest, ADropElsewhereThatIsNotTheLastChangesNothing) {
  const Tasklet t = SpawnPaused();
  std::thread([copy = t]() mutable { copy = Tasklet(); }).join();
  Schedule();
  t.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("t goes on", "t unwound"));
}

TEST_F(WrongThreadTest, AnUnstartedTaskletIsFreedByALastDropElsewhere) {
  Tasklet t = Tasklet::New();
  t.Bind([this] { Log("never"); });
  std::thread([t = std::move(t)]() mutable { t = Tasklet(); }).join();
  Schedule();
  Log("tasklets ", testing::CountLiveObjects().tasklets);
  EXPECT_THAT(log, ElementsAre("tasklets 0"));
}

TEST_F(WrongThreadTest, AHandleOutlivesTheThreadOfItsTasklet) {
  Tasklet started;
  Tasklet unstarted;
  std::thread([this, &started, &unstarted] {
    started = SpawnNamed("started", [this] {
      const LogAtEnd guard = AtEnd("unwound by the end of its thread");
      ScheduleRemove();
    });
    Run();
    unstarted = SpawnNamed("unstarted", [this] { Log("never"); });
  }).join();
  Log(started.name(), ": ", StatesOf(started));
  Log(unstarted.name(), " scheduled ", unstarted.scheduled());
  EXPECT_THAT(log, ElementsAre("unwound by the end of its thread",
                               "started: none", "unstarted scheduled false"));
}

TEST_F(WrongThreadTest, OperationsOfAnotherThreadThrowAndChangeNothing) {
  const Channel<int> c;
  const Tasklet t = SpawnNamed("t", [this, c] { Log("t got ", c.Receive()); });
  Run();
  std::thread([this, t, c] {
    for (const auto& operation :
         {+[](const Tasklet& tasklet) { tasklet.Run(); },
          +[](const Tasklet& tasklet) { (void)tasklet.Insert(); },
          +[](const Tasklet& tasklet) { tasklet.Kill(); },
          +[](const Tasklet& tasklet) { tasklet.KillPending(); }}) {
      Try("tasklet", [t, operation] { operation(t); });
    }
    Try("Send", [c] { c.Send(1); });
  }).join();
  Log(QueueOf(c));
  c.Send(2);
  EXPECT_THAT(
      log, ElementsAre("tasklet: WrongThreadError", "tasklet: WrongThreadError",
                       "tasklet: WrongThreadError", "tasklet: WrongThreadError",
                       "Send: WrongThreadError", "t", "t got 2"));
}

TEST_F(WrongThreadTest, AChannelBelongsToTheFirstThreadThatUsesIt) {
  const Channel<int> c;
  std::thread([this, c] {
    SpawnNamed("s", [c] { c.Send(5); });
    Log("thread got ", c.Receive());
    Run();
  }).join();
  Try("main", [c] { c.Receive(); });
  EXPECT_THAT(log, ElementsAre("thread got 5", "main: WrongThreadError"));
}

}  // namespace
}  // namespace microthread
