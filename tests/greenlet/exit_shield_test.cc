// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Who waits where nothing may be thrown (under an ExitShield, or while its
// stack is being unwound) gets what is thrown into it later.

#include "microthread/greenlet/exit_shield.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::ExitShield;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::Message;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class ExitShieldTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

 private:
  LiveObjects before_ = CountLiveObjects();
};

struct Note {
  Log& log;
  std::string text;
  ~Note() { log.push_back(text); }
};

TEST_F(ExitShieldTest, AKillWaitsUntilTheNextSwitchAfterTheShield) {
  Log log;
  Greenlet g([&] {
    Note note{log, "unwound"};
    {
      ExitShield shield;
      log.push_back("shielded " + Show(Greenlet::Main().Switch()));
    }
    log.push_back("shield ended");
    Greenlet::Main().Switch();
    log.push_back("never");
  });
  (void)g.Switch();
  log.push_back(Outcome([&] { return g.Kill(); }));
  log.push_back(g.active() ? "alive" : "dead");
  log.push_back(Outcome([&] { return g.Switch(7); }));
  log.push_back(g.active() ? "alive" : "dead");
  EXPECT_EQ(log, (Log{"none", "alive", "shielded (7)", "shield ended",
                      "unwound", "exit", "dead"}));
}

TEST_F(ExitShieldTest, AnErrorWaitsToo) {
  Log log;
  Greenlet g([&] {
    {
      ExitShield outer;
      {
        ExitShield inner;
        Greenlet::Main().Switch();
      }
      log.push_back(Outcome([] { return Greenlet::Main().Switch(); }));
    }
    log.push_back(Outcome([] { return Greenlet::Main().Switch(); }));
    log.push_back(Outcome([] { return Greenlet::Main().Switch(); }));
  });
  (void)g.Switch();
  (void)g.Throw(MakeOops("late"));
  (void)g.Switch(1);
  (void)g.Switch(2);
  (void)g.Switch(3);
  EXPECT_EQ(log, (Log{"(2)", "oops late", "(3)"}));
}

TEST_F(ExitShieldTest, ADroppedOneIsResumedWithNothingUntilItsShieldEnds) {
  Log log;
  Greenlet g([&] {
    Note note{log, "unwound"};
    {
      ExitShield shield;
      for (int i = 0; i < 3; ++i) {
        log.push_back("shielded " + Show(Greenlet::Main().Switch()));
      }
    }
    log.push_back(Outcome([] { return Greenlet::Main().Switch(); }));
  });
  (void)g.Switch();
  g = Greenlet();
  log.push_back("dropped");
  EXPECT_EQ(log, (Log{"shielded none", "shielded none", "shielded none",
                      "exit thrown", "unwound", "dropped"}));
}

TEST_F(ExitShieldTest, AShieldThatNobodyTestedCostsNothing) {
  Log log;
  Greenlet g([&] {
    { ExitShield shield; }
    log.push_back(Outcome([] { return Greenlet::Main().Switch(); }));
  });
  (void)g.Switch();
  (void)g.Kill();
  EXPECT_EQ(log, Log{"exit thrown"});
}

struct SwitchesWhenDestroyed {
  Log& log;
  ~SwitchesWhenDestroyed() {
    Message m = Greenlet::Main().Switch();
    log.push_back("destructor resumed with " + Show(m));
  }
};

TEST_F(ExitShieldTest, AKillWaitsForTheEndOfAnUnwinding) {
  Log log;
  Greenlet g([&] {
    Note note{log, "unwound"};
    try {
      SwitchesWhenDestroyed parker{log};
      throw Oops("on its way");
    } catch (const Oops& oops) {
      log.push_back(std::string("caught ") + oops.what());
    }
    Greenlet::Main().Switch();
    log.push_back("never");
  });
  (void)g.Switch();
  log.push_back(Outcome([&] { return g.Kill(); }));
  log.push_back(Outcome([&] { return g.Switch("go on"); }));
  log.push_back(g.dead() ? "dead" : "alive");
  EXPECT_EQ(log, (Log{"none", "destructor resumed with (go on)",
                      "caught on its way", "unwound", "exit", "dead"}));
}

