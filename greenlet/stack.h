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

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_STACK_H_
