// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/inspect.h"

#include <sys/mman.h>
#include <unwind.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/stack_pool.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/throw.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

struct Walk {
  std::span<void*> addresses;
  size_t count = 0;
  // The first frames belong to the walk itself.
  uintptr_t first;
  bool inside = false;
};

_Unwind_Reason_Code Visit(_Unwind_Context* frame, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  const uintptr_t address = _Unwind_GetIP(frame);
  if (address == walk.first) walk.inside = true;
  if (!walk.inside || address == 0) return _URC_NO_REASON;
  if (walk.count == walk.addresses.size()) return _URC_END_OF_STACK;
  walk.addresses[walk.count++] = reinterpret_cast<void*>(address);
  return _URC_NO_REASON;
}

void WalkFrames(void* argument) { _Unwind_Backtrace(&Visit, argument); }

}  // namespace

size_t BacktraceOf(const Context& context, std::span<void*> addresses) {
  Walk walk{.addresses = addresses,
            .first = reinterpret_cast<uintptr_t>(context.resume_at)};
  microthread_call_above(&context, &WalkFrames, &walk);
  return walk.count;
}

size_t HighWater(const Stack& stack) {
  // A page has been touched if it is in memory (or was: swapped pages are not
  // counted, nor are they usual).
  const int saved_errno = errno;
  unsigned char resident[64];
  const size_t page_size = PageSize();
  const size_t step = sizeof(resident) * page_size;
  size_t untouched = 0;
  for (size_t offset = 0; offset < stack.size(); offset += step) {
    const size_t length = std::min(stack.size() - offset, step);
    if (mincore(stack.limit + offset, length, resident) != 0) break;
    const size_t pages = (length + page_size - 1) / page_size;
    const auto* found =
        std::find_if(resident, resident + pages,
                     [](unsigned char page) { return (page & 1) != 0; });
    untouched += static_cast<size_t>(found - resident) * page_size;
    if (found != resident + pages) break;
  }
  errno = saved_errno;
  return stack.size() - std::min(untouched, stack.size());
}

ContextMap& ContextOf(GreenletRecord* greenlet) {
  if (greenlet == nullptr) {
    Throw(EmptyHandleError(
        "context of an empty handle: there is no greenlet behind it"));
  }
  if (greenlet->state == GreenletState::kRunning &&
      greenlet->thread != &CurrentThread()) {
    Throw(WrongThreadError(DescribeGreenlet(*greenlet) +
                           " runs on another thread: its context can be "
                           "reached when it does not"));
  }
  if (!greenlet->values) greenlet->values.emplace();
  return *greenlet->values;
}

}  // namespace internal

ContextMap CurrentContext() {
  return internal::ContextOf(
      &internal::CurrentGreenlet(internal::CurrentThread()));
}

MICROTHREAD_NAMESPACE_END
