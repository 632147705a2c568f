// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/tracer.h"

#include <memory>
#include <utility>

#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/tracing.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace {

// The user's function inside the state's, so that it can be given back.
struct Caller {
  Tracer tracer;
  void operator()(bool thrown, internal::GreenletRecord& from,
                  internal::GreenletRecord& to) const {
    tracer(thrown ? TraceEvent::kThrow : TraceEvent::kSwitch,
           internal::GreenletAccess::Make<Greenlet>(&from),
           internal::GreenletAccess::Make<Greenlet>(&to));
  }
};

}  // namespace

Tracer GetTracer() {
  const internal::TracerState* state = internal::CurrentThread().tracer;
  if (state == nullptr) return nullptr;
  return state->call.target<Caller>()->tracer;
}

Tracer SetTracer(Tracer tracer) {
  internal::Thread& thread = internal::CurrentThread();
  Tracer before = GetTracer();
  std::unique_ptr<internal::TracerState> old(
      std::exchange(thread.tracer, nullptr));
  if (tracer == nullptr) {
    thread.ClearAttention(internal::kAttentionTracer);
    return before;
  }
  // A tracer that replaces itself is still running.
  thread.tracer =
      new internal::TracerState{.call = Caller{std::move(tracer)},
                                .running = old != nullptr && old->running};
  thread.RequestAttention(internal::kAttentionTracer);
  return before;
}

MICROTHREAD_NAMESPACE_END
