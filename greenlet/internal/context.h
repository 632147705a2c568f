// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A context is what the processor needs to go on at a place where control was
// given away: four words. Everything else that is alive there lies on the
// stack, because the code that switched was told that every other register is
// lost.
//
//   Context here, there;
//   there = NewContext(stack_top, Body, argument);
//   SwitchContext(here, there);   // runs Body(argument) on the other stack
//
// There are two forms of the switch, and contexts that one of them saved may
// be resumed by the other:
//
//   SwitchContext        the form of this build: inline, unless a sanitizer or
//                        MICROTHREAD_INLINE_SWITCH=0 asks for the twin
//   microthread_switch   the out-of-line twin, in assembly; the reference
//
// One pair of files per architecture holds both. A new architecture starts
// with the .S file: the twin, the entry and the unwinding helper;
// docs/porting.md is the list of what it needs.

#ifndef MICROTHREAD_GREENLET_INTERNAL_CONTEXT_H_
#define MICROTHREAD_GREENLET_INTERNAL_CONTEXT_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context_base.h"

#if defined(__x86_64__)
#include "microthread/greenlet/internal/context_x86_64.h"
#elif defined(__aarch64__)
#include "microthread/greenlet/internal/context_aarch64.h"
#elif defined(__riscv)
#include "microthread/greenlet/internal/context_riscv64.h"
#endif

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

MICROTHREAD_ALWAYS_INLINE void SwitchContext(Context& from, Context& to) {
#if MICROTHREAD_INLINE_SWITCH
  SwitchContextInline(from, to);
#else
  microthread_switch(&from, &to);
#endif
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_CONTEXT_H_
