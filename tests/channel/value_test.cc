// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What may be sent, and that every value that is sent is destroyed exactly
// once. What may not be sent does not compile: a T that is a reference, const,
// or whose move or destructor may throw.

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/channel/tracked.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class ValueTest : public EventLogTest {
 protected:
  // A tasklet that sends `number` and logs when it has been met.
  Tasklet SpawnSender(int number) {
    return Spawn([this, number, c = channel] {
      c.Send(Make(number));
      Log(number, " sent");
    });
  }
  // A tasklet that receives a value and logs it.
  Tasklet SpawnReceiver() {
    return Spawn([this, c = channel] {
      const Tracked value = c.Receive();
      Log("got ", value.number());
    });
  }
  Tracked Make(int number) { return Tracked(&tracker, number); }
  ~ValueTest() override { EXPECT_TRUE(tracker.places.empty()); }

  Tracker tracker{&log, {}};
  Channel<Tracked> channel;
};

TEST_F(ValueTest, AValueMovesFromTheSenderToTheReceiver) {
  SpawnSender(1);
  SpawnReceiver();
  Run();
  SpawnReceiver();
  SpawnSender(2);
  Run();
  EXPECT_THAT(log, ElementsAre("got 1", "1 destroyed", "1 sent", "got 2",
                               "2 destroyed", "2 sent"));
}

TEST_F(ValueTest, WithEveryPreferenceAndScheduleAll) {
  for (int preference : {-1, 0, 1, 2}) {
    channel.set_preference(static_cast<Preference>(preference % 2));
    channel.set_schedule_all(preference == 2);
    SpawnReceiver();
    SpawnSender(1);
    Run();
  }
  EXPECT_THAT(
      log, ElementsAre("got 1", "1 destroyed", "1 sent", "1 sent", "got 1",
                       "1 destroyed", "1 sent", "got 1", "1 destroyed", "got 1",
                       "1 destroyed", "1 sent"));
}

TEST_F(ValueTest, OfASenderThatIsKilledIsDestroyedWithIt) {
  const Tasklet sender = SpawnSender(1);
  Run();
  sender.Kill();
  Log("killed, balance ", channel.balance());
  EXPECT_THAT(log, ElementsAre("1 destroyed", "killed, balance 0"));
}

// The fact of trace G84.
TEST_F(ValueTest, OfASenderThatIsKilledInTheMiddleOfTheQueueIsNotReceived) {
  SpawnSender(1);
  const Tasklet second = SpawnSender(2);
  SpawnSender(3);
  Run();
  second.Kill();
  Log("balance ", channel.balance());
  for (int i : {1, 2}) {
    (void)i;
    Log("got ", channel.Receive().number());
  }
  Run();
  EXPECT_THAT(log,
              ElementsAre("2 destroyed", "balance 2", "got 1", "1 destroyed",
                          "got 3", "3 destroyed", "1 sent", "3 sent"));
}

TEST_F(ValueTest, OfASenderWithAPendingErrorIsNotReceived) {
  const Tasklet first = SpawnSender(1);
  SpawnSender(2);
  Run();
  first.KillPending();
  Log("got ", channel.Receive().number());
  Run();
  EXPECT_THAT(log,
              ElementsAre("got 2", "2 destroyed", "1 destroyed", "2 sent"));
}

TEST_F(ValueTest, DeliveredToAReceiverThatThenGetsAnErrorIsDestroyed) {
  channel.set_preference(Preference::kSender);
  const Tasklet receiver = Spawn(
      [this, c = channel] { Try("receiver", [c] { (void)c.Receive(); }); });
  Run();
  channel.Send(Make(1));
  Log("sent, receiver ", StatesOf(receiver));
  receiver.ThrowPending(std::make_exception_ptr(UserError("VE")));
  Log("error waits");
  Run();
  EXPECT_EQ(std::erase(log, "1 destroyed"), 1u);  // when is left open
  EXPECT_THAT(log, ElementsAre("sent, receiver alive scheduled", "error waits",
                               "receiver: UserError VE"));
}

TEST_F(ValueTest, DeliveredToAReceiverThatIsThenKilledIsDestroyedOnce) {
  channel.set_preference(Preference::kSender);
  const Tasklet receiver = SpawnReceiver();
  Run();
  channel.Send(Make(1));
  Log("sent");
  receiver.Kill();
  Log("killed");
  EXPECT_THAT(log, ElementsAre("sent", "1 destroyed", "killed"));
}

