// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Each tasklet is the root of greenlets of its own. A greenlet is switched to
// only from its own root; a generator may be consumed by one tasklet after the
// other.

#include <functional>
#include <string>

#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class GreenletsInTaskletsTest : public EventLogTest {
 protected:
  static std::string Words(const Greenlet& g) {
    std::string words;
    if (g.is_main()) words += " main";
    if (g.is_current()) words += " current";
    if (g.started()) words += " started";
    if (g.active()) words += " active";
    if (g.dead()) words += " dead";
    return words.empty() ? "none" : words.substr(1);
  }

  // Spawns a tasklet that makes `child`, below an unborn `parent`, and pauses
  // in it.
  Tasklet SpawnPausingIn(Greenlet& child, Greenlet& parent) {
    return SpawnNamed("owner", [this, &parent, &child] {
      parent = Greenlet({.name = "parent"}, [this] { Log("parent runs"); });
      child = Greenlet(
          {.name = "child"}, [] { ScheduleRemove(); }, parent);
      (void)child.Switch();
      Log("never");
    });
  }
};

TEST_F(GreenletsInTaskletsTest, EachTaskletIsARootOfItsOwn) {
  const Greenlet outer = Greenlet::Main();
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name, outer] {
      const Greenlet root = Greenlet::Main();
      Log(name, ": ", Words(root), ", outer is it: ", root == outer);
      Schedule();
      Log(name, " still: ", root == Greenlet::Main(), " ",
          root == Greenlet::Current());
      const Greenlet g([this, name, root] {
        Log(name, "'s greenlet: ", root == Greenlet::Main(), " ",
            root == Greenlet::Current(), " ",
            root == Greenlet::Current().parent());
      });
      (void)g.Switch();
    });
  }
  Run();
  EXPECT_THAT(
      log, ElementsAre("a: main current started active, outer is it: false",
                       "b: main current started active, outer is it: false",
                       "a still: true true", "a's greenlet: true false true",
                       "b still: true true", "b's greenlet: true false true"));
}

TEST_F(GreenletsInTaskletsTest, GreenletsOfSeveralTaskletsInterleave) {
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name] {
      const Greenlet g([this, name](int n) {
        while (n < 100) {
          Log(name, " in ", n);
          Schedule();
          n = Greenlet::Main().Switch(n + 1).get<int>();
        }
        return n;
      });
      int n = g.Switch(10).get<int>();
      Schedule();
      n = g.Switch(n * 2).get<int>();
      Log(name, " out ", n);
      Log(name, " ends with ", g.Switch(100).get<int>());
    });
  }
  Run();
  EXPECT_THAT(
      log, ElementsAre("a in 10", "b in 10", "a in 22", "b in 22", "a out 23",
                       "a ends with 100", "b out 23", "b ends with 100"));
}

TEST_F(GreenletsInTaskletsTest, AGreenletOfAnotherTaskletCannotBeSwitchedTo) {
  Greenlet g;
  SpawnNamed("owner", [this, &g] {
    g = Greenlet([this] {
      Log("begins");
      Greenlet::Main().Switch();
      Log("ends");
    });
    (void)g.Switch();
    Schedule();
    (void)g.Switch();
  });
  SpawnNamed("other", [this, &g] {
    Try("Switch", [&g] { (void)g.Switch(); });
    Try("Throw",
        [&g] { (void)g.Throw(std::make_exception_ptr(UserError("VE"))); });
    Try("Kill", [&g] { (void)g.Kill(); });
    Log(Words(g));
  });
  Run();
  Log(Words(g));
  EXPECT_THAT(log,
              ElementsAre("begins", "Switch: WrongTaskletError",
                          "Throw: WrongTaskletError", "Kill: WrongTaskletError",
                          "started active", "ends", "started dead"));
}

