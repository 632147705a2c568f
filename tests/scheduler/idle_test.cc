// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads whose tasklets all wait: they sleep as long as another thread could
// wake them, and learn it when none can.

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/internal/inbox.h"
#include "microthread/scheduler/census.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using std::chrono::milliseconds;
using ::testing::UnorderedElementsAre;

class IdleTest : public EventLogTest {
 public:
  // Returns when `count` tasklets wait on `channel`. A thread that only looks
  // is awake in the eyes of all others.
  template <class T>
  static void AwaitBalance(const Channel<T>& channel, int64_t balance) {
    while (channel.balance() != balance) std::this_thread::yield();
  }

  // Returns when one thread sleeps: who waits is not asleep yet.
  static void AwaitSleeper() {
    while (internal::sleeping_threads.load() != 1) std::this_thread::yield();
  }
};

milliseconds ProcessorTime() {
  rusage used;
  getrusage(RUSAGE_SELF, &used);
  const auto sum = [](const timeval& a, const timeval& b) {
    return std::chrono::seconds(a.tv_sec + b.tv_sec) +
           std::chrono::microseconds(a.tv_usec + b.tv_usec);
  };
  return std::chrono::duration_cast<milliseconds>(
      sum(used.ru_utime, used.ru_stime));
}

TEST_F(IdleTest, AThreadWhoseTaskletsAllWaitUsesNoProcessor) {
  const Channel<int> c;
  const Channel<int> never("never");
  std::thread sleeper([this, c, never] {
    const Tasklet other = Spawn([never] { never.Receive(); });
    Log("received ", c.Receive());
    other.Kill();
  });
  AwaitBalance(c, -1);
  // Time is the subject here: the sleeper has it all for itself.
  const milliseconds before = ProcessorTime();
  std::this_thread::sleep_for(milliseconds(1000));
  const milliseconds used = ProcessorTime() - before;
  Log(used < milliseconds(100) ? "idle" : "busy");
  c.Send(1);
  sleeper.join();
  EXPECT_THAT(log, ElementsAre("idle", "received 1"));
}

// Sends back each number, one greater.
void Echo(const Channel<int>& there, const Channel<int>& back) {
  for (int i : there) back.Send(i + 1);
  back.Finish();
}

TEST_F(IdleTest, ThreadsThatMeetAllTheTimeGoOnAfterEachSleep) {
  const Channel<int> there;
  const Channel<int> back;
  std::thread echo(Echo, there, back);
  int sum = 0;
  for (int i = 0; i < 1000; ++i) {
    there.Send(i);
    sum += back.Receive();
  }
  there.Finish();
  echo.join();
  Log("sum ", sum);
  EXPECT_THAT(log, ElementsAre("sum 500500"));
}

// They take turns by giving way, and, as somebody else takes long turns there,
// by sleeping.
TEST_F(IdleTest, ThreadsThatShareAProcessorMeetAllTheTime) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(sched_getcpu(), &here);
  ASSERT_EQ(sched_setaffinity(0, sizeof(here), &here), 0);
  const Channel<int> there;
  const Channel<int> back;
  std::thread echo(Echo, there, back);
  int sum = 0;
  const auto meet = [&](int times) {
    for (int i = 0; i < times; ++i) {
      there.Send(i);
      sum += back.Receive();
    }
  };
  meet(1000);
  std::atomic<bool> done = false;
  std::thread busy([&done] {
    while (!done) {
    }
  });
  meet(1000);
  done = true;
  busy.join();
  there.Finish();
  echo.join();
  sched_setaffinity(0, sizeof(all), &all);
  Log("sum ", sum);
  EXPECT_THAT(log, ElementsAre("sum 1001000"));
}

#if !MICROTHREAD_TSAN  // it keeps a signal back until the thread is awake
std::atomic<int> signals = 0;

TEST_F(IdleTest, ASignalDoesNotEndASleep) {
  struct sigaction action = {};
  action.sa_handler = [](int) { ++signals; };
  sigaction(SIGUSR1, &action, nullptr);
  const Channel<int> there;
  const Channel<int> back;
  std::thread echo([there, back] { back.Send(there.Receive() + 1); });
  AwaitSleeper();
  for (int i = 1; i <= 100; ++i) {
    pthread_kill(echo.native_handle(), SIGUSR1);
    while (signals != i) std::this_thread::yield();
  }
  Log("asleep: ", internal::sleeping_threads.load());
  there.Send(1);
  Log("main gets ", back.Receive());
  echo.join();
  EXPECT_THAT(log, ElementsAre("asleep: 1", "main gets 2"));
}
#endif

TEST_F(IdleTest, OfTwoThatWaitForEachOtherTheLastAwakeLearnsIt) {
  const Channel<int> a("a");
  const Channel<int> b("b");
  std::thread other([this, a, b] {
    Log("other gets ", a.Receive());
    b.Send(2);
  });
  AwaitSleeper();
  Log(ErrorText([b] { b.Receive(); }));
  a.Send(1);
  Log("main gets ", b.Receive());
  other.join();
  EXPECT_THAT(
      log, ElementsAre("deadlock: tasklet \"main\" cannot go on receiving on "
                       "channel \"b\": no other tasklet of this thread can "
                       "run; let the other side run first",
                       "other gets 1", "main gets 2"));
}

