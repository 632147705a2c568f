// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What sanitizers and Valgrind must be told about stacks and switches. Without
// a sanitizer nothing of this lies on the way of a switch.
//
//   AddressSanitizer   which stack runs, so that a throw clears the right red
//                      zones, backtraces go to a stack's end, and each stack
//                      has a fake stack (detect_stack_use_after_return) of its
//                      own
//   LeakSanitizer      what lies on suspended stacks: it looks at running ones
//                      only. It gets a copy when the program ends
//   ThreadSanitizer    a fiber for each stack: its backtraces, and the order
//                      that switches put events in
//   Valgrind           where stacks are: otherwise a switch looks like a huge
//                      allocation on the stack
//
// tests/sanitizers proves that each of them still sees what it should.

#ifndef MICROTHREAD_GREENLET_INTERNAL_SANITIZER_H_
#define MICROTHREAD_GREENLET_INTERNAL_SANITIZER_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context_base.h"
#include "microthread/greenlet/internal/stack.h"

#if MICROTHREAD_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if MICROTHREAD_TSAN
#include <sanitizer/tsan_interface.h>
// What compilers put at the end of a function.
extern "C" void __tsan_func_exit();
#endif

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// A stack was cut from a slab; it will be used again and again.
void OnStackCreated(Stack& stack);

// The memory of a free stack goes back to the system, with the descriptor.
void OnStackReleased(Stack& stack);

// Valgrind takes the guards of MADV_GUARD_INSTALL for memory, and dies of them.
bool IsUnderValgrind();

#if MICROTHREAD_ASAN
// Makes a stack known to CopySuspendedStacks(), if it is not yet.
void RegisterStack(const Stack& stack);
void ForgetStack(const Stack& stack);

// Shows the leak detector what suspended stacks refer to. It happens by itself
// when the program ends; it must be called before
// __lsan_do_recoverable_leak_check(). `last`: from now on nobody may switch.
void CopySuspendedStacks(bool last);

// While stacks are copied, nobody switches.
void EnterSwitch();
void LeaveSwitch();
#endif

// The calling OS thread's own stack.
inline void OnThreadStack([[maybe_unused]] Stack& stack) {
#if MICROTHREAD_ASAN
  RegisterStack(stack);
#endif
#if MICROTHREAD_TSAN
  stack.tool_handle = __tsan_get_current_fiber();
#endif
}

// A stack that others may have used before starts without the red zones of
// their frames.
inline void BeforeFirstUse([[maybe_unused]] Stack& stack) {
#if MICROTHREAD_ASAN
  // Not all of it: that would commit the whole stack's shadow memory.
  void* first = __asan_region_is_poisoned(stack.limit, stack.size());
  if (first != nullptr) {
    __asan_unpoison_memory_region(
        first, static_cast<size_t>(stack.end - static_cast<char*>(first)));
  }
#endif
}

// Control has come back to the thread's own stack without a switch: the thread
// is being ended (pthread_exit), and the frames that were there are gone.
inline void OnStacksAbandoned([[maybe_unused]] Stack& own) {
#if MICROTHREAD_ASAN
  __sanitizer_start_switch_fiber(nullptr, own.limit, own.size());
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
  own.suspended = nullptr;
  auto* frame = static_cast<char*>(__builtin_frame_address(0));
  __asan_unpoison_memory_region(own.limit,
                                static_cast<size_t>(frame - own.limit));
#endif
#if MICROTHREAD_TSAN
  __tsan_switch_to_fiber(own.tool_handle, 0);
#endif
}

// Before and after a switch from one stack to another. `place` is where the
// switch will save what is left; null: nobody will come back.
//
// Always compiled into the function that switches: to TSan, each return belongs
// to the fiber that is current.
MICROTHREAD_ALWAYS_INLINE void BeforeSwitch(
    [[maybe_unused]] Stack& from, [[maybe_unused]] const Stack& to,
    [[maybe_unused]] const Context* place) {
#if MICROTHREAD_ASAN
  EnterSwitch();
  from.suspended = place;
  __sanitizer_start_switch_fiber(place == nullptr ? nullptr : &from.tool_handle,
                                 to.limit, to.size());
#endif
#if MICROTHREAD_TSAN
  // The function that the stack started with will not return.
  if (place == nullptr) __tsan_func_exit();
  __tsan_switch_to_fiber(to.tool_handle, 0);
#endif
}
MICROTHREAD_ALWAYS_INLINE void AfterSwitch([[maybe_unused]] Stack& here) {
#if MICROTHREAD_ASAN
  __sanitizer_finish_switch_fiber(here.tool_handle, nullptr, nullptr);
  here.tool_handle = nullptr;
  here.suspended = nullptr;
  LeaveSwitch();
#endif
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_SANITIZER_H_
