// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Construction, and values in both directions. The T numbers are those of
// greenlet's golden traces.

#include "microthread/greenlet/greenlet.h"

#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/weak_greenlet.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletOptions;
using microthread::Message;
using microthread::MessageError;
using microthread::WeakGreenlet;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

class GreenletTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(CountLiveObjects(), before_); }

 private:
  LiveObjects before_ = CountLiveObjects();
};

int Double(int x) { return 2 * x; }

// --- Construction ----------------------------------------------------------

TEST_F(GreenletTest, RunsNothingBeforeTheFirstSwitch) {
  Log log;
  {
    Greenlet g([&] { log.push_back("ran"); });
    log.push_back("made");
  }
  log.push_back("dropped");
  EXPECT_EQ(log, (Log{"made", "dropped"}));
}

TEST_F(GreenletTest, RunsFunctionsLambdasAndFunctionObjects) {
  struct Adder {
    int operator()(int a, int b) const { return a + b; }
  };
  std::function<int(int)> function = Double;
  EXPECT_EQ(Greenlet(Double).Switch(4).get<int>(), 8);
  EXPECT_EQ(Greenlet(&Double).Switch(5).get<int>(), 10);
  EXPECT_EQ(Greenlet(Adder()).Switch(1, 2).get<int>(), 3);
  EXPECT_EQ(Greenlet(function).Switch(6).get<int>(), 12);
  int calls = 0;
  auto counter = [calls]() mutable { return ++calls; };
  EXPECT_EQ(Greenlet(counter).Switch().get<int>(), 1);
}

TEST_F(GreenletTest, MovesAMoveOnlyFunctionIn) {
  auto owned = std::make_unique<int>(5);
  Greenlet g([owned = std::move(owned)] { return *owned; });
  EXPECT_EQ(g.Switch().get<int>(), 5);
}

TEST_F(GreenletTest, RunsALargeFunctionObject) {
  struct Large {
    int values[100] = {7};
    int operator()() { return values[0]; }
  };
  EXPECT_EQ(Greenlet(Large()).Switch().get<int>(), 7);
}

TEST_F(GreenletTest, DestroysItsFunctionWhenItEnds) {
  auto shared = std::make_shared<int>(1);
  Greenlet g([shared] {});
  EXPECT_EQ(shared.use_count(), 2);
  (void)g.Switch();
  EXPECT_EQ(shared.use_count(), 1);
  EXPECT_TRUE(g.dead());
}

TEST_F(GreenletTest, DestroysTheFunctionOfAnUnbornOne) {
  auto shared = std::make_shared<int>(1);
  {
    Greenlet g([shared] {});
  }
  EXPECT_EQ(shared.use_count(), 1);
}

// A function object that notes its end. Only the one that was not moved from
// does so.
class Counted {
 public:
  Counted(Log& log, std::function<void()> body) : log_(&log), body_(body) {}
  Counted(Counted&& other) noexcept
      : log_(std::exchange(other.log_, nullptr)), body_(other.body_) {}
  ~Counted() {
    if (log_ != nullptr) log_->push_back("destroyed");
  }
  void operator()() const { body_(); }

 private:
  Log* log_;
  std::function<void()> body_;
};

TEST_F(GreenletTest, DestroysItsFunctionOnceHoweverItEnds) {
  Log log;
  Greenlet keep;
  const std::map<std::string, std::function<void(Greenlet)>> ends = {
      {"by itself", [](Greenlet g) { (void)g.Switch(); }},
      {"killed", [](Greenlet g) { (void)g.Kill(); }},
      {"dropped", [](Greenlet) {}},
      {"elsewhere", [](Greenlet g) {
         std::thread([moved = std::move(g)] {}).join();
         (void)Greenlet::Current();
       }}};
  for (const auto& [name, end] : ends) {
    Greenlet g(Counted(log, [] { Greenlet::Main().Switch(); }));
    (void)g.Switch();
    log.push_back(name);
    end(std::exchange(g, Greenlet()));
  }
  Greenlet resurrected(Counted(log, [&keep] {
    try {
      Greenlet::Main().Switch();
    } catch (const microthread::GreenletExit&) {
      keep = Greenlet::Current();
    }
    Greenlet::Main().Switch();
  }));
  (void)resurrected.Switch();
  resurrected = Greenlet();
  log.push_back("resurrected");
  (void)keep.Switch();
  EXPECT_EQ(log, (Log{"by itself", "destroyed", "dropped", "destroyed",
                      "elsewhere", "destroyed", "killed", "destroyed",
                      "resurrected", "destroyed"}));
}

