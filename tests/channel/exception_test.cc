// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Exceptions sent over channels, sequences and loops. "Trace" is a recording of
// the same program under Stackless Python 3.7.5.

#include <exception>
#include <list>
#include <string>
#include <vector>

#include "microthread/greenlet/generator.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class ExceptionTest : public EventLogTest {
 protected:
  static std::exception_ptr Error(const std::string& text) {
    return std::make_exception_ptr(UserError(text));
  }
  static std::exception_ptr End() {
    return std::make_exception_ptr(EndOfChannel());
  }
};

// Trace G12.
TEST_F(ExceptionTest, ComesOutOfTheReceivers) {
  const Channel<int> c;
  SpawnNamed("r", [this, c] {
    Try("r", [c] { c.Receive(); });
    Log("end");
  }).Run();
  c.SendException(Error("1, 2"));
  Log("main, balance ", c.balance());
  EXPECT_THAT(log, ElementsAre("r: UserError 1, 2", "end", "main, balance 0"));
}

// Trace G12, its second part.
TEST_F(ExceptionTest, UncaughtInTheReceiverComesOutOfMainsOwnCall) {
  const Channel<int> c;
  SpawnNamed("r", [c] { c.Receive(); }).Run();
  Try("main", [c] { c.SendException(Error("VE")); });
  Log("balance ", c.balance());
  EXPECT_THAT(log, ElementsAre("main: UserError VE", "balance 0"));
}

TEST_F(ExceptionTest, WaitsForAReceiverLikeAValue) {
  const Channel<int> c;
  SpawnNamed("s", [this, c] {
    c.SendException(Error("first"));
    Log("s sent");
    c.Send(2);
  });
  Run();
  Log("queue ", QueueOf(c), " ", c.balance());
  Try("main", [c] { c.Receive(); });
  Log("got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("queue s 1", "main: UserError first", "s sent",
                               "got 2"));
}

// The fact of trace G34, where Stackless throws it out of run() as well.
TEST_F(ExceptionTest, OfTheLastTaskletThatCanRunIsReceivedOnce) {
  const Channel<int> c;
  Spawn([this, c] {
    c.SendException(std::make_exception_ptr(UserError("VE")));
    Log("sent");
  });
  Try("Run", [] { Run(); });
  Log("balance ", c.balance());
  Try("Receive", [c] { c.Receive(); });
  Try("Run", [] { Run(); });
  Log("balance ", c.balance());
  EXPECT_THAT(log, ElementsAre("Run: ok", "balance 1", "Receive: UserError VE",
                               "sent", "Run: ok", "balance 0"));
}

TEST_F(ExceptionTest, FollowsThePreferenceLikeAValue) {
  const Channel<int> c;
  c.set_preference(Preference::kSender);
  SpawnNamed("r", [this, c] { Try("r", [c] { c.Receive(); }); });
  Run();
  c.SendException(Error("VE"));
  Log("main");
  Run();
  EXPECT_THAT(log, ElementsAre("main", "r: UserError VE"));
}

