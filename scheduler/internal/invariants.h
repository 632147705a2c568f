// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What has to be true of a scheduler's lists whenever code of the program runs,
// and just before control moves. In builds with MICROTHREAD_CHECK_INVARIANTS=1
// they are tested at every operation; in others nobody calls this.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_INVARIANTS_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_INVARIANTS_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Aborts, and says why, if the lists of the thread contradict each other.
// `Thread::current` must be a member of the ring.
void CheckInvariantsOf(Thread& thread);

// The same at an operation, if the build asks for it. With many tasklets, whose
// lists take long to walk, not at each one.
inline void CheckInvariants([[maybe_unused]] Thread& thread) {
#if MICROTHREAD_CHECK_INVARIANTS
  Scheduler& scheduler = *thread.scheduler;
  if (++scheduler.unchecked <= scheduler.linked / 128) return;
  scheduler.unchecked = 0;
  CheckInvariantsOf(thread);
#endif
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_INVARIANTS_H_
