// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Random operations on greenlets, by the greenlets themselves, on several
// threads at once. Each thread has greenlets of its own; handles to them travel
// between the threads and are dropped wherever they are. In the end nobody may
// be left.

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/weak_greenlet.h"
#include "tests/stress/stress.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::Message;
using microthread::WeakGreenlet;

enum : size_t {
  kCreate,
  kSwitch,
  kThrow,
  kKill,
  kReparent,
  kDrop,
  kTrade,
  kCycle,
  kMain,
  kNoRun,
  kEmpty,
  kMessage,
  kWrongThread,
  kNoStack,
  kBoom,
  kExit,
};

const std::vector<Kind> kKinds = {
    {"create", 20},
    {"switch", 40},
    {"throw", 6},
    {"kill", 4},
    {"re-parent", 10},
    {"drop", 10},
    {"trade handles with another thread", 10},
    {"ParentCycleError", 0},
    {"MainGreenletError", 0},
    {"NoRunError", 0},
    {"EmptyHandleError", 0},
    {"MessageError", 0},
    {"WrongThreadError", 0},
    {"ResourceExhaustedError", 0},
    {"an exception of the program", 0},
    {"GreenletExit", 0},
};

struct Boom {};

// Handles to greenlets of all threads.
class Market {
 public:
  Market() : handles_(32) {}

  // Leaves one and takes another.
  Greenlet Trade(size_t place, Greenlet mine) {
    std::lock_guard lock(mutex_);
    return std::exchange(handles_[place % handles_.size()], std::move(mine));
  }
  void Clear() { handles_.clear(); }

 private:
  std::mutex mutex_;
  std::vector<Greenlet> handles_;
};

// What one thread does.
class World {
 public:
  World(uint64_t seed, Market& market, const Greenlet& of_main_thread)
      : dice_(seed), market_(market), foreigner_(of_main_thread) {}

  void Run(bool clean_up) {
    while (remaining_ > 0) {
      Step();
      if (all_.size() > 300) Prune();
    }
    closing_ = true;
    // Otherwise the end of the thread has to see to it.
    if (!clean_up) return;
    for (Greenlet& greenlet : handles_) greenlet = Greenlet();
    Prune();
    for (const WeakGreenlet& weak : all_) {
      EXPECT_FALSE(weak.Lock().active());
    }
  }

  const Books& books() const { return books_; }

 private:
  // The body of all greenlets.
  int Live() {
    while (remaining_ > 0) {
      Step();
      if (dice_.Percent(4)) return 1;
      if (dice_.Percent(4)) throw Boom();
    }
    return 0;
  }

  void Step() {
    --remaining_;
    const size_t operation = books_.Choose(dice_);
    books_.Count(operation);
    try {
      Do(operation);
    } catch (const microthread::ParentCycleError&) {
      books_.Count(kCycle);
    } catch (const microthread::MainGreenletError&) {
      books_.Count(kMain);
    } catch (const microthread::NoRunError&) {
      books_.Count(kNoRun);
    } catch (const microthread::EmptyHandleError&) {
      books_.Count(kEmpty);
    } catch (const microthread::MessageError&) {
      books_.Count(kMessage);
    } catch (const microthread::WrongThreadError&) {
      books_.Count(kWrongThread);
    } catch (const microthread::ResourceExhaustedError&) {
      books_.Count(kNoStack);
    } catch (const Boom&) {
      books_.Count(kBoom);
      if (!InMain() && dice_.Percent(30)) throw;
    } catch (const GreenletExit&) {
      books_.Count(kExit);
      if (!InMain() && (closing_ || dice_.Percent(90))) throw;
    }
  }

  void Do(size_t operation) {
    switch (operation) {
      case kCreate:
        return Create();
      case kSwitch:
        return Switch();
      case kThrow:
        Target().Throw(std::make_exception_ptr(Boom()));
        return;
      case kKill:
        Target().Kill();
        return;
      case kReparent:
        return Reparent();
      case kDrop:
        Handle() = Greenlet();
        return;
      case kTrade:
        // What is taken may be of any thread: it is only dropped.
        market_.Trade(dice_.Below(1000), Greenlet(Handle()));
        return;
    }
  }

