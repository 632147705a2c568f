// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory for records (greenlets, tasklets, channels): blocks of whole cache
// lines that each thread keeps for its next record of the same size, because
// the general allocator costs more than all the rest of a spawn. A thread that
// ends more records than it makes leaves them to the others, by the batch. A
// class gets all that by deriving from `RecordMemory`.

#ifndef MICROTHREAD_GREENLET_INTERNAL_RECORD_MEMORY_H_
#define MICROTHREAD_GREENLET_INTERNAL_RECORD_MEMORY_H_

#include <cstddef>
#include <new>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Fills the thread's list for blocks of `lines` cache lines, and takes one.
// Throws std::bad_alloc.
void* AllocateRecordSlow(Thread& thread, size_t lines);
void FreeRecordSlow(void* record);

// A batch is as many blocks as fit into that many bytes. No thread keeps two.
inline constexpr size_t kRecordBatchBytes = size_t{64} << 10;
void LeaveBatchToOthers(Thread& thread, size_t lines);

// Around a fork().
void LockRecordsForFork();
void UnlockRecordsAfterFork();

struct RecordMemory {
  static void* operator new(size_t size) {
    Thread& thread = CurrentThread();
    const size_t lines = size / kCacheLine;
    FreeRecords& list = thread.free_records[lines];
    FreeRecord* record = list.first;
    if (record == nullptr) [[unlikely]]
      return AllocateRecordSlow(thread, lines);
    list.first = record->next;
    --list.count;
    return record;
  }
  static void* operator new(size_t size, std::align_val_t) {
    return operator new(size);
  }
  static void operator delete(void* memory, size_t size) {
#if MICROTHREAD_SANITIZER
    // The sanitizer finds a use after the end only in memory that it got back.
    (void)size;
    FreeRecordSlow(memory);
#else
    Thread& thread = CurrentThread();
    FreeRecords& list = thread.free_records[size / kCacheLine];
    auto* record = static_cast<FreeRecord*>(memory);
    record->next = list.first;
    list.first = record;
    if (++list.count >= 2 * (kRecordBatchBytes / size)) [[unlikely]] {
      LeaveBatchToOthers(thread, size / kCacheLine);
    }
#endif
  }
  static void operator delete(void* memory, size_t size, std::align_val_t) {
    operator delete(memory, size);
  }
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_RECORD_MEMORY_H_
