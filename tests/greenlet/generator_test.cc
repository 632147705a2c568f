// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Generators. T24 is the number of greenlet's golden trace.

#include "microthread/greenlet/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/stack.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Generator;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::Yield;
using microthread::YieldAll;
using microthread::YieldToLevel;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class GeneratorTest : public testing::Test {
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

static_assert(std::input_iterator<Generator<int>::iterator>);
static_assert(std::ranges::input_range<Generator<int>>);
static_assert(!std::is_copy_constructible_v<Generator<int>>);
static_assert(std::is_nothrow_move_constructible_v<Generator<int>>);

void Helper(int i) {
  Yield(i);
  Yield(10 * i);
}

// T24 (a)
TEST_F(GeneratorTest, NestedPlainFunctionsYield) {
  Log log;
  for (int v : Generator<int>([&] {
         for (int i = 0; i < 2; ++i) {
           log.push_back("body " + std::to_string(i));
           Helper(i);
         }
         log.push_back("exhausted");
       })) {
    log.push_back(std::to_string(v));
  }
  EXPECT_EQ(log, (Log{"body 0", "0", "0", "body 1", "1", "10", "exhausted"}));
}

void InOrder(int depth) {
  if (depth == 0) return;
  InOrder(depth - 1);
  Yield(depth);
  InOrder(depth - 1);
}

// T24 (b)
TEST_F(GeneratorTest, RecursiveFunctionsYield) {
  std::vector<int> seen;
  for (int v : Generator<int>([] { InOrder(3); })) seen.push_back(v);
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 1, 3, 1, 2, 1}));
}

Generator<int> Tree(int depth) {
  return Generator<int>([depth] {
    if (depth == 0) return;
    for (int v : Tree(depth - 1)) Yield(v);
    Yield(depth);
    for (int v : Tree(depth - 1)) Yield(v);
  });
}

// T24 (b)
TEST_F(GeneratorTest, GeneratorsNest) {
  std::vector<int> seen;
  for (int v : Tree(3)) seen.push_back(v);
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 1, 3, 1, 2, 1}));
}

Generator<std::vector<int>> Permutations(std::vector<int> items) {
  return Generator<std::vector<int>>([items] {
    if (items.empty()) {
      Yield(std::vector<int>());
      return;
    }
    for (size_t i = 0; i < items.size(); ++i) {
      std::vector<int> rest = items;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      for (std::vector<int>& tail : Permutations(rest)) {
        tail.insert(tail.begin(), items[i]);
        Yield(std::move(tail));
      }
    }
  });
}

// T24 (b)
TEST_F(GeneratorTest, PermutationsComeInLexicographicOrder) {
  std::vector<std::vector<int>> seen;
  for (const std::vector<int>& p : Permutations({1, 2, 3})) seen.push_back(p);
  EXPECT_EQ(
      seen,
      (std::vector<std::vector<int>>{
          {1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}}));
}

// T24 (d)
TEST_F(GeneratorTest, ConsumersMayTakeTurns) {
  Log log;
  Generator<int> numbers([] {
    for (int i = 0; i < 4; ++i) Yield(i);
  });
  auto it = numbers.begin();
  auto consumer = [&](std::string name) {
    for (int i = 0; i < 2; ++i, ++it) {
      log.push_back(name + std::to_string(*it));
    }
  };
  Greenlet(consumer).Switch(std::string("a"));
  Greenlet(consumer).Switch(std::string("b"));
  log.push_back(it == numbers.end() ? "end" : "more");
  EXPECT_EQ(log, (Log{"a0", "a1", "b2", "b3", "end"}));
}

// T24 (e)
TEST_F(GeneratorTest, LeavingEarlyUnwindsTheBody) {
  Log log;
  for (int v : Generator<int>([&] {
         Note note{log, "cleanup"};
         for (int i = 0;; ++i) Yield(i);
       })) {
    log.push_back(std::to_string(v));
    if (v == 2) break;
  }
  log.push_back("after");
  EXPECT_EQ(log, (Log{"0", "1", "2", "cleanup", "after"}));
}

TEST_F(GeneratorTest, MayYieldNothing) {
  Generator<int> g([] {});
  EXPECT_TRUE(g.begin() == g.end());
}

