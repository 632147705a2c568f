// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/exception_state.h"
#include "microthread/greenlet/internal/switch_inl.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

MICROTHREAD_COLD void SwitchInException(Thread& thread, Context& from,
                                        Context& to, Stack* here,
                                        Stack* there) {
  const ExceptionState mine = *thread.exceptions;
  *thread.exceptions = ExceptionState();
  here->unwinding = mine.uncaught != 0;
  SwitchMachine(from, to, here, there);
  here->unwinding = false;
  *thread.exceptions = mine;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
