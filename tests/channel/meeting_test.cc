// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Who runs on when a sender and a receiver have met. "Trace" is a recording of
// the same program under Stackless Python 3.7.5.

#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class MeetingTest : public EventLogTest {
 protected:
  void SpawnReceiver() {
    SpawnNamed("R", [this, c = channel] {
      Log("R-pre");
      c.Receive();
      Log("R-post");
      Schedule();
      Log("R-end");
    });
  }
  void SpawnSender() {
    SpawnNamed("S", [this, c = channel] {
      Log("S-pre");
      c.Send(1);
      Log("S-post");
      Schedule();
      Log("S-end");
    });
  }
  // The traces G09 and G10: somebody waits, others stand in the ring, and the
  // partner comes.
  void RunReceiverFirst() {
    SpawnReceiver();
    SpawnTwoSteps("x");
    SpawnSender();
    SpawnTwoSteps("y");
    Run();
  }
  void RunSenderFirst() {
    SpawnSender();
    SpawnTwoSteps("x");
    SpawnReceiver();
    SpawnTwoSteps("y");
    Run();
  }
  Channel<int> channel;
};

TEST_F(MeetingTest, PreferringTheReceiverASenderComes) {
  EXPECT_EQ(channel.preference(), Preference::kReceiver);
  RunReceiverFirst();
  EXPECT_THAT(log, ElementsAre("R-pre", "x", "S-pre", "R-post", "y", "x'",
                               "S-post", "R-end", "y'", "S-end"));
}

TEST_F(MeetingTest, PreferringTheReceiverAReceiverComes) {
  RunSenderFirst();
  EXPECT_THAT(log, ElementsAre("S-pre", "x", "R-pre", "R-post", "y", "x'",
                               "S-post", "R-end", "y'", "S-end"));
}

TEST_F(MeetingTest, PreferringNobodyASenderComes) {
  channel.set_preference(Preference::kNone);
  RunReceiverFirst();
  EXPECT_THAT(log, ElementsAre("R-pre", "x", "S-pre", "S-post", "y", "x'",
                               "R-post", "S-end", "y'", "R-end"));
}

TEST_F(MeetingTest, PreferringNobodyAReceiverComes) {
  channel.set_preference(Preference::kNone);
  RunSenderFirst();
  EXPECT_THAT(log, ElementsAre("S-pre", "x", "R-pre", "R-post", "y", "x'",
                               "S-post", "R-end", "y'", "S-end"));
}

TEST_F(MeetingTest, PreferringTheSenderASenderComes) {
  channel.set_preference(Preference::kSender);
  RunReceiverFirst();
  EXPECT_THAT(log, ElementsAre("R-pre", "x", "S-pre", "S-post", "y", "x'",
                               "R-post", "S-end", "y'", "R-end"));
}

TEST_F(MeetingTest, PreferringTheSenderAReceiverComes) {
  channel.set_preference(Preference::kSender);
  RunSenderFirst();
  EXPECT_THAT(log, ElementsAre("S-pre", "x", "R-pre", "S-post", "y", "x'",
                               "R-post", "S-end", "y'", "R-end"));
}

TEST_F(MeetingTest, SchedulingAllASenderComes) {
  channel.set_schedule_all(true);
  RunReceiverFirst();
  EXPECT_THAT(log, ElementsAre("R-pre", "x", "S-pre", "y", "x'", "R-post",
                               "S-post", "y'", "R-end", "S-end"));
}

TEST_F(MeetingTest, SchedulingAllAReceiverComes) {
  channel.set_schedule_all(true);
  RunSenderFirst();
  EXPECT_THAT(log, ElementsAre("S-pre", "x", "R-pre", "y", "x'", "S-post",
                               "R-post", "y'", "S-end", "R-end"));
}

TEST_F(MeetingTest, SchedulingAllOverridesThePreference) {
  channel.set_preference(Preference::kSender);
  channel.set_schedule_all(true);
  RunReceiverFirst();
  EXPECT_THAT(log, ElementsAre("R-pre", "x", "S-pre", "y", "x'", "R-post",
                               "S-post", "y'", "R-end", "S-end"));
}

// Trace G11.
TEST_F(MeetingTest, WaitersAreServedFirstComeFirstServed) {
  for (int i = 0; i < 3; ++i) {
    Spawn([this, i, c = channel] {
      c.Send(i);
      Log("s", i);
    });
  }
  Run();
  Log("balance ", channel.balance());
  for (int i = 0; i < 3; ++i) Log("got ", channel.Receive());
  Log("count ", RunCount());
  Run();
  EXPECT_THAT(log, ElementsAre("balance 3", "got 0", "got 1", "got 2",
                               "count 4", "s0", "s1", "s2"));
}