TEST_F(ExceptionTest, OfASenderThatIsKilledIsNotReceived) {
  const Channel<int> c;
  const Tasklet s = SpawnNamed("s", [c] { c.SendException(Error("VE")); });
  Run();
  s.Kill();
  SpawnNamed("t", [c] { c.Send(1); });
  Log("got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("got 1"));
}

TEST_F(ExceptionTest, MayBeTheExitItself) {
  const Channel<int> c;
  const Tasklet r = SpawnNamed("r", [this, c] {
    const LogAtEnd guard = AtEnd("r unwound");
    c.Receive();
  });
  Run();
  c.SendException(std::make_exception_ptr(TaskletExit()));
  Log("r ", StatesOf(r));
  EXPECT_THAT(log, ElementsAre("r unwound", "r none"));
}

TEST_F(ExceptionTest, KeepsItsTypeAndValue) {
  const Channel<int> c;
  SpawnNamed("r", [this, c] {
    try {
      c.Receive();
    } catch (const std::vector<int>& error) {
      Log("a vector of ", error.size());
    }
  });
  Run();
  c.SendException(std::make_exception_ptr(std::vector<int>{1, 2, 3}));
  EXPECT_THAT(log, ElementsAre("a vector of 3"));
}

// Trace G13.
TEST_F(ExceptionTest, ASentEndOfChannelEndsTheLoopOfOneReceiver) {
  const Channel<std::string> c;
  SpawnNamed("p", [this, c] {
    const size_t count =
        c.SendSequence(std::vector<std::string>{"a", "b", "c"});
    Log(count);
    c.SendException(End());
    Log("p end");
  });
  SpawnNamed("q", [this, c] {
    for (const std::string& v : c) Log(v);
    Log("q end");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("a", "b", "c", "3", "q end", "p end"));
}

TEST_F(ExceptionTest, ASentEndOfChannelComesOutOfAPlainReceive) {
  const Channel<int> c;
  SpawnNamed("s", [c] { c.SendException(End()); });
  Try("main", [c] { c.Receive(); });
  SpawnNamed("t", [c] { c.Send(1); });
  Log("got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("main: EndOfChannel", "got 1"));
}

TEST_F(ExceptionTest, OtherErrorsComeOutOfTheLoop) {
  const Channel<int> c;
  SpawnNamed("s", [c] {
    c.Send(1);
    c.SendException(Error("VE"));
    c.Send(2);
  });
  const auto loop = [this, c] {
    for (int value : c) Log("got ", value);
  };
  Try("loop", loop);
  Log("got ", c.Receive());
  EXPECT_THAT(log, ElementsAre("got 1", "loop: UserError VE", "got 2"));
}

TEST_F(ExceptionTest, ALoopMayBeLeftAndEnteredAgain) {
  const Channel<int> c;
  SpawnNamed("s", [c] {
    c.SendSequence(std::vector<int>{1, 2, 3, 4});
    c.Finish();
  });
  for (int value : c) {
    Log("first ", value);
    if (value == 2) break;
  }
  for (int value : c) Log("second ", value);
  EXPECT_THAT(log, ElementsAre("first 1", "first 2", "second 3", "second 4"));
}

TEST_F(ExceptionTest, ALoopOverATemporaryHandleKeepsTheChannel) {
  Channel<int> c;
  SpawnNamed("s", [c] {
    c.Send(1);
    c.Finish();
  });
  for (int value : Channel<int>(c)) {
    c = Channel<int>();
    Log(value);
  }
  EXPECT_THAT(log, ElementsAre("1"));
}

TEST_F(ExceptionTest, AnythingThatCanBeIteratedCanBeSent) {
  const Channel<int> c;
  SpawnNamed("s", [this, c] {
    const size_t letters = c.SendSequence(std::string("AB"));
    const size_t numbers = c.SendSequence(std::list<short>{7, 8});
    Generator<int> generator([] {
      for (int i = 20; i < 22; ++i) Yield(i);
    });
    const size_t yielded = c.SendSequence(generator);
    Log(letters, " ", numbers, " ", yielded);
    c.Finish();
  });
  for (int value : c) Log(value);
  EXPECT_THAT(log, ElementsAre("65", "66", "7", "8", "20", "21", "2 2 2"));
}

TEST_F(ExceptionTest, AChannelCanBeSentAsASequence) {
  const Channel<int> from;
  const Channel<int> to;
  SpawnNamed("pipe", [this, from, to] {
    Log("forwarded ", to.SendSequence(from));
    to.Finish();
  });
  SpawnNamed("source", [from] {
    for (int i = 0; i < 3; ++i) from.Send(i);
    from.Finish();
  });
  for (int value : to) Log(value);
  EXPECT_THAT(log, ElementsAre("0", "1", "2", "forwarded 3"));
}

TEST_F(ExceptionTest, AnErrorOfASequenceComesOutInTheSender) {
  const Channel<int> c;
  SpawnNamed("s", [this, c] {
    Generator<int> generator([] {
      Yield(1);
      throw UserError("VE");
    });
    Try("s", [&] { c.SendSequence(generator); });
    c.Finish();
  });
  for (int value : c) Log("got ", value);
  EXPECT_THAT(log, ElementsAre("got 1", "s: UserError VE"));
}

}  // namespace
}  // namespace microthread
