// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Operations on items of other threads. Nothing of another thread's ring is
// ever touched: what is to be done there is written into a letter, and the
// letters of one thread are acted upon in the order in which it sent them.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_REMOTE_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_REMOTE_H_

#include <exception>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/item.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

inline bool IsForeign(const Thread& thread, const Item& item) {
  return item.home != thread.token;
}

// What an item of another thread is asked for.
enum class Request { kInsert, kRun, kRemove, kThrow };

// Sends the request, with the error for kThrow. Throws WrongThreadError if that
// thread has ended.
void PostRequest(Item& target, Request request,
                 std::exception_ptr error = nullptr);

// Puts an item that the caller has taken out of a queue at the end of the ring
// of its thread, whichever that is; it throws `error` there unless that is
// null. It belongs to that thread from now on. (The flags do so all the time.)
void LetRun(Thread& thread, Item& item, std::exception_ptr error = nullptr);

// Returns when `item`, of the calling thread, is not in transit any more.
void AwaitArrival(Thread& thread, const Item& item);

// The error of a throw into an item that is not alive.
[[noreturn]] void ThrowDead(const Item& target);

// kThrow, of an item that may wait: it has left its queue when this returns.
void ThrowIntoForeignItem(Thread& thread, Item& target,
                          std::exception_ptr error, bool is_exit);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_REMOTE_H_
