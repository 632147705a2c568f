// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The limit of a `Run()`: how it is counted, and how it interrupts.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_LIMIT_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_LIMIT_H_

#include <chrono>
#include <cstdint>
#include <optional>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/item.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Lies in the frame of the `Run()` that it bounds; `Thread::limit` points to
// the one that is armed.
struct Limit {
  std::optional<int64_t> checkpoints;
  std::optional<std::chrono::nanoseconds> time;
  bool soft = false;
  bool total = false;

  Item* watcher = nullptr;  // who is in the `Run()`
  int64_t passed = 0;
  std::chrono::steady_clock::time_point begin;
  bool soft_pending = false;  // to interrupt at the next switch
  bool reached = false;       // it has interrupted
  Ref<Item> victim;           // whom

  bool is_set() const { return checkpoints.has_value() || time.has_value(); }
};

// Makes `limit` the thread's, for the `Run()` of `watcher`. There must be none.
void ArmLimit(Thread& thread, Limit& limit, Item& watcher);

// If the thread has a limit, and it bounds the `Run()` of `watcher`, it has
// none any more.
void DisarmLimit(Thread& thread, const Item& watcher);

// Before control moves to `next`: returns who gets it instead, because a soft
// limit has been reached, or `next`.
Item& InterruptSoftly(Thread& thread, Item& next);

// Control moves to another item: its time begins.
void RestartSlice(Thread& thread);

MICROTHREAD_COLD void CheckpointByTheBook(Thread& thread);

MICROTHREAD_ALWAYS_INLINE void Checkpoint() {
  Thread* thread = current_thread;
  if (thread != nullptr && thread->limit != nullptr) [[unlikely]] {
    CheckpointByTheBook(*thread);
  }
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_LIMIT_H_
