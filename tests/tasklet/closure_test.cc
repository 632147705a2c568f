// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// When the function of a tasklet and its arguments are destroyed: on the
// tasklet's own stack, before it counts as ended.

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ClosureTest = EventLogTest;

// A function object that tells who destroys it. Moving it tells nothing.
class Teller {
 public:
  Teller(EventLog* log, std::string name) : log_(log), name_(std::move(name)) {}
  Teller(Teller&& other) noexcept
      : log_(std::exchange(other.log_, nullptr)), name_(other.name_) {}
  ~Teller() {
    if (log_ == nullptr) return;
    log_->push_back(name_ + " destroyed in " + NameOf(Tasklet::Current()) +
                    ": " + StatesOf(Tasklet::Current()));
  }
  void operator()() const { log_->push_back(name_ + " runs"); }

 private:
  EventLog* log_;
  std::string name_;
};

TEST_F(ClosureTest, IsDestroyedInTheTaskletWhileThatIsAlive) {
  const Tasklet t = SpawnNamed("t", Teller(&log, "closure"));
  Run();
  Log("t ", StatesOf(t));
  EXPECT_THAT(
      log,
      ElementsAre("closure runs",
                  "closure destroyed in t: current alive scheduled", "t none"));
}

TEST_F(ClosureTest, ArgumentsAreDestroyedInTheTaskletToo) {
  Spawn(
      {.name = "t"}, [this](const Teller&) { Log("body"); },
      Teller(&log, "argument"));
  Run();
  EXPECT_THAT(
      log,
      ElementsAre("body", "argument destroyed in t: current alive scheduled"));
}

TEST_F(ClosureTest, IsDestroyedAfterTheUnwindingByAKill) {
  const Tasklet t = SpawnNamed("t", [this, teller = Teller(&log, "closure")] {
    const LogAtEnd guard = AtEnd("unwound");
    ScheduleRemove();
  });
  Run();
  t.Kill();
  Log("killed");
  EXPECT_THAT(
      log,
      ElementsAre("unwound", "closure destroyed in t: current alive scheduled",
                  "killed"));
}

TEST_F(ClosureTest, IsDestroyedBeforeAnUncaughtErrorArrives) {
  SpawnNamed("t",
             [teller = Teller(&log, "closure")] { throw UserError("VE"); });
  Try("Run", [] { Run(); });
  EXPECT_THAT(log,
              ElementsAre("closure destroyed in t: current alive scheduled",
                          "Run: UserError VE"));
}

TEST_F(ClosureTest, ItsDestructorMaySwitchAndMeet) {
  class Switcher {
   public:
    Switcher(EventLogTest* test, EventLog* log, Channel<int> channel)
        : test_(test), log_(log), channel_(std::move(channel)) {}
    Switcher(Switcher&& other) noexcept
        : test_(std::exchange(other.test_, nullptr)),
          log_(other.log_),
          channel_(other.channel_) {}
    ~Switcher() {
      if (test_ == nullptr) return;
      log_->push_back("destructor begins");
      Schedule();
      channel_.Send(1);
      log_->push_back("destructor ends");
    }
    void operator()() const { log_->push_back("body"); }

   private:
    EventLogTest* test_;
    EventLog* log_;
    Channel<int> channel_;
  };
  const Channel<int> c;
  SpawnNamed("t", Switcher(this, &log, c));
  SpawnStep("by");
  Log("main got ", c.Receive());
  Run();
  EXPECT_THAT(log, ElementsAre("body", "destructor begins", "by", "main got 1",
                               "destructor ends"));
}

TEST_F(ClosureTest, OfATaskletThatNeverRunsIsDestroyedOnce) {
  {
    const Tasklet paused = SpawnNamed("paused", Teller(&log, "dropped"));
    paused.Remove();
  }
  const Tasklet killed = SpawnNamed("killed", Teller(&log, "killed"));
  killed.Kill();
  Log("killed ", StatesOf(killed));
  for (std::string& event : log) event = event.substr(0, event.find(" in "));
  EXPECT_THAT(
      log, ElementsAre("dropped destroyed", "killed destroyed", "killed none"));
}

TEST_F(ClosureTest, BindingAgainAfterTheEndDestroysNothingTwice) {
  const Tasklet t = SpawnNamed("t", Teller(&log, "first"));
  Run();
  t.Bind(Teller(&log, "second")).Insert();
  Run();
  EXPECT_THAT(
      log,
      ElementsAre("first runs", "first destroyed in t: current alive scheduled",
                  "second runs",
                  "second destroyed in t: current alive scheduled"));
}

TEST_F(ClosureTest, MayHoldTheLastHandleToAnotherPausedTasklet) {
  Tasklet paused = SpawnNamed("paused", [this] {
    const LogAtEnd guard = AtEnd("paused unwound");
    ScheduleRemove();
  });
  Run();
  SpawnNamed("t", [this, held = std::move(paused)] { Log("t"); });
  Run();
  Log("main");
  EXPECT_THAT(log, ElementsAre("t", "paused unwound", "main"));
}

TEST_F(ClosureTest, MayHoldAHandleToItsOwnTasklet) {
  const auto self = std::make_shared<Tasklet>();
  *self = SpawnNamed("t", [this, self] { Log(StatesOf(*self)); });
  Run();
  Log("uses ", self.use_count());
  *self = Tasklet();
  EXPECT_THAT(log, ElementsAre("current alive scheduled", "uses 1"));
}

}  // namespace
}  // namespace microthread
