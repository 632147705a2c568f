// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: random_program.h
//
// Small random programs that use every operation of the scheduler. The test of
// random programs runs each of them twice: on the library, and on the model in
// ring_model.h.

#ifndef MICROTHREAD_TESTS_SCHEDULER_RANDOM_PROGRAM_H_
#define MICROTHREAD_TESTS_SCHEDULER_RANDOM_PROGRAM_H_

#include <cstdint>
#include <string>
#include <vector>

namespace microthread {

enum class Code {
  // On the body with number `target`.
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
  kStates,
  // On the channel with number `target`.
  kSend,
  kReceive,
  kSendException,
  kClose,
  kOpen,
  kFinish,
  kPreference,
  kScheduleAll,
  kQueue,
  // On the running tasklet.
  kSchedule,
  kScheduleRemove,
  kRun,
  kRing,
  kBlockTrap,
  kSwitchTrap,
  kExit,  // throws TaskletExit
  kFail,  // throws an error out of the body
};

struct Operation {
  Code code;
  int target = 0;
  int value = 0;
};

// `send 1 7`.
std::string Describe(const Operation& operation);

// What one tasklet does. Number 0 is the main tasklet.
struct Body {
  bool stubborn = false;  // lives on when it is killed
  std::vector<Operation> operations;
};

struct Program {
  int channels = 0;
  std::vector<Body> bodies;
};

// The same program for the same seed, everywhere.
Program RandomProgram(uint32_t seed);

// For people: what each body does.
std::string Describe(const Program& program);

// `main`, `A`, `B`, ...
std::string BodyName(int number);

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_SCHEDULER_RANDOM_PROGRAM_H_
