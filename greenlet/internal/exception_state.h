// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The C++ runtime keeps two words per OS thread: the stack of exceptions that
// are being handled, and the number of those in flight. They belong to the
// code that is running, so a switch must not carry them along.
//
// Rule: leave clean. Whoever suspends tests the two words. Nearly always both
// are zero, and nothing is done. Otherwise (it switches inside a `catch` or
// during unwinding) it keeps them in its own frame, zeroes them, switches, and
// puts them back when it is resumed. So everybody arrives at {0, 0}, and a new
// stack starts without a handled exception, as in greenlet.

#ifndef MICROTHREAD_GREENLET_INTERNAL_EXCEPTION_STATE_H_
#define MICROTHREAD_GREENLET_INTERNAL_EXCEPTION_STATE_H_

#include <cxxabi.h>

#include <cstdint>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// The layout of __cxa_eh_globals, the same in libstdc++ and libc++abi (Itanium
// C++ ABI, section 2.2.2).
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;

  bool clean() const {
    return (reinterpret_cast<uintptr_t>(caught) | uncaught) == 0;
  }
};

// Of this OS thread. The address never changes during the thread's life.
inline ExceptionState* CurrentExceptionState() {
  return reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_EXCEPTION_STATE_H_
