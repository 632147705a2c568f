// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasklets of different threads meet on channels. Between threads only the
// order of events on each of them is certain, so each thread has its own log,
// or only one of them logs.

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class CrossThreadTest : public EventLogTest {
 public:
  template <class T>
  static void AwaitBalance(const Channel<T>& channel, int64_t balance) {
    while (channel.balance() != balance) std::this_thread::yield();
  }
};

// Traces G55 and G57: whatever the channel prefers.
TEST_F(CrossThreadTest, ASenderGoesOnWithoutSwitching) {
  const Channel<int> c;
  for (const bool schedule_all : {false, true}) {
    c.set_schedule_all(schedule_all);
    std::thread receiver([c] { c.Receive(); });
    AwaitBalance(c, -1);
    SpawnStep("by");
    c.Send(1);
    Log("sent, balance ", c.balance());
    receiver.join();
    Run();
  }
  EXPECT_THAT(log,
              ElementsAre("sent, balance 0", "by", "sent, balance 0", "by"));
}

TEST_F(CrossThreadTest, AReceiverGoesOnWithoutSwitching) {
  const Channel<int> c;
  c.set_preference(Preference::kSender);
  std::thread sender([c] { c.Send(7); });
  AwaitBalance(c, 1);
  SpawnStep("by");
  Log("got ", c.Receive());
  sender.join();
  Run();
  EXPECT_THAT(log, ElementsAre("got 7", "by"));
}

TEST_F(CrossThreadTest, AMeetingIsAllowedUnderBothTraps) {
  const Channel<int> c;
  std::thread receiver([c] { c.Receive(); });
  AwaitBalance(c, -1);
  SpawnStep("by");
  Tasklet::Current().set_block_trap(true);
  SwitchTrap(1);
  Try("Send", [c] { c.Send(1); });
  Try("Send again", [c] { c.Send(2); });
  SwitchTrap(-1);
  Tasklet::Current().set_block_trap(false);
  receiver.join();
  EXPECT_THAT(log, ElementsAre("Send: ok", "Send again: BlockTrapError"));
}

// Each thread asks the other one for something, in turn.
TEST_F(CrossThreadTest, TwoThreadsTalkOverChannels) {
  const Channel<std::string> questions;
  const Channel<std::string> answers;
  std::thread server([questions, answers] {
    for (const std::string& question : questions) {
      Spawn([question, answers] { answers.Send(question + "!"); });
      Schedule();
    }
    Run();
    answers.Finish();
  });
  for (const std::string question : {"one", "two", "three"}) {
    questions.Send(question);
    Log(answers.Receive());
  }
  questions.Finish();
  for (const std::string& more : answers) Log("unexpected ", more);
  server.join();
  EXPECT_THAT(log, ElementsAre("one!", "two!", "three!"));
}

TEST_F(CrossThreadTest, AValueIsMovedAndNothingOfItIsLeft) {
  const Channel<std::shared_ptr<int>> c;
  std::thread receiver([this, c] {
    const std::shared_ptr<int> value = c.Receive();
    Log("got ", *value);
  });
  AwaitBalance(c, -1);
  auto value = std::make_shared<int>(1);
  const std::weak_ptr<int> trace = value;
  c.Send(std::move(value));
  receiver.join();
  Log("left: ", trace.use_count());
  EXPECT_THAT(log, ElementsAre("got 1", "left: 0"));
}

TEST_F(CrossThreadTest, AnExceptionComesOutOfTheReceiver) {
  const Channel<int> c;
  std::thread receiver([this, c] {
    for (int i = 0; i < 2; ++i) Try("Receive", [c] { c.Receive(); });
  });
  AwaitBalance(c, -1);
  // Kept until the end: TSan does not see how the C++ library counts those who
  // share an exception.
  const auto first = std::make_exception_ptr(UserError("1"));
  const auto second = std::make_exception_ptr(UserError("2"));
  c.SendException(first);
  // This one waits in the queue, and is taken out of it by the receiver.
  c.SendException(second);
  receiver.join();
  EXPECT_THAT(log, ElementsAre("Receive: UserError 1", "Receive: UserError 2"));
}

