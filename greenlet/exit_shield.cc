// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/exit_shield.h"

#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace {

internal::Stack& RunningStack() {
  return *internal::StackInUse(*internal::CurrentThread().current);
}

}  // namespace

ExitShield::ExitShield() noexcept { ++RunningStack().shields; }
ExitShield::~ExitShield() { --RunningStack().shields; }

MICROTHREAD_NAMESPACE_END
