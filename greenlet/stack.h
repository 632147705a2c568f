// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: stack.h
//
// Stacks have a fixed size, 64 KiB unless the options of a greenlet or tasklet
// say otherwise; memory is committed page by page as it is used. Below each
// stack lies a guard (16 KiB) on which an overflow faults instead of corrupting
// its neighbor. A function whose frame is larger than the guard can step over
// it: compile with -fstack-clash-protection, which makes such frames touch
// every page on their way.
//
// What has ended leaves its stack to those that come next on the same thread,
// which take the one that was used last, as it is still in the caches. The
// memory of free stacks goes back to the system as follows:
//
//   * Now and then, when a stack becomes free, the thread looks after the
//     other free ones: of those that were used since the last time it keeps
//     the uppermost page of each (4 KiB), of those that were not it keeps
//     nothing, but for 64 of each size.
//   * That happens at every 1,024th stack at most, not within 50 milliseconds,
//     with 512 stacks of each size at a time. So it takes a millisecond or so,
//     and no more than 2% of the thread's time; what a peak of a million
//     tasklets has left is given back in minutes.
//   * ReleaseFreeStacks() gives everything back at once. So does the end of a
//     thread.
//
// Nothing happens by itself on a thread on which no stack becomes free. Stacks
// in use keep what they have.
//
// Code that recurses on its input can ask how far it may still go:
//
//   void Parse(Input& in) {
//     if (StackRemaining() < 8192) throw TooDeep();
//     ...
//   }

#ifndef MICROTHREAD_GREENLET_STACK_H_
#define MICROTHREAD_GREENLET_STACK_H_

#include <cstddef>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

// How many bytes are left on the running stack, from the caller's frame to the
// guard. On a thread's own stack: to the limit that the system set for it.
//
// Blocks: never.
size_t StackRemaining() noexcept;

// The size of the running stack in bytes.
//
// Blocks: never.
size_t StackSize() noexcept;

// Gives the memory of this thread's free stacks back to the system: after a
// peak, or before a long wait. What starts next pays for fresh memory: 2 to 3
// microseconds for each stack.
//
//   Run();                // a million tasklets
//   ReleaseFreeStacks();  // 4 GB
//
// Blocks: never; but a million stacks take a second.
void ReleaseFreeStacks() noexcept;

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_STACK_H_