TEST_F(GreenletsInTaskletsTest, ASuspendedGreenletMayMoveToAnotherTasklet) {
  Greenlet g;
  SpawnNamed("owner", [this, &g] {
    g = Greenlet([this] {
      Log("begins in ", NameOf(Tasklet::Current()));
      (void)Greenlet::Current().parent().Switch();
      Log("goes on in ", NameOf(Tasklet::Current()));
      return 7;
    });
    (void)g.Switch();
    Schedule();
    Try("owner", [&g] { (void)g.Switch(); });
    ScheduleRemove();
  });
  SpawnNamed("other", [this, &g] {
    g.set_parent(Greenlet::Current());
    Schedule();
    Log("result ", g.Switch().get<int>());
  });
  Run();
  EXPECT_THAT(log, ElementsAre("begins in owner", "owner: WrongTaskletError",
                               "goes on in other", "result 7"));
}

TEST_F(GreenletsInTaskletsTest, AGreenletInWhichItsTaskletWaitsStaysThere) {
  Greenlet g;
  const Channel<int> c;
  SpawnNamed("owner", [this, &g, c] {
    g = Greenlet([this, c] {
      const int value = c.Receive();
      Log("got ", value, " in ", NameOf(Tasklet::Current()));
    });
    (void)g.Switch();
  });
  Run();
  Log(Words(g), ", queue ", QueueOf(c));
  Try("Switch", [&g] { (void)g.Switch(); });
  Try("Throw",
      [&g] { (void)g.Throw(std::make_exception_ptr(UserError("VE"))); });
  Try("set_parent", [&g] { g.set_parent(Greenlet::Main()); });
  c.Send(1);
  Run();
  Log(Words(g));
  EXPECT_THAT(
      log,
      ElementsAre("started active, queue owner", "Switch: WrongTaskletError",
                  "Throw: WrongTaskletError", "set_parent: WrongTaskletError",
                  "got 1 in owner", "started dead"));
}

TEST_F(GreenletsInTaskletsTest, AGeneratorIsConsumedByTaskletsInTurn) {
  Generator<int> numbers([this] {
    for (int i = 0; i < 5; ++i) {
      Log("made in ", NameOf(Tasklet::Current()));
      Yield(i);
    }
  });
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name, &numbers] {
      for (auto it = numbers.begin(); it != numbers.end(); ++it) {
        Log(name, " ", *it);
        Schedule();
      }
    });
  }
  Run();
  EXPECT_THAT(log, ElementsAre("made in a", "a 0", "b 0", "made in a", "a 1",
                               "made in b", "b 2", "made in a", "a 3",
                               "made in b", "b 4"));
}

TEST_F(GreenletsInTaskletsTest, AGeneratorsBodyMayWaitOnAChannel) {
  const Channel<int> c;
  SpawnNamed("consumer", [this, c] {
    Generator<int> doubled([this, c] {
      for (int n : c) {
        Log("body got ", n, " in ", NameOf(Tasklet::Current()));
        Yield(2 * n);
      }
    });
    for (int n : doubled) Log("consumer got ", n);
    Log("consumer ends");
  });
  Run();
  Log("queue ", QueueOf(c));
  c.Send(1);
  c.Send(2);
  c.Finish();
  Run();
  EXPECT_THAT(log, ElementsAre("queue consumer", "body got 1 in consumer",
                               "consumer got 2", "body got 2 in consumer",
                               "consumer got 4", "consumer ends"));
}

TEST_F(GreenletsInTaskletsTest, AGreenletOutlivesItsTaskletAndCanBeResumed) {
  Greenlet g;
  SpawnNamed("owner", [this, &g] {
    g = Greenlet([this] {
      const LogAtEnd guard = AtEnd("unwound");
      (void)Greenlet::Main().Switch();
      Log("goes on in ", NameOf(Tasklet::Current()));
      return 7;
    });
    (void)g.Switch();
  });
  Run();
  Log(Words(g));
  Log("result ", g.Switch().get<int>());
  EXPECT_THAT(log, ElementsAre("started active", "goes on in main", "unwound",
                               "result 7"));
}

