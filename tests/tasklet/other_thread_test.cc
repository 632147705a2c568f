// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasklets and other threads: handles may be copied and dropped there, and the
// tasklet can be inserted, run, removed and thrown into from there.

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/exit_shield.h"
#include "microthread/tasklet/thread_info.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class OtherThreadTest : public EventLogTest {
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

TEST_F(OtherThreadTest, ALastDropElsewhereUnwindsAtTheNextSwitchHere) {
  Tasklet t = SpawnPaused();
  std::thread([t = std::move(t)]() mutable { t = Tasklet(); }).join();
  Log("dropped");
  SpawnStep("by");
  Schedule();
  EXPECT_THAT(log, ElementsAre("dropped", "t unwound", "by"));
}

TEST_F(OtherThreadTest, ADropElsewhereThatIsNotTheLastChangesNothing) {
  const Tasklet t = SpawnPaused();
  std::thread([copy = t]() mutable { copy = Tasklet(); }).join();
  Schedule();
  t.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("t goes on", "t unwound"));
}

TEST_F(OtherThreadTest, AnUnstartedTaskletIsFreedByALastDropElsewhere) {
  Tasklet t = Tasklet::New();
  t.Bind([this] { Log("never"); });
  std::thread([t = std::move(t)]() mutable { t = Tasklet(); }).join();
  Schedule();
  Log("tasklets ", testing::CountLiveObjects().tasklets);
  EXPECT_THAT(log, ElementsAre("tasklets 0"));
}

TEST_F(OtherThreadTest, AHandleOutlivesTheThreadOfItsTasklet) {
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

// Everything that another thread asks for is done when the tasklet's own thread
// looks next, in the order in which it was asked for.
TEST_F(OtherThreadTest, InsertsAreGrantedInOrderAndTheLastRunComesFirst) {
  const auto paused = [this](const std::string& name) {
    const Tasklet t = Tasklet::New({.name = name});
    t.Bind([this, name] { Log(name); });
    return t;
  };
  const Tasklet a = paused("a");
  const Tasklet b = paused("b");
  const Tasklet c = paused("c");
  const Tasklet d = paused("d");
  std::thread([a, b, c, d] {
    b.Insert();
    c.Insert();
    a.Run();
    d.Run();
  }).join();
  Log("main");
  Schedule();
  EXPECT_THAT(log, ElementsAre("main", "d", "a", "b", "c"));
}

TEST_F(OtherThreadTest, ARemovedTaskletDoesNotRun) {
  const Tasklet a = SpawnStep("a");
  const Tasklet b = SpawnStep("b");
  std::thread([a] { a.Remove(); }).join();
  Run();
  Log(StatesOf(a));
  EXPECT_THAT(log, ElementsAre("b", "alive paused"));
}

TEST_F(OtherThreadTest, AKilledWaiterLeavesItsQueueAtOnceAndEndsOnItsThread) {
  const Channel<int> c;
  const Tasklet t = SpawnNamed("t", [this, c] {
    const LogAtEnd guard = AtEnd("t unwound");
    c.Receive();
  });
  Run();
  std::thread([this, t, c] {
    Log("balance ", c.balance());
    t.Kill();
    Log("balance ", c.balance(), ", alive ", t.alive(), ", blocked ",
        t.blocked());
  }).join();
  Log("main");
  Schedule();
  Log("alive ", t.alive());
  EXPECT_THAT(log,
              ElementsAre("balance -1", "balance 0, alive true, blocked false",
                          "main", "t unwound", "alive false"));
}

TEST_F(OtherThreadTest, AnErrorReachesATaskletInTheRingAndOneThatIsPaused) {
  const auto body = [this](const std::string& name) {
    return [this, name] { Try(name, [] { ScheduleRemove(); }); };
  };
  const Tasklet paused = SpawnNamed("paused", body("paused"));
  const Tasklet ready = SpawnNamed("ready", body("ready"));
  Run();
  ready.Insert();
  std::thread([paused, ready] {
    paused.Raise<UserError>("1");
    ready.Raise<UserError>("2");
  }).join();
  Run();
  EXPECT_THAT(log, ElementsAre("ready: UserError 2", "paused: UserError 1"));
}

TEST_F(OtherThreadTest, TheRunningTaskletIsThrownIntoAtItsNextSwitch) {
  const Tasklet self = Tasklet::Current();
  std::thread([self] { self.Raise<UserError>("late"); }).join();
  Log("main");
  Try("Schedule", [] { Schedule(); });
  EXPECT_THAT(log, ElementsAre("main", "Schedule: UserError late"));
}

TEST_F(OtherThreadTest, AShieldedWaiterGoesOnWaiting) {
  const Channel<int> c;
  const Tasklet t = SpawnNamed("t", [this, c] {
    {
      const ExitShield shield;
      Log("t got ", c.Receive());
    }
    Try("t", [] { Schedule(); });
  });
  Run();
  std::thread([this, t, c] {
    t.Raise<UserError>("later");
    Log("balance ", c.balance());
  }).join();
  c.Send(1);
  EXPECT_THAT(log, ElementsAre("balance -1", "t got 1", "t: UserError later"));
}

TEST_F(OtherThreadTest, SwitchAndJoinAreOnlyForTheOwnThread) {
  const Tasklet t = SpawnPaused();
  std::thread([this, t] {
    Try("Switch", [t] { t.Switch(); });
    Try("Join", [t] { t.Join(); });
  }).join();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("Switch: WrongThreadError",
                               "Join: WrongThreadError", "alive paused"));
  t.Kill();
}

