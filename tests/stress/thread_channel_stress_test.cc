// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Millions of meetings on channels that several threads share, while tasklets
// are killed and thrown into from their own thread and from others, and
// channels are finished. Every value is different: each is received once, or
// its one destructor shows that an exception came in between. Which thread
// comes when is up to the system, so a seed repeats the choices, not the run.

#include <atomic>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "microthread/greenlet/testing.h"
#include "microthread/microthread.h"
#include "tests/stress/ledger.h"
#include "tests/stress/stress.h"

namespace microthread_test {
namespace {

using microthread::Channel;
using microthread::Spawn;
using microthread::Tasklet;
using microthread::TaskletExit;

constexpr int64_t kMeetings =
    MICROTHREAD_TSAN || MICROTHREAD_ASAN ? 1'000'000 : 10'000'000;
constexpr int kRounds = 14;  // with 2, 3, ... 8, 2, 3, ... 8 threads
constexpr int kFewestThreads = 2;
constexpr int kMostThreads = 8;
constexpr int kWorkers = 12;  // tasklets of each thread
constexpr int kLasting = 5;   // channels that live as long as the round
constexpr int kPassing = 2;   // those that are finished and replaced

struct Boom {};  // thrown into tasklets
struct Sent {};  // sent as an exception

enum Event : size_t {
  kSend,
  kReceive,
  kSendError,
  kGotError,
  kKill,
  kThrow,
  kKillLater,
  kFinish,
  kSchedule,
  kExit,
  kBoom,
  kDeadlock,
  kClosed,
  kEnd,
  kDead,
  kWrongThread,
  kInterrupted,  // calls of Receive()
  kEvents,
};
constexpr const char* kNames[kEvents] = {
    "values sent",
    "values received",
    "exceptions sent",
    "exceptions received",
    "kills",
    "throws",
    "kills that wait",
    "channels finished",
    "turns of the ring",
    "TaskletExit caught",
    "thrown errors caught",
    "DeadlockError",
    "ChannelClosedError",
    "EndOfChannel",
    "DeadTaskletError",
    "WrongThreadError",
    "receivers interrupted",
};

using Counts = std::vector<int64_t>;

// What the threads of one round share.
class Arena {
 public:
  Arena(uint64_t seed, int threads, int64_t meetings)
      : seed_(seed),
        threads_(threads),
        // Who has begun when the last meeting is counted goes on with his own.
        ledger_(meetings + threads * (kWorkers + 1)),
        remaining_(meetings),
        lasting_(kLasting),
        passing_(kPassing) {}

  void Run(Counts& totals) {
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_; ++i) {
      threads.emplace_back([this, i, &totals] { RunThread(i, totals); });
    }
    // If all others wait for each other, they shall hear it.
    const microthread::Absence absence;
    for (std::thread& thread : threads) thread.join();
    handles_.clear();
  }

  void Check(int64_t interrupted) const { ledger_.Check(interrupted); }

 private:
  friend class Thread;

  void RunThread(int index, Counts& totals);

  // False if there were enough.
  bool CountMeeting() {
    return remaining_.fetch_sub(1, std::memory_order_relaxed) > 0;
  }

  const uint64_t seed_;
  const int threads_;
  Ledger ledger_;
  std::atomic<int64_t> remaining_;
  const std::vector<Channel<Value>> lasting_;

  std::mutex mutex_;  // for what follows; never held across a switch
  std::vector<Channel<Value>> passing_;
  std::vector<Tasklet> handles_;  // to the workers of all threads
};

// What one thread does.
class Thread {
 public:
  Thread(Arena& arena, int index)
      : arena_(arena),
        dice_(arena.seed_ * 100 + static_cast<uint64_t>(index)) {}

  void Run() {
    std::vector<Tasklet> workers;
    for (int i = 0; i < kWorkers; ++i) {
      workers.push_back(Spawn([this] { Work(); }));
    }
    {
      std::lock_guard lock(arena_.mutex_);
      arena_.handles_.insert(arena_.handles_.end(), workers.begin(),
                             workers.end());
    }
    for (const Tasklet& worker : workers) {
      while (!Try([&] { worker.Join(); })) Help(workers);
    }
  }

  const Counts& counts() const { return counts_; }

 private:
  // The body of all workers: they are never ended by what is thrown into them,
  // unless it comes before they begin.
  void Work() {
    while (arena_.remaining_.load(std::memory_order_relaxed) > 0) {
      Try([this] { Step(); });
    }
    for (const Channel<Value>& channel : arena_.lasting_) Drain(channel);
    for (int i = 0; i < kPassing; ++i) Drain(Passing(i));
  }

  // Whether `function` returned.
  template <class F>
  bool Try(F function) {
    try {
      function();
      return true;
    } catch (const TaskletExit&) {
      ++counts_[kExit];
    } catch (const Boom&) {
      ++counts_[kBoom];
    } catch (const Sent&) {
      ++counts_[kGotError];
    } catch (const microthread::DeadlockError&) {
      ++counts_[kDeadlock];
    } catch (const microthread::ChannelClosedError&) {
      ++counts_[kClosed];
    } catch (const microthread::EndOfChannel&) {
      ++counts_[kEnd];
    } catch (const microthread::DeadTaskletError&) {
      ++counts_[kDead];
    } catch (const microthread::WrongThreadError&) {
      ++counts_[kWrongThread];
    }
    return false;
  }

