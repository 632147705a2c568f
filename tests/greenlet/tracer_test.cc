// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What tracers are told. T21 is the number of greenlet's golden trace.

#include "microthread/greenlet/tracer.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Generator;
using microthread::GetTracer;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::SetTracer;
using microthread::TraceEvent;
using microthread::Tracer;
using microthread::TracerError;
using microthread::Yield;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class TracerTest : public testing::Test {
 protected:
  void TearDown() override {
    SetTracer(nullptr);
    EXPECT_EQ(CountLiveObjects(), before_);
  }

  void Start() { SetTracer(Note()); }
  static void Stop() { SetTracer(nullptr); }

  // Writes "switch a b" or "throw a b".
  Tracer Note() {
    return [this](TraceEvent event, const Greenlet& from, const Greenlet& to) {
      log_.push_back((event == TraceEvent::kThrow ? "throw " : "switch ") +
                     Name(from) + " " + Name(to));
    };
  }
  static std::string Name(const Greenlet& g) {
    return g.is_main() ? "main" : std::string(g.name());
  }
  static GreenletOptions Named(const char* name) { return {.name = name}; }

  Log log_;

 private:
  LiveObjects before_ = CountLiveObjects();
};

void Park() { Greenlet::Main().Switch(); }

// T21
TEST_F(TracerTest, IsToldOfStartsSwitchesAndEnds) {
  Greenlet a(Named("a"), Park);
  Start();
  (void)a.Switch();
  log_.push_back("parked");
  (void)a.Switch();
  log_.push_back("dead");
  (void)a.Switch();
  (void)Greenlet::Main().Switch();
  Stop();
  EXPECT_EQ(log_, (Log{"switch main a", "switch a main", "parked",
                       "switch main a", "switch a main", "dead",
                       "switch main main", "switch main main"}));
}

// T21
TEST_F(TracerTest, IsToldOfErrors) {
  Greenlet b(Named("b"), []() -> int { throw Oops("V"); });
  Greenlet c(Named("c"), [] {});
  Greenlet d(Named("d"), Park);
  (void)d.Switch();
  Start();
  log_.push_back(Outcome([&] { return b.Switch(); }));
  log_.push_back(Outcome([&] { return c.Kill(); }));
  log_.push_back(Outcome([&] { return d.Kill(); }));
  log_.push_back(Outcome([&] { return d.Kill(); }));
  log_.push_back(Outcome([&] { return d.Throw(MakeOops("V")); }));
  Stop();
  EXPECT_EQ(log_, (Log{"switch main b", "throw b main", "oops V",
                       "throw main c", "switch c main", "exit", "throw main d",
                       "switch d main", "exit", "switch main main", "exit",
                       "throw main main", "oops V"}));
}

// T21
TEST_F(TracerTest, IsToldOfTheUnwindingOfADroppedGreenlet) {
  Greenlet g(Named("g"), [this] {
    try {
      Park();
    } catch (const GreenletExit&) {
      log_.push_back("unwinding");
      throw;
    }
  });
  (void)g.Switch();
  Start();
  g = Greenlet();
  Stop();
  EXPECT_EQ(log_, (Log{"throw main g", "unwinding", "switch g main"}));
}

Tracer Throwing(std::string text) {
  return [text](TraceEvent, const Greenlet&, const Greenlet&) {
    throw Oops(text);
  };
}

// T21
TEST_F(TracerTest, OneThatThrowsIsRemovedAndTheTargetGetsItsException) {
  Greenlet g([this] {
    log_.push_back(Outcome([] { return Greenlet::Main().Switch(); }));
    log_.push_back(Outcome([] { return Greenlet::Main().Switch(); }));
  });
  (void)g.Switch();
  SetTracer(Throwing("R"));
  (void)g.Switch(1);
  log_.push_back(GetTracer() == nullptr ? "tracer gone" : "tracer there");
  // Instead of another exception too.
  SetTracer(Throwing("S"));
  (void)g.Throw(MakeOops("K"));
  EXPECT_EQ(log_, (Log{"oops R", "tracer gone", "oops S"}));
  EXPECT_TRUE(g.dead());
}

// T21
TEST_F(TracerTest, OneThatThrowsAtAFirstSwitchEndsWhatWasToStart) {
  Greenlet g([this] { log_.push_back("ran"); });
  SetTracer(Throwing("R"));
  log_.push_back(Outcome([&] { return g.Switch(); }));
  log_.push_back(g.dead() ? "dead" : "alive");
  EXPECT_EQ(log_, (Log{"oops R", "dead"}));
}

TEST_F(TracerTest, OneThatSwitchesIsRefused) {
  Greenlet other(Named("other"), [this] { log_.push_back("never"); });
  Greenlet g(Named("g"), [] {});
  SetTracer([&](TraceEvent, const Greenlet&, const Greenlet&) {
    log_.push_back(ErrorText<TracerError>([&] { other.Switch(); }));
    log_.push_back(ErrorText<TracerError>([&] { other.Kill(); }));
    SetTracer(nullptr);
  });
  (void)g.Switch();
  const std::string error =
      "a tracer called an operation that switches, in tasklet \"main\": a "
      "tracer may only look; let it note what is to be done later";
  EXPECT_EQ(log_, (Log{error, error}));
  EXPECT_FALSE(other.started());
}

TEST_F(TracerTest, SettingOneReturnsTheOneBefore) {
  EXPECT_EQ(GetTracer(), nullptr);
  EXPECT_EQ(SetTracer(Note()), nullptr);
  Tracer mine = SetTracer(Throwing("unused"));
  Greenlet g(Named("g"), [] {});
  EXPECT_NE(mine, nullptr);
  EXPECT_NE(SetTracer(mine), nullptr);
  (void)g.Switch();
  EXPECT_NE(GetTracer(), nullptr);
  SetTracer(nullptr);
  EXPECT_EQ(GetTracer(), nullptr);
  EXPECT_EQ(log_, (Log{"switch main g", "switch g main"}));
}

TEST_F(TracerTest, MayReplaceItselfWhileItRuns) {
  Greenlet g(Named("g"), [] {});
  SetTracer([this](TraceEvent, const Greenlet&, const Greenlet& to) {
    log_.push_back("first sees " + Name(to));
    SetTracer(Note());
  });
  (void)g.Switch();
  EXPECT_EQ(log_, (Log{"first sees g", "switch g main"}));
}

TEST_F(TracerTest, SeesTheSwitchesOfGenerators) {
  Start();
  for (int v : Generator<int>(Named("body"), [] {
         Yield(1);
         Yield(2);
       })) {
    log_.push_back(std::to_string(v));
  }
  Stop();
  EXPECT_EQ(log_, (Log{"switch main body", "switch body main", "1",
                       "switch main body", "switch body main", "2",
                       "switch main body", "switch body main"}));
}

TEST_F(TracerTest, BelongsToItsThread) {
  Start();
  std::thread([this] {
    if (GetTracer() != nullptr) log_.push_back("inherited");
    Greenlet(Named("foreign"), [] {}).Switch();
  }).join();
  EXPECT_EQ(log_, Log());
}

TEST_F(TracerTest, StandsInTheTargetWhenItIsCalled) {
  Greenlet g(Named("g"), [] {});
  SetTracer([this](TraceEvent, const Greenlet& from, const Greenlet& to) {
    log_.push_back(Name(Greenlet::Current()) + (to.is_current() ? " is" : "") +
                   (from.is_current() ? " was" : ""));
  });
  (void)g.Switch();
  EXPECT_EQ(log_, (Log{"g is", "main is"}));
}

}  // namespace
}  // namespace microthread_test