TEST_F(ValueTest, InPlaceOfAValueAnErrorMayBeSent) {
  SpawnReceiver();
  SpawnReceiver();
  Run();
  Try("send", [this] {
    channel.SendException(std::make_exception_ptr(UserError("VE")));
  });
  channel.Send(Make(2));
  EXPECT_THAT(log, ElementsAre("send: UserError VE", "got 2", "2 destroyed"));
}

TEST_F(ValueTest, OfAFailedSendIsDestroyedAtOnce) {
  Try("deadlock", [this] { channel.Send(Make(1)); });
  Tasklet::Main().set_block_trap(true);
  Try("block trap", [this] { channel.Send(Make(2)); });
  Tasklet::Main().set_block_trap(false);
  channel.Close();
  Try("closed", [this] { channel.Send(Make(3)); });
  channel.Open();
  const Tasklet receiver = SpawnReceiver();
  Run();
  SwitchTrap(1);
  Try("switch trap", [this] { channel.Send(Make(4)); });
  SwitchTrap(-1);
  receiver.Kill();
  channel.Finish();
  Try("finished", [this] { channel.Send(Make(5)); });
  EXPECT_THAT(log, ElementsAre("1 destroyed", "deadlock: DeadlockError",
                               "2 destroyed", "block trap: BlockTrapError",
                               "3 destroyed", "closed: ChannelClosedError",
                               "4 destroyed", "switch trap: SwitchTrapError",
                               "5 destroyed", "finished: ChannelClosedError"));
}

TEST_F(ValueTest, OfMainIsDestroyedWhenTheLastTaskletEnds) {
  Spawn([this] { Log("t ends"); });
  Try("main", [this] { channel.Send(Make(1)); });
  EXPECT_THAT(log, ElementsAre("t ends", "1 destroyed", "main: DeadlockError"));
}

TEST_F(ValueTest, OfSendersThatNobodyMeetsAreDestroyedWithTheThread) {
  {
    ThreadScope scope;
    SpawnSender(1);
    SpawnSender(2);
    Run();
    channel.Finish();
    Log("scope ends");
  }
  EXPECT_THAT(log, ElementsAre("scope ends", "2 destroyed", "1 destroyed"));
}

TEST_F(ValueTest, OfALoopBelongsToTheIteratorAndMayBeMovedOn) {
  SpawnSender(1);
  SpawnSender(2);
  Spawn([c = channel] { c.Finish(); });
  for (Tracked& value : channel) {
    Log("loop got ", value.number());
    if (value.number() == 1) {
      const Tracked mine = std::move(value);
      Log("moved ", mine.number());
    }
  }
  Log("loop ends");
  Run();
  EXPECT_THAT(log,
              ElementsAre("loop got 1", "moved 1", "1 destroyed", "loop got 2",
                          "2 destroyed", "1 sent", "2 sent", "loop ends"));
}

TEST_F(ValueTest, EachOfAThousandValuesIsDestroyedOnce) {
  constexpr int kValues = 1000;
  int received = 0;
  {
    ThreadScope scope;
    for (int i = 1; i <= kValues; ++i) {
      channel.set_preference(static_cast<Preference>(i % 3 - 1));
      Spawn([this, i, c = channel] { c.Send(Make(i)); });
      if (i % 4 != 0) {
        Spawn([&received, c = channel] { received += c.Receive().number(); });
      }
      if (i % 5 == 0) Schedule();
      if (i % 7 == 0 && channel.balance() != 0) channel.queue().KillPending();
    }
    Run();
  }
  EXPECT_GT(received, 0);
  std::set<std::string> expected;
  for (int i = 1; i <= kValues; ++i) {
    expected.insert(std::to_string(i) + " destroyed");
  }
  EXPECT_EQ(log.size(), expected.size());
  EXPECT_EQ(std::set<std::string>(log.begin(), log.end()), expected);
}

