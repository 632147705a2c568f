// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/tracing.h"

#include <exception>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/throw.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

std::exception_ptr Trace(Thread& thread, bool thrown, GreenletRecord& from,
                         GreenletRecord& to) {
  TracerState* state = thread.tracer;
  if (state == nullptr) return nullptr;
  // A copy, for it may be replaced while it runs.
  auto call = state->call;
  state->running = true;
  std::exception_ptr error;
#if MICROTHREAD_EXCEPTIONS
  try {
    call(thrown, from, to);
  } catch (...) {
    error = std::current_exception();
  }
#else
  call(thrown, from, to);
#endif
  if (thread.tracer == nullptr) return error;
  thread.tracer->running = false;
  if (error != nullptr) {
    delete std::exchange(thread.tracer, nullptr);
    thread.ClearAttention(kAttentionTracer);
  }
  return error;
}

void RequireNoTracerRunning(Thread& thread) {
  if (!IsTracerRunning(thread)) return;
  Throw(TracerError(
      "a tracer called an operation that switches, in " +
      DescribeStrand(*thread.current) +
      ": a tracer may only look; let it note what is to be done later"));
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
