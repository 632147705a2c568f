// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// One who is ended while it waits in a plain destructor or another noexcept
// function ends the program, and nobody can see that coming. The report says
// who it was: it is put before the program's own terminate handler when
// somebody is thrown into for the first time.

#ifndef MICROTHREAD_GREENLET_INTERNAL_TERMINATE_REPORT_H_
#define MICROTHREAD_GREENLET_INTERNAL_TERMINATE_REPORT_H_

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

void InstallTerminateReport();

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_TERMINATE_REPORT_H_
