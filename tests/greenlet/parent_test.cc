// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Parents: who gets the result, and what re-parenting may do. The T numbers are
// those of greenlet's golden traces.

#include <gtest/gtest.h>

#include <string>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::EmptyHandleError;
using microthread::Greenlet;
using microthread::GreenletOptions;
using microthread::MainGreenletError;
using microthread::Message;
using microthread::MessageError;
using microthread::NoRunError;
using microthread::ParentCycleError;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class ParentTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

 private:
  LiveObjects before_ = CountLiveObjects();
};

Greenlet Named(const char* name) {
  return Greenlet(GreenletOptions{.name = name}, [] {});
}

// T4
TEST_F(ParentTest, TheResultGoesToTheParentNotToTheSwitcher) {
  Log log;
  Greenlet p([&] {
    log.push_back("p start");
    Message v = Greenlet::Main().Switch("ready");
    log.push_back("p got " + Show(v));
    return "pr";
  });
  log.push_back("main " + Show(p.Switch()));
  Greenlet c([] { return "c"; }, p);
  Greenlet o([&] {
    log.push_back("o");
    Message r = c.Switch();
    log.push_back("o-resumed " + Show(r));
    return "or";
  });
  log.push_back("main " + Show(o.Switch()));
  log.push_back(c.dead() && p.dead() && o.active() ? "c, p dead" : "wrong");
  log.push_back("main " + Show(o.Switch("late")));
  EXPECT_EQ(log, (Log{"p start", "main (ready)", "o", "p got (c)", "main (pr)",
                      "c, p dead", "o-resumed (late)", "main (or)"}));
}

// T5
TEST_F(ParentTest, ADeadParentIsSkipped) {
  Greenlet p([] {});
  (void)p.Switch();
  Greenlet d([] { return "d"; }, p);
  EXPECT_EQ(Show(d.Switch()), "(d)");
}

// T5
TEST_F(ParentTest, AnUnbornParentIsStartedWithTheResult) {
  Log log;
  Greenlet p([&](int x) {
    log.push_back("p " + std::to_string(x));
    return Message("p", x);
  });
  Greenlet c([] { return 42; }, p);
  log.push_back(Show(c.Switch()));
  log.push_back(c.dead() && p.dead() ? "both dead" : "wrong");
  EXPECT_EQ(log, (Log{"p 42", "(p, 42)", "both dead"}));
}

// T5
TEST_F(ParentTest, AnUnbornParentThatCannotTakeTheResultDiesOfIt) {
  Greenlet p([] {});
  Greenlet c([] { return 42; }, p);
  EXPECT_EQ(ErrorText<MessageError>([&] { c.Switch(); }),
            "a greenlet whose function takes 0 values was started with (int): "
            "the first switch must send exactly its parameters");
  EXPECT_TRUE(c.dead() && p.dead());
}

TEST_F(ParentTest, AParentWithoutAFunctionLeavesTheReasonToTheNext) {
  Greenlet p(GreenletOptions{.name = "p"}, static_cast<void (*)()>(nullptr));
  Greenlet c([] { return 42; }, p);
  EXPECT_EQ(ErrorText<NoRunError>([&] { c.Switch(); }),
            "greenlet \"p\" has no function to run: it was made from an empty "
            "one");
  EXPECT_TRUE(c.dead());
  EXPECT_FALSE(p.started());
}

TEST_F(ParentTest, ADeadChildOfAParentThatCannotStartFailsEachTime) {
  Log log;
  Greenlet p(GreenletOptions{.name = "p"}, static_cast<void (*)()>(nullptr));
  Greenlet c([] {});
  (void)c.Switch();
  c.set_parent(p);
  const std::string error =
      "greenlet \"p\" has no function to run: it was made from an empty one";
  for (int i = 0; i < 2; ++i) {
    log.push_back(ErrorText<NoRunError>([&] { c.Switch(i); }));
    log.push_back(c.dead() && !p.started() ? "p unborn" : "wrong");
  }
  EXPECT_EQ(log, (Log{error, "p unborn", error, "p unborn"}));
}

TEST_F(ParentTest, AParentWithoutAStackLeavesTheReasonToTheNext) {
  Log log;
  Greenlet p(GreenletOptions{.name = "p", .stack_size = 65536},
             [&] { log.push_back("p ran"); });
  Greenlet c([] { microthread::testing::FailNextStack(); }, p);
  log.push_back(Outcome([&] { return c.Switch(); }));
  log.push_back(c.dead() && !p.started() ? "p unborn" : "wrong");
  EXPECT_EQ(log,
            (Log{"error greenlet \"p\" cannot start: no memory for its stack "
                 "of 65536 bytes; end other greenlets, or raise the limit on "
                 "address space",
                 "p unborn"}));
}

// T16
TEST_F(ParentTest, TheDefaultIsTheGreenletThatMadeIt) {
  Log log;
  Greenlet made;
  Greenlet maker([&] {
    made = Greenlet([] { return "value"; });
    return "maker";
  });
  log.push_back(Show(maker.Switch()));
  log.push_back(made.parent() == maker ? "parent is maker" : "wrong");
  log.push_back(Show(made.Switch()));  // through the dead maker
  EXPECT_EQ(log, (Log{"(maker)", "parent is maker", "(value)"}));
}

TEST_F(ParentTest, ASwitcherFarAwayDoesNotBecomeTheParent) {
  Greenlet child([] {});
  Greenlet other([&] { (void)child.Switch(); });
  (void)other.Switch();
  EXPECT_EQ(child.parent(), Greenlet::Main());
  EXPECT_TRUE(other.active());
}

