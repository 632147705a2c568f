// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Functions of the program that are called by all threads: how they are kept,
// and how threads come to look for them. A hook that must be looked for by
// operations that have a short path has a bit in the attention word of every
// thread while it is set.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_HOOKS_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_HOOKS_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/item.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// What the layer above wants to be called; null until it does.
struct Hooks {
  // Control is about to move. Must not throw.
  std::atomic<void (*)(Item& prev, Item& next)> before_switch{nullptr};
  // The running item will end by `error`. Returns what it shall end by instead,
  // null if by nothing.
  std::atomic<std::exception_ptr (*)(std::exception_ptr error)> on_error{
      nullptr};
};
extern constinit Hooks hooks;

// Sets or clears these bits of every thread's attention word, those included
// that have no scheduler yet.
void AskAllThreads(uint32_t bits, bool on);

// The same for a thread that makes its scheduler.
void AskNewThread(Thread& thread);

// A function that any thread may call while another replaces it.
template <class F>
class SharedFunction {
 public:
  // Threads have these bits in their attention word while a function is set.
  constexpr explicit SharedFunction(uint32_t attention)
      : attention_(attention) {}

  // Returns the function before.
  F Exchange(F function) {
    std::shared_ptr<const F> next;
    if (function) next = std::make_shared<const F>(std::move(function));
    std::unique_lock lock(mutex_);
    function_.swap(next);
    AskAllThreads(attention_, function_ != nullptr);
    lock.unlock();
    return next == nullptr ? F() : *next;
  }

  // Null if there is none.
  std::shared_ptr<const F> get() {
    std::lock_guard lock(mutex_);
    return function_;
  }

 private:
  const uint32_t attention_;
  std::mutex mutex_;
  std::shared_ptr<const F> function_;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_HOOKS_H_