  void Create() {
    Greenlet parent = dice_.Percent(70) ? Greenlet::Current() : Target();
    if (!parent.valid()) parent = Greenlet::Main();
    Greenlet made;
    if (dice_.Percent(10)) {
      made = Greenlet(static_cast<int (*)()>(nullptr), parent);
    } else if (dice_.Percent(50)) {
      made = Greenlet([this](int) { return Live(); }, parent);
    } else {
      made = Greenlet([this](Message) { return Live(); }, parent);
    }
    all_.push_back(made);
    // The old one is dropped, and that may switch: the handle may be another
    // one's by then.
    Greenlet old = std::exchange(Handle(), made);
  }

  void Switch() {
    if (dice_.Percent(10)) microthread::testing::FailNextStack();
    const Greenlet target = Target();
    if (dice_.Percent(40)) {
      target.Switch(std::string("not an int"));
    } else {
      target.Switch(7);
    }
  }

  void Reparent() {
    const Greenlet child = dice_.Percent(20) ? Greenlet::Main() : Target();
    const Greenlet parent = dice_.Percent(20) ? child : Target();
    child.set_parent(parent);
  }

  Greenlet& Handle() { return handles_[dice_.Below(handles_.size())]; }

  Greenlet Target() {
    if (dice_.Percent(10)) return Greenlet::Main();
    if (dice_.Percent(5)) return foreigner_;
    return Handle();
  }

  bool InMain() const { return Greenlet::Current().is_main(); }

  // Ends those to whom there is no handle in handles_: two greenlets may keep
  // each other alive, one as the parent, the other as whom that has named in a
  // switch. Those that have ended are forgotten.
  void Prune() {
    std::vector<WeakGreenlet> all = std::exchange(all_, {});
    for (WeakGreenlet& weak : all) {
      const Greenlet greenlet = weak.Lock();
      if (!greenlet.active()) continue;
      if (!Contains(greenlet) || closing_) End(greenlet);
      if (greenlet.active()) all_.push_back(std::move(weak));
    }
  }

  bool Contains(const Greenlet& greenlet) const {
    for (const Greenlet& handle : handles_) {
      if (handle == greenlet) return true;
    }
    return false;
  }

  void End(const Greenlet& greenlet) {
    const bool was_closing = std::exchange(closing_, true);
    const int remaining = std::exchange(remaining_, 0);
    while (greenlet.active()) {
      try {
        greenlet.set_parent(Greenlet::Main());
        greenlet.Kill();
        // If that had to wait: it is in a destructor, and must go on.
        if (greenlet.active()) greenlet.Switch(0);
      } catch (...) {  // of others who end in between
      }
    }
    closing_ = was_closing;
    remaining_ = remaining;
  }

  Dice dice_;
  Market& market_;
  Greenlet foreigner_;  // of another thread: it must not be run here
  Books books_{kKinds};
  int remaining_ = kOperations / kThreads;
  bool closing_ = false;
  std::vector<Greenlet> handles_ = std::vector<Greenlet>(24);
  std::vector<WeakGreenlet> all_;
};

TEST(GreenletStressTest, NobodyIsLeft) {
  const uint64_t seed = Seed();
  const microthread::testing::LiveObjects before =
      microthread::testing::CountLiveObjects();
  Books books(kKinds);
  {
    QuietStandardError quiet("while it was unwound");
    Greenlet suspended([] { Greenlet::Main().Switch(); });
    suspended.Switch();
    Market market;
    std::vector<std::unique_ptr<World>> worlds;
    for (int i = 0; i < kThreads; ++i) {
      worlds.push_back(std::make_unique<World>(seed + static_cast<uint64_t>(i),
                                               market, suspended));
    }
    OnThreads([&](int i) {
      worlds[static_cast<size_t>(i)]->Run(/*clean_up=*/i % 2 == 0);
    });
    for (const auto& world : worlds) books.Add(world->books());
  }
  books.Check(kOperations);
  EXPECT_EQ(microthread::testing::CountLiveObjects(), before);
}

}  // namespace
}  // namespace microthread_test
