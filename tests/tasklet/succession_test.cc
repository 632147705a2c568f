// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// One tasklet starts where another has just ended. Where nobody has a handle to
// the one that ends, and neither has a name or options, this takes a short way:
// the record is kept as it is, and the stack passes from one to the other. None
// of that may be seen.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class SuccessionTest : public EventLogTest {
 public:
  // A tasklet without a name, and its handle.
  Tasklet SpawnPlain(const std::string& text) {
    return Spawn([this, text] { Log(text); });
  }
  // Uses so many bytes of the running stack; returns how many it has seen.
  template <size_t Size>
  static size_t UseStack() {
    volatile char bytes[Size];
    size_t seen = 0;
    for (size_t i = 0; i < Size; i += 512) bytes[i] = 1;
    for (size_t i = 0; i < Size; i += 512) seen += bytes[i] == 1 ? 512 : 0;
    return seen;
  }
};

TEST_F(SuccessionTest, ManyRunOneAfterAnotherOnOneStack) {
  std::vector<int> numbers;
  int64_t most_stacks = 0;
  for (int i = 0; i < 1000; ++i) {
    Spawn([&, i] {
      numbers.push_back(i);
      most_stacks = std::max(most_stacks, testing::CountLiveObjects().stacks);
    });
  }
  Run();
  std::vector<int> expected;
  for (int i = 0; i < 1000; ++i) expected.push_back(i);
  EXPECT_EQ(numbers, expected);
  EXPECT_EQ(most_stacks, 1);
  EXPECT_EQ(testing::CountLiveObjects().stacks, 0);
  EXPECT_EQ(testing::CountLiveObjects().tasklets, 0);
}

TEST_F(SuccessionTest, ASuccessorMaySuspendAndTheNextHasAnotherStack) {
  const Channel<int> c;
  SpawnPlain("a");
  Spawn([this, c] {
    std::string local = "b's own";
    Log("b got ", c.Receive(), ", ", local);
  });
  SpawnPlain("c");
  SpawnPlain("d");
  Run();
  for (int i = 0; i < 3; ++i) SpawnPlain("after " + std::to_string(i));
  Run();
  c.Send(7);
  EXPECT_THAT(log, ElementsAre("a", "c", "d", "after 0", "after 1", "after 2",
                               "b got 7, b's own"));
}

TEST_F(SuccessionTest, ASuccessorThatIsKilledIsUnwound) {
  SpawnPlain("a");
  const Tasklet t = Spawn([this] {
    const LogAtEnd guard = AtEnd("b unwound");
    ScheduleRemove();
  });
  Run();
  t.Kill();
  Log("t ", StatesOf(t));
  EXPECT_THAT(log, ElementsAre("a", "b unwound", "t none"));
}

TEST_F(SuccessionTest, ASuccessorThatWasKilledBeforeItsStartDoesNotRun) {
  SpawnPlain("a");
  SpawnPlain("never").KillPending();
  SpawnPlain("c").ThrowPending(std::make_exception_ptr(UserError("for c")));
  SpawnPlain("d");
  Try("Run", [] { Run(); });
  Run();
  EXPECT_THAT(log, ElementsAre("a", "Run: UserError for c", "d"));
}

TEST_F(SuccessionTest, AnErrorOfASuccessorComesOutOfRun) {
  SpawnPlain("a");
  Spawn([] { throw UserError("b's"); });
  SpawnPlain("c");
  Try("Run", [] { Run(); });
  Run();
  EXPECT_THAT(log, ElementsAre("a", "Run: UserError b's", "c"));
}

TEST_F(SuccessionTest, ASuccessorHasTheStackSizeThatItAskedFor) {
  constexpr size_t kLarge = size_t{1} << 20;
  SpawnPlain("a");
  Spawn({.stack_size = 2 * kLarge},
        [this] { Log("b used ", UseStack<kLarge>()); });
  SpawnPlain("c");
  Run();
  EXPECT_THAT(log, ElementsAre("a", "b used 1048576", "c"));
}

TEST_F(SuccessionTest, WithoutAStackASuccessorEndsByTheError) {
  Spawn([this] {
    Log("a");
    testing::FailNextStack();
  });
  SpawnPlain("never");
  SpawnPlain("c");
  Try("Run", [] { Run(); });
  Run();
  EXPECT_THAT(log, ElementsAre("a", "Run: ResourceExhaustedError", "c"));
}

