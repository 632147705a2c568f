// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The texts of the errors of handles to tasklets, word for word.

#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ErrorTextTest = EventLogTest;

TEST_F(ErrorTextTest, OfOperationsOnAnEmptyHandle) {
  const Tasklet empty;
  const std::exception_ptr error = std::make_exception_ptr(UserError("VE"));
  const std::vector<std::pair<std::string, std::function<void()>>> operations =
      {
          {"Bind", [empty] { empty.Bind([] {}); }},
          {"BindFunction", [empty] { empty.BindFunction([] {}); }},
          {"Setup", [empty] { empty.Setup(); }},
          {"Unbind", [empty] { empty.Unbind(); }},
          {"Insert", [empty] { empty.Insert(); }},
          {"Remove", [empty] { empty.Remove(); }},
          {"Run", [empty] { empty.Run(); }},
          {"Switch", [empty] { empty.Switch(); }},
          {"Throw", [empty, error] { empty.Throw(error); }},
          {"Kill", [empty] { empty.Kill(); }},
          {"ThrowPending", [empty, error] { empty.ThrowPending(error); }},
          {"KillPending", [empty] { empty.KillPending(); }},
          {"Join", [empty] { empty.Join(); }},
          {"set_block_trap", [empty] { empty.set_block_trap(true); }},
          {"set_atomic", [empty] { empty.set_atomic(true); }},
      };
  for (const auto& [name, operation] : operations) {
    EXPECT_EQ(ErrorText(operation),
              name + " of an empty handle: there is no tasklet behind it");
  }
}

TEST_F(ErrorTextTest, OfBindingATaskletThatIsAlive) {
  const Tasklet t = SpawnStep("t");
  EXPECT_EQ(ErrorText([t] { t.Bind([] {}); }),
            "tasklet \"t\" has a function already and has not ended: bind it "
            "again when it is dead, or use another tasklet");
}

TEST_F(ErrorTextTest, OfThrowingWhatIsNoException) {
  const Tasklet t = SpawnStep("t");
  const std::string text =
      " cannot be given a null exception_ptr: there is no exception in it; "
      "outside of a catch block std::current_exception() is null, use "
      "std::make_exception_ptr";
  EXPECT_EQ(ErrorText([t] { t.Throw(std::current_exception()); }),
            "tasklet \"t\"" + text);
  EXPECT_EQ(ErrorText([t] { t.ThrowPending(nullptr); }),
            "tasklet \"t\"" + text);
  EXPECT_EQ(ErrorText([] { Tasklet::Current().Throw(nullptr); }),
            "tasklet \"main\"" + text);
  Run();
  EXPECT_THAT(log, ElementsAre("t"));
}

TEST_F(ErrorTextTest, OfAGreenletOfAnotherTasklet) {
  Greenlet g;
  SpawnNamed("owner", [&g] {
    g = Greenlet({.name = "g"}, [] { (void)Greenlet::Main().Switch(); });
    (void)g.Switch();
    Schedule();
    (void)g.Switch();
  });
  SpawnNamed("other", [this, &g] {
    log.push_back(ErrorText([&g] { (void)g.Switch(); }));
  });
  Run();
  EXPECT_THAT(
      log,
      ElementsAre("greenlet \"g\" belongs to tasklet \"owner\" and cannot "
                  "be switched to by tasklet \"other\": make a greenlet of "
                  "this tasklet its parent first"));
}

TEST_F(ErrorTextTest, OfSetup) {
  const Tasklet t = Tasklet::New({.name = "t"});
  Log(ErrorText([t] { t.Setup(); }));
  t.BindFunction([](int, const std::string&, double) {});
  Log(ErrorText([t] { t.Setup(1u, true); }));
  t.BindFunction([] {});
  Log(ErrorText([t] { t.Setup('a'); }));
  EXPECT_THAT(
      log,
      ElementsAre("tasklet \"t\" cannot be set up: no function is bound to it "
                  "alone; use BindFunction first, or Bind with the arguments",
                  "tasklet \"t\" cannot be set up with (unsigned int, bool): "
                  "its function takes (int, " +
                      std::string(internal::TypeName<std::string>()) +
                      ", double), exactly",
                  "tasklet \"t\" cannot be set up with (char): its function "
                  "takes (), exactly"));
}

TEST_F(ErrorTextTest, OfUnbind) {
  const Channel<int> c("c");
  const Tasklet paused = SpawnNamed("paused", [] { ScheduleRemove(); });
  const Tasklet waits = SpawnNamed("waits", [c] { c.Receive(); });
  SpawnNamed("self",
             [this] { Log(ErrorText([] { Tasklet::Current().Unbind(); })); });
  Run();
  const Tasklet ready = SpawnStep("ready");
  Log(ErrorText([paused] { paused.Unbind(); }));
  Log(ErrorText([waits] { waits.Unbind(); }));
  Log(ErrorText([ready] { ready.Unbind(); }));
  Log(ErrorText([] { Tasklet::Main().Unbind(); }));
  EXPECT_THAT(
      log,
      ElementsAre(
          "tasklet \"self\" cannot be unbound: it is running and has not "
          "ended; use Kill first",
          "tasklet \"paused\" cannot be unbound: it is paused and has not "
          "ended; use Kill first",
          "tasklet \"waits\" cannot be unbound: it is receiving on channel "
          "\"c\" and has not ended; use Kill first",
          "tasklet \"ready\" cannot be unbound: it is ready; use Remove first",
          "tasklet \"main\" cannot be unbound: it is the thread's own code"));
}

using ErrorTextDeathTest = ErrorTextTest;

TEST_F(ErrorTextDeathTest, OfAKillThatLandsWhereNothingMayBeThrown) {
  const auto kill = [] {
    const Tasklet t = Spawn({.name = "t"}, []() noexcept { ScheduleRemove(); });
    Run();
    t.Kill();
  };
  EXPECT_DEATH(
      kill(),
      "^microthread: std::terminate was called in tasklet \"t\"; if it was "
      "being ended \\(killed, dropped, or at the end of its thread\\), it "
      "waited in a destructor or another noexcept function: put an ExitShield "
      "there\n");
}

TEST_F(ErrorTextTest, OfTheStateInWhichATaskletIsPrinted) {
  const auto print = [this](const Tasklet& t) { Log(t); };
  print(Tasklet());
  const Tasklet fresh = Tasklet::New({.name = "t"});
  print(fresh);
  fresh.Bind([] {});
  print(fresh);
  fresh.Insert();
  print(fresh);
  print(Tasklet::Current());
  const Tasklet joiner = SpawnNamed("j", [fresh] { fresh.Join(); });
  fresh.Remove();
  Run();
  print(joiner);
  EXPECT_THAT(
      log, ElementsAre("no tasklet", "tasklet \"t\" (dead)",
                       "tasklet \"t\" (paused)", "tasklet \"t\" (ready)",
                       "tasklet \"main\" (running)",
                       "tasklet \"j\" (waiting for the end of tasklet \"t\")"));
}

}  // namespace
}  // namespace microthread
