// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// An item is what the scheduler runs; a `Tasklet` is a handle to one. One
// cache line, its head, holds all that a switch touches; it and the line before
// it, all that a meeting on a channel does. A million items that have not
// started must not cost more than they have to: four lines, and what few items
// need lies elsewhere.
//
// What counts as a reference, besides handles: standing in the ring or in a
// queue (one, that moves along when the item changes between them), and each
// entry on the stack of watchers. The main item belongs to its scheduler.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_ITEM_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_ITEM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/inbox.h"
#include "microthread/greenlet/internal/inline_function.h"
#include "microthread/greenlet/internal/record_memory.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/relaxed.h"
#include "microthread/greenlet/internal/stack.h"
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

// What an item waits for. A waiting item's value is also its share of the
// balance of its queue.
enum Wait : int32_t {
  kNotWaiting = 0,
  kWaitsToReceive = -1,
  kWaitsToSend = 1,
  kInTransit = 2,  // claimed by another thread; its letter is on the way
};

struct ItemHead {
  Context context;                // resume_at is null until it has a stack
  Relaxed<Item*> next = nullptr;  // in the ring or a queue; null: in neither
  Relaxed<Item*> prev = nullptr;
  void* slot = nullptr;  // where its partner finds or leaves the value
  Relaxed<uint32_t> flags = 0;
  std::atomic<int32_t> wait{kNotWaiting};
};

struct ItemPlace {
  Relaxed<ThreadToken> home;            // the thread on which it runs
  Relaxed<WaitQueue*> queue = nullptr;  // in which it waits
  std::exception_ptr error;
};

// What few items have.
struct alignas(kCacheLine) ItemExtras : StrandExtras, RecordMemory {
  ItemExtras();
  ~ItemExtras();

  std::exception_ptr deferred;
  std::unique_ptr<Joiners> joiners;  // those who wait for its end
  size_t stack_size = 0;
  size_t guard_size = 0;
};

// A Strand comes first: so an item and its strand, which is what the thread
// knows to be current, have the same address.
// As a letter it tells its own thread that it has been claimed by another one.
struct alignas(kCacheLine) Item : Strand,
                                  ItemPlace,
                                  ItemHead,
                                  Counted,
                                  Letter,
                                  RecordMemory {
  explicit Item(Thread& maker) : Counted(maker.token, kKind) {
    home = maker.token;
  }
  ~Item() { Clear(); }

  // A dead item is as good as new when it has been cleared.
  void Clear() {
    run.Reset();
    if (error != nullptr) [[unlikely]]
      error = nullptr;
    if (extras_if_any() != nullptr) [[unlikely]]
      FreeExtras();
  }

  InlineFunction<void()> run;

  // Null if it needed none so far; made at the first call of Extras().
  ItemExtras* extras_if_any() const {
    return static_cast<ItemExtras*>(extras.load(std::memory_order_acquire));
  }
  ItemExtras& Extras();

  bool alive() const { return (flags & kItemAlive) != 0; }
  bool is_main() const { return (flags & kItemMain) != 0; }
  // In the ring, in a queue, or on the way from a queue to the ring.
  bool linked() const {
    return wait.load(std::memory_order_acquire) != kNotWaiting ||
           next != nullptr;
  }
  bool waits() const {
    const int32_t direction = wait.load(std::memory_order_acquire);
    return direction == kWaitsToReceive || direction == kWaitsToSend;
  }
  bool in_transit() const {
    return wait.load(std::memory_order_acquire) == kInTransit;
  }
  bool started() const { return context.resume_at != nullptr; }

  // No reference is left: unwinds it if it has started, and frees it.
  void Unreferenced();

 private:
  static const CountedKind kKind;
  MICROTHREAD_COLD void FreeExtras();
  // Unwinds a started one. False: it must not be freed yet.
  MICROTHREAD_COLD bool EndAbandoned();
};
static_assert(sizeof(Strand) + sizeof(ItemPlace) == kCacheLine);
static_assert(sizeof(ItemHead) == kCacheLine);
static_assert(sizeof(Item) == 4 * kCacheLine);

// Whether the exception is a TaskletExit.
bool IsExit(const std::exception_ptr& error);

// `tasklet "reader"` or `tasklet 7`.
std::string DescribeItem(const Item& item);

// What it does: "running", "receiving on channel 3", "paused", ...
std::string DescribeState(const Item& item);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_ITEM_H_
