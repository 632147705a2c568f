// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/scheduler/internal/limit.h"

#include <chrono>

#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

using Clock = std::chrono::steady_clock;

void Restart(Limit& limit) {
  limit.passed = 0;
  if (limit.time.has_value()) limit.begin = Clock::now();
}

// Counts a checkpoint. Once it has returned true it does so until the limit is
// restarted.
bool IsReached(Limit& limit) {
  if (limit.checkpoints.has_value()) {
    if (limit.passed >= *limit.checkpoints) return true;
    ++limit.passed;
  }
  return limit.time.has_value() && Clock::now() - limit.begin >= *limit.time;
}

bool MayBeInterrupted(Thread& thread, const Item& me) {
  return (me.flags & kItemAtomic) == 0 && thread.scheduler->switch_trap == 0 &&
         !RunningCodeIsShielded(thread);
}

}  // namespace

void ArmLimit(Thread& thread, Limit& limit, Item& watcher) {
  limit.watcher = &watcher;
  Restart(limit);
  thread.limit = &limit;
  if (!limit.total) thread.RequestAttention(kAttentionLimit);
}

void DisarmLimit(Thread& thread, const Item& watcher) {
  if (thread.limit == nullptr || thread.limit->watcher != &watcher) return;
  thread.limit = nullptr;
  thread.ClearAttention(kAttentionLimit);
}

Item& InterruptSoftly(Thread& thread, Item& next) {
  Limit* limit = thread.limit;
  if (limit == nullptr || !limit->soft_pending ||
      thread.scheduler->switch_trap != 0) {
    return next;
  }
  limit->soft_pending = false;
  limit->reached = true;
  Item& watcher = *limit->watcher;
  if (&watcher == &next) return next;
  // Just before `next`, whoever is the ring's head: it may have left the ring.
  if (watcher.linked()) {
    Unlink(watcher);
  } else {
    watcher.AddReference(thread.token);
    ++thread.scheduler->linked;
  }
  LinkBefore(watcher, next);
  // What `next` would have released on landing, the watcher must.
  watcher.flags |= next.flags & kItemReleaseWaiting;
  next.flags &= ~kItemReleaseWaiting;
  return watcher;
}

void RestartSlice(Thread& thread) {
  if (thread.limit != nullptr && !thread.limit->total) Restart(*thread.limit);
}

MICROTHREAD_COLD void CheckpointByTheBook(Thread& thread) {
  Limit& limit = *thread.limit;
  if (!IsReached(limit)) return;
  if (limit.soft) {
    limit.soft_pending = true;
    thread.RequestAttention(kAttentionLimit);
    return;
  }
  Item& me = CurrentItem(thread);
  if (&me == limit.watcher || !MayBeInterrupted(thread, me)) return;
  limit.reached = true;
  limit.victim = Ref<Item>(&me);
  Item& watcher = *limit.watcher;
  MakeRunnable(thread, watcher);
  GiveControl<Path::kBook>(thread, me, watcher);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
