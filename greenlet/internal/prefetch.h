// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Fetching memory ahead of its use.

#ifndef MICROTHREAD_GREENLET_INTERNAL_PREFETCH_H_
#define MICROTHREAD_GREENLET_INTERNAL_PREFETCH_H_

#include <cstdint>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Asks for the cache line `offset` bytes behind `address`, which need not
// exist: it may be null. (So this is not the arithmetic of pointers.)
MICROTHREAD_ALWAYS_INLINE void Prefetch(const void* address,
                                        intptr_t offset = 0) {
  const auto* const line = reinterpret_cast<const char*>(
      reinterpret_cast<uintptr_t>(address) + static_cast<uintptr_t>(offset));
#if !MICROTHREAD_SANITIZER
  // Without an effect that it knows of, gcc would drop the whole call.
  asm volatile("" : : "m"(*line));
#endif
  __builtin_prefetch(line, 1);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_PREFETCH_H_
