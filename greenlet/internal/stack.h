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
  char* limit = nullptr;       // the lowest usable byte
  char* end = nullptr;         // one past the highest byte that code may use
  StackClass* home = nullptr;  // null: an OS thread's own stack
  union {
    Stack* next = nullptr;  // in the list of free stacks
    Strand* next_strand;    // in use: in a list that the layer above keeps
  };
  Strand* prev_strand = nullptr;
  // Why nothing may be thrown into what is suspended on it: the ExitShields
  // that are up there, and whether it is being unwound.
  uint32_t shields = 0;
  bool unwinding = false;
  // For the sanitizers (sanitizer.h); unused otherwise, but records have the
  // same layout in every build.
  const Context* suspended = nullptr;  // where it was left; null: it was not
  // ASan's fake stack, TSan's fiber, or the number that Valgrind gave it.
  void* tool_handle = nullptr;

  bool shielded() const { return shields != 0 || unwinding; }
  char* top() const { return end; }
  size_t size() const { return static_cast<size_t>(end - limit); }
};
static_assert(sizeof(Stack) == 64);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_STACK_H_
