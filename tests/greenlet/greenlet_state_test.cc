// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What a greenlet tells about itself. The T numbers are those of greenlet's
// golden traces.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_set>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::AlreadyStartedError;
using microthread::EmptyHandleError;
using microthread::Greenlet;
using microthread::GreenletOptions;
using microthread::GreenletState;
using microthread::NoRunError;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class GreenletStateTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

 private:
  LiveObjects before_ = CountLiveObjects();
};

std::string Print(const Greenlet& greenlet) {
  std::ostringstream out;
  out << greenlet;
  return out.str();
}

std::string States(const Greenlet& g) {
  return std::string(g.started() ? "started " : "unborn ") +
         (g.active() ? "active " : "") + (g.dead() ? "dead " : "") +
         (g.is_main() ? "main " : "") + (g.is_current() ? "current " : "");
}

// T19
TEST_F(GreenletStateTest, TellsItsState) {
  Log log;
  Greenlet g([&] {
    log.push_back("inside: " + States(g) +
                  "| main: " + States(Greenlet::Main()));
    Greenlet::Main().Switch();
  });
  log.push_back("unborn: " + States(g));
  (void)g.Switch();
  log.push_back("parked: " + States(g) + "| main: " + States(Greenlet::Main()));
  (void)g.Switch();
  log.push_back("finished: " + States(g));
  EXPECT_EQ(log,
            (Log{
                "unborn: unborn ",
                "inside: started active current | main: started active main ",
                "parked: started active | main: started active main current ",
                "finished: started dead ",
            }));
}

TEST_F(GreenletStateTest, AnEmptyHandleIsNothing) {
  Greenlet empty;
  EXPECT_FALSE(empty.valid() || empty.dead() || empty.active() ||
               empty.started() || empty.is_main() || empty.is_current());
  EXPECT_FALSE(empty.parent().valid());
  EXPECT_EQ(ErrorText<EmptyHandleError>([&] { empty.Switch(); }),
            "switch to an empty handle: there is no greenlet behind it");
  EXPECT_EQ(ErrorText<EmptyHandleError>([&] { empty.Kill(); }),
            "switch to an empty handle: there is no greenlet behind it");
}

TEST_F(GreenletStateTest, CurrentIsTheRunningOne) {
  Greenlet inside;
  Greenlet g([&] { inside = Greenlet::Current(); });
  (void)g.Switch();
  EXPECT_EQ(inside, g);
  EXPECT_EQ(Greenlet::Current(), Greenlet::Main());
  inside = Greenlet();
}

TEST_F(GreenletStateTest, MainIsTheRootFromEverywhere) {
  Greenlet main = Greenlet::Main();
  Greenlet seen;
  Greenlet g([&] { Greenlet([&] { seen = Greenlet::Main(); }).Switch(); });
  (void)g.Switch();
  EXPECT_EQ(seen, main);
  EXPECT_FALSE(main.parent().valid());
}

TEST_F(GreenletStateTest, CopiesAreTheSameGreenlet) {
  Greenlet a([] {});
  Greenlet copy = a;
  Greenlet other([] {});
  EXPECT_EQ(a, copy);
  EXPECT_NE(a, other);
  std::unordered_set<Greenlet> set = {a, copy, other};
  EXPECT_EQ(set.size(), 2u);
  a = Greenlet();
  (void)copy.Switch();
  EXPECT_TRUE(copy.dead());
}

TEST_F(GreenletStateTest, PrintsItsNameAndState) {
  Log log;
  Greenlet g(GreenletOptions{.name = "walker"}, [&] {
    log.push_back(Print(g));
    Greenlet::Main().Switch();
  });
  log.push_back(Print(g));
  (void)g.Switch();
  log.push_back(Print(g));
  (void)g.Switch();
  log.push_back(Print(g));
  log.push_back(Print(Greenlet()));
  EXPECT_EQ(
      log, (Log{"greenlet \"walker\" (unborn)", "greenlet \"walker\" (current)",
                "greenlet \"walker\" (suspended)", "greenlet \"walker\" (dead)",
                "no greenlet"}));
}

