// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A generator that has handed out a few values does so on a shorter way. What
// disturbs it there must have the same effects as at its first value.

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/tracer.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Generator;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletState;
using microthread::SetTracer;
using microthread::TraceEvent;
using microthread::Yield;
using microthread::YieldAll;
using microthread::YieldError;
using microthread::YieldToLevel;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class GeneratorShortWayTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

  void Take(Generator<int>::iterator& it, int count) {
    for (int i = 0; i < count; ++i, ++it) log_.push_back(std::to_string(*it));
  }
  void Attempt(const char* what, Generator<int>::iterator& it) {
    log_.push_back(what + (": " + Outcome([&] { ++it; })));
  }

  Log log_;

 private:
  LiveObjects before_ = CountLiveObjects();
};

struct Note {
  Log& log;
  std::string text;
  ~Note() { log.push_back(text); }
};

std::string StateOf(const Greenlet& greenlet) {
  switch (greenlet.state()) {
    case GreenletState::kUnborn:
      return "unborn";
    case GreenletState::kSuspended:
      return "suspended";
    case GreenletState::kRunning:
      return "running";
    case GreenletState::kDead:
      return "dead";
  }
  return "?";
}

TEST_F(GeneratorShortWayTest, BothSeeWhoRuns) {
  Greenlet body;
  const Greenlet consumer = Greenlet::Current();
  auto look = [&](const char* who) {
    log_.push_back(who + (" body " + StateOf(body)) + ", consumer " +
                   StateOf(consumer) +
                   (body.is_current() ? ", body is current" : "") +
                   (consumer.is_current() ? ", consumer is current" : "") +
                   (body.parent() == consumer ? "" : ", wrong parent"));
  };
  Generator<int> g([&] {
    body = Greenlet::Current();
    for (int i = 0; i < 5; ++i) {
      if (i == 4) look("in body:");
      Yield(i);
    }
    body = Greenlet();
  });
  auto it = g.begin();
  Take(it, 4);
  look("in consumer:");
  Take(it, 1);
  EXPECT_EQ(log_, (Log{"0", "1", "2", "3",
                       "in body: body running, consumer suspended, body is "
                       "current",
                       "in consumer: body suspended, consumer running, "
                       "consumer is current",
                       "4"}));
}

TEST_F(GeneratorShortWayTest, ATracerThatComesAndGoesIsToldOfEachSwitch) {
  const Greenlet consumer = Greenlet::Current();
  auto note = [&](TraceEvent, const Greenlet& from, const Greenlet&) {
    log_.push_back(from == consumer ? "to body" : "to consumer");
  };
  Generator<int> g([&] {
    for (int i = 0; i < 9; ++i) {
      if (i == 5) SetTracer(note);
      if (i == 7) SetTracer(nullptr);
      Yield(i);
    }
  });
  auto it = g.begin();
  Take(it, 2);
  SetTracer(note);
  Take(it, 1);
  SetTracer(nullptr);
  Take(it, 6);
  log_.push_back(it == g.end() ? "end" : "more");
  EXPECT_EQ(log_, (Log{"0", "1", "2", "to body", "to consumer", "3", "4",
                       "to consumer", "5", "to body", "to consumer", "6",
                       "to body", "7", "8", "end"}));
}

TEST_F(GeneratorShortWayTest, TheConsumerGetsWhatOthersThrowOrSend) {
  const Greenlet consumer = Greenlet::Current();
  Generator<int> g([&] {
    for (int i = 0; i < 20; ++i) {
      if (i == 3) (void)consumer.Throw(MakeOops("thrown"));
      if (i == 6) (void)consumer.Switch(std::string("ignored"));
      Yield(i);
    }
  });
  auto it = g.begin();
  Take(it, 2);
  Attempt("thrown into", it);
  log_.push_back(it == g.end() ? "end" : "more");
  Attempt("again", it);
  Take(it, 2);
  Attempt("sent to", it);
  log_.push_back(it == g.end() ? "end" : "more");
  Attempt("again", it);
  Take(it, 2);
  EXPECT_EQ(log_,
            (Log{"0", "1", "thrown into: oops thrown", "end", "again: done",
                 "3", "4", "sent to: done", "end", "again: done", "6", "7"}));
}

