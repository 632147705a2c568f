// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A Channel is a handle: what can be seen of it, and what becomes of those who
// wait when they are disturbed. "Trace" is a recording of the same program
// under Stackless Python 3.7.5.

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class ChannelTest : public EventLogTest {
 protected:
  Tasklet SpawnReceiver(std::string_view name, const Channel<int>& c) {
    return SpawnNamed(name, [this, name = std::string(name), c] {
      Try(name, [this, name, c] { Log(name, " got ", c.Receive()); });
    });
  }
  Tasklet SpawnSender(std::string_view name, const Channel<int>& c, int value) {
    return SpawnNamed(name, [this, name = std::string(name), c, value] {
      Try(name, [c, value] { c.Send(value); });
    });
  }
};

TEST_F(ChannelTest, ANewChannelIsOpenAndEmpty) {
  const Channel<int> c;
  Log("balance ", c.balance(), ", queue ", QueueOf(c));
  Log("closing ", c.closing(), ", closed ", c.closed());
  Log("preference ", static_cast<int>(c.preference()), ", schedule_all ",
      c.schedule_all(), ", name '", c.name(), "'");
  EXPECT_THAT(log,
              ElementsAre("balance 0, queue -", "closing false, closed false",
                          "preference -1, schedule_all false, name ''"));
}

TEST_F(ChannelTest, PreferencesCanBeChanged) {
  const Channel<int> c;
  for (Preference preference :
       {Preference::kSender, Preference::kNone, Preference::kReceiver}) {
    c.set_preference(preference);
    Log(static_cast<int>(c.preference()));
  }
  for (bool on : {true, false}) {
    c.set_schedule_all(on);
    Log(c.schedule_all());
  }
  EXPECT_THAT(log, ElementsAre("1", "0", "-1", "true", "false"));
}

TEST_F(ChannelTest, CopiesReferToTheSameChannel) {
  const Channel<int> c("c");
  const Channel<int> d("d");
  Channel<int> copy = c;
  copy.Close();
  Log(copy == c, " ", copy != d, " ", c.closing(), " ", d.closing());
  copy = d;
  Log(copy == c, " ", copy == d, " ", copy.name());
  EXPECT_THAT(log, ElementsAre("true true true false", "false true d"));
}

TEST_F(ChannelTest, HashesAsTheChannelItRefersTo) {
  const Channel<int> c;
  const Channel<int> d;
  const std::unordered_set<Channel<int>> set = {c, d, Channel<int>(c)};
  Log(set.size(), " ", set.count(d), " ", set.count(Channel<int>()));
  EXPECT_THAT(log, ElementsAre("2 1 0"));
}

TEST_F(ChannelTest, CanBeAKeyOfAbseilsContainers) {
  const Channel<int> c;
  const Channel<int> d;
  absl::flat_hash_map<Channel<int>, std::string> map;
  map[c] = "c";
  map[Channel<int>(c)] += "c";
  map[d] = "d";
  Log(map.size(), " ", map[c], " ", map[d]);
  EXPECT_THAT(log, ElementsAre("2 cc d"));
}

TEST_F(ChannelTest, TheNameIsCopied) {
  std::string name = "numbers";
  const Channel<int> c(name);
  name = "xxxxxxx";
  Log(c.name());
  EXPECT_THAT(log, ElementsAre("numbers"));
}

TEST_F(ChannelTest, TheBalanceAndTheQueueTellWhoWaits) {
  const Channel<int> c;
  SpawnReceiver("r1", c);
  SpawnReceiver("r2", c);
  Run();
  Log(c.balance(), " ", QueueOf(c));
  c.Send(1);
  Log(c.balance(), " ", QueueOf(c));
  c.Send(2);
  Log(c.balance(), " ", QueueOf(c));
  SpawnSender("s1", c, 1);
  SpawnSender("s2", c, 2);
  Run();
  Log(c.balance(), " ", QueueOf(c));
  c.Receive();
  Log(c.balance(), " ", QueueOf(c));
  EXPECT_THAT(log, ElementsAre("-2 r1 r2", "r1 got 1", "r1: ok", "-1 r2",
                               "r2 got 2", "r2: ok", "0 -", "2 s1 s2", "1 s2"));
}

// Trace G66.
TEST_F(ChannelTest, SendersThatGetErrorsLeaveTheQueue) {
  const Channel<std::string> c;
  Tasklet senders[3];
  const std::string names[] = {"a", "b", "c"};
  for (int i = 0; i < 3; ++i) {
    senders[i] = SpawnNamed(names[i], [this, c, name = names[i]] {
      try {
        c.Send(name);
        Log(name, " sent");
      } catch (const UserError& error) {
        Log(name, " ", error.what());
      }
    });
  }
  Run();
  senders[0].Raise<UserError>("VE");
  Log("balance ", c.balance(), ", head ", NameOf(c.queue()));
  senders[1].ThrowPending(std::make_exception_ptr(UserError("VE")));
  Log("balance ", c.balance());
  Log("got ", c.Receive());
  Run();
  EXPECT_THAT(log, ElementsAre("a VE", "balance 2, head b", "balance 1",
                               "got c", "b VE", "c sent"));
}

// Trace G53.
TEST_F(ChannelTest, AnErrorReplacesAValueThatWasDelivered) {
  const Channel<int> c;
  c.set_preference(Preference::kSender);
  const Tasklet r = SpawnReceiver("r", c);
  Run();
  c.Send(1);
  r.ThrowPending(std::make_exception_ptr(UserError("VE")));
  Run();
  EXPECT_THAT(log, ElementsAre("r: UserError VE"));
}

