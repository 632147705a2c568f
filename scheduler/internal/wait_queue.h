// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The untyped half of a channel: those who wait, first come first served. All
// of them wait in the same direction, which the sign of the balance tells.
//
// Owner. Nearly all queues are used by one thread only, and that thread pays no
// lock and no atomic read-modify-write. The first thread that operates on a
// queue becomes its owner. It works on it between TryEnter() and Leave(), that
// is, while its `Thread::busy` is 1 and it is still the owner. When another
// thread comes, the queue becomes *shared* for ever, and everybody uses its
// mutex. That thread marks the queue, makes all processors see the mark
// (membarrier), and waits until the former owner is not busy: either the owner
// sees the mark when it enters next, or it was busy already and has left.
//
// No code of the user and no switch runs between TryEnter() and Leave(), or
// under the mutex.
//
// Who takes an item of another thread out of a queue has *claimed* it: the item
// is in transit, and nobody but the claimer may touch it, until its own thread
// finds the letter that the claimer sends.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_WAIT_QUEUE_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_WAIT_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/relaxed.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/item.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Who gets control when two have met.
enum class Handover : uint8_t { kNone, kPartner, kNext };

// All that a meeting looks at lies in one cache line.
class alignas(kCacheLine) WaitQueue {
 public:
  // Changed by those who have locked the queue: what follows for a sender, or
  // receiver, who meets a partner; and whether nobody may wait any more, as
  // kItemBlockTrap or 0, to be tested together with that.
  Relaxed<Handover> sender_meets = Handover::kPartner;
  Relaxed<Handover> receiver_meets = Handover::kNone;
  Relaxed<uint32_t> closing = 0;

  // How an error speaks of somebody who waits here: "receiving on channel 3";
  // of direction 0: "channel 3".
  using DescribeFunction = std::string (*)(const WaitQueue& queue,
                                           int32_t direction);

  explicit WaitQueue(DescribeFunction describe) : describe_(describe) {}
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;
  ~WaitQueue();

  // False: it was used by other threads of a process of which this one is a
  // fork. Nobody can lock it any more.
  bool usable() const;

  // Positive: that many wait to send; negative: to receive.
  int64_t balance() const { return balance_; }

  // The short way in: false if the queue is not the calling thread's own.
  MICROTHREAD_ALWAYS_INLINE bool TryEnter(Thread& thread) {
    thread.busy.store(1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (owner_.load(std::memory_order_relaxed) == &thread) [[likely]] {
      return true;
    }
    thread.busy.store(0, std::memory_order_release);
    return false;
  }
  MICROTHREAD_ALWAYS_INLINE static void Leave(Thread& thread) {
    thread.busy.store(0, std::memory_order_release);
  }

  // All that follow are for those who have entered or locked the queue.

  Item* head() const { return head_; }

  // Adds `item`, which is in no list, as the last; direction is +1 or -1.
  MICROTHREAD_ALWAYS_INLINE void Push(Item& item, int32_t direction) {
    item.next = nullptr;
    if (item.queue != this) item.queue = this;
    item.wait.store(direction, std::memory_order_release);
    if (head_ == nullptr) {
      item.prev = nullptr;
      head_ = &item;
    } else {
      item.prev = tail_;
      tail_->next = &item;
    }
    if (tail_ != &item) tail_ = &item;
    balance_ += direction;
  }

  // Takes the first out, who waits in `direction`. There must be one; it must
  // be the caller's thread's.
  MICROTHREAD_ALWAYS_INLINE Item& Pop(int32_t direction) {
    Item& item = *head_;
    Item* const next = item.next;
    head_ = next;
    if (next != nullptr) next->prev = nullptr;
    balance_ -= direction;
    item.wait.store(kNotWaiting, std::memory_order_relaxed);
    return item;
  }

  // Takes `item` out, wherever it stands; one of another thread is in transit
  // then.
  void Remove(Thread& thread, Item& item);

  std::string Describe(int32_t direction) const {
    return describe_(*this, direction);
  }

 private:
  friend class QueueLock;
  friend class WaitLock;

  void BecomeShared();
  [[noreturn]] void ThrowForked() const;

  Item* head_ = nullptr;
  Item* tail_ = nullptr;  // of no meaning while there is no head
  Relaxed<int64_t> balance_ = 0;
  std::atomic<Thread*> owner_{nullptr};  // null: nobody yet
  DescribeFunction describe_;
  std::mutex mutex_;         // once it is shared
  uint32_t generation_ = 0;  // of the process in which it became shared
};

// While it is held, the queue is the calling thread's alone. Throws
// WrongThreadError if the queue is not usable.
class QueueLock {
 public:
  QueueLock(Thread& thread, WaitQueue& queue);
  QueueLock(const QueueLock&) = delete;
  QueueLock& operator=(const QueueLock&) = delete;
  ~QueueLock() { Unlock(); }

  void Unlock();

 private:
  Thread& thread_;
  WaitQueue* queue_;
  bool shared_;
};

// Locks the queue in which `item` waits, whoever's it is; holds nothing if it
// does not wait, or if the queue is not usable.
class WaitLock {
 public:
  WaitLock(Thread& thread, const Item& item);
  WaitLock(const WaitLock&) = delete;
  WaitLock& operator=(const WaitLock&) = delete;
  ~WaitLock();

  // Null: it does not wait.
  WaitQueue* queue() const { return queue_; }

 private:
  void Find(const Item& item);

  Thread& thread_;
  WaitQueue* queue_ = nullptr;
  bool shared_ = false;
  std::unique_lock<std::mutex> finding_;
};

// Takes a waiting item of the calling thread out of its queue. Returns false if
// it does not wait any more.
bool TakeOutOfQueue(Thread& thread, Item& item);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_WAIT_QUEUE_H_
