// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What happens when the last handle is dropped. The T numbers are those of
// greenlet's golden traces.

#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/weak_greenlet.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::Message;
using microthread::WeakGreenlet;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class DropTest : public testing::Test {
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

std::string ParentOfCurrent(const Greenlet& candidate, const char* name) {
  return Greenlet::Current().parent() == candidate ? name : "somebody else";
}

// T13
TEST_F(DropTest, UnwindsASuspendedGreenletBeforeTheDropReturns) {
  Log log;
  Greenlet hub([&] { log.push_back("hub ran"); });
  Greenlet g(
      [&] {
        Note note{log, "finally"};
        try {
          Greenlet::Main().Switch();
        } catch (const GreenletExit&) {
          log.push_back("exit with parent " +
                        ParentOfCurrent(Greenlet::Main(), "main"));
          throw;
        }
      },
      hub);
  (void)g.Switch();
  log.push_back("before");
  g = Greenlet();
  log.push_back("after");
  EXPECT_EQ(log, (Log{"before", "exit with parent main", "finally", "after"}));
  EXPECT_FALSE(hub.started());
}

// T14
TEST_F(DropTest, TheDropperIsTheParentMeanwhile) {
  Log log;
  Greenlet k;
  Greenlet victim([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      log.push_back("exit with parent " + ParentOfCurrent(k, "k"));
      throw;
    }
  });
  (void)victim.Switch();
  k = Greenlet([&] {
    log.push_back("dropping");
    victim = Greenlet();
    log.push_back("dropped");
    return "k";
  });
  log.push_back("main got " + Show(k.Switch()));
  EXPECT_EQ(log,
            (Log{"dropping", "exit with parent k", "dropped", "main got (k)"}));
}

// T15
TEST_F(DropTest, AnErrorDuringTheUnwindingIsReportedAndGoesNoFurther) {
  Log log;
  Greenlet g(GreenletOptions{.name = "walker"}, [] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      throw Oops("instead");
    }
  });
  (void)g.Switch();
  testing::internal::CaptureStderr();
  g = Greenlet();
  log.push_back(testing::internal::GetCapturedStderr());
  log.push_back("dropper goes on");
  EXPECT_EQ(log, (Log{"microthread: an exception left greenlet \"walker\" "
                      "while it was unwound: instead\n",
                      "dropper goes on"}));
}

// T15, but the exit is repeated
TEST_F(DropTest, OneThatRefusesIsAskedAgain) {
  Log log;
  Greenlet g([&] {
    for (int refusals = 0; refusals < 3;) {
      try {
        Greenlet::Main().Switch();
      } catch (const GreenletExit&) {
        log.push_back("refuse " + std::to_string(++refusals));
      }
    }
    log.push_back("end");
  });
  (void)g.Switch();
  g = Greenlet();
  log.push_back("dropped");
  EXPECT_EQ(log, (Log{"refuse 1", "refuse 2", "refuse 3", "end", "dropped"}));
}

TEST(DropDeathTest, OneThatRefusesTenTimesEndsTheProgram) {
  EXPECT_DEATH(
      {
        Greenlet g(GreenletOptions{.name = "stubborn"}, [] {
          for (;;) {
            try {
              Greenlet::Main().Switch();
            } catch (const GreenletExit&) {
            }
          }
        });
        (void)g.Switch();
        g = Greenlet();
      },
      "microthread: greenlet \"stubborn\" was dropped while suspended and "
      "refused 10 times to end: let GreenletExit leave its function");
}

// T15
TEST_F(DropTest, OneThatStoresAHandleToItselfLivesOn) {
  Log log;
  Greenlet keep;
  Greenlet hub([] {});
  Greenlet g(
      [&] {
        try {
          Greenlet::Main().Switch();
        } catch (const GreenletExit&) {
          keep = Greenlet::Current();
          log.push_back("resurrected");
        }
        log.push_back("resumed with " +
                      Show(Greenlet::Main().Switch("parked")));
        keep = Greenlet();
        return "done";
      },
      hub);
  (void)g.Switch();
  g = Greenlet();
  log.push_back(keep.active() ? "alive" : "wrong");
  log.push_back(keep.parent() == hub ? "parent restored" : "wrong");
  keep.set_parent(Greenlet::Main());
  log.push_back(Show(keep.Switch("hello")));
  EXPECT_EQ(log, (Log{"resurrected", "alive", "parent restored",
                      "resumed with (hello)", "(done)"}));
}