TEST_F(ValueTest, AfterAnErrorAnIteratorIsAtTheEnd) {
  const Channel<int> trivial;
  Spawn([this, trivial] {
    trivial.Send(1);
    channel.Send(Make(2));
    const auto error = std::make_exception_ptr(UserError("VE"));
    trivial.SendException(error);
    channel.SendException(error);
  });
  auto number = trivial.begin();
  auto value = channel.begin();
  Log(*number, " ", value->number());
  Try("++number", [&] { ++number; });
  Try("++value", [&] { ++value; });
  Log(number == trivial.end(), " ", value == channel.end());
  EXPECT_THAT(log, ElementsAre("1 2", "++number: UserError VE", "2 destroyed",
                               "++value: UserError VE", "true true"));
}

// ---- other types

using TypesTest = EventLogTest;

TEST_F(TypesTest, MoveOnlyValues) {
  const Channel<std::unique_ptr<std::string>> c;
  Spawn([c] { c.Send(std::make_unique<std::string>("unique")); });
  Log(*c.Receive());
  EXPECT_THAT(log, ElementsAre("unique"));
}

TEST_F(TypesTest, LargeValues) {
  struct Large {
    std::array<uint8_t, 4096> bytes;
  };
  const Channel<Large> c;
  Spawn([c] {
    Large large;
    for (size_t i = 0; i < large.bytes.size(); ++i) {
      large.bytes[i] = static_cast<uint8_t>(i * 31);
    }
    c.Send(large);
  });
  const Large got = c.Receive();
  size_t same = 0;
  for (size_t i = 0; i < got.bytes.size(); ++i) {
    same += got.bytes[i] == static_cast<uint8_t>(i * 31);
  }
  Log(same);
  EXPECT_THAT(log, ElementsAre("4096"));
}

TEST_F(TypesTest, AlignedValues) {
  struct alignas(64) Wide {
    bool aligned() const { return reinterpret_cast<uintptr_t>(this) % 64 == 0; }
    int number;
  };
  const Channel<Wide> c;
  Spawn([this, c] {
    for (const Wide& wide : c) Log(wide.number, " ", wide.aligned());
  });
  Spawn([this, c] {
    const Wide wide = c.Receive();
    Log(wide.number, " ", wide.aligned());
  });
  Run();
  for (int i : {1, 2}) c.Send(Wide{i});
  EXPECT_THAT(log, ElementsAre("1 true", "2 true"));
}

// Trivial to copy, but not to make.
TEST_F(TypesTest, ValuesThatCannotBeMadeOfNothing) {
  struct Point {
    Point(int px, int py) : x(px), y(py) {}
    const int x;
    const int y;
  };
  const Channel<Point> c;
  Spawn([c] {
    for (int i : {1, 2, 3}) c.Send(Point(i, -i));
    c.Finish();
  });
  const Point first = c.Receive();
  Log(first.x, " ", first.y);
  for (const Point& point : c) Log(point.x, " ", point.y);
  EXPECT_THAT(log, ElementsAre("1 -1", "2 -2", "3 -3"));
}

TEST_F(TypesTest, NothingButTheMeeting) {
  const Channel<void> c;
  Spawn([this, c] {
    c.Receive();
    Log("met");
    Try("receive", [c] { c.Receive(); });
  });
  c.Send();
  Log("sent");
  c.SendException(std::make_exception_ptr(UserError("VE")));
  Spawn([c] { c.Send(); });
  c.Receive();
  Log("received, balance ", c.balance());
  EXPECT_THAT(log, ElementsAre("met", "sent", "receive: UserError VE",
                               "received, balance 0"));
}

TEST_F(TypesTest, ChannelsAndTasklets) {
  const Channel<Channel<int>> channels;
  const Channel<Tasklet> tasklets;
  Spawn([channels, tasklets] {
    tasklets.Send(Tasklet::Current());
    const Channel<int> reply = channels.Receive();
    reply.Send(42);
  });
  const Tasklet server = tasklets.Receive();
  const Channel<int> reply;
  channels.Send(reply);
  Log("got ", reply.Receive());
  server.Join();
  Log(StatesOf(server));
  EXPECT_THAT(log, ElementsAre("got 42", "none"));
}

TEST_F(TypesTest, ExceptionPointersAsValues) {
  const Channel<std::exception_ptr> c;
  Spawn([c] { c.Send(std::make_exception_ptr(UserError("a value"))); });
  const std::exception_ptr value = c.Receive();
  Try("value", [value] { std::rethrow_exception(value); });
  EXPECT_THAT(log, ElementsAre("value: UserError a value"));
}

}  // namespace
}  // namespace microthread