TEST_F(CrossThreadTest, WaitersOfSeveralThreadsAreServedInOrder) {
  const Channel<int> c;
  const Channel<std::string> got;
  const auto receive = [c, got](const char* name) {
    return [c, got, name] { got.Send(name + std::to_string(c.Receive())); };
  };
  std::thread first(receive("a"));
  AwaitBalance(c, -1);
  std::thread second(receive("b"));
  AwaitBalance(c, -2);
  SpawnNamed("c", receive("c"));
  Schedule();
  std::vector<std::string> all;
  Spawn([got, &all] {
    for (int i = 0; i < 3; ++i) all.push_back(got.Receive());
  });
  for (int i = 1; i <= 3; ++i) c.Send(i);
  while (all.size() < 3) {
    Schedule();
    std::this_thread::yield();
  }
  first.join();
  second.join();
  EXPECT_THAT(all, ::testing::UnorderedElementsAre("a1", "b2", "c3"));
}

TEST_F(CrossThreadTest, FinishEndsTheLoopsOfAllThreads) {
  const Channel<int> c;
  std::string ends[2];
  std::thread first([c, &ends] {
    for (int value : c) ends[0] += std::to_string(value);
    ends[0] += " end";
  });
  std::thread second([c, &ends] { ends[1] = ErrorOf([c] { c.Receive(); }); });
  AwaitBalance(c, -2);
  Log("finishes");
  c.Finish();
  Try("Send", [c] { c.Send(1); });
  first.join();
  second.join();
  Log(ends[0], ", ", ends[1]);
  EXPECT_THAT(log, ElementsAre("finishes", "Send: ChannelClosedError",
                               " end, EndOfChannel"));
}

TEST_F(CrossThreadTest, CloseForbidsWaitingOnEveryThread) {
  const Channel<int> c;
  std::thread receiver([this, c] { Log("got ", c.Receive()); });
  AwaitBalance(c, -1);
  c.Close();
  c.Send(1);
  receiver.join();
  std::thread([this, c] {
    Try("Receive", [c] { c.Receive(); });
    c.Open();
  }).join();
  Log("closing ", c.closing());
  EXPECT_THAT(log, ElementsAre("got 1", "Receive: ChannelClosedError",
                               "closing false"));
}

TEST_F(CrossThreadTest, TheLastHandleWakesWaitersOfOtherThreads) {
  std::optional<Channel<int>> c(std::in_place);
  const Channel<int>* const place = &*c;
  std::thread waiter([this, place] {
    // Without a handle of its own, which no program should do.
    Try("Receive", [place] { place->Receive(); });
  });
  AwaitBalance(*c, -1);
  c.reset();
  waiter.join();
  EXPECT_THAT(log, ElementsAre("Receive: ChannelClosedError"));
}

// Trace G56.
TEST_F(CrossThreadTest, TheEndOfAThreadTakesItsWaitersOutOfTheQueue) {
  const Channel<int> c;
  std::thread([this, c] {
    Spawn([this, c] {
      const LogAtEnd guard = AtEnd("unwound");
      c.Receive();
    });
    Run();
    Log("balance ", c.balance());
  }).join();
  Log("balance ", c.balance());
  EXPECT_THAT(log, ElementsAre("balance -1", "unwound", "balance 0"));
}

TEST_F(CrossThreadTest, AKilledSenderTakesItsValueWithIt) {
  const Channel<int> c;
  std::thread other([this, c] {
    Try("Send", [c] {
      try {
        c.Send(1);
      } catch (const TaskletExit&) {
        throw UserError("killed");
      }
    });
  });
  AwaitBalance(c, 1);
  c.queue().Kill();
  const int64_t balance = c.balance();
  other.join();
  Log("balance ", balance);
  EXPECT_THAT(log, ElementsAre("Send: UserError killed", "balance 0"));
}

}  // namespace
}  // namespace microthread
