// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A Tasklet is a handle: what can be done with it besides running it.

#include <cstdint>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class HandleTest : public EventLogTest {
 protected:
  template <class T>
  static std::string Printed(const T& value) {
    std::ostringstream text;
    text << value;
    return std::move(text).str();
  }
};

TEST_F(HandleTest, CopiesReferToTheSameTasklet) {
  const Tasklet a = SpawnStep("a");
  const Tasklet b = SpawnStep("b");
  Tasklet copy = a;
  Log(copy == a, " ", copy == b, " ", copy != b);
  copy = b;
  Log(copy == a, " ", copy == b);
  Tasklet moved = std::move(copy);
  Log(moved == b, " ", copy.valid());  // moved-from handles are empty
  Tasklet& self = moved;
  moved = self;
  Log(moved == b, " ", moved.name());
  EXPECT_THAT(log, ElementsAre("true false true", "false true", "true false",
                               "true b"));
}

TEST_F(HandleTest, AnEmptyHandleRefersToNothing) {
  const Tasklet empty;
  Log(empty.valid(), " ", empty == Tasklet(), " ", empty == Tasklet::Current());
  Log(StatesOf(empty), " '", empty.name(), "' ", empty.id());
  Log(empty.next().valid(), " ", empty.prev().valid(), " ", empty.block_trap());
  EXPECT_THAT(
      log, ElementsAre("false true false", "none '' 0", "false false false"));
}

TEST_F(HandleTest, OperationsOnAnEmptyHandleThrow) {
  const Tasklet empty;
  Try("Bind", [empty] { empty.Bind([] {}); });
  Try("Insert", [empty] { empty.Insert(); });
  Try("Remove", [empty] { empty.Remove(); });
  Try("Run", [empty] { empty.Run(); });
  Try("Switch", [empty] { empty.Switch(); });
  Try("Raise", [empty] { empty.Raise<UserError>("VE"); });
  Try("Kill", [empty] { empty.Kill(); });
  Try("ThrowPending", [empty] {
    empty.ThrowPending(std::make_exception_ptr(UserError("VE")));
  });
  Try("KillPending", [empty] { empty.KillPending(); });
  Try("Join", [empty] { empty.Join(); });
  Try("set_block_trap", [empty] { empty.set_block_trap(true); });
  EXPECT_THAT(
      log,
      ElementsAre("Bind: EmptyHandleError", "Insert: EmptyHandleError",
                  "Remove: EmptyHandleError", "Run: EmptyHandleError",
                  "Switch: EmptyHandleError", "Raise: EmptyHandleError",
                  "Kill: EmptyHandleError", "ThrowPending: EmptyHandleError",
                  "KillPending: EmptyHandleError", "Join: EmptyHandleError",
                  "set_block_trap: EmptyHandleError"));
}

TEST_F(HandleTest, HashesAsTheTaskletItRefersTo) {
  const Tasklet a = SpawnStep("a");
  const Tasklet b = SpawnStep("b");
  std::unordered_set<Tasklet> set = {a, b, Tasklet(a), Tasklet()};
  Log(set.size(), " ", set.count(a), " ", set.count(Tasklet::Current()));
  Log(std::hash<Tasklet>()(a) == std::hash<Tasklet>()(Tasklet(a)));
  EXPECT_THAT(log, ElementsAre("3 1 0", "true"));
}

TEST_F(HandleTest, CanBeAKeyOfAbseilsContainers) {
  const Tasklet a = SpawnStep("a");
  const Tasklet b = SpawnStep("b");
  absl::flat_hash_map<Tasklet, std::string> map;
  map[a] = "a";
  map[Tasklet(a)] += "a";
  map[b] = "b";
  Log(map.size(), " ", map[a], " ", map[b]);
  EXPECT_THAT(log, ElementsAre("2 aa b"));
}

