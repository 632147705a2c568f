// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What a thread does when none of its items can run: it sleeps until another
// thread wakes one; or it learns that none ever will.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_IDLE_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_IDLE_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/item.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// The ring is empty: waits until it is not, and returns its first member. Null:
// this is the last thread of the census that was awake, so nobody can come.
Item* WaitForWork(Thread& thread);

// From now on the end of a thread counts in the census.
void WatchThreadEnds();

// Whether a thread that is awake could wake an item of this one.
bool HelpMayCome(Thread& thread);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_IDLE_H_
