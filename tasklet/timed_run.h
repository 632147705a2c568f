// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: timed_run.h
//
// `Run()` with a limit, for programs that have something else to do besides
// their tasklets, a game that draws a frame for instance, and for tasklets that
// are not trusted to give control away. Nothing stops a tasklet at an arbitrary
// place: it is tested for the limit, and perhaps interrupted, when it calls
// `Checkpoint()`. So put that into the loops that take long.
//
// Example:
//
//   Spawn([] {
//     for (Node* node : graph) {
//       Visit(node);
//       Checkpoint();
//     }
//   });
//   for (;;) {
//     TimedRunResult result = Run({.time = std::chrono::milliseconds(5)});
//     if (result.interrupted().valid()) result.interrupted().Insert();
//     DrawFrame();
//   }
//
// There are two choices to make.
//
// What is bounded: by default each stretch that a tasklet runs without a
// switch, so that those who give control away in time are never interrupted and
// `Run()` goes on as long as they do; with `total` the whole `Run()`.
//
// What happens then: by default `Checkpoint()` interrupts its caller, which is
// paused, as the result of `Run()`; insert it to let it go on. With `soft` it
// does not: `Run()` returns at the tasklet's next switch, and all stay in the
// ring as they are. (A switch by which a channel hands control to a partner
// does not count: the partner's next one does.)

#ifndef MICROTHREAD_TASKLET_TIMED_RUN_H_
#define MICROTHREAD_TASKLET_TIMED_RUN_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/scheduler/internal/limit.h"
#include "microthread/scheduler/scheduler.h"
#include "microthread/tasklet/tasklet.h"

MICROTHREAD_NAMESPACE_BEGIN

struct RunOptions {
  // How many checkpoints may be passed; the next one finds that the limit is
  // reached.
  std::optional<int64_t> checkpoints = std::nullopt;
  // How much time may have gone by at a checkpoint, by
  // std::chrono::steady_clock. If both limits are given, the one that is
  // reached first counts. What is 0 or less is reached at the first checkpoint.
  std::optional<std::chrono::nanoseconds> time = std::nullopt;
  bool soft = false;
  bool total = false;
  // When the last tasklet that could run waits or pauses, sleep while another
  // thread may still wake one, instead of returning. (When it ends, return, as
  // Stackless does.) Also without a limit.
  bool threadblock = false;
};

// What `Run()` found when it returned.
class TimedRunResult : public RunResult {
 public:
  // The tasklet that was interrupted, paused; an empty handle if none was.
  const Tasklet& interrupted() const { return interrupted_; }

  // Whether it returned because of the limit.
  bool limit_reached() const { return limit_reached_; }

 private:
  friend TimedRunResult Run(const RunOptions& options);
  TimedRunResult(RunResult result, Tasklet interrupted, bool limit_reached)
      : RunResult(std::move(result)),
        interrupted_(std::move(interrupted)),
        limit_reached_(limit_reached) {}

  Tasklet interrupted_;
  bool limit_reached_;
};

// As `Run()`, but returns also when the limit is reached. A thread has one
// limit at a time: inside the `Run()` that has it, others run without theirs,
// and a `Run()` that an outer one makes return loses its limit there.
//
// Blocks: as `Run()`, until the limit is reached.
// Errors: as `Run()`.
TimedRunResult Run(const RunOptions& options);

// Says that the running tasklet may be interrupted here. Costs a load and a
// test where no limit is set. Not interrupted is one that is in an
// AtomicSection, under a switch trap, under an ExitShield, or whose stack is
// being unwound: the first checkpoint after that finds the limit reached.
//
// Blocks: if it interrupts, until the tasklet is inserted again.
// Errors: what is thrown into the tasklet while it is paused.
MICROTHREAD_ALWAYS_INLINE void Checkpoint() { internal::Checkpoint(); }

// While in scope, the running tasklet is not interrupted by `Checkpoint()`. It
// may switch all the same. Sections may nest.
//
//   AtomicSection atomic;
//   accounts.Withdraw(sum);   // calls Checkpoint() somewhere
//   accounts.Deposit(sum);
//
// Thread-bound; must end in the tasklet in which it began. Tasklets that are
// spawned inside do not inherit it.
class AtomicSection {
 public:
  // Blocks: never.
  AtomicSection()
      : tasklet_(Tasklet::Current()), before_(tasklet_.set_atomic(true)) {}
  AtomicSection(const AtomicSection&) = delete;
  AtomicSection& operator=(const AtomicSection&) = delete;

  // Blocks: never; it interrupts nobody, the next checkpoint may.
  ~AtomicSection() { tasklet_.set_atomic(before_); }

 private:
  Tasklet tasklet_;
  bool before_;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_TASKLET_TIMED_RUN_H_
