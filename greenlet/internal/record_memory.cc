// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/record_memory.h"

#include <cstddef>
#include <mutex>
#include <new>

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr std::align_val_t kAlignment{kCacheLine};

// What some threads have too much of. Never destroyed: threads may outlive
// static objects.
struct Depot {
  std::mutex mutex;
  FreeRecord* batches[kMaxRecordLines + 1] = {};
};

Depot& TheDepot() {
  static Depot& depot = *new Depot;
  return depot;
}

size_t BatchSize(size_t lines) {
  return kRecordBatchBytes / (lines * kCacheLine);
}

FreeRecord* TakeBatch(size_t lines) {
  Depot& depot = TheDepot();
  std::lock_guard lock(depot.mutex);
  FreeRecord* const batch = depot.batches[lines];
  if (batch != nullptr) depot.batches[lines] = batch->next_batch;
  return batch;
}

// Its memory is never given back: a program that needed so much once will do so
// again.
FreeRecord* MakeBatch(size_t lines) {
  const size_t size = lines * kCacheLine;
  auto* chunk =
      static_cast<char*>(::operator new(kRecordBatchBytes, kAlignment));
  FreeRecord* batch = nullptr;
  for (size_t left = BatchSize(lines); left-- > 0;) {
    auto* record = reinterpret_cast<FreeRecord*>(chunk + left * size);
    record->next = batch;
    batch = record;
  }
  return batch;
}

}  // namespace

MICROTHREAD_COLD void* AllocateRecordSlow(Thread& thread, size_t lines) {
  if (MICROTHREAD_SANITIZER) {
    return ::operator new(lines* kCacheLine, kAlignment);
  }
  FreeRecord* batch = TakeBatch(lines);
  if (batch == nullptr) batch = MakeBatch(lines);
  thread.free_records[lines] = {batch->next, BatchSize(lines) - 1};
  return batch;
}

MICROTHREAD_COLD void FreeRecordSlow(void* record) {
  ::operator delete(record, kAlignment);
}

MICROTHREAD_COLD void LeaveBatchToOthers(Thread& thread, size_t lines) {
  FreeRecords& list = thread.free_records[lines];
  FreeRecord* const batch = list.first;
  FreeRecord* last = batch;
  for (size_t i = 1; i < BatchSize(lines); ++i) last = last->next;
  list.first = last->next;
  list.count -= BatchSize(lines);
  last->next = nullptr;
  Depot& depot = TheDepot();
  std::lock_guard lock(depot.mutex);
  batch->next_batch = depot.batches[lines];
  depot.batches[lines] = batch;
}

void LockRecordsForFork() { TheDepot().mutex.lock(); }
void UnlockRecordsAfterFork() { TheDepot().mutex.unlock(); }

}  // namespace internal
MICROTHREAD_NAMESPACE_END