TEST_F(GeneratorTest, StartsAtBegin) {
  Log log;
  Generator<int> g([&] {
    log.push_back("body");
    Yield(1);
  });
  log.push_back("made");
  auto it = g.begin();
  log.push_back(std::to_string(*it));
  it = g.begin();  // the same place
  log.push_back(std::to_string(*it));
  EXPECT_EQ(log, (Log{"made", "body", "1", "1"}));
}

TEST_F(GeneratorTest, NeverStartedNeverRuns) {
  Log log;
  {
    Generator<int> g([&] { log.push_back("body"); });
  }
  EXPECT_EQ(log, Log());
}

TEST_F(GeneratorTest, TheValueIsTheBodysOwnObject) {
  const std::string* address = nullptr;
  Generator<std::string> g([&] {
    std::string word = "word";
    address = &word;
    Yield(word);
    Yield(word);
  });
  auto it = g.begin();
  EXPECT_EQ(&*it, address);
  *it += "s";
  EXPECT_EQ(it->size(), 5u);
  ++it;
  EXPECT_EQ(*it, "words");
}

TEST_F(GeneratorTest, MoveOnlyValuesCanBeTaken) {
  std::vector<std::unique_ptr<int>> taken;
  for (std::unique_ptr<int>& p : Generator<std::unique_ptr<int>>([] {
         for (int i = 0; i < 2; ++i) Yield(std::make_unique<int>(i));
       })) {
    taken.push_back(std::move(p));
  }
  EXPECT_EQ(*taken[0], 0);
  EXPECT_EQ(*taken[1], 1);
}

TEST_F(GeneratorTest, GoesOnAfterItHasBeenMoved) {
  Generator<int> first([] {
    Yield(1);
    Yield(2);
  });
  auto it = first.begin();
  Generator<int> second = std::move(first);
  ++it;
  EXPECT_EQ(*it, 2);
  EXPECT_EQ(*second.begin(), 2);
}

TEST_F(GeneratorTest, AssigningUnwindsTheOldBody) {
  Log log;
  auto numbers = [&log](const char* name) {
    return Generator<int>([&log, name] {
      Note note{log, name};
      Yield(1);
    });
  };
  Generator<int> g = numbers("first");
  (void)g.begin();
  g = numbers("second");
  log.push_back("assigned");
  EXPECT_EQ(log, (Log{"first", "assigned"}));
}

