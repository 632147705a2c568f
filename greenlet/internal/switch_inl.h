// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The switch that everything above uses: the machine context, the exception
// state and the sanitizers' view in one step.

#ifndef MICROTHREAD_GREENLET_INTERNAL_SWITCH_INL_H_
#define MICROTHREAD_GREENLET_INTERNAL_SWITCH_INL_H_

#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/exception_state.h"
#include "microthread/greenlet/internal/sanitizer.h"
#include "microthread/greenlet/internal/stack.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Suspends the running code in `from` and resumes `to`; returns when somebody
// resumes `from`. Only sanitizers look at the stacks of the two.
MICROTHREAD_ALWAYS_INLINE void SwitchMachine(Context& from, Context& to,
                                             [[maybe_unused]] Stack* here,
                                             [[maybe_unused]] Stack* there) {
#if MICROTHREAD_SANITIZER
  BeforeSwitch(*here, *there, &from);
#endif
  SwitchContext(from, to);
#if MICROTHREAD_SANITIZER
  AfterSwitch(*here);
#endif
}

// The same for code that is handling an exception or unwinding: it keeps the
// state of that in its own frame and leaves clean.
MICROTHREAD_COLD void SwitchInException(Thread& thread, Context& from,
                                        Context& to, Stack* here, Stack* there);

// `here` and `there` are called where somebody wants to know the stacks, which
// is rarely: finding them costs as much as the switch.
template <class Here, class There>
MICROTHREAD_ALWAYS_INLINE void SwitchStacks(Thread& thread, Context& from,
                                            Context& to, Here here,
                                            There there) {
  if (!thread.exceptions->clean()) [[unlikely]] {
    SwitchInException(thread, from, to, here(), there());
  } else {
#if MICROTHREAD_SANITIZER
    SwitchMachine(from, to, here(), there());
#else
    SwitchMachine(from, to, nullptr, nullptr);
#endif
  }
}

// Leaves a stack for ever.
[[noreturn]] MICROTHREAD_ALWAYS_INLINE void LeaveStack(
    Context& to, [[maybe_unused]] Stack* here, [[maybe_unused]] Stack* there) {
#if MICROTHREAD_SANITIZER
  BeforeSwitch(*here, *there, nullptr);
#endif
  ResumeContext(to);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_SWITCH_INL_H_
