// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Looking at what is suspended.

#ifndef MICROTHREAD_GREENLET_INTERNAL_INSPECT_H_
#define MICROTHREAD_GREENLET_INTERNAL_INSPECT_H_

#include <cstddef>
#include <span>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/stack.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// The return addresses on the stack that `context` was suspended on, innermost
// first; returns how many were written.
size_t BacktraceOf(const Context& context, std::span<void*> addresses);

// How many bytes of the stack, in whole pages, have ever been touched.
size_t HighWater(const Stack& stack);

// The context values of a greenlet, made if there are none yet. Throws if the
// handle is empty, or if it runs on another thread.
ContextMap& ContextOf(GreenletRecord* greenlet);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_INSPECT_H_