TEST_F(SuccessionTest, AHandleStaysWithTheTaskletThatHasEnded) {
  const Tasklet a = SpawnPlain("a");
  const uint64_t id = a.id();
  Schedule();
  const Tasklet b = Spawn([this] { Log("b"); });
  Log("same: ", a == b, ", same id: ", a.id() == id, ", ", StatesOf(a), ", ",
      StatesOf(b));
  Run();
  EXPECT_THAT(log, ElementsAre("a",
                               "same: false, same id: true, none, "
                               "alive scheduled",
                               "b"));
}

TEST_F(SuccessionTest, WhatATaskletHadDoesNotPassToTheNext) {
  Spawn([this] {
    const Tasklet me = Tasklet::Current();
    me.set_block_trap(true);
    me.set_atomic(true);
    Log("a ", me.block_trap(), " ", me.atomic());
  });
  Spawn([this] {
    const Tasklet me = Tasklet::Current();
    Log("b ", me.block_trap(), " ", me.atomic(), " \"", me.name(), "\"");
  });
  Run();
  const Tasklet unbound = Tasklet::New();
  Log("unbound: ", StatesOf(unbound), ", block trap ", unbound.block_trap());
  EXPECT_THAT(log, ElementsAre("a true true", "b false false \"\"",
                               "unbound: none, block trap false"));
}

TEST_F(SuccessionTest, AClosureIsGoneBeforeTheNextStarts) {
  Spawn([this, guard = std::make_shared<LogAtEnd>(&log, "a's closure gone")] {
    Log("a");
  });
  SpawnPlain("b");
  Run();
  EXPECT_THAT(log, ElementsAre("a", "a's closure gone", "b"));
}

TEST_F(SuccessionTest, WhoIsSpawnedAsAClosureGoesIsNotTheOneThatEnds) {
  struct Spawns {
    ~Spawns() {
      test->SpawnPlain("spawned by the end");
      test->Log("a's closure gone");
    }
    SuccessionTest* test;
  };
  Spawn(
      [this, guard = std::shared_ptr<Spawns>(new Spawns{this})] { Log("a"); });
  SpawnPlain("b");
  Run();
  EXPECT_THAT(log,
              ElementsAre("a", "a's closure gone", "b", "spawned by the end"));
}

TEST_F(SuccessionTest, AClosureThatCannotBeStoredLeavesNothing) {
  struct ThrowsOnCopy {
    ThrowsOnCopy() = default;
    ThrowsOnCopy(const ThrowsOnCopy&) { throw UserError("copy"); }
    void operator()() const {}
  };
  SpawnPlain("a");
  Run();
  const ThrowsOnCopy function;
  Try("Spawn", [&] { Spawn(function); });
  Log("tasklets ", testing::CountLiveObjects().tasklets, ", ", Ring());
  SpawnPlain("b");
  Run();
  EXPECT_THAT(
      log, ElementsAre("a", "Spawn: UserError copy", "tasklets 0, main", "b"));
}

TEST_F(SuccessionTest, TheBlockedAreDescribedByTheirAge) {
  const Channel<int> c("c");
  const auto wait = [c] { c.Receive(); };
  SpawnPlain("a");
  SpawnNamed("old", wait);
  const Tasklet young = SpawnNamed("young", wait);
  young.Run();
  const RunResult result = Run();
  const EventLog blocked = result.DescribeBlocked();
  EXPECT_THAT(blocked,
              ElementsAre("tasklet \"old\" is receiving on channel \"c\"",
                          "tasklet \"young\" is receiving on channel \"c\""));
}

TEST_F(SuccessionTest, AScopeAlsoEndsThoseWhoStartWhileOthersEnd) {
  const Channel<int> c;
  {
    ThreadScope scope;
    Spawn([this, c] {
      struct Starts {
        ~Starts() {
          Spawn([test = test, c = c] {
            const LogAtEnd guard = test->AtEnd("late one unwound");
            c.Receive();
          }).Run();
          test->Log("first one unwound");
        }
        SuccessionTest* test;
        Channel<int> c;
      };
      const Starts guard{this, c};
      c.Receive();
    });
    Run();
  }
  Log("balance ", c.balance(), ", ", Ring());
  EXPECT_THAT(log, ElementsAre("first one unwound", "late one unwound",
                               "balance 0, main"));
}

}  // namespace
}  // namespace microthread
