// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: scheduler.h
//
// Each OS thread has a scheduler, made when it is first used. Its heart is the
// *ring*: the circular queue of all tasklets that can run, with the running one
// as its head. The thread's own code is a member too, the *main tasklet*. A
// tasklet runs until it gives control away, by `Schedule()`, by waiting on a
// channel, or by ending; then the next in the ring runs. Nothing preempts it.
//
// Example:
//
//   int main() {
//     for (int id : {1, 2}) {
//       Spawn([id] {
//         std::cout << id << " begins\n";
//         Schedule();
//         std::cout << id << " ends\n";
//       });
//     }
//     Run();  // 1 begins, 2 begins, 1 ends, 2 ends
//   }
//
// "End of the ring" means the place before the running tasklet: whoever is put
// there runs after everybody else who can run now. New and awakened tasklets
// are put there.
//
// All functions act on the scheduler of the calling thread. The order of events
// is that of Stackless Python.

#ifndef MICROTHREAD_SCHEDULER_SCHEDULER_H_
#define MICROTHREAD_SCHEDULER_SCHEDULER_H_

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "microthread/greenlet/config.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/dispatch_inl.h"

MICROTHREAD_NAMESPACE_BEGIN

class RunResult;

namespace internal {

// `Run()` with a limit, which may be null.
RunResult RunItems(Limit* limit, bool blocks_thread);

}  // namespace internal

// What `Run()` found when it returned.
class RunResult {
 public:
  // How many tasklets of this thread are blocked on a channel. Not 0 at the end
  // of a program: unless another thread comes, they wait for something that
  // will never come.
  size_t blocked() const { return blocked_; }

  // A line for each blocked tasklet, in the order in which they were made:
  // `tasklet "reader" is receiving on channel "lines"`. Made when it is asked
  // for, so it shows who is blocked now.
  std::vector<std::string> DescribeBlocked() const;

 private:
  friend RunResult internal::RunItems(internal::Limit* limit,
                                      bool blocks_thread);
  explicit RunResult(size_t blocked) : blocked_(blocked) {}
  size_t blocked_;
};

// Runs the tasklets of this thread until none can run; the caller pauses
// meanwhile. Nested calls are legal: the inner one drains the whole ring.
// Returns at once if nothing else can run. That it returns means "nobody can
// run", not "all have ended": see RunResult.
//
// Blocks: until the ring is empty, or until somebody makes the caller run.
// Errors: an exception that a tasklet did not catch comes out of the innermost
//   `Run()`; the other tasklets stay in the ring, and a further `Run()` goes on
//   with them. SwitchTrapError.
RunResult Run();

// Lets the others run: the caller goes to the end of the ring.
//
// Blocks: always switches, unless the caller is alone in the ring.
// Errors: what is thrown into the caller; SwitchTrapError.
MICROTHREAD_ALWAYS_INLINE void Schedule() { internal::Schedule(); }

// Pauses the caller: takes it out of the ring, until somebody inserts it again.
// The main tasklet goes on by itself when nobody else can run.
//
// Blocks: always switches, unless the caller is the main tasklet (or the
//   innermost in `Run()`) and alone in the ring.
// Errors: what is thrown into the caller; DeadlockError if it is alone in the
//   ring and the main tasklet is blocked; SwitchTrapError.
void ScheduleRemove();

// How many tasklets are in the ring, the running one included. Counts them: the
// time is proportional to their number.
//
// Blocks: never.
size_t RunCount();

// Adds `delta` to the thread's switch trap and returns its former level. While
// the level is not 0, every operation that would switch to another tasklet
// throws SwitchTrapError instead: it proves that a piece of code does not
// switch.
//
// Blocks: never.
int SwitchTrap(int delta);

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_SCHEDULER_H_
