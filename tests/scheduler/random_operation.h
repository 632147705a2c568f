// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: random_operation.h
//
// Every operation that a tasklet can perform on the scheduler, on tasklets and
// on channels, drawn at random.

#ifndef MICROTHREAD_TESTS_SCHEDULER_RANDOM_OPERATION_H_
#define MICROTHREAD_TESTS_SCHEDULER_RANDOM_OPERATION_H_

#include <cstdint>
#include <random>
#include <string>

namespace microthread {

enum class Code {
  // On the tasklet with number `target`.
  kSpawn,
  kNew,
  kInsert,
  kRemove,
  kGoto,  // Tasklet::Run()
  kSwitch,
  kKill,
  kKillPending,
  kRaise,
  kThrowPending,
  kJoin,
  // On the channel with number `target`.
  kSend,
  kReceive,
  kSendException,
  kClose,
  kOpen,
  kFinish,
  kRenew,  // put a new channel in its place, if nobody waits
  kPreference,
  kScheduleAll,
  // On the running tasklet.
  kSchedule,
  kScheduleRemove,
  kRun,
  kBlockTrap,
  kSwitchTrap,
  kReturn,
  kExit,  // throws TaskletExit
  kFail,  // throws an error that nobody catches
};

struct Operation {
  Code code;
  int target = 0;
  int value = 0;
};

// `send 1 7`.
std::string Describe(const Operation& operation);

// The same choices for the same seed, everywhere.
class OperationDice {
 public:
  explicit OperationDice(uint64_t seed) : random_(seed) {}

  int Between(int low, int high);

  // The targets are in [0, tasklets) and in [0, channels).
  Operation Draw(int tasklets, int channels);

 private:
  std::mt19937_64 random_;
};

// Number 0 is `main`, then come `A`, `B`, ...
std::string BodyName(int number);

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_SCHEDULER_RANDOM_OPERATION_H_
