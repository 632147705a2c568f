// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What is the same for the context of every architecture; see context.h.

#ifndef MICROTHREAD_GREENLET_INTERNAL_CONTEXT_BASE_H_
#define MICROTHREAD_GREENLET_INTERNAL_CONTEXT_BASE_H_

#include <cstddef>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// The order of the fields is known to the assembly.
struct Context {
  void* stack_pointer = nullptr;
  void* frame_pointer = nullptr;
  void* base_pointer = nullptr;  // the register LLVM may address locals by
  void* resume_at = nullptr;     // null: nothing to resume
};
static_assert(sizeof(Context) == 4 * sizeof(void*));
static_assert(offsetof(Context, resume_at) == 3 * sizeof(void*));

// The first function of a new stack. It never returns: it leaves by a switch.
using EntryFunction = void (*)(void* argument);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

extern "C" {
// Saves the callee-saved registers on the running stack and the rest in `from`,
// then resumes `to`. Returns when somebody resumes `from`.
void microthread_switch(void* from, void* to) noexcept;

// Where every new stack starts: calls the entry function with its argument.
// Unwinders and debuggers see it as the end of the stack.
void microthread_entry() noexcept;

// Calls `function(argument)` on the running stack, but so that an unwinder in
// it sees the frames of the suspended `context` as its callers.
void microthread_call_above(const void* context, void (*function)(void*),
                            void* argument) noexcept;
}

#endif  // MICROTHREAD_GREENLET_INTERNAL_CONTEXT_BASE_H_
