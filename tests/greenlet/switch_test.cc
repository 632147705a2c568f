// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Where control goes, and with what. The T numbers are those of greenlet's
// golden traces.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::Message;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class SwitchTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

 private:
  LiveObjects before_ = CountLiveObjects();
};

// T1
TEST_F(SwitchTest, TwoGreenletsTalk) {
  Log log;
  Greenlet b;
  Greenlet a([&](int x, int y) {
    log.push_back("a " + Show(Message(x, y)));
    Message z = b.Switch(x + y);
    log.push_back("a2 " + Show(z));
    return "A";
  });
  b = Greenlet([&](int u) {
    log.push_back("b " + Show(Message(u)));
    Message v = a.Switch(42);
    log.push_back("b2 " + Show(v));
  });
  log.push_back("main " + Show(a.Switch(1, 2)));
  log.push_back(a.dead() && !b.dead() ? "a dead" : "wrong");
  log.push_back("main " + Show(b.Switch("fin")));
  log.push_back(b.dead() ? "b dead" : "wrong");
  EXPECT_EQ(log, (Log{"a (1, 2)", "b (3)", "a2 (42)", "main (A)", "a dead",
                      "b2 (fin)", "main none", "b dead"}));
}

// T3
TEST_F(SwitchTest, ADeadGreenletPassesTheValuesOn) {
  Log log;
  Greenlet g([] { return "v"; });
  log.push_back(g.dead() ? "dead" : "alive");
  log.push_back(Show(g.Switch()));
  log.push_back(g.dead() ? "dead" : "alive");
  log.push_back(Show(g.Switch()));
  log.push_back(Show(g.Switch(5)));
  log.push_back(Show(g.Switch(5, 6)));
  EXPECT_EQ(log, (Log{"alive", "(v)", "dead", "()", "(5)", "(5, 6)"}));
}

// T12
TEST_F(SwitchTest, ASwitchToTheCurrentOneReturnsAtOnce) {
  Log log;
  Greenlet main = Greenlet::Main();
  log.push_back(Show(main.Switch()));
  log.push_back(Show(main.Switch(1)));
  log.push_back(Show(main.Switch(1, 2)));
  Greenlet g([&] {
    log.push_back("g " + Show(Greenlet::Current().Switch("x")));
    return "end";
  });
  log.push_back(Show(g.Switch()));
  EXPECT_EQ(log, (Log{"()", "(1)", "(1, 2)", "g (x)", "(end)"}));
}

// T30
TEST_F(SwitchTest, ChainsOfStartersUnwindFromTheBottom) {
  Log log;
  Greenlet bottom;
  std::vector<Greenlet> all;
  std::function<Greenlet(int)> level = [&](int n) {
    Greenlet g([&log, &bottom, &level, n] {
      int below;
      if (n == 0) {
        bottom = Greenlet::Current();
        below = Greenlet::Main().Switch("bottom").get<int>();
      } else {
        below = level(n - 1).Switch().get<int>();
      }
      log.push_back("leave " + std::to_string(n));
      return below + 1;
    });
    all.push_back(g);
    return g;
  };
  log.push_back(Show(level(3).Switch()));
  log.push_back(Show(bottom.Switch(100)));
  int dead = 0;
  for (const Greenlet& g : all) dead += g.dead();
  log.push_back(std::to_string(dead) + " dead");
  EXPECT_EQ(log, (Log{"(bottom)", "leave 0", "leave 1", "leave 2", "leave 3",
                      "(104)", "4 dead"}));
}

// T31
TEST_F(SwitchTest, ASwitchToADeadOneCanLandElsewhereThanInItsCaller) {
  Log log;
  Greenlet a([] {});
  (void)a.Switch();
  Greenlet b([] {}, a);
  (void)b.Switch();
  Greenlet f([&] {
    Message m = b.Switch("x");
    log.push_back("f " + Show(m));
  });
  log.push_back("main " + Show(f.Switch()));
  log.push_back(f.active() ? "f parked" : "wrong");
  (void)f.Switch("back");
  EXPECT_EQ(log, (Log{"main (x)", "f parked", "f (back)"}));
}