TEST_F(ChannelTest, AnErrorReplacesAnErrorThatWasDelivered) {
  const Channel<int> c;
  c.set_preference(Preference::kSender);
  const Tasklet r = SpawnReceiver("r", c);
  Run();
  c.SendException(std::make_exception_ptr(UserError("sent")));
  r.ThrowPending(std::make_exception_ptr(UserError("thrown")));
  Run();
  EXPECT_THAT(log, ElementsAre("r: UserError thrown"));
}

TEST_F(ChannelTest, ASenderThatIsDisturbedAfterTheMeetingHasSentAllTheSame) {
  const Channel<int> c;
  const Tasklet s = SpawnSender("s", c, 1);
  Run();
  Log("main got ", c.Receive());
  s.Raise<UserError>("VE");
  EXPECT_THAT(log, ElementsAre("main got 1", "s: UserError VE"));
}

TEST_F(ChannelTest, AWaiterThatIsDisturbedMayWaitAgainAtTheEnd) {
  const Channel<int> c;
  const Tasklet a = SpawnNamed("a", [this, c] {
    for (int i = 0; i < 2; ++i) {
      Try("a", [this, c] { Log("a got ", c.Receive()); });
    }
  });
  SpawnReceiver("b", c);
  Run();
  a.Raise<UserError>("VE");
  Log(QueueOf(c), " ", c.balance());
  c.Send(1);
  c.Send(2);
  EXPECT_THAT(log, ElementsAre("a: UserError VE", "b a -2", "b got 1", "b: ok",
                               "a got 2", "a: ok"));
}

TEST_F(ChannelTest, IsKeptWhileItIsUsed) {
  for (Preference preference : {Preference::kReceiver, Preference::kSender}) {
    auto* c = new Channel<int>();
    c->set_preference(preference);
    SpawnNamed("r", [this, c] { Log("r got ", c->Receive()); });
    SpawnNamed("s", [this, c] {
      {
        const Channel<int> last = *c;
        delete c;
        last.Send(1);
      }
      Log("s, channels ", testing::CountLiveObjects().channels);
    });
    Run();
  }
  EXPECT_THAT(
      log, ElementsAre("r got 1", "s, channels 0", "s, channels 0", "r got 1"));
}

TEST_F(ChannelTest, WhoeverWaitsGetsAnErrorWhenTheLastHandleIsDropped) {
  auto* c = new Channel<int>();
  const Tasklet held =
      SpawnNamed("held", [this, c] { Try("held", [c] { c->Receive(); }); });
  SpawnNamed("not held", [this, c] {
    const LogAtEnd guard = AtEnd("not held unwound");
    c->Receive();
  });
  Run();
  delete c;
  Log("dropped, held ", StatesOf(held), ", ", Ring());
  if (held.paused()) held.Insert();
  Run();
  EXPECT_THAT(
      log, ElementsAre("not held unwound", "dropped, held alive paused, main",
                       "held: ChannelClosedError"));
}

TEST_F(ChannelTest, MainGetsAnErrorWhenTheLastHandleIsDropped) {
  auto* c = new Channel<int>();
  SpawnNamed("t", [this, c] {
    delete c;
    Log("dropped");
  });
  Try("main", [c] { c->Receive(); });
  EXPECT_THAT(log, ElementsAre("dropped", "main: ChannelClosedError"));
}

TEST_F(ChannelTest, WhatASenderSendsIsDestroyedWhenTheLastHandleIsDropped) {
  auto* c = new Channel<std::shared_ptr<LogAtEnd>>();
  SpawnNamed("s", [this, c] {
    c->Send(std::make_shared<LogAtEnd>(&log, "value destroyed"));
  });
  Run();
  delete c;
  Log("dropped");
  EXPECT_THAT(log, ElementsAre("value destroyed", "dropped"));
}

TEST_F(ChannelTest, TheSameTaskletIsSenderAndReceiverInTurn) {
  const Channel<int> c;
  SpawnNamed("t", [this, c] {
    c.Send(1);
    Log("t got ", c.Receive());
    c.Send(3);
  });
  Log("main got ", c.Receive());
  c.Send(2);
  Log("main got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("main got 1", "t got 2", "main got 3"));
}

TEST_F(ChannelTest, MainTalksToItselfThroughATasklet) {
  const Channel<int> c;
  c.set_preference(Preference::kNone);
  SpawnNamed("echo", [c] { c.Send(c.Receive() + 1); });
  c.Send(1);
  Log(c.Receive());
  EXPECT_THAT(log, ElementsAre("2"));
}

TEST_F(ChannelTest, APipelineOfManyChannels) {
  constexpr int kStages = 100;
  Channel<int> first;
  Channel<int> from = first;
  for (int i = 0; i < kStages; ++i) {
    const Channel<int> to;
    Spawn([from, to] {
      for (int n : from) to.Send(n + 1);
      to.Finish();
    });
    from = to;
  }
  Spawn([first] {
    for (int n = 0; n < 3; ++n) first.Send(n * 1000);
    first.Finish();
  });
  for (int n : from) Log(n);
  EXPECT_THAT(log, ElementsAre("100", "1100", "2100"));
}

}  // namespace
}  // namespace microthread
