// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Finish: no further values will come.

#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class FinishTest : public EventLogTest {
 protected:
  void SpawnLoop(std::string_view name, const Channel<int>& c) {
    SpawnNamed(name, [this, name = std::string(name), c] {
      for (int value : c) Log(name, " got ", value);
      Log(name, " ends");
    });
  }
  void SpawnReceive(std::string_view name, const Channel<int>& c) {
    SpawnNamed(name, [this, name = std::string(name), c] {
      Try(name, [c] { c.Receive(); });
    });
  }
};

TEST_F(FinishTest, WaitingReceiversEndInOrderAndNobodySwitches) {
  const Channel<int> c;
  SpawnLoop("1", c);
  SpawnReceive("2", c);
  SpawnLoop("3", c);
  Run();
  SpawnStep("by");
  c.Finish();
  Log("finished, balance ", c.balance(), ", ", Ring());
  Run();
  EXPECT_THAT(log, ElementsAre("finished, balance 0, main by 1 2 3", "by",
                               "1 ends", "2: EndOfChannel", "3 ends"));
}

TEST_F(FinishTest, WaitingSendersAreStillServedInOrder) {
  const Channel<int> c;
  for (int i : {1, 2, 3}) {
    Spawn([this, c, i] {
      c.Send(i);
      Log(i, " sent");
    });
  }
  Run();
  c.Finish();
  Log("balance ", c.balance(), ", closing ", c.closing(), ", closed ",
      c.closed());
  Log("got ", c.Receive());
  SpawnLoop("loop", c);
  Run();
  Log("balance ", c.balance(), ", closing ", c.closing(), ", closed ",
      c.closed());
  Try("Receive", [c] { c.Receive(); });
  EXPECT_THAT(log, ElementsAre("balance 3, closing true, closed false", "got 1",
                               "1 sent", "loop got 2", "loop got 3",
                               "loop ends", "2 sent", "3 sent",
                               "balance 0, closing true, closed true",
                               "Receive: EndOfChannel"));
}

TEST_F(FinishTest, LaterOperationsThrowAtOnce) {
  const Channel<int> c;
  c.Finish();
  Try("Send", [c] { c.Send(1); });
  Try("SendException",
      [c] { c.SendException(std::make_exception_ptr(UserError("VE"))); });
  Try("SendSequence", [c] { c.SendSequence(std::vector<int>{1}); });
  Try("Receive", [c] { c.Receive(); });
  Try("loop", [c] {
    for (int value : c) (void)value;
  });
  Try("Open", [c] { c.Open(); });
  Log("closing ", c.closing(), ", ", Ring());
  EXPECT_THAT(
      log, ElementsAre(
               "Send: ChannelClosedError", "SendException: ChannelClosedError",
               "SendSequence: ChannelClosedError", "Receive: EndOfChannel",
               "loop: ok", "Open: ChannelClosedError", "closing true, main"));
}

TEST_F(FinishTest, ASecondTimeHasNoEffect) {
  const Channel<int> c;
  Spawn([this, c] {
    c.Send(1);
    Log("sent");
  });
  Run();
  c.Finish();
  c.Finish();
  c.Close();
  Try("Open", [c] { c.Open(); });
  Log("got ", c.Receive());
  c.Finish();
  Run();
  EXPECT_THAT(log, ElementsAre("Open: ChannelClosedError", "got 1", "sent"));
}

TEST_F(FinishTest, AClosedChannelCanBeFinished) {
  const Channel<int> c;
  SpawnLoop("loop", c);
  Run();
  c.Close();
  c.Finish();
  Run();
  Try("Receive", [c] { c.Receive(); });
  EXPECT_THAT(log, ElementsAre("loop ends", "Receive: EndOfChannel"));
}

TEST_F(FinishTest, AProducerEndsItsConsumer) {
  const Channel<int> c;
  SpawnNamed("producer", [this, c] {
    for (int i = 0; i < 3; ++i) c.Send(i);
    c.Finish();
    Log("producer ends");
  });
  SpawnLoop("consumer", c);
  Log("blocked ", Run().blocked());
  EXPECT_THAT(log,
              ElementsAre("consumer got 0", "consumer got 1", "consumer got 2",
                          "producer ends", "consumer ends", "blocked 0"));
}

TEST_F(FinishTest, AReceiverThatFinishesMayStillBeKilledBeforeItRuns) {
  const Channel<int> c;
  const Tasklet t = SpawnNamed("t", [this, c] {
    const LogAtEnd guard = AtEnd("unwound");
    Try("t", [c] { c.Receive(); });
    Log("never");
  });
  Run();
  c.Finish();
  Log(StatesOf(t));
  t.KillPending();
  Run();
  EXPECT_THAT(log, ElementsAre("alive scheduled", "unwound"));
}

TEST_F(FinishTest, AnErrorThatWaitsForTheReceiverIsNotLost) {
  const Channel<int> c;
  SpawnReceive("t", c);
  Run();
  const Tasklet t = c.queue();
  t.ThrowPending(std::make_exception_ptr(UserError("VE")));
  c.Finish();
  Run();
  EXPECT_THAT(log, ElementsAre("t: UserError VE"));
}

TEST_F(FinishTest, TheBlockTrapIsTestedFirstButNotByALoop) {
  const Channel<int> c;
  c.Finish();
  Tasklet::Main().set_block_trap(true);
  Try("Receive", [c] { c.Receive(); });
  Try("loop", [c] {
    for (int value : c) (void)value;
  });
  Tasklet::Main().set_block_trap(false);
  EXPECT_THAT(log, ElementsAre("Receive: BlockTrapError", "loop: ok"));
}

TEST_F(FinishTest, AMainThatWaitsIsWoken) {
  const Channel<int> c;
  Spawn([this, c] {
    c.Finish();
    Log("finished, ", Ring());
  });
  Try("main", [c] { c.Receive(); });
  EXPECT_THAT(log, ElementsAre("finished,  main", "main: EndOfChannel"));
}

TEST_F(FinishTest, OfAChannelOfVoidEndsItsReceivers) {
  const Channel<void> c;
  SpawnNamed("t", [this, c] { Try("t", [c] { c.Receive(); }); });
  Run();
  c.Finish();
  Run();
  Try("Send", [c] { c.Send(); });
  EXPECT_THAT(log, ElementsAre("t: EndOfChannel", "Send: ChannelClosedError"));
}

}  // namespace
}  // namespace microthread
