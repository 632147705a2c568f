// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A greenlet is made by one thread and run by another, and the maker drops its
// handle while it runs, waits, or ends. Whoever comes last, it ends once.

#include <atomic>
#include <cstddef>
#include <thread>

#include "gtest/gtest.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/stress/stress.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

constexpr int kGreenlets = MICROTHREAD_SANITIZER ? 20'000 : 100'000;

// What a greenlet does, drawn by its maker.
struct Plan {
  explicit Plan(Dice& dice)
      : drops_own_handle(dice.Percent(30)),
        looks(dice.Below(5)),
        waits(dice.Below(3)) {}

  const bool drops_own_handle;
  const size_t looks;  // at itself, each time by a new handle
  const size_t waits;
};

// Greenlets on their way from the maker to the runner, one at a time.
class Mailbox {
 public:
  void Put(const Greenlet* greenlet) {
    greenlet_.store(greenlet, std::memory_order_release);
    while (greenlet_.load(std::memory_order_acquire) == greenlet) {
      std::this_thread::yield();
    }
  }
  // A copy of what has been put; empty at the end. The maker may drop its own
  // from now on.
  Greenlet Take() {
    const Greenlet* found;
    while ((found = greenlet_.load(std::memory_order_acquire)) == nullptr) {
      std::this_thread::yield();
    }
    Greenlet copy = *found;
    greenlet_.store(nullptr, std::memory_order_release);
    return copy;
  }

 private:
  std::atomic<const Greenlet*> greenlet_{nullptr};
};

class Runner {
 public:
  Runner()
      : thread_([this] {
          root_ = Greenlet::Main();
          ready_.store(true, std::memory_order_release);
          while ((handle_ = mailbox_.Take()).valid()) {
            (void)handle_.Switch();
            handle_ = Greenlet();
          }
          root_ = Greenlet();
        }) {
    while (!ready_.load(std::memory_order_acquire)) std::this_thread::yield();
  }
  // Called by the maker.
  const Greenlet& root() const { return root_; }
  Mailbox& mailbox() { return mailbox_; }
  void Finish() {
    const Greenlet none;
    mailbox_.Put(&none);
    thread_.join();
  }

  // Called by the greenlets.
  void Live(const Plan& plan) {
    ++begun_;
    struct AtEnd {
      int& ended;
      ~AtEnd() { ++ended; }
    } at_end{ended_};
    if (plan.drops_own_handle) handle_ = Greenlet();
    for (size_t i = 0; i < plan.looks; ++i) (void)Greenlet::Current();
    for (size_t i = 0; i < plan.waits; ++i) (void)Greenlet::Main().Switch();
  }

  // After Finish().
  int begun() const { return begun_; }
  int ended() const { return ended_; }

 private:
  Mailbox mailbox_;
  Greenlet root_;
  Greenlet handle_;
  std::atomic<bool> ready_{false};
  int begun_ = 0;
  int ended_ = 0;
  std::thread thread_;
};

TEST(ForeignGreenletTest, ItEndsOnceThoughItsMakerDropsItMeanwhile) {
  Dice dice(Seed());
  const LiveObjects before = CountLiveObjects();
  Runner runner;
  for (int i = 0; i < kGreenlets; ++i) {
    const Plan plan(dice);
    const Greenlet made([&runner, plan] { runner.Live(plan); }, runner.root());
    runner.mailbox().Put(&made);
    for (size_t turns = dice.Below(100); turns > 0; --turns) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  }
  runner.Finish();
  EXPECT_EQ(runner.begun(), kGreenlets);
  EXPECT_EQ(runner.ended(), kGreenlets);
  EXPECT_EQ(CountLiveObjects(), before);
}

}  // namespace
}  // namespace microthread_test