TEST_F(GeneratorShortWayTest, ABodyThatWaitsCanBeResumedThrownIntoAndKilled) {
  Greenlet body;
  Generator<int> g([&] {
    body = Greenlet::Current();
    Note note{log_, "unwound"};
    for (int i = 0;; ++i) {
      try {
        Yield(i);
      } catch (const Oops& e) {
        log_.push_back("caught " + std::string(e.what()));
      }
    }
  });
  auto it = g.begin();
  Take(it, 3);
  (void)body.Switch(std::string("ignored"));
  Take(it, 2);
  (void)body.Throw(MakeOops("thrown"));
  Take(it, 2);
  log_.push_back(Show(body.Kill()));
  Attempt("after its end", it);
  log_.push_back(it == g.end() ? "end" : "more");
  EXPECT_EQ(log_, (Log{"0", "1", "2", "4", "5", "caught thrown", "7", "8",
                       "unwound", "exit", "after its end: done", "end"}));
}

TEST_F(GeneratorShortWayTest, ABodyGetsAnotherParent) {
  Greenlet other([&] {
    for (;;) {
      (void)Greenlet::Main().Switch();
      log_.push_back("to another");
    }
  });
  (void)other.Switch();
  Greenlet body;
  Generator<int> g([&] {
    body = Greenlet::Current();
    for (int i = 0; i < 7; ++i) {
      if (i == 3) body.set_parent(other);
      Yield(i);
    }
    body = Greenlet();
  });
  auto it = g.begin();
  Take(it, 5);
  body.set_parent(other);
  Take(it, 2);
  log_.push_back(it == g.end() ? "end" : "more");
  EXPECT_EQ(log_,
            (Log{"0", "1", "2", "to another", "3", "4", "5", "6", "end"}));
}

TEST_F(GeneratorShortWayTest, GeneratorsFeedEachOther) {
  auto count = [](int to) {
    return Generator<int>([to] {
      for (int i = 0; i < to; ++i) Yield(i);
    });
  };
  auto tens = [&](int to) {
    return Generator<int>([&count, to] {
      for (int i : count(to)) Yield(10 * i);
    });
  };
  std::vector<int> seen;
  for (int v : tens(4)) seen.push_back(v);
  auto left = tens(9);
  auto right = count(3);
  auto l = left.begin();
  for (auto r = right.begin(); r != right.end(); ++r, ++l) {
    seen.push_back(*l + *r);
  }
  EXPECT_EQ(seen, (std::vector<int>{0, 10, 20, 30, 0, 11, 22}));
}

TEST_F(GeneratorShortWayTest, ItsBodyMayYieldAllOfAnotherThatHasBegun) {
  auto count = [](int from, int to) {
    return Generator<int>([from, to] {
      for (int i = from; i < to; ++i) Yield(i);
    });
  };
  Generator<int> inner = count(0, 6);
  auto it = inner.begin();
  Take(it, 3);
  Generator<int> outer([&] {
    for (int i = -3; i < 0; ++i) Yield(i);
    YieldAll(std::move(inner));
    for (int i = 6; i < 9; ++i) Yield(i);
  });
  for (int v : outer) log_.push_back(std::to_string(v));
  EXPECT_EQ(log_,
            (Log{"0", "1", "2", "-3", "-2", "-1", "4", "5", "6", "7", "8"}));
}

TEST_F(GeneratorShortWayTest, AnInnerBodyTakesOverFromOneResumedByHand) {
  Greenlet body;
  Generator<int> g([&] {
    body = Greenlet::Current();
    for (int i = 0; i < 3; ++i) Yield(i);
    for (int v : Generator<int>([&] {
           for (int i = 10; i < 12; ++i) {
             YieldToLevel(2, i);
             log_.push_back("inner goes on");
           }
           Yield(12);
         })) {
      Yield(v);
    }
    body = Greenlet();
  });
  auto it = g.begin();
  Take(it, 2);
  log_.push_back("by hand");
  (void)body.Switch();
  Take(it, 3);
  log_.push_back(it == g.end() ? "end" : "more");
  EXPECT_EQ(log_, (Log{"0", "1", "by hand", "10", "inner goes on", "11",
                       "inner goes on", "12", "end"}));
}

