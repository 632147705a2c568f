// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The untyped half of a channel: those who wait, first come first served. All
// of them wait in the same direction, which the sign of the balance tells.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_WAIT_QUEUE_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_WAIT_QUEUE_H_

#include <cstdint>
#include <string>

#include "microthread/greenlet/config.h"
#include "microthread/scheduler/internal/item.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

class WaitQueue {
 public:
  // How an error speaks of somebody who waits here: "receiving on channel 3".
  using DescribeFunction = std::string (*)(const WaitQueue& queue,
                                           int32_t direction);

  explicit WaitQueue(DescribeFunction describe) : describe_(describe) {}
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  // Positive: that many wait to send; negative: to receive.
  int64_t balance() const { return balance_; }
  Item* head() const { return head_; }

  // Adds `item`, which is in no list, as the last; direction is +1 or -1.
  MICROTHREAD_ALWAYS_INLINE void Push(Item& item, int32_t direction) {
    item.next = nullptr;
    item.prev = tail_;
    item.blocked = direction;
    item.queue = this;
    if (head_ == nullptr) {
      head_ = &item;
    } else {
      tail_->next = &item;
    }
    tail_ = &item;
    balance_ += direction;
  }

  // Takes the first out. There must be one.
  MICROTHREAD_ALWAYS_INLINE Item& Pop() {
    Item& item = *head_;
    head_ = item.next;
    if (head_ == nullptr) {
      tail_ = nullptr;
    } else {
      head_->prev = nullptr;
    }
    balance_ -= item.blocked;
    item.blocked = 0;
    return item;
  }

  // Takes `item` out, wherever it stands.
  void Remove(Item& item) {
    (item.prev == nullptr ? head_ : item.prev->next) = item.next;
    (item.next == nullptr ? tail_ : item.next->prev) = item.prev;
    balance_ -= item.blocked;
    item.blocked = 0;
  }

  std::string Describe(int32_t direction) const {
    return describe_(*this, direction);
  }

 private:
  Item* head_ = nullptr;
  Item* tail_ = nullptr;
  int64_t balance_ = 0;
  DescribeFunction describe_;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_WAIT_QUEUE_H_