TEST_F(GreenletsInTaskletsTest,
       AGreenletThatOutlivedItsTaskletStaysWhereItHasBeenTakenUp) {
  Greenlet g;
  SpawnNamed("owner", [this, &g] {
    g = Greenlet([this] {
      (void)Greenlet::Main().Switch();
      Log("taken up by ", NameOf(Tasklet::Current()));
      ScheduleRemove();
      Log("goes on in ", NameOf(Tasklet::Current()));
    });
    (void)g.Switch();
  });
  Run();
  const Tasklet second = SpawnNamed("second", [&g] { (void)g.Switch(); });
  Run();
  Log(Words(g));
  Try("Switch", [&g] { (void)g.Switch(); });
  Try("Throw",
      [&g] { (void)g.Throw(std::make_exception_ptr(UserError("VE"))); });
  Try("Kill", [&g] { (void)g.Kill(); });
  Try("set_parent", [&g] { g.set_parent(Greenlet::Main()); });
  second.Insert();
  Run();
  Log(Words(g));
  EXPECT_THAT(
      log,
      ElementsAre("taken up by second", "started active",
                  "Switch: WrongTaskletError", "Throw: WrongTaskletError",
                  "Kill: WrongTaskletError", "set_parent: WrongTaskletError",
                  "goes on in second", "started dead"));
}

TEST_F(GreenletsInTaskletsTest, WhoTakesUpAGreenletTakesUpItsAncestors) {
  Greenlet outer, inner;
  SpawnNamed("owner", [this, &outer, &inner] {
    outer = Greenlet([this, &inner] {
      inner = Greenlet([this] {
        (void)Greenlet::Main().Switch();
        ScheduleRemove();
        return 7;
      });
      Log("outer gets ", inner.Switch().get<int>());
    });
    (void)outer.Switch();
  });
  Run();
  const Tasklet second =
      SpawnNamed("second", [&inner] { (void)inner.Switch(); });
  Run();
  Try("Switch", [&outer] { (void)outer.Switch(); });
  second.Insert();
  Run();
  Log(Words(outer), ", ", Words(inner));
  EXPECT_THAT(log, ElementsAre("Switch: WrongTaskletError", "outer gets 7",
                               "started dead, started dead"));
}

TEST_F(GreenletsInTaskletsTest, WhoRunsIsNotMovedWithAnUnbornAncestor) {
  Greenlet parent, child;
  const Tasklet owner = SpawnPausingIn(child, parent);
  Run();
  parent.set_parent(Greenlet::Main());
  Log(ErrorText([&child] { (void)child.Switch(); }));
  owner.Insert();
  Log(ErrorText([] { Run(); }));
  Log(Words(parent), ", ", Words(child));
  EXPECT_THAT(
      log,
      ElementsAre("greenlet \"child\" is active in another tasklet and cannot "
                  "be switched to by tasklet \"main\": wait until it has "
                  "switched away",
                  "greenlet \"parent\" belongs to tasklet \"main\" and cannot "
                  "be switched to by tasklet \"owner\": make a greenlet of "
                  "this tasklet its parent first",
                  "none, started dead"));
}

TEST_F(GreenletsInTaskletsTest, WhoRunsIsNotTakenUpWithAnUnbornAncestor) {
  Greenlet parent, child;
  const Tasklet owner = SpawnPausingIn(child, parent);
  SpawnNamed("mover", [&parent] { parent.set_parent(Greenlet::Main()); });
  Run();
  Log(ErrorText([&child] { (void)child.Switch(); }));
  owner.Kill();
  Log(Words(parent), ", ", Words(child));
  EXPECT_THAT(
      log,
      ElementsAre("greenlet \"child\" is active in another tasklet and cannot "
                  "be switched to by tasklet \"main\": wait until it has "
                  "switched away",
                  "started dead, started dead"));
}