// While it is unwound the dropper is its parent; afterwards its own one again,
// unless that has become its child or it was given another.
TEST_F(DropTest, OneThatLivesOnKeepsTheParentThatItWasGivenMeanwhile) {
  Log log;
  for (const bool cycle : {true, false}) {
    Greenlet saved, hub([] {}), other([](Message) {});
    Greenlet g(
        [&] {
          try {
            Greenlet::Main().Switch();
          } catch (const GreenletExit&) {
            saved = Greenlet::Current();
          }
          if (cycle) {
            hub.set_parent(saved);
          } else {
            saved.set_parent(other);
          }
          Greenlet::Main().Switch();
        },
        hub);
    (void)g.Switch();
    g = Greenlet();
    const Greenlet parent = saved.parent();
    log.push_back(parent == Greenlet::Main() ? "main"
                  : parent == other          ? "other"
                                             : "hub");
    (void)saved.Switch();
  }
  EXPECT_EQ(log, (Log{"main", "other"}));
}

// T25
TEST_F(DropTest, AValueArrivesThoughItsSenderIsUnwoundMeanwhile) {
  Log log;
  std::optional<Greenlet> only;
  only.emplace([&] {
    Message v = Greenlet::Main().Switch("primed");
    only.reset();
    Note note{log, "unwound"};
    try {
      Greenlet::Main().Switch("on", std::string(Show(v)));
    } catch (const GreenletExit&) {
      log.push_back("exit");
      throw;
    }
  });
  (void)only->Switch();
  log.push_back("main got " + Show(only->Switch("val")));
  EXPECT_EQ(log, (Log{"exit", "unwound", "main got (on, (val))"}));
}

// T30
TEST_F(DropTest, CleanupMayDropOtherGreenlets) {
  Log log;
  Greenlet outer([&] {
    Note unwound{log, "outer unwound"};
    // By default this one would be its parent, and the two would keep each
    // other alive: it by the parent link, inner by the handle on this stack.
    Greenlet inner(
        [&] {
          Note inner_unwound{log, "inner unwound"};
          Note inner_unwinding{log, "inner unwinding"};
          Greenlet::Main().Switch();
        },
        Greenlet::Main());
    Note unwinding{log, "outer unwinding"};
    inner.Switch();
  });
  (void)outer.Switch();
  log.push_back("drop");
  outer = Greenlet();
  log.push_back("dropped");
  EXPECT_EQ(log, (Log{"drop", "outer unwinding", "inner unwinding",
                      "inner unwound", "outer unwound", "dropped"}));
}

// T33
TEST_F(DropTest, AHandleOnItsOwnStackKeepsItAlive) {
  Log log;
  Greenlet* inside = nullptr;
  Greenlet g([&] {
    Note note{log, "unwound"};
    Greenlet me = Greenlet::Current();
    inside = &me;
    Greenlet::Main().Switch();
  });
  (void)g.Switch();
  g = Greenlet();
  log.push_back(inside->active() ? "alive" : "wrong");
  (void)Greenlet(*inside).Kill();
  EXPECT_EQ(log, (Log{"alive", "unwound"}));
}

TEST_F(DropTest, FreesUnbornAndDeadOnesSilently) {
  Log log;
  Greenlet unborn([&] { log.push_back("ran"); });
  Greenlet dead([] {});
  (void)dead.Switch();
  unborn = dead = Greenlet();
  EXPECT_EQ(log, Log());
}

TEST_F(DropTest, TheHandleOfASwitchUnderWayMayBeDropped) {
  Log log;
  std::optional<Greenlet> only;
  only.emplace([&] {
    only.reset();
    log.push_back("handle gone");
    return "result";
  });
  log.push_back(Show(only->Switch()));
  EXPECT_EQ(log, (Log{"handle gone", "(result)"}));
}

