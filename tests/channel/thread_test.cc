// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Channels between tasklets of different OS threads. Only the order of events
// on one thread is fixed, so each test looks at one thread's log, or at the
// outcome.

#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "microthread/scheduler/census.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class ThreadTest : public EventLogTest {
 public:
  // Runs `body` as the main tasklet of another thread until it has ended.
  template <class F>
  static void OnThread(F body) {
    const Absence absence;
    std::thread(body).join();
  }
};

TEST_F(ThreadTest, MainReceivesFromAThreadThatHasPerhapsNotBegun) {
  const Channel<std::unique_ptr<int>> c;
  std::thread sender([c] { c.Send(std::make_unique<int>(7)); });
  Log("got ", *c.Receive());
  sender.join();
  EXPECT_THAT(log, ElementsAre("got 7"));
}

TEST_F(ThreadTest, ThreadsMeetOnAChannelOfAMainThatOnlyJoinsThem) {
  const Channel<int> c;
  int sum = 0;
  std::thread producer([c] {
    for (int i = 1; i <= 100; ++i) c.Send(i);
    c.Finish();
  });
  std::thread consumer([c, &sum] {
    for (const int i : c) sum += i;
  });
  producer.join();
  consumer.join();
  EXPECT_EQ(sum, 5050);
}

// Whatever the preference says.
TEST_F(ThreadTest, WhoCompletesAMeetingWithAnotherThreadGoesOnWithoutASwitch) {
  for (const Preference preference :
       {Preference::kReceiver, Preference::kNone, Preference::kSender}) {
    const Channel<int> c;
    c.set_preference(preference);
    const Tasklet receiver =
        SpawnNamed("receiver", [this, c] { Log("got ", c.Receive()); });
    Run();
    OnThread([this, c] {
      SpawnStep("by");
      SwitchTrap(1);
      c.Send(5);
      SwitchTrap(-1);
      Log("sent");
      Run();
    });
    Log("main");
    Schedule();
  }
  EXPECT_THAT(log, ElementsAre("sent", "by", "main", "got 5",  //
                               "sent", "by", "main", "got 5",  //
                               "sent", "by", "main", "got 5"));
}

TEST_F(ThreadTest, AWokenTaskletGoesToTheEndOfItsRing) {
  const Channel<int> c;
  SpawnNamed("receiver", [this, c] { Log("got ", c.Receive()); });
  Run();
  SpawnStep("a");
  SpawnStep("b");
  OnThread([c] { c.Send(1); });
  Run();
  EXPECT_THAT(log, ElementsAre("a", "b", "got 1"));
}

TEST_F(ThreadTest, WaitersOfSeveralThreadsAreServedFirstComeFirstServed) {
  const Channel<std::string> c;
  const Channel<void> ready;
  std::vector<std::thread> senders;
  for (const char* name : {"first", "second", "third"}) {
    senders.emplace_back([c, ready, name] {
      Spawn([ready] { ready.Send(); });
      c.Send(name);
    });
    ready.Receive();
  }
  Log("balance ", c.balance());
  for (int i = 0; i < 3; ++i) Log(c.Receive());
  for (std::thread& sender : senders) sender.join();
  EXPECT_THAT(log, ElementsAre("balance 3", "first", "second", "third"));
}

TEST_F(ThreadTest, AnExceptionCrossesThreads) {
  // Kept here to the end: TSan does not see how libstdc++, which is not built
  // for it, counts the references to an exception.
  const auto from_afar = std::make_exception_ptr(UserError("from afar"));
  const auto to_there = std::make_exception_ptr(UserError("to there"));
  const Channel<int> c;
  std::thread sender([c, &from_afar] { c.SendException(from_afar); });
  Try("Receive", [c] { c.Receive(); });
  sender.join();
  std::thread receiver([this, c] { Try("Receive", [c] { c.Receive(); }); });
  c.SendException(to_there);
  receiver.join();
  EXPECT_THAT(log, ElementsAre("Receive: UserError from afar",
                               "Receive: UserError to there"));
}

TEST_F(ThreadTest, FinishEndsTheLoopsOfOtherThreads) {
  const Channel<int> c;
  const Channel<void> ready;
  std::thread receiver([this, c, ready] {
    Spawn([ready] { ready.Send(); });
    for (const int value : c) Log("unexpected ", value);
    Log("loop ended");
  });
  ready.Receive();
  c.Finish();
  receiver.join();
  EXPECT_THAT(log, ElementsAre("loop ended"));
}

TEST_F(ThreadTest, AThreadsEndTakesItsWaitersOutOfTheQueue) {
  const Channel<int> c;
  SpawnNamed("receiver", [this, c] { Log("got ", c.Receive()); });
  Run();
  OnThread([this, c] {
    SpawnNamed("waiter", [this, c] {
      const LogAtEnd guard = AtEnd("waiter unwound");
      c.Receive();
    });
    Run();
    Log("balance ", c.balance());
  });
  Log("balance ", c.balance());
  c.Send(1);
  EXPECT_THAT(
      log, ElementsAre("balance -2", "waiter unwound", "balance -1", "got 1"));
}

TEST_F(ThreadTest, WhoWaitsOnAnothersChannelThatIsDestroyedIsUnwound) {
  auto c = std::make_unique<Channel<int>>();
  const Channel<void> ready;
  Channel<int>* const borrowed = c.get();
  std::thread receiver([this, borrowed, ready] {
    Spawn([ready] { ready.Send(); });
    Try("Receive", [borrowed] { borrowed->Receive(); });
  });
  ready.Receive();
  c.reset();
  receiver.join();
  EXPECT_THAT(log, ElementsAre("Receive: ChannelClosedError"));
}

}  // namespace
}  // namespace microthread
