// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Each tasklet has handled exceptions of its own: switching inside a catch
// block and during unwinding mixes nothing up.

#include <exception>
#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ExceptionStateTest = EventLogTest;

// The text of the exception that is being handled, "none" outside of handlers.
std::string Handled() {
  const std::exception_ptr current = std::current_exception();
  if (current == nullptr) return "none";
  try {
    std::rethrow_exception(current);
  } catch (const std::exception& error) {
    return error.what();
  }
}

// Calls Schedule() while it is destroyed.
class SchedulesAtEnd {
 public:
  SchedulesAtEnd(EventLog* log, std::string name)
      : log_(log), name_(std::move(name)) {}
  ~SchedulesAtEnd() {
    log_->push_back(name_ + " " + std::to_string(std::uncaught_exceptions()));
    Schedule();
    log_->push_back(name_ + "' " + std::to_string(std::uncaught_exceptions()));
  }

 private:
  EventLog* log_;
  std::string name_;
};

TEST_F(ExceptionStateTest, CatchBlocksOfSeveralTaskletsMayOverlapCrosswise) {
  for (const std::string name : {"a", "b", "c"}) {
    SpawnNamed(name, [this, name] {
      try {
        throw UserError(name);
      } catch (const UserError& error) {
        Schedule();
        Log(name, " handles ", Handled(), " ", error.what());
        Schedule();
      }
      Log(name, " handles ", Handled());
    });
  }
  Run();
  EXPECT_THAT(
      log, ElementsAre("a handles a a", "b handles b b", "c handles c c",
                       "a handles none", "b handles none", "c handles none"));
}

TEST_F(ExceptionStateTest, ATaskletStartedInsideACatchBlockHandlesNothing) {
  SpawnNamed("t", [this] {
    Log("t handles ", Handled(), ", uncaught ", std::uncaught_exceptions());
  });
  try {
    throw UserError("main's");
  } catch (const UserError&) {
    Run();
    Log("main handles ", Handled());
  }
  Log("main handles ", Handled());
  EXPECT_THAT(log, ElementsAre("t handles none, uncaught 0",
                               "main handles main's", "main handles none"));
}

TEST_F(ExceptionStateTest, RethrowingAfterASwitchThrowsTheTaskletsOwn) {
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name] {
      try {
        try {
          throw UserError(name);
        } catch (const UserError&) {
          Schedule();
          throw;
        }
      } catch (const UserError& error) {
        Log(name, " caught ", error.what());
      }
    });
  }
  Run();
  EXPECT_THAT(log, ElementsAre("a caught a", "b caught b"));
}

TEST_F(ExceptionStateTest, NestedCatchBlocksSurviveSwitchesAtEveryDepth) {
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name] {
      try {
        throw UserError(name + "1");
      } catch (...) {
        Schedule();
        try {
          throw UserError(name + "2");
        } catch (...) {
          Schedule();
          Log(Handled());
        }
        Schedule();
        Log(Handled());
      }
      Schedule();
      Log(name, " ", Handled());
    });
  }
  Run();
  EXPECT_THAT(log, ElementsAre("a2", "b2", "a1", "b1", "a none", "b none"));
}

TEST_F(ExceptionStateTest, DestructorsMaySwitchDuringUnwinding) {
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name] {
      try {
        const SchedulesAtEnd guard(&log, name);
        throw UserError(name);
      } catch (const UserError& error) {
        Log(name, " caught ", error.what(), " ", std::uncaught_exceptions());
      }
    });
  }
  SpawnNamed("c", [this] { Log("c ", std::uncaught_exceptions()); });
  Run();
  EXPECT_THAT(log, ElementsAre("a 1", "b 1", "c 0", "a' 1", "a caught a 0",
                               "b' 1", "b caught b 0"));
}

TEST_F(ExceptionStateTest,
       AnErrorThrownDuringAnotherTaskletsUnwindingIsSeparate) {
  SpawnNamed("a", [this] {
    try {
      const SchedulesAtEnd guard(&log, "a");
      throw UserError("a");
    } catch (const UserError& error) {
      Log("a caught ", error.what());
    }
  });
  SpawnNamed("b", [this] {
    Try("b", [] { throw UserError("b"); });
    Log("b handles ", Handled(), ", uncaught ", std::uncaught_exceptions());
  });
  Run();
  EXPECT_THAT(log,
              ElementsAre("a 1", "b: UserError b", "b handles none, uncaught 0",
                          "a' 1", "a caught a"));
}

TEST_F(ExceptionStateTest, MeetingsOnAChannelInsideCatchBlocks) {
  const Channel<int> c;
  SpawnNamed("receiver", [this, c] {
    try {
      throw UserError("receiver's");
    } catch (const UserError&) {
      for (int i = 0; i < 2; ++i) {
        const int value = c.Receive();
        Log("got ", value, " handling ", Handled());
      }
    }
  });
  SpawnNamed("sender", [this, c] {
    try {
      throw UserError("sender's");
    } catch (const UserError&) {
      c.Send(1);
      Log("sent handling ", Handled());
      c.Send(2);
    }
    Log("sent handling ", Handled());
  });
  Run();
  EXPECT_THAT(log,
              ElementsAre("got 1 handling receiver's", "sent handling sender's",
                          "got 2 handling receiver's", "sent handling none"));
}

TEST_F(ExceptionStateTest, AKillReachesATaskletInsideACatchBlock) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd outer = AtEnd("unwound");
    try {
      throw UserError("VE");
    } catch (const UserError&) {
      const LogAtEnd inner = AtEnd("handler unwound");
      ScheduleRemove();
    }
  });
  Run();
  t.Kill();
  Log("t ", StatesOf(t), ", uncaught ", std::uncaught_exceptions(),
      ", main handles ", Handled());
  EXPECT_THAT(log, ElementsAre("handler unwound", "unwound",
                               "t none, uncaught 0, main handles none"));
}

TEST_F(ExceptionStateTest, ATaskletThatEndsInsideNoHandlerLeavesMainsAlone) {
  SpawnNamed("t", [this] {
    try {
      throw UserError("t's");
    } catch (const UserError&) {
      Schedule();
      Log("t handles ", Handled());
    }
  });
  try {
    throw UserError("main's");
  } catch (const UserError&) {
    Schedule();
    try {
      throw UserError("main's second");
    } catch (const UserError&) {
      Run();
      Log("main handles ", Handled());
    }
    Log("main handles ", Handled());
  }
  Log("main handles ", Handled());
  EXPECT_THAT(log, ElementsAre("t handles t's", "main handles main's second",
                               "main handles main's", "main handles none"));
}

TEST_F(ExceptionStateTest, UncaughtErrorsReachAMainThatHandlesAnother) {
  SpawnNamed("t", [] {
    try {
      throw UserError("handled in t");
    } catch (const UserError&) {
      Schedule();
      throw UserError("VE");
    }
  });
  try {
    throw UserError("main's");
  } catch (const UserError&) {
    Try("Run", [] { Run(); });
    Log("main handles ", Handled());
  }
  Log("main handles ", Handled());
  EXPECT_THAT(log, ElementsAre("Run: UserError VE", "main handles main's",
                               "main handles none"));
}

}  // namespace
}  // namespace microthread