TEST_F(IdleTest, TheEndOfAThreadTellsTheLastSleeperOfTheDeadlock) {
  const Channel<int> c("c");
  const Channel<void> begin;
  std::thread helper([c, begin] {
    begin.Receive();
    AwaitBalance(c, -1);
  });
  begin.Send();
  Try("Receive", [c] { c.Receive(); });
  Log("balance ", c.balance());
  helper.join();
  EXPECT_THAT(log, ElementsAre("Receive: DeadlockError", "balance 0"));
}

// Main waits for threads to end: nobody is helped by that. Which of the two
// falls asleep last is open; the other one is then told by it.
TEST_F(IdleTest, WhileMainIsAbsentTheOthersLearnOfTheirDeadlock) {
  const Channel<int> a;
  const Channel<int> b;
  const auto wait = [](const Channel<int>& c, const Channel<int>& other,
                       std::string* outcome) {
    *outcome = ErrorOf([c] { c.Receive(); });
    other.Finish();
  };
  const Absence absence;
  std::string outcomes[2];
  std::thread first([&] { wait(a, b, &outcomes[0]); });
  std::thread second([&] { wait(b, a, &outcomes[1]); });
  first.join();
  second.join();
  EXPECT_THAT(outcomes, UnorderedElementsAre("DeadlockError", "EndOfChannel"));
}

TEST_F(IdleTest, AbsenceOfTheLastOneAwakeTellsASleeper) {
  const Channel<int> c;
  std::thread sleeper([this, c] { Try("Receive", [c] { c.Receive(); }); });
  AwaitBalance(c, -1);
  {
    const Absence outer;
    const Absence inner;  // counts once
    sleeper.join();
  }
  std::thread next([this, c] { Log("next receives ", c.Receive()); });
  AwaitBalance(c, -1);
  c.Send(1);
  next.join();
  EXPECT_THAT(log, ElementsAre("Receive: DeadlockError", "next receives 1"));
}

TEST_F(IdleTest, MainMakesChannelsForThreadsAndNeverSchedules) {
  const Channel<int> numbers;
  std::thread producer([numbers] {
    numbers.SendSequence(std::vector{1, 2, 3});
    numbers.Finish();
  });
  std::thread consumer([this, numbers] {
    for (const int n : numbers) Log(n);
  });
  producer.join();
  consumer.join();
  EXPECT_THAT(log, ElementsAre("1", "2", "3"));
}

// Such a thread does not count yet, but is there.
TEST_F(IdleTest, AThreadThatHasNotBegunYetMayStillSend) {
  const Channel<int> c;
  std::thread late([c] {
    // Time is the subject here too: main sleeps, looks for help, and sleeps
    // again for longer. It must do so more than once, and is awake too shortly
    // in between for anybody to wait for that.
    std::this_thread::sleep_for(milliseconds(50));
    c.Send(1);
  });
  Log("main gets ", c.Receive());
  late.join();
  EXPECT_THAT(log, ElementsAre("main gets 1"));
}

// Many times: the census is taken while the thread begins.
TEST_F(IdleTest, AThreadThatIsJustBeginningIsNotOverlooked) {
  int sum = 0;
  for (int i = 0; i < 500; ++i) {
    const Channel<int> c;
    std::thread beginner([c] { c.Send(1); });
    sum += c.Receive();
    beginner.join();
  }
  Log("received ", sum);
  EXPECT_THAT(log, ElementsAre("received 500"));
}

// And while it ends, without having sent anything.
TEST_F(IdleTest, AThreadThatIsJustEndingIsNotWaitedForForEver) {
  int deadlocks = 0;
  for (int i = 0; i < 200; ++i) {
    const Channel<int> c;
    std::thread ender([c] { c.set_preference(Preference::kNone); });
    if (ErrorOf([c] { c.Receive(); }) == "DeadlockError") ++deadlocks;
    ender.join();
  }
  Log("deadlocks ", deadlocks);
  EXPECT_THAT(log, ElementsAre("deadlocks 200"));
}

TEST_F(IdleTest, WhatIsDroppedForASleeperIsUnwoundByIt) {
  const Channel<Tasklet> handles;
  const Channel<int> c;
  std::thread sleeper([this, handles, c] {
    Tasklet paused = Spawn([this] {
      const LogAtEnd guard = AtEnd("unwound");
      ScheduleRemove();
    });
    Run();
    handles.Send(std::move(paused));
    const int got = c.Receive();
    Schedule();
    Log("sleeper gets ", got);
  });
  // The last handle goes away here, and it is the sleeper who must unwind it.
  (void)handles.Receive();
  AwaitBalance(c, -1);
  c.Send(1);
  sleeper.join();
  EXPECT_THAT(log, ElementsAre("unwound", "sleeper gets 1"));
}

}  // namespace
}  // namespace microthread
