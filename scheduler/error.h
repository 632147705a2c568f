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

#include "microthread/greenlet/error.h"

MICROTHREAD_NAMESPACE_BEGIN

// Thrown into a tasklet to unwind it: by `Tasklet::Kill()`, when the last
// handle to a paused tasklet is dropped, and at the end of a thread. Programs
// may throw it themselves.
struct TaskletExit {};

// The running tasklet would wait, and nobody is left who could wake it.
class DeadlockError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The operation would switch to another tasklet while a switch trap is set.
class SwitchTrapError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The operation would wait, and the running tasklet has its block trap set.
class BlockTrapError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The tasklet waits on a channel; only its partner, `Kill` or `Throw` can make
// it run.
class TaskletBlockedError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The operation is not defined for the running tasklet.
class CurrentTaskletError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The operation is not defined for a main tasklet.
class MainTaskletError : public internal::InvalidArgument {
  using CodedError::CodedError;
};

// The tasklet has ended, or was never given a function to run.
class DeadTaskletError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The tasklet has a function already and has not ended.
class AliveTaskletError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_ERROR_H_
