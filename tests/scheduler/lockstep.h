// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: lockstep.h
//
// Random operations, each performed by the model in ring_model.h and by the
// library. Whoever has control after it compares everything that can be seen:
// who runs and what it got, the ring, the queues and balances of all channels,
// and the states of all tasklets.

#ifndef MICROTHREAD_TESTS_SCHEDULER_LOCKSTEP_H_
#define MICROTHREAD_TESTS_SCHEDULER_LOCKSTEP_H_

#include <cstdint>
#include <string>

#include "tests/scheduler/ring_model.h"

namespace microthread {

struct LockstepResult {
  int64_t operations = 0;  // how many were performed
  std::string difference;  // the first one, and what led to it; empty: none
};

// Performs `operations` operations, the same for the same seed. The model has
// the given fault.
LockstepResult RunInLockstep(uint64_t seed, int64_t operations,
                             Fault fault = Fault::kNone);

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_SCHEDULER_LOCKSTEP_H_
