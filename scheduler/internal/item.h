// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// An item is what the scheduler runs; a `Tasklet` is a handle to one. One
// cache line, its head, holds all that a switch or a meeting on a channel
// touches.
//
// What counts as a reference, besides handles: standing in the ring or in a
// queue (one, that moves along when the item changes between them), and each
// entry on the stack of watchers. The main item belongs to its scheduler.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_ITEM_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_ITEM_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/inline_function.h"
#include "microthread/greenlet/internal/record_memory.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/strand.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct Item;
class Joiners;
class WaitQueue;

enum ItemFlags : uint32_t {
  kItemErrorWaiting = 1,    // throw `error` as soon as it runs
  kItemReleaseWaiting = 2,  // first finish what whoever switched here left over
  kItemAlive = 4,           // it has something to run and has not ended
  kItemMain = 8,
  kItemBlockTrap = 16,
  kItemSendsError = 32,  // its slot is a std::exception_ptr
  kItemDeferred = 64,    // `deferred` is to be thrown when it may be
  kItemInChannelCallback = 128,
  kItemAwaitsSetup = 1024,  // has a function whose arguments `slot` waits for
  kItemAtomic = 256,        // not to be interrupted
  kItemBlocksThread = 512,  // its Run() returns only if no thread can help

  // What an item looks at when it gets control.
  kItemLanding = kItemErrorWaiting | kItemReleaseWaiting,
};

struct ItemHead {
  Context context;       // resume_at is null until it has a stack
  Item* next = nullptr;  // in the ring or in a queue; null: in neither
  Item* prev = nullptr;
  void* slot = nullptr;  // where its partner finds or leaves the value
  uint32_t flags = 0;
  int32_t blocked = 0;  // -1: it waits to receive; +1: to send
};

// A Strand is one line too, and comes first: so an item and its strand, which
// is what the thread knows to be current, have the same address.
struct alignas(kCacheLine) Item : Strand, ItemHead, Counted, RecordMemory {
  explicit Item(Thread& maker);
  ~Item();

  Thread* thread;              // on which it runs
  WaitQueue* queue = nullptr;  // in which it waits
  std::exception_ptr error;
  std::exception_ptr deferred;
  Joiners* joiners = nullptr;  // those who wait for its end
  size_t stack_size = 0;
  size_t guard_size = 0;
  Item* next_started = nullptr;  // of the thread's items that have a stack
  Item* prev_started = nullptr;
  InlineFunction<void()> run;

  bool alive() const { return (flags & kItemAlive) != 0; }
  bool is_main() const { return (flags & kItemMain) != 0; }
  bool linked() const { return next != nullptr || blocked != 0; }
  bool started() const { return context.resume_at != nullptr; }

  // No reference is left: unwinds it if it has started, and frees it.
  void Unreferenced();
};
static_assert(sizeof(ItemHead) == kCacheLine);
static_assert(sizeof(Strand) == kCacheLine);
static_assert(sizeof(Item) <= kMaxRecordLines * kCacheLine);

// Whether the exception is a TaskletExit.
bool IsExit(const std::exception_ptr& error);

// `tasklet "reader"` or `tasklet 7`.
std::string DescribeItem(const Item& item);

// What it does: "running", "receiving on channel 3", "paused", ...
std::string DescribeState(const Item& item);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_ITEM_H_
