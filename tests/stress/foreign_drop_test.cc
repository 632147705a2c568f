// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The last handle to something suspended is dropped by another thread just when
// its own thread ends. Whoever comes first: it is unwound once, by its own
// thread.

#include <atomic>
#include <iostream>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/weak_greenlet.h"
#include "microthread/microthread.h"
#include "tests/stress/stress.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::Tasklet;
using microthread::WeakGreenlet;

// Under ASan a thread costs some milliseconds.
constexpr int kRounds = MICROTHREAD_ASAN ? 5'000 : 100'000;

// Passes time without an order to what other threads do, which may be on the
// same processor.
void Spin(size_t turns) {
  for (; turns > 0; --turns) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (turns % 1000 == 0) std::this_thread::yield();
  }
}

struct GreenletKind {
  using Handle = Greenlet;
  static void Suspend() { Greenlet::Main().Switch(); }
  template <class F>
  static Greenlet Start(F body) {
    Greenlet greenlet(body);
    greenlet.Switch();
    return greenlet;
  }
  // What its thread does between its own drop and its end.
  static auto Waiter(const Greenlet&) { return &Spin; }
};

// Its thread may take it up again, without a handle.
struct WeakGreenletKind : GreenletKind {
  static auto Waiter(const Greenlet& greenlet) {
    return [weak = WeakGreenlet(greenlet)](size_t turns) {
      for (; turns > 100; turns -= 100) Greenlet found = weak.Lock();
    };
  }
};

struct TaskletKind {
  using Handle = Tasklet;
  static void Suspend() { microthread::ScheduleRemove(); }
  template <class F>
  static Tasklet Start(F body) {
    Tasklet tasklet = microthread::Spawn(body);
    microthread::Run();
    return tasklet;
  }
  static auto Waiter(const Tasklet&) { return &Spin; }
};

// How often each has happened. Relaxed, as all that is told here: the library
// must see to the order.
struct Unwindings {
  std::atomic<int> by_own_thread{0};
  std::atomic<int> after_the_drop{0};
};

struct AtEnd {
  ~AtEnd() {
    if (std::this_thread::get_id() == own) Add(unwindings->by_own_thread);
    if (dropped->load(std::memory_order_relaxed)) {
      Add(unwindings->after_the_drop);
    }
  }
  static void Add(std::atomic<int>& count) {
    count.fetch_add(1, std::memory_order_relaxed);
  }
  Unwindings* unwindings;
  const std::atomic<bool>* dropped;
  std::thread::id own = std::this_thread::get_id();
};

void Await(const std::atomic<bool>& flag) {
  while (!flag.load(std::memory_order_acquire)) std::this_thread::yield();
}

// The thread that ends and the one that drops.
template <class Kind>
class Round {
 public:
  Round(Dice& dice, size_t delay, Unwindings& unwindings)
      : unwindings_(unwindings),
        copy_(dice.Percent(50)),
        own_turns_(dice.Below(kTurns)),
        other_turns_(dice.Below(delay)) {}

  void Run() {
    std::thread own([this] { Own(); });
    Await(ready_);
    // A copy is counted here; what was moved has been counted by its thread.
    typename Kind::Handle last = copy_ ? handle_ : std::move(handle_);
    taken_.store(true, std::memory_order_release);
    Spin(other_turns_);
    dropped_.store(true, std::memory_order_relaxed);
    last = typename Kind::Handle();
    own.join();
  }

 private:
  static constexpr size_t kTurns = 2'000;

  void Own() {
    handle_ = Kind::Start([this] {
      const AtEnd at_end{&unwindings_, &dropped_};
      Kind::Suspend();
    });
    const auto wait = Kind::Waiter(handle_);
    ready_.store(true, std::memory_order_release);
    Await(taken_);
    handle_ = typename Kind::Handle();
    wait(own_turns_);
  }

  Unwindings& unwindings_;
  const bool copy_;
  const size_t own_turns_;
  const size_t other_turns_;
  typename Kind::Handle handle_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> taken_{false};
  std::atomic<bool> dropped_{false};
};

template <class Kind>
void DropAgainstTheEndOfTheThread(int rounds) {
  const microthread::testing::LiveObjects before =
      microthread::testing::CountLiveObjects();
  Dice dice(Seed());
  Unwindings unwindings;
  int after = 0;
  size_t delay = 1000;
  for (int i = 0; i < rounds; ++i) {
    Round<Kind>(dice, delay, unwindings).Run();
    // Whoever came late comes earlier next time, on every machine.
    const int now = unwindings.after_the_drop;
    delay += now != after ? delay / 50 : -(delay / 50);
    after = now;
  }
  std::cout << after << " of " << rounds << " were unwound after the drop\n";
  EXPECT_GE(after, rounds / 100);
  EXPECT_GE(rounds - after, rounds / 100);
  EXPECT_EQ(unwindings.by_own_thread, rounds);
  EXPECT_EQ(microthread::testing::CountLiveObjects(), before);
}

TEST(ForeignDropTest, OfAGreenlet) {
  DropAgainstTheEndOfTheThread<GreenletKind>(kRounds);
}

TEST(ForeignDropTest, OfAGreenletThatIsLookedUp) {
  DropAgainstTheEndOfTheThread<WeakGreenletKind>(kRounds / 10);
}

TEST(ForeignDropTest, OfATasklet) {
  DropAgainstTheEndOfTheThread<TaskletKind>(kRounds);
}

}  // namespace
}  // namespace microthread_test