  // The main tasklet heard that nobody goes on.
  static void Help(const std::vector<Tasklet>& workers) {
    for (const Tasklet& worker : workers) {
      if (worker.blocked()) return worker.KillPending();
    }
  }

  void Step() {
    const size_t choice = dice_.Below(1000);
    if (choice < 940) return Meet();
    if (choice < 960) return SendError();
    if (choice < 970) return ThrowInto(kKill);
    if (choice < 980) return ThrowInto(kThrow);
    if (choice < 985) return ThrowInto(kKillLater);
    if (choice < 990) return Finish();
    ++counts_[kSchedule];
    microthread::Schedule();
  }

  void Meet() {
    const Channel<Value> channel = SomeChannel();
    const int64_t balance = channel.balance();
    // Mostly what completes a meeting; otherwise soon everybody waits.
    const int chance_to_send = balance < 0 ? 70 : balance > 0 ? 30 : 50;
    if (!arena_.CountMeeting()) return;
    if (dice_.Percent(chance_to_send)) {
      Send(channel);
    } else {
      Receive(channel);
    }
  }

  void Send(const Channel<Value>& channel) {
    Value value(arena_.ledger_);
    const int64_t number = value.number();
    try {
      channel.Send(std::move(value));
    } catch (const microthread::Error&) {
      arena_.ledger_.Note(number, kRefused);
      throw;
    }
    arena_.ledger_.Note(number, kSent);
    ++counts_[kSend];
  }

  void Receive(const Channel<Value>& channel) {
    try {
      channel.Receive().Receive();
    } catch (...) {
      ++counts_[kInterrupted];
      throw;
    }
    ++counts_[kReceive];
  }

  void SendError() {
    if (!arena_.CountMeeting()) return;
    SomeChannel().SendException(std::make_exception_ptr(Sent()));
    ++counts_[kSendError];
  }

  void ThrowInto(Event how) {
    Tasklet target;
    {
      std::lock_guard lock(arena_.mutex_);
      if (arena_.handles_.empty()) return;
      target = arena_.handles_[dice_.Below(arena_.handles_.size())];
    }
    ++counts_[how];
    if (how == kKill) return target.Kill();
    if (how == kThrow) return target.Raise<Boom>();
    target.KillPending();
  }

  void Finish() {
    Channel<Value> old;
    {
      std::lock_guard lock(arena_.mutex_);
      old = std::exchange(arena_.passing_[dice_.Below(kPassing)], old);
    }
    ++counts_[kFinish];
    Drain(old);
  }

  // Those who wait to receive are told; those who wait to send are served.
  void Drain(const Channel<Value>& channel) {
    channel.Finish();
    bool more = true;
    while (more) {
      Try([&] {
        try {
          Receive(channel);
        } catch (const microthread::EndOfChannel&) {
          more = false;
          throw;
        }
      });
    }
  }

  Channel<Value> SomeChannel() {
    const size_t choice = dice_.Below(kLasting * 10 + kPassing);
    if (choice < kLasting * 10) return arena_.lasting_[choice / 10];
    return Passing(choice % kPassing);
  }

  Channel<Value> Passing(size_t place) {
    std::lock_guard lock(arena_.mutex_);
    return arena_.passing_[place];
  }

  Arena& arena_;
  Dice dice_;
  Counts counts_ = Counts(kEvents);
};

void Arena::RunThread(int index, Counts& totals) {
  Thread thread(*this, index);
  thread.Run();
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < kEvents; ++i) totals[i] += thread.counts()[i];
}

TEST(ThreadChannelStressTest, NoValueIsLostOrReceivedTwice) {
  const uint64_t seed = Seed();
  const microthread::testing::LiveObjects before =
      microthread::testing::CountLiveObjects();
  Counts totals(kEvents);
  for (int round = 0; round < kRounds; ++round) {
    const int threads =
        kFewestThreads + round % (kMostThreads - kFewestThreads + 1);
    Arena arena(seed + static_cast<uint64_t>(round), threads,
                kMeetings / kRounds + 1);
    const int64_t interrupted = totals[kInterrupted];
    arena.Run(totals);
    arena.Check(totals[kInterrupted] - interrupted);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  microthread::Schedule();  // settles what other threads have dropped
  for (size_t i = 0; i < kEvents; ++i) {
    std::cout << std::setw(10) << totals[i] << "  " << kNames[i] << "\n";
  }
  EXPECT_LE(totals[kGotError], totals[kSendError] + totals[kExit]);
  EXPECT_GE(totals[kGotError] + totals[kInterrupted], totals[kSendError]);
  EXPECT_EQ(microthread::testing::CountLiveObjects(), before);
}

}  // namespace
}  // namespace microthread_test
