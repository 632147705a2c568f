// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What is thrown into a tasklet waits while the tasklet is being unwound or is
// under an ExitShield.

#include "microthread/greenlet/exit_shield.h"

#include <exception>
#include <string>

#include "microthread/greenlet/greenlet.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class ExitShieldTest : public EventLogTest {
 public:
  // Switches while it is destroyed.
  class SchedulesAtEnd {
   public:
    explicit SchedulesAtEnd(EventLog* log) : log_(log) {}
    ~SchedulesAtEnd() {
      log_->push_back("destructor");
      Schedule();
      log_->push_back("destructor'");
    }

   private:
    EventLog* log_;
  };
};

TEST_F(ExitShieldTest, AKillWaitsForTheEndOfAnUnwinding) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    Try("t", [this] {
      const SchedulesAtEnd switches(&log);
      throw UserError("VE");
    });
    Schedule();
    Log("never");
  });
  Schedule();
  t.Kill();
  Log("killed: ", StatesOf(t));
  EXPECT_THAT(log, ElementsAre("destructor", "destructor'", "t: UserError VE",
                               "t unwound", "killed: none"));
}

TEST_F(ExitShieldTest, ASecondKillDoesNotDisturbTheFirst) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    const SchedulesAtEnd switches(&log);
    ScheduleRemove();
  });
  Run();
  t.Kill();
  Log("first: ", StatesOf(t));
  t.Kill();
  Log("second: ", StatesOf(t));
  EXPECT_THAT(log, ElementsAre("destructor", "first: alive scheduled",
                               "destructor'", "t unwound", "second: none"));
}

TEST_F(ExitShieldTest, AShieldedWaitGoesOnUntilItsPartnerComes) {
  const Channel<int> c;
  const Tasklet t = SpawnNamed("t", [this, c] {
    const LogAtEnd guard = AtEnd("t unwound");
    {
      ExitShield shield;
      Log("got ", c.Receive());
    }
    Log("shield ended");
    Schedule();
    Log("never");
  });
  Run();
  t.Kill();
  t.Kill();
  Log("killed: ", StatesOf(t), ", queue ", QueueOf(c));
  c.Send(1);
  Log("sent: ", StatesOf(t));
  EXPECT_THAT(log,
              ElementsAre("killed: alive blocked scheduled, queue t", "got 1",
                          "shield ended", "t unwound", "sent: none"));
}

TEST_F(ExitShieldTest, APausedShieldedTaskletJustRunsOn) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    {
      ExitShield shield;
      ScheduleRemove();
      Log("goes on");
      Schedule();
      Log("goes on again");
    }
    Schedule();
    Log("never");
  });
  Run();
  t.Kill();
  Log("killed: ", StatesOf(t));
  Run();
  Log(StatesOf(t));
  EXPECT_THAT(log, ElementsAre("goes on", "killed: alive scheduled",
                               "goes on again", "t unwound", "none"));
}

TEST_F(ExitShieldTest, ShieldsMayNest) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    ExitShield outer;
    {
      ExitShield inner;
      ScheduleRemove();
    }
    Schedule();
    Log("t ends");
  });
  Run();
  t.Kill();
  Run();
  EXPECT_THAT(log, ElementsAre("t ends", "t unwound"));
}

TEST_F(ExitShieldTest, APendingErrorWaitsToo) {
  const Tasklet t = SpawnNamed("t", [this] {
    Try("t", [this] {
      {
        ExitShield shield;
        ScheduleRemove();
        Log("goes on");
      }
      Schedule();
    });
  });
  Run();
  t.ThrowPending(std::make_exception_ptr(UserError("VE")));
  Log(Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("main t", "goes on", "t: UserError VE"));
}

TEST_F(ExitShieldTest, ErrorsOfTheOperationsThemselvesAreThrownAllTheSame) {
  const Channel<int> c;
  ExitShield shield;
  Try("deadlock", [c] { c.Receive(); });
  c.Close();
  Try("closed", [c] { c.Receive(); });
  SpawnNamed("t", [] { throw UserError("VE"); });
  Try("uncaught", [] { Run(); });
  EXPECT_THAT(
      log, ElementsAre("deadlock: DeadlockError", "closed: ChannelClosedError",
                       "uncaught: UserError VE"));
}

TEST_F(ExitShieldTest, ADestructorMaySendUnderAShield) {
  struct Session {
    ~Session() {
      ExitShield shield;
      log_channel.Send("closing");
    }
    Channel<std::string> log_channel;
  };
  const Channel<std::string> lines;
  const Tasklet t = SpawnNamed("t", [this, lines] {
    const LogAtEnd guard = AtEnd("t unwound");
    const Session session{lines};
    ScheduleRemove();
  });
  Run();
  t.Kill();
  Log("waits: ", StatesOf(t));
  t.Kill();
  Log("still: ", StatesOf(t));
  Log("got ", lines.Receive());
  Run();
  EXPECT_THAT(log, ElementsAre("waits: alive blocked scheduled",
                               "still: alive blocked scheduled", "got closing",
                               "t unwound"));
}

TEST_F(ExitShieldTest, TheEndOfAThreadScopeLetsDestructorsSwitch) {
  {
    ThreadScope scope;
    Spawn([this] {
      const LogAtEnd guard = AtEnd("t unwound");
      const SchedulesAtEnd first(&log);
      const SchedulesAtEnd second(&log);
      while (true) Schedule();
    });
    Schedule();
  }
  EXPECT_THAT(log, ElementsAre("destructor", "destructor'", "destructor",
                               "destructor'", "t unwound"));
}

TEST_F(ExitShieldTest, TheEndOfAThreadScopeLetsDestructorsMeet) {
  const Channel<int> c;
  {
    ThreadScope scope;
    struct Sender {
      ~Sender() { c.Send(7); }
      Channel<int> c;
    };
    SpawnNamed("receiver", [this, c] { Log("got ", c.Receive()); });
    SpawnNamed("sender", [this, c] {
      const LogAtEnd guard = AtEnd("sender unwound");
      const Sender sender{c};
      while (true) Schedule();
    });
    Schedule();
  }
  EXPECT_THAT(log, ElementsAre("got 7", "sender unwound"));
}

TEST_F(ExitShieldTest, DroppingTheLastHandleLetsDestructorsSwitch) {
  Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    const SchedulesAtEnd switches(&log);
    ScheduleRemove();
  });
  Run();
  t = Tasklet();
  Log("dropped, ", RunCount());
  Run();
  EXPECT_THAT(
      log, ElementsAre("destructor", "dropped, 2", "destructor'", "t unwound"));
}

TEST_F(ExitShieldTest, InAGreenletItShieldsTheTasklet) {
  const Tasklet t = SpawnNamed("t", [this] {
    const LogAtEnd guard = AtEnd("t unwound");
    const Greenlet g([this] {
      ExitShield shield;
      ScheduleRemove();
      Log("greenlet goes on");
    });
    (void)g.Switch();
    Log("greenlet ended");
    Schedule();
    Log("never");
  });
  Run();
  t.Kill();
  EXPECT_THAT(log,
              ElementsAre("greenlet goes on", "greenlet ended", "t unwound"));
}

TEST_F(ExitShieldTest, AnExitThatNeverFindsASwitchIsForgotten) {
  const Tasklet t = SpawnNamed("t", [this] {
    {
      ExitShield shield;
      ScheduleRemove();
    }
    Log("t ends by itself");
  });
  Run();
  t.Kill();
  t.Bind([this] {
     Schedule();
     Log("second life");
   }).Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("t ends by itself", "second life"));
}

}  // namespace
}  // namespace microthread