int Recurse(int depth) {
  if (depth == 0) return Greenlet::Main().Switch().get<int>();
  return Recurse(depth - 1) + 1;
}

// T34
TEST_F(SwitchTest, DeepRecursionsAreKeptSideBySide) {
  const GreenletOptions large{.stack_size = 1 << 20};
  Greenlet g(large, [](int depth) { return Recurse(depth); });
  Greenlet h(large, [](int depth) { return Recurse(depth); });
  (void)g.Switch(500);
  (void)h.Switch(300);
  EXPECT_EQ(g.Switch(0).get<int>(), 500);
  EXPECT_EQ(h.Switch(1000).get<int>(), 1300);
}

TEST_F(SwitchTest, TwoGreenletsOfOneFunctionInterleave) {
  Log log;
  auto body = [&log](const char* name) {
    for (int i = 0; i < 2; ++i) {
      log.push_back(name + std::to_string(i));
      Greenlet::Main().Switch();
    }
  };
  Greenlet a(body), b(body);
  (void)a.Switch("a");
  (void)b.Switch("b");
  while (!a.dead() || !b.dead()) {
    (void)a.Switch();
    (void)b.Switch();
  }
  EXPECT_EQ(log, (Log{"a0", "b0", "a1", "b1"}));
}

TEST_F(SwitchTest, ControlMovesSymmetrically) {
  Log log;
  Greenlet a, b, c;
  a = Greenlet([&] {
    log.push_back("a");
    b.Switch();
    log.push_back("a again");
    return "a's end";
  });
  b = Greenlet([&] {
    log.push_back("b");
    c.Switch();
  });
  c = Greenlet([&] {
    log.push_back("c");
    a.Switch();
  });
  log.push_back(Show(a.Switch()));
  EXPECT_EQ(log, (Log{"a", "b", "c", "a again", "(a's end)"}));
}

TEST_F(SwitchTest, MainIsResumedByWhoeverSwitchesToIt) {
  Log log;
  Greenlet inner;
  Greenlet outer([&] {
    inner = Greenlet([&] { Greenlet::Main().Switch("from inner"); });
    inner.Switch();
    log.push_back("outer resumed");
  });
  log.push_back(Show(outer.Switch()));
  (void)inner.Switch();  // ends; its parent, outer, goes on and ends
  log.push_back(outer.dead() ? "outer dead" : "outer alive");
  EXPECT_EQ(log, (Log{"(from inner)", "outer resumed", "outer dead"}));
}

// An address of a local stays valid while its greenlet is suspended.
TEST_F(SwitchTest, StacksAreNeverMoved) {
  int* local = nullptr;
  Greenlet g([&] {
    int mine = 1;
    local = &mine;
    Greenlet::Main().Switch();
    return mine;
  });
  (void)g.Switch();
  *local = 77;
  EXPECT_EQ(g.Switch().get<int>(), 77);
}

TEST_F(SwitchTest, AMillionSwitchesKeepTheirCount) {
  Greenlet g([](int n) {
    for (;;) n = Greenlet::Main().Switch(n + 1).get<int>();
  });
  int n = 0;
  while (n < 1000000) n = g.Switch(n).get<int>();
  EXPECT_EQ(n, 1000000);
}

TEST_F(SwitchTest, ThrowsItsOwnExceptionsBetweenSwitches) {
  Log log;
  Greenlet g([&] {
    for (int i = 0; i < 3; ++i) {
      try {
        throw Oops(std::to_string(i));
      } catch (const Oops& oops) {
        log.push_back(oops.what());
      }
      Greenlet::Main().Switch();
    }
  });
  while (!g.dead()) (void)g.Switch();
  EXPECT_EQ(log, (Log{"0", "1", "2"}));
}

}  // namespace
}  // namespace microthread_test
