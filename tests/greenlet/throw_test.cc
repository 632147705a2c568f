// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Errors that leave a greenlet, that are thrown into one, and GreenletExit. The
// T numbers are those of greenlet's golden traces.

#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <utility>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::Message;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class ThrowTest : public testing::Test {
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

// T6
TEST_F(ThrowTest, AnErrorGoesToTheParentWhereItIsParked) {
  Log log;
  Greenlet p([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const Oops& oops) {
      log.push_back(std::string("p caught ") + oops.what());
    }
    return "h";
  });
  (void)p.Switch();
  Greenlet c([]() -> int { throw Oops("K"); }, p);
  Greenlet s([&] {
    log.push_back("s");
    c.Switch();
    log.push_back("never");
  });
  log.push_back("main " + Show(s.Switch()));
  log.push_back(c.dead() && p.dead() && s.active() ? "s parked" : "wrong");
  EXPECT_EQ(log, (Log{"s", "p caught K", "main (h)", "s parked"}));
}

// T7
TEST_F(ThrowTest, EachLevelIsUnwoundBeforeTheNextOneSeesTheError) {
  Log log;
  Greenlet a([&] {
    Note note{log, "fin A"};
    Greenlet::Main().Switch();
  });
  (void)a.Switch();
  Greenlet b(
      [&] {
        Note note{log, "fin B"};
        Greenlet::Main().Switch();
      },
      a);
  (void)b.Switch();
  Greenlet c([]() -> int { throw Oops("V"); }, b);
  log.push_back(Outcome([&] { return c.Switch(); }));
  log.push_back(a.dead() && b.dead() && c.dead() ? "all dead" : "wrong");
  EXPECT_EQ(log, (Log{"fin B", "fin A", "oops V", "all dead"}));
}

TEST_F(ThrowTest, TheExceptionObjectStaysTheSame) {
  const void* thrown = nullptr;
  Greenlet outer([&] {
    Greenlet([&] {
      try {
        throw Oops("same");
      } catch (const Oops& oops) {
        thrown = &oops;
        throw;
      }
    }).Switch();
  });
  try {
    (void)outer.Switch();
    FAIL();
  } catch (const Oops& oops) {
    EXPECT_EQ(&oops, thrown);
  }
}

struct Bye : GreenletExit {
  explicit Bye(std::string w) : word(std::move(w)) {}
  std::string word;
};

// T8
TEST_F(ThrowTest, AnExitThatLeavesTheFunctionIsAValue) {
  Greenlet g([]() -> int { throw GreenletExit(); });
  EXPECT_TRUE(g.Switch().is_exit());
  EXPECT_TRUE(g.dead());
  Greenlet derived([]() -> int { throw Bye("bye"); });
  std::string word;
  try {
    std::rethrow_exception(derived.Switch().exit());
  } catch (const Bye& bye) {
    word = bye.word;
  }
  EXPECT_EQ(word, "bye");
}

TEST_F(ThrowTest, AnExitStartsAnUnbornParent) {
  Log log;
  Greenlet p([&](Message m) { log.push_back("p " + Show(m)); });
  Greenlet c([]() -> int { throw GreenletExit(); }, p);
  log.push_back(Show(c.Switch()));
  EXPECT_EQ(log, (Log{"p exit", "none"}));
}

// T9
TEST_F(ThrowTest, AnUnbornGreenletEndsWithoutHavingRun) {
  Log log;
  auto body = [&] { log.push_back("ran"); };
  Greenlet a(body), b(body);
  log.push_back(Outcome([&] { return a.Throw(MakeOops("V")); }));
  log.push_back(Outcome([&] { return b.Kill(); }));
  log.push_back(a.dead() && b.dead() ? "dead" : "wrong");
  EXPECT_EQ(log, (Log{"oops V", "exit", "dead"}));
}

// T9
TEST_F(ThrowTest, TheErrorOfAnUnbornOneGoesToItsParent) {
  Log log;
  Greenlet p([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const Oops&) {
      log.push_back("p caught");
    }
    return "caught";
  });
  (void)p.Switch();
  Greenlet g([&] { log.push_back("ran"); }, p);
  log.push_back(Outcome([&] { return g.Throw(MakeOops("I")); }));
  EXPECT_EQ(log, (Log{"p caught", "(caught)"}));
}

// T9
TEST_F(ThrowTest, AnUnbornParentDiesOfAnErrorWithoutRunning) {
  Log log;
  auto body = [&] { log.push_back("ran"); };
  Greenlet p(body);
  Greenlet g(body, p);
  log.push_back(Outcome([&] { return g.Throw(MakeOops("I")); }));
  log.push_back(p.dead() && g.dead() ? "both dead" : "wrong");
  EXPECT_EQ(log, (Log{"oops I", "both dead"}));
}

// T10
TEST_F(ThrowTest, ADeadGreenletPassesErrorsOnAndExitsAsValues) {
  Log log;
  Greenlet p([&]() -> const char* {
    for (;;) {
      try {
        Message m = Greenlet::Main().Switch();
        log.push_back("p got " + Show(m));
        return "p ends";
      } catch (const Oops&) {
        log.push_back("p caught");
      }
    }
  });
  Greenlet orphan([] {});
  (void)orphan.Switch();
  log.push_back(Outcome([&] { return orphan.Kill(); }));
  log.push_back(Outcome([&] { return orphan.Throw(MakeOops("V")); }));
  Greenlet g([] {}, p);
  (void)p.Switch();
  log.push_back(Outcome([&] { return g.Switch(); }));  // p ends by its result
  EXPECT_EQ(log, (Log{"exit", "oops V", "p got none", "(p ends)"}));
}