TEST_F(GreenletStateTest, PrintsMainGreenletsOfAnyThread) {
  Log log;
  Greenlet of_thread;
  log.push_back(Print(Greenlet::Main()));
  Greenlet([&] { log.push_back(Print(Greenlet::Main())); }).Switch();
  std::thread([&] { of_thread = Greenlet::Main(); }).join();
  log.push_back(Print(of_thread));
  of_thread = Greenlet();
  const std::string main = "the main greenlet of tasklet \"main\" ";
  EXPECT_EQ(log, (Log{main + "(current)", main + "(suspended)",
                      "the main greenlet of an ended tasklet (dead)"}));
}

// T18
TEST_F(GreenletStateTest, AGreenletWithoutAFunctionCannotStart) {
  std::function<void()> empty;
  void (*null)() = nullptr;
  Greenlet a(GreenletOptions{.name = "a"}, empty);
  Greenlet b(GreenletOptions{.name = "b"}, null);
  EXPECT_EQ(ErrorText<NoRunError>([&] { a.Switch(); }),
            "greenlet \"a\" has no function to run: it was made from an empty "
            "one");
  EXPECT_EQ(ErrorText<NoRunError>([&] { b.Throw(MakeOops("lost")); }),
            "greenlet \"b\" has no function to run: it was made from an empty "
            "one");
  EXPECT_FALSE(a.started() || b.started());
}

TEST_F(GreenletStateTest, AFailedSwitchLeavesItsValueWithTheCaller) {
  Greenlet g(std::function<void()>{});
  auto shared = std::make_shared<int>(1);
  EXPECT_THROW((void)g.Switch(shared), NoRunError);
  EXPECT_EQ(shared.use_count(), 1);
}

// T18
TEST_F(GreenletStateTest, CanBeGivenItsFunctionLater) {
  Log log;
  Greenlet g(GreenletOptions{.name = "g"}, std::function<void()>());
  log.push_back(g.has_run() ? "has run" : "has none");
  g.set_run([] { return 1; });
  g.set_run([](int x) { return x + 1; });
  log.push_back(g.has_run() ? "has run" : "has none");
  log.push_back(Show(g.Switch(5)));
  log.push_back(g.has_run() ? "has run" : "has none");
  log.push_back(ErrorText<AlreadyStartedError>([&] { g.set_run([] {}); }));
  EXPECT_EQ(log, (Log{"has none", "has run", "(6)", "has none",
                      "greenlet \"g\" has started: its function cannot be "
                      "changed any more; make a new greenlet"}));
}

TEST_F(GreenletStateTest, HasNoFunctionToGiveAwayWhileItRuns) {
  Log log;
  Greenlet g([&] { log.push_back(g.has_run() ? "has run" : "has none"); });
  (void)g.Switch();
  EXPECT_EQ(log, Log{"has none"});
}

TEST_F(GreenletStateTest, StateIsOneWord) {
  GreenletState inside = GreenletState::kDead;
  Greenlet g([&] {
    inside = g.state();
    Greenlet::Main().Switch();
  });
  EXPECT_EQ(g.state(), GreenletState::kUnborn);
  (void)g.Switch();
  EXPECT_EQ(inside, GreenletState::kRunning);
  EXPECT_EQ(g.state(), GreenletState::kSuspended);
  (void)g.Switch();
  EXPECT_EQ(g.state(), GreenletState::kDead);
  EXPECT_EQ(Greenlet().state(), GreenletState::kDead);
  EXPECT_EQ(Greenlet::Main().state(), GreenletState::kRunning);
}

__attribute__((noinline)) void UseMuchStack() {
  volatile char used[300000];
  for (char volatile& c : used) c = 1;
}

TEST_F(GreenletStateTest, TellsHowMuchOfItsStackHasBeenUsed) {
  Greenlet g(GreenletOptions{.stack_size = 1 << 20}, [] {
    Greenlet::Main().Switch();
    UseMuchStack();
    Greenlet::Main().Switch();
  });
  EXPECT_EQ(g.stack_size(), 0u);
  (void)g.Switch();
  const size_t little = g.stack_high_water();
  (void)g.Switch();
  const size_t much = g.stack_high_water();
  EXPECT_GT(little, 0u);
  EXPECT_LT(little, 300000u);
  EXPECT_GE(much, 300000u);
  EXPECT_LE(much, g.stack_size());
  (void)g.Switch();
  EXPECT_EQ(g.stack_size() + g.stack_high_water(), 0u);
}

}  // namespace
}  // namespace microthread_test
