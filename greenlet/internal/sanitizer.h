// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the sanitizers must be told about stacks and switches. Without a
// sanitizer all of this is nothing.

#ifndef MICROTHREAD_GREENLET_INTERNAL_SANITIZER_H_
#define MICROTHREAD_GREENLET_INTERNAL_SANITIZER_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/stack.h"

#if MICROTHREAD_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if MICROTHREAD_TSAN
#include <sanitizer/tsan_interface.h>
#endif

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// A stack was cut from a slab; it will be used again and again.
inline void OnStackCreated([[maybe_unused]] Stack& stack) {
#if MICROTHREAD_TSAN
  stack.tsan_fiber = __tsan_create_fiber(0);
#endif
}

// The thread's own stack.
inline void OnThreadStack([[maybe_unused]] Stack& stack) {
#if MICROTHREAD_TSAN
  stack.tsan_fiber = __tsan_get_current_fiber();
#endif
}

// A started strand's variables are reachable from its stack, which the leak
// detector would not look at by itself. (Not its guard: reading that is fatal.)
inline void OnStackTaken([[maybe_unused]] Stack& stack) {
#if MICROTHREAD_ASAN
  __lsan_register_root_region(stack.limit, stack.size());
#endif
}

// The frames that were on it left their red zones behind.
inline void OnStackReturned([[maybe_unused]] Stack& stack) {
#if MICROTHREAD_ASAN
  __lsan_unregister_root_region(stack.limit, stack.size());
#endif
}

// Before and after a switch from one stack to another. `dying` says that nobody
// will come back to the stack that is left.
inline void BeforeSwitch([[maybe_unused]] Stack& from,
                         [[maybe_unused]] Stack& to,
                         [[maybe_unused]] bool dying) {
#if MICROTHREAD_ASAN
  __sanitizer_start_switch_fiber(dying ? nullptr : &from.asan_fake_stack,
                                 to.limit, to.size());
#endif
#if MICROTHREAD_TSAN
  __tsan_switch_to_fiber(to.tsan_fiber, 0);
#endif
}
inline void AfterSwitch([[maybe_unused]] Stack& here) {
#if MICROTHREAD_ASAN
  __sanitizer_finish_switch_fiber(here.asan_fake_stack, nullptr, nullptr);
  here.asan_fake_stack = nullptr;
#endif
}

// Control has come back to the thread's own stack without a switch: the thread
// is being ended (pthread_exit), and the frames that were there are gone.
inline void OnStacksAbandoned([[maybe_unused]] Stack& own) {
#if MICROTHREAD_ASAN
  __sanitizer_start_switch_fiber(nullptr, own.limit, own.size());
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
  auto* frame = static_cast<char*>(__builtin_frame_address(0));
  __asan_unpoison_memory_region(own.limit,
                                static_cast<size_t>(frame - own.limit));
#endif
#if MICROTHREAD_TSAN
  __tsan_switch_to_fiber(own.tsan_fiber, 0);
#endif
}

// A new stack starts without the marks of those who used it before.
inline void BeforeFirstUse([[maybe_unused]] Stack& stack) {
#if MICROTHREAD_ASAN
  __asan_unpoison_memory_region(stack.limit, stack.size());
#endif
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_SANITIZER_H_
