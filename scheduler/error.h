// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: error.h
//
// The errors of the scheduler and of tasklets. As everywhere in the library, an
// operation that throws one of them has changed nothing: the run queue, the
// queues of the channels and the values are as they were.
//
// `TaskletExit` is not an error: it is how a tasklet is asked to end. It does
// not derive from `std::exception`, so that a broad handler does not stop it. A
// tasklet that lets it out has ended normally, and nobody hears of it.

#ifndef MICROTHREAD_SCHEDULER_ERROR_H_
#define MICROTHREAD_SCHEDULER_ERROR_H_

#include <string>

#include "microthread/greenlet/error.h"

MICROTHREAD_NAMESPACE_BEGIN

// Thrown into a tasklet to unwind it: by `Tasklet::Kill()`, when the last
// handle to a paused tasklet is dropped, and at the end of a thread. Programs
// may throw it themselves.
struct TaskletExit {};

// The running tasklet would wait, and nobody is left who could wake it.
class DeadlockError : public Error {
 public:
  explicit DeadlockError(const std::string& text)
      : Error(absl::StatusCode::kFailedPrecondition, text) {}
};

// The operation would switch to another tasklet while a switch trap is set.
class SwitchTrapError : public Error {
 public:
  explicit SwitchTrapError(const std::string& text)
      : Error(absl::StatusCode::kFailedPrecondition, text) {}
};

// The operation would wait, and the running tasklet has its block trap set.
class BlockTrapError : public Error {
 public:
  explicit BlockTrapError(const std::string& text)
      : Error(absl::StatusCode::kFailedPrecondition, text) {}
};

// The tasklet waits on a channel; only its partner, `Kill` or `Throw` can make
// it run.
class TaskletBlockedError : public Error {
 public:
  explicit TaskletBlockedError(const std::string& text)
      : Error(absl::StatusCode::kFailedPrecondition, text) {}
};

// The operation is not defined for the running tasklet.
class CurrentTaskletError : public Error {
 public:
  explicit CurrentTaskletError(const std::string& text)
      : Error(absl::StatusCode::kFailedPrecondition, text) {}
};

// The operation is not defined for a main tasklet.
class MainTaskletError : public Error {
 public:
  explicit MainTaskletError(const std::string& text)
      : Error(absl::StatusCode::kInvalidArgument, text) {}
};

// The tasklet has ended, or was never given a function to run.
class DeadTaskletError : public Error {
 public:
  explicit DeadTaskletError(const std::string& text)
      : Error(absl::StatusCode::kFailedPrecondition, text) {}
};

// The tasklet has a function already and has not ended.
class AliveTaskletError : public Error {
 public:
  explicit AliveTaskletError(const std::string& text)
      : Error(absl::StatusCode::kFailedPrecondition, text) {}
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_ERROR_H_
