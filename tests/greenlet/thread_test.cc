// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Greenlets and OS threads. The T numbers are those of greenlet's golden
// traces.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/tracer.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::WrongThreadError;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class ThreadTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

 private:
  LiveObjects before_ = CountLiveObjects();
};

void InThread(std::function<void()> function) {
  std::thread(std::move(function)).join();
}

// A flag that one thread raises and another waits for.
class Signal {
 public:
  void Raise() {
    raised_ = true;
    raised_.notify_all();
  }
  void Wait() { raised_.wait(false); }

 private:
  std::atomic<bool> raised_ = false;
};

std::string TextOf(std::function<void()> operation) {
  return ErrorText<WrongThreadError>(std::move(operation));
}

// T22
TEST_F(ThreadTest, GreenletsOfAnotherThreadRefuseEverySwitch) {
  Log log;
  Greenlet main, unborn, suspended, dead;
  Signal made, looked;
  std::thread owner([&] {
    main = Greenlet::Main();
    unborn = Greenlet(GreenletOptions{.name = "unborn"}, [] {});
    suspended = Greenlet(GreenletOptions{.name = "suspended"},
                         [] { Greenlet::Main().Switch(); });
    (void)suspended.Switch();
    dead = Greenlet(GreenletOptions{.name = "dead"}, [] {});
    (void)dead.Switch();
    made.Raise();
    looked.Wait();
  });
  made.Wait();
  for (const Greenlet* g : {&main, &unborn, &suspended, &dead}) {
    log.push_back(TextOf([&] { g->Switch(); }));
    EXPECT_EQ(TextOf([&] { g->Throw(MakeOops("lost")); }), log.back());
  }
  EXPECT_FALSE(unborn.started());
  EXPECT_TRUE(suspended.active());
  looked.Raise();
  owner.join();
  const std::string there = " belongs to another thread: switch to it there";
  EXPECT_EQ(log, (Log{"the main greenlet of tasklet \"main\"" + there,
                      "greenlet \"unborn\"" + there +
                          ", or make a greenlet of this thread its parent",
                      "greenlet \"suspended\"" + there,
                      "greenlet \"dead\"" + there}));
}

// T22
TEST_F(ThreadTest, AfterTheThreadHasEndedTheyStillRefuse) {
  Greenlet main, unborn, suspended;
  InThread([&] {
    main = Greenlet::Main();
    unborn = Greenlet([] {});
    suspended = Greenlet([] { Greenlet::Main().Switch(); });
    (void)suspended.Switch();
  });
  EXPECT_TRUE(main.dead());
  EXPECT_FALSE(unborn.dead());
  EXPECT_TRUE(suspended.dead());
  for (const Greenlet* g : {&main, &unborn, &suspended}) {
    EXPECT_THROW((void)g->Switch(), WrongThreadError);
    EXPECT_THROW((void)g->Kill(), WrongThreadError);
  }
}

// T22
TEST_F(ThreadTest, OnlyAnUnbornOneMayGetAForeignParent) {
  Greenlet foreign;
  Signal made, looked;
  std::thread owner([&] {
    foreign = Greenlet(GreenletOptions{.name = "foreign"}, [] {});
    made.Raise();
    looked.Wait();
  });
  made.Wait();
  Greenlet unborn([] {});
  unborn.set_parent(foreign);
  EXPECT_THROW((void)unborn.Switch(), WrongThreadError);
  EXPECT_FALSE(unborn.started());
  Greenlet mine(GreenletOptions{.name = "mine"},
                [] { Greenlet::Main().Switch(); });
  (void)mine.Switch();
  EXPECT_EQ(TextOf([&] { mine.set_parent(foreign); }),
            "greenlet \"foreign\" cannot be the parent of greenlet \"mine\": "
            "it belongs to another thread, and a greenlet that has started "
            "stays on its own");
  EXPECT_EQ(mine.parent(), Greenlet::Main());
  looked.Raise();
  owner.join();
}