TEST_F(HandleTest, PrintsTheNameAndTheState) {
  const Channel<int> c("c");
  const Channel<int> d("d");
  const Tasklet receiver = SpawnNamed("r", [c] { c.Receive(); });
  const Tasklet sender = SpawnNamed("s", [d] { d.Send(1); });
  const Tasklet paused = SpawnNamed("p", [] { ScheduleRemove(); });
  const Tasklet current =
      SpawnNamed("c", [this] { Log(Printed(Tasklet::Current())); });
  Run();
  const Tasklet scheduled = SpawnNamed("q", [] {});
  for (const Tasklet& t : {receiver, sender, paused, current, scheduled}) {
    Log(Printed(t));
  }
  EXPECT_THAT(log, ElementsAre("tasklet \"c\" (running)",
                               "tasklet \"r\" (receiving on channel \"c\")",
                               "tasklet \"s\" (sending on channel \"d\")",
                               "tasklet \"p\" (paused)", "tasklet \"c\" (dead)",
                               "tasklet \"q\" (ready)"));
}

TEST_F(HandleTest, IdsAreUniqueAndNeverUsedAgain) {
  std::set<uint64_t> ids = {Tasklet::Main().id()};
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 10; ++i) ids.insert(Spawn([] {}).id());
    Run();
  }
  std::thread([&ids] {
    ids.insert(Tasklet::Main().id());
    ids.insert(Spawn([] {}).id());
    Run();
  }).join();
  Log(ids.size(), " ", ids.count(0));
  EXPECT_THAT(log, ElementsAre("103 0"));
}

TEST_F(HandleTest, AnIdIsKeptForLifeAndAfterIt) {
  const Tasklet t = SpawnTwoSteps("t");
  const uint64_t id = t.id();
  Schedule();
  Log(t.id() == id);
  Run();
  Log(t.id() == id, " ", t.name());
  EXPECT_THAT(log, ElementsAre("t", "true", "t'", "true t"));
}

TEST_F(HandleTest, CurrentAndMainAreFoundFromEverywhere) {
  Log(StatesOf(Tasklet::Current()), ", ",
      Tasklet::Current() == Tasklet::Main());
  const Tasklet t = SpawnNamed("t", [this] {
    Log(Tasklet::Current().name(), ", ", StatesOf(Tasklet::Current()), ", ",
        StatesOf(Tasklet::Main()));
  });
  t.Run();
  std::thread([this, main = Tasklet::Main()] {
    Log("another thread's ", StatesOf(Tasklet::Main()), ", ",
        Tasklet::Main() == main);
  }).join();
  EXPECT_THAT(log,
              ElementsAre("main current alive scheduled, true",
                          "t, current alive scheduled, main alive scheduled",
                          "another thread's main current alive scheduled, "
                          "false"));
}

// The fact of trace G48.
TEST_F(HandleTest, NeighborsInTheRing) {
  const Tasklet main = Tasklet::Current();
  Log(main.next() == main, " ", main.prev() == main);
  const Tasklet a = SpawnStep("a");
  const Tasklet b = SpawnStep("b");
  Log(NameOf(main.next()), " ", NameOf(a.next()), " ", NameOf(b.next()));
  Log(NameOf(main.prev()), " ", NameOf(a.prev()), " ", NameOf(b.prev()));
  a.Remove();
  Log(NameOf(a.next()), " ", NameOf(a.prev()), " ", Ring());
  EXPECT_THAT(log, ElementsAre("true true", "a b main", "b main a",
                               "nobody nobody main b"));
}

TEST_F(HandleTest, NeighborsInAQueue) {
  const Channel<int> c;
  for (const char* name : {"a", "b", "c"})
    SpawnNamed(name, [c] { c.Receive(); });
  Run();
  const Tasklet a = c.queue();
  const Tasklet b = a.next();
  Log(NameOf(a.prev()), " ", NameOf(a), " ", NameOf(b), " ", NameOf(b.next()),
      " ", NameOf(b.next().next()));
  Log(NameOf(b.prev()), " ", NameOf(b.next().prev()));
  EXPECT_THAT(log, ElementsAre("nobody a b c nobody", "a b"));
}

TEST_F(HandleTest, MayBeCopiedAndDroppedOnAnotherThread) {
  Tasklet t = SpawnStep("t");
  std::thread([t] {
    Tasklet copy = t;
    EXPECT_TRUE(copy == t);
  }).join();
  t = Tasklet();
  Run();
  EXPECT_THAT(log, ElementsAre("t"));
}

}  // namespace
}  // namespace microthread
