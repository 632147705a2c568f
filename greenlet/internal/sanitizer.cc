// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/sanitizer.h"

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context_base.h"
#include "microthread/greenlet/internal/stack.h"

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif
#if !defined(VALGRIND_STACK_REGISTER)
#define VALGRIND_STACK_REGISTER(start, end) 0
#define VALGRIND_STACK_DEREGISTER(id)
#define VALGRIND_MAKE_MEM_DEFINED(start, size)
#define RUNNING_ON_VALGRIND 0
#endif

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

void OnStackCreated([[maybe_unused]] Stack& stack) {
#if !MICROTHREAD_SANITIZER
  const uintptr_t id = VALGRIND_STACK_REGISTER(stack.limit, stack.end);
  stack.tool_handle = reinterpret_cast<void*>(id);
#endif
#if MICROTHREAD_ASAN
  RegisterStack(stack);
#endif
#if MICROTHREAD_TSAN
  stack.tool_handle = __tsan_create_fiber(0);
  __tsan_set_fiber_name(stack.tool_handle, "microthread stack");
#endif
}

void OnStackReleased([[maybe_unused]] Stack& stack) {
  // The next descriptor there may lie in what were frames.
#if !MICROTHREAD_SANITIZER
  VALGRIND_STACK_DEREGISTER(reinterpret_cast<uintptr_t>(stack.tool_handle));
  VALGRIND_MAKE_MEM_DEFINED(stack.limit, stack.size());
#endif
#if MICROTHREAD_ASAN
  ForgetStack(stack);
  BeforeFirstUse(stack);
#endif
#if MICROTHREAD_TSAN
  __tsan_destroy_fiber(stack.tool_handle);
#endif
}

bool IsUnderValgrind() { return RUNNING_ON_VALGRIND != 0; }

#if MICROTHREAD_ASAN
namespace {

// Never destroyed: it is used when the program has ended.
struct StackList {
  std::mutex mutex;
  std::unordered_set<const Stack*> stacks;
  std::vector<uintptr_t> copy;  // what the leak detector shall see
};
StackList& AllStacks() {
  static StackList& list = *new StackList;
  return list;
}

std::atomic<int> switching{0};
std::atomic<bool> copying{false};
thread_local bool i_copy = false;

// Adds the words in [begin, end), which may contain red zones, and those of the
// variables that lie on the fake stack instead.
__attribute__((no_sanitize("address"))) void Copy(
    const uintptr_t* begin, const uintptr_t* end, void* fake_stack,
    std::vector<uintptr_t>* copy) {
  for (; begin < end; ++begin) {
    const uintptr_t word = *begin;
    if (word == 0) continue;
    copy->push_back(word);
    if (fake_stack == nullptr) continue;
    void* from = nullptr;
    void* to = nullptr;
    if (__asan_addr_is_in_fake_stack(fake_stack, reinterpret_cast<void*>(word),
                                     &from, &to) != nullptr) {
      Copy(static_cast<uintptr_t*>(from), static_cast<uintptr_t*>(to), nullptr,
           copy);
    }
  }
}

// When main() has returned and static objects are gone: the first to register
// is the last to be called, but for the leak detector itself.
__attribute__((constructor(101))) void CopyAtExit() {
  std::atexit([] { CopySuspendedStacks(true); });
}

}  // namespace

void RegisterStack(const Stack& stack) {
  StackList& all = AllStacks();
  std::lock_guard lock(all.mutex);
  all.stacks.insert(&stack);
}

void ForgetStack(const Stack& stack) {
  StackList& all = AllStacks();
  std::lock_guard lock(all.mutex);
  all.stacks.erase(&stack);
}

void CopySuspendedStacks(bool last) {
  StackList& all = AllStacks();
  std::lock_guard lock(all.mutex);
  i_copy = copying = true;
  // Switches are short; but this may have interrupted one.
  for (int patience = 1000; switching != 0 && patience > 0; --patience) {
    usleep(100);
  }
  all.copy.clear();
  for (const Stack* stack : all.stacks) {
    const Context* place = stack->suspended;
    if (place == nullptr) continue;
    auto* words = reinterpret_cast<const uintptr_t*>(place);
    Copy(words, words + sizeof(Context) / sizeof(*words), stack->tool_handle,
         &all.copy);
    Copy(static_cast<const uintptr_t*>(place->stack_pointer),
         reinterpret_cast<const uintptr_t*>(stack->end), stack->tool_handle,
         &all.copy);
  }
  if (!last) i_copy = copying = false;
}

void EnterSwitch() {
  for (;;) {
    switching.fetch_add(1);
    if (!copying || i_copy) return;
    switching.fetch_sub(1);
    while (copying) usleep(100);
  }
}

void LeaveSwitch() { switching.fetch_sub(1); }
#endif

}  // namespace internal
MICROTHREAD_NAMESPACE_END
