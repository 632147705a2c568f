// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A greenlet that runs, or that somebody has switched to and waits for, lives
// though nobody has a handle to it; and no longer than that.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/tracer.h"
#include "microthread/greenlet/weak_greenlet.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::SetTracer;
using microthread::TraceEvent;
using microthread::WeakGreenlet;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class PartnersTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

  // One that has started, and switches to main whenever it is resumed. (At a
  // first switch all would be different: it goes another way.)
  Greenlet MakeTarget(const std::string& name) {
    const Greenlet target([this, name] {
      Note note{log_, name + " unwound"};
      for (;;) (void)Greenlet::Main().Switch();
    });
    (void)target.Switch();
    return target;
  }

  // One that switches to `target`, and says how that has ended.
  Greenlet MakeWaiting(const std::string& name, const Greenlet& target) {
    return Greenlet([this, name, &target] {
      log_.push_back(name + ": " + Outcome([&] { return target.Switch(); }));
    });
  }

  struct Note {
    Log& log;
    std::string text;
    ~Note() { log.push_back(text); }
  };

  Log log_;

 private:
  LiveObjects before_ = CountLiveObjects();
};

TEST_F(PartnersTest, OneThatRunsWithoutAHandleIsUnwoundWhenItSwitchesAway) {
  Greenlet child;
  const Greenlet other([&] {
    (void)Greenlet::Main().Switch();
    log_.push_back("other: " + Outcome([&] { return child.Switch(); }));
  });
  (void)other.Switch();
  Greenlet g([&] {
    Note note{log_, "unwound"};
    (void)Greenlet::Main().Switch();
    // Nobody waits for it: it has got control from the child that has ended.
    child.set_parent(Greenlet::Main());
    g = Greenlet();
    log_.push_back("goes on");
    (void)Greenlet::Main().Switch();
  });
  (void)g.Switch();
  child = Greenlet([&] { log_.push_back("child ends"); }, g);
  (void)other.Switch();
  log_.push_back("main goes on");
  (void)other.Switch();
  EXPECT_EQ(log_, (Log{"child ends", "goes on", "unwound", "main goes on",
                       "other: ()"}));
}

TEST_F(PartnersTest, OneThatRunsWithoutAHandleMayEnd) {
  Greenlet g([&] {
    Note note{log_, "ends"};
    (void)Greenlet::Main().Switch();
    g = Greenlet();
    log_.push_back("goes on");
    return "result";
  });
  (void)g.Switch();
  log_.push_back(Show(g.Switch()));
  EXPECT_EQ(log_, (Log{"goes on", "ends", "(result)"}));
}

TEST_F(PartnersTest, OneThatIsWaitedForLivesUntilTheWaitIsOver) {
  Greenlet target = MakeTarget("target");
  const Greenlet waiting = MakeWaiting("waiting", target);
  (void)waiting.Switch();
  target = Greenlet();
  log_.push_back("dropped");
  (void)waiting.Switch("resumed");
  EXPECT_EQ(log_, (Log{"dropped", "target unwound", "waiting: (resumed)"}));
}

TEST_F(PartnersTest, AnErrorThatEndsTheWaitComesAfterTheUnwinding) {
  Greenlet target = MakeTarget("target");
  const Greenlet waiting = MakeWaiting("waiting", target);
  (void)waiting.Switch();
  target = Greenlet();
  log_.push_back("dropped");
  (void)waiting.Throw(MakeOops("thrown"));
  EXPECT_EQ(log_, (Log{"dropped", "target unwound", "waiting: oops thrown"}));
}

TEST_F(PartnersTest, OneThatTwoWaitForLivesUntilBothWaitsAreOver) {
  for (const bool first_first : {true, false}) {
    Greenlet target = MakeTarget("target");
    const Greenlet first = MakeWaiting("first", target);
    const Greenlet second = MakeWaiting("second", target);
    (void)first.Switch();
    (void)second.Switch();
    target = Greenlet();
    log_.push_back("dropped");
    (void)(first_first ? first : second).Switch();
    (void)(first_first ? second : first).Switch();
  }
  EXPECT_EQ(log_,
            (Log{"dropped", "first: ()", "target unwound", "second: ()",  //
                 "dropped", "second: ()", "target unwound", "first: ()"}));
}

// The waits are over in the order in which they began; then it is dropped.
TEST_F(PartnersTest, OneThatNobodyWaitsForAnyMoreIsUnwoundByTheDrop) {
  Greenlet target = MakeTarget("target");
  const Greenlet first = MakeWaiting("first", target);
  const Greenlet second = MakeWaiting("second", target);
  (void)first.Switch();
  (void)second.Switch();
  (void)first.Switch();
  (void)second.Switch();
  log_.push_back("drop");
  target = Greenlet();
  log_.push_back("dropped");
  EXPECT_EQ(log_, (Log{"first: ()", "second: ()", "drop", "target unwound",
                       "dropped"}));
}

