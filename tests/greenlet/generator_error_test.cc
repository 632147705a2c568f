// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Generators whose bodies fail, or are used in ways they are not made for. T24
// is the number of greenlet's golden trace.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Generator;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::ResourceExhaustedError;
using microthread::Yield;
using microthread::YieldError;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class GeneratorErrorTest : public testing::Test {
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

// T24 (f)
TEST_F(GeneratorErrorTest, AnErrorComesOutOnceThenItIsExhausted) {
  Log log;
  Generator<int> g([] {
    Yield(1);
    throw Oops("K");
  });
  auto it = g.begin();
  log.push_back(std::to_string(*it));
  log.push_back(Outcome([&] { ++it; }));
  log.push_back(it == g.end() ? "end" : "more");
  log.push_back(Outcome([&] { ++it; }));
  log.push_back(Outcome([&] { (void)g.begin(); }));
  log.push_back(g.begin() == g.end() ? "end" : "more");
  EXPECT_EQ(log, (Log{"1", "oops K", "end", "done", "done", "end"}));
}

TEST_F(GeneratorErrorTest, AnErrorBeforeTheFirstYieldComesOutOfBegin) {
  Log log;
  Generator<int> g([] { throw Oops("early"); });
  log.push_back(Outcome([&] { (void)g.begin(); }));
  log.push_back(Outcome([&] { (void)g.begin(); }));
  log.push_back(g.begin() == g.end() ? "end" : "more");
  EXPECT_EQ(log, (Log{"oops early", "done", "end"}));
}

TEST_F(GeneratorErrorTest, AnExitEndsTheIterationSilently) {
  std::vector<int> seen;
  for (int v : Generator<int>([] {
         Yield(1);
         throw GreenletExit();
       })) {
    seen.push_back(v);
  }
  EXPECT_EQ(seen, std::vector<int>{1});
}

TEST_F(GeneratorErrorTest, WithoutAStackItStaysUnstarted) {
  Generator<int> g([] { Yield(1); });
  microthread::testing::FailNextStack();
  EXPECT_THROW((void)g.begin(), ResourceExhaustedError);
  EXPECT_EQ(*g.begin(), 1);
}

// T24 (f)
TEST_F(GeneratorErrorTest, YieldOutsideOfAGeneratorIsAnError) {
  EXPECT_EQ(ErrorText<YieldError>([] { Yield(1); }),
            "Yield of int to level 1 in the main greenlet of tasklet \"main\": "
            "0 generators are running here; call it from the body of a "
            "Generator");
  std::string text;
  Greenlet(GreenletOptions{.name = "walker"}, [&] {
    text = ErrorText<YieldError>([] { Yield(1); });
  }).Switch();
  EXPECT_EQ(text,
            "Yield of int to level 1 in greenlet \"walker\": 0 generators are "
            "running here; call it from the body of a Generator");
}

TEST_F(GeneratorErrorTest, YieldOfAnotherTypeIsAnError) {
  std::string text;
  std::vector<double> seen;
  for (double v : Generator<double>([&] {
         text = ErrorText<YieldError>([] { Yield(1); });
         Yield(1.5);
       })) {
    seen.push_back(v);
  }
  EXPECT_EQ(text,
            "Yield of int in a generator of double: yield exactly the "
            "generator's type, for instance by a cast");
  EXPECT_EQ(seen, std::vector<double>{1.5});
}

TEST_F(GeneratorErrorTest, ABodyCannotAdvanceItself) {
  std::string text;
  Generator<int>* self = nullptr;
  Generator<int> g(GreenletOptions{.name = "snake"}, [&] {
    Yield(1);
    text = ErrorText<YieldError>([&] { ++self->begin(); });
    Yield(2);
  });
  self = &g;
  auto it = g.begin();
  ++it;
  EXPECT_EQ(text,
            "greenlet \"snake\" is the body of a generator that is running "
            "already: it cannot be advanced from within");
  EXPECT_EQ(*it, 2);
}

TEST_F(GeneratorErrorTest, AHandleToTheBodyDoesNotKeepItSuspended) {
  Log log;
  Greenlet body;
  {
    Generator<int> g([&] {
      Note note{log, "unwound"};
      body = Greenlet::Current();
      Yield(1);
    });
    (void)g.begin();
  }
  log.push_back(body.dead() ? "dead" : "alive");
  EXPECT_EQ(log, (Log{"unwound", "dead"}));
}

TEST_F(GeneratorErrorTest, ABodyThatOutlivesItsGeneratorCannotYield) {
  Log log;
  Greenlet body;
  {
    Generator<int> g([&] {
      body = Greenlet::Current();
      try {
        Yield(1);
      } catch (const GreenletExit&) {
        log.push_back("refuses to end");
        (void)body.parent().Switch();
      }
      log.push_back(Outcome([] { Yield(2); }));
    });
    (void)g.begin();
  }
  log.push_back(body.active() ? "alive" : "gone");
  (void)body.Switch();
  body = Greenlet();
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0], "refuses to end");
  EXPECT_EQ(log[1], "alive");
  EXPECT_TRUE(log[2].starts_with("error Yield of int to level 1 in greenlet"))
      << log[2];
}

TEST_F(GeneratorErrorTest, ABodyThatSwitchesAwayByHandIsAtItsEndForAWhile) {
  Log log;
  auto body = [&] {
    Note note{log, "unwound"};
    Yield(1);
    log.push_back("resumed with " + Show(Greenlet::Main().Switch()));
    Yield(2);
  };
  for (int v : Generator<int>(body)) log.push_back(std::to_string(v));
  Generator<int> g(body);
  auto it = g.begin();
  ++it;
  log.push_back(it == g.end() ? "end" : "more");
  ++it;
  log.push_back(std::to_string(*it));
  ++it;
  log.push_back(it == g.end() ? "end" : "more");
  EXPECT_EQ(log, (Log{"1", "unwound", "end", "resumed with ()", "2", "unwound",
                      "end"}));
}

}  // namespace
}  // namespace microthread_test