TEST_F(GeneratorShortWayTest, ABodyTakesOverFromAnInnerOneResumedByHand) {
  Greenlet inner;
  Generator<int> g([&] {
    for (int v : Generator<int>([&] {
           inner = Greenlet::Current();
           YieldToLevel(2, 1);
           for (int i = 2; i < 5; ++i) {
             log_.push_back("inner goes on");
             Yield(i);
           }
           inner = Greenlet();
         })) {
      Yield(10 * v);
      log_.push_back("body goes on");
    }
  });
  auto it = g.begin();
  log_.push_back(std::to_string(*it));
  (void)inner.Switch();
  Take(it, 3);
  log_.push_back(it == g.end() ? "end" : "more");
  EXPECT_EQ(log_, (Log{"1", "inner goes on", "20", "body goes on",
                       "inner goes on", "30", "body goes on", "inner goes on",
                       "40", "body goes on", "end"}));
}

TEST_F(GeneratorShortWayTest, EachConsumerIsLeftInItsOwnExceptions) {
  Generator<int> g([&] {
    try {
      throw Oops("body's");
    } catch (const Oops& e) {
      for (int i = 0; i < 4; ++i) {
        Yield(i);
        log_.push_back(Outcome([] { throw; }));
      }
    }
  });
  auto it = g.begin();
  Take(it, 2);
  try {
    throw Oops("consumer's");
  } catch (const Oops&) {
    Take(it, 2);
    log_.push_back(Outcome([] { throw; }));
  }
  EXPECT_EQ(std::current_exception(), nullptr);
  EXPECT_EQ(log_, (Log{"0", "oops body's", "1", "oops body's", "2",
                       "oops body's", "3", "oops body's", "oops consumer's"}));
}

TEST_F(GeneratorShortWayTest, ItMayBeDroppedWhereItsBodyCannotBeUnwound) {
  auto start = [&] {
    auto g = std::make_unique<Generator<int>>([&] {
      Note note{log_, "unwound"};
      for (int i = 0;; ++i) Yield(i);
    });
    auto it = g->begin();
    Take(it, 3);
    return g;
  };
  auto on_thread = start();
  std::thread([&] { on_thread.reset(); }).join();
  log_.push_back("dropped on a thread");
  (void)Greenlet([] {}).Switch();
  auto in_tracer = start();
  SetTracer(
      [&](TraceEvent, const Greenlet&, const Greenlet&) { in_tracer.reset(); });
  (void)Greenlet([] {}).Switch();
  log_.push_back("dropped in a tracer");
  SetTracer(nullptr);
  (void)Greenlet([] {}).Switch();
  EXPECT_EQ(log_, (Log{"0", "1", "2", "dropped on a thread", "unwound", "0",
                       "1", "2", "dropped in a tracer", "unwound"}));
}

TEST_F(GeneratorShortWayTest, ABodyMayDropItsOwnGenerator) {
  std::unique_ptr<Generator<int>> g;
  g = std::make_unique<Generator<int>>([&] {
    Note note{log_, "ended"};
    for (int i = 0; i < 4; ++i) Yield(i);
    g.reset();
    log_.push_back(Outcome([] { Yield(5); }).substr(0, 27));
  });
  auto it = g->begin();
  Take(it, 3);
  Attempt("last", it);
  EXPECT_EQ(log_, (Log{"0", "1", "2", "error Yield of int to level", "ended",
                       "last: done"}));
}

TEST_F(GeneratorShortWayTest, AConsumerIsUnwoundWithItsGenerator) {
  Greenlet consumer([&] {
    Note note{log_, "consumer unwound"};
    for (int v : Generator<int>([&] {
           Note inner{log_, "body unwound"};
           for (int i = 0;; ++i) {
             if (i == 4) (void)Greenlet::Main().Switch();
             Yield(i);
           }
         })) {
      log_.push_back(std::to_string(v));
    }
  });
  (void)consumer.Switch();
  log_.push_back("suspended");
  (void)consumer.Kill();
  EXPECT_EQ(log_, (Log{"0", "1", "2", "3", "suspended", "body unwound",
                       "consumer unwound"}));
}

TEST_F(GeneratorShortWayTest, YieldOfAnotherTypeIsAnError) {
  Generator<int> g([&] {
    for (int i = 0; i < 4; ++i) Yield(i);
    log_.push_back(ErrorText<YieldError>([] { Yield(1.5); }));
    Yield(4);
  });
  for (int v : g) log_.push_back(std::to_string(v));
  EXPECT_EQ(log_, (Log{"0", "1", "2", "3",
                       "Yield of double in a generator of int: yield exactly "
                       "the generator's type, for instance by a cast",
                       "4"}));
}

}  // namespace
}  // namespace microthread_test
