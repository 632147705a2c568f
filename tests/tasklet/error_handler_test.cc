// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The callback of the whole process for uncaught errors. "Trace" is a recording
// of the same program under Stackless Python 3.7.5.

#include <exception>
#include <string>
#include <thread>

#include "microthread/tasklet/callbacks.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class ErrorHandlerTest : public EventLogTest {
 protected:
  ~ErrorHandlerTest() override { SetErrorHandler(nullptr); }

  void LogErrors() {
    SetErrorHandler([this](std::exception_ptr error) {
      const std::string what =
          ErrorOf([error] { std::rethrow_exception(error); });
      Log(NameOf(Tasklet::Current()), " fails: ", what);
    });
  }
};

// Trace G28.
TEST_F(ErrorHandlerTest, AbsorbsWhatATaskletDoesNotCatch) {
  LogErrors();
  SpawnNamed("thrower", [] { throw UserError("VE"); });
  SpawnStep("by");
  Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("thrower fails: UserError VE", "by", "Run: ok"));
}

// Trace G28, its second part.
TEST_F(ErrorHandlerTest, MayThrowAnotherErrorInItsPlace) {
  SetErrorHandler([](std::exception_ptr) { throw UserError("another"); });
  SpawnNamed("thrower", [] { throw UserError("VE"); });
  SpawnStep("by");
  Try("Run", [] { Run(); });
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("Run: UserError another", "main by", "by"));
}

// Trace G95.
TEST_F(ErrorHandlerTest, IsNotCalledForAnExit) {
  LogErrors();
  SpawnNamed("exits", [] { throw TaskletExit(); });
  const Tasklet killed = SpawnNamed("killed", [] { ScheduleRemove(); });
  Run();
  killed.Kill();
  SetErrorHandler([](std::exception_ptr) { throw TaskletExit(); });
  SpawnNamed("thrower", [] { throw UserError("VE"); });
  Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("Run: ok"));
}

TEST_F(ErrorHandlerTest, RunsInTheTaskletThatStillMaySwitch) {
  const Channel<std::string> reports;
  SetErrorHandler([this, reports](std::exception_ptr) {
    Log(StatesOf(Tasklet::Current()), ", ", Ring());
    reports.Send(NameOf(Tasklet::Current()));
    Schedule();
    Log("handled");
  });
  const Tasklet thrower = SpawnNamed("thrower", [this] {
    const LogAtEnd unwound = AtEnd("unwound");
    throw UserError("VE");
  });
  SpawnNamed("by", [this, reports] { Log(reports.Receive(), " failed"); });
  Run();
  Log(StatesOf(thrower));
  EXPECT_THAT(log, ElementsAre("unwound", "current alive scheduled, thrower by",
                               "thrower failed", "handled", "none"));
}

TEST_F(ErrorHandlerTest, SeesTheErrorThrownIntoATaskletThatHasNotStarted) {
  LogErrors();
  SpawnStep("t").Raise<UserError>("VE");
  Log("main");
  EXPECT_THAT(log, ElementsAre("t fails: UserError VE", "main"));
}

TEST_F(ErrorHandlerTest, DoesNotSeeATaskletThatFoundNoStack) {
  LogErrors();
  SpawnStep("t");
  testing::FailNextStack();
  Try("Run", [] { Run(); });
  EXPECT_THAT(log, ElementsAre("Run: ResourceExhaustedError"));
}

TEST_F(ErrorHandlerTest, SeesErrorsOfOtherThreads) {
  LogErrors();
  std::thread([] {
    Spawn({.name = "far"}, [] { throw UserError("VE"); });
    microthread::Run();
  }).join();
  EXPECT_THAT(log, ElementsAre("far fails: UserError VE"));
}

TEST_F(ErrorHandlerTest, SettingOneReturnsTheOneBefore) {
  LogErrors();
  const ErrorHandler before = SetErrorHandler(nullptr);
  SpawnNamed("t", [] { throw UserError("VE"); });
  Try("Run", [] { Run(); });
  SpawnNamed("t",
             [before] { before(std::make_exception_ptr(UserError("u"))); });
  Run();
  EXPECT_THAT(log, ElementsAre("Run: UserError VE", "t fails: UserError u"));
}

}  // namespace
}  // namespace microthread
