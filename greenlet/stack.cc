// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/stack.h"

#include <cstddef>

#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN

size_t StackRemaining() noexcept {
  const internal::Stack* stack =
      internal::StackInUse(*internal::CurrentThread().current);
  // The frame, not a local: under ASan locals may lie on the heap.
  auto* here = static_cast<char*>(__builtin_frame_address(0));
  return here > stack->limit ? static_cast<size_t>(here - stack->limit) : 0;
}

size_t StackSize() noexcept {
  return internal::StackInUse(*internal::CurrentThread().current)->size();
}

void ReleaseFreeStacks() noexcept {
  internal::CurrentThread().stacks.ReleaseAll();
}

MICROTHREAD_NAMESPACE_END
