// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/weak_greenlet.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::WeakGreenlet;
using microthread::WrongThreadError;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class WeakGreenletTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

 private:
  LiveObjects before_ = CountLiveObjects();
};

std::string Found(const WeakGreenlet& weak) {
  return weak.Lock().valid() ? "found" : "gone";
}

TEST_F(WeakGreenletTest, FindsItsGreenletWhileThatLives) {
  Greenlet g([] {});
  WeakGreenlet weak = g;
  WeakGreenlet copy = weak;
  EXPECT_EQ(weak.Lock(), g);
  g = Greenlet();
  EXPECT_FALSE(weak.Lock().valid());
  EXPECT_FALSE(copy.Lock().valid());
}

TEST_F(WeakGreenletTest, DoesNotKeepItAlive) {
  Log log;
  Greenlet g([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      log.push_back("unwound");
    }
  });
  (void)g.Switch();
  WeakGreenlet weak = g;
  g = Greenlet();
  log.push_back(Found(weak));
  EXPECT_EQ(log, (Log{"unwound", "gone"}));
}

TEST_F(WeakGreenletTest, StillFindsOneThatIsBeingUnwound) {
  Log log;
  WeakGreenlet weak;
  Greenlet g([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      log.push_back(Found(weak));
    }
  });
  weak = g;
  (void)g.Switch();
  g = Greenlet();
  log.push_back(Found(weak));
  EXPECT_EQ(log, (Log{"found", "gone"}));
}

TEST_F(WeakGreenletTest, CanSaveOneThatIsBeingUnwound) {
  WeakGreenlet weak;
  Greenlet saved;
  Greenlet g([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      saved = weak.Lock();
    }
    Greenlet::Main().Switch();
    saved = Greenlet();
  });
  weak = g;
  (void)g.Switch();
  g = Greenlet();
  EXPECT_TRUE(saved.active());
  EXPECT_EQ(weak.Lock(), saved);
  (void)saved.Switch();
  EXPECT_EQ(Found(weak), "gone");
}

// Its parent is unwound after it: that must not find it any more.
TEST_F(WeakGreenletTest, IsEmptyBeforeTheParentOfADeadOneIsReleased) {
  Log log;
  WeakGreenlet weak;
  Greenlet child;
  {
    Greenlet parent([&] {
      try {
        Greenlet::Main().Switch();
      } catch (const GreenletExit&) {
        log.push_back("parent unwound, child " + Found(weak));
      }
    });
    (void)parent.Switch();
    child = Greenlet([] {}, parent);
  }
  weak = child;
  child = Greenlet();
  EXPECT_EQ(log, Log{"parent unwound, child gone"});
}

TEST_F(WeakGreenletTest, OfNothingIsEmpty) {
  EXPECT_FALSE(WeakGreenlet().Lock().valid());
  EXPECT_FALSE(WeakGreenlet(Greenlet()).Lock().valid());
}

TEST_F(WeakGreenletTest, LetsABodyKnowItselfWithoutKeepingItselfAlive) {
  Log log;
  WeakGreenlet self;
  Greenlet g(GreenletOptions{.name = "me"}, [&] {
    log.push_back(std::string(self.Lock().name()));
    Greenlet::Main().Switch();
  });
  self = g;
  (void)g.Switch();
  g = Greenlet();
  EXPECT_EQ(log, Log{"me"});
}

TEST_F(WeakGreenletTest, WorksOnItsOwnThreadOnly) {
  Log log;
  Greenlet g(GreenletOptions{.name = "g"}, [] {});
  WeakGreenlet weak = g;
  std::thread([&] {
    log.push_back(ErrorText<WrongThreadError>([&] { (void)weak.Lock(); }));
    log.push_back(ErrorText<WrongThreadError>([&] { WeakGreenlet other(g); }));
    WeakGreenlet copy = weak;  // copies may travel
  }).join();
  const std::string error =
      "greenlet \"g\" was made by another thread: weak handles to it work only "
      "there";
  EXPECT_EQ(log, (Log{error, error}));
}

}  // namespace
}  // namespace microthread_test
