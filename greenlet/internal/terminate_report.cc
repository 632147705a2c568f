// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/terminate_report.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/strand.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::terminate_handler previous_handler;

void Report() {
  if (current_thread != nullptr) {
    const Strand& strand = *current_thread->current;
    const GreenletRecord* greenlet = strand.current;
    const std::string who = greenlet != nullptr && !greenlet->is_root
                                ? DescribeGreenlet(*greenlet)
                                : DescribeStrand(strand);
    std::fprintf(stderr,
                 "microthread: std::terminate was called in %s; if it was "
                 "being ended (killed, dropped, or at the end of its thread), "
                 "it waited in a destructor or another noexcept function: put "
                 "an ExitShield there\n",
                 who.c_str());
  }
  if (previous_handler != nullptr) previous_handler();
  std::abort();
}

}  // namespace

void InstallTerminateReport() {
  static const bool installed = [] {
    previous_handler = std::set_terminate(&Report);
    return true;
  }();
  (void)installed;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
