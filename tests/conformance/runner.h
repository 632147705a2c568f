// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: runner.h
//
// Runs any trace program, and watches what it leaves behind.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_RUNNER_H_
#define MICROTHREAD_TESTS_CONFORMANCE_RUNNER_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/program.h"

namespace microthread::conformance {

struct RunOptions {
  // Programs of greenlets run inside a tasklet instead of on the thread's root.
  // Programs of tasklets are not affected.
  bool inside_tasklet = false;
};

struct RunReport {
  std::vector<std::string> events;
  // What went wrong apart from the events; empty if nothing did.
  std::string problem;
};

// To be called by the main tasklet of a thread when no other can run, while no
// other thread uses the library.
RunReport RunProgram(const Program& program, const RunOptions& options);

// Calls `run`; a problem is an exception that comes out of it, and that other
// greenlets, tasklets, channels or stacks are alive afterwards than before.
RunReport RunWatched(const std::function<std::vector<std::string>()>& run);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_RUNNER_H_