TEST_F(GeneratorTest, YieldsFromAGreenletBelowTheBody) {
  std::vector<int> seen;
  for (int v : Generator<int>([] {
         Greenlet below([] {
           Yield(1);
           Yield(2);
         });
         (void)below.Switch();
         Yield(3);
       })) {
    seen.push_back(v);
  }
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

TEST_F(GeneratorTest, RunsOnAStackOfTheSizeItWasGiven) {
  size_t size = 0;
  Generator<int> g(GreenletOptions{.stack_size = 1 << 20}, [&] {
    size = microthread::StackSize();
    Yield(1);
  });
  (void)g.begin();
  EXPECT_GT(size, (1u << 20) - 4096u);
}

// T24 (c)
TEST_F(GeneratorTest, YieldsToAnOuterLevel) {
  Log log;
  auto inner = [](int n) {
    return Generator<int>([n] {
      for (int i = 1; i < n; ++i) {
        Yield(i);
        YieldToLevel(2, i * i);
      }
    });
  };
  Generator<int> outer([&] {
    for (int v : inner(4)) {
      log.push_back("outer " + std::to_string(v));
    }
  });
  for (int v : outer) log.push_back("main " + std::to_string(v));
  EXPECT_EQ(log, (Log{"outer 1", "main 1", "outer 2", "main 4", "outer 3",
                      "main 9"}));
}

// While they are suspended, the outer body's stack keeps the inner generator;
// nothing of the inner one may keep the outer body.
TEST_F(GeneratorTest, LeavingEarlyUnwindsNestedBodiesToo) {
  Log log;
  for (int v : Generator<int>([&] {
         Note outer{log, "outer unwound"};
         for (int w : Generator<int>([&] {
                Note inner{log, "inner unwound"};
                Yield(1);
                Yield(2);
              })) {
           Yield(w);
         }
       })) {
    log.push_back(std::to_string(v));
    break;
  }
  EXPECT_EQ(log, (Log{"1", "inner unwound", "outer unwound"}));
}

TEST_F(GeneratorTest, MayBeDestroyedWhileAConsumerWaitsForItsNextValue) {
  Log log;
  std::optional<Generator<int>> numbers;
  numbers.emplace([&] {
    const Note note{log, "body unwound"};
    (void)Greenlet([&] {
      const Note inner_note{log, "inner unwound"};
      Yield(1);
      Greenlet::Main().Switch("inner at main");
    }).Switch();
  });
  Greenlet consumer([&] {
    const Note note{log, "consumer unwound"};
    for (int number : *numbers) log.push_back("got " + std::to_string(number));
  });
  log.push_back(Show(consumer.Switch()));
  numbers.reset();
  log.push_back("destroyed");
  (void)consumer.Kill();
  EXPECT_EQ(log, (Log{"got 1", "(inner at main)", "body unwound", "destroyed",
                      "inner unwound", "consumer unwound"}));
}

TEST_F(GeneratorTest, MayBeDestroyedByWhomAYieldUnwinds) {
  Log log;
  Greenlet first, second;
  std::optional<Generator<int>> numbers;
  numbers.emplace([&] {
    const Note note{log, "body unwound"};
    first = Greenlet([&] {
      const Note first_note{log, "first unwound"};
      try {
        Yield(1);
      } catch (const GreenletExit&) {
        numbers.reset();
        log.push_back("destroyed");
        throw;
      }
    });
    second = Greenlet([&] {
      const Note second_note{log, "second unwound"};
      Yield(2);
    });
    Yield(0);
  });
  log.push_back("got " + std::to_string(*numbers->begin()));
  (void)first.Switch();
  first = Greenlet();  // the next value would come from there
  (void)second.Switch();
  log.push_back("back");
  second = Greenlet();
  EXPECT_EQ(log, (Log{"got 0", "destroyed", "first unwound", "back",
                      "second unwound", "body unwound"}));
}

TEST_F(GeneratorTest, MayBeDestroyedFromBelowItsBody) {
  Log log;
  Greenlet below;
  std::optional<Generator<int>> numbers;
  numbers.emplace([&] {
    below = Greenlet([&] {
      numbers.reset();
      log.push_back("destroyed");
    });
    Yield(0);
    log.push_back("body goes on");
  });
  log.push_back("got " + std::to_string(*numbers->begin()));
  (void)below.Switch();
  EXPECT_EQ(log, (Log{"got 0", "destroyed", "body goes on"}));
}

Generator<int> DelegatingTree(int depth) {
  return Generator<int>([depth] {
    if (depth == 0) return;
    YieldAll(DelegatingTree(depth - 1));
    Yield(depth);
    YieldAll(DelegatingTree(depth - 1));
  });
}

TEST_F(GeneratorTest, YieldAllYieldsWhatAnotherGeneratorDoes) {
  std::vector<int> seen;
  for (int v : DelegatingTree(3)) seen.push_back(v);
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 1, 3, 1, 2, 1}));
}

TEST_F(GeneratorTest, YieldAllPassesErrorsOnAndUnwindsAllOfThem) {
  Log log;
  auto innermost = [&log](bool fails) {
    return Generator<int>([&log, fails] {
      Note note{log, "inner unwound"};
      Yield(1);
      if (fails) throw Oops("inner");
      Yield(2);
    });
  };
  auto outer = [&](bool fails) {
    return Generator<int>([&, fails] {
      Note note{log, "outer unwound"};
      YieldAll(innermost(fails));
    });
  };
  log.push_back(Outcome([&] {
    for (int v : outer(true)) log.push_back(std::to_string(v));
  }));
  for (int v : outer(false)) {
    log.push_back(std::to_string(v));
    break;
  }
  EXPECT_EQ(log, (Log{"1", "inner unwound", "outer unwound", "oops inner", "1",
                      "inner unwound", "outer unwound"}));
}

// The outer body's own yields go to its consumer, also between two values of
// the inner one.
TEST_F(GeneratorTest, YieldGoesToTheGeneratorWhoseBodyCallsIt) {
  Log log;
  for (const std::string& s : Generator<std::string>([] {
         for (int v : Generator<int>([] {
                Yield(1);
                Yield(2);
              })) {
           Yield("outer " + std::to_string(v));
         }
       })) {
    log.push_back(s);
  }
  EXPECT_EQ(log, (Log{"outer 1", "outer 2"}));
}

// A body that leaves by another switch than a yield has no value to show: a
// loop ends there. Who increments once more resumes the body.

}  // namespace
}  // namespace microthread_test