// T16
TEST_F(ParentTest, CyclesAndParentsOfMainAreRefused) {
  Greenlet a = Named("a"), b = Named("b"), c = Named("c");
  a.set_parent(b);
  b.set_parent(c);
  EXPECT_EQ(ErrorText<ParentCycleError>([&] { c.set_parent(a); }),
            "greenlet \"a\" cannot be the parent of greenlet \"c\": it is that "
            "greenlet or one of its descendants");
  EXPECT_EQ(ErrorText<ParentCycleError>([&] { c.set_parent(c); }),
            "greenlet \"c\" cannot be the parent of greenlet \"c\": it is that "
            "greenlet or one of its descendants");
  EXPECT_EQ(
      ErrorText<MainGreenletError>([&] { Greenlet::Main().set_parent(a); }),
      "the main greenlet of tasklet \"main\" cannot have a parent: it is "
      "a root");
  EXPECT_EQ(ErrorText<EmptyHandleError>([&] { a.set_parent(Greenlet()); }),
            "set_parent: the handle is empty: both greenlets must exist");
  EXPECT_EQ(ErrorText<EmptyHandleError>([&] { Greenlet().set_parent(a); }),
            "set_parent: the handle is empty: both greenlets must exist");
  EXPECT_EQ(a.parent(), b);  // refused calls change nothing
  EXPECT_EQ(b.parent(), c);
  EXPECT_EQ(c.parent(), Greenlet::Main());
}

TEST_F(ParentTest, CyclesThroughTheDeadAreRefusedToo) {
  Greenlet a = Named("a");
  Greenlet b(
      GreenletOptions{.name = "b"}, [] {}, a);
  (void)a.Switch();
  ASSERT_TRUE(a.dead());
  EXPECT_THROW(a.set_parent(b), ParentCycleError);
}

TEST_F(ParentTest, MainIsTheFirstThingThatIsChecked) {
  // A cycle too, but that is not what the error says.
  EXPECT_THROW(Greenlet::Main().set_parent(Greenlet::Main()),
               MainGreenletError);
}

TEST_F(ParentTest, AnEmptyParentIsRefused) {
  EXPECT_EQ(ErrorText<EmptyHandleError>([] { Greenlet([] {}, Greenlet()); }),
            "a greenlet's parent is an empty handle: give it an existing "
            "greenlet, or none for the current one");
}

// T17
TEST_F(ParentTest, ANewParentGetsTheResult) {
  Log log;
  Greenlet w([] {
    Greenlet::Main().Switch();
    return "w";
  });
  (void)w.Switch();
  Greenlet p([&](const char* x) {
    log.push_back(std::string("P ") + x);
    return "P ret";
  });
  w.set_parent(p);
  log.push_back(Show(w.Switch()));
  Greenlet q([&](const char* x) {
    log.push_back(std::string("Q ") + x);
    return "Q ret";
  });
  w.set_parent(q);
  log.push_back(Show(w.Switch("via dead")));
  EXPECT_EQ(log, (Log{"P w", "(P ret)", "Q via dead", "(Q ret)"}));
}

TEST_F(ParentTest, TheParentCanChangeWhileItRuns) {
  Log log;
  Greenlet other([&](const char* x) {
    log.push_back(std::string("other got ") + x);
    return "other";
  });
  Greenlet g([&] {
    Greenlet::Current().set_parent(other);
    return "g";
  });
  log.push_back(Show(g.Switch()));
  EXPECT_EQ(log, (Log{"other got g", "(other)"}));
}

TEST_F(ParentTest, AChildKeepsItsParentAlive) {
  LiveObjects before = CountLiveObjects();
  Greenlet child;
  {
    Greenlet parent([] { Greenlet::Main().Switch(); });
    (void)parent.Switch();
    child = Greenlet([] {}, parent);
  }
  EXPECT_EQ(CountLiveObjects().stacks, before.stacks + 1);
  EXPECT_TRUE(child.parent().active());
}

TEST_F(ParentTest, ADeadChildKeepsItsParentToo) {
  Log log;
  struct Note {
    Log& log;
    ~Note() { log.push_back("parent unwound"); }
  };
  Greenlet child;
  {
    Greenlet parent([&] {
      Note note{log};
      for (;;) Greenlet::Main().Switch();
    });
    (void)parent.Switch();
    child = Greenlet([] {}, parent);
    (void)child.Switch();
  }
  log.push_back(child.dead() ? "child dead" : "wrong");
  child = Greenlet();
  EXPECT_EQ(log, (Log{"child dead", "parent unwound"}));
}

TEST_F(ParentTest, ReParentingUnwindsTheOldParentWhenItWasTheLastReference) {
  Log log;
  struct Note {
    Log& log;
    ~Note() {
      log.push_back(Greenlet::Current().parent() == Greenlet::Main()
                        ? "unwound for main"
                        : "wrong");
    }
  };
  Greenlet child;
  {
    Greenlet grandparent([] {});
    Greenlet parent(
        [&] {
          Note note{log};
          Greenlet::Main().Switch();
        },
        grandparent);
    (void)parent.Switch();
    child = Greenlet([] {}, parent);
  }
  child.set_parent(Greenlet::Main());
  log.push_back("set");
  EXPECT_EQ(log, (Log{"unwound for main", "set"}));
}

TEST_F(ParentTest, LongChainsOfDeadParentsAreSkipped) {
  Greenlet g = Greenlet::Main();
  for (int i = 0; i < 1000; ++i) {
    g = Greenlet([] {}, g);
    (void)g.Switch();
  }
  EXPECT_EQ(Show(g.Switch(7)), "(7)");
}

}  // namespace
}  // namespace microthread_test