// Trace G11, its second part.
TEST_F(MeetingTest, ReceiversTakeTurnsWithASender) {
  for (int i = 0; i < 3; ++i) {
    Spawn([this, i, c = channel] { Log("r", i, " got ", c.Receive()); });
  }
  Run();
  for (int value : {10, 20, 30}) {
    channel.Send(value);
    Log("sent ", value);
  }
  EXPECT_THAT(log, ElementsAre("r0 got 10", "sent 10", "r1 got 20", "sent 20",
                               "r2 got 30", "sent 30"));
}

// Trace G64.
TEST_F(MeetingTest, AHandOverPutsTheReceiverInTheCallersPlace) {
  Spawn([this, c = channel] {
    c.Receive();
    Log("R");
    Schedule();
    Log("R'");
  });
  Run();
  SpawnStep("x");
  SpawnStep("y");
  channel.Send(1);
  Log("main");
  Run();
  EXPECT_THAT(log, ElementsAre("R", "x", "y", "main", "R'"));
}

// Trace G65.
TEST_F(MeetingTest, ASenderThatIsPreferredServesAllBeforeTheyRun) {
  channel.set_preference(Preference::kSender);
  for (const std::string name : {"a", "b", "c"}) {
    Spawn([this, name, c = channel] { Log(name, "=", c.Receive()); });
  }
  Run();
  while (channel.balance() < 0) {
    channel.Send(static_cast<int>(channel.balance()));
  }
  Log("main");
  Run();
  EXPECT_THAT(log, ElementsAre("main", "a=-3", "b=-2", "c=-1"));
}

// Trace G67.
TEST_F(MeetingTest, TwoMeetingsAmongOthers) {
  SpawnNamed("r", [this, c = channel] {
    Log("R0");
    c.Receive();
    Log("R1");
    c.Receive();
    Log("R2");
  });
  SpawnTwoSteps("x");
  SpawnNamed("s", [this, c = channel] {
    Log("S0");
    c.Send(1);
    Log("S1");
    c.Send(2);
    Log("S2");
  });
  SpawnTwoSteps("y");
  Run();
  EXPECT_THAT(log, ElementsAre("R0", "x", "S0", "R1", "y", "x'", "S1", "R2",
                               "y'", "S2"));
}

// Trace G68.
TEST_F(MeetingTest, PingPongOverTwoChannels) {
  const Channel<int> a;
  const Channel<std::string> b;
  SpawnNamed("p", [this, a, b] {
    for (int i = 0; i < 2; ++i) {
      a.Send(i);
      Log("p<", b.Receive());
    }
  });
  SpawnNamed("q", [this, a, b] {
    for (int i = 0; i < 2; ++i) {
      const int value = a.Receive();
      Log("q<", value);
      b.Send("r" + std::to_string(value));
    }
  });
  Run();
  EXPECT_THAT(log, ElementsAre("q<0", "p<r0", "q<1", "p<r1"));
}

// Trace G71.
TEST_F(MeetingTest, SchedulingAllMainSends) {
  channel.set_schedule_all(true);
  SpawnNamed("R", [this, c = channel] {
    Log("R0");
    c.Receive();
    Log("R1");
  });
  Run();
  SpawnStep("x");
  channel.Send(1);
  Log("main");
  EXPECT_THAT(log, ElementsAre("R0", "x", "R1", "main"));
}

// Trace G72.
TEST_F(MeetingTest, SchedulingAllMainReceives) {
  channel.set_schedule_all(true);
  SpawnNamed("S", [this, c = channel] {
    c.Send(1);
    Log("S1");
  });
  Run();
  channel.Receive();
  Log("main");
  EXPECT_THAT(log, ElementsAre("S1", "main"));
}

TEST_F(MeetingTest, TwoReceiversOfOneSenderAlternate) {
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name, c = channel] {
      for (int value : c) Log(name, value);
    });
  }
  SpawnNamed("s", [c = channel] {
    for (int i = 0; i < 6; ++i) c.Send(i);
    c.Finish();
  });
  Run();
  EXPECT_THAT(log, ElementsAre("a0", "b1", "a2", "b3", "a4", "b5"));
}

// The fact of trace X9.
TEST_F(MeetingTest, ABlockingMainLetsTheOthersRun) {
  SpawnTwoSteps("x");
  SpawnNamed("s", [this, c = channel] {
    Log("s");
    Schedule();
    c.Send(1);
    Log("s'");
  });
  Log("main got ", channel.Receive());
  Run();
  EXPECT_THAT(log, ElementsAre("x", "s", "x'", "main got 1", "s'"));
}

TEST_F(MeetingTest, AWaitingMainIsInTheQueue) {
  SpawnNamed("t", [this, c = channel] {
    Log(QueueOf(c), " ", c.balance(), ", ", StatesOf(Tasklet::Main()), ", ",
        Ring());
    c.Send(1);
  });
  channel.Receive();
  Log(Ring());
  EXPECT_THAT(
      log, ElementsAre("main -1, main alive blocked scheduled, t", "main t"));
}

}  // namespace
}  // namespace microthread
