// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Close and Open, Stackless's way to end a channel, and the block trap. "Trace"
// is a recording of the same program under Stackless Python 3.7.5.

#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class CloseTest : public EventLogTest {
 protected:
  void LogClosed(const Channel<int>& c) {
    Log("closing ", c.closing(), ", closed ", c.closed());
  }
  void TryLoop(const Channel<int>& c) {
    Try("loop", [this, c] {
      for (int value : c) Log("loop got ", value);
    });
  }
};

// Trace G14.
TEST_F(CloseTest, ASenderThatWaitsCanStillBeMet) {
  const Channel<int> c;
  Spawn([c] { c.Send(1); });
  Run();
  c.Close();
  LogClosed(c);
  Try("Send", [c] { c.Send(2); });
  Log("got ", c.Receive());
  LogClosed(c);
  Try("Receive", [c] { c.Receive(); });
  Try("Send", [c] { c.Send(2); });
  TryLoop(c);
  c.Open();
  LogClosed(c);
  EXPECT_THAT(
      log,
      ElementsAre("closing true, closed false", "Send: ChannelClosedError",
                  "got 1", "closing true, closed true",
                  "Receive: ChannelClosedError", "Send: ChannelClosedError",
                  "loop: ok", "closing false, closed false"));
}

// Trace G15.
TEST_F(CloseTest, AReceiverThatWaitsCanStillBeMet) {
  const Channel<int> c;
  Spawn([this, c] { Log("got ", c.Receive()); });
  Run();
  c.Close();
  LogClosed(c);
  Try("Receive", [c] { c.Receive(); });
  TryLoop(c);
  Try("Send", [c] { c.Send(5); });
  LogClosed(c);
  EXPECT_THAT(log,
              ElementsAre("closing true, closed false",
                          "Receive: ChannelClosedError", "loop: ok", "got 5",
                          "Send: ok", "closing true, closed true"));
}

// Trace G85.
TEST_F(CloseTest, ALoopOverAClosedChannelServesThoseWhoWait) {
  const Channel<int> c;
  for (int i : {1, 2}) Spawn([c, i] { c.Send(i); });
  Run();
  c.Close();
  TryLoop(c);
  EXPECT_THAT(log, ElementsAre("loop got 1", "loop got 2", "loop: ok"));
}

// Trace G86.
TEST_F(CloseTest, WakesNobody) {
  const Channel<int> c;
  SpawnNamed("r", [this, c] {
    for (int value : c) Log("r got ", value);
    Log("r ends");
  });
  Run();
  c.Close();
  Run();
  Log("queue ", QueueOf(c));
  c.Send(1);
  Log("queue ", QueueOf(c));
  EXPECT_THAT(log, ElementsAre("queue r", "r got 1", "r ends", "queue -"));
}

TEST_F(CloseTest, AnOpenedChannelIsAsBefore) {
  const Channel<int> c;
  c.Close();
  c.Close();
  c.Open();
  c.Open();
  Spawn([c] { c.Send(1); });
  Log("got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("got 1"));
}

TEST_F(CloseTest, KillingTheLastWaiterMakesItClosed) {
  const Channel<int> c;
  const Tasklet s = SpawnNamed("s", [c] { c.Send(1); });
  Run();
  c.Close();
  LogClosed(c);
  s.Kill();
  LogClosed(c);
  EXPECT_THAT(log, ElementsAre("closing true, closed false",
                               "closing true, closed true"));
}

TEST_F(CloseTest, AnEmptySequenceMayBeSentOverAClosedChannel) {
  const Channel<int> c;
  c.Close();
  Log("sent ", c.SendSequence(std::vector<int>()));
  Try("one", [c] { c.SendSequence(std::vector<int>{1}); });
  EXPECT_THAT(log, ElementsAre("sent 0", "one: ChannelClosedError"));
}

// Trace G16.
TEST_F(CloseTest, TheBlockTrapForbidsWaitingAndIsTestedBeforeTheClosing) {
  const Channel<int> c;
  Tasklet::Main().set_block_trap(true);
  Try("Receive", [c] { c.Receive(); });
  Try("Send", [c] { c.Send(1); });
  c.Close();
  Try("Receive closed", [c] { c.Receive(); });
  Try("Send closed", [c] { c.Send(1); });
  c.Open();
  SpawnNamed("r", [this, c] {
    Log("trap ", Tasklet::Current().block_trap());
    Log("got ", c.Receive());
  });
  Run();
  Try("Send to r", [c] { c.Send(1); });
  Log("balance ", c.balance());
  Tasklet::Main().set_block_trap(false);
  EXPECT_THAT(log,
              ElementsAre("Receive: BlockTrapError", "Send: BlockTrapError",
                          "Receive closed: BlockTrapError",
                          "Send closed: BlockTrapError", "trap false", "got 1",
                          "Send to r: ok", "balance 0"));
}

TEST_F(CloseTest, TheBlockTrapOfATaskletIsItsOwn) {
  const Channel<int> c;
  SpawnNamed("a", [this, c] {
    Tasklet::Current().set_block_trap(true);
    Schedule();
    Try("a", [c] { c.Receive(); });
    Tasklet::Current().set_block_trap(false);
    Try("a", [c] { c.Receive(); });
  });
  SpawnNamed("b", [this, c] { Try("b", [c] { c.Receive(); }); });
  Run();
  Log("queue ", QueueOf(c));
  c.Send(1);
  c.Send(2);
  EXPECT_THAT(log,
              ElementsAre("a: BlockTrapError", "queue b a", "b: ok", "a: ok"));
}

}  // namespace
}  // namespace microthread