// Its references are not counted by the thread that runs it.
TEST_F(PartnersTest, OneMadeByAnotherThreadLivesUntilTheWaitIsOver) {
  Greenlet target;
  const Greenlet root = Greenlet::Main();
  std::thread([&] {
    target = Greenlet(
        [&] {
          Note note{log_, "target unwound"};
          for (;;) (void)Greenlet::Main().Switch();
        },
        root);
  }).join();
  for (int i = 0; i < 3; ++i) (void)target.Switch();
  const Greenlet first = MakeWaiting("first", target);
  const Greenlet second = MakeWaiting("second", target);
  (void)first.Switch();
  (void)second.Switch();
  target = Greenlet();
  log_.push_back("dropped");
  (void)first.Switch();
  (void)second.Switch();
  EXPECT_EQ(log_,
            (Log{"dropped", "first: ()", "target unwound", "second: ()"}));
}

// Both the thread that runs it and another one have handles to it.
TEST_F(PartnersTest, ADropElsewhereWhileItIsWaitedForChangesNothing) {
  Greenlet target = MakeTarget("target");
  Greenlet copy = target;
  const Greenlet waiting = MakeWaiting("waiting", target);
  (void)waiting.Switch();
  target = Greenlet();
  std::thread([&] { copy = Greenlet(); }).join();
  (void)Greenlet::Current();  // looks into the inbox
  log_.push_back("dropped");
  (void)waiting.Switch();
  EXPECT_EQ(log_, (Log{"dropped", "target unwound", "waiting: ()"}));
}

TEST_F(PartnersTest, OneThatHasEndedIsKeptByThoseWhoStillWait) {
  Greenlet target([] {
    for (int i = 0; i < 2; ++i) (void)Greenlet::Main().Switch();
    return "result";
  });
  (void)target.Switch();
  const WeakGreenlet weak = target;
  const Greenlet first = MakeWaiting("first", target);
  const Greenlet second = MakeWaiting("second", target);
  auto look = [&] { log_.push_back(weak.Lock().dead() ? "there" : "gone"); };
  (void)first.Switch();
  log_.push_back(Show(second.Switch()));
  target = Greenlet();
  look();
  (void)first.Switch();
  look();
  (void)second.Switch();
  log_.push_back(weak.Lock().valid() ? "there" : "gone");
  EXPECT_EQ(log_, (Log{"(result)", "there", "first: ()", "there", "second: ()",
                       "gone"}));
}

TEST_F(PartnersTest, ManyMayWaitForMain) {
  constexpr size_t kCount = 7;
  const Greenlet root = Greenlet::Main();
  std::vector<Greenlet> all;
  for (size_t i = 0; i < kCount; ++i) {
    all.push_back(MakeWaiting(std::to_string(i), root));
    (void)all[i].Switch();
  }
  for (size_t i = 0; i < kCount; ++i) {
    (void)all[3 * i % kCount].Switch(static_cast<int>(i));
  }
  EXPECT_EQ(log_, (Log{"0: (0)", "3: (1)", "6: (2)", "2: (3)", "5: (4)",
                       "1: (5)", "4: (6)"}));
}

// What main does first at a switch is to unwind the one that a tracer has
// dropped.
TEST_F(PartnersTest, ASwitchReachesItsTargetThoughItsHandleIsDroppedMeanwhile) {
  std::optional<Greenlet> target;
  target.emplace([&] {
    Note note{log_, "target unwound"};
    (void)Greenlet::Main().Switch();
    log_.push_back("target goes on");
    (void)Greenlet::Main().Switch("back");
  });
  (void)target->Switch();
  struct Drop {
    std::optional<Greenlet>& handle;
    Log& log;
    ~Drop() {
      handle.reset();
      log.push_back("handle gone");
    }
  };
  Greenlet victim([&] {
    Drop drop{target, log_};
    (void)Greenlet::Main().Switch();
  });
  (void)victim.Switch();
  SetTracer([&](TraceEvent, const Greenlet&, const Greenlet&) {
    victim = Greenlet();
  });
  (void)Greenlet::Current().Switch();
  SetTracer(nullptr);
  log_.push_back("main got " + Show(target->Switch()));
  EXPECT_EQ(log_, (Log{"handle gone", "target goes on", "target unwound",
                       "main got (back)"}));
}

}  // namespace
}  // namespace microthread_test