// T10
TEST_F(ThrowTest, ThroughADeadGreenletTheParkedParentIsReached) {
  Log log;
  auto body = [&]() -> const char* {
    try {
      Message m = Greenlet::Main().Switch();
      log.push_back("p got " + Show(m));
    } catch (const Oops&) {
      log.push_back("p caught");
    }
    return "pv";
  };
  for (bool kill : {false, true}) {
    Greenlet d([] {});
    (void)d.Switch();
    Greenlet p(body);
    (void)p.Switch();
    d.set_parent(p);
    log.push_back(
        Outcome([&] { return kill ? d.Kill() : d.Throw(MakeOops("V")); }));
  }
  EXPECT_EQ(log, (Log{"p caught", "(pv)", "p got exit", "(pv)"}));
}

// T11
TEST_F(ThrowTest, AGreenletMayCatchAndGoOn) {
  Log log;
  Greenlet f([&] {
    for (int n = 0;; ++n) {
      try {
        log.push_back("got " + Show(Greenlet::Main().Switch(n)));
      } catch (const Oops& oops) {
        log.push_back(std::string("caught ") + oops.what());
      }
    }
  });
  log.push_back(Show(f.Switch()));
  log.push_back(Show(f.Throw(MakeOops("one"))));
  log.push_back(Show(f.Switch("v")));
  log.push_back(Show(f.Throw(MakeOops("two"))));
  log.push_back(Show(f.Kill()));
  log.push_back(f.dead() ? "dead" : "wrong");
  EXPECT_EQ(log, (Log{"(0)", "caught one", "(1)", "got (v)", "(2)",
                      "caught two", "(3)", "exit", "dead"}));
}

// T12
TEST_F(ThrowTest, TheCurrentGreenletThrowsAtOnce) {
  Log log;
  log.push_back(Outcome([] { return Greenlet::Main().Throw(MakeOops("V")); }));
  log.push_back(Outcome([] { return Greenlet::Main().Kill(); }));
  Greenlet g([&] {
    log.push_back(
        Outcome([] { return Greenlet::Current().Throw(MakeOops("K")); }));
    Greenlet::Current().Kill();
    log.push_back("never");
  });
  log.push_back(Outcome([&] { return g.Switch(); }));
  EXPECT_EQ(log, (Log{"oops V", "exit thrown", "oops K", "exit"}));
}

// T27
TEST_F(ThrowTest, TheVictimsParentGetsControlNotTheKiller) {
  Log log;
  Greenlet w;
  Greenlet hub([&] {
    w = Greenlet([&] {
      Note note{log, "w finally"};
      Greenlet::Main().Switch();
    });
    log.push_back("hub got " + Show(w.Switch()));
    return "idle";
  });
  (void)hub.Switch();
  Greenlet k([&] {
    log.push_back("kill");
    w.Kill();
    log.push_back("never");
  });
  log.push_back("main got " + Show(k.Switch()));
  log.push_back(w.dead() && k.active() ? "k parked" : "wrong");
  EXPECT_EQ(log, (Log{"kill", "w finally", "hub got exit", "main got (idle)",
                      "k parked"}));
}

// T28
TEST_F(ThrowTest, AVictimMaySwitchBeforeItEnds) {
  Log log;
  Greenlet g([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      log.push_back("in finally " + Show(Greenlet::Main().Switch("busy")));
      log.push_back("cleaned");
      throw;
    }
  });
  (void)g.Switch();
  log.push_back(Outcome([&] { return g.Kill(); }));
  log.push_back(g.active() ? "alive" : "wrong");
  log.push_back(Outcome([&] { return g.Switch("go on"); }));
  log.push_back(g.dead() ? "dead" : "wrong");
  EXPECT_EQ(log, (Log{"(busy)", "alive", "in finally (go on)", "cleaned",
                      "exit", "dead"}));
}

// T29
TEST_F(ThrowTest, AChildThatThrowsIsLikeAThrow) {
  Log log;
  auto body = [&log] {
    try {
      Message m = Greenlet::Main().Switch();
      log.push_back("f got " + Show(m));
    } catch (const Oops&) {
      log.push_back("f caught");
    }
    return "f ret";
  };
  {
    Greenlet f(body);
    (void)f.Switch();
    log.push_back(Outcome([&] { return f.Throw(MakeOops("K")); }));
  }
  {
    Greenlet f(body);
    (void)f.Switch();
    Greenlet raiser([]() -> int { throw Oops("K"); }, f);
    log.push_back(Outcome([&] { return raiser.Switch(); }));
  }
  {
    Greenlet f(body);
    (void)f.Switch();
    Greenlet raiser([]() -> int { throw GreenletExit(); }, f);
    log.push_back(Outcome([&] { return raiser.Switch(); }));
  }
  EXPECT_EQ(log, (Log{"f caught", "(f ret)", "f caught", "(f ret)",
                      "f got exit", "(f ret)"}));
}

TEST_F(ThrowTest, ExceptionsOfAnyTypeTravel) {
  struct Plain {
    int value;
  };
  Greenlet g([]() -> int { throw Plain{7}; });
  int value = 0;
  try {
    (void)g.Switch();
  } catch (const Plain& plain) {
    value = plain.value;
  }
  EXPECT_EQ(value, 7);
}

TEST_F(ThrowTest, AThousandFailingGreenletsLeaveNothingBehind) {
  int caught = 0;
  for (int i = 0; i < 1000; ++i) {
    try {
      Greenlet([]() -> int { throw Oops("x"); }).Switch();
    } catch (const Oops&) {
      ++caught;
    }
  }
  EXPECT_EQ(caught, 1000);
}

}  // namespace
}  // namespace microthread_test