// Nobody there waits for what has started here.
TEST_F(ThreadTest, WhoseParentWasMovedThereLeavesTheReasonToMain) {
  Log log;
  Greenlet foreign;
  Signal made, looked;
  std::thread owner([&] {
    foreign = Greenlet::Main();
    made.Raise();
    looked.Wait();
  });
  made.Wait();
  Greenlet parent(GreenletOptions{.name = "parent"},
                  [&] { log.push_back("wrong"); });
  const GreenletOptions child_options = {.name = "child"};
  Greenlet child(
      child_options, [] { Greenlet::Main().Switch(); }, parent);
  (void)child.Switch();
  parent.set_parent(foreign);
  log.push_back(TextOf([&] { (void)child.Switch(); }));
  child.set_parent(Greenlet::Main());
  child = Greenlet(
      child_options, [&] { parent.set_parent(foreign); }, parent);
  parent.set_parent(Greenlet::Main());
  log.push_back(TextOf([&] { (void)child.Switch(); }));
  looked.Raise();
  owner.join();
  EXPECT_EQ(log,
            (Log{"greenlet \"child\" belongs to another thread: switch to it "
                 "there",
                 "greenlet \"parent\" belongs to another thread: switch to it "
                 "there, or make a greenlet of this thread its parent"}));
}

TEST_F(ThreadTest, AnUnbornParentThatMovesDoesNotTakeItsChildrenAlong) {
  Greenlet parent, child;
  Signal made, looked;
  std::thread owner([&] {
    parent = Greenlet([] {});
    child = Greenlet(
        GreenletOptions{.name = "child"}, [] { Greenlet::Main().Switch(); },
        parent);
    (void)child.Switch();
    made.Raise();
    looked.Wait();
    EXPECT_EQ(TextOf([&] { (void)child.Switch(); }),
              "greenlet \"child\" belongs to another thread: switch to it "
              "there");
    child.set_parent(Greenlet::Main());
    (void)child.Switch();
    EXPECT_TRUE(child.dead());
  });
  made.Wait();
  parent.set_parent(Greenlet::Main());
  EXPECT_EQ(TextOf([&] { (void)child.Switch(); }),
            "greenlet \"child\" belongs to another thread: switch to it there");
  looked.Raise();
  owner.join();
}

// The one moment at which user code runs while a greenlet starts.
TEST_F(ThreadTest, AGreenletThatStartsCannotGetAForeignParentAnyMore) {
  Log log;
  Greenlet foreign;
  Signal made, looked;
  std::thread owner([&] {
    foreign = Greenlet([] {});
    made.Raise();
    looked.Wait();
  });
  made.Wait();
  Greenlet g([&] { log.push_back("ran"); });
  microthread::SetTracer([&](auto, const Greenlet&, const Greenlet& to) {
    if (to == g) to.set_parent(foreign);
  });
  try {
    (void)g.Switch();
  } catch (const WrongThreadError&) {
    log.push_back("refused");
  }
  microthread::SetTracer(nullptr);
  log.push_back(g.dead() && g.parent() == Greenlet::Main() ? "dead" : "wrong");
  looked.Raise();
  owner.join();
  EXPECT_EQ(log, (Log{"refused", "dead"}));
}

// T32
TEST_F(ThreadTest, AnUnbornOneRunsWhereItsParentIs) {
  Log log;
  const std::thread::id mine = std::this_thread::get_id();
  Greenlet g;
  InThread([&] {
    g = Greenlet([&] {
      log.push_back(std::this_thread::get_id() == mine ? "here" : "there");
    });
  });
  log.push_back(Outcome([&] { return g.Switch(); }).substr(0, 14));
  g.set_parent(Greenlet::Main());
  (void)g.Switch();
  EXPECT_EQ(log, (Log{"error greenlet", "here"}));
}

// T23
TEST_F(ThreadTest, AForeignDropIsDoneByTheOwnerAtItsNextOperation) {
  Log log;
  Greenlet g;
  Signal made, dropped;
  std::thread owner([&] {
    const std::thread::id me = std::this_thread::get_id();
    g = Greenlet([&log, me] {
      try {
        Greenlet::Main().Switch();
      } catch (const GreenletExit&) {
        log.push_back(std::this_thread::get_id() == me ? "exit on owner"
                                                       : "wrong");
      }
    });
    (void)g.Switch();
    made.Raise();
    dropped.Wait();
    log.push_back("before api");
    (void)Greenlet::Current();
    log.push_back("after api");
  });
  made.Wait();
  g = Greenlet();
  log.push_back("dropped");
  dropped.Raise();
  owner.join();
  EXPECT_EQ(log, (Log{"dropped", "before api", "exit on owner", "after api"}));
}

