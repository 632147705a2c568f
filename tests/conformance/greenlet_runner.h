// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: greenlet_runner.h
//
// Runs a trace program of greenlets on the library.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_GREENLET_RUNNER_H_
#define MICROTHREAD_TESTS_CONFORMANCE_GREENLET_RUNNER_H_

#include <string>
#include <vector>

#include "tests/conformance/program.h"

namespace microthread::conformance {

// The events of `program`, whose M is the calling greenlet: the main greenlet
// of the thread or, inside a tasklet, of that. When it returns, everything that
// the program made has ended.
std::vector<std::string> RunGreenletProgram(const Program& program);

// The same from within a new tasklet. To be called by the thread's main tasklet
// when no other can run.
std::vector<std::string> RunGreenletProgramInsideTasklet(
    const Program& program);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_GREENLET_RUNNER_H_
