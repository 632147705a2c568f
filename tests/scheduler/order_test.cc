// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Who runs when in programs of some size: tasklets that make and run others,
// nested runs, waiters of several generations, servers and their clients.

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class OrderTest : public EventLogTest {
 public:
  // Logs `frames` levels of a recursion that lets the others run at each.
  int Recurse(int frames) {
    if (frames == 0) return 0;
    Schedule();
    return Recurse(frames - 1) + 1;
  }
};

TEST_F(OrderTest, RunningOneRunsAllBehindItToo) {
  const Tasklet first = SpawnStep("1");
  SpawnStep("2");
  SpawnStep("3");
  first.Run();
  Log("main");
  EXPECT_THAT(log, ElementsAre("1", "2", "3", "main"));
}

TEST_F(OrderTest, RunningTheSecondLeavesTheFirstForLater) {
  SpawnStep("1");
  SpawnStep("2").Run();
  Log("main");
  Run();
  EXPECT_THAT(log, ElementsAre("2", "main", "1"));
}

TEST_F(OrderTest, AChildThatIsRunComesBeforeTheRestOfItsParent) {
  SpawnNamed("parent", [this] {
    Log("parent");
    SpawnStep("child 1");
    SpawnStep("child 2").Run();
    Log("parent'");
  });
  SpawnStep("by");
  Run();
  EXPECT_THAT(log,
              ElementsAre("parent", "child 2", "parent'", "by", "child 1"));
}

TEST_F(OrderTest, AChildThatSchedulesReturnsToItsParent) {
  SpawnNamed("parent", [this] {
    Log("parent");
    SpawnTwoSteps("child").Run();
    Log("parent'");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("parent", "child", "parent'", "child'"));
}

TEST_F(OrderTest, ThreeGenerationsThatRunTheirChildrenAndSchedule) {
  const std::function<void(int)> live = [this, &live](int generation) {
    Log(generation);
    if (generation < 3) Spawn(live, generation + 1).Run();
    Schedule();
    Log(generation, "'");
  };
  Spawn(live, 1);
  Run();
  EXPECT_THAT(log, ElementsAre("1", "2", "3", "3'", "2'", "1'"));
}

TEST_F(OrderTest, ChildrenMadeBetweenTwoSendsRunInTheOrderOfTheRing) {
  const Channel<int> c;
  SpawnNamed("sender", [this, c] {
    for (int i = 1; i <= 3; ++i) {
      c.Send(i);
      SpawnStep("child " + std::to_string(i));
    }
  });
  for (int i = 1; i <= 3; ++i) {
    Log("main got ", c.Receive());
    Schedule();
  }
  EXPECT_THAT(log, ElementsAre("main got 1", "main got 2", "child 1",
                               "main got 3", "child 2"));
}

TEST_F(OrderTest, WaitersMadeByAWaiterAreServedInOrder) {
  const Channel<int> c;
  const std::function<void(int)> wait = [this, c, &wait](int number) {
    if (number < 5) Spawn(wait, number + 1);
    const int got = c.Receive();
    Log(number, " got ", got);
  };
  Spawn(wait, 1);
  Run();
  Log("balance ", c.balance());
  for (int i = 1; i <= 5; ++i) c.Send(10 * i);
  EXPECT_THAT(log, ElementsAre("balance -5", "1 got 10", "2 got 20", "3 got 30",
                               "4 got 40", "5 got 50"));
}

TEST_F(OrderTest, WhoMadeAWaiterMayBeDeadWhenItGoesOn) {
  const Channel<int> c;
  Spawn([this, c] {
    SpawnNamed("child", [this, c] {
      Log("child got ", c.Receive());
      Schedule();
      Log("child ends");
    }).Run();
    Log("parent ends");
  });
  Run();
  c.Send(1);
  Run();
  EXPECT_THAT(log, ElementsAre("parent ends", "child got 1", "child ends"));
}

TEST_F(OrderTest, MainReceivesFromALoopThatSends) {
  const Channel<int> c;
  Spawn([c] {
    for (int i = 0; i < 10; ++i) c.Send(i);
  });
  std::string got;
  for (int i = 0; i < 10; ++i) got += std::to_string(c.Receive());
  Log(got);
  EXPECT_THAT(log, ElementsAre("0123456789"));
}

TEST_F(OrderTest, MainSendsToALoopThatReceives) {
  const Channel<int> c;
  Spawn([this, c] {
    std::string got;
    for (int i = 0; i < 10; ++i) got += std::to_string(c.Receive());
    Log(got);
  });
  for (int i = 0; i < 10; ++i) c.Send(i);
  EXPECT_THAT(log, ElementsAre("0123456789"));
}

TEST_F(OrderTest, ARunInsideATaskletThatHasSentToMain) {
  const Channel<int> c;
  SpawnNamed("t", [this, c] {
    Log("a");
    c.Send(1);
    Log("c");
    SpawnStep("d");
    Run();
    Log("e");
  });
  c.Receive();
  Log("b");
  Run();
  Log("f");
  EXPECT_THAT(log, ElementsAre("a", "b", "c", "d", "e", "f"));
}

TEST_F(OrderTest, ARunInsideATaskletWhileMainWaits) {
  const Channel<int> c;
  SpawnNamed("t", [this, c] {
    SpawnStep("other");
    Run();
    Log("run returned");
    c.Send(1);
  });
  Log("main got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("other", "run returned", "main got 1"));
}

TEST_F(OrderTest, ARunThatNeverReturnsMayBeKilled) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    SpawnTwoSteps("other");
    Run();
    Log("never");
  });
  for (int i = 0; i < 5; ++i) Schedule();
  Log(StatesOf(t));
  t.Kill();
  EXPECT_THAT(log, ElementsAre("other", "other'", "alive paused", "t unwound"));
}

