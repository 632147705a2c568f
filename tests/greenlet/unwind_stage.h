// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of unwinding look at: nested frames of known names on a stack
// of which every byte was 0xA5, so that no lucky zero ends a walk.
//
//   microthread_entry > stage_main > outer_frame > middle_frame > inner_frame
//
// The inner frame then calls what the test asks for: a function that looks up
// the stack, or one that suspends it.

#ifndef MICROTHREAD_TESTS_GREENLET_UNWIND_STAGE_H_
#define MICROTHREAD_TESTS_GREENLET_UNWIND_STAGE_H_

#include <string>
#include <vector>

#include "microthread/greenlet/internal/context.h"

// A function that is a frame of its own under every optimization.
#if defined(__clang__)
#define MICROTHREAD_TEST_FRAME __attribute__((noinline, used))
#else
#define MICROTHREAD_TEST_FRAME __attribute__((noipa, used))
#endif

namespace microthread_test {

struct Stage {
  microthread::internal::Context here;   // who started or resumed it
  microthread::internal::Context there;  // the nested frames, when suspended
  void (*innermost)(void* argument) = nullptr;
  void* argument = nullptr;
};

// The addresses at which the frames of a stack go on, innermost first.
using Trace = std::vector<void*>;

// Fills `size` bytes from `address` on with 0xA5.
void MakeDirty(void* address, size_t size);

// A new stack, dirty; returns its top. It is never unmapped.
char* NewDirtyStack();

// Runs the nested frames on the stack below `top` until they suspend or end.
void StartStage(Stage& stage, char* top);

// Goes on with frames that are suspended.
void ResumeStage(Stage& stage);

// Appends what _Unwind_Backtrace sees to `*trace` (a Trace*), and "unfinished",
// as a null, if it found no end.
extern "C" void capture_unwind(void* trace);

// The names of the functions in which the addresses lie: those named on this
// page and the library's three; "unknown" for all others.
std::vector<std::string> Names(const Trace& trace);

// Names() without "unknown": for stacks with frames of the library between.
std::vector<std::string> KnownNames(const Trace& trace);

}  // namespace microthread_test

extern "C" {
void stage_main(void* stage);
void outer_frame(void (*innermost)(void*), void* argument);
void middle_frame(void (*innermost)(void*), void* argument);
void inner_frame(void (*innermost)(void*), void* argument);

// Leave the stage; `argument` is the Stage.
void suspend_inline(void* stage);
void suspend_twin(void* stage);
}

#endif  // MICROTHREAD_TESTS_GREENLET_UNWIND_STAGE_H_