TEST_F(GreenletsInTaskletsTest, ADeadGreenletDoesNotLeadToWhoRunsElsewhere) {
  Greenlet parent, child;
  const Tasklet owner = SpawnPausingIn(child, parent);
  Run();
  parent.set_parent(Greenlet::Main());
  const Greenlet hollow(std::function<void()>(), child);
  const Greenlet ends([] {}, hollow);
  const Greenlet dies([] {}, child);
  Log(ErrorText([&ends] { (void)ends.Switch(); }));
  for (int i = 0; i < 2; ++i) Log(ErrorText([&dies] { (void)dies.Kill(); }));
  const std::string refused =
      "greenlet \"child\" is active in another tasklet and cannot be switched "
      "to by tasklet \"main\": wait until it has switched away";
  Log(ErrorText([&owner] { owner.Kill(); }));
  EXPECT_THAT(
      log,
      ElementsAre(refused, refused, refused,
                  "greenlet \"parent\" belongs to tasklet \"main\" and cannot "
                  "be switched to by tasklet \"owner\": make a greenlet of "
                  "this tasklet its parent first"));
}

TEST_F(GreenletsInTaskletsTest,
       AGreenletThatOutlivedItsTaskletIsUnwoundByADrop) {
  Greenlet g;
  SpawnNamed("owner", [this, &g] {
    g = Greenlet([this] {
      const LogAtEnd guard = AtEnd("unwound");
      (void)Greenlet::Main().Switch();
    });
    (void)g.Switch();
  });
  Run();
  SpawnNamed("dropper", [this, &g] {
    g = Greenlet();
    Log("dropped");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("unwound", "dropped"));
}

TEST_F(GreenletsInTaskletsTest, GreenletsOnTheStackOfATaskletAreUnwoundWithIt) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd root_guard = AtEnd("t unwound");
    const Greenlet g([this] {
      const LogAtEnd guard = AtEnd("g unwound");
      (void)Greenlet::Main().Switch();
    });
    (void)g.Switch();
    ScheduleRemove();
  });
  Run();
  t.Kill();
  EXPECT_THAT(log, ElementsAre("g unwound", "t unwound"));
}

TEST_F(GreenletsInTaskletsTest, AKillReachesATaskletInsideAGreenlet) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd root_guard = AtEnd("root unwound");
    const Greenlet outer([this] {
      const LogAtEnd guard = AtEnd("outer unwound");
      const Greenlet inner([this] {
        const LogAtEnd inner_guard = AtEnd("inner unwound");
        ScheduleRemove();
        Log("never");
      });
      (void)inner.Switch();
      Log("never");
    });
    (void)outer.Switch();
    Log("never");
  });
  Run();
  t.Kill();
  Log("killed, ", StatesOf(t));
  EXPECT_THAT(log, ElementsAre("inner unwound", "outer unwound", "root unwound",
                               "killed, none"));
}

TEST_F(GreenletsInTaskletsTest,
       AnErrorFromAGreenletIsTheTaskletsUncaughtError) {
  SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    const Greenlet g([] {
      Schedule();
      throw UserError("VE");
    });
    (void)g.Switch();
  });
  Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("t unwound", "Run: UserError VE"));
}

TEST_F(GreenletsInTaskletsTest, AGreenletMayEndTheTurnOfItsTasklet) {
  SpawnNamed("t", [this] {
    const Greenlet g([this] {
      for (int i = 0; i < 3; ++i) {
        Log("t", i);
        Schedule();
      }
    });
    (void)g.Switch();
    Log("t ends");
  });
  SpawnTwoSteps("u");
  Run();
  EXPECT_THAT(log, ElementsAre("t0", "u", "t1", "u'", "t2", "t ends"));
}

TEST_F(GreenletsInTaskletsTest, AKilledGreenletDoesNotEndItsTasklet) {
  SpawnNamed("t", [this] {
    const Greenlet g([this] {
      const LogAtEnd guard = AtEnd("g unwound");
      (void)Greenlet::Main().Switch();
    });
    (void)g.Switch();
    Log("exit ", g.Kill().is_exit());
    Log(Words(g));
    Schedule();
    Log("t ends");
  });
  Run();
  EXPECT_THAT(log,
              ElementsAre("g unwound", "exit true", "started dead", "t ends"));
}

}  // namespace
}  // namespace microthread
