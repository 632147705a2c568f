// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Where stacks come from. Each thread has a pool of its own, without locks. The
// pool cuts stacks of one size from slabs, large mappings that grow from a few
// megabytes to a gigabyte of addresses, so that a million stacks need a handful
// of mappings; a finished stack goes to the head of a list, still warm.
//
// Guards are installed by MADV_GUARD_INSTALL, which needs no mapping of its own
// (Linux 6.13), or else by mprotect, which costs two: then the kernel's limit
// of 65,530 mappings allows some 32,000 stacks.

#ifndef MICROTHREAD_GREENLET_INTERNAL_STACK_POOL_H_
#define MICROTHREAD_GREENLET_INTERNAL_STACK_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/prefetch.h"
#include "microthread/greenlet/internal/sanitizer.h"
#include "microthread/greenlet/internal/stack.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// The size of a page on this system: the kernels of aarch64 have 4, 16 or 64
// KiB. Guards and stacks are multiples of it.
size_t PageSize();

// Addresses of a slab that no stack has, as many as several need: they were not
// cut yet, or given back.
struct UncutRange {
  char* begin;
  char* end;
};

// All stacks of one size in one thread.
struct StackClass {
  size_t size = 0;        // usable bytes
  size_t guard = 0;       // bytes below them
  Stack* free = nullptr;  // returned since the last sweep, the newest first
  Stack* idle = nullptr;  // returned before
  std::unique_ptr<UncutRange[]> uncut = nullptr;
  size_t uncut_count = 0;
  size_t uncut_room = 0;
  size_t next_slab_stacks = 64;
  size_t cut = 0;        // stacks cut so far
  Stack* all = nullptr;  // those that have not been given back
  std::unique_ptr<StackClass> next = nullptr;
};

// Thread-bound.
class StackPool {
 public:
  StackPool();

  // A stack of at least `size` usable bytes above a guard of `guard` bytes (0:
  // the default of each), or null when the system gives no more memory.
  Stack* Take(size_t size, size_t guard) {
    Stack* stack = size == 0 && guard == 0 ? TakeReady() : nullptr;
    return stack != nullptr ? stack : TakeSlow(size, guard);
  }

  // One of the default sizes that was used lately; null: Take() may have one.
  MICROTHREAD_ALWAYS_INLINE Stack* TakeReady() {
    Stack* stack = default_.free;
    if (MICROTHREAD_SANITIZER || stack == nullptr || failures_to_inject_ != 0)
        [[unlikely]] {
      return nullptr;
    }
    default_.free = stack->next_free();
    ++taken_;
    return stack;
  }

  // Fetches what whoever takes the next stack will touch first: its descriptor
  // and the first frames. With a million stacks that is a wait for memory and
  // another for the page table.
  MICROTHREAD_ALWAYS_INLINE void PrefetchReady() const {
    Prefetch(default_.free);
    Prefetch(default_.free, -64);
    Prefetch(default_.free, -128);
  }

  // Takes a stack back. Control may still be on it, but must leave before the
  // pool is asked again.
  void Return(Stack* stack) {
    if (look_is_due()) [[unlikely]]
      SweepIfDue();
    ++returned_;
    stack->set_next_free(stack->home->free);
    stack->home->free = stack;
  }

  // The same for one of the default sizes where no look is due whether memory
  // should be given back to the system.
  void ReturnWithoutLook(Stack* stack) {
    ++returned_;
    stack->set_next_free(default_.free);
    default_.free = stack;
  }
  bool look_is_due() const { return (returned_ + 1) % kReturnsPerLook == 0; }

  // Calls `visit` with each strand that uses a stack and is known to.
  template <class F>
  void ForEachUser(F visit) const {
    for (const StackClass* kind = &default_; kind != nullptr;
         kind = kind->next.get()) {
      for (const Stack* stack = kind->all; stack != nullptr;
           stack = stack->next_cut) {
        if (Strand* user = stack->user()) visit(*user);
      }
    }
  }

  // Trims the stacks that were returned since the last sweep, and gives back
  // those that nobody has taken since then. Of each size it does this to
  // kMaxSwept at most: it shall not take long.
  void Sweep();

  // Gives all free stacks back.
  void ReleaseAll();

  size_t in_use() const { return taken_ - returned_; }

  static constexpr size_t kKeptIdle = 64;  // of each size, for what comes next
  static constexpr size_t kMaxSwept = 512;

  // The next `count` calls of Take() fail, for tests.
  void FailNext(int count) { failures_to_inject_ = count; }
  bool fails_next() const { return failures_to_inject_ != 0; }

 private:
  static constexpr uint64_t kReturnsPerLook = 1024;  // at the clock

  Stack* TakeSlow(size_t size, size_t guard);
  void SweepIfDue();

  uint64_t taken_ = 0;
  uint64_t returned_ = 0;
  int64_t next_sweep_ = 0;  // in nanoseconds of std::chrono::steady_clock
  int failures_to_inject_ = 0;
  StackClass default_;
};

// Whether an access to `address` ran into the guard of `stack`.
inline bool GuardContains(const Stack& stack, const char* address) {
  return stack.home != nullptr && address < stack.limit &&
         address >= stack.limit - stack.home->guard;
}

// Describes the stack that the calling OS thread was given by the system.
void DescribeOwnStack(Stack* stack);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_STACK_POOL_H_
