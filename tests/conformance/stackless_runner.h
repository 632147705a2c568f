// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: stackless_runner.h
//
// Runs a trace program of tasklets and channels on the library.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_STACKLESS_RUNNER_H_
#define MICROTHREAD_TESTS_CONFORMANCE_STACKLESS_RUNNER_H_

#include <string>
#include <vector>

#include "tests/conformance/program.h"

namespace microthread::conformance {

// The events of `program`, whose M is the calling tasklet: to be called by the
// thread's main tasklet when no other can run. When it returns, everything that
// the program made has ended, and the traps are as they were.
std::vector<std::string> RunStacklessProgram(const Program& program);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_STACKLESS_RUNNER_H_