// Switches, and throws and catches, when it is destroyed.
class BusyAtItsEnd {
 public:
  explicit BusyAtItsEnd(Log& log) : log_(&log) {}
  BusyAtItsEnd(BusyAtItsEnd&& other) noexcept
      : log_(std::exchange(other.log_, nullptr)) {}
  ~BusyAtItsEnd() {
    if (log_ == nullptr) return;
    try {
      throw Oops("caught inside");
    } catch (const Oops& oops) {
      log_->push_back(oops.what());
    }
    log_->push_back(Show(Greenlet::Main().SwitchNoThrow("parked").message));
  }
  int operator()() const { return 42; }

 private:
  Log* log_;
};

TEST_F(GreenletTest, ItsFunctionMaySwitchWhileItIsDestroyed) {
  Log log;
  Greenlet runs{BusyAtItsEnd(log)};
  log.push_back(Outcome([&] { return runs.Switch(); }));
  log.push_back(Outcome([&] { return runs.Switch("go on"); }));
  Greenlet unborn{BusyAtItsEnd(log)};
  log.push_back(Outcome([&] { return unborn.Throw(MakeOops("not lost")); }));
  log.push_back(Outcome([&] { return unborn.Switch("go on"); }));
  EXPECT_EQ(
      log, (Log{"caught inside", "(parked)", "(go on)", "(42)", "caught inside",
                "(parked)", "(go on)", "oops not lost"}));
}

// In Python it may even start the greenlet, which has no function then.
TEST_F(GreenletTest, AFunctionThatIsReplacedCannotStartItsGreenlet) {
  Log log;
  WeakGreenlet self;
  struct StartsIt {
    StartsIt(Log& l, WeakGreenlet& s) : log(&l), self(&s) {}
    StartsIt(StartsIt&& other) noexcept
        : log(std::exchange(other.log, nullptr)), self(other.self) {}
    ~StartsIt() {
      if (log == nullptr) return;
      log->push_back(self->Lock().SwitchNoThrow().ok() ? "started" : "refused");
    }
    void operator()() const {}
    Log* log;
    WeakGreenlet* self;
  };
  Greenlet g{StartsIt(log, self)};
  self = g;
  g.set_run([] { return "second"; });
  log.push_back(Show(g.Switch()));
  EXPECT_EQ(log, (Log{"refused", "(second)"}));
}

TEST_F(GreenletTest, HasTheNameItWasGiven) {
  Greenlet named(GreenletOptions{.name = std::string("walker")}, [] {});
  EXPECT_EQ(named.name(), "walker");
  EXPECT_EQ(Greenlet([] {}).name(), "");
  EXPECT_EQ(Greenlet().name(), "");
}

// --- Values ----------------------------------------------------------------

TEST_F(GreenletTest, SendsValuesInBothDirections) {
  Log log;
  Greenlet g([&log](int first, std::string second) {
    log.push_back("start " + std::to_string(first) + second);
    Message m = Greenlet::Main().Switch(std::string("up"), 1);
    log.push_back("resumed " + Show(m));
    return std::string("result");
  });
  log.push_back("main " + Show(g.Switch(1, std::string("a"))));
  log.push_back("main " + Show(g.Switch(2, 3, 4)));
  EXPECT_EQ(log, (Log{"start 1a", "main (up, 1)", "resumed (2, 3, 4)",
                      "main (result)"}));
}

// T2, but for its keywords
TEST_F(GreenletTest, EachShapeOfAMessageArrivesAsItWasSent) {
  Log log;
  Greenlet g([&log](Message m) {
    for (;;) {
      log.push_back(Show(m));
      m = Greenlet::Main().Switch("y");
    }
  });
  log.push_back(Show(g.Switch(1, 2)));
  (void)g.Switch();
  (void)g.Switch(Message::None());
  (void)g.Switch(7);
  (void)g.Switch(7, 8);
  EXPECT_EQ(log, (Log{"(1, 2)", "(y)", "()", "none", "(7)", "(7, 8)"}));
}

TEST_F(GreenletTest, TheEmptyPackIsNotNone) {
  Log log;
  Greenlet g([&log](Message m) {
    for (int i = 0; i < 2; ++i) {
      log.push_back(Show(m));
      m = Greenlet::Main().Switch();
    }
  });
  log.push_back(Show(g.Switch()));
  log.push_back(Show(g.Switch(Message::None())));
  log.push_back(Show(g.Switch()));
  EXPECT_EQ(log, (Log{"()", "()", "none", "()", "none"}));
}

