// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the threads of channel_stress_test do and share, and what they send.

#ifndef MICROTHREAD_TESTS_STRESS_CHANNEL_STRESS_H_
#define MICROTHREAD_TESTS_STRESS_CHANNEL_STRESS_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "microthread/microthread.h"
#include "tests/stress/stress.h"

namespace microthread_test {

using microthread::Channel;
using microthread::Tasklet;

enum ChannelKind : size_t {
  kSpawn,
  kSchedule,
  kPause,
  kSend,
  kReceive,
  kSendError,
  kLoop,
  kRun,
  kSwitch,
  kInsert,
  kRemove,
  kThrow,
  kKill,
  kPending,
  kJoin,
  kFinish,
  kClose,
  kPreference,
  kTraps,
  kDrop,
  kTrade,
  kDeadlock,
  kClosed,
  kEnd,
  kBlocked,
  kDead,
  kCurrent,
  kMain,
  kSwitchTrap,
  kBlockTrap,
  kEmpty,
  kWrongThread,
  kNoStack,
  kBoom,
  kExit,
};

inline const std::vector<Kind> kKinds = {
    {"spawn", 14},
    {"schedule", 8},
    {"pause", 4},
    {"send", 14},
    {"receive", 14},
    {"send an exception", 3},
    {"loop over a channel", 3},
    {"run all, or a tasklet", 3},
    {"switch to a tasklet", 3},
    {"insert", 5},
    {"remove", 3},
    {"throw", 3},
    {"kill", 3},
    {"throw or kill later", 3},
    {"join", 5},
    {"finish and replace a channel", 3},
    {"close or open", 3},
    {"set a preference", 3},
    {"wait or switch under a trap", 5},
    {"drop", 3},
    {"trade handles with another thread", 3},
    {"DeadlockError", 0},
    {"ChannelClosedError", 0},
    {"EndOfChannel", 0},
    {"TaskletBlockedError", 0},
    {"DeadTaskletError", 0},
    {"CurrentTaskletError", 0},
    {"MainTaskletError", 0},
    {"SwitchTrapError", 0},
    {"BlockTrapError", 0},
    {"EmptyHandleError", 0},
    {"WrongThreadError", 0},
    {"ResourceExhaustedError", 0},
    {"an exception of the program", 0},
    {"TaskletExit", 0},
};

struct Boom {};

// What is sent; counted, so that none gets lost or is there twice.
class Token {
 public:
  Token() { ++live; }
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  ~Token() { --live; }

  static inline std::atomic<int> live{0};
};
using Value = std::unique_ptr<Token>;

// Handles to tasklets of all threads.
class Market {
 public:
  Market() : handles_(32) {}

  // Leaves one and takes another.
  Tasklet Trade(size_t place, Tasklet mine) {
    std::lock_guard lock(mutex_);
    return std::exchange(handles_[place % handles_.size()], std::move(mine));
  }

 private:
  std::mutex mutex_;
  std::vector<Tasklet> handles_;
};

// What belongs to the test's own thread: others must not use it.
struct Foreign {
  Tasklet tasklet;
  Channel<Value> channel;
};

// Lists the running tasklet while it has another one's handle on its stack.
class Engaged {
 public:
  explicit Engaged(std::vector<Tasklet>& list) : list_(list) {
    list_.push_back(me_);
  }
  Engaged(const Engaged&) = delete;
  Engaged& operator=(const Engaged&) = delete;
  ~Engaged() { list_.erase(std::find(list_.begin(), list_.end(), me_)); }

 private:
  std::vector<Tasklet>& list_;
  const Tasklet me_ = Tasklet::Current();
};

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_STRESS_CHANNEL_STRESS_H_