TEST_F(OtherThreadTest, AnUnstartedTaskletMovesToTheThreadThatBindsIt) {
  Tasklet t;
  std::thread([this, &t] {
    t = Tasklet::New({.name = "t"});
    t.Bind([this] { Log("t on the main thread"); });
  }).join();
  Try("Insert", [t] { t.Insert(); });
  t.BindThread();
  t.Insert();
  Run();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("Insert: WrongThreadError",
                               "t on the main thread", "none"));
}

TEST_F(OtherThreadTest, AKillOfAnUnstartedTaskletOfAnEndedThreadEndsIt) {
  Tasklet t;
  std::thread([this, &t] {
    t = Tasklet::New({.name = "t"});
    t.Bind([guard = std::make_shared<LogAtEnd>(&log, "closure gone")] {});
  }).join();
  t.Kill();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("closure gone", "none"));
}

TEST_F(OtherThreadTest, ATaskletKnowsItsThreadUntilThatHasEnded) {
  const Tasklet here = Tasklet::New();
  Log(here.thread_id() == Tasklet::Main().id());
  Tasklet there;
  std::thread([this, here, &there] {
    there = Tasklet::New();
    Log(there.thread_id() == Tasklet::Main().id());
    Log(there.thread_id() == here.thread_id());
  }).join();
  Log(there.thread_id());
  there.BindThread();
  Log(there.thread_id() == Tasklet::Main().id());
  EXPECT_THAT(log, ElementsAre("true", "true", "false", "0", "true"));
}

TEST_F(OtherThreadTest, ThreadsAreListedUntilTheyEnd) {
  const Channel<uint64_t> ids;
  const Channel<void> done;
  const size_t before = Threads().size();
  std::thread other([ids, done] {
    Spawn([ids] { ids.Send(Tasklet::Main().id()); });
    done.Receive();
  });
  const uint64_t id = ids.Receive();
  std::vector<ThreadInfo> threads = Threads();
  Log(threads.size() - before, " more");
  for (const ThreadInfo& thread : threads) {
    if (thread.id == id) Log("the other, calling ", thread.calling);
    if (thread.id == Tasklet::Main().id()) Log("this, ", thread.calling);
    if (thread.calling) Log("sleeping ", thread.sleeping);
  }
  done.Send();
  other.join();
  Log(Threads().size() - before, " more");
  EXPECT_THAT(log, ElementsAre("1 more", "this, true", "sleeping false",
                               "the other, calling false", "0 more"));
}

TEST_F(OtherThreadTest, ASleepingThreadIsWokenByAnInsert) {
  const Channel<Tasklet> handles;
  std::thread other([this, handles] {
    const Channel<void> done;
    const Tasklet t = Tasklet::New({.name = "t"});
    t.Bind([this, done] {
      Log("t");
      done.Send();
    });
    handles.Send(t);
    done.Receive();
    Log("woken");
  });
  handles.Receive().Insert();
  other.join();
  EXPECT_THAT(log, ElementsAre("t", "woken"));
}

}  // namespace
}  // namespace microthread