TEST_F(OrderTest, RunReturnsWhenTheLastTaskletPausesItself) {
  const Tasklet t = SpawnNamed("t", [this] {
    ScheduleRemove();
    Log("goes on");
  });
  Run();
  Log(StatesOf(t));
  t.Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("alive paused", "goes on"));
}

TEST_F(OrderTest, DeepRecursionsInterleave) {
  for (const std::string name : {"a", "b"}) {
    Spawn({.name = name, .stack_size = 1 << 20},
          [this, name] { Log(name, " ", Recurse(200)); });
  }
  Run();
  EXPECT_THAT(log, ElementsAre("a 200", "b 200"));
}

TEST_F(OrderTest, AServerCountsWhatItsClientsSend) {
  const Channel<int> c;
  int count = 0;
  Spawn([c, &count] {
    for (const int i : c) count += i;
  });
  std::vector<Tasklet> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(Spawn([c] {
      for (int k = 0; k < 20; ++k) c.Send(1);
    }));
  }
  for (const Tasklet& client : clients) client.Join();
  c.Finish();
  Run();
  Log(count);
  EXPECT_THAT(log, ElementsAre("60"));
}

TEST_F(OrderTest, AChainOfChannelsKeepsAllOfItsTaskletsGoing) {
  const std::vector<Channel<int>> c(3);
  for (size_t i = 0; i < 3; ++i) {
    Spawn([from = c[i], to = c[(i + 1) % 3]] {
      for (const int value : from) {
        if (value == 0) break;
        to.Send(value - 1);
      }
    });
  }
  c[0].Send(100);
  Log("blocked ", Run().blocked());
  for (const Channel<int>& channel : c) channel.Finish();
  Log("blocked ", Run().blocked());
  EXPECT_THAT(log, ElementsAre("blocked 2", "blocked 0"));
}

// A thread whose first use of the library this is.
TEST_F(OrderTest, AFreshThreadRunsTaskletsLikeAnyOther) {
  std::thread([this] {
    SpawnTwoSteps("a");
    SpawnTwoSteps("b");
    Run();
    const Channel<int> c;
    Spawn([c] { c.Send(1); });
    Spawn([this, c] { Log("got ", c.Receive()); });
    Run();
  }).join();
  EXPECT_THAT(log, ElementsAre("a", "b", "a'", "b'", "got 1"));
}

TEST_F(OrderTest, ATaskletMayBeFinishedByAnotherCallThanBeganIt) {
  const auto begin = [this] {
    SpawnTwoSteps("t");
    Schedule();
  };
  const std::function<void(int)> finish = [this, &finish](int depth) {
    if (depth > 0) return finish(depth - 1);
    Run();
    Log("run returned");
  };
  begin();
  finish(10);
  EXPECT_THAT(log, ElementsAre("t", "t'", "run returned"));
}

}  // namespace
}  // namespace microthread