TEST_F(ExitShieldTest, ADropWaitsForTheEndOfAnUnwinding) {
  Log log;
  Greenlet g([&] {
    Note note{log, "unwound"};
    try {
      SwitchesWhenDestroyed parker{log};
      throw Oops("on its way");
    } catch (const Oops&) {
    }
    Greenlet::Main().Switch();
    log.push_back("never");
  });
  (void)g.Switch();
  g = Greenlet();
  EXPECT_EQ(log, (Log{"destructor resumed with none", "unwound"}));
}

TEST_F(ExitShieldTest, ADestructorMaySwitchWhileItsGreenletIsKilled) {
  Log log;
  Greenlet g([&] {
    SwitchesWhenDestroyed parker{log};
    Greenlet::Main().Switch();
  });
  (void)g.Switch();
  log.push_back(Outcome([&] { return g.Kill(); }));
  log.push_back(g.active() ? "still unwinding" : "dead");
  log.push_back(Outcome([&] { return g.Switch("rest"); }));
  EXPECT_EQ(log, (Log{"()", "still unwinding", "destructor resumed with (rest)",
                      "exit"}));
}

// Each level of it is destroyed by the one above, and switches meanwhile.
struct Nested {
  Nested(Log& l, int d, std::unique_ptr<Nested> b)
      : log(l), depth(d), below(std::move(b)) {}
  ~Nested() {
    ExitShield shield;
    log.push_back(std::to_string(depth) + " " +
                  Show(Greenlet::Main().Switch()));
  }

  Log& log;
  int depth;
  std::unique_ptr<Nested> below;
};

TEST_F(ExitShieldTest, DestructorsOfANestedStructureMaySwitch) {
  Log log;
  auto body = [&log] {
    std::unique_ptr<Nested> top;
    for (int depth = 3; depth > 0; --depth) {
      top = std::make_unique<Nested>(log, depth, std::move(top));
    }
  };
  Greenlet a(body), b(body);
  (void)a.Switch();
  (void)b.Switch();
  (void)a.Kill();
  (void)b.Switch(10);
  (void)a.Switch(20);
  while (!a.dead()) (void)a.Switch(21);
  b = Greenlet();
  EXPECT_EQ(log,
            (Log{"1 (10)", "1 (20)", "2 (21)", "3 (21)", "2 none", "3 none"}));
}

TEST_F(ExitShieldTest, ItDoesNotHoldBackWhatTheCurrentOneThrowsIntoItself) {
  Greenlet g([] {
    ExitShield shield;
    Greenlet::Current().Throw(MakeOops("mine"));
  });
  EXPECT_EQ(Outcome([&] { return g.Switch(); }), "oops mine");
}

TEST(ExitShieldDeathTest, WithoutOneAKillInANoexceptFunctionTerminates) {
  EXPECT_DEATH(
      {
        Greenlet g(GreenletOptions{.name = "victim"},
                   []() noexcept { Greenlet::Main().Switch(); });
        (void)g.Switch();
        (void)g.Kill();
      },
      "std::terminate was called in greenlet \"victim\"; .* put an ExitShield "
      "there\nterminate called");
}

TEST_F(ExitShieldTest, OneThatEndsUnderItsKillIsSimplyDead) {
  Log log;
  Greenlet g([&] {
    ExitShield shield;
    Greenlet::Main().Switch();
    return "result";
  });
  (void)g.Switch();
  (void)g.Kill();
  log.push_back(Outcome([&] { return g.Switch(); }));
  log.push_back(Outcome([&] { return g.Switch(5); }));
  EXPECT_EQ(log, (Log{"(result)", "(5)"}));
}

}  // namespace
}  // namespace microthread_test
