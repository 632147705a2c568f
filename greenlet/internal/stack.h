// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A stack: a range of addresses of fixed size above a guard that faults when it
// is touched. Memory is committed page by page as it is used, and never moves.
//
//    lower addresses                                     higher addresses
//    | guard | limit ... usable ... top | Stack | unused by color |
//
// The descriptor lies at the top of its own stack, in the page that the first
// frames touch anyway, so a stack that nobody has used costs no memory. The
// tops of neighboring stacks are shifted against each other ("colored") by
// multiples of a cache line: otherwise all hot frames would compete for the
// same few sets of the cache.

#ifndef MICROTHREAD_GREENLET_INTERNAL_STACK_H_
#define MICROTHREAD_GREENLET_INTERNAL_STACK_H_

#include <cstddef>
#include <cstdint>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

inline constexpr size_t kPageSize = 4096;  // at least; see PageSize()
inline constexpr size_t kDefaultGuardSize = 16 * 1024;
// ASan's red zones make frames several times larger.
inline constexpr size_t kDefaultStackSize = (MICROTHREAD_ASAN ? 4 : 1) * 65536;

struct Context;
struct StackClass;
struct Strand;

struct alignas(64) Stack {
  char* end = nullptr;  // one past the highest byte that code may use
  // Why nothing may be thrown into what is suspended on it: the ExitShields
  // that are up there, and whether it is being unwound.
  uint32_t shields = 0;
  bool unwinding = false;
  StackClass* home = nullptr;  // null: an OS thread's own stack

  // The next free stack; or, while it is in use, whose it is, marked by kUser.
  // One word for both, so that whoever gives a stack back has nothing to undo.
  uintptr_t link = 0;
  static constexpr uintptr_t kUser = 1;

  // What few look at lies in a cache line of its own.
  alignas(64) char* limit = nullptr;  // the lowest usable byte
  Stack* next_cut = nullptr;          // in the list of all of its size
  Stack* prev_cut = nullptr;
  // For the sanitizers (sanitizer.h); unused otherwise, but records have the
  // same layout in every build.
  const Context* suspended = nullptr;  // where it was left; null: it was not
  // ASan's fake stack, TSan's fiber, or the number that Valgrind gave it.
  void* tool_handle = nullptr;

  bool shielded() const { return shields != 0 || unwinding; }
  char* top() const { return end; }
  size_t size() const { return static_cast<size_t>(end - limit); }

  Stack* next_free() const { return reinterpret_cast<Stack*>(link); }
  void set_next_free(Stack* next) { link = reinterpret_cast<uintptr_t>(next); }
  // Null as long as the layer above has not said.
  Strand* user() const {
    const bool known = (link & kUser) != 0;
    return known ? reinterpret_cast<Strand*>(link - kUser) : nullptr;
  }
  void set_user(Strand* user) {
    link = reinterpret_cast<uintptr_t>(user) + kUser;
  }
  void ForgetUser() { link = 0; }
};
static_assert(sizeof(Stack) == 128);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_STACK_H_