TEST_F(GreenletTest, AFunctionOfMessageTakesWhateverIsSent) {
  auto show = [](Message m) { return Show(m); };
  EXPECT_EQ(Show(Greenlet(show).Switch()), "(())");
  EXPECT_EQ(Show(Greenlet(show).Switch(1, 2)), "((1, 2))");
}

TEST_F(GreenletTest, AFunctionMayReturnAMessage) {
  Greenlet g([] { return Message(1, 2); });
  EXPECT_EQ(Show(g.Switch()), "(1, 2)");
}

TEST_F(GreenletTest, MovesMoveOnlyValuesThrough) {
  Greenlet g([](std::unique_ptr<int> p) {
    ++*p;
    Message m = Greenlet::Main().Switch(std::move(p));
    p = std::move(m).get<std::unique_ptr<int>>();
    ++*p;
    return p;
  });
  auto p = g.Switch(std::make_unique<int>(1)).get<std::unique_ptr<int>>();
  EXPECT_EQ(*p, 2);
  p = g.Switch(std::move(p)).get<std::unique_ptr<int>>();
  EXPECT_EQ(*p, 3);
}

TEST_F(GreenletTest, AValueIsNeitherCopiedNorLostOnItsWay) {
  auto shared = std::make_shared<int>(1);
  Greenlet g([](std::shared_ptr<int> p) {
    EXPECT_EQ(p.use_count(), 2);
    Greenlet::Main().Switch();
  });
  (void)g.Switch(shared);
  EXPECT_EQ(shared.use_count(), 2);
  g = Greenlet();
  EXPECT_EQ(shared.use_count(), 1);
}

TEST_F(GreenletTest, WrongTypesAreAnErrorInTheReceiver) {
  Log log;
  Greenlet g([&log] {
    Message m = Greenlet::Main().Switch();
    log.push_back(ErrorText<MessageError>([&] { m.get<int>(); }));
  });
  (void)g.Switch();
  (void)g.Switch(1.5);
  EXPECT_EQ(log, (Log{"message holds (double), but value 0 was asked for as "
                      "int: ask for exactly the types that were sent"}));
}

// T18
TEST_F(GreenletTest, WrongArgumentsAtTheStartEndItAndReachItsParent) {
  Log log;
  Greenlet g([&log](int) { log.push_back("ran"); });
  log.push_back(ErrorText<MessageError>([&] { g.Switch(1.5); }));
  log.push_back(g.dead() ? "dead" : "alive");
  EXPECT_EQ(log, (Log{"message holds (double), but value 0 was asked for as "
                      "int: ask for exactly the types that were sent",
                      "dead"}));
}

TEST_F(GreenletTest, TheWrongNumberOfArgumentsEndsItToo) {
  Greenlet one([](int) {});
  Greenlet two([](int, int) {});
  EXPECT_EQ(ErrorText<MessageError>([&] { one.Switch(); }),
            "a greenlet whose function takes 1 value was started with (): the "
            "first switch must send exactly its parameters");
  EXPECT_EQ(ErrorText<MessageError>([&] { two.Switch(1); }),
            "a greenlet whose function takes 2 values was started with (int): "
            "the first switch must send exactly its parameters");
  EXPECT_TRUE(one.dead() && two.dead());
}

TEST_F(GreenletTest, SwitchNoThrowReturnsWhatWouldBeThrown) {
  Greenlet good([](int x) { return x; });
  Greenlet bad([]() -> int { throw Oops("thrown"); });
  microthread::Outcome outcome = good.SwitchNoThrow(7);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(Show(outcome.message), "(7)");
  outcome = bad.SwitchNoThrow();
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(Outcome([&] { std::rethrow_exception(outcome.error); }),
            "oops thrown");
  EXPECT_FALSE(Greenlet().SwitchNoThrow().ok());
}

TEST_F(GreenletTest, ManyLiveAndDie) {
  constexpr int kMany = 1000;
  std::vector<Greenlet> all;
  int sum = 0;
  for (int i = 0; i < kMany; ++i) {
    all.emplace_back([&sum](int n) {
      sum += n;
      sum += Greenlet::Main().Switch().get<int>();
    });
    (void)all.back().Switch(1);
  }
  EXPECT_EQ(CountLiveObjects().stacks, kMany);
  for (Greenlet& g : all) (void)g.Switch(2);
  EXPECT_EQ(sum, 3 * kMany);
  EXPECT_EQ(CountLiveObjects().stacks, 0);
}

}  // namespace
}  // namespace microthread_test