TEST_F(ThreadTest, WhatAForeignDropUnwindsMayUseTheLibrary) {
  Log log;
  struct UsesGreenlets {
    Log& log;
    ~UsesGreenlets() {
      Greenlet helper([](int x) { return x + 1; });
      log.push_back(Show(helper.Switch(1)));
      Greenlet dropped([] {
        const Greenlet above = Greenlet::Current().parent();
        above.Switch();
      });
      (void)dropped.Switch();
      log.push_back(Greenlet::Current().parent() == Greenlet::Main()
                        ? "under main"
                        : "wrong");
    }
  };
  Greenlet g([&] {
    UsesGreenlets user{log};
    Greenlet::Main().Switch();
  });
  (void)g.Switch();
  InThread([moved = std::move(g)] {});
  log.push_back("dropped");
  (void)Greenlet::Current();
  (void)Greenlet::Current();
  EXPECT_EQ(log, (Log{"dropped", "(2)", "under main"}));
}

TEST_F(ThreadTest, AForeignDropIsDoneByTheNextSwitchToo) {
  Log log;
  Greenlet g([&] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      log.push_back("exit");
    }
  });
  (void)g.Switch();
  Greenlet other([&] {
    for (;;) {
      log.push_back("other");
      Greenlet::Main().Switch();
    }
  });
  (void)other.Switch();
  InThread([moved = std::move(g)] {});
  log.push_back("dropped");
  (void)other.Switch();
  EXPECT_EQ(log, (Log{"other", "dropped", "exit", "other"}));
}

// T23
TEST_F(ThreadTest, AThreadUnwindsItsGreenletsBeforeItEnds) {
  Log log;
  InThread([&] {
    Greenlet* forgotten = new Greenlet([&] {
      try {
        Greenlet::Main().Switch();
      } catch (const GreenletExit&) {
        log.push_back("exit");
        throw;
      }
    });
    (void)forgotten->Switch();
    // Its only handle is on its own stack from now on.
    Greenlet self_held([&, mine = Greenlet(*forgotten)] {
      struct Note {
        Log& log;
        ~Note() { log.push_back("unwound"); }
      } note{log};
      Greenlet me = Greenlet::Current();
      Greenlet::Main().Switch();
    });
    (void)self_held.Switch();
    delete forgotten;
    log.push_back("returning");
  });
  log.push_back("joined");
  EXPECT_EQ(log.front(), "returning");
  EXPECT_EQ(log.back(), "joined");
  EXPECT_EQ(log.size(), 4u);
}

// Python marks such a greenlet as dead without unwinding it.
TEST_F(ThreadTest, EvenOneThatAnotherThreadStillHolds) {
  Log log;
  Greenlet kept;
  InThread([&] {
    kept = Greenlet([&] {
      try {
        Greenlet::Main().Switch();
      } catch (const GreenletExit&) {
        log.push_back("exit");
        throw;
      }
    });
    (void)kept.Switch();
  });
  log.push_back(kept.dead() ? "dead" : "alive");
  EXPECT_EQ(log, (Log{"exit", "dead"}));
}

TEST_F(ThreadTest, TenThreadsRunTheirOwn) {
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 10; ++t) {
    threads.emplace_back([&sum] {
      for (int i = 0; i < 100; ++i) {
        Greenlet g([&sum](int n) {
          sum += n;
          sum += Greenlet::Main().Switch().get<int>();
        });
        (void)g.Switch(1);
        (void)g.Switch(2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 10 * 100 * 3);
}

// Threads pass their greenlets round and try what is forbidden.
TEST_F(ThreadTest, ManyThreadsHammerEachOthersGreenlets) {
  constexpr int kThreads = 8;
  std::vector<Greenlet> shared(kThreads);
  std::atomic<int> ready = 0, refused = 0, other = 0, done = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      shared[t] = Greenlet([] {
        for (;;) Greenlet::Main().Switch();
      });
      (void)shared[t].Switch();
      ++ready;
      while (ready != kThreads) std::this_thread::yield();
      for (int i = 0; i < 200; ++i) {
        Greenlet copy = shared[(t + i) % kThreads];
        try {
          (void)copy.Switch();
        } catch (const WrongThreadError&) {
          ++refused;
        } catch (...) {
          ++other;
        }
      }
      ++done;
      while (done != kThreads) std::this_thread::yield();
      shared[t] = Greenlet();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, kThreads * 200 * 7 / 8);
  EXPECT_EQ(other, 0);
}

}  // namespace
}  // namespace microthread_test
