// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/record_memory.h"

#include <cstddef>
#include <new>

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr std::align_val_t kAlignment{kCacheLine};
[[maybe_unused]] constexpr size_t kChunkBytes = 64 * 1024;

}  // namespace

MICROTHREAD_COLD void* AllocateRecordSlow([[maybe_unused]] Thread& thread,
                                          size_t lines) {
  const size_t size = lines * kCacheLine;
#if MICROTHREAD_SANITIZER
  return ::operator new(size, kAlignment);
#else
  // Never given back: a program that needed so many once will do so again.
  auto* chunk = static_cast<char*>(::operator new(kChunkBytes, kAlignment));
  FreeRecord* list = nullptr;
  for (size_t used = kChunkBytes / size; used-- > 1;) {
    auto* record = reinterpret_cast<FreeRecord*>(chunk + used * size);
    record->next = list;
    list = record;
  }
  thread.free_records[lines] = list;
  return chunk;
#endif
}

MICROTHREAD_COLD void FreeRecordSlow(void* record) {
  ::operator delete(record, kAlignment);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