TEST_F(DropTest, ASwitchKeepsWhomItNamesNotWhoTakesItInsteadOfADeadOne) {
  Log log;
  Greenlet taker([&] {
    Note note{log, "taker unwound"};
    for (;;) Greenlet::Main().Switch("taken");
  });
  (void)taker.Switch();
  Greenlet named([] {}, taker);
  log.push_back("named dies: " + Show(named.Kill()));
  Greenlet asker([&] {
    (void)named.Switch();
    log.push_back("asker resumed");
  });
  log.push_back("asker waits: " + Show(asker.Switch()));
  named.set_parent(Greenlet::Main());
  taker = Greenlet();
  log.push_back("taker dropped");
  const WeakGreenlet weak(named);
  named = Greenlet();
  log.push_back(weak.Lock().dead() ? "named is kept" : "named is not kept");
  (void)asker.Switch();
  log.push_back(weak.Lock().valid() ? "named lives" : "named is gone");
  EXPECT_EQ(log, (Log{"named dies: (taken)", "asker waits: (taken)",
                      "taker unwound", "taker dropped", "named is kept",
                      "asker resumed", "named is gone"}));
}

// The victim's unwinding is a life of its own: it is not "during" the exception
// whose unwinding drops the handle.
TEST_F(DropTest, HandlesMayBeDroppedByUnwinding) {
  Log log;
  struct Uncaught {
    Log& log;
    ~Uncaught() {
      log.push_back("victim sees " +
                    std::to_string(std::uncaught_exceptions()));
    }
  };
  try {
    Greenlet g([&] {
      Uncaught uncaught{log};
      try {
        Greenlet::Main().Switch();
      } catch (const GreenletExit&) {
      }
    });
    (void)g.Switch();
    throw Oops("on its way");
  } catch (const Oops& oops) {
    log.push_back(oops.what());
    log.push_back(std::to_string(std::uncaught_exceptions()));
  }
  EXPECT_EQ(log, (Log{"victim sees 0", "on its way", "0"}));
}

TEST_F(DropTest, WhateverResumesTheDropperEndsItsWait) {
  Log log;
  Greenlet third([&] {
    Greenlet::Main().Switch();
    log.push_back("third switches to main");
    Greenlet::Main().Switch("discarded");
  });
  (void)third.Switch();
  Greenlet victim([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      log.push_back("victim switches to third");
      third.Switch();
      throw;
    }
  });
  (void)victim.Switch();
  victim = Greenlet();  // main is resumed by third: the victim has not ended
  log.push_back("dropped");
  EXPECT_EQ(log[0], "victim switches to third");
  EXPECT_EQ(log[1], "third switches to main");
  EXPECT_EQ(log.back(), "dropped");
}

TEST_F(DropTest, DroppingManyUnwindsAll) {
  int unwound = 0;
  struct Count {
    int& count;
    ~Count() { ++count; }
  };
  {
    std::vector<Greenlet> all;
    for (int i = 0; i < 500; ++i) {
      all.emplace_back([&unwound] {
        Count count{unwound};
        Greenlet::Main().Switch();
      });
      (void)all.back().Switch();
    }
  }
  EXPECT_EQ(unwound, 500);
}

// Each is held only by the frame of the one before.
TEST_F(DropTest, NestedGreenletsUnwindFromTheOutside) {
  Log log;
  struct Nest {
    static void Run(int depth, Log& log) {
      Note note{log, "unwound " + std::to_string(depth)};
      std::optional<Greenlet> next;
      if (depth < 3) {
        next.emplace([depth, &log] { Run(depth + 1, log); }, Greenlet::Main());
        (void)next->Switch();
      }
      Greenlet::Main().Switch();
    }
  };
  {
    Greenlet outermost([&log] { Nest::Run(0, log); });
    (void)outermost.Switch();
    log.push_back("drop");
  }
  EXPECT_EQ(log,
            (Log{"drop", "unwound 3", "unwound 2", "unwound 1", "unwound 0"}));
}

}  // namespace
}  // namespace microthread_test
