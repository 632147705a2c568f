// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: run_on_model.h
//
// What a random program does, by the model and by the library. Each operation
// is logged when it completes, `A send 1 7`, with its result or its error after
// a colon. When the main tasklet has done its own operations, it runs the
// others until none can run, and logs what is left.

#ifndef MICROTHREAD_TESTS_SCHEDULER_RUN_ON_MODEL_H_
#define MICROTHREAD_TESTS_SCHEDULER_RUN_ON_MODEL_H_

#include <string>
#include <vector>

#include "tests/scheduler/random_program.h"

namespace microthread {

// How often main calls Run() at its end, at most.
inline constexpr int kMaxTailRuns = 20;

std::vector<std::string> RunOnModel(const Program& program);

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_SCHEDULER_RUN_ON_MODEL_H_
