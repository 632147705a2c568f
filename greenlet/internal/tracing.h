// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// How the switches of a thread with a tracer tell it.

#ifndef MICROTHREAD_GREENLET_INTERNAL_TRACING_H_
#define MICROTHREAD_GREENLET_INTERNAL_TRACING_H_

#include <exception>
#include <functional>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct TracerState {
  std::function<void(bool thrown, GreenletRecord& from, GreenletRecord& to)>
      call;
  bool running = false;
};

// Tells the thread's tracer, if there is one. Returns what the tracer threw; it
// is no tracer any more then.
std::exception_ptr Trace(Thread& thread, bool thrown, GreenletRecord& from,
                         GreenletRecord& to);

inline bool IsTracerRunning(const Thread& thread) {
  return thread.tracer != nullptr && thread.tracer->running;
}

// Throws TracerError if the running code is a tracer.
void RequireNoTracerRunning(Thread& thread);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_TRACING_H_
