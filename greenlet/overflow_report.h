// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: overflow_report.h
//
// A stack that overflows faults on its guard, and the program dies by SIGSEGV.
// With the report installed it says first who it was and what to do:
//
//   microthread: stack overflow in tasklet "parser": its 65536 bytes are used
//   up; give it more (the option stack_size), or let it recurse less
//
// Example:
//
//   int main() {
//     InstallOverflowReport();
//     ...
//   }
//
// The signal handler runs on a stack of its own and then gives the signal to
// the handler that was installed before, or lets the program die by it. All
// other faults go there at once.

#ifndef MICROTHREAD_GREENLET_OVERFLOW_REPORT_H_
#define MICROTHREAD_GREENLET_OVERFLOW_REPORT_H_

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

// Installs the handler for the whole process (once), and an alternate signal
// stack for the calling thread, if that has none: call it on each thread that
// shall report.
//
// Blocks: never.
// Errors: ResourceExhaustedError if there is no memory for the signal stack.
void InstallOverflowReport();

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_OVERFLOW_REPORT_H_
